"""The list of a region's applications, by what they ask of us, with its sums."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.companies.models import Company
from incubator.core.access import Actor
from incubator.core.db import AnySelect
from incubator.core.texts import fold
from incubator.funding.models import Application, ApplicationStatus, Instrument
from incubator.funding.queries.facts import paid_of, told_of
from incubator.funding.rules import CLOSED, GOING, NEAR, NEXT, WAITING, Group
from incubator.ideas.models import Idea

PAGE = 50
MOST_EXPORTED = 20_000
GROUPS = tuple(Group)
_day = sa.func.coalesce(Application.deadline_on, Application.planned_on)
_owner_id = sa.func.coalesce(Application.owner_id, Idea.owner_id)


@dataclass(frozen=True)
class Filter:
    """What a list of applications is narrowed to."""

    group: Group | None = None
    status: ApplicationStatus | None = None
    instrument_id: int | None = None
    owner_id: int | None = None
    year: int | None = None
    text: str = ""


class Listed(NamedTuple):
    """An application in the list."""

    id: int
    rank: int
    what: str | None
    idea_id: int | None
    company: str | None
    company_id: int | None
    instrument: str | None
    status: ApplicationStatus
    status_on: date
    deadline_on: date | None
    planned_on: date | None
    report_due_on: date | None
    sent_on: date | None
    sought_nok: int | None
    granted_nok: int | None
    paid_nok: int | None
    returned_nok: int | None
    owner: str | None
    reference: str | None

    @property
    def group(self) -> Group:
        return GROUPS[self.rank]

    @property
    def day(self) -> date | None:
        return self.deadline_on or self.planned_on


class Sums(NamedTuple):
    """How many applications there are, and their money."""

    number: int = 0
    sought: int = 0
    granted: int = 0
    paid: int = 0
    returned: int = 0


def _rank(today: date) -> sa.ColumnElement[int]:
    """Say in SQL in which group an application stands on a day."""
    status = Application.status
    is_draft = status == ApplicationStatus.DRAFT
    order: list[tuple[Any, Group]] = [
        (sa.and_(is_draft, _day < today), Group.OVERDUE),
        (sa.and_(is_draft, _day <= today + NEAR), Group.NEAR),
        (sa.and_(is_draft, _day <= today + NEXT), Group.NEXT),
        (is_draft, Group.LATER),
        (status.in_(WAITING), Group.WAITING),
        (status.in_(GOING), Group.GOING),
        (status.in_(CLOSED), Group.CLOSED),
    ]
    whens = [(when, GROUPS.index(group)) for when, group in order]
    return sa.case(*whens, else_=GROUPS.index(Group.REPORTED))


def _listed(viewer: Actor, region_id: int, narrowed: Filter, today: date) -> sa.Subquery:
    """Build the rows of the list: what the viewer may see of a region, narrowed."""
    here = (
        Application.known(), Application.region_id == region_id,
        viewer.in_regions(Application.region_id),
    )  # fmt: skip
    ids = sa.select(Application.id).where(*here)
    events, payments = told_of(ids), paid_of(ids)
    since = sa.func.coalesce(events.c.sent_on, _day, events.c.begun_on)
    columns = (
        Application.id, _rank(today).label("rank"),
        sa.func.coalesce(Idea.title, Application.title).label("what"), Application.idea_id,
        Company.name.label("company"), Company.id.label("company_id"),
        Instrument.name.label("instrument"), Application.status,
        events.c.latest_on.label("status_on"), Application.deadline_on, Application.planned_on,
        Application.report_due_on, events.c.sent_on, Application.sought_nok,
        events.c.granted_nok, payments.c.paid_nok, payments.c.returned_nok,
        User.name.label("owner"), Application.reference,
    )  # fmt: skip
    query: AnySelect = (
        sa.select(*columns, _owner_id.label("owner_id"), sa.extract("year", since).label("year"))
        .select_from(Application)
        .join(events, events.c.application_id == Application.id)
        .outerjoin(payments, payments.c.application_id == Application.id)
        .outerjoin(Idea, sa.and_(Idea.id == Application.idea_id, Idea.known()))
        .outerjoin(Company, Company.id == Application.company_id)
        .outerjoin(Instrument, Instrument.id == Application.instrument_id)
        .outerjoin(User, User.id == _owner_id)
        .where(*here, *_narrowing(narrowed, since))
    )
    rows = query.subquery()
    if narrowed.group is None:
        return rows
    is_there = rows.c.rank == GROUPS.index(narrowed.group)
    return sa.select(rows).where(is_there).subquery()


def _narrowing(narrowed: Filter, since: Any) -> list[sa.ColumnElement[bool]]:
    wanted = []
    if narrowed.status is not None:
        wanted.append(Application.status == narrowed.status)
    if narrowed.instrument_id is not None:
        wanted.append(Application.instrument_id == narrowed.instrument_id)
    if narrowed.owner_id is not None:
        wanted.append(_owner_id == narrowed.owner_id)
    if narrowed.year is not None:
        first, last = date(narrowed.year, 1, 1), date(narrowed.year, 12, 31)
        wanted.append(since.between(first, last))
    if key := fold(narrowed.text):
        wanted.append(Company.match_key.contains(key, autoescape=True))
    return wanted


def list_applications(
    session: Session,
    viewer: Actor,
    region_id: int,
    narrowed: Filter,
    today: date,
    *,
    offset: int = 0,
    limit: int = PAGE,
) -> Sequence[Listed]:
    """List applications by what they ask of us; within that by the day that counts there."""
    rows = _listed(viewer, region_id, narrowed, today)
    is_draft = rows.c.rank <= GROUPS.index(Group.LATER)
    ahead = sa.case(
        (is_draft, sa.func.coalesce(rows.c.deadline_on, rows.c.planned_on)),
        (rows.c.rank == GROUPS.index(Group.WAITING), rows.c.sent_on),
        (rows.c.rank == GROUPS.index(Group.GOING), rows.c.report_due_on),
        else_=None,
    )
    order = (rows.c.rank, ahead.is_(None), ahead, rows.c.status_on.desc(), rows.c.id.desc())
    shown = [rows.c[name] for name in Listed._fields]
    query = sa.select(*shown).order_by(*order).offset(offset).limit(limit)
    return [Listed(*row) for row in session.execute(query)]


def sums_by_group(
    session: Session, viewer: Actor, region_id: int, narrowed: Filter, today: date
) -> dict[Group, Sums]:
    """Count and add up the applications of each group, as the filter narrows them otherwise."""
    rows = _listed(viewer, region_id, replace(narrowed, group=None), today)
    amounts = (rows.c.sought_nok, rows.c.granted_nok, rows.c.paid_nok, rows.c.returned_nok)
    totals = [sa.cast(sa.func.coalesce(sa.func.sum(one), 0), sa.BigInteger) for one in amounts]
    query = sa.select(rows.c.rank, sa.func.count(), *totals).group_by(rows.c.rank)
    return {GROUPS[rank]: Sums(*numbers) for rank, *numbers in session.execute(query)}


def years_of_applications(
    session: Session, viewer: Actor, region_id: int, today: date
) -> list[int]:
    """List the years that the list can be narrowed to, the latest first."""
    rows = _listed(viewer, region_id, Filter(), today)
    found = session.scalars(sa.select(rows.c.year).distinct())
    return sorted({int(year) for year in found if year is not None}, reverse=True)


def owners_of_applications(
    session: Session, viewer: Actor, region_id: int, today: date
) -> list[tuple[int, str]]:
    """List who owns applications of a region, by name."""
    rows = _listed(viewer, region_id, Filter(), today)
    query = (
        sa.select(User.id, User.name)
        .where(User.id.in_(sa.select(rows.c.owner_id)))
        .order_by(User.sort_key, User.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]
