"""Make and keep what administrators keep."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit, queries as changes
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush, lock_table
from incubator.core.errors import RuleBroken, Stale
from incubator.core.texts import collapse, fold, sort_key
from incubator.reference import queries
from incubator.reference.models import (
    Municipality,
    Organisation,
    OrganisationKind,
    Region,
    RegionMunicipality,
)  # fmt: skip

MUNICIPALITIES = Path(__file__).parent / "municipalities.csv"


def load_municipalities(session: Session) -> int:
    """Add the municipalities of the file that the database lacks; give their number.

    Numbers, names and dates are those of Statistics Norway's classification 131.
    """
    with MUNICIPALITIES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = {(m.number, m.valid_from): m for m in session.scalars(sa.select(Municipality))}
    added = 0
    for row in rows:
        key = (row["number"], date.fromisoformat(row["valid_from"]))
        if key not in known:
            known[key] = _municipality(row)
            session.add(known[key])
            added += 1
    if added:
        flush(session)
        by_number = {m.number: m for m in known.values()}
        for row in rows:
            later = by_number.get(row["successor"])
            earlier = known[(row["number"], date.fromisoformat(row["valid_from"]))]
            earlier.successor_id = later.id if later else None
        flush(session)
    return added


def _municipality(row: dict[str, str]) -> Municipality:
    return Municipality(
        number=row["number"],
        name=row["name"],
        name_key=fold(row["name"]),
        sort_key=sort_key(row["name"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
    )


def create_organisation(
    session: Session, actor: Actor, *, name: str, kind: OrganisationKind, orgnr: str | None = None
) -> Organisation:
    """Make an organisation. Raises RuleBroken when the name is missing or taken."""
    must(actor, Permission.ADMIN)
    if not name.strip():
        raise RuleBroken("name_missing", fields=["name"])
    if queries.find_organisation(session, name):
        raise RuleBroken("name_taken", fields=["name"])
    _must_be_its_own(session, orgnr)
    made = Organisation(
        name=name.strip(), name_key=fold(name), sort_key=sort_key(name), kind=kind, orgnr=orgnr
    )
    session.add(made)
    flush(session)
    change = audit.record(
        session, actor, "organisation.created", kind="organisation", subject_id=made.id
    )
    told = {"name": made.name, "kind": kind, "orgnr": orgnr}
    audit.note_values(session, change, "organisation", made.id, _new(told))
    return made


def _new(told: dict[str, Any]) -> dict[str, tuple[None, Any]]:
    """Say what something began as, for the log."""
    return {field: (None, value) for field, value in told.items() if value is not None}


def edit_organisation(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    *,
    name: str,
    kind: OrganisationKind,
    orgnr: str | None,
    seen: int | None,
) -> Change | None:
    """Change an organisation; None when that changes nothing.

    `seen` is its latest change that the form knew of. Raises Stale when there is a later one.
    """
    must(actor, Permission.ADMIN)
    lock_table(session, Organisation)
    session.refresh(organisation)
    _must_be_first(session, "organisation", organisation.id, seen)
    if not name.strip():
        raise RuleBroken("name_missing", fields=["name"])
    known = queries.find_organisation(session, name)
    if known is not None and known.id != organisation.id:
        raise RuleBroken("name_taken", fields=["name"])
    _must_be_its_own(session, orgnr, organisation.id)
    wanted = {"name": collapse(name), "kind": kind, "orgnr": orgnr or None}
    altered = {
        k: (getattr(organisation, k), v) for k, v in wanted.items() if getattr(organisation, k) != v
    }
    if not altered:
        return None
    organisation.name, organisation.kind, organisation.orgnr = collapse(name), kind, orgnr or None
    organisation.name_key, organisation.sort_key = fold(name), sort_key(name)
    flush(session)
    change = audit.record(
        session, actor, "organisation.edited", kind="organisation", subject_id=organisation.id
    )
    audit.note_values(session, change, "organisation", organisation.id, altered)
    return change


def _must_be_its_own(session: Session, orgnr: str | None, of_id: int | None = None) -> None:
    others = sa.select(Organisation.id).where(Organisation.orgnr == orgnr)
    if orgnr and session.scalar(others.where(Organisation.id != (of_id or 0))) is not None:
        raise RuleBroken("orgnr_of_another", fields=["orgnr"])


def _must_be_first(session: Session, kind: str, subject_id: int, seen: int | None) -> None:
    if seen != changes.latest_of(session, kind, subject_id):
        raise Stale("changed_meanwhile")


def edit_region(
    session: Session,
    actor: Actor,
    region: Region,
    *,
    name: str,
    municipality_numbers: Sequence[str],
    operator_id: int | None,
    seen: int | None,
) -> Change | None:
    """Change a region's name, operator and municipalities; None when that changes nothing.

    What was recorded before stays where it was. Raises Stale when `seen` is not its latest
    change, RuleBroken as `create_region` does.
    """
    must(actor, Permission.ADMIN)
    queries.lock_region(session, region.id)
    session.refresh(region)
    _must_be_first(session, "region", region.id, seen)
    if not name.strip():
        raise RuleBroken("name_missing", fields=["name"])
    known = queries.find_region(session, name)
    if known is not None and known.id != region.id:
        raise RuleBroken("name_taken", fields=["name"])
    if not municipality_numbers:
        raise RuleBroken("municipalities_missing", fields=["municipalities"])
    _must_be_organisation(session, operator_id)
    places = [_free_municipality(session, number, region.id) for number in municipality_numbers]
    members = {place.id: place.number for place in places}
    before = {one[0]: one[1] for one in queries.municipalities_of(session, region.id)}
    wanted = {"name": collapse(name), "operator_id": operator_id}
    altered = {k: (getattr(region, k), v) for k, v in wanted.items() if getattr(region, k) != v}
    if set(before) != set(members):
        altered["municipalities"] = (_listed(before), _listed(members))
    if not altered:
        return None
    region.name, region.operator_id = collapse(name), operator_id
    region.name_key, region.sort_key = fold(name), sort_key(name)
    session.execute(
        sa.delete(RegionMunicipality).where(
            RegionMunicipality.region_id == region.id,
            RegionMunicipality.municipality_id.not_in(members),
        )
    )
    session.add_all(
        RegionMunicipality(municipality_id=number, region_id=region.id)
        for number in members
        if number not in before
    )
    flush(session)
    change = audit.record(
        session, actor, "region.edited", kind="region", subject_id=region.id, region_id=region.id
    )
    audit.note_values(session, change, "region", region.id, altered)
    return change


def _listed(places: dict[int, str]) -> str:
    return ", ".join(sorted(places.values()))


def _must_be_organisation(session: Session, organisation_id: int | None) -> None:
    if organisation_id is not None and session.get(Organisation, organisation_id) is None:
        raise RuleBroken("no_such_organisation", fields=["operator_id"])


def create_region(
    session: Session,
    actor: Actor,
    *,
    name: str,
    municipality_numbers: Sequence[str],
    operator_id: int | None = None,
) -> Region:
    """Make a region of municipalities.

    Raises RuleBroken when the name is missing or taken, a number is missing or unknown, or
    a municipality lies in another region already.
    """
    must(actor, Permission.ADMIN)
    if not name.strip():
        raise RuleBroken("name_missing", fields=["name"])
    if queries.find_region(session, name):
        raise RuleBroken("name_taken", fields=["name"])
    if not municipality_numbers:
        raise RuleBroken("municipalities_missing", fields=["municipalities"])
    members = [_free_municipality(session, number) for number in municipality_numbers]
    region = Region(
        name=name.strip(), name_key=fold(name), sort_key=sort_key(name), operator_id=operator_id
    )
    session.add(region)
    flush(session)
    session.add_all(
        RegionMunicipality(municipality_id=m.id, region_id=region.id)
        for m in {m.id: m for m in members}.values()
    )
    flush(session)
    change = audit.record(
        session, actor, "region.created", kind="region", subject_id=region.id, region_id=region.id
    )
    told = {
        "name": region.name, "operator_id": operator_id,
        "municipalities": _listed({m.id: m.name for m in members}),
    }  # fmt: skip
    audit.note_values(session, change, "region", region.id, _new(told))
    return region


def _municipality_called(session: Session, word: str, on: date) -> Municipality:
    """Find a municipality by its number, or by its name where one alone has it."""
    found = queries.find_municipality(session, word, on)
    if found is not None:
        return found
    named = queries.municipalities_called(session, word, on)
    if len(named) > 1:
        told = ", ".join(f"{one.number} {one.name}" for one in named)
        raise RuleBroken("several_municipalities", fields=["municipalities"], found=told)
    if not named:
        raise RuleBroken("unknown_municipality", fields=["municipalities"], number=word)
    return named[0]


def _free_municipality(session: Session, number: str, region_id: int | None = None) -> Municipality:
    municipality = _municipality_called(session, number.strip(), clock.today())
    taken = session.get(RegionMunicipality, municipality.id)
    if taken is not None and taken.region_id != region_id:
        raise RuleBroken("municipality_taken", fields=["municipalities"], name=municipality.name)
    return municipality
