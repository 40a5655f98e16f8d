"""What an analysis is asked for: where, over which days, seen from which day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from incubator.core.clock import Period
from incubator.core.scope import View
from incubator.reference.numbers import SHARES_FROM

NOWHERE = "ukjent"  # in the place of a municipality, an industry: it is not known


@dataclass(frozen=True)
class Look:
    """Places and day of the view, the days that are looked at, and how the address says it."""

    view: View
    span: Period
    place: Mapping[str, str] = field(default_factory=dict)  # region and municipality
    is_nowhere: bool = False  # only what has no municipality
    few: int = SHARES_FROM.default  # below it a share says nothing: no percentages

    @property
    def as_of(self) -> date:
        return self.view.as_of

    @property
    def last(self) -> date:
        """The last day of the span that had come by the day that is looked from."""
        return min(self.span.last, self.as_of)

    def address(
        self, path: str, *, span: Period | None = None, as_of: date | None = None, **more: Any
    ) -> str:
        """Write the address of a page that looks likewise."""
        span = span or self.span
        days = {"fra": span.first, "til": span.last, "per": as_of or self.as_of}
        return f"{path}?{urlencode({**self.place, **days, **more})}"

    def rows(self, part: str, **more: Any) -> str:
        """Write the permanent address of the rows behind a figure."""
        return self.address("/analyse/ideer", **{"del": part, **more})


def month_number(day: date) -> int:
    """Number the months: 12 a year, one after the other without a gap."""
    return day.year * 12 + day.month - 1


def month_start(number: int) -> date:
    """Give the first day of a numbered month."""
    return date(number // 12, number % 12 + 1, 1)


def month_end(number: int) -> date:
    """Give the last day of a numbered month."""
    return month_start(number + 1) - timedelta(days=1)


def year_back(day: date) -> Period:
    """Give the twelve months that end with the month of a day, up to the day."""
    return Period(month_start(month_number(day) - 11), day)


def share(part: int, whole: int, few: int) -> float | None:
    """Give a part of a whole, or None where there are too few to say."""
    return part / whole if whole >= few else None
