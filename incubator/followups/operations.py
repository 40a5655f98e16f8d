"""Promise something and keep it; the earliest open promise is a card's next step."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import NotFound, RuleBroken
from incubator.followups.models import FollowUp
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea
from incubator.reference.queries import lock_region


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
    must(actor, Permission.FOLLOWUP_EDIT, idea.region_id)
    if not what.strip():
        raise RuleBroken("step_missing", fields=["what"])
    lock_region(session, idea.region_id)
    change = _record(session, actor, "followup.promised", idea)
    step = FollowUp(
        region_id=idea.region_id,
        idea_id=idea.id,
        company_id=idea.company_id,
        what=" ".join(what.split()),
        responsible_id=responsible_id or actor.id,
        due_on=due_on,
    )
    audit.stamp(step, change)
    session.add(step)
    flush(session)
    _note(session, change, step, {"what": (None, step.what), "due_on": (None, step.due_on)})
    refresh_next_step(session, idea, change)
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
    if not what.strip():
        raise RuleBroken("step_missing", fields=["what"])
    step = FollowUp(
        region_id=region_id,
        company_id=company_id,
        what=" ".join(what.split()),
        responsible_id=responsible_id,
        due_on=due_on,
    )
    audit.stamp(step, change)
    session.add(step)
    flush(session)
    _note(session, change, step, {"what": (None, step.what), "due_on": (None, step.due_on)})
    return step


def finish(session: Session, actor: Actor, step: FollowUp) -> Change:
    """Write down that a promise was kept today."""
    must(actor, Permission.FOLLOWUP_EDIT, step.region_id)
    if step.done_on is not None:
        raise RuleBroken("already_done")
    idea = session.get(Idea, step.idea_id) if step.idea_id else None
    if idea is None:
        raise NotFound("no_such_idea")
    lock_region(session, step.region_id)
    change = _record(session, actor, "followup.done", idea)
    _note(session, change, step, {"done_on": (None, clock.today())})
    step.done_on = clock.today()
    flush(session)
    refresh_next_step(session, idea, change)
    flush(session)
    return change


def refresh_next_step(session: Session, idea: Idea, change: Change) -> None:
    """Let a card show its earliest open promise, one with a day before one without."""
    step = session.scalar(
        sa.select(FollowUp)
        .where(FollowUp.idea_id == idea.id, FollowUp.done_on.is_(None), FollowUp.known())
        .order_by(FollowUp.due_on.is_(None), FollowUp.due_on, FollowUp.id)
        .limit(1)
    )
    idea.next_step = step.what if step else None
    idea.next_step_on = step.due_on if step else None
    ideas.touch(idea, change)


def _record(session: Session, actor: Actor, verb: str, idea: Idea) -> Change:
    return audit.record(
        session, actor, verb, kind="idea", subject_id=idea.id, region_id=idea.region_id
    )


def _note(session: Session, change: Change, step: FollowUp, values: audit.Values) -> None:
    audit.note_values(session, change, "follow_up", step.id, values)
