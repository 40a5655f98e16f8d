"""The demo for tests that are not about how it comes to be: played once in a run, then taken in.

To play it takes thousands of operations; a backup of it is there in a second, on either database.
"""

import os
import tempfile
from datetime import date
from pathlib import Path

import fasteners
import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core import db, migrations
from incubator.funding.operations import load_instruments
from incubator.reference import operations as reference
from incubator.search import indexing
from incubator.upkeep import backup, demo
from tests import databases

TODAY = date(2026, 11, 20)


def take_in(session: Session, connection: sa.Connection) -> None:
    """Put the demo into the empty database of a test, in the test's own transaction."""
    folder = Path(os.environ[databases.SHARED_FOLDER])
    with fasteners.InterProcessLock(folder / ".demo-lock"):
        kept = folder / "demo.zip"
        if not kept.exists():
            _play(kept)
    with kept.open("rb") as file:
        backup.take_in(connection, backup.Backup(file))
    session.expire_all()
    indexing.rebuild(session)
    session.flush()


def _play(kept: Path) -> None:
    """Play the demo into a database of its own, by the rules of the application that is there."""
    with (
        tempfile.TemporaryDirectory() as name,
        databases.sqlite_database(Path(name)) as address,
    ):
        engine = db.make_engines(address)[0]
        with engine.connect() as connection, connection.begin() as never_ended:
            migrations.upgrade(connection)
            with Session(connection, expire_on_commit=False, autoflush=False) as session:
                reference.load_municipalities(session)
                load_instruments(session)
                demo.load(session, TODAY)
                session.flush()
                fresh = kept.with_suffix(".new")
                with fresh.open("wb") as file:
                    backup.write(connection, file, Path(name))
                fresh.replace(kept)
            never_ended.rollback()
        engine.dispose()
