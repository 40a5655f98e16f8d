"""Meetings about the board: what stood on the agenda, what was decided, who was there."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, UserKey, enum_column, mapped_column
from incubator.core.facts import Fact, Recorded


class Part(StrEnum):
    """Why an idea stands on an agenda, in the order of the meeting."""

    AGAIN = "again"
    CHANGED = "changed"
    STALE = "stale"
    DEADLINE = "deadline"
    NEW = "new"
    ADDED = "added"


class DecisionKind(StrEnum):
    """What can be decided about an idea at a meeting."""

    MOVED = "moved"
    PARKED = "parked"
    STOPPED = "stopped"
    REOPENED = "reopened"
    LAUNCHED = "launched"
    ASSIGNED = "assigned"
    STEP = "step"
    AGAIN = "again"
    UNCHANGED = "unchanged"


class Meeting(Fact, Base):
    """A meeting of a region, held on a day; it runs until it is closed."""

    __tablename__ = "meetings"
    __table_args__ = (
        # One at a time, so that whoever comes second joins it.
        sa.Index(
            "uq_meetings_running",
            "region_id",
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL AND voided_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL AND voided_at IS NULL"),
        ),
        sa.Index("ix_meetings_region_id_occurred_on", "region_id", "occurred_on"),
    )

    id: Mapped[Id]
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"))
    since_at: Mapped[datetime]  # what was entered after this counts as changed
    place: Mapped[int]  # the item that was shown last: no fact, a bookmark
    left_out: Mapped[int]  # ideas for which there was no room on the agenda
    note: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[UserKey]


class MeetingPresence(Recorded, Base):
    """Somebody was there: a user, or a guest by name."""

    __tablename__ = "meeting_presences"
    __table_args__ = (
        sa.CheckConstraint("(user_id IS NULL) <> (guest IS NULL)", name="user_or_guest"),
    )

    id: Mapped[Id]
    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meetings.id"), index=True)
    user_id: Mapped[UserKey]
    guest: Mapped[str | None]


class MeetingItem(Recorded, Base):
    """An idea on the agenda of a meeting, and what was noted about it."""

    __tablename__ = "meeting_items"
    __table_args__ = (
        sa.UniqueConstraint("meeting_id", "nth"),
        sa.UniqueConstraint("meeting_id", "idea_id"),
    )

    id: Mapped[Id]
    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meetings.id"))
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("ideas.id"), index=True)
    nth: Mapped[int]
    part: Mapped[Part] = enum_column(Part, "part")
    note: Mapped[str | None]


class MeetingDecision(Recorded, Base):
    """Something was decided; it carries the change that did it, and is undone with it."""

    __tablename__ = "meeting_decisions"

    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting_items.id"), index=True)
    kind: Mapped[DecisionKind] = enum_column(DecisionKind, "kind")
    stage_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stages.id"))
    owner_id: Mapped[UserKey]
    follow_up_id: Mapped[int | None] = mapped_column(sa.ForeignKey("follow_ups.id"))
