"""From where one looks: the day, what was known, and what is narrowed to."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class Places:
    """What lies in a place: municipalities, the regions that lie in it as a whole and in part.

    What has no municipality lies there when its region does as a whole; when its region does
    in part, one cannot tell. All that belongs to one of `every` lies there.
    """

    municipality_ids: tuple[int, ...] = ()
    region_ids: tuple[int, ...] = ()
    part_ids: tuple[int, ...] = ()
    every: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.municipality_ids or self.every)

    def hold(self, region_id: Any, municipality_id: Any) -> sa.ColumnElement[bool]:
        """Say in SQL that what has this region and municipality lies in the place."""
        there = [
            municipality_id.in_(self.municipality_ids),
            sa.and_(municipality_id.is_(None), region_id.in_(self.region_ids)),
        ]
        if self.every:
            there.append(region_id.in_(self.every))
        return sa.or_(*there)


@dataclass(frozen=True)
class ProgrammeScope:
    """A programme as one narrows to it: its places (None: everywhere) and its period."""

    id: int
    places: Places | None
    first: date
    last: date


@dataclass(frozen=True)
class View:
    """A look at the facts as of a day, as known at an instant, narrowed to some of them.

    `None` for known_at is now; `None` for regions or municipalities is all of them. What has no
    municipality counts among those of a county when its region, one of `whole_regions`, lies
    there; of one of `part_regions` it is unknown.
    """

    as_of: date
    known_at: datetime | None = None
    region_ids: tuple[int, ...] | None = None
    municipality_ids: tuple[int, ...] | None = None
    whole_regions: tuple[int, ...] = ()
    part_regions: tuple[int, ...] = ()
    organisation_id: int | None = None  # whose the record is
    focus_area_id: int | None = None  # of the idea behind the record
    programme: ProgrammeScope | None = None

    @property
    def is_narrowed(self) -> bool:
        """Say whether it asks for what some records do not say of themselves."""
        asked = (self.municipality_ids, self.organisation_id, self.focus_area_id, self.programme)
        return any(one is not None for one in asked)

    def inside(self, places: Places) -> "View":
        """Narrow the view to the municipalities of a place."""
        return replace(
            self, municipality_ids=places.municipality_ids, whole_regions=places.region_ids,
            part_regions=places.part_ids,
        )  # fmt: skip

    def widened(self) -> "View":
        """Take away all that it is narrowed to but the regions."""
        return View(self.as_of, self.known_at, self.region_ids)

    def standing(self, fact: Any) -> sa.ColumnElement[bool]:
        """Say in SQL that a fact had occurred by the day, as known at the instant."""
        found: sa.ColumnElement[bool] = fact.standing(self.as_of, self.known_at)
        return found

    def within(self, record: Any, *, region_id: Any = None) -> Iterable[sa.ColumnElement[bool]]:
        """Say in SQL that a record stands and lies in the places.

        `region_id` is where else its region stands: on a fact by which it is found.
        """
        region_id = record.region_id if region_id is None else region_id
        yield record.known(self.known_at)
        if self.region_ids is not None:
            yield region_id.in_(self.region_ids)
        if self.municipality_ids is not None:
            there = record.municipality_id.in_(self.municipality_ids)
            nowhere = record.municipality_id.is_(None)
            yield sa.or_(there, sa.and_(nowhere, region_id.in_(self.whole_regions)))
