"""Promise something and keep it; the earliest open promise is a card's next step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts import queries as people
from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import RuleBroken, Stale
from incubator.core.facts import void
from incubator.core.many import write_many
from incubator.core.merge import merge
from incubator.core.texts import collapse
from incubator.followups import queries
from incubator.followups.models import FollowUp
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea
from incubator.reference.queries import lock_region

EDITABLE = ("what", "due_on", "responsible_id")


@dataclass(frozen=True)
class Next:
    """What is promised next: what, by when, and who does it (None: who promises)."""

    what: str
    due_on: date | None = None
    responsible_id: int | None = None


def promise(
    session: Session,
    actor: Actor,
    idea: Idea,
    *,
    what: str,
    due_on: date | None,
    responsible_id: int | None = None,
) -> FollowUp:
    """Write down a next step for an idea. Raises RuleBroken when it does not say what."""
    promised = Next(what, due_on, responsible_id)
    must(actor, Permission.FOLLOWUP_EDIT, idea.region_id)
    _must_be_sensible(session, idea.region_id, promised)
    lock_region(session, idea.region_id)
    change = audit.record(
        session, actor, "followup.promised",
        kind="idea", subject_id=idea.id, region_id=idea.region_id,
    )  # fmt: skip
    step = _add(
        session, change, promised,
        region_id=idea.region_id, idea_id=idea.id, company_id=idea.company_id,
        responsible_id=responsible_id or actor.id,
    )  # fmt: skip
    refresh_next_step(session, idea, change)
    flush(session)
    return step


def promise_for_all(
    session: Session, change: Change, cards: Sequence[Idea], promised: Next, *, by: Actor
) -> None:
    """Write down the same next step for each of some ideas of a region, as part of a change."""
    _must_be_sensible(session, cards[0].region_id, promised)
    steps = [
        FollowUp(
            what=collapse(promised.what), due_on=promised.due_on, idea_id=idea.id,
            region_id=idea.region_id, company_id=idea.company_id,
            responsible_id=promised.responsible_id or by.id,
        )
        for idea in cards
    ]  # fmt: skip
    for step in steps:
        audit.stamp(step, change)
    session.add_all(steps)
    write_many(session)
    values = {"what": (None, steps[0].what), "due_on": (None, steps[0].due_on)}
    made = session.scalars(sa.select(FollowUp.id).where(FollowUp.change_id == change.id))
    audit.note_many(session, change, [("follow_up", step_id, values) for step_id in made])
    refresh_next_steps(session, cards, change)


def promise_to_company(
    session: Session, actor: Actor, company: Company, promised: Next, *, region_id: int
) -> FollowUp:
    """Write down what was promised to a company, whatever idea it may be about."""
    must(actor, Permission.FOLLOWUP_EDIT, region_id)
    _must_be_sensible(session, region_id, promised)
    lock_region(session, region_id)
    change = audit.record(
        session, actor, "followup.promised", kind="follow_up", region_id=region_id
    )
    step = _add(
        session, change, promised, region_id=region_id, company_id=company.id,
        responsible_id=promised.responsible_id or actor.id,
    )  # fmt: skip
    change.subject_id = step.id
    flush(session)
    return step


def promise_for_company(
    session: Session,
    change: Change,
    *,
    region_id: int,
    company_id: int,
    what: str,
    due_on: date | None,
    responsible_id: int | None,
) -> FollowUp:
    """Write down what was promised to a company, as part of a change such as a logged visit."""
    promised = Next(what, due_on, responsible_id)
    if not what.strip():
        raise RuleBroken("step_missing", fields=["what"])
    return _add(
        session, change, promised,
        region_id=region_id, company_id=company_id, responsible_id=responsible_id,
    )  # fmt: skip


def promise_next(session: Session, actor: Actor, kept: FollowUp, promised: Next) -> FollowUp:
    """Write down what follows on a promise, on the same idea or company."""
    if kept.idea_id is not None:
        return promise(
            session, actor, session.get_one(Idea, kept.idea_id), what=promised.what,
            due_on=promised.due_on, responsible_id=promised.responsible_id,
        )  # fmt: skip
    company = session.get_one(Company, kept.company_id)
    return promise_to_company(session, actor, company, promised, region_id=kept.region_id)


def finish(session: Session, actor: Actor, step: FollowUp) -> Change:
    """Write down that a promise was kept today. Raises Stale when it was, or was removed."""
    _must_be_open(session, actor, step)
    return _alter(session, actor, step, "followup.done", {"done_on": clock.today()})


def move(
    session: Session,
    actor: Actor,
    step: FollowUp,
    *,
    due_on: date | None,
    seen_on: date | None,
    reason: str = "",
) -> Change | None:
    """Give a promise another day; None when it has that day already.

    Raises Stale when somebody moved it away from `seen_on` first.
    """
    _must_be_open(session, actor, step)
    if step.due_on == due_on:
        return None
    if step.due_on != seen_on:
        raise _late(session, actor, step)
    return _alter(session, actor, step, "followup.moved", {"due_on": due_on}, reason)


def hand_over(
    session: Session,
    actor: Actor,
    step: FollowUp,
    *,
    to_id: int,
    seen_id: int | None,
    reason: str = "",
) -> Change | None:
    """Let another person of the region keep a promise; None when it is theirs already.

    Raises Stale when somebody took it from `seen_id` first.
    """
    _must_be_open(session, actor, step)
    if step.responsible_id == to_id:
        return None
    if step.responsible_id != seen_id:
        raise _late(session, actor, step)
    _must_work_there(session, step.region_id, to_id)
    return _alter(session, actor, step, "followup.handed_over", {"responsible_id": to_id}, reason)


def edit(
    session: Session,
    actor: Actor,
    step: FollowUp,
    values: Mapping[str, Any],
    seen: Mapping[str, Any],
) -> Change | None:
    """Correct what a promise says; None when that changes nothing.

    Silent where others changed something else. Raises Stale with the conflicts where both
    changed the same.
    """
    _must_be_open(session, actor, step)
    mine = {**values, "what": collapse(values["what"])}
    stored = {field: getattr(step, field) for field in EDITABLE}
    wanted, conflicts = merge(seen, mine, stored)
    if conflicts:
        raise Stale("followup_conflict", conflicts=conflicts)
    changed = {field: value for field, value in wanted.items() if value != stored[field]}
    if not changed:
        return None
    if not mine["what"]:
        raise RuleBroken("step_missing", fields=["what"])
    if "responsible_id" in changed:
        _must_work_there(session, step.region_id, changed["responsible_id"])
    return _alter(session, actor, step, "followup.edited", changed)


def remove(session: Session, actor: Actor, step: FollowUp) -> Change:
    """Void a promise that was written down by mistake; it is nobody's any more."""
    _must_stand(session, actor, step)
    change = _record(session, actor, "followup.voided", step)
    void(session, step, change)
    noted = {
        "voided_at": (None, step.voided_at),
        "void_change_id": (None, step.void_change_id),
    }
    _note(session, change, step, noted)
    _settle(session, step, change)
    return change


def refresh_next_step(session: Session, idea: Idea, change: Change) -> None:
    """Let a card show its earliest open promise, one with a day before one without."""
    step = session.scalar(_open_steps().where(FollowUp.idea_id == idea.id).limit(1))
    _show(idea, step, change)


def refresh_next_steps(session: Session, cards: Sequence[Idea], change: Change) -> None:
    """Let each of some cards show its earliest open promise, in one query."""
    query = _open_steps().where(FollowUp.idea_id.in_([idea.id for idea in cards]))
    earliest: dict[int | None, FollowUp] = {}
    for step in session.scalars(query):
        earliest.setdefault(step.idea_id, step)
    for idea in cards:
        _show(idea, earliest.get(idea.id), change)


def _open_steps() -> sa.Select[FollowUp]:
    return (
        sa.select(FollowUp)
        .where(FollowUp.done_on.is_(None), FollowUp.known())
        .order_by(FollowUp.due_on.is_(None), FollowUp.due_on, FollowUp.id)
    )


def _show(idea: Idea, step: FollowUp | None, change: Change) -> None:
    idea.next_step = step.what if step else None
    idea.next_step_on = step.due_on if step else None
    ideas.touch(idea, change)


def _must_be_sensible(session: Session, region_id: int, promised: Next) -> None:
    if not promised.what.strip():
        raise RuleBroken("step_missing", fields=["what"])
    if promised.responsible_id is not None:
        _must_work_there(session, region_id, promised.responsible_id)


def _must_work_there(session: Session, region_id: int, user_id: int | None) -> None:
    if user_id not in dict(people.owner_choices(session, region_id)):
        raise RuleBroken("no_such_person", fields=["responsible_id"])


def _add(session: Session, change: Change, promised: Next, **of: int | None) -> FollowUp:
    step = FollowUp(what=collapse(promised.what), due_on=promised.due_on, **of)
    audit.stamp(step, change)
    session.add(step)
    flush(session)
    _note(session, change, step, {"what": (None, step.what), "due_on": (None, step.due_on)})
    return step


def _must_stand(session: Session, actor: Actor, step: FollowUp) -> None:
    """Let others wait, read what is stored now, and raise Stale when it was removed."""
    must(actor, Permission.FOLLOWUP_EDIT, step.region_id)
    flush(session)
    lock_region(session, step.region_id)
    session.refresh(step)
    if step.is_voided:
        raise _late(session, actor, step)


def _must_be_open(session: Session, actor: Actor, step: FollowUp) -> None:
    _must_stand(session, actor, step)
    if step.done_on is not None:
        raise _late(session, actor, step)


def _late(session: Session, actor: Actor, step: FollowUp) -> RuleBroken | Stale:
    """Give the refusal that tells what was done to a promise meanwhile, and by whom."""
    last = queries.latest_change(session, step.id)
    is_done = step.done_on is not None and not step.is_voided
    if is_done and (last is None or last.actor_id == actor.id):
        return RuleBroken("already_done")
    if last is None:
        return Stale("changed_meanwhile")
    return Stale(
        _LATE.get(last.verb, "followup_changed"),
        who=last.who, on=f"{last.due_on:%d.%m.%Y}" if last.due_on else "–", to=last.to or "–",
    )  # fmt: skip


_LATE = {
    "followup.done": "followup_done",
    "followup.moved": "followup_moved",
    "followup.handed_over": "followup_handed_over",
    "followup.voided": "followup_voided",
}


def _alter(
    session: Session,
    actor: Actor,
    step: FollowUp,
    verb: str,
    values: Mapping[str, Any],
    note: str = "",
) -> Change:
    """Set values of a promise as one change, and let its card follow."""
    change = _record(session, actor, verb, step, collapse(note))
    noted = {field: (getattr(step, field), value) for field, value in values.items()}
    _note(session, change, step, noted)
    for field, value in values.items():
        setattr(step, field, value)
    _settle(session, step, change)
    return change


def _settle(session: Session, step: FollowUp, change: Change) -> None:
    flush(session)
    if step.idea_id is not None:
        idea = session.get_one(Idea, step.idea_id, populate_existing=True)
        refresh_next_step(session, idea, change)
        flush(session)


def _record(session: Session, actor: Actor, verb: str, step: FollowUp, note: str = "") -> Change:
    """Record a change of the card that a promise is on, or else of the promise itself."""
    kind = "follow_up" if step.idea_id is None else "idea"
    return audit.record(
        session, actor, verb, kind=kind, subject_id=step.idea_id or step.id,
        region_id=step.region_id, note=note,
    )  # fmt: skip


def _note(session: Session, change: Change, step: FollowUp, values: audit.Values) -> None:
    audit.note_values(session, change, "follow_up", step.id, values)
