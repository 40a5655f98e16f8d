"""Who gets the monthly summary, what it said, and to whom it went."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, Nok, UserKey, enum_column, mapped_column
from incubator.core.facts import Fact, Recorded


class Cadence(StrEnum):
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


class Span(StrEnum):
    """Which of the two numbers of a figure a row stands behind."""

    PERIOD = "period"
    YEAR = "year"


class SummaryStatus(StrEnum):
    """A draft is built anew until somebody approves it; after that nothing in it changes."""

    DRAFT = "draft"
    APPROVED = "approved"


class Partner(Recorded, Base):
    """An organisation's agreement on a summary: of which place, how often, on what basis.

    Without municipalities it is of the whole region; with a programme its goals are that one's.
    """

    __tablename__ = "summary_partners"
    __table_args__ = (sa.CheckConstraint("sends_after_days >= 0", name="sends_after_positive"),)

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"))
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"), index=True)
    programme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("programmes.id"))
    cadence: Mapped[Cadence] = enum_column(Cadence, "cadence")
    hides_small: Mapped[bool] = mapped_column(default=False)
    sends_after_days: Mapped[int | None]  # by itself, when nobody has approved it by then
    legal_basis: Mapped[str | None]
    case_number: Mapped[str | None]


class PartnerMunicipality(Recorded, Base):
    """A municipality that a partner's summary is about."""

    __tablename__ = "summary_partner_municipalities"

    id: Mapped[Id]
    partner_id: Mapped[int] = mapped_column(sa.ForeignKey("summary_partners.id"), index=True)
    municipality_id: Mapped[int] = mapped_column(sa.ForeignKey("municipalities.id"))


class Recipient(Recorded, Base):
    """A person who gets a partner's summary by e-mail until one of us says stop."""

    __tablename__ = "summary_recipients"
    __table_args__ = (
        sa.Index(
            "uq_summary_recipients_email",
            "partner_id",
            "email",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    partner_id: Mapped[int] = mapped_column(sa.ForeignKey("summary_partners.id"))
    name: Mapped[str]
    email: Mapped[str]
    locale: Mapped[str]
    stopped_at: Mapped[datetime | None]


class Bounce(Fact, Base):
    """Mail to a recipient came back: nothing more is sent there until this is voided."""

    __tablename__ = "summary_bounces"

    id: Mapped[Id]
    recipient_id: Mapped[int] = mapped_column(sa.ForeignKey("summary_recipients.id"), index=True)
    reason: Mapped[str | None]


class Summary(Base):
    """What a partner is told of a month: its figures and texts as they were at the cut-off.

    `contents` is what the mail is written from. A draft is thrown away when it is built anew;
    what is approved stays, and a correction of it is a new version.
    """

    __tablename__ = "summaries"
    __table_args__ = (
        sa.UniqueConstraint("partner_id", "month", "version"),
        # The worker looks for drafts each minute, among all that was ever told.
        sa.Index(
            "ix_summaries_draft",
            "id",
            sqlite_where=sa.text("status = 'draft'"),
            postgresql_where=sa.text("status = 'draft'"),
        ),
    )

    id: Mapped[Id]
    partner_id: Mapped[int] = mapped_column(sa.ForeignKey("summary_partners.id"))
    month: Mapped[date]  # its first day
    version: Mapped[int]
    status: Mapped[SummaryStatus] = enum_column(SummaryStatus, "status")
    cut_off_at: Mapped[datetime]
    contents: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    note: Mapped[str | None]  # a word by the editor
    change_id: Mapped[int] = mapped_column(sa.ForeignKey("changes.id"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[UserKey]
    # Nobody approved it within the days that the agreement gives, so it was sent all the same.
    is_self_sent: Mapped[bool] = mapped_column(default=False, server_default=sa.false())


class SummaryComment(Recorded, Base):
    """What one of us said about a summary; kept with it, told to no partner."""

    __tablename__ = "summary_comments"

    id: Mapped[Id]
    summary_id: Mapped[int] = mapped_column(sa.ForeignKey("summaries.id"), index=True)
    text: Mapped[str]


class SummaryRow(Base):
    """A row behind a figure of a summary: which metric, which record, its day and amount."""

    __tablename__ = "summary_rows"
    __table_args__ = (sa.Index("ix_summary_rows_figure", "summary_id", "metric"),)

    id: Mapped[Id]
    summary_id: Mapped[int] = mapped_column(sa.ForeignKey("summaries.id"))
    metric: Mapped[str]
    span: Mapped[Span] = enum_column(Span, "span")
    subject_kind: Mapped[str]
    subject_id: Mapped[int]
    day: Mapped[date]
    amount: Mapped[Nok | None]  # whole NOK, or hundredths of work places


class SummaryFile(Base):
    """A chart or the PDF of a summary in a language, as it was when the summary was approved."""

    __tablename__ = "summary_files"
    __table_args__ = (sa.UniqueConstraint("summary_id", "locale", "name"),)

    id: Mapped[Id]
    summary_id: Mapped[int] = mapped_column(sa.ForeignKey("summaries.id"))
    locale: Mapped[str]
    name: Mapped[str]
    content_id: Mapped[str | None]  # of a chart, by which the mail shows it
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("mail_files.id"), index=True)


class Delivery(Base):
    """One summary to one recipient; the message in the outbox tells how it went."""

    __tablename__ = "deliveries"
    __table_args__ = (sa.UniqueConstraint("summary_id", "recipient_id"),)

    id: Mapped[Id]
    summary_id: Mapped[int] = mapped_column(sa.ForeignKey("summaries.id"))
    recipient_id: Mapped[int] = mapped_column(sa.ForeignKey("summary_recipients.id"), index=True)
    message_id: Mapped[int] = mapped_column(sa.ForeignKey("messages.id"), unique=True)
