"""Read whether the program is well."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core import clock, migrations
from incubator.upkeep.models import Heartbeat

WORKER = "worker"
SILENT_AFTER = timedelta(minutes=2)


def readiness(session: Session) -> dict[str, bool]:
    """Say of each thing that visitors need whether it is there."""
    try:
        return {
            "database": True,
            "migrations": is_migrated(session),
            "worker": worker_is_alive(session),
        }
    except sa.exc.SQLAlchemyError:
        return {"database": False, "migrations": False, "worker": False}


def is_migrated(session: Session) -> bool:
    """Say whether the database is at the revision that the program expects."""
    return migrations.current(session.connection()) == migrations.newest()


def worker_is_alive(session: Session) -> bool:
    """Say whether the worker was seen lately."""
    seen = session.scalar(sa.select(Heartbeat.seen_at).where(Heartbeat.name == WORKER))
    return seen is not None and seen > clock.now() - SILENT_AFTER
