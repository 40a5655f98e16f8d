"""Undo the merge of two ideas: the duplicate comes back as a card of its own.

It is made anew, with its facts: to lift their void would say that they had stood all along. Its
old address leads to the new card.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change, ChangeValue
from incubator.core.access import Actor, Permission
from incubator.core.db import AnySelect, flush
from incubator.core.errors import NotAllowed, NotFound, RuleBroken
from incubator.core.facts import void_all
from incubator.funding.models import Application
from incubator.ideas import corrections, operations as ideas, order
from incubator.ideas.models import Idea, IdeaMerge, SharingEvent
from incubator.incubation.models import IncubationIdea
from incubator.jobs.models import JobRecord
from incubator.pipeline.joining import (
    BELONGINGS,
    EVENTS,
    FIELDS,
    NO_COPY,
    TIES,
    copy_rows,
    point,
    settle,
    table_of,
    void_rows,
)
from incubator.reference.queries import lock_region

# What a merge voids and writes anew, with the columns that name an idea.
FACTS: dict[str, tuple[str, ...]] = {
    "stage_events": ("idea_id",),
    "status_events": ("idea_id",),
    "sharing_events": ("idea_id",),
    "visit_ideas": ("idea_id",),
    **dict.fromkeys(TIES, ("idea_id",)),
    "idea_links": ("idea_id", "other_id"),
    "attributions": ("subject_id",),
}
LATER_FACTS: tuple[type[Any], ...] = (*EVENTS, SharingEvent, Application, IncubationIdea, JobRecord)


def undo_merge(session: Session, actor: Actor, done: Change) -> Change:
    """Let a merged idea be one of its own again, on a new card, with all that it brought along.

    Raises NotFound, NotAllowed for another person's merge, RuleBroken when something that
    stands has built on it.
    """
    if not actor.works_in(done.region_id):
        raise NotFound("no_such_change")
    if done.actor_id != actor.id and not actor.may(Permission.IDEA_CORRECT_ANY):
        raise NotAllowed("not_permitted")
    assert done.region_id is not None and done.subject_id is not None
    lock_region(session, done.region_id)
    if session.scalar(sa.select(Change.id).where(Change.undoes_id == done.id)):
        raise RuleBroken("already_undone")
    merge = session.scalars(sa.select(IdeaMerge).where(IdeaMerge.change_id == done.id)).one()
    kept = session.get_one(Idea, done.subject_id, populate_existing=True)
    gone = session.get_one(Idea, merge.idea_id, populate_existing=True)
    _must_stand_alone(session, done, kept)
    undo = audit.record(
        session, actor, "change.undone", kind="idea", subject_id=kept.id, region_id=kept.region_id,
        undoes_id=done.id, note=done.note,
    )  # fmt: skip
    stood_at = kept.stage_id, kept.position
    anew = _make_anew(session, undo, gone)
    _give_back_rows(session, done, undo, {gone.id: anew.id, kept.id: kept.id})
    for kind, (name, key) in BELONGINGS.items():
        moved = table_of(name).c.id.in_(_moved(done, kind))
        point(session, undo, kind, table_of(name).c[key], moved, (kept.id, anew.id))
    void_all(session, IdeaMerge, IdeaMerge.change_id == done.id, undo)
    lead = IdeaMerge(idea_id=gone.id, into_id=anew.id)
    audit.stamp(lead, undo)
    session.add(lead)
    columns = Idea.__table__.c
    old = {
        value.field: audit.from_text(value.old, columns[value.field].type.python_type)
        for value in _values_of(session, done, kept)
    }
    ideas.set_values(session, kept, undo, old)
    settle(session, kept, undo, stood_at)
    settle(session, anew, undo, (anew.stage_id, None))
    return undo


def _make_anew(session: Session, undo: Change, gone: Idea) -> Idea:
    """Make the card of a merged idea anew; its place and its facts follow."""
    own = {column.key for column in Idea.__table__.columns} - NO_COPY - {"version", "position"}
    anew = Idea(**{name: getattr(gone, name) for name in own})
    audit.stamp(anew, undo)
    ideas.touch(anew, undo)
    anew.position = order.top_position(session, gone.region_id, gone.stage_id)
    session.add(anew)
    flush(session)
    return anew


def _give_back_rows(session: Session, done: Change, undo: Change, cards: dict[int, int]) -> None:
    """Void what a merge wrote, and write anew what it voided, on the cards that there are now."""
    for name, keys in FACTS.items():
        table = table_of(name)
        void_rows(session, table, table.c.change_id == done.id, undo)
        lost = sa.and_(table.c.void_change_id == done.id, table.c.change_id != done.id)
        for row in session.execute(sa.select(table).where(lost).order_by(table.c.id)).all():
            ends = {key: cards.get(getattr(row, key), getattr(row, key)) for key in keys}
            copy_rows(session, table, table.c.id == row.id, undo, **ends)


def _moved(done: Change, kind: str) -> AnySelect:
    """Pick the ids of the rows of a kind that a merge handed over."""
    key = BELONGINGS[kind][1]
    return sa.select(ChangeValue.subject_id).where(
        ChangeValue.change_id == done.id,
        ChangeValue.subject_kind == kind,
        ChangeValue.field == key,
    )


def _values_of(session: Session, done: Change, kept: Idea) -> list[ChangeValue]:
    """List the fields that the kept idea got from the other one."""
    query = sa.select(ChangeValue).where(
        ChangeValue.change_id == done.id,
        ChangeValue.subject_kind == "idea",
        ChangeValue.subject_id == kept.id,
        ChangeValue.field.in_((*FIELDS, "owner_name")),
    )
    return list(session.scalars(query))


def _must_stand_alone(session: Session, done: Change, kept: Idea) -> None:
    """Raise RuleBroken when something that stands has built on a merge."""
    if kept.is_voided:
        raise RuleBroken("built_upon")
    for value in _values_of(session, done, kept):
        if audit.as_text(getattr(kept, value.field)) != value.new:
            raise RuleBroken("built_upon", fields=[value.field])
    for query in (*_later_facts(done, kept), *_corrected_since(done, kept), *_astray(done, kept)):
        if session.scalar(query.limit(1)) is not None:
            raise RuleBroken("built_upon")


def _later_facts(done: Change, kept: Idea) -> Iterable[AnySelect]:
    for table in LATER_FACTS:
        yield sa.select(table.id).where(
            table.idea_id == kept.id, table.change_id > done.id, table.known()
        )
    yield sa.select(IdeaMerge.id).where(
        IdeaMerge.into_id == kept.id, IdeaMerge.change_id > done.id, IdeaMerge.known()
    )


def _corrected_since(done: Change, kept: Idea) -> Iterable[AnySelect]:
    """Pick what happened to the kept idea up to the merge and was taken back since."""
    for table in EVENTS:
        yield sa.select(table.id).where(
            table.idea_id == kept.id, table.change_id <= done.id, table.void_change_id > done.id
        )
    yield from corrections.corrected_since(done.id, sa.select(Idea.id).where(Idea.id == kept.id))


def _astray(done: Change, kept: Idea) -> Iterable[AnySelect]:
    """Pick what was handed over and belongs to a third idea by now."""
    for kind, (name, key) in BELONGINGS.items():
        table = table_of(name)
        yield sa.select(table.c.id).where(
            table.c.id.in_(_moved(done, kind)), table.c[key] != kept.id
        )
