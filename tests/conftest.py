"""What every test may ask for: a database of each kind, a session, a client, a clock.

See docs/decisions/0004-tests.md for why the sessions of requests join the test's transaction.
"""

import contextvars
import gc
import ipaddress
import json
import os
import smtplib
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, Request
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse
from xdist.scheduler import LoadScopeScheduling

import config
from incubator import cli
from incubator.accounts import sessions
from incubator.accounts.guard import SIGN_IN
from incubator.accounts.models import SignIn, User
from incubator.app import create_app
from incubator.core import clock as clock_module, db
from incubator.summaries import drawing
from incubator.summaries.drawer import Drawer
from tests import databases, demo_worlds
from tests.looked import Looked
from tests.thorough import share_out

# A password need not be safe in a test.
HASTY_HASHES = {"argon2__time_cost": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}
LONG = (
    "journeys/", "load/", "goals/test_every_number", "goals/test_brute_force",
    "goals/test_narrowing",
    "pipeline/test_histories", "summaries/test_markers", "test_access", "upkeep/",
)  # fmt: skip
# How long an example takes is the machine's business: hypothesis alone would fail it after 200 ms.
settings.register_profile("any pace", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any pace")
# One process of the tests asks all that the program can ask, and what only tests ask.
db.PREPARED = 5_000
# How the sessions of a test share its transaction.
NOT_COUNTED = ("SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", "SET LOCAL")


def pytest_configure(config: pytest.Config) -> None:
    """Let the processes of one run share one PostgreSQL server."""
    if not hasattr(config, "workerinput"):
        databases.share_postgresql()


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass by what stays for the whole run: it took a tenth of it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def pytest_report_header() -> str:
    """Say which PostgreSQL the tests use."""
    given = databases.given_server()
    where = make_url(given).render_as_string() if given else "the pip package"
    return f"PostgreSQL: databases of the tests' own, on {where}"


class ByFileAndDatabase(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a process the tests of one file on one database: they share what they stand on.

    Groups by mark would say the same, but their names no longer reach the scheduler.
    """

    def _split_scope(self, nodeid: str) -> str:
        return f"{nodeid.partition('::')[0]} {kind_in(nodeid)}"


def kind_in(nodeid: str) -> str:
    """Give the kind of database that the name of a test says, or nothing."""
    parameters = nodeid.partition("[")[2].rstrip("]").split("-")
    return next((kind for kind in databases.KINDS if kind in parameters), "")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the long files of each kind of database, so that none is left to one process."""
    if left_out := set(share_out(items)):
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    kinds = ("", *databases.KINDS)

    def rank(item: pytest.Item) -> tuple[int, bool]:
        is_long = item.nodeid.partition("::")[0].removeprefix("tests/").startswith(LONG)
        return kinds.index(kind_in(item.nodeid)), not is_long

    items.sort(key=rank)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Take a process for each core, and one more than two cores have: some always wait."""
    return min(max(3, os.cpu_count() or 1), 8)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFileAndDatabase:
    """Deal the tests out by file and database, one kind of database after the other."""
    config.option.loadscopereorder = False
    return ByFileAndDatabase(config, log)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Give the address of a PostgreSQL server."""
    with databases.postgresql_server() as address:
        yield address


@pytest.fixture(scope="session", params=databases.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Name the kind of database: whatever asks for it runs once with each."""
    return str(request.param)


@pytest.fixture
def empty_database(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[sa.Engine]:
    """Give a database without any table."""
    with new_database(kind, tmp_path, request) as address:
        engine = db.make_engines(address)[0]
        yield engine
        engine.dispose()


def new_database(kind: str, folder: Path, request: pytest.FixtureRequest) -> Any:
    """Make a database of a kind; PostgreSQL is started when it is first needed."""
    if kind == "sqlite":
        return databases.sqlite_database(folder)
    return databases.postgresql_database(request.getfixturevalue("postgresql"))


@pytest.fixture(scope="session")
def app(
    kind: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Flask]:
    """Give the application on a migrated database of its own."""
    folder = tmp_path_factory.mktemp(kind)
    with new_database(kind, folder, request) as address:
        settings = config.load({"INSTANCE": str(folder), "DATABASE_URL": address})
        app = create_app(
            settings,
            TESTING=True,
            WTF_CSRF_ENABLED=False,
            SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=HASTY_HASHES,
        )
        cli.bring_up_to_date()
        yield app
        db.db.dispose()


@pytest.fixture
def connection(app: Flask) -> Iterator[sa.Connection]:
    """Open the transaction that everything of one test happens in, and that is rolled back."""
    with db.db.writer.connect() as connection:
        outer = connection.begin()
        yield connection
        outer.rollback()


# As in core/db.py, but within the transaction of the test.
LIKE_THE_PROGRAM: dict[str, Any] = {
    "join_transaction_mode": "create_savepoint",
    "expire_on_commit": False,
    "autoflush": False,
}


class ReadingSession(Session):
    """A session on the test's connection that cannot write, like the one of a GET request."""

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection, **LIKE_THE_PROGRAM)
        self._connection = connection
        self.begin()
        super().connection()
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL transaction_read_only = on")
        else:
            connection.exec_driver_sql("PRAGMA query_only = ON")

    def close(self) -> None:
        super().close()
        if self._connection.dialect.name == "sqlite":
            self._connection.exec_driver_sql("PRAGMA query_only = OFF")


def joined(connection: sa.Connection) -> Session:
    """Make a session whose commits and rollbacks are savepoints of the test's transaction."""
    return Session(connection, **LIKE_THE_PROGRAM)


@pytest.fixture
def session(
    app: Flask, connection: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    """Give the test's session; requests, commands and tasks see what it has flushed."""
    monkeypatch.setattr(db.db, "writing_session", lambda: joined(connection))
    monkeypatch.setattr(db.db, "reading_session", lambda: ReadingSession(connection))
    with app.app_context(), joined(connection) as work:
        yield work


@dataclass(frozen=True)
class Story:
    """What the tests of one file stand on: told once, and each works in a savepoint upon it."""

    connection: sa.Connection
    session: Session
    clock: "Clock"

    @contextmanager
    def apart(self) -> Iterator[sa.Connection]:
        """Give the connection to one test, whose doings go back at its end."""
        self.session.commit()
        nested = self.connection.begin_nested()
        yield self.connection
        nested.rollback()


@contextmanager
def told_once(app: Flask) -> Iterator[Story]:
    """Open a world for several tests, which is taken away again at the end."""
    with (
        db.db.writer.connect() as connection,
        pytest.MonkeyPatch.context() as patch,
        app.app_context(),
    ):
        outer = connection.begin()
        with joined(connection) as session:
            yield Story(connection, session, Clock(patch))
        outer.rollback()


@pytest.fixture(scope="module")
def story(app: Flask) -> Iterator[Story]:
    """Open a world for the tests of one file; they override `connection` with `story.apart`."""
    with told_once(app) as story:
        yield story


@pytest.fixture
def demo_world(app: Flask, session: Session, connection: sa.Connection) -> date:
    """Give the demo as it is on a day in November, and that day; it is played once for all."""
    demo_worlds.take_in(session, connection)
    return demo_worlds.TODAY


class Client(FlaskClient):
    """A browser without scripts, which sees what the test has written, and the other way round."""

    session: Session

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        self.session.flush()
        # The test's own application context would hand its `g` to the request.
        response = contextvars.Context().run(super().open, *args, **kwargs)
        self.session.expire_all()
        return response

    def sign_in(self, user: User) -> "Client":
        """Sign a person in as the cookie of a session does."""
        self.session.flush()
        with self.session_transaction() as cookie:
            cookie.clear()
            cookie["_user_id"] = user.fs_uniquifier
            cookie[SIGN_IN] = key = sessions.begin(self.session, user.id, is_strong=True)
            # Tests go on for years by their clock.
            lasting = sa.update(SignIn).where(SignIn.key_hash == sessions.hash_of(key))
            self.session.execute(lasting.values(expires_at=datetime(2040, 1, 1, tzinfo=UTC)))
            cookie["_fresh"] = True
            cookie["fs_paa"] = clock_module.now().timestamp()
        return self


@pytest.fixture
def client(app: Flask, session: Session) -> Client:
    """Give a client that nobody is signed in with."""
    client = Client(app, app.response_class)
    client.session = session
    return client


@pytest.fixture(scope="session")
def drawer() -> Drawer:
    """Give what draws charts and PDFs, with its fonts read once."""
    return Drawer()


@pytest.fixture(autouse=True)
def drawn_here(monkeypatch: pytest.MonkeyPatch, drawer: Drawer) -> None:
    """Draw in the process of the tests: the same bytes, without starting one for each summary."""

    def answers(asked: str, _count: int) -> list[dict[str, Any]]:
        return [drawer.draw(job) for job in json.loads(asked)]

    monkeypatch.setattr(drawing, "_answers", answers)


class Queries:
    """Counts what is asked of the database, without what only tests ask."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def of(self, ask: Callable[[], Any]) -> list[str]:
        """Give the statements that a call sends to the database."""
        sent: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith(NOT_COUNTED):
                sent.append(statement)

        sa.event.listen(self._connection, "before_cursor_execute", note)
        try:
            ask()
        finally:
            sa.event.remove(self._connection, "before_cursor_execute", note)
        return sent

    def count(self, ask: Callable[[], Any]) -> int:
        """Say how many statements a call sends to the database."""
        return len(self.of(ask))


@pytest.fixture
def queries(connection: sa.Connection) -> Queries:
    """Give what counts the statements of a request."""
    return Queries(connection)


class Clock:
    """Tells the program what time it is."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def set(self, moment: datetime | date) -> None:
        """Stop at an instant, or at noon in Norway on a day."""
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time(12), clock_module.OSLO)
        self._monkeypatch.setattr(clock_module, "_stopped_at", moment.astimezone(UTC))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the clock at noon on 12 May 2026; `set` moves it."""
    stopped = Clock(monkeypatch)
    stopped.set(date(2026, 5, 12))
    return stopped


@pytest.fixture(autouse=True)
def outside_calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Fail a test that mails, or that calls an address outside this machine."""
    calls: list[str] = []

    def guard(name: str) -> None:
        call = getattr(socket.socket, name)

        def guarded(self: socket.socket, address: Any) -> Any:
            if self.family != socket.AF_UNIX and not is_loopback(str(address[0])):
                calls.append(f"a call to {address}")
                raise OSError(f"a test may not call {address}")
            return call(self, address)

        monkeypatch.setattr(socket.socket, name, guarded)

    def refuse_mail(self: smtplib.SMTP, host: str = "", port: int = 0, *_: Any) -> None:
        calls.append(f"mail through {host}:{port}")
        raise OSError("a test may not mail")

    guard("connect")
    guard("connect_ex")
    monkeypatch.setattr(smtplib.SMTP, "connect", refuse_mail)
    yield calls
    assert not calls, f"something left the test: {calls}"


def is_loopback(host: str) -> bool:
    """Say whether an address stays on this machine."""
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Note of each request what of its address the program looks at."""
    monkeypatch.setattr(Request, "parameter_storage_class", Looked)
