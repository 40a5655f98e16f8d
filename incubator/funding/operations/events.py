"""Write down what happened to an application: it came to stand in a status on a day."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor
from incubator.core.db import flush
from incubator.core.errors import RuleBroken
from incubator.funding import rules
from incubator.funding.models import Application, ApplicationEvent, ApplicationStatus
from incubator.funding.operations.taking import let_follow, record, take
from incubator.funding.queries import turns_of


def set_status(
    session: Session,
    actor: Actor,
    application: Application,
    status: ApplicationStatus,
    *,
    on: date,
    amount_nok: int | None = None,
    reason: str = "",
    report_due_on: date | None = None,
    seen: str | None = None,
) -> ApplicationEvent:
    """Write down what happened to an application on a day, and when its report is due if told.

    Raises RuleBroken for what cannot follow, for a day in the future or before what happened
    last, a grant without its amount, a refusal without a reason; Stale when something happened
    to it since it was `seen`.
    """
    idea = take(session, actor, application, seen)
    latest = session.scalars(newest_event(application.id)).one()
    _must_fit(session, application, latest, status, on)
    _must_be_whole(status, amount_nok, reason)
    change = record(session, actor, f"application.{status.value}", application, reason)
    values = {"status": (latest.status, status)}
    if report_due_on is not None and report_due_on != application.report_due_on:
        values |= {"report_due_on": (application.report_due_on, report_due_on)}  # type: ignore[dict-item]
        application.report_due_on = report_due_on
    audit.note_values(session, change, "application", application.id, values)
    granted = amount_nok if status == ApplicationStatus.GRANTED else None
    event = enter(session, application, status, on, change, granted, reason)
    application.status = status
    flush(session)
    if idea is not None:
        let_follow(session, idea, change)
        flush(session)
    return event


def _must_fit(
    session: Session,
    application: Application,
    latest: ApplicationEvent,
    status: ApplicationStatus,
    on: date,
) -> None:
    """Raise RuleBroken for a status that cannot follow the one before it on a day."""
    if code := rules.wrong_turn(latest.status, status, application.deadline_on, on):
        raise RuleBroken(code, fields=["on"], before=latest.status, to=status)
    if on > clock.today():
        raise RuleBroken("in_the_future", fields=["on"])
    if on < latest.occurred_on:
        told = f"{latest.occurred_on:%d.%m.%Y}"
        raise RuleBroken("before_latest_of_application", fields=["on"], latest=told)
    lapses = status == ApplicationStatus.LAPSED
    if lapses and rules.sum_of(turns_of(session, application.id)).kept:
        raise RuleBroken("grant_was_used", fields=["on"])


def _must_be_whole(status: ApplicationStatus, amount_nok: int | None, reason: str) -> None:
    if status == ApplicationStatus.GRANTED and amount_nok is None:
        raise RuleBroken("amount_missing", fields=["amount_nok"])
    if status == ApplicationStatus.REFUSED and not reason.strip():
        raise RuleBroken("reason_missing", fields=["reason"])


def newest_event(application_id: int) -> sa.Select[ApplicationEvent]:
    """Pick the event that says how an application stands."""
    return (
        sa.select(ApplicationEvent)
        .where(ApplicationEvent.application_id == application_id, ApplicationEvent.known())
        .order_by(ApplicationEvent.occurred_on.desc(), ApplicationEvent.nth.desc())
        .limit(1)
    )


def recompute(session: Session, application: Application) -> None:
    """Set the status that an application keeps from the events that still stand."""
    latest = session.scalar(newest_event(application.id))
    if latest is not None:
        application.status = latest.status


def enter(
    session: Session,
    application: Application,
    status: ApplicationStatus,
    on: date,
    change: Change,
    amount_nok: int | None = None,
    reason: str = "",
) -> ApplicationEvent:
    """Add an event, the last of its day, as part of a change."""
    highest = session.scalar(
        sa.select(sa.func.max(ApplicationEvent.nth)).where(
            ApplicationEvent.application_id == application.id,
            ApplicationEvent.occurred_on == on,
            ApplicationEvent.known(),
        )
    )
    event = ApplicationEvent(
        application_id=application.id,
        region_id=application.region_id,
        status=status,
        occurred_on=on,
        nth=(highest or 0) + 1,
        amount_nok=amount_nok,
        reason=reason.strip() or None,
    )
    audit.stamp(event, change)
    session.add(event)
    return event
