"""Funding schemes, their money, and applications to them."""

from datetime import date
from enum import StrEnum

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, Nok, UserKey, enum_column, mapped_column
from incubator.core.facts import Fact, Recorded


class Intake(StrEnum):
    ROLLING = "rolling"
    DEADLINE = "deadline"


class ApplicationStatus(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    PROCESSING = "processing"
    GRANTED = "granted"
    ACCEPTED = "accepted"
    RUNNING = "running"
    REPORTED = "reported"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class PaymentKind(StrEnum):
    PAID = "paid"
    RETURNED = "returned"


class Instrument(Base):
    """A funding scheme of a funder. Names change, the key does not."""

    __tablename__ = "instruments"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sort_key: Mapped[str]
    funder_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisations.id"))
    intake: Mapped[Intake] = enum_column(Intake, "intake")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class Frame(Base):
    """The money of an instrument in a year, and its deadline."""

    __tablename__ = "frames"
    __table_args__ = (
        sa.UniqueConstraint("instrument_id", "year", "deadline_on"),
        sa.CheckConstraint("amount_nok >= 0", name="amount_positive"),
    )

    id: Mapped[Id]
    instrument_id: Mapped[int] = mapped_column(sa.ForeignKey("instruments.id"))
    year: Mapped[int]
    amount_nok: Mapped[Nok]
    deadline_on: Mapped[date | None]


class Application(Recorded, Base):
    """An application for money; what happened to it are its events."""

    __tablename__ = "applications"
    __table_args__ = (sa.CheckConstraint("sought_nok >= 0", name="sought_positive"),)

    id: Mapped[Id]
    title: Mapped[str | None]  # of one that no idea stands behind
    idea_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ideas.id"), index=True)
    company_id: Mapped[int | None] = mapped_column(sa.ForeignKey("companies.id"), index=True)
    owner_id: Mapped[UserKey]  # whose calendar its days stand in, beside that of the idea's owner
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"), index=True)
    municipality_id: Mapped[int | None] = mapped_column(sa.ForeignKey("municipalities.id"))
    instrument_id: Mapped[int | None] = mapped_column(sa.ForeignKey("instruments.id"))
    deadline_on: Mapped[date | None]
    planned_on: Mapped[date | None]
    report_due_on: Mapped[date | None]
    sought_nok: Mapped[Nok | None]
    reference: Mapped[str | None]  # the funder's case number
    status: Mapped[ApplicationStatus] = enum_column(ApplicationStatus, "status")


class ApplicationEvent(Fact, Base):
    """An application came to stand in a status on a day, with the amount decided or paid."""

    __tablename__ = "application_events"
    __table_args__ = (
        sa.Index(
            "uq_application_events_nth",
            "application_id",
            "occurred_on",
            "nth",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
        # What was sent and granted in a region, without asking each application.
        sa.Index(
            "ix_application_events_region",
            "region_id",
            "status",
            "occurred_on",
            "application_id",
            "amount_nok",
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
        sa.CheckConstraint("nth >= 1", name="nth_positive"),
        sa.CheckConstraint(
            "status <> 'granted' OR amount_nok IS NOT NULL", name="granted_has_amount"
        ),
    )

    id: Mapped[Id]
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"))
    # That of the application; SQLite can add a column to a table only where it may be empty.
    region_id: Mapped[int | None] = mapped_column(sa.ForeignKey("regions.id"))
    status: Mapped[ApplicationStatus] = enum_column(ApplicationStatus, "status")
    nth: Mapped[int]
    amount_nok: Mapped[Nok | None]
    is_estimated: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str | None]


class Payment(Fact, Base):
    """Money that came for a granted application, or went back to the funder, on a day."""

    __tablename__ = "payments"
    __table_args__ = (sa.CheckConstraint("amount_nok > 0", name="amount_positive"),)

    id: Mapped[Id]
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("applications.id"), index=True)
    kind: Mapped[PaymentKind] = enum_column(PaymentKind, "kind")
    amount_nok: Mapped[Nok]
    note: Mapped[str | None]
