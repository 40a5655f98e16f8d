"""Count the SQL statements of each request, within this process, on a seeded database.

The program itself has no hook for this: SQLAlchemy tells what it sends. BEGIN and COMMIT are
not counted; sign-in is. Run as `python -m bench.count BOARD` with the board as JSON.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.client import Answer, Person
from bench.databases import Board
from bench.journeys import BULK, JOURNEYS, World
from incubator.app import create_app
from incubator.core.db import db

COUNTED = (*JOURNEYS, BULK)
CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def asking(client: Any) -> Callable[[bytes], Answer]:
    """Give a function that answers a raw request within this process."""

    def ask(request: bytes) -> Answer:
        head, body = request.split(b"\r\n\r\n", 1)
        first, *lines = head.decode().split("\r\n")
        method, path, _version = first.split(" ")
        headers = dict(line.split(": ", 1) for line in lines)
        base = f"http://{headers['Host']}"
        answer = client.open(path, method=method, headers=headers, data=body, base_url=base)
        told = "".join(f"\r\n{name}: {value}" for name, value in answer.headers)
        return Answer(answer.status_code, f"HTTP/1.1 {told}\r\n\r\n".encode(), answer.data)

    return ask


def main() -> None:
    """Print for each journey how many statements its second request sent, and which."""
    told = json.loads(sys.argv[1])
    board = Board(**{**told, "instance": Path(told["instance"])})
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, _p: Any, _x: Any, _many: bool) -> None:
        if not statement.lstrip().upper().startswith(CONTROL):
            sent.append(" ".join(statement.split()))

    app = create_app()
    for engine in (db.writer, db.reader):
        sa.event.listen(engine, "before_cursor_execute", note)
    person = Person("localhost", asking(app.test_client(use_cookies=False)), board.emails[0],
                    board.password)  # fmt: skip
    world = World(board, [person])
    counted: dict[str, Any] = {}
    wanted = sys.argv[2].split(",") if len(sys.argv) > 2 else [one.key for one in COUNTED]
    for journey in [one for one in COUNTED if one.key in wanted]:
        requests = journey.requests(world, person)
        if (first := next(requests, None)) is None:
            continue
        person.ask(first)
        sent.clear()
        answer = person.ask(next(requests))
        if answer.status != journey.status:
            raise SystemExit(f"{journey.label} was answered {answer.status}: {answer.text()[:500]}")
        counted[journey.key] = {"queries": len(sent), "statements": list(sent)}
    print(json.dumps(counted))


if __name__ == "__main__":
    main()
