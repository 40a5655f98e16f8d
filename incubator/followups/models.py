"""What was promised: who, what, by when."""

from datetime import date, datetime

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, UserKey, mapped_column
from incubator.core.facts import Recorded


class FollowUp(Recorded, Base):
    """A promise on an idea or a company. An idea's next step is its earliest open one."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        sa.CheckConstraint("idea_id IS NOT NULL OR company_id IS NOT NULL", name="has_subject"),
        sa.Index("ix_follow_ups_due", "responsible_id", "due_on"),
    )

    id: Mapped[Id]
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"))
    idea_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ideas.id"), index=True)
    company_id: Mapped[int | None] = mapped_column(sa.ForeignKey("companies.id"), index=True)
    what: Mapped[str]
    responsible_id: Mapped[UserKey]
    due_on: Mapped[date | None]
    done_on: Mapped[date | None]


class CalendarFeed(Base):
    """A person's secret address for a calendar program; only the hash of it is kept."""

    __tablename__ = "calendar_feeds"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
