"""`make bench`: measure the running program over HTTP, signed in, on both databases.

make bench                                        everything, some ten minutes
make bench ARGS="--sizes 1000 --databases sqlite --only board,move --quick"
"""

import argparse
import json
import os
import platform
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.databases import KINDS, Board, databases, environment, module
from bench.journeys import JOURNEYS, World
from bench.measure import CLIENTS, QUICK, Effort, measure
from bench.servers import running
from bench.table import print_figures

HERE = Path(__file__).parent
SIZES = (100, 1000, 10_000)


def options() -> argparse.Namespace:
    """Read what is asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="cards, with commas")
    parser.add_argument("--databases", default=",".join(KINDS), help=f"of {', '.join(KINDS)}")
    known = ", ".join(journey.key for journey in JOURNEYS)
    parser.add_argument("--only", default="", help=f"of {known}")
    parser.add_argument("--quick", action="store_true", help="fewer requests, rougher figures")
    parser.add_argument("--save", action="store_true", help="keep it in bench/results/ too")
    return parser.parse_args()


def count_queries(board: Board) -> dict[str, Any]:
    """Count the SQL statements of each journey, in a process of its own."""
    told = json.dumps({**asdict(board), "instance": str(board.instance)})
    env = environment(board.instance, board.url)
    counted: dict[str, Any] = json.loads(module("bench.count", told, env=env))
    return counted


def measure_board(board: Board, only: set[str], effort: Effort) -> dict[str, Any]:
    """Measure everything on one board."""
    result: dict[str, Any] = {"database": board.kind, "cards": board.cards, "journeys": []}
    with running(board) as server:
        result["memory_at_rest"] = server.memory()
        world = World(board, [server.person(nth) for nth in range(CLIENTS)])
        counted = count_queries(board)
        world = World(board, world.people)
        for journey in JOURNEYS:
            if only and journey.key not in only:
                continue
            figures = measure(server, world, journey, effort)
            if figures is None:
                continue
            figures.queries = counted.get(journey.key, {}).get("queries")
            result["journeys"].append(asdict(figures))
            print_figures(board, figures)
        result["statements"] = {key: each["statements"] for key, each in counted.items()}
    return result


def machine() -> dict[str, Any]:
    """Say what the figures were taken on."""
    return {
        "python": platform.python_version(), "system": platform.platform(),
        "cores": os.cpu_count(), "load_before": os.getloadavg()[0],
    }  # fmt: skip


def main() -> int:
    """Measure, print, write."""
    asked = options()
    only = {key for key in asked.only.split(",") if key}
    begin = time.monotonic()
    found: dict[str, Any] = {"at": datetime.now(UTC).isoformat(), "machine": machine()}
    found["boards"] = []
    with databases() as make:
        for kind in asked.databases.split(","):
            for cards in map(int, asked.sizes.split(",")):
                board = make.board(kind, cards)
                found["boards"].append(
                    measure_board(board, only, QUICK if asked.quick else Effort())
                )
    found["seconds"] = round(time.monotonic() - begin)
    (HERE / "latest.json").write_text(json.dumps(found, ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
