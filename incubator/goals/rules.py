"""Where a goal stands against the way from its baseline to its target, and when it begins anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from incubator.core.clock import Period
from incubator.goals.models import PeriodKind

Path = tuple[tuple[int, int], ...]  # what each calendar year shall bring, in order
_MONTHS = {
    PeriodKind.YEAR: 12, PeriodKind.HALF_YEAR: 6, PeriodKind.QUARTER: 3, PeriodKind.MONTH: 1,
}  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """So far, and what the planned way would have by the day."""

    so_far: float
    target: int
    expected: int
    is_over: bool

    @property
    def behind(self) -> float:
        """How many are missing on the way; 0 or less is on track."""
        return (self.target if self.is_over else self.expected) - self.so_far

    @property
    def is_on_track(self) -> bool:
        return self.behind <= 0

    @property
    def is_reached(self) -> bool:
        return self.so_far >= self.target

    @property
    def percent(self) -> int:
        return max(0, min(100, int(self.so_far * 100 / self.target)))


@dataclass(frozen=True)
class Way:
    """The planned way to a target: a straight line, or one for each calendar year."""

    baseline: int
    target: int
    period: Period
    path: Path = ()

    def pieces(self) -> list[tuple[Period, int]]:
        """Give the straight pieces of the way: their days, and what each shall bring."""
        if not self.path:
            return [(self.period, self.target - self.baseline)]
        return [(_year_in(self.period, year), more) for year, more in self.path]

    def expected(self, day: date) -> int:
        """Say what it has by the end of a day; rounded down to whole ones."""
        return self.baseline + sum(
            more * days.days_passed(day) // days.days for days, more in self.pieces()
        )

    def exactly(self, day: date) -> float:
        """Say what it has by the end of a day, to one decimal."""
        brought = sum(more * days.days_passed(day) / days.days for days, more in self.pieces())
        return round(self.baseline + brought, 1)


def _year_in(period: Period, year: int) -> Period:
    return Period(
        max(period.first, date(year, 1, 1)), min(period.last, date(year, 12, 31))
    )  # fmt: skip


def standing(
    so_far: float, target: int, baseline: int, period: Period, day: date, path: Path = ()
) -> Standing:
    """Compare a value with the planned way."""
    expected = Way(baseline, target, period, path).expected(day)
    return Standing(so_far, target, expected, is_over=day > period.last)


def years_of(first: date, last: date) -> range:
    """Give the calendar years that a period touches."""
    return range(first.year, last.year + 1)


def begins_on(kind: PeriodKind, day: date) -> date:
    """Give the first day of the calendar period in which a day lies."""
    length = _MONTHS[kind]
    return date(day.year, (day.month - 1) // length * length + 1, 1)


def ends_on(kind: PeriodKind, day: date) -> date:
    """Give the last day of the calendar period in which a day lies."""
    first = begins_on(kind, day)
    following = first.year * 12 + first.month - 1 + _MONTHS[kind]
    return date(following // 12, following % 12 + 1, 1) - timedelta(days=1)


def is_whole(kind: PeriodKind, first: date, last: date) -> bool:
    """Say whether a goal begins with the first day of a round and ends with the last of one."""
    if kind == PeriodKind.WHOLE:
        return True
    return begins_on(kind, first) == first and ends_on(kind, last) == last


def round_on(kind: PeriodKind, first: date, last: date, day: date) -> Period:
    """Give the round of a goal that runs on a day; the first before it, the last after it."""
    if kind == PeriodKind.WHOLE:
        return Period(first, last)
    inside = min(max(day, first), last)
    return Period(begins_on(kind, inside), ends_on(kind, inside))


def rounds_until(kind: PeriodKind, first: date, last: date, day: date) -> Sequence[Period]:
    """List the rounds of a goal that were over before a day, the latest first."""
    found: list[Period] = []
    start = first
    while kind != PeriodKind.WHOLE and start <= last:
        end = ends_on(kind, start)
        if end >= day:
            break
        found.append(Period(start, end))
        start = end + timedelta(days=1)
    return found[::-1]
