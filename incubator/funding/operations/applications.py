"""Write applications and what happens to them."""

import csv
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import RuleBroken
from incubator.core.texts import sort_key
from incubator.funding.models import (
    Application,
    ApplicationEvent,
    ApplicationStatus,
    Frame,
    Instrument,
    Intake,
)  # fmt: skip
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea
from incubator.reference.queries import lock_region

INSTRUMENTS = Path(__file__).parent / "instruments.csv"


def load_instruments(session: Session) -> int:
    """Add the funding schemes of the file that the database lacks; give their number."""
    known = set(session.scalars(sa.select(Instrument.key)))
    with INSTRUMENTS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["key"] not in known]
    session.add_all(
        Instrument(
            key=row["key"],
            name=row["name"],
            sort_key=sort_key(row["name"]),
            intake=Intake(row["intake"]),
        )
        for row in rows
    )
    flush(session)
    return len(rows)


def set_frame(
    session: Session,
    actor: Actor,
    instrument: Instrument,
    *,
    year: int,
    amount_nok: int,
    deadline_on: date | None = None,
) -> Frame:
    """Write down the money of an instrument in a year, and the deadline for it."""
    must(actor, Permission.GOAL_EDIT)
    frame = Frame(
        instrument_id=instrument.id, year=year, amount_nok=amount_nok, deadline_on=deadline_on
    )
    session.add(frame)
    flush(session)
    change = audit.record(session, actor, "frame.set", kind="frame", subject_id=frame.id)
    audit.note_values(session, change, "frame", frame.id, {"amount_nok": (None, amount_nok)})
    return frame


def open_application(
    session: Session,
    idea: Idea,
    change: Change,
    *,
    on: date,
    status: ApplicationStatus = ApplicationStatus.DRAFT,
    instrument_id: int | None = None,
    deadline_on: date | None = None,
    planned_on: date | None = None,
    sought_nok: int | None = None,
) -> Application:
    """Begin an application for an idea as part of a change."""
    application = Application(
        idea_id=idea.id,
        company_id=idea.company_id,
        region_id=idea.region_id,
        municipality_id=idea.municipality_id,
        instrument_id=instrument_id,
        deadline_on=deadline_on,
        planned_on=planned_on,
        sought_nok=sought_nok,
        status=status,
    )
    audit.stamp(application, change)
    session.add(application)
    flush(session)
    _enter(session, application, status, on, change)
    values = {"sought_nok": (None, sought_nok), "deadline_on": (None, deadline_on)}
    audit.note_values(session, change, "application", application.id, values)
    refresh_deadline(session, idea)
    return application


def set_status(
    session: Session,
    actor: Actor,
    application: Application,
    status: ApplicationStatus,
    *,
    on: date,
    amount_nok: int | None = None,
    reason: str = "",
) -> ApplicationEvent:
    """Write down what happened to an application on a day.

    Raises RuleBroken for a day in the future or before what happened last, a grant without
    its amount, a refusal without a reason.
    """
    idea = _idea_to_change(session, actor, application)
    if on > clock.today():
        raise RuleBroken("in_the_future", fields=["on"])
    if status == ApplicationStatus.GRANTED and amount_nok is None:
        raise RuleBroken("amount_missing", fields=["amount_nok"])
    if status == ApplicationStatus.REFUSED and not reason.strip():
        raise RuleBroken("reason_missing", fields=["reason"])
    lock_region(session, application.region_id)
    before, latest_on = _latest_of(session, application)
    if on < latest_on:
        raise RuleBroken("before_latest_event", fields=["on"], latest=f"{latest_on:%d.%m.%Y}")
    change = audit.record(
        session, actor, f"application.{status.value}", kind="application",
        subject_id=application.id, region_id=application.region_id, note=reason,
    )  # fmt: skip
    values = {"status": (before, status)}
    audit.note_values(session, change, "application", application.id, values)
    event = _enter(session, application, status, on, change, amount_nok, reason)
    application.status = status
    flush(session)
    if idea is not None:
        refresh_deadline(session, idea)
        ideas.touch(idea, change)
        flush(session)
    return event


def _idea_to_change(session: Session, actor: Actor, application: Application) -> Idea | None:
    """Give the idea of an application. Raises NotAllowed unless the actor may change it."""
    must(actor, Permission.IDEA_MOVE, application.region_id)
    if application.idea_id is None:
        return None
    idea = session.get_one(Idea, application.idea_id)
    ideas.must_be_allowed(actor, idea)
    return idea


def _latest_of(session: Session, application: Application) -> tuple[ApplicationStatus, date]:
    """Give the latest standing event of an application."""
    latest = session.scalars(newest_event(application.id)).one()
    return latest.status, latest.occurred_on


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


def _enter(
    session: Session,
    application: Application,
    status: ApplicationStatus,
    on: date,
    change: Change,
    amount_nok: int | None = None,
    reason: str = "",
) -> ApplicationEvent:
    highest = session.scalar(
        sa.select(sa.func.max(ApplicationEvent.nth)).where(
            ApplicationEvent.application_id == application.id,
            ApplicationEvent.occurred_on == on,
            ApplicationEvent.known(),
        )
    )
    event = ApplicationEvent(
        application_id=application.id,
        status=status,
        occurred_on=on,
        nth=(highest or 0) + 1,
        amount_nok=amount_nok,
        reason=reason or None,
    )
    audit.stamp(event, change)
    session.add(event)
    return event


def complete_application(
    session: Session, application: Application, change: Change, values: dict[str, object]
) -> None:
    """Fill in what an application lacked as part of a change."""
    filled = {
        field: (getattr(application, field), value)
        for field, value in values.items()
        if value is not None and getattr(application, field) is None
    }
    for field, (_, value) in filled.items():
        setattr(application, field, value)
    audit.note_values(session, change, "application", application.id, filled)
    flush(session)


def refresh_deadline(session: Session, idea: Idea) -> None:
    """Let a card show the nearest deadline of its unsent applications."""
    idea.deadline_on = session.scalar(
        sa.select(sa.func.min(Application.deadline_on)).where(
            Application.idea_id == idea.id,
            Application.status == ApplicationStatus.DRAFT,
            Application.known(),
        )
    )
