"""Correct what has happened to an idea: a wrong date, or what did not happen at all.

A fact is never altered: it is voided, and a new one takes its place, in one change that can be
undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from heapq import merge
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor, Permission
from incubator.core.db import AnySelect, flush
from incubator.core.errors import NotAllowed, NotFound, RuleBroken, Stale
from incubator.core.facts import void
from incubator.ideas import order
from incubator.ideas.models import Idea, Stage, StageEvent, StageKind, Status, StatusEvent
from incubator.ideas.operations import must_be_allowed, recompute
from incubator.reference.queries import lock_region

Event = StageEvent | StatusEvent
TABLES: dict[str, type[Any]] = {"stage": StageEvent, "status": StatusEvent}
REDATED, VOIDED = "idea.event_redated", "idea.event_voided"
FIELD = "event"  # what of a card a correction notes: what happened, and on which day


@dataclass(frozen=True)
class Course:
    """What stands of an idea, in its order: stages and statuses together."""

    events: Sequence[Event]

    def of_kind(self, event: Event) -> list[Event]:
        """Give the events of the same kind as this one, itself included."""
        return [one for one in self.events if type(one) is type(event)]

    def before(self, event: Event) -> Event | None:
        """Give what happened right before an event, of either kind."""
        return self._beside(self.events, event, -1)

    def after(self, event: Event) -> Event | None:
        """Give what happened right after an event, of either kind."""
        return self._beside(self.events, event, 1)

    def same_before(self, event: Event) -> Event | None:
        """Give the stage before a stage, or the status before a status."""
        return self._beside(self.of_kind(event), event, -1)

    def same_after(self, event: Event) -> Event | None:
        """Give the stage after a stage, or the status after a status."""
        return self._beside(self.of_kind(event), event, 1)

    @staticmethod
    def _beside(events: Sequence[Event], event: Event, step: int) -> Event | None:
        at = events.index(event) + step
        return events[at] if 0 <= at < len(events) else None


def may_correct(actor: Actor, idea: Idea) -> bool:
    """Say whether a person may correct what has happened to an idea."""
    if not (actor.works_in(idea.region_id) and actor.may(Permission.IDEA_CORRECT)):
        return False
    return actor.may(Permission.IDEA_CORRECT_ANY) or idea.owner_id == actor.id


def redate_event(
    session: Session, actor: Actor, idea: Idea, kind: str, event_id: int, *, on: date, reason: str
) -> Change:
    """Give a stage or status change the day on which it was.

    Raises Stale when it was corrected first, RuleBroken for the registration itself, a day in
    the future, or one that would put it before what came before it or after what came after.
    """
    course, event = _begin(session, actor, idea, kind, event_id, reason)
    if on > clock.today():
        raise RuleBroken("in_the_future", fields=["on"])
    if on == event.occurred_on:
        raise RuleBroken("same_day", fields=["on"])
    before, after = course.before(event), course.after(event)
    if before is not None and on < before.occurred_on:
        day = f"{before.occurred_on:%d.%m.%Y}"
        code = "before_registration" if _is_opening(course, before) else "before_previous_event"
        raise RuleBroken(code, fields=["on"], day=day)
    if after is not None and on > after.occurred_on:
        raise RuleBroken("after_next_event", fields=["on"], day=f"{after.occurred_on:%d.%m.%Y}")
    change = _record(session, actor, idea, REDATED, reason)
    told = _told(session, event)
    _note(session, change, idea, f"{told} {event.occurred_on}", f"{told} {on}")
    void(session, event, change)
    nth, later = _room(course, event, on)
    for one in later:
        void(session, one, change)
    flush(session)  # what is voided makes room before what takes its place is written
    session.add(_copy(event, change, occurred_on=on, nth=nth, is_estimated=False))
    session.add_all(_copy(one, change, nth=one.nth + 1) for one in later)
    flush(session)
    _settle(session, idea, change)
    return change


def void_event(
    session: Session, actor: Actor, idea: Idea, kind: str, event_id: int, *, reason: str
) -> Change:
    """Void a stage or status change that never happened.

    What would only repeat what was before it goes with it: a card that never left a stage did
    not come back to it. Raises Stale when it was corrected first, RuleBroken for the
    registration itself, and for what the rest has built on.
    """
    course, event = _begin(session, actor, idea, kind, event_id, reason)
    _must_be_needless(session, course, event)
    before, after = course.same_before(event), course.same_after(event)
    gone = [event]
    if before is not None and after is not None and _value(before) == _value(after):
        gone.append(after)
    change = _record(session, actor, idea, VOIDED, reason)
    for one in gone:
        void(session, one, change)
    told = ", ".join(f"{_told(session, one)} {one.occurred_on}" for one in gone)
    _note(session, change, idea, told, None)
    flush(session)
    _settle(session, idea, change)
    return change


def _begin(
    session: Session, actor: Actor, idea: Idea, kind: str, event_id: int, reason: str
) -> tuple[Course, Event]:
    """Lock the region and read what stands. Raises NotAllowed, NotFound, Stale, RuleBroken."""
    must_be_allowed(actor, idea)
    if not may_correct(actor, idea):
        raise NotAllowed("not_yours")
    lock_region(session, idea.region_id)
    event: Event | None = session.get(TABLES[kind], event_id, populate_existing=True)
    if event is None or event.idea_id != idea.id:
        raise NotFound("no_such_event")
    if event.is_voided:
        raise Stale("corrected_meanwhile", idea_id=idea.id)
    if not reason.strip():
        raise RuleBroken("reason_missing", fields=["reason"])
    course = course_of(session, idea.id)
    if _is_opening(course, event):
        raise RuleBroken("registration_stands", fields=["on"])
    return course, event


def course_of(session: Session, idea_id: int) -> Course:
    """Read what stands of an idea, in its order.

    Within a day stages have their own order, and so have statuses; between the two it is told
    by which was written down first.
    """
    ordered = [
        session.scalars(
            sa.select(table)
            .where(table.idea_id == idea_id, table.known())
            .order_by(table.occurred_on, table.nth)
        ).all()
        for table in TABLES.values()
    ]
    return Course(list(merge(*ordered, key=lambda event: (event.occurred_on, event.change_id))))


def _is_opening(course: Course, event: Event) -> bool:
    return course.of_kind(event)[0] is event


def _must_be_needless(session: Session, course: Course, event: Event) -> None:
    """Raise RuleBroken when what came later could not have been without an event."""
    if isinstance(event, StatusEvent):
        if event.status == Status.OPEN and course.after(event) is not None:
            raise RuleBroken("went_on_after", fields=["what"])
        return
    stage = session.get_one(Stage, event.stage_id)
    at = course.events.index(event)
    is_launched = any(
        isinstance(one, StatusEvent) and one.status == Status.LAUNCHED for one in course.events[at:]
    )
    if stage.kind == StageKind.MARKET and is_launched:
        raise RuleBroken("launched_after", fields=["what"])


def _value(event: Event) -> Any:
    return event.stage_id if isinstance(event, StageEvent) else event.status


def _told(session: Session, event: Event) -> str:
    """Name what happened by its key, as the audit keeps it."""
    if isinstance(event, StageEvent):
        return session.get_one(Stage, event.stage_id).key
    return event.status.value


def _record(session: Session, actor: Actor, idea: Idea, verb: str, reason: str) -> Change:
    return audit.record(
        session, actor, verb, kind="idea", subject_id=idea.id, region_id=idea.region_id,
        note=" ".join(reason.split()),
    )  # fmt: skip


def _note(session: Session, change: Change, idea: Idea, old: str, new: str | None) -> None:
    audit.note_values(session, change, "idea", idea.id, {FIELD: (old, new)})


def _room(course: Course, event: Event, on: date) -> tuple[int, list[Event]]:
    """Give the order of an event within a day that it comes to, and what must stand after it."""
    same = course.of_kind(event)
    at = same.index(event)
    nth = max((one.nth for one in same[:at] if one.occurred_on == on), default=0) + 1
    later = [one for one in same[at + 1 :] if one.occurred_on == on]
    is_free = not later or nth < min(one.nth for one in later)
    return nth, [] if is_free else later


def _copy(event: Event, change: Change, **over: Any) -> Event:
    """Make a fact that says the same, but for something."""
    table = type(event)
    own = {column.key for column in table.__table__.columns} - {
        "id", "change_id", "recorded_at", "recorded_by_id", "voided_at", "void_change_id",
    }  # fmt: skip
    values = {name: getattr(event, name) for name in own}
    made = table(**(values | {name: value for name, value in over.items() if name in own}))
    audit.stamp(made, change)
    return made


def _settle(session: Session, idea: Idea, change: Change) -> None:
    """Let the card follow from the facts that stand; one that comes to a stage stands on top."""
    stage_id, position = idea.stage_id, idea.position
    recompute(session, idea, change)
    if idea.stage_id != stage_id:
        idea.position = order.top_position(session, idea.region_id, idea.stage_id)
        moved = {"position": (position, idea.position)}
        audit.note_values(session, change, "idea", idea.id, moved)
    flush(session)


def voided_by(change_id: int, table: type[Any]) -> sa.ColumnElement[bool]:
    """Say in SQL that a correction voided an event."""
    return sa.and_(table.void_change_id == change_id, table.change_id != change_id)


def give_back(session: Session, done: Change, undo: Change) -> None:
    """Make anew what a correction voided, as it was: not known meanwhile, known again now."""
    for table in TABLES.values():
        lost = session.scalars(sa.select(table).where(voided_by(done.id, table))).all()
        session.add_all([_copy(event, undo) for event in lost])
    flush(session)


def corrected_ideas(change_id: int) -> list[sa.Select[int]]:
    """Pick the ideas of which a change voided something."""
    return [
        sa.select(table.idea_id).where(voided_by(change_id, table)) for table in TABLES.values()
    ]


def corrected_since(change_id: int, ideas: AnySelect) -> list[sa.Select[int]]:
    """Pick what happened to ideas that a correction took back since, if that stands itself."""
    undo = aliased(Change)
    stands = ~sa.exists().where(undo.undoes_id == Change.id)
    return [
        sa.select(table.id)
        .join(Change, Change.id == table.void_change_id)
        .where(Change.id > change_id, Change.verb.in_((REDATED, VOIDED)), stands)
        .where(table.idea_id.in_(ideas))
        for table in TABLES.values()
    ]


def was_built_upon(change_id: int) -> list[sa.Select[int]]:
    """Pick events whose later correction stands in the way of undoing a change.

    What a change made was corrected since; or a card that it corrected was corrected again.
    """
    found = []
    for table in TABLES.values():
        own = sa.and_(table.change_id == change_id, table.void_change_id > change_id)
        found.append(sa.select(table.id).where(own))
        for cards in corrected_ideas(change_id):
            again = sa.and_(
                table.idea_id.in_(cards),
                table.change_id <= change_id,
                table.void_change_id > change_id,
            )
            found.append(sa.select(table.id).where(again))
    return found
