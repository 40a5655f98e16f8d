"""One clock: instants are UTC, days are Europe/Oslo. Nothing else asks what time it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")


_stopped_at: datetime | None = None


def now() -> datetime:
    """Give this instant in UTC."""
    return _stopped_at or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Stop the clock of the whole process at an instant: for the demo and for tests."""
    global _stopped_at
    before, _stopped_at = _stopped_at, moment.astimezone(UTC)
    try:
        yield
    finally:
        _stopped_at = before


def today() -> date:
    """Give the day that it is in Norway."""
    return now().astimezone(OSLO).date()


def day_of(moment: datetime) -> date:
    """Give the day in Norway that an instant lies in, or ends."""
    return (moment - timedelta(microseconds=1)).astimezone(OSLO).date()


def end_of(day: date) -> datetime:
    """Give the instant at which a day in Norway has ended."""
    return datetime.combine(day + timedelta(days=1), time(), OSLO).astimezone(UTC)


def in_oslo(moment: datetime) -> datetime:
    """Give an instant in UTC; one without a time zone is meant as the clock in Norway."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=OSLO)).astimezone(UTC)


@dataclass(frozen=True)
class Period:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a period ends before it begins")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def days_passed(self, day: date) -> int:
        """Count the days of the period that have passed when `day` has ended."""
        return min(max((day - self.first).days + 1, 0), self.days)


def year_to(day: date) -> Period:
    """Give the period from 1 January of the year of `day` up to it."""
    return Period(date(day.year, 1, 1), day)
