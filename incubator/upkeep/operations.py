"""Signs of life, and claims on scheduled work."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from incubator.core import clock
from incubator.upkeep.models import Heartbeat, ScheduledRun


def beat(session: Session, name: str) -> None:
    """Write down that a process is at work."""
    heart = session.get(Heartbeat, name)
    if heart is None:
        session.add(Heartbeat(name=name, seen_at=clock.now()))
    else:
        heart.seen_at = clock.now()
    session.flush()


def claim(session: Session, task: str, due_at: datetime) -> bool:
    """Claim a scheduled piece of work; False when another worker was first."""
    try:
        with session.begin_nested():
            session.add(ScheduledRun(task=task, due_at=due_at, claimed_at=clock.now()))
    except IntegrityError:
        return False
    return True


def is_empty(session: Session) -> bool:
    """Say whether a database has no region and nobody in it yet."""
    regions = sa.text("SELECT 1 FROM regions LIMIT 1")
    people = sa.text("SELECT 1 FROM users LIMIT 1")
    return session.execute(regions).first() is None and session.execute(people).first() is None
