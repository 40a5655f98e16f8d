"""Applications: what happened to each can have happened, and no more was paid than granted."""

from collections.abc import Iterator
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.funding.models import ApplicationEvent, ApplicationStatus, Payment
from incubator.funding.rules import GRANT, is_life, wrong_money
from incubator.upkeep.check.finding import Broken


def courses(session: Session) -> Iterator[Broken]:
    """Find applications that went from one status to another that cannot follow on it."""
    of = ApplicationEvent.application_id
    query = (
        sa.select(of, ApplicationEvent.status)
        .where(ApplicationEvent.known())
        .order_by(of, ApplicationEvent.occurred_on, ApplicationEvent.nth)
    )
    for application_id, events in groupby(session.execute(query), lambda row: row[0]):
        course = [status for _, status in events]
        if not is_life(course):
            told = ", ".join(status.value for status in course)
            yield Broken("applications", application_id, f"went {told}, which cannot be")


def money(session: Session) -> Iterator[Broken]:
    """Find applications of which more was paid than granted, or more returned than paid."""
    granted = sa.and_(
        ApplicationEvent.known(), ApplicationEvent.status == ApplicationStatus.GRANTED
    )
    paid = sa.select(Payment.application_id).where(Payment.known())
    turns = sa.union_all(
        sa.select(
            ApplicationEvent.application_id.label("of"),
            ApplicationEvent.occurred_on.label("day"),
            sa.literal(GRANT).label("kind"),
            ApplicationEvent.amount_nok.label("amount"),
        ).where(granted, ApplicationEvent.application_id.in_(paid)),
        sa.select(
            Payment.application_id, Payment.occurred_on, sa.cast(Payment.kind, sa.Text),
            Payment.amount_nok,
        ).where(Payment.known()),
    ).subquery()  # fmt: skip
    query = sa.select(turns).order_by(turns.c.of, turns.c.day)
    for application_id, rows in groupby(session.execute(query), lambda row: row.of):
        if code := wrong_money((row.day, row.kind, row.amount) for row in rows):
            yield Broken("applications", application_id, f"has money that cannot be: {code}")
