"""The database: engines, the session of a request, the base of all models and their types.

Commit and rollback are written in this file alone. A request that may write gets one
transaction, committed when it answers below 400; a request that only reads gets a connection
that the database itself keeps from writing.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import sqlalchemy as sa
from flask import Flask, Response, current_app, g, has_request_context, request, session as cookie
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.local import LocalProxy

from incubator.core.errors import Stale

__all__ = ["Base", "Mapped", "MappedAsDataclass", "Session", "mapped_column", "session"]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Statements that a connection keeps prepared: as many as the program asks. Of the drivers' usual
# hundred each would drive another out.
PREPARED = 500


class Instant(sa.TypeDecorator[datetime]):
    """A moment in UTC; refuses a naive one, since nobody could tell which moment it was."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Hundredths(sa.TypeDecorator[Decimal]):
    """A number with two decimals (heads, full-time equivalents), stored as a whole number."""

    impl = sa.Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> int | None:
        return None if value is None else int((Decimal(value) * 100).to_integral_value())

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / 100


class Base(DeclarativeBase):
    """The base of all tables; constraints are named by one convention."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: Instant, date: sa.Date, Decimal: Hundredths, str: sa.Text}


Id = Annotated[int, mapped_column(primary_key=True)]
Nok = Annotated[int, mapped_column(sa.BigInteger)]
UserKey = Annotated[int | None, mapped_column(sa.ForeignKey("users.id"))]


def enum_column(kind: type[StrEnum], column: str, **options: Any) -> Any:
    """Build a column that stores an enum by value, its CHECK named by the column."""
    values = sa.Enum(
        kind, name=column, native_enum=False, create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
    )  # fmt: skip
    return mapped_column(values, **options)


# A query, or a row of its answer, whose columns the reader of the code knows better than types.
AnySelect = sa.Select[*tuple[Any, ...]]
AnyRow = sa.Row[*tuple[Any, ...]]


class Database:
    """Two engines on one database: one that writes, one that cannot."""

    def __init__(self) -> None:
        self._ready: tuple[sa.Engine, sa.Engine, WriteQueue] | None = None

    def connect(self, address: str) -> None:
        """Open the engines for `address`; connections are made when they are first needed."""
        self._ready = (*make_engines(address), WriteQueue(address))

    @property
    def writer(self) -> sa.Engine:
        assert self._ready, "the database is not connected"
        return self._ready[0]

    @property
    def reader(self) -> sa.Engine:
        assert self._ready, "the database is not connected"
        return self._ready[1]

    @property
    def queue(self) -> "WriteQueue":
        assert self._ready, "the database is not connected"
        return self._ready[2]

    def reading_session(self) -> Session:
        """Open a session that cannot write."""
        return Session(self.reader, expire_on_commit=False, autoflush=False)

    def writing_session(self) -> Session:
        """Wait for the turn to write and open a session that may."""
        return WritingSession().queue()

    def dispose(self) -> None:
        """Close all connections, as before a fork."""
        self.writer.dispose()
        self.reader.dispose()


class WriteQueue:
    """Lets SQLite's writers wait in line.

    SQLite lets a second writer poll with growing pauses, so that an unlucky one waits for
    seconds; a file lock wakes them one by one. PostgreSQL needs none of it.
    """

    def __init__(self, address: str) -> None:
        url = make_url(address)
        is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
        self._path = f"{url.database}.writers" if is_file else None
        self._threads = threading.Lock()
        self._file: int | None = None

    def enter(self) -> None:
        if self._path is None:
            return
        self._threads.acquire()
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def leave(self) -> None:
        if self._path is None:
            return
        assert self._file is not None
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()


def make_engines(address: str) -> tuple[sa.Engine, sa.Engine]:
    """Make the writing and the reading engine for a database address."""
    if make_url(address).get_backend_name() == "sqlite":
        return _sqlite_engine(address, may_write=True), _sqlite_engine(address, may_write=False)
    return _postgresql_engine(address, may_write=True), _postgresql_engine(address, may_write=False)


def _sqlite_engine(address: str, *, may_write: bool) -> sa.Engine:
    options: dict[str, Any] = {} if may_write else {"isolation_level": "AUTOCOMMIT"}
    kept = {"timeout": 30, "cached_statements": PREPARED}
    engine = sa.create_engine(address, connect_args=kept, hide_parameters=True, **options)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA cache_size=-2000")
        connection.execute("PRAGMA temp_store=MEMORY")
        if not may_write:
            connection.execute("PRAGMA query_only=ON")

    if may_write:
        # Whoever may write says so at once: the second writer then waits instead of failing.
        sa.event.listen(engine, "begin", lambda c: c.connection.execute("BEGIN IMMEDIATE"))
    return engine


def _postgresql_engine(address: str, *, may_write: bool) -> sa.Engine:
    options: dict[str, Any] = {"connect_timeout": 10, "options": "-c timezone=UTC -c jit=off"}
    # A connection that broke while nobody used it is replaced before anybody notices.
    common: dict[str, Any] = {"pool_pre_ping": True, "hide_parameters": True}
    if not may_write:
        options["options"] += " -c default_transaction_read_only=on"
        common["isolation_level"] = "AUTOCOMMIT"
    engine = sa.create_engine(address, connect_args=options, **common)
    sa.event.listen(engine, "connect", lambda c, _record: setattr(c, "prepared_max", PREPARED))
    return engine


db = Database()


class WritingSession(Session):
    """A session that waits for its turn to write before it begins, and leaves when it is done."""

    def __init__(self) -> None:
        super().__init__(db.writer, expire_on_commit=False, autoflush=False)
        self._queued = False

    def queue(self) -> "WritingSession":
        db.queue.enter()
        self._queued = True
        return self

    def close(self) -> None:
        try:
            super().close()
        finally:
            if self._queued:
                self._queued = False
                db.queue.leave()


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Give commands and tasks one transaction: committed at the end, or nothing of it."""
    work = db.writing_session()
    try:
        yield work
        work.flush()
        work.commit()
    except BaseException:
        work.rollback()
        raise
    finally:
        work.close()


@contextmanager
def reading() -> Iterator[Session]:
    """Give commands and tasks a session that cannot write."""
    work = db.reading_session()
    try:
        yield work
    finally:
        work.close()


@contextmanager
def snapshot() -> Iterator[sa.Connection]:
    """See the database as it is at one moment, however long it takes to read, writing nothing."""
    engine = db.reader
    if engine.dialect.name != "sqlite":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        try:
            yield connection
        finally:
            connection.exec_driver_sql("ROLLBACK")


@contextmanager
def one_moment(work: Session) -> Iterator[None]:
    """Let a session that only reads see one moment, in however many queries it asks."""
    if work.bind is not db.reader:
        yield  # it is in a transaction already
        return
    is_file = db.reader.dialect.name == "sqlite"
    begin = "BEGIN" if is_file else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    connection = work.connection()
    connection.exec_driver_sql(begin)
    try:
        yield
    finally:
        connection.exec_driver_sql("ROLLBACK")


@contextmanager
def peek() -> Iterator[Session]:
    """Read within a request before, and outside of, the transaction that it may write in."""
    if request.method in SAFE_METHODS:
        yield _current_session()
    else:
        with reading() as work:
            yield work


def _current_session() -> Session:
    assert has_request_context(), "outside a request use unit_of_work() or reading()"
    if "session" not in g:
        is_safe = request.method in SAFE_METHODS
        g.session = db.reading_session() if is_safe else db.writing_session()
    opened: Session = g.session
    return opened


session: Session = LocalProxy(_current_session)  # type: ignore[assignment]


def start_over() -> None:
    """Drop what this request did so far, to answer a refusal from what is stored now."""
    _current_session().rollback()


def settle() -> None:
    """Commit what this request has written and read on, so that the next writer need not wait.

    To write the answer takes longer than to write the change. What is settled stands, also if
    the answer should fail: call it when the operation is done, and nothing is left to refuse.
    """
    work = _current_session()
    work.commit()
    work.close()
    g.session = db.reading_session()


def _finish(response: Response) -> Response:
    work: Session | None = g.get("session")
    if work is None:
        return response
    if request.method not in SAFE_METHODS and response.status_code < 400:
        try:
            work.commit()
        except DBAPIError as refused:
            # An answer was ready, but what it tells is not stored: it is answered as within a view.
            work.rollback()
            cookie.pop("_flashes", None)
            response = current_app.make_response(current_app.handle_user_exception(refused))
    _close(None)  # the next writer's turn comes before this answer is compressed and sent
    return response


def _close(_error: BaseException | None) -> None:
    work: Session | None = g.pop("session", None)
    if work is not None:
        work.close()


def init_app(app: Flask) -> None:
    """Connect the database and give every request its session."""
    db.connect(app.config["DATABASE_URL"])
    app.after_request(_finish)
    app.teardown_request(_close)


def lock_table(work: Session, table: type[Base]) -> None:
    """Let others who would write to a table wait until this is committed; SQLite always does."""
    if work.get_bind().dialect.name != "sqlite":
        work.execute(sa.text(f"LOCK TABLE {table.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))


def flush(work: Session) -> None:
    """Write what is pending, so that constraints speak while the caller can still answer.

    Raises Stale when somebody else changed one of the rows, or made the same thing, in the
    same instant. All that was done so far is dropped then, and the session reads what is
    stored now: whoever answers the refusal may go on with it.
    """
    with telling_who_was_first(work):
        work.flush()


@contextmanager
def telling_who_was_first(work: Session) -> Iterator[None]:
    """Turn what the database says of two at once into Stale."""
    try:
        yield
    except StaleDataError as late:
        work.rollback()
        raise Stale("changed_meanwhile") from late
    except (IntegrityError, OperationalError) as refused:
        if not _somebody_was_first(refused.orig):
            raise
        work.rollback()
        raise Stale("changed_meanwhile") from refused


# What both databases say where two transactions cannot both have their way.
_UNIQUE, _SERIALIZATION, _DEADLOCK = "23505", "40001", "40P01"
_SQLITE_UNIQUE = frozenset({"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"})


def _somebody_was_first(error: BaseException | None) -> bool:
    state = getattr(error, "sqlstate", None)
    name = getattr(error, "sqlite_errorname", None)
    return state in (_UNIQUE, _SERIALIZATION, _DEADLOCK) or name in _SQLITE_UNIQUE
