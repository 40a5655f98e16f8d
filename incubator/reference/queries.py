"""Read regions, municipalities, organisations and programmes."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.access import Actor
from incubator.core.db import AnySelect
from incubator.core.errors import NotFound
from incubator.core.texts import fold
from incubator.reference.models import (
    FocusArea,
    Municipality,
    Organisation,
    OrganisationKind,
    Programme,
    ProgrammeArea,
    Region,
    RegionMunicipality,
)  # fmt: skip


def list_regions(session: Session) -> Sequence[Region]:
    """List all regions by name."""
    return session.scalars(sa.select(Region).order_by(Region.sort_key, Region.id)).all()


def find_region(session: Session, name: str) -> Region | None:
    """Find a region by its name, in any case."""
    return session.scalar(sa.select(Region).where(Region.name_key == fold(name)))


def get_region(session: Session, region_id: int) -> Region:
    """Give a region. Raises NotFound."""
    found = session.get(Region, region_id)
    if found is None:
        raise NotFound("no_such_region")
    return found


def get_organisation(session: Session, organisation_id: int) -> Organisation:
    """Give an organisation. Raises NotFound."""
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise NotFound("no_such_organisation")
    return found


def choose_region(actor: Actor, wanted: int | None) -> int:
    """Give the region that a page is about: the one asked for, or the first of one's own.

    Raises NotFound when one does not work there, or nowhere.
    """
    if wanted is None:
        if not actor.region_names:
            raise NotFound("no_region")
        return next(iter(actor.region_names))
    if wanted not in actor.region_names:
        raise NotFound("no_such_region")
    return wanted


def operator_of(session: Session, region_id: int) -> int | None:
    """Give the organisation that runs a region, if it has been named."""
    return session.scalar(sa.select(Region.operator_id).where(Region.id == region_id))


def lock_region(session: Session, region_id: int) -> None:
    """Let changes to a region's board wait in line until this one is committed.

    SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name != "sqlite":
        session.execute(sa.select(Region.id).where(Region.id == region_id).with_for_update())


def lock_regions(session: Session) -> None:
    """Let changes to any board wait in line, for one that may touch cards everywhere."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(sa.select(Region.id).order_by(Region.id).with_for_update())


def municipalities_of(session: Session, region_id: int) -> list[tuple[int, str, str]]:
    """List id, number and name of the municipalities of a region, by name."""
    rows = session.execute(
        sa.select(Municipality.id, Municipality.number, Municipality.name)
        .join(RegionMunicipality, RegionMunicipality.municipality_id == Municipality.id)
        .where(RegionMunicipality.region_id == region_id)
        .order_by(Municipality.sort_key, Municipality.number)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def municipalities_in(session: Session, viewer: Actor) -> list[tuple[int, str]]:
    """List id and name of the municipalities of a person's regions, by name."""
    rows = session.execute(
        sa.select(Municipality.id, Municipality.name)
        .join(RegionMunicipality, RegionMunicipality.municipality_id == Municipality.id)
        .where(viewer.in_regions(RegionMunicipality.region_id))
        .order_by(Municipality.sort_key, Municipality.number)
    )
    return [(row[0], row[1]) for row in rows]


def with_municipalities(session: Session) -> list[tuple[Region, list[str]]]:
    """List all regions by name, each with its municipalities as number and name."""
    places: dict[int, list[str]] = {}
    rows = session.execute(
        sa.select(RegionMunicipality.region_id, Municipality.number, Municipality.name)
        .join(Municipality, Municipality.id == RegionMunicipality.municipality_id)
        .order_by(Municipality.sort_key, Municipality.number)
    )
    for region_id, number, name in rows:
        places.setdefault(region_id, []).append(f"{number} {name}")
    return [(region, places.get(region.id, [])) for region in list_regions(session)]


def find_municipality(session: Session, number: str, on: date) -> Municipality | None:
    """Find the municipality that had a number on a day."""
    return session.scalar(
        sa.select(Municipality).where(
            Municipality.number == number,
            Municipality.valid_from <= on,
            sa.or_(Municipality.valid_to.is_(None), Municipality.valid_to >= on),
        )
    )


def municipalities_named(session: Session, name: str) -> Sequence[Municipality]:
    """Find municipalities by name, the ones valid today first."""
    return session.scalars(
        sa.select(Municipality)
        .where(Municipality.name_key == fold(name))
        .order_by(Municipality.valid_to.isnot(None), Municipality.number)
    ).all()


def municipalities_called(session: Session, name: str, on: date) -> Sequence[Municipality]:
    """Find the municipalities that had a name on a day, also without the county behind it."""
    key = fold(name)
    is_called = sa.or_(
        Municipality.name_key == key,
        Municipality.name_key.startswith(f"{key} (", autoescape=True),
    )
    return session.scalars(
        sa.select(Municipality)
        .where(is_called, Municipality.valid_from <= on)
        .where(sa.or_(Municipality.valid_to.is_(None), Municipality.valid_to >= on))
        .order_by(Municipality.number)
    ).all()


def find_organisation(session: Session, name: str) -> Organisation | None:
    """Find an organisation by its name, in any case."""
    return session.scalar(sa.select(Organisation).where(Organisation.name_key == fold(name)))


def organisation_name(session: Session, organisation_id: int) -> str:
    """Give the name of an organisation. Raises NotFound."""
    name = session.scalar(sa.select(Organisation.name).where(Organisation.id == organisation_id))
    if name is None:
        raise NotFound("not_found")
    return name


def list_organisations(session: Session) -> Sequence[Organisation]:
    """List all organisations by name."""
    order = (Organisation.sort_key, Organisation.id)
    return session.scalars(sa.select(Organisation).order_by(*order)).all()


def only_operator_id(session: Session) -> int | None:
    """Give the id of the organisation that runs an incubator, where there is exactly one."""
    found = session.scalars(
        sa.select(Organisation.id).where(Organisation.kind == OrganisationKind.OPERATOR).limit(2)
    ).all()
    return found[0] if len(found) == 1 else None


def programmes_of(*region_ids: int) -> AnySelect:
    """Pick the ids of the programmes that work in one of some regions, or in their county."""
    inside = RegionMunicipality.region_id.in_(region_ids)
    counties = (
        sa.select(sa.func.substr(Municipality.number, 1, 2))
        .join(RegionMunicipality, RegionMunicipality.municipality_id == Municipality.id)
        .where(inside)
    )
    return sa.select(ProgrammeArea.programme_id).where(
        sa.or_(
            ProgrammeArea.region_id.in_(region_ids),
            ProgrammeArea.municipality_id.in_(
                sa.select(RegionMunicipality.municipality_id).where(inside)
            ),
            ProgrammeArea.county.in_(counties),
        )
    )


def programmes_in(session: Session, region_id: int, day: date) -> Sequence[Programme]:
    """List the programmes that work in a region: those that run on a day first."""
    return session.scalars(
        sa.select(Programme)
        .where(Programme.id.in_(programmes_of(region_id)))
        .order_by(Programme.ends_on < day, Programme.starts_on.desc(), Programme.id)
        .limit(100)
    ).all()


class OfferedArea(NamedTuple):
    """A focus area that an idea can be given, with the programme that it belongs to."""

    id: int
    name: str
    programme: str


def focus_areas_in(session: Session, region_id: int, day: date) -> list[OfferedArea]:
    """List the focus areas, valid on a day, of the programmes that work in a region.

    One without days of its own is valid while its programme runs.
    """
    first = sa.func.coalesce(FocusArea.valid_from, Programme.starts_on)
    last = sa.func.coalesce(FocusArea.valid_to, Programme.ends_on)
    rows = session.execute(
        sa.select(FocusArea.id, FocusArea.name, Programme.name)
        .join(Programme, Programme.id == FocusArea.programme_id)
        .where(FocusArea.programme_id.in_(programmes_of(region_id)), first <= day, last >= day)
        .order_by(FocusArea.name_key, FocusArea.id)
    )
    return [OfferedArea(*row) for row in rows]


def list_programmes(session: Session) -> Sequence[Programme]:
    """List all programmes, the latest first."""
    return session.scalars(
        sa.select(Programme).order_by(Programme.starts_on.desc(), Programme.id)
    ).all()
