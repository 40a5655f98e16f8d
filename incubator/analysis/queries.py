"""Read what the analysis counts: the courses of ideas, where they came from, why they stopped.

The facts come as they are, in three queries whatever the size: joined over windows in SQL, SQLite
may compare every fact with every other one (docs/decisions/0020).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.analysis.history import Course, Event, states
from incubator.analysis.look import Look
from incubator.companies.models import Company
from incubator.core.access import Actor, Permission
from incubator.core.days import day_number
from incubator.core.db import AnySelect
from incubator.ideas import queries as ideas
from incubator.ideas.models import Idea, StageEvent, Status, StatusEvent
from incubator.reference.models import Municipality, Organisation
from incubator.visits.models import Visit, VisitIdea

AT_ONCE = 500  # ideas that are asked for by their numbers


def courses(session: Session, look: Look) -> Iterator[Course]:
    """Give the ideas of the places, each with its states up to the day; three queries.

    They are read side by side and built one by one: to keep tens of thousands of facts at once
    costs more than to read them.
    """
    read = session.connection()
    ideas = read.execute(
        sa.select(
            Idea.id, Idea.region_id, Idea.municipality_id,
            sa.func.coalesce(sa.cast(Idea.owner_id, sa.Text), Idea.owner_name, ""),
            day_number(Idea.registered_on), Idea.is_shared,
        )
        .where(*_here(look))
        .order_by(Idea.id)
    )  # fmt: skip
    stages = ByIdea(read.execute(_events(look, StageEvent, StageEvent.stage_id)))
    status = sa.type_coerce(StatusEvent.status, sa.Text)
    statuses = ByIdea(read.execute(_events(look, StatusEvent, status)))
    for row in ideas:
        mine = stages.of(row[0])
        course = Course(*row, states(mine, statuses.of(row[0])))
        course.reached = frozenset(int(event.value) for event in mine)
        yield course


class ByIdea:
    """Facts that come in the order of their ideas, handed out idea by idea."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = (Event(*row) for row in rows)
        self._next = next(self._rows, None)

    def of(self, idea_id: int) -> list[Event]:
        """Give the facts of an idea; ideas must be asked for in their order."""
        found = []
        while self._next is not None and self._next.idea_id <= idea_id:
            if self._next.idea_id == idea_id:
                found.append(self._next)
            self._next = next(self._rows, None)
        return found


def _here(look: Look) -> list[sa.ColumnElement[bool]]:
    found = [*look.view.within(Idea)]
    if look.is_nowhere:
        found.append(Idea.municipality_id.is_(None))
    return found


def _events(look: Look, table: type[StageEvent] | type[StatusEvent], value: Any) -> AnySelect:
    return (
        sa.select(table.idea_id, value, day_number(table.occurred_on), table.id)
        .where(look.view.standing(table), table.idea_id.in_(sa.select(Idea.id).where(*_here(look))))
        .order_by(table.idea_id, table.occurred_on, table.nth)
    )


class Origin(NamedTuple):
    """Where an idea came from."""

    idea_id: int
    is_shared: bool
    registered: int
    visit: str  # "1" when it came up at a visit
    section: str  # of its company; "ingen" without a company, "ukjent" where it is not known
    municipality: str
    organisation: str  # of the visitor


def origins(session: Session, look: Look) -> list[Origin]:
    """Give where the ideas that were registered in the span came from, in one query."""
    is_met = Visit.id.is_not(None)
    return [
        Origin(*row)
        for row in session.execute(
            sa.select(
                Idea.id, Idea.is_shared, day_number(Idea.registered_on),
                sa.case((is_met, "1"), else_="0"),
                sa.case(
                    (Idea.company_id.is_(None), "ingen"),
                    else_=sa.func.coalesce(Company.industry_section, "ukjent"),
                ),
                sa.func.coalesce(sa.cast(Idea.municipality_id, sa.Text), "ukjent"),
                sa.case(
                    (is_met, sa.func.coalesce(sa.cast(Visit.organisation_id, sa.Text), "ukjent")),
                    else_="ingen",
                ),
            )
            .outerjoin(Company, Company.id == Idea.company_id)
            .outerjoin(VisitIdea, sa.and_(VisitIdea.idea_id == Idea.id, VisitIdea.known()))
            .outerjoin(Visit, sa.and_(Visit.id == VisitIdea.visit_id, Visit.known()))
            .where(*_here(look), Idea.registered_on.between(look.span.first, look.last))
            .order_by(Idea.registered_on, Idea.id)
        )
    ]  # fmt: skip


def reasons(session: Session, look: Look) -> dict[int, str]:
    """Give the reasons of the stops in the span, by the number of the fact."""
    rows = session.execute(
        sa.select(StatusEvent.id, StatusEvent.reason)
        .where(
            StatusEvent.status == Status.STOPPED, look.view.standing(StatusEvent),
            *ideas.in_regions(StatusEvent, look.view),
            StatusEvent.occurred_on.between(look.span.first, look.last),
            StatusEvent.idea_id.in_(sa.select(Idea.id).where(*_here(look))),
        )
        .order_by(StatusEvent.id)
    )  # fmt: skip
    return {row[0]: row[1] or "" for row in rows}


def owners(session: Session, look: Look) -> dict[str, str]:
    """Give the names of the users who own ideas here, by their number as text."""
    mine = sa.select(Idea.owner_id).where(*_here(look))
    rows = session.execute(sa.select(User.id, User.name).where(User.id.in_(mine)))
    return {str(row[0]): row[1] for row in rows}


def names(
    session: Session, table: type[Municipality] | type[Organisation], keys: Sequence[str]
) -> dict[str, str]:
    """Give the names of municipalities or organisations by their number as text."""
    wanted = [int(key) for key in keys if key.isdecimal()]
    rows = session.execute(sa.select(table.id, table.name).where(table.id.in_(wanted)))
    return {str(row[0]): row[1] for row in rows}


class Named(NamedTuple):
    """What a list says of an idea."""

    id: int
    title: str
    company: str | None
    municipality: str | None


def named(session: Session, viewer: Actor, look: Look, ids: Sequence[int]) -> dict[int, Named]:
    """Give the names of ideas that the viewer may read: one query, of these or of all here."""
    which = Idea.id.in_(ids) if len(ids) <= AT_ONCE else sa.and_(*_here(look))
    company = Company.name if viewer.may(Permission.COMPANY_SEE) else sa.null()
    query: AnySelect = (
        sa.select(Idea.id, Idea.title, company, Municipality.name)
        .outerjoin(Company, Company.id == Idea.company_id)
        .outerjoin(Municipality, Municipality.id == Idea.municipality_id)
        .where(which, ideas.may_see(viewer))
    )
    return {row[0]: Named(*row) for row in session.execute(query)}
