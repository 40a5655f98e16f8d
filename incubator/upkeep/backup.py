"""Everything the program holds as one file, which either database can take in again.

A backup is a zip: `manifest.json`, one file of rows for each table (a JSON list a line, in the
order of the primary key), and the secrets of the installation, without which nobody could sign
in. Tables are taken as the database describes them, not as the models do: a backup of an
earlier release is loaded into the tables of that release and then migrated.
See docs/decisions/0028-backup.md.
"""

import base64
import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa

from incubator.core import clock, migrations
from incubator.core.db import Base, Session
from incubator.search import indexing

FORMAT = 1
MANIFEST = "manifest.json"
SECRETS = ("secret_key", "password_salt")
AT_ONCE = 1000  # rows
# What lives at the moment, in one installation; and what is made of the rest, anew (`search`).
LEFT_OUT = frozenset({"heartbeats", "search_entries"})
HELD = "Held back: it was waiting when a backup was made, and came back with it."


class BadBackup(Exception):
    """A file is no backup that can be restored here; the message says why and what to do."""


def write(connection: sa.Connection, to: BinaryIO, instance: Path) -> dict[str, int]:
    """Write a backup of what the connection sees; give the number of rows of each table.

    The connection must see one moment all the while (`core.db.snapshot`): others go on writing.
    """
    told: dict[str, Any] = {}
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        there = set(sa.inspect(connection).get_table_names())
        for table in _tables(connection, there.intersection(Base.metadata.tables)):
            told[table.name] = _write_table(connection, table, archive)
        secrets = [name for name in SECRETS if (instance / name).is_file()]
        for name in secrets:
            archive.write(instance / name, f"instance/{name}")
        manifest = {
            "program": "ideloypa",
            "format": FORMAT,
            "revision": migrations.current(connection),
            "made_at": clock.now().isoformat(),
            "secrets": secrets,
            "tables": told,
        }
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return {name: each["rows"] for name, each in told.items()}


def _tables(connection: sa.Connection, names: Iterable[str]) -> list[sa.Table]:
    """Describe our tables as the database has them, those that others refer to first."""
    found = sa.MetaData()
    found.reflect(connection, only=sorted(set(names) - LEFT_OUT))
    return found.sorted_tables


def _write_table(
    connection: sa.Connection, table: sa.Table, archive: zipfile.ZipFile
) -> dict[str, Any]:
    kinds = {column.name: _kind(column) for column in table.columns}
    ways = [_WRITTEN[kind] for kind in kinds.values()]
    query = (
        sa.select(table).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    )
    number, digest = 0, hashlib.sha256()
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as rows:
        for row in connection.execute(query):
            values = [
                None if value is None else way(value) for way, value in zip(ways, row, strict=True)
            ]
            line = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            digest.update(line)
            rows.write(line)
            number += 1
    return {"rows": number, "sha256": digest.hexdigest(), "columns": kinds}


def _kind(column: sa.Column[Any]) -> str:
    for kind, described in _KINDS:
        if isinstance(column.type, described):
            return kind
    return "plain"


_KINDS: tuple[tuple[str, type[Any]], ...] = (
    ("instant", sa.DateTime), ("date", sa.Date), ("bytes", sa.LargeBinary), ("flag", sa.Boolean),
)  # fmt: skip


def _instant(value: datetime) -> str:
    known = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return known.isoformat()


_WRITTEN: Mapping[str, Callable[[Any], Any]] = {
    "plain": lambda value: value,
    "flag": bool,
    "instant": _instant,
    "date": date.isoformat,
    "bytes": lambda value: base64.b64encode(value).decode(),
}


class Backup:
    """A backup that is read."""

    def __init__(self, file: BinaryIO) -> None:
        """Open it. Raises BadBackup when it is none, or of a later release."""
        try:
            self._archive = zipfile.ZipFile(file)
            self.manifest: dict[str, Any] = json.loads(self._archive.read(MANIFEST))
            self.tables: dict[str, dict[str, Any]] = self.manifest["tables"]
            self.revision = str(self.manifest["revision"])
            self.made_at = str(self.manifest["made_at"])
            form = self.manifest["format"]
        except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
            raise BadBackup("This file is no backup of Idéløypa.") from error
        if form != FORMAT or not migrations.is_known(self.revision):
            raise BadBackup(
                "The backup was made by a later release of the program. Restore it with that one."
            )

    def secrets(self) -> dict[str, str]:
        """Give the secrets of the installation that it was made from, by name."""
        names = [name for name in self.manifest["secrets"] if name in SECRETS]
        return {name: self._archive.read(f"instance/{name}").decode() for name in names}

    def rows(self, table: str) -> Iterator[list[Any]]:
        """Give the rows of a table. Raises BadBackup where the file was damaged."""
        digest = hashlib.sha256()
        try:
            with self._archive.open(f"tables/{table}.jsonl") as lines:
                for line in lines:
                    digest.update(line)
                    yield json.loads(line)
        except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
            raise BadBackup(f"The backup is damaged: {table} cannot be read.") from error
        if digest.hexdigest() != self.tables[table]["sha256"]:
            raise BadBackup(f"The backup is damaged: {table} is not what was written.")


def restore(connection: sa.Connection, backup: Backup, *, hold_mail: bool = True) -> dict[str, int]:
    """Load a backup into an empty installation and migrate it; give the rows of each table.

    All of it happens in the transaction of the connection, whose owner commits. Raises
    BadBackup; what the database itself refuses comes as its own error.
    """
    migrations.downgrade(connection)
    migrations.upgrade(connection, backup.revision)
    tables = take_in(connection, backup)
    if hold_mail:
        _hold_mail(connection, tables["messages"])
    migrations.upgrade(connection)
    with Session(connection) as session:
        indexing.rebuild(session)
    return {name: each["rows"] for name, each in backup.tables.items()}


def take_in(connection: sa.Connection, backup: Backup) -> Mapping[str, sa.Table]:
    """Put the rows of a backup in place of those of a database of its release; give its tables."""
    try:
        tables = {table.name: table for table in _tables(connection, backup.tables)}
    except sa.exc.InvalidRequestError as error:
        raise BadBackup("The backup has tables that its release does not know.") from error
    with _unchecked_references(connection, tables.values()):
        for table in reversed(tables.values()):
            connection.execute(sa.delete(table))  # what migrations put there
        for table in tables.values():
            _load(connection, table, backup)
    _count_on(connection, tables.values())
    return tables


def _load(connection: sa.Connection, table: sa.Table, backup: Backup) -> None:
    kinds = backup.tables[table.name]["columns"]
    if set(kinds) != set(table.columns.keys()):
        raise BadBackup(f"The backup does not have the columns of {table.name}.")
    read = _readers(connection.dialect.name)
    ways = [read[kind] for kind in kinds.values()]
    number = 0
    written = (_row(kinds, ways, row) for row in backup.rows(table.name))
    while rows := list(islice(written, AT_ONCE)):
        connection.execute(sa.insert(table), rows)
        number += len(rows)
    if number != backup.tables[table.name]["rows"]:
        raise BadBackup(f"The backup is damaged: rows of {table.name} are missing.")


def _row(names: Iterable[str], ways: list[Callable[[Any], Any]], row: list[Any]) -> dict[str, Any]:
    return {
        name: None if value is None else way(value)
        for name, way, value in zip(names, ways, row, strict=True)
    }


def _readers(dialect: str) -> Mapping[str, Callable[[Any], Any]]:
    def instant(text: str) -> datetime:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=None) if dialect == "sqlite" else moment

    return {
        "plain": lambda value: value,
        "flag": bool,
        "instant": instant,
        "date": date.fromisoformat,
        "bytes": base64.b64decode,
    }


@contextmanager
def _unchecked_references(connection: sa.Connection, tables: Iterable[sa.Table]) -> Iterator[None]:
    """Let rows refer to others that are not there yet; look at all references afterwards."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # until the commit
        yield
        return
    keys = [key for table in tables for key in table.foreign_key_constraints]
    for key in keys:
        connection.execute(sa.schema.DropConstraint(key))
    yield
    for key in keys:
        connection.execute(sa.schema.AddConstraint(key))


def _count_on(connection: sa.Connection, tables: Iterable[sa.Table]) -> None:
    """Let PostgreSQL give the next row the number after the last one."""
    if connection.dialect.name == "sqlite":
        return
    for table in tables:
        for column in table.primary_key.columns:
            sequence = connection.scalar(
                sa.select(sa.func.pg_get_serial_sequence(table.name, column.name))
            )
            if sequence:
                last = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
                connection.execute(sa.select(sa.func.setval(sequence, last, False)))


def _hold_mail(connection: sa.Connection, messages: sa.Table) -> None:
    """Keep mail that was waiting from leaving a second time, or from a rehearsal."""
    columns = messages.c
    connection.execute(
        sa.update(messages)
        .where(columns.sent_at.is_(None), columns.given_up_at.is_(None))
        .values(
            last_error=HELD,
            given_up_at=_readers(connection.dialect.name)["instant"](clock.now().isoformat()),
        )
    )


def keep_secrets(secrets: Mapping[str, str], instance: Path) -> list[str]:
    """Put secrets in their place; give the names of those that were others before."""
    changed = []
    for name, secret in secrets.items():
        path = instance / name
        if path.exists() and path.read_text() == secret:
            continue
        fresh = path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secret)
        fresh.replace(path)
        changed.append(name)
    return changed
