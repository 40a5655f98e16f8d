"""Read what was told, with its rows, and how its mail went."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.access import Actor
from incubator.core.errors import NotFound
from incubator.mail.models import Attempt, Message, Outcome
from incubator.reference.models import Organisation, Region
from incubator.summaries.models import (
    Delivery,
    Partner,
    Recipient,
    Span,
    Summary,
    SummaryRow,
    SummaryStatus,
)  # fmt: skip
from incubator.summaries.queries.agreements import Agreement, agreements

PAGE = 100


def latest_of_month(session: Session, partner_id: int, month: date) -> Summary | None:
    """Give the newest version of a month's summary."""
    return session.scalar(
        sa.select(Summary)
        .where(Summary.partner_id == partner_id, Summary.month == month)
        .order_by(Summary.version.desc())
        .limit(1)
    )


def last_told(session: Session, partner_id: int, month: date) -> Summary | None:
    """Give what the partner was told last, of a month up to this one."""
    return session.scalar(
        sa.select(Summary)
        .where(
            Summary.partner_id == partner_id,
            Summary.month <= month,
            Summary.status == SummaryStatus.APPROVED,
        )
        .order_by(Summary.month.desc(), Summary.version.desc())
        .limit(1)
    )


def first_told_month(session: Session, partner_id: int) -> date | None:
    """Give the first month that the partner was told of."""
    return session.scalar(
        sa.select(sa.func.min(Summary.month)).where(
            Summary.partner_id == partner_id, Summary.status == SummaryStatus.APPROVED
        )
    )


@dataclass(frozen=True)
class Line:
    """A summary in the list of a month."""

    summary: Summary
    organisation: str
    region: str
    sent: int
    waiting: int
    failed: int


def list_summaries(
    session: Session, viewer: Actor, region_id: int | None, offset: int = 0
) -> list[Line]:
    """List summaries, the latest month first, with how their mail went; one query."""
    mail = (
        sa.select(
            Delivery.summary_id,
            sa.func.count(Message.sent_at).label("sent"),
            sa.func.count(Message.given_up_at).label("failed"),
            sa.func.count(Delivery.id).label("all"),
        )
        .join(Message, Message.id == Delivery.message_id)
        .group_by(Delivery.summary_id)
        .subquery()
    )
    query = (
        sa.select(
            Summary, Organisation.name, Region.name,
            sa.func.coalesce(mail.c.sent, 0), sa.func.coalesce(mail.c.failed, 0),
            sa.func.coalesce(mail.c.all, 0),
        )
        .join(Partner, Partner.id == Summary.partner_id)
        .join(Organisation, Organisation.id == Partner.organisation_id)
        .join(Region, Region.id == Partner.region_id)
        .outerjoin(mail, mail.c.summary_id == Summary.id)
        .where(viewer.in_regions(Partner.region_id))
        .order_by(Summary.month.desc(), Organisation.sort_key, Summary.version.desc())
        .offset(offset)
        .limit(PAGE + 1)
    )  # fmt: skip
    if region_id is not None:
        query = query.where(Partner.region_id == region_id)
    return [
        Line(summary, organisation, region, sent, total - sent - failed, failed)
        for summary, organisation, region, sent, failed, total in session.execute(query)
    ]


def get_summary(session: Session, viewer: Actor, summary_id: int) -> tuple[Summary, Agreement]:
    """Give a summary of the viewer's regions and its agreement. Raises NotFound.

    What was told stays openable when the agreement is over; a draft of it is gone.
    """
    summary = session.get(Summary, summary_id)
    if summary is None:
        raise NotFound("not_found")
    is_told = summary.status == SummaryStatus.APPROVED
    found = agreements(session, viewer=viewer, partner_id=summary.partner_id, also_ended=is_told)
    if not found:
        raise NotFound("not_found")
    return summary, found[0]


@dataclass(frozen=True)
class Sent:
    """A delivery and how its mail went."""

    recipient: Recipient
    message: Message
    is_filed: bool  # written to a file, since no mail server is set: it reached nobody


def last_outcome() -> sa.ScalarSelect[Outcome | None]:
    """Build, for a query of messages, how the last attempt of each ended."""
    return (
        sa.select(Attempt.outcome)
        .where(Attempt.message_id == Message.id)
        .order_by(Attempt.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def deliveries(session: Session, summary_id: int, recipient_id: int | None = None) -> list[Sent]:
    """List the deliveries of a summary, or the one to a recipient; one query."""
    query = (
        sa.select(Recipient, Message, last_outcome())
        .join(Delivery, Delivery.recipient_id == Recipient.id)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.summary_id == summary_id)
        .order_by(Recipient.name, Recipient.id)
    )
    if recipient_id is not None:
        query = query.where(Recipient.id == recipient_id)
    return [Sent(row[0], row[1], row[2] == Outcome.FILED) for row in session.execute(query)]


def get_delivery(session: Session, summary_id: int, recipient_id: int) -> Sent:
    """Give the delivery of a summary to a recipient. Raises NotFound."""
    found = deliveries(session, summary_id, recipient_id)
    if not found:
        raise NotFound("not_found")
    return found[0]


def frozen_rows(session: Session, summary_id: int, metric: str, span: Span) -> list[SummaryRow]:
    """List the rows that a summary kept behind a number, the latest first."""
    return list(
        session.scalars(
            sa.select(SummaryRow)
            .where(
                SummaryRow.summary_id == summary_id,
                SummaryRow.metric == metric,
                SummaryRow.span == span,
            )
            .order_by(SummaryRow.day.desc(), SummaryRow.subject_id)
        )
    )
