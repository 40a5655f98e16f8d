"""The yardstick: a Flask page that checks its session cookie and selects one row, no more.

It runs on the same server set-up as the program, beside it, so that a figure can be given as
a ratio that means the same on a slow machine, or on a busy one.
Run as `python -m bench.bare PORT` with DATABASE_URL set.
"""

import ctypes
import gc
import os
import signal
import sys
from typing import Any

import sqlalchemy as sa
from flask import Flask, abort, session
from granian import Granian
from granian.constants import Interfaces, RuntimeModes

PR_SET_PDEATHSIG = 1


def make_app(database_url: str) -> Flask:
    """Make the bare program."""
    app = Flask("bare")
    app.secret_key = "known to everybody; nothing is kept here"
    engine = sa.create_engine(database_url, isolation_level="AUTOCOMMIT")
    statement = sa.text("SELECT name FROM users WHERE id = :id")

    @app.get("/logg-inn")
    def sign_in() -> str:
        session["user"] = 1
        return "ok"

    @app.get("/")
    def page() -> str:
        if "user" not in session:
            abort(401)
        with engine.connect() as connection:
            name = connection.execute(statement, {"id": session["user"]}).scalar()
        return f"<!doctype html><title>{name}</title><p>{name}"

    return app


def main() -> None:
    """Serve it as serve.py serves the program."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.register_at_fork(after_in_child=_end_with_parent)
    app = make_app(os.environ["DATABASE_URL"])
    gc.freeze()
    server: Any = Granian(
        "bench.bare:app", address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.WSGI,
        workers=2, blocking_threads=2, runtime_mode=RuntimeModes.st, websockets=False,
        backlog=256, workers_kill_timeout=5, log_enabled=False,
    )  # fmt: skip
    server.serve(target_loader=lambda *_: app, wrap_loader=False)


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    main()
