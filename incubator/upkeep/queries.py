"""Read whether the program is well."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core import clock, migrations
from incubator.mail.models import Message
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


def levels(session: Session) -> list[tuple[str, str, float]]:
    """Give what can be told of the installation to whoever watches it: name, words, value."""
    try:
        return [*_mail_levels(session), *_life_levels(session), ("ideloypa_database_up", UP, 1)]
    except sa.exc.SQLAlchemyError:
        return [("ideloypa_database_up", UP, 0)]


UP = "Whether the database answers."


def _mail_levels(session: Session) -> list[tuple[str, str, float]]:
    waits = sa.and_(Message.sent_at.is_(None), Message.given_up_at.is_(None))
    failed = sa.and_(Message.sent_at.is_(None), Message.given_up_at.isnot(None))
    now = clock.now()
    number, oldest, tried = session.execute(
        sa.select(
            sa.func.count(Message.id),
            sa.func.min(Message.queued_at),
            sa.func.count(Message.id).filter(Message.attempts > 0),
        ).where(waits)
    ).one()
    lost = session.scalar(sa.select(sa.func.count(Message.id)).where(failed)) or 0
    age = (now - oldest).total_seconds() if oldest else 0
    return [
        ("ideloypa_mail_waiting", "Messages in the outbox that have not left.", number),
        ("ideloypa_mail_retrying", "Those of them that were tried before.", tried),
        ("ideloypa_mail_given_up", "Messages that will not be tried again.", lost),
        ("ideloypa_mail_oldest_waiting_seconds", "How long the oldest has waited.", max(age, 0)),
    ]


def _life_levels(session: Session) -> list[tuple[str, str, float]]:
    seen = session.scalar(sa.select(Heartbeat.seen_at).where(Heartbeat.name == WORKER))
    silent = (clock.now() - seen).total_seconds() if seen else None
    life = "Seconds since a worker last showed that it lives."
    size = "Bytes that the database takes."
    found: list[tuple[str, str, float]] = [("ideloypa_database_bytes", size, _size(session))]
    if silent is not None:
        found.append(("ideloypa_worker_silent_seconds", life, max(silent, 0)))
    return found


def _size(session: Session) -> int:
    if session.get_bind().dialect.name != "sqlite":
        held: int = session.scalars(sa.text("SELECT pg_database_size(current_database())")).one()
        return held
    pages: int = session.execute(sa.text("PRAGMA page_count")).scalar_one()
    size: int = session.execute(sa.text("PRAGMA page_size")).scalar_one()
    return pages * size
