"""What the command line narrows its numbers to, by name."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.scope import View
from incubator.core.texts import fold
from incubator.goals.programmes import scope
from incubator.reference.models import FocusArea, Municipality, Organisation, Programme
from incubator.reference.places import find_places, municipality_key, programme_key


def narrowed(
    session: Session,
    view: View,
    *,
    municipality: str = "",
    programme: str = "",
    focus_area: str = "",
    organisation: str = "",
) -> View:
    """Narrow a view to what is named. Raises ClickException that names what there is."""
    if municipality:
        view = _in_municipality(session, view, municipality)
    found = _named(session, Programme, "programme", programme) if programme else None
    if found is not None:
        places = find_places(session, [programme_key(found.id)])
        view = replace(view, programme=scope(found, places))
    if focus_area:
        view = replace(view, focus_area_id=_focus_area(session, focus_area, found))
    if organisation:
        owner = _named(session, Organisation, "organisation", organisation)
        view = replace(view, organisation_id=owner.id)
    return view


def _in_municipality(session: Session, view: View, number: str) -> View:
    latest_first = Municipality.valid_from.desc()
    found = session.scalar(
        sa.select(Municipality.id)
        .where(Municipality.number == number.strip())
        .order_by(latest_first)
        .limit(1)
    )
    if found is None:
        raise click.ClickException(f"There is no municipality with number {number!r}.")
    key = municipality_key(found)
    return view.inside(find_places(session, [key])[key])


def _named(session: Session, table: Any, kind: str, name: str) -> Any:
    found = session.scalar(sa.select(table).where(table.name_key == fold(name)))
    if found is None:
        names = list(session.scalars(sa.select(table.name).order_by(table.id).limit(50)))
        raise click.ClickException(f"There is no {kind} {name!r}. There are: {_listed(names)}.")
    return found


def _focus_area(session: Session, name: str, programme: Programme | None) -> int:
    query = sa.select(FocusArea.id, FocusArea.name_key, FocusArea.name)
    if programme is not None:
        query = query.where(FocusArea.programme_id == programme.id)
    areas = session.execute(query.order_by(FocusArea.id)).all()
    found = [area.id for area in areas if area.name_key == fold(name)]
    if not found:
        names = _listed([area.name for area in areas])
        raise click.ClickException(f"There is no focus area {name!r}. There are: {names}.")
    if len(found) > 1:
        raise click.ClickException(
            f"Several programmes have a focus area {name!r}. Say which with --programme."
        )
    return int(found[0])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
