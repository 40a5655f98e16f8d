"""Admit companies to the incubator and let them leave."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import RuleBroken, Stale
from incubator.core.many import write_many
from incubator.ideas.models import Idea
from incubator.incubation import queries
from incubator.incubation.models import EndReason, Incubation, IncubationEnd, IncubationIdea
from incubator.reference.queries import lock_region


def join_or_open(session: Session, idea: Idea, on: date, change: Change) -> Incubation:
    """Let an idea join its company's running incubation, or open one on a day."""
    return join_or_open_all(session, [idea], on, change)[0]


def join_or_open_all(
    session: Session, ideas: Sequence[Idea], on: date, change: Change
) -> list[Incubation]:
    """Let ideas join the running incubations of their companies, or open those on a day."""
    running = queries.running_among(session, {idea.company_id for idea in ideas})
    opened = []
    for idea in ideas:
        assert idea.company_id is not None, "the gate asks for a company"
        if idea.company_id not in running:
            running[idea.company_id] = _open(session, idea, on, change)
            opened.append(running[idea.company_id])
    if opened:
        write_many(session)
        if len(opened) > 1:
            running |= queries.running_among(session, {one.company_id for one in opened})
        opened = [running[one.company_id] for one in opened]
        values = {"admitted_on": (None, on)}
        audit.note_many(session, change, [("incubation", one.id, values) for one in opened])
    for idea in ideas:
        link = IncubationIdea(incubation_id=running[idea.company_id or 0].id, idea_id=idea.id)
        audit.stamp(link, change)
        session.add(link)
    return [running[idea.company_id or 0] for idea in ideas]


def _open(session: Session, idea: Idea, on: date, change: Change) -> Incubation:
    incubation = Incubation(
        company_id=idea.company_id,
        region_id=idea.region_id,
        municipality_id=idea.municipality_id,
        occurred_on=on,
    )
    audit.stamp(incubation, change)
    session.add(incubation)
    return incubation


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
    if on < incubation.occurred_on:
        raise RuleBroken("not_running", fields=["on"])
    lock_region(session, incubation.region_id)
    _must_run(session, incubation)
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


def set_phase(
    session: Session,
    actor: Actor,
    incubation: Incubation,
    *,
    phase: str,
    period_started_on: date | None,
    seen: tuple[str | None, date | None],
) -> Change | None:
    """Write down how far an agreement has come; give the change, or None when nothing differs.

    Raises RuleBroken for an agreement that is over, or a period that begins in the future or
    before the admission; Stale when somebody wrote down something else than `seen` first.
    """
    must(actor, Permission.IDEA_MOVE, incubation.region_id)
    if period_started_on is not None and period_started_on > clock.today():
        raise RuleBroken("in_the_future", fields=["period_started_on"])
    if period_started_on is not None and period_started_on < incubation.occurred_on:
        raise RuleBroken("before_admission", fields=["period_started_on"])
    lock_region(session, incubation.region_id)
    _must_run(session, incubation)
    stored = (incubation.phase, incubation.period_started_on)
    wanted = (" ".join(phase.split()) or None, period_started_on)
    if stored == wanted:
        return None
    if stored != seen:
        raise Stale("changed_meanwhile")
    change = audit.record(
        session, actor, "incubation.phase_set", kind="incubation", subject_id=incubation.id,
        region_id=incubation.region_id,
    )  # fmt: skip
    names = ("phase", "period_started_on")
    pairs = zip(names, stored, wanted, strict=True)
    values = {name: (old, new) for name, old, new in pairs if old != new}
    audit.note_values(session, change, "incubation", incubation.id, values)
    incubation.phase, incubation.period_started_on = wanted
    flush(session)
    return change


def _must_run(session: Session, incubation: Incubation) -> None:
    """Read an incubation as it is stored now. Raises RuleBroken when the company has left."""
    session.refresh(incubation)
    if incubation.left_on is not None:
        raise RuleBroken("not_running", fields=["on"])
