"""Begin applications, change what they say, and void what was entered by mistake."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts import queries as people
from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.companies.queries import get_to_write
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import NotAllowed, RuleBroken, Stale
from incubator.core.merge import merge
from incubator.core.texts import collapse
from incubator.funding import rules
from incubator.funding.models import (
    Application,
    ApplicationEvent,
    ApplicationStatus,
    Instrument,
    Payment,
)  # fmt: skip
from incubator.funding.operations.events import enter
from incubator.funding.operations.taking import (
    let_follow,
    record,
    refresh_deadline,
    take,
    void_noted,
)
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea
from incubator.reference.queries import lock_region, municipalities_of

TWICE = timedelta(minutes=2)  # a form sent again within this is the same application


@dataclass(frozen=True)
class Plan:
    """What an application says of itself, before anything happens to it."""

    title: str | None = None
    instrument_id: int | None = None
    deadline_on: date | None = None
    planned_on: date | None = None
    report_due_on: date | None = None
    sought_nok: int | None = None
    reference: str | None = None
    owner_id: int | None = None


EDITABLE = tuple(asdict(Plan()))
WORDS = ("title", "reference")


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
    plan = Plan(
        instrument_id=instrument_id, deadline_on=deadline_on, planned_on=planned_on,
        sought_nok=sought_nok,
    )  # fmt: skip
    place = {
        "idea_id": idea.id, "company_id": idea.company_id, "region_id": idea.region_id,
        "municipality_id": idea.municipality_id,
    }  # fmt: skip
    application = _begin(session, change, plan, place, on, status)
    refresh_deadline(session, idea)
    return application


def add_application(
    session: Session,
    actor: Actor,
    plan: Plan,
    *,
    region_id: int,
    on: date,
    company: Company | None = None,
    idea: Idea | None = None,
) -> Application:
    """Begin an application for an idea, or for a company that no idea stands behind.

    Sent twice in a row, it is one application. Raises RuleBroken without a company or, where
    there is no idea, a title; for a day in the future, an owner who does not work there.
    """
    region_id = idea.region_id if idea is not None else region_id
    must(actor, Permission.IDEA_MOVE, region_id)
    if idea is not None:
        ideas.must_be_allowed(actor, idea)
    plan = Plan(**_clean(asdict(plan)))
    if company is not None:
        get_to_write(session, company.id)
    lock_region(session, region_id)
    _must_be_sensible(session, region_id, plan, idea, company, on)
    place = _place(session, region_id, idea, company)
    if (same := _just_made(session, actor, plan, place)) is not None:
        return same
    change = audit.record(
        session, actor, "application.added", kind="application", region_id=region_id
    )
    application = _begin(session, change, plan, place, on, ApplicationStatus.DRAFT)
    change.subject_id = application.id
    if idea is not None:
        let_follow(session, idea, change)
    flush(session)
    return application


def _must_be_sensible(
    session: Session,
    region_id: int,
    plan: Plan,
    idea: Idea | None,
    company: Company | None,
    on: date,
) -> None:
    if on > clock.today():
        raise RuleBroken("in_the_future", fields=["on"])
    if idea is None and company is None:
        raise RuleBroken("company_missing", fields=["company"])
    if idea is not None and idea.is_voided:
        raise Stale("changed_meanwhile")
    _must_hold(session, region_id, asdict(plan), has_idea=idea is not None)


def _must_hold(
    session: Session, region_id: int, values: Mapping[str, Any], *, has_idea: bool
) -> None:
    """Raise RuleBroken for values that an application cannot have."""
    if not has_idea and "title" in values and not values["title"]:
        raise RuleBroken("application_title_missing", fields=["title"])
    owner_id = values.get("owner_id")
    if owner_id is not None and owner_id not in dict(people.owner_choices(session, region_id)):
        raise RuleBroken("no_such_person", fields=["owner_id"])
    instrument_id = values.get("instrument_id")
    if instrument_id is not None and session.get(Instrument, instrument_id) is None:
        raise RuleBroken("no_such_instrument", fields=["instrument_id"])


def _clean(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        field: (collapse(value or "") or None) if field in WORDS else value
        for field, value in values.items()
    }


def _place(
    session: Session, region_id: int, idea: Idea | None, company: Company | None
) -> dict[str, int | None]:
    """Give what an application belongs to, and the place that counts for it from now on."""
    if idea is not None:
        municipality_id = idea.municipality_id
    else:
        assert company is not None, "asked for before"
        there = {place[0] for place in municipalities_of(session, region_id)}
        known = company.municipality_id
        municipality_id = known if known in there else None
    return {
        "idea_id": idea.id if idea else None,
        "company_id": company.id if company else idea.company_id if idea else None,
        "region_id": region_id,
        "municipality_id": municipality_id,
    }


def _just_made(
    session: Session, actor: Actor, plan: Plan, place: Mapping[str, int | None]
) -> Application | None:
    """Find the application that the same form made a moment ago."""
    same = [
        getattr(Application, field).is_not_distinct_from(value)
        for field, value in {**asdict(plan), **place, "recorded_by_id": actor.id}.items()
    ]
    return session.scalar(
        sa.select(Application)
        .where(*same, Application.known(), Application.recorded_at > clock.now() - TWICE)
        .order_by(Application.id)
        .limit(1)
    )


def _begin(
    session: Session,
    change: Change,
    plan: Plan,
    place: Mapping[str, int | None],
    on: date,
    status: ApplicationStatus,
) -> Application:
    application = Application(**asdict(plan), **place, status=status)
    audit.stamp(application, change)
    session.add(application)
    flush(session)
    enter(session, application, status, on, change)
    values = {
        field: (None, value)
        for field, value in asdict(plan).items()
        if value is not None or field in ("sought_nok", "deadline_on")
    }
    audit.note_values(session, change, "application", application.id, values)
    return application


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


def edit_application(
    session: Session,
    actor: Actor,
    application: Application,
    values: Mapping[str, Any],
    seen: Mapping[str, Any],
) -> Change | None:
    """Change what an application says; None when that changes nothing.

    Silent where others changed something else. Raises Stale with the conflicts where both
    changed the same, RuleBroken for what it cannot say.
    """
    idea = take(session, actor, application)
    stored = {field: getattr(application, field) for field in EDITABLE}
    asked = {field: value for field, value in _clean(values).items() if field in EDITABLE}
    wanted, conflicts = merge({**stored, **_clean(seen)}, asked, stored)
    if conflicts:
        raise Stale("application_conflict", conflicts=conflicts)
    changed = {field: value for field, value in wanted.items() if value != stored[field]}
    if not changed:
        return None
    _must_hold(session, application.region_id, changed, has_idea=idea is not None)
    change = record(session, actor, "application.edited", application)
    set_values(session, application, change, changed)
    if idea is not None:
        let_follow(session, idea, change)
    flush(session)
    return change


def set_values(
    session: Session, application: Application, change: Change, values: Mapping[str, Any]
) -> None:
    """Set fields of an application as part of a change, and keep what they were."""
    noted = {field: (getattr(application, field), value) for field, value in values.items()}
    audit.note_values(session, change, "application", application.id, noted)
    for field, value in values.items():
        setattr(application, field, value)


def void_application(
    session: Session, actor: Actor, application: Application, *, reason: str
) -> Change:
    """Void an application that was entered by mistake, with all that is told of it.

    It counts nowhere after that. What really happened to an application is a status instead.
    """
    idea = take(session, actor, application)
    if not rules.may_void(actor, application):
        raise NotAllowed("not_your_application")
    if not reason.strip():
        raise RuleBroken("reason_missing", fields=["reason"])
    change = record(session, actor, "application.voided", application, reason.strip())
    void_noted(session, change, "application", application, application.id)
    tables: tuple[tuple[type[Any], str], ...] = (
        (ApplicationEvent, "application_event"), (Payment, "payment"),
    )  # fmt: skip
    for table, kind in tables:
        of_it = sa.select(table).where(table.application_id == application.id, table.known())
        for row in session.scalars(of_it.order_by(table.id)).all():
            void_noted(session, change, kind, row, row.id)
    flush(session)
    if idea is not None:
        let_follow(session, idea, change)
    flush(session)
    return change
