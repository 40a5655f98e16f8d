"""Narrow the rows behind a number: to a place, a focus area, an organisation, a programme.

Each says in SQL of a row that it belongs there, and that this cannot be told. A row counts when
it belongs to all that is asked for. It is unknown when one of them cannot be told and none says
that it does not belong: what cannot be classified is shown apart and never dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from incubator.accounts.models import User
from incubator.core.scope import Places, ProgrammeScope, View
from incubator.funding.models import Application
from incubator.goals.models import AttributedKind, Attribution
from incubator.ideas.models import Idea, IdeaFocusArea
from incubator.incubation.models import Incubation, IncubationIdea
from incubator.jobs.models import JobRecord
from incubator.reference.models import FocusArea, Region
from incubator.visits.models import VisitIdea

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True)
class Row:
    """The columns of a row that is to be narrowed, and what kind of result it is."""

    kind: AttributedKind | None  # None: a visit, which nobody is credited with
    id: Any
    region_id: Any
    municipality_id: Any
    day: Any = None  # None: a level, which holds on the day of the view
    organisation_id: Any = None  # where the row itself says whose it is


@dataclass(frozen=True)
class Criterion:
    """That a row belongs there, and that it cannot be told; None where it always can."""

    belongs: Condition
    unknown: Condition | None = None


def criteria(view: View, row: Row) -> list[Criterion]:
    """Give all that a view narrows rows to."""
    found = []
    if view.municipality_ids is not None:
        places = Places(view.municipality_ids, view.whole_regions, view.part_regions)
        found.append(_place(places, row))
    if view.focus_area_id is not None:
        found.append(_focus_area(view, view.focus_area_id, row))
    if view.organisation_id is not None:
        whose = _organisation(row)
        found.append(Criterion(whose == view.organisation_id, whose.is_(None)))
    if view.programme is not None:
        found.append(of_programme(view, view.programme, row))
    return found


def counted(view: View, row: Row) -> list[Condition]:
    """Give the conditions of the rows that count."""
    return [one.belongs for one in criteria(view, row)]


def undecided(view: View, row: Row) -> Condition:
    """Say that a row may belong to all that is asked for, and that this cannot be told."""
    asked = criteria(view, row)
    maybe = [_or_unknown(one) for one in asked]
    belongs = sa.and_(sa.true(), *(one.belongs for one in asked))
    return sa.and_(sa.true(), *maybe, belongs.is_not(sa.true()))  # neither "no" nor nothing


def not_excluded(view: View, row: Row) -> Condition:
    """Say that nothing says of a row that it does not belong."""
    return sa.and_(sa.true(), *(_or_unknown(one) for one in criteria(view, row)))


def can_be_unknown(view: View) -> bool:
    """Say whether what a view asks for cannot be told of some rows."""
    has_part = view.municipality_ids is not None and view.part_regions
    places = view.programme.places if view.programme else None
    of_programme = places is not None and set(places.part_ids) - set(places.every)
    named = (view.focus_area_id, view.organisation_id)
    return bool(has_part or of_programme or any(one is not None for one in named))


def _or_unknown(one: Criterion) -> Condition:
    return one.belongs if one.unknown is None else sa.or_(one.belongs, one.unknown)


def _place(places: Places, row: Row) -> Criterion:
    nowhere = row.municipality_id.is_(None)
    part = set(places.part_ids) - set(places.every)
    unknown = sa.and_(nowhere, row.region_id.in_(sorted(part))) if part else None
    return Criterion(places.hold(row.region_id, row.municipality_id), unknown)


def _focus_area(view: View, area_id: int, row: Row) -> Criterion:
    """An idea belongs to one; without any of the programme's, it has not been classified."""
    stands = _idea_areas(view, row)
    area = aliased(FocusArea)
    siblings = sa.select(area.id).where(
        area.programme_id
        == sa.select(FocusArea.programme_id).where(FocusArea.id == area_id).scalar_subquery()
    )
    has_any = stands.where(IdeaFocusArea.focus_area_id.in_(siblings)).exists()
    return Criterion(stands.where(IdeaFocusArea.focus_area_id == area_id).exists(), ~has_any)


def _idea_areas(view: View, row: Row) -> sa.Select[Any]:
    """Pick the focus areas of the idea, or ideas, behind a row."""
    areas = sa.select(IdeaFocusArea.id).where(IdeaFocusArea.known(view.known_at))
    if row.kind == AttributedKind.IDEA:
        return areas.where(IdeaFocusArea.idea_id == row.id)
    if row.kind == AttributedKind.INCUBATION:
        return areas.join(IncubationIdea, IncubationIdea.idea_id == IdeaFocusArea.idea_id).where(
            IncubationIdea.incubation_id == row.id, IncubationIdea.known(view.known_at)
        )
    if row.kind is None:
        return areas.join(VisitIdea, VisitIdea.idea_id == IdeaFocusArea.idea_id).where(
            VisitIdea.visit_id == row.id, VisitIdea.known(view.known_at)
        )
    record: Any = aliased(Application if row.kind == AttributedKind.APPLICATION else JobRecord)
    return areas.join(record, record.idea_id == IdeaFocusArea.idea_id).where(record.id == row.id)


def _organisation(row: Row) -> Any:
    """Give whose a row is: that of the idea's owner, of the operator, of who visited."""
    if row.organisation_id is not None:
        return row.organisation_id
    owner, idea = aliased(User), aliased(Idea)
    of_idea: sa.Select[Any] = sa.select(owner.organisation_id).join(idea, idea.owner_id == owner.id)
    if row.kind == AttributedKind.IDEA:
        return of_idea.where(idea.id == row.id).scalar_subquery()
    if row.kind == AttributedKind.INCUBATION:
        one = aliased(Incubation)
        whose = sa.func.coalesce(one.operator_id, Region.operator_id)
        query: sa.Select[Any] = sa.select(whose).join(Region, Region.id == one.region_id)
        return query.where(one.id == row.id).scalar_subquery()
    if row.kind == AttributedKind.JOBS:
        record = aliased(JobRecord)
        query = of_idea.join(record, record.idea_id == idea.id).where(record.id == row.id)
        return query.scalar_subquery()
    application, writer = aliased(Application), aliased(User)
    return (
        sa.select(sa.func.coalesce(writer.organisation_id, owner.organisation_id))
        .select_from(application)
        .outerjoin(writer, writer.id == application.owner_id)
        .outerjoin(idea, idea.id == application.idea_id)
        .outerjoin(owner, owner.id == idea.owner_id)
        .where(application.id == row.id)
        .scalar_subquery()
    )


def claims_on(view: View, row: Row) -> sa.Select[Any]:
    """Pick the programmes that a result has been attributed to."""
    return sa.select(Attribution.id).where(
        Attribution.subject_kind == row.kind,
        Attribution.subject_id == row.id,
        Attribution.known(view.known_at),
    )


def of_programme(view: View, programme: ProgrammeScope, row: Row) -> Criterion:
    """What has been attributed counts for those named; else by the places and the period."""
    fits = _inside(view, programme, row)
    if row.kind is None:
        return fits
    is_free = ~claims_on(view, row).exists()
    named = claims_on(view, row).where(Attribution.programme_id == programme.id).exists()
    belongs = sa.or_(named, sa.and_(is_free, fits.belongs))
    return Criterion(belongs, None if fits.unknown is None else sa.and_(is_free, fits.unknown))


def of_any(view: View, programmes: Sequence[ProgrammeScope], row: Row) -> Condition:
    """Say that a row lies in the places and the period of at least one programme."""
    return sa.or_(sa.false(), *(_inside(view, one, row).belongs for one in programmes))


def _inside(view: View, programme: ProgrammeScope, row: Row) -> Criterion:
    day = sa.literal(view.as_of, sa.Date) if row.day is None else row.day
    in_time = day.between(programme.first, programme.last)
    if programme.places is None:
        return Criterion(in_time)
    place = _place(programme.places, row)
    unknown = None if place.unknown is None else sa.and_(in_time, place.unknown)
    return Criterion(sa.and_(in_time, place.belongs), unknown)
