"""Visits: what was talked about with a company, and what came of it."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, UserKey, enum_column, mapped_column
from incubator.core.facts import Fact, Recorded


class VisitKind(StrEnum):
    VISIT = "visit"
    TELEPHONE = "telephone"
    VIDEO = "video"


class Visit(Fact, Base):
    """A logged contact with a company. It belongs to the organisation that made it.

    `client_key` is made on the device that it was written on: however often a device sends a
    visit, it is stored once. It stays taken when the visit is voided.
    """

    __tablename__ = "visits"
    __table_args__ = (
        sa.UniqueConstraint("recorded_by_id", "client_key"),
        # These two hold all that lists are narrowed by and figures counted from, so that a
        # count reads the index and not the table.
        sa.Index(
            "ix_visits_region_day", "region_id", "occurred_on", "id", "voided_at", "kind",
            "visitor_id", "organisation_id", "municipality_id", "company_id",
        ),
        sa.Index(
            "ix_visits_company_day", "company_id", "occurred_on", "id", "voided_at", "region_id",
            "organisation_id", "municipality_id",
        ),
        sa.Index("ix_visits_organisation_day", "organisation_id", "occurred_on", "id"),
        sa.Index("ix_visits_visitor_day", "visitor_id", "occurred_on", "id"),
    )  # fmt: skip

    id: Mapped[Id]
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"))
    municipality_id: Mapped[int | None] = mapped_column(sa.ForeignKey("municipalities.id"))
    organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisations.id"))
    company_id: Mapped[int] = mapped_column(sa.ForeignKey("companies.id"))
    visitor_id: Mapped[UserKey]
    visitor_name: Mapped[str | None]  # a visitor from a list who is no user
    kind: Mapped[VisitKind] = enum_column(VisitKind, "kind")
    about: Mapped[str | None]
    needs: Mapped[str | None]
    is_shared: Mapped[bool] = mapped_column(default=False)  # its notes, with other organisations
    client_key: Mapped[str | None] = mapped_column(sa.String(64))
    written_at: Mapped[datetime | None]  # by the clock of the device, where it waited there


class VisitContact(Recorded, Base):
    """A person of the company who took part."""

    __tablename__ = "visit_contacts"

    id: Mapped[Id]
    visit_id: Mapped[int] = mapped_column(sa.ForeignKey("visits.id"), index=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contacts.id"), index=True)


class VisitColleague(Recorded, Base):
    """A colleague who took part beside the visitor."""

    __tablename__ = "visit_colleagues"

    id: Mapped[Id]
    visit_id: Mapped[int] = mapped_column(sa.ForeignKey("visits.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)


class VisitIdea(Recorded, Base):
    """An idea that came up at a visit: its origin. An idea has one at most."""

    __tablename__ = "visit_ideas"
    __table_args__ = (
        sa.Index(
            "uq_visit_ideas_idea",
            "idea_id",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    visit_id: Mapped[int] = mapped_column(sa.ForeignKey("visits.id"), index=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("ideas.id"))


class VisitFollowUp(Recorded, Base):
    """What was promised at a visit."""

    __tablename__ = "visit_follow_ups"

    id: Mapped[Id]
    visit_id: Mapped[int] = mapped_column(sa.ForeignKey("visits.id"), index=True)
    follow_up_id: Mapped[int] = mapped_column(sa.ForeignKey("follow_ups.id"), index=True)
