"""Read the summaries of a month, and what the archive keeps of one: its rows and its mail."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.db import AnyRow
from incubator.mail.models import Attempt, Message
from incubator.summaries.models import Delivery, Recipient, Summary, SummaryRow
from incubator.summaries.queries.agreements import Agreement, agreements


def of_month(session: Session, month: date) -> list[tuple[Summary, Agreement]]:
    """List the newest version of each partner's summary of a month; a fixed number of queries."""
    newest: dict[int, Summary] = {}
    for summary in session.scalars(
        sa.select(Summary).where(Summary.month == month).order_by(Summary.version)
    ):
        newest[summary.partner_id] = summary
    return [
        (newest[agreement.partner.id], agreement)
        for agreement in agreements(session)
        if agreement.partner.id in newest
    ]


def mail_log(session: Session, summary_id: int) -> Sequence[AnyRow]:
    """List recipient, message and attempt of each attempt to send a summary; one query.

    What nobody has tried to send yet is there too, without an attempt.
    """
    return session.execute(
        sa.select(Recipient, Message, Attempt)
        .join(Delivery, Delivery.recipient_id == Recipient.id)
        .join(Message, Message.id == Delivery.message_id)
        .outerjoin(Attempt, Attempt.message_id == Message.id)
        .where(Delivery.summary_id == summary_id)
        .order_by(Recipient.name, Recipient.id, Attempt.id)
    ).all()


def rows_behind(session: Session, summary_id: int) -> Sequence[AnyRow]:
    """List all rows that a summary kept: figure, span, day, kind, number and amount; one query."""
    return session.execute(
        sa.select(
            SummaryRow.metric, SummaryRow.span, SummaryRow.day, SummaryRow.subject_kind,
            SummaryRow.subject_id, SummaryRow.amount,
        )
        .where(SummaryRow.summary_id == summary_id)
        .order_by(SummaryRow.metric, SummaryRow.span, SummaryRow.day, SummaryRow.subject_id)
    ).all()  # fmt: skip
