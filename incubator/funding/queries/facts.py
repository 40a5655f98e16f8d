"""What happened to applications, and their money: the facts that everything else is told from."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.db import AnySelect
from incubator.core.scope import View
from incubator.funding.models import (
    Application,
    ApplicationEvent,
    ApplicationStatus,
    Payment,
    PaymentKind,
)  # fmt: skip
from incubator.funding.rules import GRANT, Turn

IS_GRANT = ApplicationEvent.status == ApplicationStatus.GRANTED


def by_event(view: View, status: ApplicationStatus) -> AnySelect:
    """Build one row per application: the first day it stood in a status, and the amounts.

    An application counts once though its decision may have been entered in two parts.
    """
    # The region that the event tells, so that an index finds it without its application.
    region_id = ApplicationEvent.region_id
    columns = (Application.id, region_id, Application.municipality_id)
    return (
        sa.select(
            *columns,
            sa.func.min(ApplicationEvent.occurred_on).label("day"),
            sa.func.sum(ApplicationEvent.amount_nok).label("amount"),
        )
        .join(ApplicationEvent, ApplicationEvent.application_id == Application.id)
        .where(
            ApplicationEvent.status == status,
            view.standing(ApplicationEvent),
            *view.within(Application, region_id=region_id),
        )
        .group_by(*columns)
    )


def told_of(application_ids: AnySelect) -> sa.Subquery:
    """Build, for some applications, the day of the latest event, of sending, and the grant."""
    is_sent = ApplicationEvent.status == ApplicationStatus.SENT
    return (
        sa.select(
            ApplicationEvent.application_id,
            sa.func.max(ApplicationEvent.occurred_on).label("latest_on"),
            sa.func.min(ApplicationEvent.occurred_on).label("begun_on"),
            sa.func.min(ApplicationEvent.occurred_on).filter(is_sent).label("sent_on"),
            _sum(ApplicationEvent.amount_nok, IS_GRANT).label("granted_nok"),
        )
        .where(ApplicationEvent.known(), ApplicationEvent.application_id.in_(application_ids))
        .group_by(ApplicationEvent.application_id)
        .subquery()
    )


def paid_of(application_ids: AnySelect) -> sa.Subquery:
    """Build, for some applications, what was paid and what went back."""
    return (
        sa.select(
            Payment.application_id,
            _sum(Payment.amount_nok, Payment.kind == PaymentKind.PAID).label("paid_nok"),
            _sum(Payment.amount_nok, Payment.kind == PaymentKind.RETURNED).label("returned_nok"),
        )
        .where(Payment.known(), Payment.application_id.in_(application_ids))
        .group_by(Payment.application_id)
        .subquery()
    )


def _sum(amount: Any, which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.sum(amount).filter(which), sa.BigInteger)


def turns_of(session: Session, application_id: int, *, without: int | None = None) -> list[Turn]:
    """List the standing grants and payments of an application, perhaps without one payment."""
    grants = sa.select(
        ApplicationEvent.occurred_on, sa.literal(GRANT), ApplicationEvent.amount_nok
    ).where(ApplicationEvent.application_id == application_id, ApplicationEvent.known(), IS_GRANT)
    payments = sa.select(
        Payment.occurred_on, sa.cast(Payment.kind, sa.Text), Payment.amount_nok
    ).where(
        Payment.application_id == application_id, Payment.known(),
        Payment.id.is_distinct_from(without),
    )  # fmt: skip
    rows = session.execute(grants.union_all(payments))
    return [(day, kind, amount or 0) for day, kind, amount in rows]


def mark_of(session: Session, application_id: int) -> str:
    """Give a mark of all that has happened to an application: it differs after anything more."""
    parts = (
        sa.select(sa.func.max(table.id), sa.func.count()).where(
            table.application_id == application_id, table.known()
        )
        for table in (ApplicationEvent, Payment)
    )
    rows = (session.execute(part).one() for part in parts)
    return ".".join(f"{row[0] or 0}-{row[1]}" for row in rows)
