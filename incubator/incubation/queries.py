"""Read incubations."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.companies.models import Company
from incubator.core.access import Actor
from incubator.core.db import AnySelect
from incubator.core.errors import NotFound
from incubator.core.scope import View
from incubator.ideas.models import Idea, Status
from incubator.incubation.models import Incubation, IncubationEnd, IncubationIdea

PAGE = 50


def running_of(session: Session, company_id: int) -> Incubation | None:
    """Give the running incubation of a company, if it has one."""
    return session.scalar(
        sa.select(Incubation).where(
            Incubation.company_id == company_id, Incubation.left_on.is_(None), Incubation.known()
        )
    )


def running_among(session: Session, company_ids: Collection[int | None]) -> dict[int, Incubation]:
    """Give the running incubations of companies, by company."""
    found = session.scalars(
        sa.select(Incubation).where(
            Incubation.company_id.in_(company_ids), Incubation.left_on.is_(None), Incubation.known()
        )
    )
    return {one.company_id: one for one in found}


def admissions(view: View) -> AnySelect:
    """Build the rows of `incubator_admissions`: incubations by the day of admission."""
    return sa.select(
        Incubation.id,
        Incubation.occurred_on.label("day"),
        Incubation.region_id,
        Incubation.municipality_id,
    ).where(view.standing(Incubation), *view.within(Incubation))


def running_on(view: View) -> AnySelect:
    """Build the rows of `incubator_active`: incubations running when the day ended."""
    ended = sa.exists().where(
        IncubationEnd.incubation_id == Incubation.id, view.standing(IncubationEnd)
    )
    return admissions(view).where(~ended)


class Agreement(NamedTuple):
    """An incubation with the company it is with, how it ended, and how many ideas joined it."""

    incubation: Incubation
    company: str
    end: IncubationEnd | None
    ideas: int


def _agreements(viewer: Actor) -> AnySelect:
    joined = (
        sa.select(sa.func.count(sa.distinct(IncubationIdea.idea_id)))
        .join(Idea, Idea.id == IncubationIdea.idea_id)
        .where(IncubationIdea.incubation_id == Incubation.id, IncubationIdea.known(), Idea.known())
        .correlate(Incubation)
        .scalar_subquery()
    )
    is_its_end = sa.and_(IncubationEnd.incubation_id == Incubation.id, IncubationEnd.known())
    return (
        sa.select(Incubation, Company.name, IncubationEnd, joined)
        .join(Company, Company.id == Incubation.company_id)
        .outerjoin(IncubationEnd, is_its_end)
        .where(Incubation.known(), viewer.in_regions(Incubation.region_id))
    )


def list_agreements(
    session: Session,
    viewer: Actor,
    region_id: int,
    *,
    is_running: bool,
    number: int = 1,
    size: int = PAGE,
) -> Sequence[Agreement]:
    """List a page of a region's incubations, and one more: by company, the ended ones by day."""
    order = (Company.sort_key,) if is_running else (Incubation.left_on.desc(),)
    query = (
        _agreements(viewer)
        .where(Incubation.region_id == region_id, Incubation.left_on.is_(None) == is_running)
        .order_by(*order, Incubation.id)
        .offset((number - 1) * size)
        .limit(size + 1)
    )
    return [Agreement(*row) for row in session.execute(query)]


def count_agreements(session: Session, viewer: Actor, region_id: int) -> tuple[int, int]:
    """Count the running and the ended incubations of a region."""
    is_running = Incubation.left_on.is_(None)
    row = session.execute(
        sa.select(
            sa.func.count().filter(is_running), sa.func.count().filter(~is_running)
        ).where(
            Incubation.known(), Incubation.region_id == region_id,
            viewer.in_regions(Incubation.region_id),
        )
    ).one()  # fmt: skip
    return row[0], row[1]


def get_agreement(session: Session, viewer: Actor, incubation_id: int) -> Agreement:
    """Give an incubation of the viewer's regions. Raises NotFound."""
    query = _agreements(viewer).where(Incubation.id == incubation_id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("no_such_incubation")
    return Agreement(*row)


class JoinedIdea(NamedTuple):
    """An idea that joined an incubation."""

    id: int
    title: str
    status: Status
    stage_id: int


def ideas_in(session: Session, incubation_id: int) -> Sequence[JoinedIdea]:
    """List the ideas that joined an incubation, the first first."""
    rows = session.execute(
        sa.select(Idea.id, Idea.title, Idea.status, Idea.stage_id)
        .where(
            Idea.known(),
            sa.exists().where(
                IncubationIdea.idea_id == Idea.id,
                IncubationIdea.incubation_id == incubation_id,
                IncubationIdea.known(),
            ),
        )
        .order_by(Idea.id)
        .limit(200)
    )
    return [JoinedIdea(*row) for row in rows]
