"""Read what the list of companies and the page of one show, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.audit.models import Change
from incubator.companies import queries as companies
from incubator.companies.models import Company, CompanyMerge, Contact
from incubator.companies.queries import PAGE, Alike
from incubator.companies.rules import INDUSTRY_SECTIONS, dialled
from incubator.core.access import Actor
from incubator.core.db import AnyRow, AnySelect
from incubator.core.texts import company_key, fold
from incubator.followups.models import FollowUp
from incubator.ideas.models import Idea, Stage, Status
from incubator.ideas.queries import may_see
from incubator.incubation.models import Incubation
from incubator.pipeline.merging import BELONGINGS
from incubator.reference.models import Municipality, Region

NEVER = "aldri"
INDUSTRY = "industri"  # all of the sections that count as industry
NEXT_STEPS = 5
OPEN_IDEAS = 10
FIRST_CONTACTS = 3


class Order(StrEnum):
    """How the list is sorted; the words stand in addresses."""

    NAME = "navn"
    LONGEST_AGO = "lengst-siden"
    LATEST = "siste-kontakt"


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to; all of it stands in the address."""

    text: str = ""
    municipality_id: int | None = None
    section: str = ""
    untouched_days: int | None = None
    is_untouched: bool = False  # never visited, called or met
    is_incubated: bool | None = None
    has_open_ideas: bool = False
    is_mine: bool = False

    def __bool__(self) -> bool:
        return self != Filter()


@dataclass(frozen=True)
class Listed:
    """A page of the list, and how many there are in all."""

    rows: Sequence[AnyRow]
    total: int


def list_companies(
    session: Session,
    viewer: Actor,
    narrowed: Filter,
    today: date,
    *,
    order: Order = Order.NAME,
    offset: int = 0,
    limit: int = PAGE,
) -> Listed:
    """List companies, with what the viewer's regions have to do with them; two queries."""
    conditions = [Company.known(), *_conditions(viewer, narrowed, today)]
    total = session.scalar(sa.select(sa.func.count(Company.id)).where(*conditions)) or 0
    picked = (
        sa.select(Company.id)
        .where(*conditions)
        .order_by(*_ordered(order))
        .offset(offset)
        .limit(limit)
        .subquery()
    )
    open_ideas = (
        sa.select(sa.func.count(Idea.id))
        .where(*_open_of_company(viewer))
        .correlate(Company)
        .scalar_subquery()
    )
    query = (
        sa.select(
            Company.id, Company.name, Company.orgnr, Company.employees,
            Company.last_contact_on, Company.industry_section, Company.industry_code,
            Company.founded_on,
            Municipality.name.label("municipality"), open_ideas.label("open_ideas"),
            _runs(viewer).label("is_incubated"),
        )
        .join(picked, picked.c.id == Company.id)
        .outerjoin(Municipality, Municipality.id == Company.municipality_id)
        .order_by(*_ordered(order))
    )  # fmt: skip
    return Listed(session.execute(query).all(), total)


def list_people(
    session: Session, viewer: Actor, narrowed: Filter, today: date, *, limit: int
) -> Sequence[AnyRow]:
    """List the contacts at the companies that the list shows, by company and name."""
    query = (
        sa.select(
            Company.name.label("company"), Company.orgnr, Contact.name, Contact.title,
            Contact.telephone, Contact.email,
        )
        .join(Contact, Contact.company_id == Company.id)
        .where(Company.known(), Contact.known(), *_conditions(viewer, narrowed, today))
        .order_by(Company.sort_key, Company.id, Contact.sort_key, Contact.id)
        .limit(limit)
    )  # fmt: skip
    return session.execute(query).all()


def _ordered(order: Order) -> tuple[Any, ...]:
    day, name = Company.last_contact_on, (Company.sort_key, Company.id)
    if order == Order.LONGEST_AGO:
        return (day.isnot(None), day, *name)
    if order == Order.LATEST:
        return (day.is_(None), day.desc(), *name)
    return name


def _open_of_company(viewer: Actor) -> tuple[sa.ColumnElement[bool], ...]:
    return (Idea.company_id == Company.id, Idea.status == Status.OPEN, may_see(viewer))


def _runs(viewer: Actor) -> sa.ColumnElement[bool]:
    """Say in SQL that a company is in the incubator of one of the viewer's regions."""
    return sa.exists().where(
        Incubation.company_id == Company.id, Incubation.left_on.is_(None), Incubation.known(),
        viewer.in_regions(Incubation.region_id),
    )  # fmt: skip


def _conditions(viewer: Actor, narrowed: Filter, today: date) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if narrowed.text.strip():
        found.append(_named(narrowed.text))
    if narrowed.municipality_id:
        found.append(Company.municipality_id == narrowed.municipality_id)
    if narrowed.section == INDUSTRY:
        found.append(Company.industry_section.in_(sorted(INDUSTRY_SECTIONS)))
    elif narrowed.section:
        found.append(Company.industry_section == narrowed.section)
    if narrowed.is_untouched:
        found.append(Company.last_contact_on.is_(None))
    elif narrowed.untouched_days is not None:
        before = today - timedelta(days=narrowed.untouched_days)
        day = Company.last_contact_on
        found.append(sa.or_(day.is_(None), day < before))
    if narrowed.is_incubated is not None:
        found.append(_runs(viewer) if narrowed.is_incubated else ~_runs(viewer))
    if narrowed.has_open_ideas:
        found.append(sa.exists().where(*_open_of_company(viewer)))
    if narrowed.is_mine:
        mine = (Idea.company_id == Company.id, Idea.owner_id == viewer.id, may_see(viewer))
        found.append(sa.exists().where(*mine))
    return found


def _named(text: str) -> sa.ColumnElement[bool]:
    """Say in SQL that a company is called so, or that its organisation number begins so."""
    key = company_key(text) or fold(text)
    called = Company.match_key.contains(key, autoescape=True)
    digits = "".join(text.split())
    if digits.isascii() and digits.isdigit():
        return sa.or_(called, Company.orgnr.startswith(digits, autoescape=True))
    return called


def municipality_of(session: Session, company: Company) -> str | None:
    """Give the name of the municipality that a company lies in."""
    known = session.get(Municipality, company.municipality_id or 0)
    return known.name if known else None


@dataclass(frozen=True)
class Overview:
    """What the first tab of a company shows."""

    municipality: str | None
    next_steps: Sequence[AnyRow]
    ideas: Sequence[AnyRow]
    open_ideas: int
    incubations: Sequence[AnyRow]
    contacts: Sequence[tuple[Contact, str | None]]  # with what a telephone dials
    alike: Sequence[Alike]
    merged: Sequence[AnyRow]


def overview(session: Session, viewer: Actor, company: Company) -> Overview:
    """Gather what the first tab of a company shows."""
    ideas = session.execute(_ideas_of(viewer, company.id)).all()
    contacts = companies.list_contacts(session, company.id)
    return Overview(
        municipality=municipality_of(session, company),
        next_steps=session.execute(_steps_of(viewer, company.id)).all(),
        ideas=ideas,
        open_ideas=ideas[0].total if ideas else 0,
        incubations=session.execute(_incubations_of(viewer, company.id)).all(),
        contacts=[(one, dialled(one.telephone or "")) for one in contacts[:FIRST_CONTACTS]],
        alike=companies.list_alike(session, company.name, orgnr=company.orgnr, but_not=company.id),
        merged=list_merged(session, company.id),
    )


def _ideas_of(viewer: Actor, company_id: int) -> AnySelect:
    return (
        sa.select(
            Idea.id, Idea.title, Stage.id.label("stage_id"), Idea.stage_on,
            sa.func.coalesce(User.name, Idea.owner_name).label("owner"),
            sa.func.count().over().label("total"),
        )
        .join(Stage, Stage.id == Idea.stage_id)
        .outerjoin(User, User.id == Idea.owner_id)
        .where(Idea.company_id == company_id, Idea.status == Status.OPEN, may_see(viewer))
        .order_by(Stage.nth.desc(), Idea.stage_on.desc(), Idea.id.desc())
        .limit(OPEN_IDEAS)
    )  # fmt: skip


def _steps_of(viewer: Actor, company_id: int) -> AnySelect:
    """Pick the next open promises to a company, and on its ideas that the viewer may read."""
    on_idea = sa.exists().where(Idea.id == FollowUp.idea_id, may_see(viewer))
    return (
        sa.select(
            FollowUp.id, FollowUp.what, FollowUp.due_on, FollowUp.idea_id,
            User.name.label("who"),
        )
        .outerjoin(User, User.id == FollowUp.responsible_id)
        .where(
            FollowUp.company_id == company_id, FollowUp.done_on.is_(None), FollowUp.known(),
            viewer.in_regions(FollowUp.region_id), sa.or_(FollowUp.idea_id.is_(None), on_idea),
        )
        .order_by(FollowUp.due_on.is_(None), FollowUp.due_on, FollowUp.id)
        .limit(NEXT_STEPS)
    )  # fmt: skip


def _incubations_of(viewer: Actor, company_id: int) -> AnySelect:
    return (
        sa.select(
            Incubation.occurred_on, Incubation.left_on, Incubation.phase,
            Region.name.label("region"),
        )
        .join(Region, Region.id == Incubation.region_id)
        .where(
            Incubation.company_id == company_id, Incubation.known(),
            viewer.in_regions(Incubation.region_id),
        )
        .order_by(Incubation.left_on.isnot(None), Incubation.occurred_on.desc(), Incubation.id)
        .limit(10)
    )  # fmt: skip


def list_merged(session: Session, company_id: int) -> Sequence[AnyRow]:
    """List the duplicates that a company was merged with, the latest first."""
    return session.execute(
        sa.select(
            Company.name, Company.orgnr, CompanyMerge.recorded_at, User.name.label("who"),
            CompanyMerge.change_id, CompanyMerge.recorded_by_id, Change.subject_id,
        )
        .join(Company, Company.id == CompanyMerge.company_id)
        .join(Change, Change.id == CompanyMerge.change_id)
        .outerjoin(User, User.id == CompanyMerge.recorded_by_id)
        .where(CompanyMerge.into_id == company_id, CompanyMerge.known())
        .order_by(CompanyMerge.id.desc())
        .limit(10)
    ).all()  # fmt: skip


def count_belongings(session: Session, *company_ids: int) -> dict[int, dict[str, int]]:
    """Count what belongs to companies, by kind, in one query."""
    parts = [
        sa.select(sa.literal(one.kind), one.column, sa.func.count())
        .where(one.column.in_(company_ids), one.table.known())
        .group_by(one.column)
        for one in BELONGINGS
    ]
    found: dict[int, dict[str, int]] = {company_id: {} for company_id in company_ids}
    for kind, company_id, number in session.execute(sa.union_all(*parts)):
        found[company_id][kind] = number
    return found
