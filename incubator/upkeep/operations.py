"""Signs of life, and claims on scheduled work."""

from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from incubator.core import clock
from incubator.upkeep.models import Heartbeat, ScheduledRun


def beat(session: Session, name: str) -> None:
    """Write down that a process is at work."""
    now = clock.now()
    seen = sa.update(Heartbeat).where(Heartbeat.name == name).values(seen_at=now)
    if session.connection().execute(seen).rowcount:
        return
    with suppress(IntegrityError), session.begin_nested():  # two may begin in the same instant
        session.add(Heartbeat(name=name, seen_at=now))


def claim(session: Session, task: str, due_at: datetime, at: datetime | None = None) -> bool:
    """Claim a scheduled piece of work; False when another worker was first."""
    try:
        with session.begin_nested():
            session.add(ScheduledRun(task=task, due_at=due_at, claimed_at=at or clock.now()))
    except IntegrityError:
        return False
    return True


def is_claimed(session: Session, task: str, due_at: datetime) -> bool:
    """Say whether somebody claimed a scheduled piece of work."""
    return session.get(ScheduledRun, (task, due_at)) is not None


def last_claim(session: Session, task: str, *, before: datetime) -> datetime | None:
    """Give when a piece of work was claimed the last time that it was due before an instant."""
    return session.scalar(
        sa.select(ScheduledRun.claimed_at)
        .where(ScheduledRun.task == task, ScheduledRun.due_at < before)
        .order_by(ScheduledRun.due_at.desc())
        .limit(1)
    )


def forget_runs_before(session: Session, moment: datetime) -> None:
    """Forget old claims, so that they do not pile up."""
    session.execute(sa.delete(ScheduledRun).where(ScheduledRun.due_at < moment))


def is_empty(read: Session | sa.Connection) -> bool:
    """Say whether a database has no region and nobody in it yet."""
    regions = sa.text("SELECT 1 FROM regions LIMIT 1")
    people = sa.text("SELECT 1 FROM users LIMIT 1")
    return read.execute(regions).first() is None and read.execute(people).first() is None
