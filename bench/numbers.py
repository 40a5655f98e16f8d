"""The pages of goals and of the analysis for a region with a long history.

make bench ARGS="--only numbers"    on SQLite and PostgreSQL, and among 400 regions

What is measured is 10,000 ideas with 60,000 facts, alone in its database; then, on PostgreSQL,
the same region in a database of 1,000,000 ideas, asked in turn with the one alone, so that what
else the machine does slows both. The median there may be 1.5 times that of the region alone.
"""

import json
import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from bench import table
from bench.client import Connection, one_by_one
from bench.databases import Board, Databases, environment, module
from bench.journeys import JOURNEYS, Journey, World
from bench.servers import Running, running
from bench.targets import AMONG_OTHERS, TARGETS, Finding

KEYS = ("goals", "goal", "flow", "stays", "ageing", "cohorts", "origins", "places")
IDEAS, EVENTS = 10_000, 60_000
REGIONS, ALL_IDEAS = 400, 1_000_000
IN_TURN = 25


def pages() -> list[Journey]:
    return [journey for journey in JOURNEYS if journey.key in KEYS]


def seeded(made: Databases, kind: str, *, regions: int = 1) -> Board:
    """Seed the region, alone or among others."""
    name = f"region-of-{regions}"
    instance = made.folder / f"{kind}-{name}"
    instance.mkdir()
    url = made.empty(kind, name)
    sizes = (IDEAS, EVENTS, regions, ALL_IDEAS if regions > 1 else IDEAS)
    told = json.loads(module("bench.many", *map(str, sizes), env=environment(instance, url)))
    return Board(kind, IDEAS, instance, url, **told)


def counted(board: Board) -> dict[str, int]:
    """Count the statements of each page, in a process of its own."""
    told = json.dumps({"kind": board.kind, "cards": board.cards, "instance": str(board.instance),
                       "url": board.url, "region": board.region, "password": board.password,
                       "emails": board.emails})  # fmt: skip
    env = environment(board.instance, board.url)
    found: dict[str, Any] = json.loads(module("bench.count", told, ",".join(KEYS), env=env))
    return {key: one["queries"] for key, one in found.items()}


def alone(board: Board) -> list[Finding]:
    """Measure the pages on one database."""
    statements = counted(board)
    found = []
    with running(board) as server:
        for journey in pages():
            [median] = in_turn(journey, [server])
            most = TARGETS[journey.key].queries or 0
            number = statements[journey.key]
            found.append(
                Finding(f"{board.kind}, {journey.label}: statements", number, number <= most,
                        f"<= {most}", f"{median:.0f} ms")
            )  # fmt: skip
            table.print_findings(found[-1:])
    return found


def among_others(small: Board, large: Board) -> list[Finding]:
    """Hold the pages of the region among others against those of the region alone."""
    few, many = counted(small), counted(large)
    found = []
    with running(small) as one, running(large) as other:
        for journey in pages():
            medians = in_turn(journey, (one, other))
            ratio = medians[1] / medians[0]
            found.append(
                Finding(f"{journey.label}: among {REGIONS} regions, times alone", round(ratio, 2),
                        ratio <= AMONG_OTHERS, f"<= {AMONG_OTHERS}",
                        f"{medians[0]:.0f} and {medians[1]:.0f} ms")
            )  # fmt: skip
            key = journey.key
            found.append(
                Finding(f"{journey.label}: statements", f"{few[key]} and {many[key]}",
                        few[key] == many[key], "the same")
            )  # fmt: skip
            table.print_findings(found[-2:])
    return found


def in_turn(journey: Journey, servers: Sequence[Running]) -> list[float]:
    """Ask one server after the other for a page; give the median of each."""
    asking = []
    for server in servers:
        world = World(server.board, [server.person()])
        requests = journey.requests(world, world.people[0])
        asking.append((Connection(server.address), requests, []))
    for nth in range(IN_TURN + 3):
        for connection, requests, times in asking:
            took, _answer = one_by_one(connection, requests, 1, journey.status)
            times += took if nth >= 3 else []
    for connection, *_rest in asking:
        connection.close()
    return [statistics.median(times) for *_rest, times in asking]


def run(made: Databases, kinds: Iterable[str]) -> list[Finding]:
    """Measure all of it."""
    findings = []
    for kind in kinds:
        small = seeded(made, kind)
        findings += alone(small)
        if kind == "postgresql":
            findings += among_others(small, seeded(made, kind, regions=REGIONS))
    return findings
