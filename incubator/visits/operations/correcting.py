"""Correct visits, take them back, share their notes, and add the idea that came up later."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.companies import operations as companies, queries as company_queries
from incubator.companies.models import Company
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import NotAllowed, NotFound, RuleBroken, Stale
from incubator.core.facts import void, void_all
from incubator.followups.models import FollowUp
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea
from incubator.reference.queries import lock_region
from incubator.visits import queries, rules
from incubator.visits.models import Visit, VisitColleague, VisitContact, VisitFollowUp, VisitIdea
from incubator.visits.operations import links
from incubator.visits.operations.logging import make_idea, must_be_a_day

# What is counted: a visit is voided and made anew when one of these was wrong.
COUNTED = ("kind", "occurred_on", "company_id")
WORDS = ("about", "needs", "is_shared")
_COPIED = (
    "region_id", "municipality_id", "organisation_id", "company_id", "visitor_id", "visitor_name",
    "kind", "occurred_on", "about", "needs", "is_shared", "written_at",
)  # fmt: skip


@dataclass(frozen=True)
class TookPart:
    """Who took part beside the visitor, as it should have been written."""

    contact_ids: tuple[int, ...] = ()
    new_contacts: tuple[str, ...] = ()
    colleague_ids: tuple[int, ...] = ()


def correct_visit(
    session: Session,
    actor: Actor,
    visit: Visit,
    values: Mapping[str, Any],
    *,
    company_name: str = "",
    took_part: TookPart | None = None,
) -> Visit:
    """Change what a visit says, and give the visit that stands then.

    A wrong day, kind or company is no edit: the visit is voided, and one that is right takes
    its place with all that hung on it. Raises RuleBroken with the field that is wrong.
    """
    _must_be_allowed(session, actor, visit)
    wanted = {field: values[field] for field in (*COUNTED, *WORDS) if field in values}
    if not rules.owns_notes(actor, visit):
        wanted, took_part = {f: v for f, v in wanted.items() if f in COUNTED}, None
    if "occurred_on" in wanted:
        must_be_a_day(wanted["occurred_on"])
    changed = _changed(visit, wanted)
    is_fact = bool(set(COUNTED) & changed.keys()) or bool(company_name.strip())
    if not changed and not is_fact and not _differs(session, visit, took_part):
        return visit
    verb = "visit.corrected" if is_fact else "visit.edited"
    change = _record(session, actor, verb, visit)
    company = _company(session, change, visit, changed, company_name)
    standing = _made_anew(session, visit, change, changed, company) if is_fact else visit
    if not is_fact:
        _set(session, visit, change, changed)
    if took_part is not None:
        _set_who_took_part(session, change, standing, took_part)
    flush(session)
    return standing


def _must_be_allowed(session: Session, actor: Actor, visit: Visit) -> None:
    must(actor, Permission.VISIT_LOG, visit.region_id)
    if not rules.may_correct(actor, visit):
        raise NotAllowed("not_your_visit")
    must_stand(session, visit)


def must_stand(session: Session, visit: Visit) -> None:
    """Let others wait, and raise Stale when a visit was corrected or taken back meanwhile."""
    lock_region(session, visit.region_id)
    session.refresh(visit)
    if visit.is_voided:
        raise Stale("changed_meanwhile")


def _record(session: Session, actor: Actor, verb: str, visit: Visit, note: str = "") -> Change:
    return audit.record(
        session, actor, verb, kind="visit", subject_id=visit.id, region_id=visit.region_id,
        note=note,
    )  # fmt: skip


def _changed(visit: Visit, wanted: Mapping[str, Any]) -> dict[str, Any]:
    clean = {
        field: (value or "").strip() or None if field in ("about", "needs") else value
        for field, value in wanted.items()
    }
    return {field: value for field, value in clean.items() if getattr(visit, field) != value}


def _company(
    session: Session, change: Change, visit: Visit, changed: dict[str, Any], name: str
) -> Company | None:
    """Give the company that a visit was to instead, if it was another."""
    if name.strip():
        company = companies.company_named(session, change, name)
    elif "company_id" in changed:
        try:
            company = company_queries.get_standing(session, changed["company_id"])
        except NotFound as gone:
            raise RuleBroken("no_such_company", fields=["company"]) from gone
    else:
        return None
    return company if company.id != visit.company_id else None


def _set(session: Session, visit: Visit, change: Change, values: Mapping[str, Any]) -> None:
    noted = {field: (getattr(visit, field), value) for field, value in values.items()}
    audit.note_values(session, change, "visit", visit.id, noted)
    for field, value in values.items():
        setattr(visit, field, value)


def _made_anew(
    session: Session,
    visit: Visit,
    change: Change,
    changed: Mapping[str, Any],
    company: Company | None,
) -> Visit:
    """Void a visit, and make the one that is right, with all that hung on it."""
    values = {field: value for field, value in changed.items() if field != "company_id"}
    if company is not None:
        values |= {"company_id": company.id, "municipality_id": company.municipality_id}
    right = make_anew(session, change, visit, values)
    change.subject_id = right.id
    noted = {field: (getattr(visit, field), value) for field, value in values.items()}
    audit.note_values(session, change, "visit", right.id, noted)
    if company is not None:
        _take_along(session, change, right, visit.company_id)
    for company_id in sorted({visit.company_id, right.company_id}):
        links.recount_contact(session, company_id)
    return right


def make_anew(
    session: Session, change: Change, visit: Visit, values: Mapping[str, Any] | None = None
) -> Visit:
    """Void a visit where it stands, and make a copy of it that what hung on it hangs on."""
    if not visit.is_voided:
        void(session, visit, change)
    copy = Visit(**{field: getattr(visit, field) for field in _COPIED} | dict(values or {}))
    audit.stamp(copy, change)
    session.add(copy)
    flush(session)
    links.move_links(session, change, visit.id, copy.id)
    return copy


def _take_along(session: Session, change: Change, visit: Visit, from_company: int) -> None:
    """Let what came of a visit belong to the company that it was really to.

    An idea that has gone further since keeps the company that it has by now. Those who were
    met belong to the other company, and so did not take part.
    """
    void_all(session, VisitContact, VisitContact.visit_id == visit.id, change)
    here = VisitFollowUp.visit_id == visit.id
    promised = sa.select(VisitFollowUp.follow_up_id).where(here, VisitFollowUp.known())
    for step in session.scalars(
        sa.select(FollowUp).where(FollowUp.id.in_(promised), FollowUp.company_id == from_company)
    ):
        moved = {"company_id": (step.company_id, visit.company_id)}
        audit.note_values(session, change, "follow_up", step.id, moved)
        step.company_id = visit.company_id
    came = sa.select(VisitIdea.idea_id).where(VisitIdea.visit_id == visit.id, VisitIdea.known())
    for idea in session.scalars(
        sa.select(Idea).where(Idea.id.in_(came), Idea.company_id == from_company, Idea.known())
    ):
        if idea.latest_on == idea.registered_on:
            ideas.set_values(session, idea, change, {"company_id": visit.company_id})


def _differs(session: Session, visit: Visit, took_part: TookPart | None) -> bool:
    if took_part is None:
        return False
    contacts, colleagues = queries.who_took_part(session, visit.id)
    return bool(
        any(name.strip() for name in took_part.new_contacts)
        or set(took_part.contact_ids) != {row.id for row in contacts}
        or set(took_part.colleague_ids) - {visit.visitor_id} != {row.id for row in colleagues}
    )


def _set_who_took_part(session: Session, change: Change, visit: Visit, took_part: TookPart) -> None:
    flush(session)
    contacts, colleagues = queries.who_took_part(session, visit.id)
    known = {row.id for row in contacts}
    asked = [one for one in took_part.contact_ids if one not in known]
    new = links.contacts_of(session, change, visit.company_id, asked, took_part.new_contacts)
    left = known - set(took_part.contact_ids) - set(new)
    void_all(
        session, VisitContact,
        sa.and_(VisitContact.visit_id == visit.id, VisitContact.contact_id.in_(left)), change,
    )  # fmt: skip
    with_us = {row.id for row in colleagues}
    wanted = {one for one in took_part.colleague_ids if one != visit.visitor_id}
    links.must_work_there(session, visit.region_id, wanted - with_us)
    void_all(
        session, VisitColleague,
        sa.and_(
            VisitColleague.visit_id == visit.id, VisitColleague.user_id.in_(with_us - wanted)
        ),
        change,
    )  # fmt: skip
    links.let_take_part(
        session, change, visit.id, (one for one in new if one not in known), wanted - with_us
    )


def void_visit(session: Session, actor: Actor, visit: Visit, *, reason: str) -> Change:
    """Take a visit back that was logged by mistake; it counts nowhere after that.

    What was promised and the ideas that came up stay, since they stand by themselves.
    """
    _must_be_allowed(session, actor, visit)
    if not reason.strip():
        raise RuleBroken("reason_missing", fields=["reason"])
    change = _record(session, actor, "visit.voided", visit, reason.strip())
    void(session, visit, change)
    for table, _column in links.LINKS:
        void_all(session, table, table.visit_id == visit.id, change)
    links.recount_contact(session, visit.company_id)
    flush(session)
    return change


def share_notes(session: Session, actor: Actor, visit: Visit, *, is_shared: bool) -> Change | None:
    """Let other organisations read the notes of a visit, or no longer."""
    _must_be_allowed(session, actor, visit)
    if not rules.owns_notes(actor, visit):
        raise NotAllowed("not_your_visit")
    if visit.is_shared == is_shared:
        return None
    change = _record(session, actor, "visit.shared" if is_shared else "visit.unshared", visit)
    _set(session, visit, change, {"is_shared": is_shared})
    flush(session)
    return change


def add_idea(session: Session, actor: Actor, visit: Visit, *, title: str, text: str = "") -> Idea:
    """Write down an idea that came up at a visit, after the visit was logged."""
    must(actor, Permission.IDEA_ADD, visit.region_id)
    if not title.strip():
        raise RuleBroken("title_missing", fields=["title"])
    if not rules.may_correct(actor, visit):
        raise NotAllowed("not_your_visit")
    must_stand(session, visit)
    change = audit.record(session, actor, "idea.added", kind="idea", region_id=visit.region_id)
    company = session.get_one(Company, visit.company_id)
    idea = make_idea(session, change, visit, company, title=title, text=text, owner_id=actor.id)
    change.subject_id = idea.id
    flush(session)
    return idea
