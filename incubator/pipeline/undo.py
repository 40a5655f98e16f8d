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
from incubator.funding.models import Application, ApplicationEvent, Payment
from incubator.ideas import corrections, focus, links, operations as ideas, order, tags
from incubator.ideas.models import (
    Comment,
    Idea,
    IdeaFocusArea,
    IdeaLink,
    IdeaTag,
    Mention,
    SharingEvent,
    StageEvent,
    StatusEvent,
)  # fmt: skip
from incubator.incubation.models import Incubation, IncubationEnd, IncubationIdea
from incubator.jobs import operations as jobs
from incubator.jobs.models import JobRecord
from incubator.meetings.models import MeetingDecision
from incubator.pipeline import joining, merging, parting
from incubator.pipeline.bulk.undoing import naming
from incubator.reference.queries import lock_region
from incubator.visits import operations as visits
from incubator.visits.models import Visit, VisitContact, VisitFollowUp, VisitIdea
from incubator.visits.queries import is_of_visits

# What a change may have made on a card; a later one of these has built on it.
CARD_FACTS = (StageEvent, StatusEvent, SharingEvent, Application, IncubationIdea)
ON_IDEAS = (*CARD_FACTS, FollowUp, JobRecord)
FACTS = (
    *ON_IDEAS, IdeaFocusArea, IdeaTag, ApplicationEvent, Payment, Incubation, IncubationEnd,
    MeetingDecision, Comment, Mention, IdeaLink,
)  # fmt: skip
ON_MADE_IDEAS = (FollowUp, JobRecord, IdeaFocusArea, IdeaTag, Comment)
VALUES_OF: dict[str, type[Any]] = {
    "idea": Idea,
    "company": Company,
    "application": Application,
    "application_event": ApplicationEvent,
    "payment": Payment,
    "incubation": Incubation,
    "follow_up": FollowUp,
    "job_record": JobRecord,
    "visit": Visit,
    "comment": Comment,
}
VOIDING = frozenset({"voided_at", "void_change_id"})  # noted where a void can be taken back
UNDO_OF = {merging.VERB: merging.undo_merge, joining.VERB: parting.undo_merge}
IMPORTED_COMPANIES = "companies.imported"
MOST_SHOWN = 200  # cards that an undo answers with; a whole import is better loaded anew
# Not set back from what is noted, but computed anew from the facts that still stand.
FOLLOWS_FROM_FACTS = {
    "idea": frozenset({"stage", "status", "is_shared", "position"}),
    "application": frozenset({"status"}),
}


def undo_change(session: Session, actor: Actor, change_id: int) -> Change:
    """Void all that a change made and set back the values that it altered.

    Raises NotFound, NotAllowed for another person's change, RuleBroken when it is undone
    already or something that stands has built on it.
    """
    try:
        return _undo(session, actor, change_id)
    except RuleBroken as no:
        raise naming(session, change_id, no) from no


def _undo(session: Session, actor: Actor, change_id: int) -> Change:
    done = session.get(Change, change_id)
    if done is not None and done.verb in UNDO_OF:
        return UNDO_OF[done.verb](session, actor, done)
    if done is None or not actor.works_in(done.region_id):
        raise NotFound("no_such_change")
    if done.actor_id != actor.id and not actor.may(Permission.IDEA_CORRECT_ANY):
        raise NotAllowed("not_permitted")
    of_visits = is_of_visits(session, done.id)
    is_known = of_visits or _can_be_undone(session, done)
    if done.undoes_id is not None or done.region_id is None or not is_known:
        raise RuleBroken("cannot_undo")
    lock_region(session, done.region_id)
    if session.scalar(sa.select(Change.id).where(Change.undoes_id == done.id)):
        raise RuleBroken("already_undone")
    _must_stand_alone(session, done)
    jobs.must_be_as_made(session, done)
    if of_visits:
        _visits_must_be_as_made(session, done)
    _must_be_last_place(session, done)
    undo = audit.record(
        session, actor, "change.undone", kind=done.subject_kind, subject_id=done.subject_id,
        region_id=done.region_id, undoes_id=done.id,
    )  # fmt: skip
    touched = _ideas_of(session, done)
    _void_facts(session, done, undo)
    focus.give_back(session, done, undo)
    tags.give_back(session, done, undo)
    links.give_back(session, done, undo)
    corrections.give_back(session, done, undo)
    if of_visits:
        visits.take_back(session, done, undo)
    jobs.take_back(session, done, undo)
    session.expire_all()
    _set_back(session, done, undo)
    for application in session.scalars(_applications_of(done)).all():
        funding.recompute(session, application)
    flush(session)
    for idea_id in touched:
        _settle(session, session.get_one(Idea, idea_id), done, undo)
        flush(session)  # one after the other, so that the next does not take the same place
    _void_people(session, done, undo)
    return undo


def _can_be_undone(session: Session, done: Change) -> bool:
    """Say whether a change made or altered something that an undo knows how to take back."""
    altered = sa.select(ChangeValue.id).where(
        ChangeValue.change_id == done.id, ChangeValue.subject_kind.in_(VALUES_OF)
    )
    made = (sa.select(table.id).where(table.change_id == done.id) for table in (Idea, *FACTS))
    voided = sa.select(JobRecord.id).where(JobRecord.void_change_id == done.id)
    corrected = corrections.corrected_ideas(done.id)
    firms: tuple[Any, ...] = ()
    if done.verb == IMPORTED_COMPANIES:  # else a company is what something else needed
        firms = tuple(
            sa.select(table.id).where(table.change_id == done.id) for table in (Company, Contact)
        )
    every = (altered, voided, *made, *corrected, *firms)
    return any(session.scalar(query.limit(1)) is not None for query in every)


def _cards(change_id: int) -> sa.Select[int]:
    """Pick the ids of the cards that a change made or touched."""
    from_facts = [
        sa.select(table.idea_id.label("id")).where(table.change_id == change_id)
        for table in ON_IDEAS
    ]
    from_values = sa.select(ChangeValue.subject_id).where(
        ChangeValue.change_id == change_id, ChangeValue.subject_kind == "idea"
    )
    from_applications = (
        sa.select(Application.idea_id)
        .join(ApplicationEvent, ApplicationEvent.application_id == Application.id)
        .where(ApplicationEvent.change_id == change_id)
    )
    from_edits = (
        sa.select(Application.idea_id)
        .join(ChangeValue, ChangeValue.subject_id == Application.id)
        .where(ChangeValue.change_id == change_id, ChangeValue.subject_kind == "application")
    )
    from_promises = (
        sa.select(FollowUp.idea_id)
        .join(ChangeValue, ChangeValue.subject_id == FollowUp.id)
        .where(ChangeValue.change_id == change_id, ChangeValue.subject_kind == "follow_up")
    )
    corrected = corrections.corrected_ideas(change_id)
    every: Any = sa.union(
        *from_facts, *corrected, from_values, from_applications, from_edits, from_promises
    )
    return sa.select(every.subquery().c.id)


def _ideas_of(session: Session, done: Change) -> list[int]:
    """List the cards that a change touched but did not make, and that were not taken away."""
    touched = (Idea.id.in_(_cards(done.id)), Idea.change_id != done.id, Idea.known())
    return list(session.scalars(sa.select(Idea.id).where(*touched).order_by(Idea.id)))


def _applications_of(done: Change) -> sa.Select[Application]:
    """Pick the applications to which something happened by a change that did not make them."""
    touched = funding.touched_by(done.id)
    return sa.select(Application).where(Application.id.in_(touched), Application.known())


def _must_stand_alone(session: Session, done: Change) -> None:
    """Raise RuleBroken when a later fact stands on a card, incubation or application of it."""
    cards = sa.union(
        *(sa.select(table.idea_id).where(table.change_id == done.id) for table in CARD_FACTS),
        *corrections.corrected_ideas(done.id),
    ).subquery()
    made = sa.select(Idea.id).where(Idea.change_id == done.id)
    incubations = sa.select(Incubation.id).where(Incubation.change_id == done.id)
    left = (
        sa.select(Incubation.company_id)
        .join(IncubationEnd, IncubationEnd.incubation_id == Incubation.id)
        .where(IncubationEnd.change_id == done.id)
    )
    later: list[tuple[type[Any], sa.ColumnElement[bool]]] = [
        *((table, table.idea_id.in_(sa.select(cards.c[0]))) for table in CARD_FACTS),
        *((table, table.idea_id.in_(made)) for table in ON_MADE_IDEAS),
        (IncubationEnd, IncubationEnd.incubation_id.in_(incubations)),
        (IncubationIdea, IncubationIdea.incubation_id.in_(incubations)),
        (Incubation, Incubation.company_id.in_(left)),
    ]
    merged = joining.built_upon(done.id, sa.select(cards.c[0]), _cards(done.id))
    corrected = corrections.corrected_since(done.id, sa.select(cards.c[0]))
    for query in (*corrections.was_built_upon(done.id), *corrected, *merged):
        if session.scalar(query.limit(1)) is not None:
            raise RuleBroken("built_upon")
    _must_run_alone(session, left)
    funding.must_be_last(session, done)
    for table, built in later:
        found = sa.select(table.id).where(built, table.change_id > done.id, table.known()).limit(1)
        if session.scalar(found) is not None:
            raise RuleBroken("built_upon")


def _visits_must_be_as_made(session: Session, done: Change) -> None:
    """Raise RuleBroken when a visit was corrected since, or more came of it.

    So it is when a promise was kept, moved or handed on.
    """
    visited = sa.select(Visit.id).where(Visit.change_id == done.id)
    came = [
        sa.select(table.id).where(
            table.visit_id.in_(visited), table.change_id > done.id, table.known()
        )
        for table in (VisitIdea, VisitFollowUp)
    ]
    corrected = sa.select(Visit.id).where(
        Visit.change_id == done.id, Visit.voided_at.is_not(None), Visit.void_change_id != done.id
    )
    promised = sa.select(FollowUp.id).where(FollowUp.change_id == done.id, FollowUp.known())
    altered = sa.select(ChangeValue.id).where(
        ChangeValue.subject_kind == "follow_up",
        ChangeValue.subject_id.in_(promised),
        ChangeValue.change_id > done.id,
    )
    for built in (corrected, altered, *came):
        if session.scalar(built.limit(1)) is not None:
            raise RuleBroken("built_upon")


def _must_run_alone(session: Session, left: sa.Select[int]) -> None:
    """Raise RuleBroken when a company would be in the incubator twice, as after a merge."""
    runs = sa.and_(Incubation.left_on.is_(None), Incubation.known())
    found = sa.select(Incubation.id).where(Incubation.company_id.in_(left), runs).limit(1)
    if session.scalar(found) is not None:
        raise RuleBroken("built_upon")


def _must_be_last_place(session: Session, done: Change) -> None:
    """Raise RuleBroken when a card was moved or placed since it got the place to be undone."""
    if done.verb != "idea.placed":
        return
    placed = sa.and_(ChangeValue.subject_kind == "idea", ChangeValue.field == "position")
    later = session.execute(
        sa.select(Change.id, Change.undoes_id)
        .join(ChangeValue, ChangeValue.change_id == Change.id)
        .where(placed, ChangeValue.subject_id == done.subject_id, Change.id > done.id)
    ).all()
    undone = {row.undoes_id for row in later}
    # A later change and its undo leave the card where it was; an undo of an earlier one does not.
    if any(row.id not in undone and (row.undoes_id or 0) <= done.id for row in later):
        raise RuleBroken("built_upon", fields=["position"])


def _void_facts(session: Session, done: Change, undo: Change) -> None:
    for table in FACTS:
        void_all(session, table, table.change_id == done.id, undo)
    _let_go(session, done, undo)
    void_all(session, Idea, Idea.change_id == done.id, undo)


def _let_go(session: Session, done: Change, undo: Change) -> None:
    """Free the places of cards to be voided; whoever writes to one in this instant is told."""
    session.execute(
        sa.update(Idea)
        .where(Idea.change_id == done.id)
        .values(position=None, last_change_id=undo.id, version=Idea.version + 1)
        .execution_options(synchronize_session=False)
    )


def _void_people(session: Session, done: Change, undo: Change) -> None:
    """Void the companies and contacts that a change made and nobody else uses or completed."""
    for table, kind in ((Contact, "contact"), (Company, "company")):
        completed = sa.exists().where(
            ChangeValue.subject_kind == kind,
            ChangeValue.subject_id == table.id,
            ChangeValue.change_id.notin_((done.id, undo.id)),
        )
        unused = sa.and_(table.change_id == done.id, ~_is_used(table), ~completed)
        void_all(session, table, unused, undo)


def _is_used(table: type[Any]) -> sa.ColumnElement[bool]:
    """Say in SQL that a company or contact is needed by something that still stands."""
    if table is Contact:
        founded = sa.exists().where(Idea.founder_contact_id == Contact.id, Idea.known())
        met = sa.exists().where(VisitContact.contact_id == Contact.id, VisitContact.known())
        return sa.or_(founded, met)
    return sa.or_(
        *(sa.exists().where(b.column == Company.id, b.table.known()) for b in merging.BELONGINGS)
    )


def _set_back(session: Session, done: Change, undo: Change) -> None:
    """Give altered fields their old values. Raises RuleBroken when one was altered since."""
    values = session.scalars(sa.select(ChangeValue).where(ChangeValue.change_id == done.id))
    for value in values:
        table = VALUES_OF.get(value.subject_kind)
        if table is None or value.field in FOLLOWS_FROM_FACTS.get(value.subject_kind, ()):
            continue
        row: Recorded = session.get_one(table, value.subject_id)
        if value.field not in table.__table__.c or (row.is_voided and value.field not in VOIDING):
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
    stage_id, position = idea.stage_id, idea.position
    ideas.recompute(session, idea, undo)
    if idea.stage_id != stage_id or old_position is not None:
        idea.position = _old_place(session, idea, old_position)
        moved = {"position": (position, idea.position)}
        audit.note_values(session, undo, "idea", idea.id, moved)
    followups.refresh_next_step(session, idea, undo)
    funding.refresh_deadline(session, idea)


def _old_place(session: Session, idea: Idea, old_position: str | None) -> int:
    """Give the place that a card had, or the one above the card that has it now."""
    if old_position is None:
        return order.top_position(session, idea.region_id, idea.stage_id)
    there = session.scalar(
        sa.select(Idea.id).where(
            Idea.region_id == idea.region_id,
            Idea.stage_id == idea.stage_id,
            Idea.position == int(old_position),
            Idea.id != idea.id,
        )
    )
    if there is None:
        return int(old_position)
    above = order.Place(before_id=there)
    return order.position_at(session, idea.region_id, idea.stage_id, above)


def cards_of(session: Session, change_id: int) -> list[Any]:
    """List the cards of a change, made or touched by it: id, region, stage, status, voided."""
    columns = (Idea.id, Idea.stage_id, Idea.status, Idea.voided_at.isnot(None).label("is_voided"))
    query = sa.select(*columns).where(Idea.id.in_(_cards(change_id))).order_by(Idea.id)
    return list(session.execute(query.limit(MOST_SHOWN)).all())
