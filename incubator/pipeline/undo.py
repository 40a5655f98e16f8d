"""Undo a change as a whole, while nothing that stands has built on it."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change, ChangeValue
from incubator.companies.models import Company, Contact
from incubator.core.access import Actor, Permission
from incubator.core.db import flush
from incubator.core.errors import NotAllowed, NotFound, RuleBroken
from incubator.core.facts import Recorded, void_all
from incubator.followups import operations as followups
from incubator.followups.models import FollowUp
from incubator.funding import operations as funding
from incubator.funding.models import Application, ApplicationEvent
from incubator.ideas import operations as ideas
from incubator.ideas import order
from incubator.ideas.models import Idea, IdeaFocusArea, SharingEvent, StageEvent, StatusEvent
from incubator.incubation.models import Incubation, IncubationEnd, IncubationIdea
from incubator.jobs.models import JobRecord
from incubator.reference.queries import lock_region

# What a change may have made on a card; a later one of these has built on it.
CARD_FACTS = (StageEvent, StatusEvent, SharingEvent, Application, IncubationIdea)
ON_IDEAS = (*CARD_FACTS, FollowUp, JobRecord)
FACTS = (*ON_IDEAS, IdeaFocusArea, ApplicationEvent, Incubation, IncubationEnd)
VALUES_OF: dict[str, type[Any]] = {
    "idea": Idea,
    "company": Company,
    "application": Application,
    "incubation": Incubation,
    "follow_up": FollowUp,
}
MOST_SHOWN = 200  # cards that an undo answers with; a whole import is better loaded anew
FOLLOWS_FROM_FACTS = frozenset({"stage", "status", "is_shared", "position"})


def undo_change(session: Session, actor: Actor, change_id: int) -> Change:
    """Void all that a change made and set back the values that it altered.

    Raises NotFound, NotAllowed for another person's change, RuleBroken when it is undone
    already or something that stands has built on it.
    """
    done = session.get(Change, change_id)
    if done is None or not actor.works_in(done.region_id):
        raise NotFound("no_such_change")
    if done.actor_id != actor.id and not actor.may(Permission.IDEA_CORRECT_ANY):
        raise NotAllowed("not_permitted")
    if done.undoes_id is not None or done.region_id is None:
        raise RuleBroken("cannot_undo")
    lock_region(session, done.region_id)
    if session.scalar(sa.select(Change.id).where(Change.undoes_id == done.id)):
        raise RuleBroken("already_undone")
    _must_stand_alone(session, done)
    undo = audit.record(
        session, actor, "change.undone", kind=done.subject_kind, subject_id=done.subject_id,
        region_id=done.region_id, undoes_id=done.id,
    )  # fmt: skip
    touched = _ideas_of(session, done)
    _void_facts(session, done, undo)
    flush(session)
    session.expire_all()
    _set_back(session, done, undo)
    for idea_id in touched:
        _settle(session, session.get_one(Idea, idea_id), done, undo)
    flush(session)
    return undo


def _ideas_of(session: Session, done: Change) -> list[int]:
    """List the cards that a change touched but did not make."""
    from_facts = [sa.select(table.idea_id).where(table.change_id == done.id) for table in ON_IDEAS]
    from_values = sa.select(ChangeValue.subject_id).where(
        ChangeValue.change_id == done.id, ChangeValue.subject_kind == "idea"
    )
    made = sa.select(Idea.id).where(Idea.change_id == done.id)
    touched = sa.union(*from_facts, from_values).subquery()
    return list(
        session.scalars(
            sa.select(Idea.id).where(Idea.id.in_(sa.select(touched.c[0])), Idea.id.notin_(made))
        )
    )


def _must_stand_alone(session: Session, done: Change) -> None:
    """Raise RuleBroken when a later fact stands on a card, incubation or application of it."""
    cards = sa.union(
        *(sa.select(table.idea_id).where(table.change_id == done.id) for table in CARD_FACTS)
    ).subquery()
    made = sa.select(Idea.id).where(Idea.change_id == done.id)
    incubations = sa.select(Incubation.id).where(Incubation.change_id == done.id)
    applications = sa.select(Application.id).where(Application.change_id == done.id)
    later: list[tuple[type[Any], sa.ColumnElement[bool]]] = [
        *((table, table.idea_id.in_(sa.select(cards.c[0]))) for table in CARD_FACTS),
        *((table, table.idea_id.in_(made)) for table in (FollowUp, JobRecord)),
        (IncubationEnd, IncubationEnd.incubation_id.in_(incubations)),
        (IncubationIdea, IncubationIdea.incubation_id.in_(incubations)),
        (ApplicationEvent, ApplicationEvent.application_id.in_(applications)),
    ]
    for table, built in later:
        found = sa.select(table.id).where(built, table.change_id > done.id, table.known()).limit(1)
        if session.scalar(found) is not None:
            raise RuleBroken("built_upon")


def _void_facts(session: Session, done: Change, undo: Change) -> None:
    for table in FACTS:
        void_all(session, table, table.change_id == done.id, undo)
    _free_positions(session, done, undo)
    void_all(session, Idea, Idea.change_id == done.id, undo)
    for table in (Contact, Company):
        void_all(session, table, sa.and_(table.change_id == done.id, ~_is_used(table)), undo)


def _free_positions(session: Session, done: Change, undo: Change) -> None:
    session.execute(
        sa.update(Idea)
        .where(Idea.change_id == done.id)
        .values(position=None, last_change_id=undo.id)
        .execution_options(synchronize_session=False)
    )


def _is_used(table: type[Any]) -> sa.ColumnElement[bool]:
    """Say in SQL that a company or contact is needed by something that still stands."""
    if table is Contact:
        return sa.exists().where(Idea.founder_contact_id == Contact.id, Idea.known())
    users: tuple[type[Any], ...] = (Idea, Application, Incubation, JobRecord, FollowUp)
    return sa.or_(*(sa.exists().where(t.company_id == Company.id, t.known()) for t in users))


def _set_back(session: Session, done: Change, undo: Change) -> None:
    """Give altered fields their old values. Raises RuleBroken when one was altered since."""
    values = session.scalars(sa.select(ChangeValue).where(ChangeValue.change_id == done.id))
    for value in values:
        table = VALUES_OF.get(value.subject_kind)
        if table is None or value.field in FOLLOWS_FROM_FACTS:
            continue
        row: Recorded = session.get_one(table, value.subject_id)
        if row.is_voided or value.field not in table.__table__.c:
            continue
        _set_back_one(session, undo, row, value)


def _set_back_one(session: Session, undo: Change, row: Any, value: ChangeValue) -> None:
    kind = type(row).__table__.c[value.field].type.python_type
    present = getattr(row, value.field)
    if audit.as_text(present) != value.new:
        raise RuleBroken("built_upon", fields=[value.field])
    old = audit.from_text(value.old, kind)
    setattr(row, value.field, old)
    subject = {value.field: (present, old)}
    audit.note_values(session, undo, value.subject_kind, value.subject_id, subject)


def _settle(session: Session, idea: Idea, done: Change, undo: Change) -> None:
    """Let a card follow from the facts that still stand, in its old place if that is free."""
    old_position = session.scalar(
        sa.select(ChangeValue.old).where(
            ChangeValue.change_id == done.id,
            ChangeValue.subject_kind == "idea",
            ChangeValue.subject_id == idea.id,
            ChangeValue.field == "position",
        )
    )
    stage_id = idea.stage_id
    ideas.recompute(session, idea, undo)
    if idea.stage_id != stage_id or old_position is not None:
        idea.position = _old_place(session, idea, old_position)
    followups.refresh_next_step(session, idea, undo)
    funding.refresh_deadline(session, idea)


def _old_place(session: Session, idea: Idea, old_position: str | None) -> int:
    if old_position is not None:
        taken = sa.select(Idea.id).where(
            Idea.region_id == idea.region_id,
            Idea.stage_id == idea.stage_id,
            Idea.position == int(old_position),
            Idea.id != idea.id,
        )
        if session.scalar(taken) is None:
            return int(old_position)
    return order.top_position(session, idea.region_id, idea.stage_id)


def cards_of(session: Session, change_id: int) -> list[Any]:
    """List the cards of a change, made or touched by it: id, region, stage, status, voided."""
    from_facts = [sa.select(table.idea_id).where(table.change_id == change_id) for table in ON_IDEAS]
    from_values = sa.select(ChangeValue.subject_id).where(
        ChangeValue.change_id == change_id, ChangeValue.subject_kind == "idea"
    )
    cards = sa.union(*from_facts, from_values).subquery()
    columns = (Idea.id, Idea.stage_id, Idea.status, Idea.voided_at.isnot(None).label("is_voided"))
    query = sa.select(*columns).where(Idea.id.in_(sa.select(cards.c[0]))).order_by(Idea.id)
    return list(session.execute(query.limit(MOST_SHOWN)).all())
