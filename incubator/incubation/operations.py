"""Admit companies to the incubator and let them leave."""

from datetime import date

from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import RuleBroken
from incubator.ideas.models import Idea
from incubator.incubation import queries
from incubator.incubation.models import EndReason, Incubation, IncubationEnd, IncubationIdea
from incubator.reference.queries import lock_region


def join_or_open(session: Session, idea: Idea, on: date, change: Change) -> Incubation:
    """Let an idea join its company's running incubation, or open one on a day."""
    assert idea.company_id is not None, "the gate asks for a company"
    running = queries.running_of(session, idea.company_id)
    if running is None:
        running = Incubation(
            company_id=idea.company_id,
            region_id=idea.region_id,
            municipality_id=idea.municipality_id,
            occurred_on=on,
        )
        audit.stamp(running, change)
        session.add(running)
        flush(session)
        values = {"admitted_on": (None, on)}
        audit.note_values(session, change, "incubation", running.id, values)
    link = IncubationIdea(incubation_id=running.id, idea_id=idea.id)
    audit.stamp(link, change)
    session.add(link)
    return running


def end_incubation(
    session: Session,
    actor: Actor,
    incubation: Incubation,
    *,
    on: date,
    reason: EndReason,
    note: str = "",
) -> IncubationEnd:
    """Let a company leave the incubator. Raises RuleBroken for a day that cannot be."""
    must(actor, Permission.IDEA_MOVE, incubation.region_id)
    if on > clock.today():
        raise RuleBroken("in_the_future", fields=["on"])
    if on < incubation.occurred_on or incubation.left_on is not None:
        raise RuleBroken("not_running", fields=["on"])
    lock_region(session, incubation.region_id)
    change = audit.record(
        session, actor, "incubation.ended", kind="incubation", subject_id=incubation.id,
        region_id=incubation.region_id, note=note,
    )  # fmt: skip
    end = IncubationEnd(
        incubation_id=incubation.id, occurred_on=on, reason=reason, note=note or None
    )
    audit.stamp(end, change)
    session.add(end)
    audit.note_values(session, change, "incubation", incubation.id, {"left_on": (None, on)})
    incubation.left_on = on
    flush(session)
    return end
