"""Write programmes: who owns and pays for them, where and when they work, what comes first."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import RuleBroken, Stale
from incubator.core.texts import fold
from incubator.goals.models import Goal
from incubator.ideas.models import IdeaFocusArea
from incubator.reference.models import FocusArea, Programme, ProgrammeArea, ProgrammeFunder


@dataclass(frozen=True)
class Area:
    """A focus area as it is to be; without an id it is a new one."""

    name: str
    valid_from: date | None = None
    valid_to: date | None = None
    id: int | None = None


@dataclass(frozen=True)
class ProgrammeValues:
    """All that a programme says of itself."""

    name: str
    owner_id: int
    starts_on: date
    ends_on: date
    amount_nok: int | None = None
    description: str | None = None
    funders: tuple[tuple[int, int | None], ...] = ()
    region_ids: tuple[int, ...] = ()
    municipality_ids: tuple[int, ...] = ()
    county: str | None = None
    areas: tuple[Area, ...] = ()


_COLUMNS = ("name", "owner_id", "starts_on", "ends_on", "amount_nok", "description")


def create_programme(
    session: Session,
    actor: Actor,
    *,
    name: str,
    owner_id: int,
    starts_on: date,
    ends_on: date,
    amount_nok: int | None = None,
    funders: Mapping[int, int | None] | Sequence[tuple[int, int | None]] = (),
    region_ids: Sequence[int] = (),
    municipality_ids: Sequence[int] = (),
    county: str | None = None,
    description: str | None = None,
    focus_areas: Sequence[str | Area] = (),
    needs_place: bool = False,
) -> Programme:
    """Make a programme with its funders (id to whole NOK or unknown) and its places.

    Raises RuleBroken when the name is missing or taken, or it ends before it begins.
    """
    must(actor, Permission.GOAL_EDIT)
    wanted = ProgrammeValues(
        " ".join(name.split()), owner_id, starts_on, ends_on, amount_nok, description,
        tuple(funders.items() if isinstance(funders, Mapping) else funders), tuple(region_ids),
        tuple(municipality_ids), county,
        tuple(Area(one) if isinstance(one, str) else one for one in focus_areas),
    )  # fmt: skip
    _must_make_sense(session, wanted, None)
    if needs_place:
        _must_have_a_place(wanted)
    change = audit.record(session, actor, "programme.created", kind="programme")
    programme = Programme(
        **{column: getattr(wanted, column) for column in _COLUMNS}, name_key=fold(wanted.name)
    )
    session.add(programme)
    flush(session)
    change.subject_id = programme.id
    _set_parts(session, programme, wanted)
    _set_areas(session, programme, wanted.areas)
    values = {"name": (None, wanted.name), "amount_nok": (None, amount_nok)}
    audit.note_values(session, change, "programme", programme.id, values)
    flush(session)
    return programme


def stored_values(session: Session, programme: Programme) -> ProgrammeValues:
    """Give all that a programme says of itself, as it is stored."""
    parts = session.scalars(
        sa.select(ProgrammeFunder)
        .where(ProgrammeFunder.programme_id == programme.id)
        .order_by(ProgrammeFunder.organisation_id)
    )
    places = session.scalars(
        sa.select(ProgrammeArea).where(ProgrammeArea.programme_id == programme.id)
    ).all()
    areas = session.scalars(
        sa.select(FocusArea)
        .where(FocusArea.programme_id == programme.id)
        .order_by(FocusArea.name_key)
    )
    return ProgrammeValues(
        **{column: getattr(programme, column) for column in _COLUMNS},
        funders=tuple((one.organisation_id, one.amount_nok) for one in parts),
        region_ids=tuple(sorted(one.region_id for one in places if one.region_id)),
        municipality_ids=tuple(sorted(o.municipality_id for o in places if o.municipality_id)),
        county=next((one.county for one in places if one.county), None),
        areas=tuple(Area(one.name, one.valid_from, one.valid_to, one.id) for one in areas),
    )


def edit_programme(
    session: Session, actor: Actor, programme: Programme, wanted: ProgrammeValues, *, seen: str
) -> Change | None:
    """Change what a programme says of itself; give the change, or None when nothing differs.

    `seen` is the mark of what the form was filled from. Raises RuleBroken as `create_programme`
    does, also for a programme without a place, a focus area in use that is left out, or days
    that a goal lies outside of; Stale when somebody changed it first.
    """
    must(actor, Permission.GOAL_EDIT)
    session.refresh(programme, with_for_update=session.get_bind().dialect.name != "sqlite")
    stored = stored_values(session, programme)
    wanted = replace(wanted, name=" ".join(wanted.name.split()), funders=tuple(sorted(
        wanted.funders)), region_ids=tuple(sorted(wanted.region_ids)),
        municipality_ids=tuple(sorted(wanted.municipality_ids)))  # fmt: skip
    if stored == wanted:
        return None
    if mark_of(stored) != seen:
        raise Stale("changed_meanwhile")
    _must_make_sense(session, wanted, programme)
    _must_have_a_place(wanted)
    _must_hold_its_goals(session, programme, wanted)
    change = audit.record(
        session, actor, "programme.edited", kind="programme", subject_id=programme.id
    )
    for column in _COLUMNS:
        setattr(programme, column, getattr(wanted, column))
    programme.name_key = fold(wanted.name)
    if _parts_of(stored) != _parts_of(wanted):
        session.execute(
            sa.delete(ProgrammeFunder).where(ProgrammeFunder.programme_id == programme.id)
        )
        session.execute(sa.delete(ProgrammeArea).where(ProgrammeArea.programme_id == programme.id))
        _set_parts(session, programme, wanted)
    _set_areas(session, programme, wanted.areas)
    audit.note_values(session, change, "programme", programme.id, _differing(stored, wanted))
    flush(session)
    return change


def mark_of(values: ProgrammeValues) -> str:
    """Give a mark that differs when anything of a programme does."""
    return hashlib.blake2b(repr(values).encode(), digest_size=9).hexdigest()


def _differing(stored: ProgrammeValues, wanted: ProgrammeValues) -> dict[str, tuple[Any, Any]]:
    pairs = {one.name: (getattr(stored, one.name), getattr(wanted, one.name))
             for one in fields(ProgrammeValues)}  # fmt: skip
    return {name: (_plain(old), _plain(new)) for name, (old, new) in pairs.items() if old != new}


def _plain(value: Any) -> Any:
    """Write a list for the log."""
    if not isinstance(value, tuple):
        return value
    parts = [
        f"{one.name} ({one.valid_from or ''}–{one.valid_to or ''})" if isinstance(one, Area)
        else ": ".join(str(part) for part in one) if isinstance(one, tuple) else str(one)
        for one in value
    ]  # fmt: skip
    return ", ".join(parts) or None


def _parts_of(values: ProgrammeValues) -> tuple[Any, ...]:
    return values.funders, values.region_ids, values.municipality_ids, values.county


def _must_make_sense(
    session: Session, wanted: ProgrammeValues, programme: Programme | None
) -> None:
    if not wanted.name:
        raise RuleBroken("name_missing", fields=["name"])
    if wanted.ends_on < wanted.starts_on:
        raise RuleBroken("period_order", fields=["ends_on"])
    same = sa.select(Programme.id).where(Programme.name_key == fold(wanted.name))
    taken = session.scalar(same)
    if taken is not None and (programme is None or taken != programme.id):
        raise RuleBroken("name_taken", fields=["name"])
    funders = [organisation for organisation, _amount in wanted.funders]
    if len(set(funders)) < len(funders):
        raise RuleBroken("funder_twice", fields=["funders"])
    names = [fold(area.name) for area in wanted.areas]
    if len(set(names)) < len(names):
        raise RuleBroken("focus_area_twice", fields=["areas"])
    for area in wanted.areas:
        if area.valid_from and area.valid_to and area.valid_to < area.valid_from:
            raise RuleBroken("period_order", fields=["areas"])


def _must_have_a_place(wanted: ProgrammeValues) -> None:
    if not (wanted.region_ids or wanted.municipality_ids or wanted.county):
        raise RuleBroken("programme_place_missing", fields=["region_ids"])


def _must_hold_its_goals(session: Session, programme: Programme, wanted: ProgrammeValues) -> None:
    outside = sa.or_(Goal.from_on < wanted.starts_on, Goal.to_on > wanted.ends_on)
    query = sa.select(Goal.id).where(Goal.programme_id == programme.id, Goal.known(), outside)
    if session.scalar(query.limit(1)) is not None:
        raise RuleBroken("goal_outside_programme", fields=["starts_on"])


def _set_parts(session: Session, programme: Programme, wanted: ProgrammeValues) -> None:
    number = programme.id
    session.add_all(
        ProgrammeFunder(programme_id=number, organisation_id=funder, amount_nok=part)
        for funder, part in wanted.funders
    )
    session.add_all(
        ProgrammeArea(programme_id=number, region_id=region) for region in wanted.region_ids
    )
    session.add_all(
        ProgrammeArea(programme_id=number, municipality_id=place)
        for place in wanted.municipality_ids
    )
    if wanted.county:
        session.add(ProgrammeArea(programme_id=number, county=wanted.county))
    flush(session)


def _set_areas(session: Session, programme: Programme, areas: Sequence[Area]) -> None:
    """Write focus areas. Raises RuleBroken when one in use is left out."""
    query = sa.select(FocusArea).where(FocusArea.programme_id == programme.id)
    known = {area.id: area for area in session.scalars(query)}
    for number in known.keys() - {area.id for area in areas}:
        _must_be_unused(session, number)
        session.delete(known[number])
    wanted = {area.id: fold(area.name) for area in areas}
    for number, row in known.items():
        if wanted.get(number, row.name_key) != row.name_key:
            row.name_key = f"\x1f{number}"  # out of the way: two may take each other's name
    flush(session)
    for area in areas:
        row = known.get(area.id or 0) or FocusArea(programme_id=programme.id)
        row.name, row.name_key = area.name, fold(area.name)
        row.valid_from, row.valid_to = area.valid_from, area.valid_to
        session.add(row)
    flush(session)


def _must_be_unused(session: Session, area_id: int) -> None:
    """Raise RuleBroken when an idea has, or had, a focus area, or a goal is about it."""
    of_idea = sa.select(IdeaFocusArea.id).where(IdeaFocusArea.focus_area_id == area_id)
    of_goal = sa.select(Goal.id).where(Goal.focus_area_id == area_id)
    for query in (of_idea, of_goal):
        if session.scalar(query.limit(1)) is not None:
            raise RuleBroken("focus_area_used", fields=["areas"])
