"""Make and keep what administrators keep."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import RuleBroken
from incubator.core.texts import fold, sort_key
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
    made = Organisation(
        name=name.strip(), name_key=fold(name), sort_key=sort_key(name), kind=kind, orgnr=orgnr
    )
    session.add(made)
    flush(session)
    audit.record(session, actor, "organisation.created", kind="organisation", subject_id=made.id)
    return made


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
    audit.record(
        session, actor, "region.created", kind="region", subject_id=region.id, region_id=region.id
    )
    return region


def _free_municipality(session: Session, number: str) -> Municipality:
    municipality = queries.find_municipality(session, number.strip(), clock.today())
    if municipality is None:
        raise RuleBroken("unknown_municipality", fields=["municipalities"], number=number)
    if session.get(RegionMunicipality, municipality.id) is not None:
        raise RuleBroken("municipality_taken", fields=["municipalities"], name=municipality.name)
    return municipality
