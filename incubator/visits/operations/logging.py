"""Log visits, with all that came of them, as one change."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.companies import operations as companies, queries as company_queries
from incubator.companies.models import Company
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import NotFound, RuleBroken, Stale
from incubator.followups import operations as followups
from incubator.ideas import operations as ideas, queries as idea_queries
from incubator.ideas.models import Idea, StageKind
from incubator.reference.queries import lock_region
from incubator.visits import queries
from incubator.visits.models import Visit, VisitFollowUp, VisitIdea, VisitKind
from incubator.visits.operations import links

EARLIEST = date(1990, 1, 1)  # a year before it is a slip of the finger


@dataclass(frozen=True)
class Promise:
    """What was promised at a visit: it becomes a follow-up on the company."""

    what: str
    due_on: date | None = None
    responsible_id: int | None = None  # None: the visitor


@dataclass(frozen=True)
class Entry:
    """What somebody writes down about a visit."""

    kind: VisitKind
    occurred_on: date
    company_id: int | None = None
    company_name: str = ""
    about: str = ""
    needs: str = ""
    contact_ids: tuple[int, ...] = ()
    new_contacts: tuple[str, ...] = ()
    colleague_ids: tuple[int, ...] = ()
    promises: tuple[Promise, ...] = ()
    idea_title: str = ""
    idea_text: str = ""
    is_shared: bool = False
    client_key: str | None = None
    written_at: datetime | None = None


@dataclass(frozen=True)
class Logged:
    """A visit that is stored, the idea that came of it, and whether it was stored just now."""

    visit: Visit
    idea: Idea | None
    is_new: bool


def log_visit(session: Session, actor: Actor, region_id: int, entry: Entry) -> Logged:
    """Write down a visit with who took part, what was promised and the idea that came up.

    Asked again with the key of a visit that is stored, it gives that one, also when both are
    asked in the same instant. Raises RuleBroken with the field that is wrong.
    """
    must(actor, Permission.VISIT_LOG, region_id)
    lock_region(session, region_id)
    if stored := _stored(session, actor, entry.client_key):
        return stored
    try:
        return _log(session, actor, region_id, entry)
    except Stale:
        if stored := _stored(session, actor, entry.client_key):
            return stored
        raise


def _stored(session: Session, actor: Actor, client_key: str | None) -> Logged | None:
    if client_key is None or actor.id is None:
        return None
    sent = queries.find_by_key(session, actor.id, client_key)
    if sent is None:
        return None
    is_right = not sent.is_voided
    visit = sent if is_right else session.get_one(Visit, queries.standing_id(session, sent.id))
    return Logged(visit, queries.first_idea(session, visit.id), is_new=False)


def _log(session: Session, actor: Actor, region_id: int, entry: Entry) -> Logged:
    must_be_a_day(entry.occurred_on)
    _must_be_whole(entry)
    _must_be_known(session, actor, region_id, entry)
    change = audit.record(session, actor, "visit.logged", kind="visit", region_id=region_id)
    company = _company(session, change, entry)
    visit = Visit(
        region_id=region_id,
        municipality_id=company.municipality_id,
        organisation_id=actor.organisation_id,
        company_id=company.id,
        visitor_id=actor.id,
        kind=entry.kind,
        occurred_on=entry.occurred_on,
        about=entry.about.strip() or None,
        needs=entry.needs.strip() or None,
        is_shared=entry.is_shared,
        client_key=entry.client_key,
        written_at=entry.written_at,
    )
    audit.stamp(visit, change)
    session.add(visit)
    flush(session)
    change.subject_id = visit.id
    contacts = links.contacts_of(session, change, company.id, entry.contact_ids, entry.new_contacts)
    colleagues = dict.fromkeys(one for one in entry.colleague_ids if one != actor.id)
    links.let_take_part(session, change, visit.id, contacts, colleagues)
    _write_promises(session, actor, change, visit, entry)
    idea = _make_idea(session, actor, change, visit, company, entry)
    links.note_contact(session, company.id, entry.occurred_on)
    return Logged(visit, idea, is_new=True)


def must_be_a_day(occurred_on: date) -> None:
    """Raise RuleBroken for a day in the future, or so long ago that it is a slip."""
    if occurred_on > clock.today():
        raise RuleBroken("in_the_future", fields=["occurred_on"])
    if occurred_on < EARLIEST:
        raise RuleBroken("too_long_ago", fields=["occurred_on"])


def _must_be_whole(entry: Entry) -> None:
    if entry.company_id is None and not entry.company_name.strip():
        raise RuleBroken("company_missing", fields=["company"])
    if not all(promise.what.strip() for promise in entry.promises):
        raise RuleBroken("step_missing", fields=["promises"])
    if entry.idea_text.strip() and not entry.idea_title.strip():
        raise RuleBroken("title_missing", fields=["idea_title"])


def _must_be_known(session: Session, actor: Actor, region_id: int, entry: Entry) -> None:
    """Raise RuleBroken when a colleague, or who is to keep a promise, does not work there."""
    colleagues = {one for one in entry.colleague_ids if one != actor.id}
    links.must_work_there(session, region_id, colleagues)
    responsible = {p.responsible_id for p in entry.promises if p.responsible_id is not None}
    others = {one for one in responsible - colleagues if one != actor.id}
    links.must_work_there(session, region_id, others, "promises")


def _company(session: Session, change: Change, entry: Entry) -> Company:
    if entry.company_id is None:
        return companies.company_named(session, change, entry.company_name)
    try:
        return company_queries.get_standing(session, entry.company_id)
    except NotFound as gone:
        raise RuleBroken("no_such_company", fields=["company"]) from gone


def _write_promises(
    session: Session, actor: Actor, change: Change, visit: Visit, entry: Entry
) -> None:
    steps = [
        followups.promise_for_company(
            session, change, region_id=visit.region_id, company_id=visit.company_id,
            what=promise.what, due_on=promise.due_on,
            responsible_id=promise.responsible_id or actor.id,
        )
        for promise in entry.promises
    ]  # fmt: skip
    links.link(
        session, change, [VisitFollowUp(visit_id=visit.id, follow_up_id=s.id) for s in steps]
    )


def _make_idea(
    session: Session, actor: Actor, change: Change, visit: Visit, company: Company, entry: Entry
) -> Idea | None:
    if not entry.idea_title.strip():
        return None
    return make_idea(
        session, change, visit, company, title=entry.idea_title, text=entry.idea_text,
        owner_id=actor.id,
    )  # fmt: skip


def make_idea(
    session: Session, change: Change, visit: Visit, company: Company, *, title: str, text: str,
    owner_id: int | None,
) -> Idea:  # fmt: skip
    """Make an idea whose origin is a visit, seen first on the day of the visit."""
    stages = idea_queries.list_stages(session)
    first = next(stage for stage in stages if stage.kind == StageKind.IDEA)
    idea = ideas.make_idea(
        session, change, region_id=visit.region_id, stage=first, title=title,
        on=visit.occurred_on, company=company, owner_id=owner_id, problem=text.strip() or None,
    )  # fmt: skip
    links.link(session, change, [VisitIdea(visit_id=visit.id, idea_id=idea.id)])
    return idea
