"""Merge two ideas that are one, as one change, and undo that as a whole.

What stood on the duplicate is voided, and what the kept idea lacks of it is written there anew, so
that the past, and what was known when, is answered from the facts as ever. Records with a
life of their own (applications, promises, jobs, comments) go along as they are. An undo makes
the duplicate anew, as a new card: to lift its void would say that it had stood all along.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor
from incubator.core.db import Base, flush
from incubator.core.errors import NotAllowed, RuleBroken, Stale
from incubator.core.facts import void, void_all
from incubator.followups import operations as followups
from incubator.funding import operations as funding
from incubator.ideas import corrections, operations as ideas, order
from incubator.ideas.course import Step, joined_stages, joined_statuses
from incubator.ideas.models import (
    Idea,
    IdeaMerge,
    SharingEvent,
    StageEvent,
    StatusEvent,
)  # fmt: skip
from incubator.reference.queries import lock_region
from incubator.search.indexing import index_anew
from incubator.search.models import Kind

VERB = "idea.merged"
FIELDS = (*ideas.EDITABLE, *ideas.ASKED_FOR)
# What has a life of its own, voided rows too: by the word of the log. Rooms above this one are
# known by the names of their tables. A test asks whether a table was forgotten.
BELONGINGS = {
    "follow_up": ("follow_ups", "idea_id"),
    "application": ("applications", "idea_id"),
    "job_record": ("job_records", "idea_id"),
    "comment": ("idea_comments", "idea_id"),
    "idea_merge": ("idea_merges", "into_id"),
    "import_row": ("import_rows", "idea_id"),
    "meeting_item": ("meeting_items", "idea_id"),
}
# Of these one idea has one at most for the same: the other's stays with it where both have one.
ONCE = {"meeting_item": "meeting_id"}
# What ties an idea to something: the key of the other end. One that both have stands once.
TIES = {
    "incubation_ideas": "incubation_id",
    "idea_focus_areas": "focus_area_id",
    "idea_tags": "tag_id",
}
EVENTS: tuple[type[Any], ...] = (StageEvent, StatusEvent)
NO_COPY = frozenset(
    {"id", "change_id", "recorded_at", "recorded_by_id", "voided_at", "void_change_id"}
)


@dataclass(frozen=True)
class Seen:
    """The versions of two ideas that somebody looked at when they chose."""

    kept: int
    other: int


@dataclass(frozen=True)
class Plan:
    """What a merge would make of two ideas: the one that is kept, and its course."""

    kept: Idea
    other: Idea
    stages: list[Step]
    statuses: list[Step]

    @property
    def loses_sharing(self) -> bool:
        """Say whether sharing is withdrawn: nobody has shared the words of the other one."""
        return self.kept.is_shared and not self.other.is_shared


def plan(session: Session, one: Idea, two: Idea) -> Plan:
    """Say what two ideas would become: the one registered first is kept."""
    kept, other = sorted((one, two), key=lambda idea: (idea.registered_on, idea.id))
    stages = joined_stages(*(_standing(session, StageEvent, idea) for idea in (kept, other)))
    statuses = joined_statuses(*(_standing(session, StatusEvent, idea) for idea in (kept, other)))
    return Plan(kept, other, stages, statuses)


def _standing(session: Session, table: type[Any], idea: Idea) -> list[Any]:
    query = sa.select(table).where(table.idea_id == idea.id, table.known())
    return list(session.scalars(query.order_by(table.occurred_on, table.nth)))


def may_merge(actor: Actor, idea: Idea) -> bool:
    return corrections.may_correct(actor, idea)


def merge_ideas(
    session: Session,
    actor: Actor,
    one: Idea,
    two: Idea,
    *,
    take: Collection[str] = (),
    seen: Seen | None = None,
) -> Change:
    """Let the idea that was registered first have all that is the other's, which is voided.

    `take` names the fields in which the other is right. Raises NotAllowed unless the actor may
    correct both, RuleBroken when they are one or lie in two regions, Stale when one was changed
    since it was `seen`, or merged.
    """
    for idea in (one, two):
        ideas.must_be_allowed(actor, idea)
        if not may_merge(actor, idea):
            raise NotAllowed("not_yours")
    if one.id == two.id:
        raise RuleBroken("same_idea", fields=["other"])
    if one.region_id != two.region_id:
        raise RuleBroken("one_region", fields=["other"])
    lock_region(session, one.region_id)
    for idea in (one, two):
        session.refresh(idea)
    planned = plan(session, one, two)
    kept, other = planned.kept, planned.other
    is_as_seen = seen is None or seen == Seen(kept.version, other.version)
    if kept.is_voided or other.is_voided or not is_as_seen:
        raise Stale("ideas_changed")
    change = audit.record(
        session, actor, VERB, kind="idea", subject_id=kept.id, region_id=kept.region_id,
        note=other.title,
    )  # fmt: skip
    stood_at = kept.stage_id, kept.position
    _join_events(session, change, planned)
    _hand_over(session, change, other.id, kept.id)
    _join_ties(session, change, other.id, kept.id)
    merge = IdeaMerge(idea_id=other.id, into_id=kept.id)
    audit.stamp(merge, change)
    session.add(merge)
    other.position = None
    void(session, other, change)
    ideas.touch(other, change)
    flush(session)
    ideas.set_values(session, kept, change, _taken(kept, other, take))
    settle(session, kept, change, stood_at)
    return change


def _taken(kept: Idea, other: Idea, take: Collection[str]) -> dict[str, Any]:
    """Give the values in which the other is right: those named, and what only it has."""
    names = [field for field in FIELDS if field in take]
    names += [f for f in FIELDS[len(ideas.EDITABLE) :] if getattr(kept, f) is None]
    if "owner_id" in names:
        names.append("owner_name")
    found = {field: getattr(other, field) for field in names}
    return {field: value for field, value in found.items() if getattr(kept, field) != value}


def _join_events(session: Session, change: Change, planned: Plan) -> None:
    """Void what both courses had that does not stand as it is, and write the rest anew."""
    kept, other = planned.kept, planned.other
    for table, steps in ((StageEvent, planned.stages), (StatusEvent, planned.statuses)):
        staying = [step.event.id for step in steps if step.stays]
        gone = sa.or_(
            table.idea_id == other.id,
            sa.and_(table.idea_id == kept.id, table.id.notin_(staying)),
        )
        # What is copied is read before it is voided.
        new = [_copy(step, kept, change) for step in steps if not step.stays]
        void_all(session, table, gone, change)
        session.add_all(new)
        flush(session)
    void_all(session, SharingEvent, SharingEvent.idea_id == other.id, change)
    if planned.loses_sharing:
        ideas.say_shared(session, kept, change, is_shared=False, on=clock.today())


def _copy(step: Step, idea: Idea, change: Change) -> Any:
    table = type(step.event)
    names = {column.key for column in table.__table__.columns} - NO_COPY
    values = {name: getattr(step.event, name) for name in names}
    made = table(**values | {"idea_id": idea.id, "occurred_on": step.on, "nth": step.nth})
    audit.stamp(made, change)
    return made


def table_of(name: str) -> sa.Table:
    return Base.metadata.tables[name]


def _hand_over(session: Session, change: Change, from_id: int, to_id: int) -> None:
    """Let what has a life of its own be another idea's, and keep which rows those were."""
    for kind, (name, key) in BELONGINGS.items():
        table = table_of(name)
        theirs = table.c[key] == from_id
        if same := ONCE.get(kind):
            has = table.alias()
            theirs &= ~sa.exists().where(has.c[key] == to_id, has.c[same] == table.c[same])
        point(session, change, kind, table.c[key], theirs, (from_id, to_id))


def point(
    session: Session,
    change: Change,
    kind: str,
    key: Any,
    where: sa.ColumnElement[bool],
    from_to: tuple[int, int],
) -> None:
    old, new = from_to
    ids = sa.select(key.table.c.id).where(where)
    audit.note_all(session, change, kind, ids, key.name, old=old, new=new)
    session.execute(sa.update(key.table).where(where).values({key.name: new}))


def _join_ties(session: Session, change: Change, from_id: int, to_id: int) -> None:
    """Let ties be another idea's: those that it lacks are written anew, the others are voided."""
    for name, key in TIES.items():
        table = table_of(name)
        theirs = table.c.voided_at.is_(None) & (table.c.idea_id == from_id)
        has = table_of(name).alias()
        lacks = ~sa.exists().where(
            has.c.idea_id == to_id, has.c.voided_at.is_(None), has.c[key] == table.c[key]
        )
        copy_rows(session, table, theirs & lacks, change, idea_id=to_id)
        void_rows(session, table, theirs, change)
    _join_origins(session, change, from_id, to_id)
    _join_links(session, change, from_id, to_id)
    _join_claims(session, change, from_id, to_id)


def _join_origins(session: Session, change: Change, from_id: int, to_id: int) -> None:
    """An idea has one origin: the earlier visit. The other one is kept as what was voided."""
    table, visits = table_of("visit_ideas"), table_of("visits")
    query = (
        sa.select(table.c.id, table.c.idea_id)
        .join(visits, visits.c.id == table.c.visit_id)
        .where(table.c.idea_id.in_((from_id, to_id)), table.c.voided_at.is_(None))
        .order_by(visits.c.occurred_on, table.c.idea_id != to_id, table.c.id)
    )
    found = session.execute(query).all()
    is_theirs = bool(found) and found[0].idea_id == from_id
    if is_theirs:
        void_rows(session, table, table.c.id.in_([row.id for row in found]), change)
        copy_rows(session, table, table.c.id == found[0].id, change, idea_id=to_id)
    else:
        void_rows(session, table, _of(table, from_id), change)


def _join_links(session: Session, change: Change, from_id: int, to_id: int) -> None:
    """Let links be another idea's; one between the two, or that it has, is voided."""
    table = table_of("idea_links")
    has = table.alias()
    ends = ((table.c.idea_id, table.c.other_id), (table.c.other_id, table.c.idea_id))
    for mine, far in ends:
        theirs = table.c.voided_at.is_(None) & (mine == from_id)
        same = sa.and_(
            has.c.voided_at.is_(None),
            has.c[mine.name] == to_id,
            has.c[far.name] == far,
            has.c.kind == table.c.kind,
        )
        wanted = theirs & (far != to_id) & ~sa.exists().where(same)
        copy_rows(session, table, wanted, change, **{mine.name: to_id})
        void_rows(session, table, theirs, change)


def _join_claims(session: Session, change: Change, from_id: int, to_id: int) -> None:
    """Which programmes claim a result is said of it as a whole: what the kept one has holds."""
    table = table_of("attributions")
    standing = table.c.voided_at.is_(None) & (table.c.subject_kind == "idea")
    mine, theirs = (standing & (table.c.subject_id == n) for n in (to_id, from_id))
    has_own = session.scalar(sa.select(table.c.id).where(mine).limit(1)) is not None
    if not has_own:
        copy_rows(session, table, theirs, change, subject_id=to_id)
    void_rows(session, table, theirs, change)


def _of(table: sa.Table, idea_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.voided_at.is_(None), table.c.idea_id == idea_id)


def copy_rows(
    session: Session, table: sa.Table, where: sa.ColumnElement[bool], change: Change, **over: Any
) -> None:
    """Write rows anew as part of a change, with some columns set, in one statement."""
    made: dict[str, Any] = {
        **over, "change_id": change.id, "recorded_at": change.recorded_at,
        "recorded_by_id": change.actor_id, "voided_at": None, "void_change_id": None,
    }  # fmt: skip
    columns = [column for column in table.columns if column.name != "id"]
    picked = [
        sa.literal(made[c.name], c.type).label(c.name) if c.name in made else c for c in columns
    ]
    rows = sa.select(*picked).where(where)
    session.execute(sa.insert(table).from_select([c.name for c in columns], rows))


def void_rows(
    session: Session, table: sa.Table, where: sa.ColumnElement[bool], change: Change
) -> None:
    values = {"voided_at": change.recorded_at, "void_change_id": change.id}
    session.execute(sa.update(table).where(table.c.voided_at.is_(None), where).values(values))


def settle(session: Session, idea: Idea, change: Change, stood_at: tuple[int, int | None]) -> None:
    """Let a card follow from what stands; one that comes to another stage stands on top."""
    flush(session)
    session.expire_all()
    ideas.recompute(session, idea, change)
    stage_id, position = stood_at
    if idea.stage_id != stage_id or position is None:
        idea.position = order.top_position(session, idea.region_id, idea.stage_id)
        moved = {"position": (position, idea.position)}
        audit.note_values(session, change, "idea", idea.id, moved)
    followups.refresh_next_step(session, idea, change)
    funding.refresh_deadline(session, idea)
    flush(session)
    index_anew(session, Kind.IDEA, [idea.id])


def built_upon(change_id: int, with_facts: Any, touched: Any) -> list[sa.Select[int]]:
    """Pick merges later than a change: of cards that it touched, into cards with facts of it."""
    later = sa.and_(IdeaMerge.known(), IdeaMerge.change_id > change_id)
    return [
        sa.select(IdeaMerge.id).where(later, IdeaMerge.idea_id.in_(touched)),
        sa.select(IdeaMerge.id).where(later, IdeaMerge.into_id.in_(with_facts)),
    ]


def count_belongings(session: Session, planned: Plan) -> dict[str, tuple[int, int]]:
    """Count what has a life of its own, by kind: the kept idea's, and the other's."""
    ids = (planned.kept.id, planned.other.id)
    found = {}
    for kind, (name, key) in BELONGINGS.items():
        table = table_of(name)
        standing = [table.c.voided_at.is_(None)] if "voided_at" in table.c else []
        query = (
            sa.select(table.c[key], sa.func.count())
            .where(table.c[key].in_(ids), *standing)
            .group_by(table.c[key])
        )
        numbers: dict[int, int] = {row[0]: row[1] for row in session.execute(query)}
        found[kind] = (numbers.get(ids[0], 0), numbers.get(ids[1], 0))
    return found
