"""Mail and reports: nobody gets what they stopped, and a figure has its rows behind it."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.goals.metrics import BY_KEY, Unit
from incubator.mail.models import Attempt, Message
from incubator.summaries.models import Bounce, Delivery, Recipient, Span, Summary, SummaryRow
from incubator.upkeep.check.finding import Broken, Find, Listing, all_of

IS_DONE = sa.or_(Message.sent_at.isnot(None), Message.given_up_at.isnot(None))
HUNDREDTHS = 100


def mail() -> Find:
    """Find attempts that go on though their mail is done, and mail to those who get none."""
    endless = (
        sa.select(Attempt.id, Message.id)
        .join(Message, Message.id == Attempt.message_id)
        .where(Attempt.ended_at.is_(None), IS_DONE)
        .order_by(Attempt.id)
    )
    came_back = sa.exists().where(Bounce.recipient_id == Recipient.id, Bounce.known())
    is_off = sa.or_(Recipient.stopped_at.isnot(None), ~Recipient.known(), came_back)
    unwanted = (
        sa.select(Message.id, Recipient.id)
        .join(Delivery, Delivery.message_id == Message.id)
        .join(Recipient, Recipient.id == Delivery.recipient_id)
        .where(~IS_DONE, is_off)
        .order_by(Message.id)
    )
    return all_of(
        (
            Listing("mail_attempts", endless, "goes on, though message {0} is done"),
            Listing("messages", unwanted, "waits for recipient {0}, who is to get none"),
        )
    )


def figures(session: Session) -> Iterator[Broken]:
    """Find reports with a figure that is not the number, or the sum, of the rows kept with it."""
    counted = {
        (summary_id, metric, Span(span)): (number, total or 0)
        for summary_id, metric, span, number, total in session.execute(
            sa.select(
                SummaryRow.summary_id, SummaryRow.metric, SummaryRow.span, sa.func.count(),
                sa.func.sum(SummaryRow.amount),
            ).group_by(SummaryRow.summary_id, SummaryRow.metric, SummaryRow.span)
        )
    }  # fmt: skip
    told = sa.select(Summary.id, Summary.contents).order_by(Summary.id)
    for number, contents in session.execute(told):
        for one in contents["figures"]:
            for name, span in (("now", Span.PERIOD), ("year", Span.YEAR)):
                kept = counted.get((number, one["metric"], span), (0, 0))
                if one[name] is not None and one[name] != _value(one, *kept):
                    what = f"says {one[name]} of {one['metric']} ({span}), and keeps other rows"
                    yield Broken("summaries", number, what)


def _value(one: dict[str, Any], number: int, total: int) -> float:
    if not one["is_sum"]:
        return number
    metric = BY_KEY.get(one["metric"])
    is_jobs = metric is not None and metric.unit == Unit.JOBS
    return int(total) / HUNDREDTHS if is_jobs else int(total)
