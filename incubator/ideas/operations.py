"""Write ideas and their facts. Moving a card is a flow of `pipeline`, which calls these."""

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.companies import operations as companies, queries as known_companies
from incubator.companies.models import Company, Contact
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import AnySelect, flush
from incubator.core.errors import NotAllowed, RuleBroken
from incubator.core.texts import fold
from incubator.ideas import focus, order, rules
from incubator.ideas.models import Idea, SharingEvent, Stage, StageEvent, Status, StatusEvent
from incubator.ideas.nth import next_nth
from incubator.reference.queries import lock_region

EDITABLE = ("title", "problem", "description", "municipality_id", "owner_id", "company_id")
ASKED_FOR = ("founder_contact_id", "launched_what", "first_sale_planned_on")  # by gates, at first


def add_idea(
    session: Session,
    actor: Actor,
    *,
    region_id: int,
    stage: Stage,
    title: str,
    on: date,
    company_name: str = "",
    company_id: int | None = None,
    municipality_id: int | None = None,
    owner_id: int | None = None,
) -> Idea:
    """Write down a new idea on top of its column.

    Raises RuleBroken when the title is missing or the day lies in the future.
    """
    must(actor, Permission.IDEA_ADD, region_id)
    if not title.strip():
        raise RuleBroken("title_missing", fields=["title"])
    if on > clock.today():
        raise RuleBroken("in_the_future", fields=["on"])
    lock_region(session, region_id)
    change = audit.record(session, actor, "idea.added", kind="idea", region_id=region_id)
    company = known_companies.get_standing(session, company_id) if company_id else None
    if company is None and company_name.strip():
        company = companies.company_named(
            session, change, company_name, municipality_id=municipality_id
        )
    idea = make_idea(
        session, change, region_id=region_id, stage=stage, title=title, on=on, company=company,
        municipality_id=municipality_id, owner_id=owner_id,
    )  # fmt: skip
    change.subject_id = idea.id
    flush(session)
    return idea


def make_idea(
    session: Session,
    change: Change,
    *,
    region_id: int,
    stage: Stage,
    title: str,
    on: date,
    company: Company | None = None,
    municipality_id: int | None = None,
    owner_id: int | None = None,
    problem: str | None = None,
) -> Idea:
    """Make an idea on top of its column as part of a change; the region is locked already."""
    idea = Idea(
        region_id=region_id,
        municipality_id=municipality_id or (company.municipality_id if company else None),
        company_id=company.id if company else None,
        owner_id=owner_id,
        title=" ".join(title.split()),
        title_key=fold(title),
        problem=problem,
        registered_on=on,
        stage_id=stage.id,
        stage_on=on,
        status=Status.OPEN,
        status_on=on,
        latest_on=on,
        position=order.top_position(session, region_id, stage.id),
        is_shared=False,
        last_change_id=change.id,
    )
    audit.stamp(idea, change)
    idea.search_key = search_key(session, idea, company)
    session.add(idea)
    flush(session)
    enter_stage(session, idea, stage, on, change, nth=1)
    enter_status(session, idea, Status.OPEN, on, change, nth=1)
    audit.note_values(session, change, "idea", idea.id, {"title": (None, idea.title)})
    return idea


def search_key(session: Session, idea: Idea, company: Company | None = None) -> str:
    """Give what the text filter of the board looks in: title, company and owner."""
    if company is None and idea.company_id:
        company = session.get(Company, idea.company_id)
    owner = session.get(User, idea.owner_id) if idea.owner_id else None
    names = (company.name if company else None, owner.name if owner else None)
    return rules.search_key(idea.title, *names, idea.owner_name)


def touch(idea: Idea, change: Change) -> None:
    """Mark a card as changed, so that other people's boards fetch it."""
    idea.last_change_id = change.id


def enter_stage(
    session: Session,
    idea: Idea,
    stage: Stage,
    on: date,
    change: Change,
    *,
    note: str | None = None,
    is_estimated: bool = False,
    nth: int | None = None,
) -> StageEvent:
    """Leave the fact that a card came to stand in a stage, and let the card say so."""
    event = StageEvent(
        idea_id=idea.id,
        region_id=idea.region_id,
        stage_id=stage.id,
        occurred_on=on,
        nth=nth or next_nth(session, StageEvent, idea, on, idea.stage_on),
        is_estimated=is_estimated,
        note=note or None,
    )
    audit.stamp(event, change)
    session.add(event)
    idea.stage_id, idea.stage_on = stage.id, on
    idea.latest_on = max(idea.latest_on, on)
    touch(idea, change)
    return event


def enter_status(
    session: Session,
    idea: Idea,
    status: Status,
    on: date,
    change: Change,
    *,
    look_again_on: date | None = None,
    reason: str | None = None,
    learnt: str | None = None,
    nth: int | None = None,
) -> StatusEvent:
    """Leave the fact that a card was opened, parked, stopped or launched."""
    event = StatusEvent(
        idea_id=idea.id,
        region_id=idea.region_id,
        status=status,
        occurred_on=on,
        nth=nth or next_nth(session, StatusEvent, idea, on, idea.status_on),
        look_again_on=look_again_on,
        reason=reason or None,
        learnt=learnt or None,
    )
    audit.stamp(event, change)
    session.add(event)
    idea.status, idea.status_on = status, on
    idea.latest_on = max(idea.latest_on, on)
    touch(idea, change)
    return event


def must_be_allowed(actor: Actor, idea: Idea) -> None:
    """Raise NotAllowed unless the actor may change this idea: any, or one's own and nobody's."""
    if not actor.works_in(idea.region_id):
        raise NotAllowed("other_region")
    if not actor.may(Permission.IDEA_MOVE):
        raise NotAllowed("not_permitted")
    is_unassigned = idea.owner_id is None and not idea.owner_name
    if not (actor.may(Permission.IDEA_MOVE_ANY) or idea.owner_id == actor.id or is_unassigned):
        raise NotAllowed("not_yours")


def must_be_open(idea: Idea) -> None:
    """Raise RuleBroken for a card that was parked, stopped or launched."""
    if idea.status != Status.OPEN:
        raise RuleBroken("not_open")


def must_fit(idea: Idea, on: date) -> None:
    """Raise RuleBroken for a day before the card's latest fact, or in the future."""
    if on > clock.today():
        raise RuleBroken("in_the_future", fields=["on"])
    if on < idea.latest_on:
        latest = f"{idea.latest_on:%d.%m.%Y}"
        raise RuleBroken("before_latest_event", fields=["on"], latest=latest)


def edit_idea(
    session: Session,
    actor: Actor,
    idea: Idea,
    values: dict[str, Any],
    *,
    company: Callable[[Change], Company | None] | None = None,
    founder: Callable[[Change], Contact | None] | None = None,
    focus_area_ids: Collection[int] | None = None,
) -> Change | None:
    """Change what a card says; give the change, or None when nothing was different.

    `company` and `founder` find, or make as part of the change, those that the card gets; no focus
    areas leaves those that it has. Raises RuleBroken when the title is missing or a focus area
    is not offered here, Stale when somebody wrote in the same instant.
    """
    must_be_allowed(actor, idea)
    if "title" in values and not (values["title"] or "").strip():
        raise RuleBroken("title_missing", fields=["title"])
    changed = {
        field: value
        for field, value in values.items()
        if field in (*EDITABLE, *ASKED_FOR) and getattr(idea, field) != value
    }
    areas = focus_area_ids
    if areas is not None and set(areas) == {n for n, _name in focus.areas_of(session, idea.id)}:
        areas = None
    if not changed and company is None and founder is None and areas is None:
        return None
    lock_region(session, idea.region_id)
    change = audit.record(
        session, actor, "idea.edited", kind="idea", subject_id=idea.id, region_id=idea.region_id
    )
    if company is not None:
        found = company(change)
        changed["company_id"] = found.id if found else None
    if founder is not None:
        person = founder(change)
        changed["founder_contact_id"] = person.id if person else None
    set_values(session, idea, change, changed)
    if areas is not None:
        focus.set_areas(session, idea, change, areas)
    flush(session)
    return change


def set_values(session: Session, idea: Idea, change: Change, values: dict[str, Any]) -> None:
    """Set fields of a card as part of a change, and keep what they were."""
    audit.note_values(session, change, "idea", idea.id, alter(session, idea, change, values))


def alter(session: Session, idea: Idea, change: Change, values: dict[str, Any]) -> audit.Values:
    """Set fields of a card as part of a change, and give what they were, to be kept."""
    old = {field: getattr(idea, field) for field in values}
    for field, value in values.items():
        setattr(idea, field, value)
    if values.get("owner_id") is not None and idea.owner_name:
        old["owner_name"], values = idea.owner_name, {**values, "owner_name": None}
        idea.owner_name = None
    idea.title_key = fold(idea.title)
    idea.search_key = search_key(session, idea)
    touch(idea, change)
    return {field: (old[field], values[field]) for field in values}


def park_idea(
    session: Session, actor: Actor, idea: Idea, *, on: date, reason: str, look_again_on: date | None
) -> Change:
    """Put a card aside, with a day to look again or none."""
    if not reason.strip():
        raise RuleBroken("reason_missing", fields=["reason"])
    return _change_status(
        session, actor, idea, Status.PARKED, on, "idea.parked",
        reason=reason, look_again_on=look_again_on,
    )  # fmt: skip


def stop_idea(
    session: Session, actor: Actor, idea: Idea, *, on: date, reason: str, learnt: str
) -> Change:
    """Stop an idea: the reason, and what was learnt, since stopping early is a result."""
    if not reason.strip():
        raise RuleBroken("reason_missing", fields=["reason"])
    return _change_status(
        session, actor, idea, Status.STOPPED, on, "idea.stopped", reason=reason, learnt=learnt
    )


def reopen_idea(session: Session, actor: Actor, idea: Idea, *, on: date, reason: str) -> Change:
    """Open a parked, stopped or launched card again, on top of its column."""
    if not reason.strip():
        raise RuleBroken("reason_missing", fields=["reason"])
    if idea.status == Status.OPEN:
        raise RuleBroken("already_open")
    change = _change_status(session, actor, idea, Status.OPEN, on, "idea.reopened", reason=reason)
    old = idea.position
    idea.position = order.top_position(session, idea.region_id, idea.stage_id)
    audit.note_values(session, change, "idea", idea.id, {"position": (old, idea.position)})
    flush(session)
    return change


def launch_idea(session: Session, actor: Actor, idea: Idea, *, on: date) -> Change:
    """Confirm the first sale: the idea is launched."""
    return _change_status(session, actor, idea, Status.LAUNCHED, on, "idea.launched")


def _change_status(
    session: Session,
    actor: Actor,
    idea: Idea,
    status: Status,
    on: date,
    verb: str,
    **details: Any,
) -> Change:
    must_be_allowed(actor, idea)
    if status != Status.OPEN:
        must_be_open(idea)
    must_fit(idea, on)
    lock_region(session, idea.region_id)
    change = audit.record(
        session, actor, verb, kind="idea", subject_id=idea.id, region_id=idea.region_id,
        note=details.get("reason"),
    )  # fmt: skip
    audit.note_values(session, change, "idea", idea.id, {"status": (idea.status, status)})
    enter_status(session, idea, status, on, change, **details)
    flush(session)
    return change


def share_idea(session: Session, actor: Actor, idea: Idea, *, is_shared: bool, on: date) -> Change:
    """Share a card with the partners, or withdraw it.

    Raises RuleBroken for a day in the future, or before the last word about it.
    """
    must_be_allowed(actor, idea)
    if not (actor.may(Permission.IDEA_CORRECT_ANY) or idea.owner_id == actor.id):
        raise NotAllowed("not_yours")
    if on > clock.today():
        raise RuleBroken("in_the_future", fields=["on"])
    lock_region(session, idea.region_id)
    last = session.scalar(_newest(SharingEvent, idea))
    if last is not None and on < last.occurred_on:
        latest = f"{last.occurred_on:%d.%m.%Y}"
        raise RuleBroken("before_latest_event", fields=["on"], latest=latest)
    verb = "idea.shared" if is_shared else "idea.unshared"
    change = audit.record(
        session, actor, verb, kind="idea", subject_id=idea.id, region_id=idea.region_id
    )
    say_shared(session, idea, change, is_shared=is_shared, on=on)
    flush(session)
    return change


def say_shared(session: Session, idea: Idea, change: Change, *, is_shared: bool, on: date) -> None:
    """Leave the fact that a card was shared or its sharing withdrawn, and let the card say so."""
    event = SharingEvent(
        idea_id=idea.id,
        occurred_on=on,
        is_shared=is_shared,
        nth=next_nth(session, SharingEvent, idea, on, None),
    )
    audit.stamp(event, change)
    session.add(event)
    audit.note_values(session, change, "idea", idea.id, {"is_shared": (idea.is_shared, is_shared)})
    idea.is_shared = is_shared
    touch(idea, change)


def recompute(session: Session, idea: Idea, change: Change) -> None:
    """Set what a card keeps for speed from the facts that still stand, as after an undo."""
    stage = session.scalar(_newest(StageEvent, idea))
    status = session.scalar(_newest(StatusEvent, idea))
    sharing = session.scalar(_newest(SharingEvent, idea))
    assert stage is not None and status is not None, "an idea keeps its opening facts"
    idea.stage_id, idea.stage_on = stage.stage_id, stage.occurred_on
    idea.status, idea.status_on = status.status, status.occurred_on
    idea.is_shared = sharing.is_shared if sharing else False
    idea.latest_on = max(stage.occurred_on, status.occurred_on)
    idea.title_key = fold(idea.title)
    idea.search_key = search_key(session, idea)
    touch(idea, change)


def _newest(table: Any, idea: Idea) -> AnySelect:
    return (
        sa.select(table)
        .where(table.idea_id == idea.id, table.known())
        .order_by(table.occurred_on.desc(), table.nth.desc())
        .limit(1)
    )
