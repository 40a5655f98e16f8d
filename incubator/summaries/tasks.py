"""What the worker does for summaries: builds the drafts of a month, sends what nobody stopped."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.access import Actor, Via, command_line
from incubator.core.clock import OSLO
from incubator.core.links import Place
from incubator.summaries import operations, queries, rules
from incubator.summaries.drawing import Drawn
from incubator.summaries.models import Partner, Summary, SummaryStatus

# Written out, so that the index of the drafts alone is known to serve.
DRAFT: sa.ColumnElement[str] = sa.literal_column(f"'{SummaryStatus.DRAFT.value}'")
CATCH_UP = timedelta(days=20)  # a worker that stood still for longer leaves the month to a person


def worker() -> Actor:
    """Make the actor of what happens by itself."""
    return command_line(Via.WORKER)


def month_due(now: datetime) -> datetime | None:
    """Give the instant at which the drafts of the month before were due, when it has come."""
    month = rules.month_before(now.astimezone(OSLO).date())
    due_at = rules.due_at(month)
    if not due_at <= now < due_at + CATCH_UP:
        return None
    return due_at


def partners(session: Session) -> list[int]:
    """List the partners for whom summaries are built."""
    return list(session.scalars(sa.select(Partner.id).where(Partner.known()).order_by(Partner.id)))


def build_for(session: Session, partner_id: int, now: datetime) -> Summary | None:
    """Build the draft of the month before for one partner."""
    month = rules.month_before(now.astimezone(OSLO).date())
    found = queries.agreements(session, partner_id=partner_id)
    if not found:
        return None
    return operations.build_one(session, worker(), month, found[0])


def due_by_themselves(session: Session, now: datetime) -> list[int]:
    """List the drafts that have waited for as many days as their agreements say."""
    rows = session.execute(
        sa.select(Summary.id, Summary.version, Summary.cut_off_at, Partner.sends_after_days)
        .join(Partner, Partner.id == Summary.partner_id)
        .where(
            Summary.status == DRAFT,
            Partner.sends_after_days.isnot(None),
            Partner.known(),
        )
        .order_by(Summary.id)
    )
    found = [
        (number, rules.leaves_at(version, cut_off_at, days))
        for number, version, cut_off_at, days in rows
    ]
    return [number for number, leaves_at in found if leaves_at is not None and leaves_at <= now]


def send_by_itself(
    session: Session, summary_id: int, place: Place, drawn: Mapping[str, Drawn]
) -> int:
    """Approve one draft in nobody's name; give the number of its mails."""
    summary = session.get_one(Summary, summary_id)
    found = queries.agreements(session, partner_id=summary.partner_id)
    if not found:
        return 0
    return operations.approve(
        session, worker(), found[0], summary, place, is_by_itself=True, drawn=drawn
    )
