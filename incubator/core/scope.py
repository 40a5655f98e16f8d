"""From where one looks: the day, what was known, and the places that count."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class View:
    """A look at the facts as of a day, as known at an instant, in some places.

    `None` for known_at is now; `None` for regions or municipalities is all of them. What has no
    municipality counts among those of a county when its region, one of `whole_regions`, lies there.
    """

    as_of: date
    known_at: datetime | None = None
    region_ids: tuple[int, ...] | None = None
    municipality_ids: tuple[int, ...] | None = None
    whole_regions: tuple[int, ...] = ()
    organisation_id: int | None = None  # where a record has one: whose it is

    def standing(self, fact: Any) -> sa.ColumnElement[bool]:
        """Say in SQL that a fact had occurred by the day, as known at the instant."""
        found: sa.ColumnElement[bool] = fact.standing(self.as_of, self.known_at)
        return found

    def within(self, record: Any) -> Iterable[sa.ColumnElement[bool]]:
        """Say in SQL that a record stands and lies in the places."""
        yield record.known(self.known_at)
        if self.region_ids is not None:
            yield record.region_id.in_(self.region_ids)
        if self.municipality_ids is not None:
            there = record.municipality_id.in_(self.municipality_ids)
            nowhere = record.municipality_id.is_(None)
            yield sa.or_(there, sa.and_(nowhere, record.region_id.in_(self.whole_regions)))
