"""Read many visits: the list with its filters, and the visits of a company."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.companies.models import Company, Contact
from incubator.core.access import Actor
from incubator.core.db import AnySelect
from incubator.core.texts import company_key, fold
from incubator.ideas.models import Idea
from incubator.reference.models import Municipality, Organisation
from incubator.visits.models import Visit, VisitColleague, VisitContact, VisitIdea, VisitKind
from incubator.visits.queries.notes import if_read, notes_are_read

PAGE = 50
MOST_EXPORTED = 10_000  # some seconds of writing


class Whose(StrEnum):
    ALL = "alle"
    MINE = "mine"
    ORGANISATION = "organisasjon"


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to."""

    whose: Whose = Whose.ALL
    kind: VisitKind | None = None
    company_id: int | None = None
    municipality_id: int | None = None
    first: date | None = None
    last: date | None = None
    text: str = ""

    @property
    def is_set(self) -> bool:
        return self != NOTHING


NOTHING = Filter()


@dataclass(frozen=True)
class Edge:
    """The visit beside which a page begins: the older ones after it, or the newer before."""

    day: date
    id: int
    is_newer: bool = False


class Row(NamedTuple):
    """A visit as lists show it; the notes are empty where the viewer may not read them."""

    id: int
    occurred_on: date
    kind: VisitKind
    company_id: int
    company: str
    municipality: str | None
    visitor_id: int | None
    visitor: str | None
    organisation: str | None
    about: str | None
    needs: str | None
    is_shared: bool
    is_read: bool


@dataclass(frozen=True)
class Page:
    """Some visits, and whether there are newer and older ones."""

    rows: Sequence[Row]
    has_newer: bool
    has_older: bool


def _columns(viewer: Actor) -> tuple[Any, ...]:
    return (
        Visit.id, Visit.occurred_on, Visit.kind, Visit.company_id, Company.name,
        Municipality.name, Visit.visitor_id, sa.func.coalesce(User.name, Visit.visitor_name),
        Organisation.name, if_read(viewer, Visit.about), if_read(viewer, Visit.needs),
        Visit.is_shared, notes_are_read(viewer),
    )  # fmt: skip


def _named(viewer: Actor, *more: Any) -> AnySelect:
    return (
        sa.select(*_columns(viewer), *more)
        .select_from(Visit)
        .join(Company, Company.id == Visit.company_id)
        .outerjoin(Municipality, Municipality.id == Visit.municipality_id)
        .outerjoin(User, User.id == Visit.visitor_id)
        .outerjoin(Organisation, Organisation.id == Visit.organisation_id)
    )


def _where(viewer: Actor, region_id: int, narrowed: Filter) -> list[sa.ColumnElement[bool]]:
    found = [Visit.known(), Visit.region_id == region_id, viewer.in_regions(Visit.region_id)]
    if narrowed.whose == Whose.MINE:
        found.append(Visit.visitor_id == viewer.id)
    if narrowed.whose == Whose.ORGANISATION:
        found.append(Visit.organisation_id == viewer.organisation_id)
    asked = (
        (Visit.kind, narrowed.kind),
        (Visit.company_id, narrowed.company_id),
        (Visit.municipality_id, narrowed.municipality_id),
    )
    found += [column == value for column, value in asked if value is not None]
    if narrowed.first is not None:
        found.append(Visit.occurred_on >= narrowed.first)
    if narrowed.last is not None:
        found.append(Visit.occurred_on <= narrowed.last)
    if narrowed.text.strip():
        found.append(Visit.company_id.in_(_companies_named(narrowed.text)))
    return found


def _companies_named(text: str) -> AnySelect:
    key = company_key(text) or fold(text)
    return sa.select(Company.id).where(Company.match_key.contains(key, autoescape=True))


def list_visits(
    session: Session, viewer: Actor, region_id: int, narrowed: Filter, edge: Edge | None = None
) -> Page:
    """List the visits of a region, the latest first, a page at a time."""
    return _page(session, _named(viewer).where(*_where(viewer, region_id, narrowed)), edge)


def list_for_company(
    session: Session, viewer: Actor, company_id: int, edge: Edge | None = None
) -> Page:
    """List the visits to a company in the viewer's regions, the latest first."""
    return _page(session, _named(viewer).where(*_at(viewer, company_id)), edge)


def _page(session: Session, query: AnySelect, edge: Edge | None) -> Page:
    """Read a page from an edge on, and one more, which tells whether it goes on."""
    is_newer = edge is not None and edge.is_newer
    order = (Visit.occurred_on, Visit.id)
    if edge is not None:
        here, place = sa.tuple_(*order), sa.tuple_(sa.literal(edge.day), sa.literal(edge.id))
        query = query.where(here > place if is_newer else here < place)
    ordered = query.order_by(*(order if is_newer else (column.desc() for column in order)))
    rows = [Row(*row) for row in session.execute(ordered.limit(PAGE + 1))]
    has_more, rows = len(rows) > PAGE, rows[:PAGE]
    if is_newer:
        return Page(rows[::-1], has_newer=has_more, has_older=True)
    return Page(rows, has_newer=edge is not None, has_older=has_more)


def count_visits(session: Session, viewer: Actor, region_id: int, narrowed: Filter) -> int:
    """Count the visits of a list as a whole."""
    query = sa.select(sa.func.count(Visit.id)).where(*_where(viewer, region_id, narrowed))
    return session.scalar(query) or 0


def count_for_company(session: Session, viewer: Actor, company_id: int) -> int:
    """Count the visits to a company in the viewer's regions."""
    query = sa.select(sa.func.count(Visit.id)).where(*_at(viewer, company_id))
    return session.scalar(query) or 0


def _at(viewer: Actor, company_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (Visit.known(), Visit.company_id == company_id, viewer.in_regions(Visit.region_id))


def ideas_of(session: Session, rows: Sequence[Row]) -> dict[int, list[tuple[int, str]]]:
    """Give the ideas that came of some visits, as id and title."""
    query = (
        sa.select(VisitIdea.visit_id, Idea.id, Idea.title)
        .join(Idea, Idea.id == VisitIdea.idea_id)
        .where(VisitIdea.visit_id.in_([row.id for row in rows]), VisitIdea.known(), Idea.known())
        .order_by(VisitIdea.id)
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for visit_id, idea_id, title in session.execute(query):
        found.setdefault(visit_id, []).append((idea_id, title))
    return found


class Exported(NamedTuple):
    """A visit as a line of a spreadsheet."""

    row: Row
    orgnr: str | None
    contacts: str
    colleagues: str
    ideas: str


def list_to_export(
    session: Session, viewer: Actor, region_id: int, narrowed: Filter
) -> list[Exported]:
    """List all visits of a list with who took part and what came of them, the latest first."""
    where = _where(viewer, region_id, narrowed)
    order = (Visit.occurred_on.desc(), Visit.id.desc())
    rows = session.execute(
        _named(viewer, Company.orgnr).where(*where).order_by(*order).limit(MOST_EXPORTED)
    ).all()
    picked = sa.select(Visit.id).where(*where)
    read = picked.where(notes_are_read(viewer))
    contacts = _joined(session, VisitContact, Contact.name, Contact, "contact_id", read)
    colleagues = _joined(session, VisitColleague, User.name, User, "user_id", picked)
    ideas = _joined(session, VisitIdea, Idea.title, Idea, "idea_id", picked, Idea.known())
    return [
        Exported(
            Row(*row[:-1]), row[-1], contacts.get(row[0], ""), colleagues.get(row[0], ""),
            ideas.get(row[0], ""),
        )
        for row in rows
    ]  # fmt: skip


def _joined(
    session: Session,
    link: type[Any],
    name: Any,
    target: type[Any],
    column: str,
    visits: AnySelect,
    *more: sa.ColumnElement[bool],
) -> dict[int, str]:
    """Give the names of what hangs on some visits, each visit's in one text."""
    query = (
        sa.select(link.visit_id, name)
        .join(target, target.id == getattr(link, column))
        .where(link.visit_id.in_(visits), link.known(), *more)
        .order_by(link.id)
    )
    found: dict[int, list[str]] = {}
    for visit_id, text in session.execute(query):
        found.setdefault(visit_id, []).append(text)
    return {visit_id: ", ".join(names) for visit_id, names in found.items()}
