"""A company's agreement with the incubator."""

from datetime import date
from enum import StrEnum

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, enum_column, mapped_column
from incubator.core.facts import Fact, Recorded


class EndReason(StrEnum):
    COMPLETED = "completed"
    OUTGROWN = "outgrown"
    SOLD = "sold"
    MERGED = "merged"
    BANKRUPT = "bankrupt"
    CLOSED_DOWN = "closed_down"
    MOVED = "moved"
    WITHDREW = "withdrew"
    REFERRED = "referred"


class Incubation(Fact, Base):
    """A company was admitted (on `occurred_on`, its real first date).

    One runs at a time however many ideas the company has: `left_on` is kept here from the
    standing `IncubationEnd`, so that the database can refuse a second one.
    """

    __tablename__ = "incubations"
    __table_args__ = (
        sa.Index(
            "uq_incubations_running",
            "company_id",
            unique=True,
            sqlite_where=sa.text("left_on IS NULL AND voided_at IS NULL"),
            postgresql_where=sa.text("left_on IS NULL AND voided_at IS NULL"),
        ),
        sa.Index("ix_incubations_region_day", "region_id", "occurred_on"),
    )

    id: Mapped[Id]
    company_id: Mapped[int] = mapped_column(sa.ForeignKey("companies.id"), index=True)
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"))
    municipality_id: Mapped[int | None] = mapped_column(sa.ForeignKey("municipalities.id"))
    operator_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisations.id"))
    period_started_on: Mapped[date | None]
    phase: Mapped[str | None]
    left_on: Mapped[date | None]


class IncubationEnd(Fact, Base):
    """A company left the incubator."""

    __tablename__ = "incubation_ends"
    __table_args__ = (
        sa.Index(
            "uq_incubation_ends_standing",
            "incubation_id",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    incubation_id: Mapped[int] = mapped_column(sa.ForeignKey("incubations.id"))
    reason: Mapped[EndReason] = enum_column(EndReason, "reason")
    note: Mapped[str | None]


class IncubationIdea(Recorded, Base):
    """An idea joined an incubation: what an undo of the admission must ask about."""

    __tablename__ = "incubation_ideas"

    id: Mapped[Id]
    incubation_id: Mapped[int] = mapped_column(sa.ForeignKey("incubations.id"), index=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("ideas.id"), index=True)
