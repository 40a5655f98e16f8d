"""Read programmes: what one can narrow a number to, and what their pages show."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.access import Actor
from incubator.core.db import AnySelect
from incubator.core.errors import NotFound
from incubator.core.scope import Places, ProgrammeScope
from incubator.goals.models import Goal
from incubator.reference import queries as reference
from incubator.reference.models import (
    FocusArea,
    Municipality,
    Organisation,
    Programme,
    ProgrammeArea,
    ProgrammeFunder,
    Region,
    RegionMunicipality,
)
from incubator.reference.places import Key, find_places, programme_key

MOST = 200


def seen_by(viewer: Actor, region_id: int | None = None) -> AnySelect:
    """Pick the programmes that work where somebody does, or in one region."""
    query = sa.select(Programme)
    if region_id is not None:
        return query.where(Programme.id.in_(reference.programmes_of(region_id)))
    if viewer.region_ids is None:
        return query
    return query.where(Programme.id.in_(reference.programmes_of(*sorted(viewer.region_ids))))


def list_seen(session: Session, viewer: Actor, region_id: int | None = None) -> Sequence[Programme]:
    """List the programmes of a region, or of all of somebody's, the latest first."""
    query = seen_by(viewer, region_id).order_by(Programme.starts_on.desc(), Programme.id)
    return session.scalars(query.limit(MOST)).all()


def get_seen(session: Session, viewer: Actor, programme_id: int) -> Programme:
    """Give a programme that works where the viewer does. Raises NotFound."""
    found: Programme | None = session.scalar(seen_by(viewer).where(Programme.id == programme_id))
    if found is None:
        raise NotFound("not_found")
    return found


def scope(programme: Programme, places: Mapping[Key, Places]) -> ProgrammeScope:
    """Give a programme as one narrows to it; one without any place works everywhere."""
    inside = places[programme_key(programme.id)]
    return ProgrammeScope(
        programme.id, None if inside.is_empty else inside, programme.starts_on, programme.ends_on
    )


class Choices(NamedTuple):
    """What a number can be narrowed to."""

    municipalities: Sequence[tuple[int, str]]
    programmes: Sequence[Programme]
    areas: Sequence[tuple[int, str]]
    organisations: Sequence[tuple[int, str]]


def choices(session: Session, viewer: Actor, region_id: int | None) -> Choices:
    """List what a number of a region, or of all of somebody's, can be narrowed to: 4 queries."""
    programmes = list_seen(session, viewer, region_id)
    if region_id is None:
        places = list(reference.municipalities_in(session, viewer))
    else:
        places = [(n, name) for n, _number, name in reference.municipalities_of(session, region_id)]
    areas = session.execute(
        sa.select(FocusArea.id, FocusArea.name)
        .where(FocusArea.programme_id.in_([one.id for one in programmes]))
        .order_by(FocusArea.name_key, FocusArea.id)
    )
    organisations = session.execute(
        sa.select(Organisation.id, Organisation.name).order_by(Organisation.sort_key)
    )
    return Choices(
        places, programmes, [(row[0], row[1]) for row in areas],
        [(row[0], row[1]) for row in organisations],
    )  # fmt: skip


def count_goals(session: Session, programme_ids: Sequence[int]) -> dict[int, int]:
    """Count the goals of programmes, in one query."""
    rows = session.execute(
        sa.select(Goal.programme_id, sa.func.count(Goal.id))
        .where(Goal.programme_id.in_(programme_ids), Goal.known())
        .group_by(Goal.programme_id)
    )
    return {row[0]: row[1] for row in rows}


class PageDetails(NamedTuple):
    """What the page of a programme shows beside its goals, by name."""

    owner: str
    funders: Sequence[tuple[str, int | None]]
    places: Sequence[tuple[str, str]]
    areas: Sequence[FocusArea]


def page_details(session: Session, programme_id: int) -> PageDetails:
    """Give owner, funders, places and focus areas of a programme, in four queries."""
    owner = session.scalar(
        sa.select(Organisation.name)
        .join(Programme, Programme.owner_id == Organisation.id)
        .where(Programme.id == programme_id)
    )
    funders = session.execute(
        sa.select(Organisation.name, ProgrammeFunder.amount_nok)
        .join(ProgrammeFunder, ProgrammeFunder.organisation_id == Organisation.id)
        .where(ProgrammeFunder.programme_id == programme_id)
        .order_by(Organisation.sort_key)
    )
    places = session.execute(
        sa.select(Region.name, Municipality.name, ProgrammeArea.county)
        .select_from(ProgrammeArea)
        .outerjoin(Region, Region.id == ProgrammeArea.region_id)
        .outerjoin(Municipality, Municipality.id == ProgrammeArea.municipality_id)
        .where(ProgrammeArea.programme_id == programme_id)
        .order_by(ProgrammeArea.county, Region.sort_key, Municipality.sort_key)
    )
    areas = session.scalars(
        sa.select(FocusArea)
        .where(FocusArea.programme_id == programme_id)
        .order_by(FocusArea.name_key)
    ).all()
    named = [
        ("county", county) if county else ("place", region or municipality)
        for region, municipality, county in places
    ]
    return PageDetails(owner or "", [(row[0], row[1]) for row in funders], named, areas)


class PlaceChoices(NamedTuple):
    """The places that a programme can work in."""

    regions: Sequence[tuple[int, str]]
    municipalities: Sequence[tuple[int, str]]
    counties: Sequence[str]


def place_choices(session: Session, viewer: Actor, programme_id: int | None) -> PlaceChoices:
    """List one's own regions, municipalities and counties, and those a programme has already."""
    area = ProgrammeArea
    has = area.programme_id == (programme_id or 0)
    own = sa.select(RegionMunicipality.municipality_id).where(
        viewer.in_regions(RegionMunicipality.region_id)
    )
    regions = session.execute(
        sa.select(Region.id, Region.name)
        .where(sa.or_(viewer.in_regions(Region.id), Region.id.in_(
            sa.select(area.region_id).where(has, area.region_id.is_not(None)))))
        .order_by(Region.sort_key)
    )  # fmt: skip
    municipalities = session.execute(
        sa.select(Municipality.id, Municipality.name, Municipality.number)
        .where(sa.or_(Municipality.id.in_(own), Municipality.id.in_(
            sa.select(area.municipality_id).where(has, area.municipality_id.is_not(None)))))
        .order_by(Municipality.sort_key, Municipality.number)
    ).all()  # fmt: skip
    stored = session.scalars(sa.select(area.county).where(has, area.county.is_not(None)))
    counties = {row.number[:2] for row in municipalities} | {str(one) for one in stored}
    return PlaceChoices(
        [(row[0], row[1]) for row in regions], [(row[0], row[1]) for row in municipalities],
        sorted(counties),
    )  # fmt: skip


def goal_places(session: Session, viewer: Actor, programme: Programme) -> PlaceChoices:
    """List the places that a goal of a programme can be for: within its own, and one's own."""
    inside = find_places(session, [programme_key(programme.id)])[programme_key(programme.id)]
    near = {*inside.every, *inside.region_ids, *inside.part_ids}
    regions = [(n, name) for n, name in viewer.region_names.items() if inside.is_empty or n in near]
    municipalities = [
        (n, name)
        for n, name in reference.municipalities_in(session, viewer)
        if inside.is_empty or n in inside.municipality_ids
    ]
    counties = session.scalars(
        sa.select(ProgrammeArea.county).where(
            ProgrammeArea.programme_id == programme.id, ProgrammeArea.county.is_not(None)
        )
    )
    return PlaceChoices(regions, municipalities, [str(one) for one in counties])


def by_ids(session: Session, programme_ids: Collection[int]) -> Sequence[Programme]:
    """Give programmes by their ids; none asks nothing."""
    if not programme_ids:
        return []
    which = Programme.id.in_(sorted(programme_ids))
    return session.scalars(sa.select(Programme).where(which).order_by(Programme.id)).all()
