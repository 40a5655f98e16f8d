"""`make bench`: measure the running program over HTTP, signed in, on both databases.

make bench                              everything, some ten minutes
make bench ARGS="--sizes 1000 --databases sqlite --only board,move --quick"
make bench ARGS="--only numbers"        goals and analysis for a long history, among 400 regions
make bench ARGS="--only imports"        lists of 20,000 rows of each kind, in and out again
make bench ARGS="--only outages"        moves, visits and mail while every process is killed
"""

import argparse
import json
import os
import platform
import signal
import sys
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from bench import checks, imports, numbers, outages, table
from bench.browser import browser, watch
from bench.databases import KINDS, Board, databases, environment, module
from bench.journeys import BULK, JOURNEYS, Journey, World
from bench.measure import CLIENTS, LIGHT, QUICK, Effort, measure, put_back
from bench.servers import Running, running
from bench.targets import TARGETS, Finding

HERE = Path(__file__).parent
SIZES = (100, 1000, 10_000)
EXTRAS = ("checks", "memory", "browser")
APART = (
    "numbers",
    "outages",
    "imports",
)  # each on its own, where asked for
LONGEST = 40 * 60  # seconds, after which it gives up: a slow machine takes three times as long


def options() -> argparse.Namespace:
    """Read what is asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the running program.")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="cards, with commas")
    parser.add_argument("--databases", default=",".join(KINDS), help=f"of {', '.join(KINDS)}")
    usual = [journey.key for journey in JOURNEYS] + list(EXTRAS)
    known = [*usual, *APART]
    parser.add_argument("--only", default=",".join(usual), help=f"of {', '.join(known)}")
    parser.add_argument("--quick", action="store_true", help="fewer requests, rougher figures")
    parser.add_argument("--save", action="store_true", help="keep it in bench/results/ too")
    asked = parser.parse_args()
    try:
        asked.sizes = [int(size) for size in asked.sizes.split(",")]
    except ValueError:
        parser.error("--sizes: write whole numbers with commas, as 100,1000")
    asked.databases, asked.only = asked.databases.split(","), set(asked.only.split(","))
    if unknown := (set(asked.databases) - set(KINDS)) | (asked.only - set(known)):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    if min(asked.sizes) < 50:
        parser.error("--sizes: a board has at least 50 cards here")
    return asked


def count_queries(board: Board) -> dict[str, Any]:
    """Count the SQL statements of each journey, in a process of its own."""
    told = json.dumps({**asdict(board), "instance": str(board.instance)})
    env = environment(board.instance, board.url)
    counted: dict[str, Any] = json.loads(module("bench.count", told, env=env))
    return counted


@dataclass
class Bench:
    """A whole run: what is asked, and what was found so far."""

    only: set[str]
    is_quick: bool
    chromium: Browser | None = None
    boards: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[dict[str, Any]] = field(default_factory=list)
    imports: list[dict[str, Any]] = field(default_factory=list)
    missed: list[tuple[str, Finding]] = field(default_factory=list)

    def measure_board(self, board: Board) -> None:
        """Measure everything on one board."""
        where = f"{board.kind}, {board.cards:,} cards"
        load = os.getloadavg()[0]
        table.print_head(board.kind, board.cards, load)
        found: dict[str, Any] = {
            "database": board.kind, "cards": board.cards, "load_before": load, "journeys": [],
        }  # fmt: skip
        with running(board) as server:
            at_start = server.memory()
            people = [server.person(nth) for nth in range(CLIENTS)]
            counted = count_queries(board)
            found["statements"] = {key: each["statements"] for key, each in counted.items()}
            world = World(board, people)
            # First, as the other systems were measured: the board alone, by 4 clients.
            findings = checks.memory(server, world, at_start) if "memory" in self.only else []
            findings += self._seen(server, world)
            for journey in JOURNEYS:
                if journey.key not in self.only:
                    continue
                figures = measure(server, world, journey, self._effort(journey, board.cards))
                if figures is None:
                    continue
                figures.queries = counted.get(journey.key, {}).get("queries")
                table.print_figures(figures, board.cards)
                found["journeys"].append(asdict(figures))
                self._note(where, table.judge(figures, board.cards))
            findings += table.judge_past(found["journeys"])
            findings += self._checked(server, world, counted.get(BULK.key, {}).get("queries"))
        table.print_findings(findings)
        self._note(where, findings)
        found["findings"] = [asdict(each) for each in findings]
        self.boards.append(found)

    def measure_numbers(self, findings: list[Finding]) -> None:
        """Keep what was found on the region with a long history."""
        self.numbers += [asdict(each) for each in findings]
        self._note("a long history", findings)

    def note_imports(self, findings: list[Finding]) -> None:
        """Keep what was found of lists that come in."""
        self.imports += [asdict(each) for each in findings]
        self._note("imports", findings)

    def note_outages(self, findings: list[Finding]) -> None:
        """Keep what was found while everything was struck."""
        self._note("outages", findings)

    def _effort(self, journey: Journey, cards: int) -> Effort:
        asked = TARGETS.get(journey.key)
        is_asked = asked is not None and asked.per_second and asked.per_second_at == cards
        return QUICK if self.is_quick else Effort() if is_asked else LIGHT

    def _seen(self, server: Running, world: World) -> list[Finding]:
        if self.chromium is None or "browser" not in self.only:
            return []
        found = watch(self.chromium, server, world)
        put_back(server, world)
        return found

    def _checked(self, server: Running, world: World, bulk: int | None) -> list[Finding]:
        found: list[Finding] = []
        if "checks" in self.only:
            found += checks.move_at_once(server, world)
            found += checks.move_many(server, world, bulk)
            found += checks.contest(server, world)
            found += checks.seen_by_others(server, world)
            found += checks.assets(world.people[0], world.page)
        if "memory" in self.only:
            found += checks.memory_after(server)
        if "checks" in self.only:
            found += checks.consistency(world)
        return found

    def _note(self, where: str, findings: list[Finding]) -> None:
        self.missed += [(where, each) for each in findings if each.is_reached is False]


def machine() -> dict[str, Any]:
    """Say what the figures were taken on."""
    return {
        "python": platform.python_version(), "system": platform.platform(),
        "cores": os.cpu_count(), "load_before": os.getloadavg()[0],
    }  # fmt: skip


def run(asked: argparse.Namespace, bench: Bench) -> None:
    """Measure all that is asked for."""
    if "outages" in asked.only:
        bench.note_outages(outages.run(1 if asked.quick else 3))
    with databases() as made, browser() as chromium:
        if chromium is None and "browser" in asked.only:
            print("No Chromium was found, so nothing is measured in a browser.")
        bench.chromium = chromium
        for kind in asked.databases:
            for cards in asked.sizes if asked.only - set(APART) else ():
                bench.measure_board(made.board(kind, cards))
        if "numbers" in asked.only:
            bench.measure_numbers(numbers.run(made, asked.databases))
        if "imports" in asked.only:
            bench.note_imports(imports.run(made, asked.databases, table.print_findings))


def conclude(bench: Bench, seconds: int, before: dict[str, Any], *, keep: bool) -> None:
    """Print what came of it and write the figures as JSON."""
    table.print_flatness(bench.boards)
    table.print_own_cost(bench.boards)
    table.print_missed(bench.missed)
    missed = [{"where": where, **asdict(each)} for where, each in bench.missed]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    found = {"at": now, "seconds": seconds, "machine": before, "missed": missed}
    text = (
        json.dumps(
            {**found, "boards": bench.boards, "numbers": bench.numbers, "imports": bench.imports},
            ensure_ascii=False,
            indent=1,
        )
        + "\n"
    )
    (HERE / "latest.json").write_text(text)
    if keep:
        (HERE / "results").mkdir(exist_ok=True)
        (HERE / "results" / f"{now[:10]}.json").write_text(text)
    print(f"\nTook {seconds // 60} min {seconds % 60} s; all of it is in bench/latest.json.")


def _stop(number: int, _frame: object) -> None:
    raise Stopped(f"not done after {LONGEST // 60} min" if number == signal.SIGALRM else "stopped")


class Stopped(BaseException):
    """The run was ended before it was done; what was measured until then is kept."""


def main() -> int:
    """Measure, print, write."""
    asked = options()
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    signal.alarm(LONGEST)
    begin, before = time.monotonic(), machine()
    bench = Bench(asked.only, asked.quick)
    code = 0
    try:
        run(asked, bench)
    except Stopped as early:
        print(f"\nEnded early: {early}.")
        code = 1
    conclude(bench, round(time.monotonic() - begin), before, keep=asked.save and not code)
    return code


if __name__ == "__main__":
    sys.exit(main())
