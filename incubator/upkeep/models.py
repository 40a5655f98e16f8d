"""Signs of life of the worker, and scheduled work claimed so that it is done once."""

from datetime import datetime

from incubator.core.db import Base, Mapped, mapped_column


class Heartbeat(Base):
    """When a process was last seen at work."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]


class ScheduledRun(Base):
    """A scheduled piece of work for one due time: the first worker that inserts it does it."""

    __tablename__ = "scheduled_runs"

    task: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime] = mapped_column(primary_key=True)
    claimed_at: Mapped[datetime]
