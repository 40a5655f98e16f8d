"""Things that hold or do not, whatever the machine: nothing lost, nothing refused, no doubles."""

import re
import statistics
import time
from typing import Any

from bench.client import BadAnswer, Connection, Person, at_once
from bench.databases import environment, module
from bench.journeys import MANY, World
from bench.measure import put_back
from bench.servers import Running, watched_memory
from bench.targets import (
    ASSETS,
    BULK_MOVE,
    BULK_STATEMENTS,
    MEMORY_AT_REST,
    MEMORY_UNDER_LOAD,
    SEEN_BY_OTHERS,
    Finding,
)

MOVES = 200
BULK_TIMES = 4
CONTENDERS = 8
CONTESTS = 15
_ASSET = re.compile(r'(?:src|href|data-sortable)="(/static/[^"]+\.(?:js|css)[^"]*)"')


def move_at_once(server: Running, world: World) -> list[Finding]:
    """Let 4 clients move distinct cards of one board, and look at what the database holds then."""
    put_back(server, world)
    world.dropped_before.clear()
    before = _last_change(world)
    cards = [world.to_move.popleft() for _ in range(min(MOVES, len(world.to_move)))]
    rest, world.to_move = world.to_move, type(world.to_move)(cards)
    load = at_once(server.address, [world.moves(person) for person in world.people], 60)
    world.to_move = rest
    events = dict(
        world.board.rows(
            "SELECT e.idea_id, e.change_id FROM stage_events e"
            " WHERE e.change_id > :before AND e.stage_id = :stage AND e.voided_at IS NULL",
            before=before, stage=world.stages["case"],
        )
    )  # fmt: skip
    refused = load.answers - load.statuses.get(200, 0)
    number = len(events)
    return [
        Finding("moves of distinct cards by 4 clients, refused", refused, refused == 0),
        Finding("the same, lost", load.answers - number, set(events) == set(cards)),
        Finding("the same, out of order", *_out_of_order(world, events)),
        Finding("the same, cards without a place of their own", *_doubles(world)),
        Finding("the same, slowest of all (ms)", round(max(load.times), 1)),
    ]


def move_many(server: Running, world: World, statements: int | None) -> list[Finding]:
    """Let one person move 200 cards at once, there and back, and look at what is stored then."""
    put_back(server, world)
    person = world.people[0]
    cards = set(list(world.to_move)[:MANY])
    times: dict[str, list[float]] = {"there": [], "back": []}
    for nth, request in zip(range(2 * BULK_TIMES), world.bulk_moves(person), strict=False):
        began = time.perf_counter()
        world.must_succeed(person.ask(request))
        times["back" if nth % 2 else "there"].append(1000 * (time.perf_counter() - began))
    there, back = (round(statistics.median(each)) for each in times.values())
    stand = len(cards.intersection(world.cards_in("idea")))
    what = f"moving {len(cards)} cards at once"
    return [
        Finding(f"{what} (ms)", there, there <= BULK_MOVE, f"<= {BULK_MOVE}", f"back: {back}"),
        Finding("the same, cards that are elsewhere", len(cards) - stand, len(cards) == stand),
        Finding("the same, cards without a place of their own", *_doubles(world)),
        Finding("the same, SQL statements", statements, (statements or 0) <= BULK_STATEMENTS,
                f"<= {BULK_STATEMENTS}"),
    ]  # fmt: skip


def _last_change(world: World) -> int:
    return int(world.board.rows("SELECT max(id) FROM changes")[0][0])


def _out_of_order(world: World, changes: dict[int, int]) -> tuple[int, bool]:
    """Count the cards that do not stand above the one that they were dropped before."""
    places = dict(
        world.board.rows(
            "SELECT id, position FROM ideas WHERE stage_id = :stage AND status = 'open'",
            stage=world.stages["case"],
        )
    )
    wrong = 0
    for card, change in changes.items():
        below = world.dropped_before[card]
        was_there = changes.get(below, 0) < change
        wrong += was_there and not places[card] < places[below]
    return wrong, wrong == 0


def _doubles(world: World) -> tuple[int, bool]:
    rows = world.board.rows(
        "SELECT count(*) - count(DISTINCT position) FROM ideas WHERE region_id = :region"
        " AND status = 'open' AND voided_at IS NULL GROUP BY stage_id",
        region=world.board.region,
    )
    doubles = sum(row[0] for row in rows)
    return doubles, doubles == 0


def contest(server: Running, world: World) -> list[Finding]:
    """Let 8 clients move the same card in the same instant, again and again."""
    put_back(server, world)
    people = [world.people[nth % len(world.people)] for nth in range(CONTENDERS)]
    connections = [Connection(server.address) for _ in people]
    before = _last_change(world)
    cards = [world.to_move.popleft() for _ in range(min(CONTESTS, len(world.to_move)))]
    fair = told = 0
    for card in cards:
        for connection, person in zip(connections, people, strict=True):
            connection.send(world.move(person, card, "idea", "case"))
        statuses = [_answer(connection) for connection in connections]
        fair += statuses.count(200) == 1
        told += statuses.count(409)
    for connection in connections:
        connection.close()
    events = world.board.rows(
        "SELECT count(*) FROM stage_events WHERE change_id > :before", before=before
    )[0][0]
    world.moved += cards
    number = len(cards)
    losers = number * (CONTENDERS - 1)
    label = f"{CONTENDERS} clients, the same card: rounds with one winner"
    return [
        Finding(label, f"{fair} of {number}", fair == number),
        Finding("the same, others told (409)", f"{told} of {losers}", told == losers),
        Finding("the same, stage events", events, events == number),
    ]


def _answer(connection: Connection) -> int:
    while (answer := connection.receive()) is None:
        pass
    return answer.status


def seen_by_others(server: Running, world: World) -> list[Finding]:
    """Weigh what a viewer's poll brings when somebody else has moved a card."""
    viewer, mover = world.people[0], world.people[1]
    put_back(server, world)
    sizes = []
    for _ in range(5):
        ask = viewer.get(world.poll_address(), htmx=True)
        card = world.to_move.popleft()
        top = world.cards_in("case")[0]
        moved = mover.ask(world.move(mover, card, "idea", "case", after_id="", before_id=top))
        told = viewer.ask(ask)
        if moved.status != 200 or told.status != 200 or f'id="i{card}"' not in told.text():
            raise BadAnswer(f"the viewer was not told of the move: {moved.status} {told.words}")
        world.moved.append(card)
        sizes.append((len(told.body), len(told.text().encode())))
    packed, raw = (int(statistics.median(column)) for column in zip(*sizes, strict=True))
    reached = packed < SEEN_BY_OTHERS
    return [Finding("what a viewer gets when another moves a card (bytes)", packed, reached,
                    f"< {SEEN_BY_OTHERS}", f"{raw} raw")]  # fmt: skip


def assets(person: Person, page: str) -> list[Finding]:
    """Weigh all scripts and styles that a board loads."""
    addresses = sorted(set(_ASSET.findall(page)))
    packed = sum(len(person.ask(person.get(address)).body) for address in addresses)
    return [Finding("scripts and styles together (bytes, compressed)", packed, packed < ASSETS,
                    f"< {ASSETS}", f"{len(addresses)} files")]  # fmt: skip


def memory(server: Running, world: World, at_start: float) -> list[Finding]:
    """Take the memory of all processes at rest, and while 4 clients work on the board."""
    with watched_memory(server) as seen:
        clients = [
            world.board_pages(world.people[0]), world.searches(world.people[1]),
            world.card_pages(world.people[2]), world.additions(world.people[3]),
        ]  # fmt: skip
        at_once(server.address, clients, 2.5)
    return [
        Finding("memory at rest, after the start (PSS, MiB)", round(at_start),
                at_start <= MEMORY_AT_REST, f"<= {MEMORY_AT_REST}"),
        Finding("memory under load (PSS, MiB)", round(max(seen)),
                max(seen) <= MEMORY_UNDER_LOAD, f"<= {MEMORY_UNDER_LOAD}"),
    ]  # fmt: skip


def memory_after(server: Running) -> list[Finding]:
    """Take the memory when every kind of page has been asked for hundreds of times."""
    return [Finding("memory at rest, after all of this (PSS, MiB)", round(server.memory()))]


def consistency(world: World) -> list[Finding]:
    """Let the program's own check look over everything that was written."""
    board = world.board
    env = environment(board.instance, board.url)
    try:
        told: Any = module("flask", "--app", "wsgi", "check", env=env).strip().splitlines()[-1]
        reached = True
    except RuntimeError as failed:
        told, reached = str(failed)[-300:], False
    return [Finding("flask check", told, reached)]
