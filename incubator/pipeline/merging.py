"""Merge two companies that are one, as one change, and undo that as a whole."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.audit import operations as audit
from incubator.audit.models import Change, ChangeValue
from incubator.companies import operations as companies
from incubator.companies.models import Company, CompanyMerge, Contact
from incubator.core.access import Actor, Permission, must
from incubator.core.db import AnySelect, flush
from incubator.core.errors import NotAllowed, RuleBroken, Stale
from incubator.core.facts import void, void_all
from incubator.followups.models import FollowUp
from incubator.funding.models import Application
from incubator.ideas.models import Idea
from incubator.incubation import queries as incubation
from incubator.incubation.models import Incubation, IncubationIdea
from incubator.jobs.models import JobRecord
from incubator.pipeline.renaming import refresh_cards
from incubator.reference.queries import lock_regions
from incubator.search.indexing import index_anew
from incubator.search.models import Kind
from incubator.visits.models import Visit, VisitContact, VisitFollowUp, VisitIdea
from incubator.visits.operations.links import recount_contact

VERB = "company.merged"
TO_CHANGE: dict[str, Any] = {"with_for_update": True, "populate_existing": True}


@dataclass(frozen=True)
class Belonging:
    """A column that says whose a row is, and what the log calls the row."""

    kind: str
    column: Any

    @property
    def table(self) -> Any:
        return self.column.class_


# All that is a company's, voided rows too. A test asks whether a table was forgotten.
BELONGINGS = (
    Belonging("contact", Contact.company_id),
    Belonging("idea", Idea.company_id),
    Belonging("follow_up", FollowUp.company_id),
    Belonging("application", Application.company_id),
    Belonging("incubation", Incubation.company_id),
    Belonging("job_record", JobRecord.company_id),
    Belonging("visit", Visit.company_id),
    Belonging("company_merge", CompanyMerge.into_id),
)
# What names an idea and a company goes wherever the idea goes.
WITH_AN_IDEA = (FollowUp, Application, JobRecord)
# What ties two belongings together: one that a merge brought in, and one that was there.
TIES = (
    (IncubationIdea, IncubationIdea.incubation_id, "incubation", IncubationIdea.idea_id, "idea"),
    (VisitContact, VisitContact.visit_id, "visit", VisitContact.contact_id, "contact"),
    (VisitIdea, VisitIdea.visit_id, "visit", VisitIdea.idea_id, "idea"),
    (VisitFollowUp, VisitFollowUp.visit_id, "visit", VisitFollowUp.follow_up_id, "follow_up"),
)


@dataclass(frozen=True)
class Seen:
    """The versions of two companies that somebody looked at when they chose."""

    kept: int
    other: int


def merge_companies(
    session: Session,
    actor: Actor,
    kept: Company,
    other: Company,
    *,
    take: Collection[str] = (),
    seen: Seen | None = None,
) -> Change:
    """Let a company have all that is its duplicate's, which is voided and leads to it.

    `take` names the fields in which the duplicate is right. Raises RuleBroken when they are
    one already, or both are in the incubator; Stale when one was changed since it was `seen`.
    """
    must(actor, Permission.COMPANY_EDIT)
    if kept.id == other.id:
        raise RuleBroken("same_company", fields=["other"])
    _lock(session, kept, other)
    if seen is not None and seen != Seen(kept.version, other.version):
        raise Stale("companies_changed")
    if all(incubation.running_of(session, one.id) for one in (kept, other)):
        raise RuleBroken("both_in_the_incubator")
    change = audit.record(session, actor, VERB, kind="company", subject_id=kept.id, note=other.name)
    taken = {field: getattr(other, field) for field in companies.EDITABLE if field in take}
    void(session, other, change)
    flush(session)  # its organisation number is free from here on
    _take(session, change, kept, taken)
    for one in BELONGINGS:
        _hand_over(session, change, one, other.id, kept.id)
    merge = CompanyMerge(company_id=other.id, into_id=kept.id)
    audit.stamp(merge, change)
    session.add(merge)
    flush(session)
    _settle(session, change, kept.id, other.id)
    return change


def _lock(session: Session, *both: Company) -> None:
    """Wait for whoever writes to any of the cards, and read both companies as they are then."""
    lock_regions(session)
    for company in sorted(both, key=lambda one: one.id):
        session.refresh(company, with_for_update=True)
    if any(company.is_voided for company in both):
        raise Stale("companies_changed")


def _take(session: Session, change: Change, kept: Company, values: dict[str, Any]) -> None:
    changed = {field: value for field, value in values.items() if getattr(kept, field) != value}
    companies.set_values(session, change, kept, changed)


def _hand_over(session: Session, change: Change, one: Belonging, from_id: int, to_id: int) -> None:
    """Let all that is a company's be another's, and keep which rows those were."""
    theirs = one.column == from_id
    ids = sa.select(one.table.id).where(theirs)
    audit.note_all(session, change, one.kind, ids, one.column.key, old=from_id, new=to_id)
    _point(session, one, theirs, to_id)


def _point(
    session: Session, one: Belonging, where: sa.ColumnElement[bool], company_id: int
) -> None:
    statement = sa.update(one.table).where(where).values({one.column.key: company_id})
    session.execute(statement.execution_options(synchronize_session=False))


def _settle(session: Session, change: Change, *company_ids: int) -> None:
    """Let what is kept for speed follow: the cards' keys, the days of the last contact."""
    session.expire_all()
    refresh_cards(session, change, company_ids)
    for company_id in company_ids:
        recount_contact(session, company_id)
    flush(session)
    index_anew(session, Kind.COMPANY, company_ids)
    session.expire_all()


def undo_merge(session: Session, actor: Actor, done: Change) -> Change:
    """Let a merged company be one of its own again, with all that it brought along.

    What was written since on one of its cards goes with the card. Raises NotAllowed for
    another person's merge, RuleBroken when something that stands has built on it.
    """
    must(actor, Permission.COMPANY_EDIT)
    if done.actor_id != actor.id and not actor.may(Permission.IDEA_CORRECT_ANY):
        raise NotAllowed("not_permitted")
    lock_regions(session)
    if session.scalar(sa.select(Change.id).where(Change.undoes_id == done.id)):
        raise RuleBroken("already_undone")
    merge = session.scalars(sa.select(CompanyMerge).where(CompanyMerge.change_id == done.id)).one()
    kept = session.get_one(Company, done.subject_id, **TO_CHANGE)
    other = session.get_one(Company, merge.company_id, **TO_CHANGE)
    _must_stand_alone(session, done, kept, other)
    undo = audit.record(
        session, actor, "change.undone", kind="company", subject_id=kept.id, undoes_id=done.id,
        note=done.note,
    )  # fmt: skip
    for table in WITH_AN_IDEA:
        _send_along(session, undo, done, table, kept.id, other.id)
    for one in BELONGINGS:
        moved = one.table.id.in_(_moved(done, one.kind))
        ids = sa.select(one.table.id).where(moved)
        audit.note_all(session, undo, one.kind, ids, one.column.key, old=kept.id, new=other.id)
        _point(session, one, moved, other.id)
    _give_back(session, undo, kept, _values_of(session, done, kept))
    void_all(session, CompanyMerge, CompanyMerge.change_id == done.id, undo)
    other.voided_at = other.void_change_id = None
    flush(session)
    _settle(session, undo, kept.id, other.id)
    return undo


def _moved(done: Change, kind: str) -> AnySelect:
    """Pick the ids of the rows of a kind that a merge handed over."""
    return sa.select(ChangeValue.subject_id).where(
        ChangeValue.change_id == done.id,
        ChangeValue.subject_kind == kind,
        ChangeValue.field.in_(("company_id", "into_id")),
    )


def _must_stand_alone(session: Session, done: Change, kept: Company, other: Company) -> None:
    """Raise RuleBroken when something that stands could not follow, or would be torn apart."""
    if kept.is_voided or not other.is_voided:
        raise RuleBroken("built_upon")
    for value in _values_of(session, done, kept):
        if audit.as_text(getattr(kept, value.field)) != value.new:
            raise RuleBroken("built_upon", fields=[value.field])
    later: list[tuple[type[Any], sa.ColumnElement[bool]]] = [
        *((one.table, _went_on(done, one, kept)) for one in BELONGINGS),
        *((tie[0], _ties_both(done, *tie)) for tie in TIES),
    ]
    found = [sa.select(table.id).where(built, table.known()) for table, built in later]
    for query in (*found, _corrected_since(done)):
        if session.scalar(query.limit(1)) is not None:
            raise RuleBroken("built_upon")
    _must_have_its_number(session, done, kept, other)


def _went_on(done: Change, one: Belonging, kept: Company) -> sa.ColumnElement[bool]:
    return sa.and_(one.table.id.in_(_moved(done, one.kind)), one.column != kept.id)


def _ties_both(
    done: Change, table: type[Any], left: Any, left_kind: str, right: Any, right_kind: str
) -> sa.ColumnElement[bool]:
    """Say in SQL that a later tie joins what was handed over and what was not."""
    brought = [
        key.in_(_moved(done, kind)) for key, kind in ((left, left_kind), (right, right_kind))
    ]
    return sa.and_(table.change_id > done.id, brought[0] != brought[1])


def _corrected_since(done: Change) -> AnySelect:
    """Pick the visits that came with the duplicate and that another took the place of since."""
    right = aliased(Visit)
    return (
        sa.select(Visit.id)
        .join(right, right.change_id == Visit.void_change_id)
        .where(Visit.id.in_(_moved(done, "visit")), Visit.void_change_id > done.id)
    )


def _must_have_its_number(session: Session, done: Change, kept: Company, other: Company) -> None:
    """Raise RuleBroken when a third company has got a number that one of the two had before."""
    before = [value.old for value in _values_of(session, done, kept) if value.field == "orgnr"]
    numbers = [number for number in (other.orgnr, *before) if number]
    third = sa.select(Company.id).where(
        Company.orgnr.in_(numbers), Company.known(), Company.id.notin_((kept.id, other.id))
    )
    if session.scalar(third.limit(1)) is not None:
        raise RuleBroken("built_upon", fields=["orgnr"])


def _send_along(
    session: Session, undo: Change, done: Change, table: type[Any], kept_id: int, other_id: int
) -> None:
    """Let what was written since on a card that goes back belong to the company of the card."""
    one = next(belonging for belonging in BELONGINGS if belonging.table is table)
    written_since = sa.and_(
        table.company_id == kept_id,
        table.idea_id.in_(_moved(done, "idea")),
        table.id.notin_(_moved(done, one.kind)),
    )
    ids = sa.select(table.id).where(written_since)
    audit.note_all(session, undo, one.kind, ids, "company_id", old=kept_id, new=other_id)
    _point(session, one, written_since, other_id)


def _values_of(session: Session, done: Change, kept: Company) -> list[ChangeValue]:
    """List the fields that the company that was kept got from the other one."""
    return list(
        session.scalars(
            sa.select(ChangeValue).where(
                ChangeValue.change_id == done.id,
                ChangeValue.subject_kind == "company",
                ChangeValue.subject_id == kept.id,
            )
        )
    )


def _give_back(session: Session, undo: Change, kept: Company, values: list[ChangeValue]) -> None:
    columns = Company.__table__.c
    old = {v.field: audit.from_text(v.old, columns[v.field].type.python_type) for v in values}
    companies.set_values(session, undo, kept, old)
