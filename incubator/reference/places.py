"""Say what lies in a county, a municipality, a programme: the numbers that places are."""

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.scope import Places
from incubator.reference.models import Municipality, ProgrammeArea, RegionMunicipality

Key = tuple[str, str]  # the kind of place, and which


def county_key(county: str) -> Key:
    return "county", county


def municipality_key(municipality_id: int) -> Key:
    return "municipality", str(municipality_id)


def programme_key(programme_id: int) -> Key:
    return "programme", str(programme_id)


def find_places(session: Session, keys: Collection[Key]) -> dict[Key, Places]:
    """Say what lies in each of some places, in one query.

    A municipality of the past lies where the one that followed it does.
    """
    wanted = set(keys)
    if not wanted:
        return {}
    there = _closure(_seeds(wanted))
    columns = [
        sa.cast(sa.literal("region"), sa.Text),
        sa.cast(RegionMunicipality.region_id, sa.Text),
    ]
    members = sa.select(*columns, RegionMunicipality.municipality_id)
    whole = sa.select(
        sa.cast(sa.literal("every"), sa.Text),
        sa.cast(ProgrammeArea.programme_id, sa.Text), ProgrammeArea.region_id,
    ).where(
        ProgrammeArea.programme_id.in_(_numbers(wanted, "programme")),
        ProgrammeArea.region_id.is_not(None),
    )  # fmt: skip
    inside = sa.select(there.c.kind, there.c.key, there.c.municipality_id)
    found: dict[Key, set[int]] = {}
    rows: Any = session.execute(sa.union_all(inside, members, whole))
    for row in rows:
        found.setdefault((row[0], row[1]), set()).add(row[2])
    regions = {int(key): ids for (kind, key), ids in found.items() if kind == "region"}
    return {key: _places(key, found, regions) for key in wanted}


def _places(key: Key, found: dict[Key, set[int]], regions: dict[int, set[int]]) -> Places:
    inside = found.get(key, set())
    kind, which = key
    every = found.get(("every", which), set()) if kind == "programme" else set()
    return Places(
        tuple(sorted(inside)),
        tuple(sorted(n for n, members in regions.items() if members <= inside)),
        tuple(sorted(n for n, members in regions.items() if members & inside and members - inside)),
        tuple(sorted(every)),
    )


def _numbers(keys: Iterable[Key], kind: str) -> list[int]:
    return sorted(int(which) for one, which in keys if one == kind)


def _seeds(keys: set[Key]) -> list[Any]:
    """Pick the municipalities that are named, by their county or by themselves."""
    county = sa.func.substr(Municipality.number, 1, 2)
    counties = sorted(which for kind, which in keys if kind == "county")
    area = ProgrammeArea
    of_programmes = area.programme_id.in_(_numbers(keys, "programme"))
    programme = sa.cast(area.programme_id, sa.Text)
    parts = []
    if counties:
        parts.append(_part("county", county, Municipality.id).where(county.in_(counties)))
    if numbers := _numbers(keys, "municipality"):
        which = sa.cast(Municipality.id, sa.Text)
        parts.append(
            _part("municipality", which, Municipality.id).where(Municipality.id.in_(numbers))
        )
    if _numbers(keys, "programme"):
        parts += [
            _part("programme", programme, area.municipality_id)
            .where(of_programmes, area.municipality_id.is_not(None)),
            _part("programme", programme, Municipality.id)
            .select_from(area).join(Municipality, county == area.county).where(of_programmes),
            _part("programme", programme, RegionMunicipality.municipality_id)
            .select_from(area)
            .join(RegionMunicipality, RegionMunicipality.region_id == area.region_id)
            .where(of_programmes),
        ]  # fmt: skip
    return parts


def _part(kind: str, key: Any, municipality_id: Any) -> Any:
    return sa.select(
        sa.cast(sa.literal(kind), sa.Text).label("kind"), sa.cast(key, sa.Text).label("key"),
        municipality_id.label("municipality_id"),
    )  # fmt: skip


def _closure(seeds: list[Any]) -> Any:
    seed = sa.union_all(*seeds).subquery()
    there = sa.select(seed.c.kind, seed.c.key, seed.c.municipality_id).cte("there", recursive=True)
    before = sa.select(there.c.kind, there.c.key, Municipality.id).join(
        there, Municipality.successor_id == there.c.municipality_id
    )
    return there.union(before)


def places_of(session: Session, counties: Collection[str]) -> dict[str, Places]:
    """Say what lies in each of some counties, in one query."""
    found = find_places(session, [county_key(county) for county in counties])
    return {county: found[county_key(county)] for county in counties}
