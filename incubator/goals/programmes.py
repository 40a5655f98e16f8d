"""Read programmes: what one can narrow a number to, and what their pages show."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.access import Actor
from incubator.core.db import AnySelect
from incubator.core.errors import NotFound
from incubator.core.scope import Places, ProgrammeScope
from incubator.reference import queries as reference
from incubator.reference.models import FocusArea, Organisation, Programme
from incubator.reference.places import Key, programme_key

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
