"""Read ideas, companies, visits and applications as the API tells them, by rising number.

Who may see what is said by the rooms themselves, as for their pages.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.companies.models import Company
from incubator.core.access import Actor, Permission
from incubator.core.db import AnyRow, AnySelect
from incubator.core.errors import NotFound
from incubator.funding.models import Application, Instrument
from incubator.funding.queries.facts import paid_of, told_of
from incubator.ideas.models import Idea, Stage, Status
from incubator.ideas.queries import may_see, standing
from incubator.reference.models import Municipality, Organisation
from incubator.visits.models import Visit, VisitIdea
from incubator.visits.queries import if_read, notes_are_read


@dataclass(frozen=True)
class Asked:
    """Where a page begins, how long it is, and what it is narrowed to."""

    after: int = 0
    limit: int = 50
    region_id: int | None = None
    stage: str | None = None
    status: Status | None = None


class Records(NamedTuple):
    """Some records, whether there are more, and how many the viewer may not read."""

    rows: list[dict[str, Any]]
    has_more: bool
    withheld: int | None = None


def _read(session: Session, query: AnySelect, key: Any, asked: Asked) -> Records:
    page = query.where(key > asked.after).order_by(key).limit(asked.limit + 1)
    rows = [_told(row) for row in session.execute(page)]
    return Records(rows[: asked.limit], len(rows) > asked.limit)


def _one(session: Session, query: AnySelect, code: str) -> dict[str, Any]:
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound(code)
    return _told(row)


def _told(row: AnyRow) -> dict[str, Any]:
    return dict(row._mapping)


def _ideas(viewer: Actor) -> AnySelect:
    sees_text = viewer.may(Permission.IDEA_SEE)
    number = Idea.company_id if viewer.may(Permission.COMPANY_SEE) else sa.null()
    step = (Idea.next_step, Idea.next_step_on) if sees_text else (sa.null(), sa.null())
    return (
        sa.select(
            Idea.id, Idea.region_id, Idea.title, Idea.problem, Idea.description,
            number.label("company_id"), Company.name.label("company"),
            Idea.municipality_id, Municipality.name.label("municipality"), Idea.owner_id,
            sa.func.coalesce(User.name, Idea.owner_name).label("owner"), Idea.registered_on,
            Stage.key.label("stage"), Idea.stage_on, Idea.status, Idea.status_on, Idea.is_shared,
            step[0].label("next_step"), step[1].label("next_step_on"), Idea.deadline_on,
            Idea.archived_on, Idea.last_change_id.label("change_id"),
        )
        .join(Stage, Stage.id == Idea.stage_id)
        .outerjoin(Company, Company.id == Idea.company_id)
        .outerjoin(Municipality, Municipality.id == Idea.municipality_id)
        .outerjoin(User, User.id == Idea.owner_id)
    )  # fmt: skip


def _narrowing(asked: Asked) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if asked.region_id is not None:
        found.append(Idea.region_id == asked.region_id)
    if asked.status is not None:
        found.append(Idea.status == asked.status)
    if asked.stage is not None:
        found.append(Idea.stage_id.in_(sa.select(Stage.id).where(Stage.key == asked.stage)))
    return found


def list_ideas(session: Session, viewer: Actor, asked: Asked) -> Records:
    """List the ideas that the viewer may read, and count the others of the viewer's regions."""
    narrowed = _narrowing(asked)
    found = _read(session, _ideas(viewer).where(may_see(viewer), *narrowed), Idea.id, asked)
    withheld = 0
    if not viewer.may(Permission.IDEA_SEE):
        hidden = sa.select(sa.func.count(Idea.id)).where(
            standing(), viewer.in_regions(Idea.region_id), ~Idea.is_shared, *narrowed
        )
        withheld = session.scalar(hidden) or 0
    return found._replace(withheld=withheld)


def get_idea(session: Session, viewer: Actor, idea_id: int) -> dict[str, Any]:
    """Give an idea that the viewer may read. Raises NotFound."""
    query = _ideas(viewer).where(may_see(viewer), Idea.id == idea_id)
    return _one(session, query, "no_such_idea")


_COMPANIES = (
    sa.select(
        Company.id, Company.name, Company.orgnr, Company.municipality_id,
        Municipality.name.label("municipality"), Company.industry_code, Company.industry_section,
        Company.founded_on, Company.employees, Company.last_contact_on,
    )
    .outerjoin(Municipality, Municipality.id == Company.municipality_id)
    .where(Company.known())
)  # fmt: skip


def list_companies(session: Session, asked: Asked) -> Records:
    """List companies: they are shared by all organisations."""
    return _read(session, _COMPANIES, Company.id, asked)


def get_company(session: Session, company_id: int) -> dict[str, Any]:
    """Give a company. Raises NotFound."""
    return _one(session, _COMPANIES.where(Company.id == company_id), "no_such_company")


def _visits(viewer: Actor) -> AnySelect:
    return (
        sa.select(
            Visit.id, Visit.region_id, Visit.occurred_on, Visit.kind, Visit.company_id,
            Company.name.label("company"), Visit.municipality_id,
            Municipality.name.label("municipality"), Visit.visitor_id,
            sa.func.coalesce(User.name, Visit.visitor_name).label("visitor"),
            Organisation.name.label("organisation"), if_read(viewer, Visit.about).label("about"),
            if_read(viewer, Visit.needs).label("needs"), Visit.is_shared,
            sa.func.coalesce(notes_are_read(viewer), sa.false()).label("has_notes"),
        )
        .join(Company, Company.id == Visit.company_id)
        .outerjoin(Municipality, Municipality.id == Visit.municipality_id)
        .outerjoin(User, User.id == Visit.visitor_id)
        .outerjoin(Organisation, Organisation.id == Visit.organisation_id)
        .where(Visit.known(), viewer.in_regions(Visit.region_id))
    )  # fmt: skip


def _with_ideas(session: Session, visits: list[dict[str, Any]]) -> None:
    """Add to visits the numbers of the ideas that came of them."""
    found: dict[int, list[int]] = {visit["id"]: [] for visit in visits}
    query = (
        sa.select(VisitIdea.visit_id, VisitIdea.idea_id)
        .join(Idea, Idea.id == VisitIdea.idea_id)
        .where(VisitIdea.visit_id.in_(found), VisitIdea.known(), Idea.known())
        .order_by(VisitIdea.id)
    )
    for visit_id, idea_id in session.execute(query):
        found[visit_id].append(idea_id)
    for visit in visits:
        visit["idea_ids"] = found[visit["id"]]


def list_visits(session: Session, viewer: Actor, asked: Asked) -> Records:
    """List the visits of the viewer's regions; notes are empty where they may not be read."""
    query = _visits(viewer)
    if asked.region_id is not None:
        query = query.where(Visit.region_id == asked.region_id)
    found = _read(session, query, Visit.id, asked)
    _with_ideas(session, found.rows)
    return found


def get_visit(session: Session, viewer: Actor, visit_id: int) -> dict[str, Any]:
    """Give a visit of the viewer's regions. Raises NotFound."""
    found = _one(session, _visits(viewer).where(Visit.id == visit_id), "no_such_visit")
    _with_ideas(session, [found])
    return found


def _applications(viewer: Actor, picked: AnySelect) -> AnySelect:
    events, payments = told_of(picked), paid_of(picked)
    return (
        sa.select(
            Application.id, Application.region_id, Idea.id.label("idea_id"),
            sa.func.coalesce(Idea.title, Application.title).label("title"),
            Application.company_id, Company.name.label("company"), Application.municipality_id,
            Application.instrument_id, Instrument.name.label("instrument"), Application.status,
            events.c.latest_on.label("status_on"), events.c.sent_on, Application.deadline_on,
            Application.planned_on, Application.report_due_on, Application.sought_nok,
            events.c.granted_nok, payments.c.paid_nok, payments.c.returned_nok,
            Application.reference,
        )
        .outerjoin(Idea, sa.and_(Idea.id == Application.idea_id, Idea.known()))
        .outerjoin(Company, Company.id == Application.company_id)
        .outerjoin(Instrument, Instrument.id == Application.instrument_id)
        .outerjoin(events, events.c.application_id == Application.id)
        .outerjoin(payments, payments.c.application_id == Application.id)
        .where(Application.id.in_(picked))
        .order_by(Application.id)
    )  # fmt: skip


def _seen_applications(viewer: Actor) -> AnySelect:
    return sa.select(Application.id).where(
        Application.known(), viewer.in_regions(Application.region_id)
    )


def list_applications(session: Session, viewer: Actor, asked: Asked) -> Records:
    """List the applications of the viewer's regions with what was decided and paid."""
    query = _seen_applications(viewer).where(Application.id > asked.after)
    if asked.region_id is not None:
        query = query.where(Application.region_id == asked.region_id)
    ids = list(session.scalars(query.order_by(Application.id).limit(asked.limit + 1)))
    picked = sa.select(Application.id).where(Application.id.in_(ids[: asked.limit]))
    rows = [_told(row) for row in session.execute(_applications(viewer, picked))]
    return Records(rows, len(ids) > asked.limit)


def get_application(session: Session, viewer: Actor, application_id: int) -> dict[str, Any]:
    """Give an application of the viewer's regions. Raises NotFound."""
    picked = _seen_applications(viewer).where(Application.id == application_id)
    return _one(session, _applications(viewer, picked), "no_such_application")
