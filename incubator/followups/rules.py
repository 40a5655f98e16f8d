"""Decide by the calendar: which days are worked, what is due when, when the digest leaves."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from dateutil.easter import easter

from incubator.core.clock import OSLO

DIGEST_AT = time(7)
NOT_AFTER = time(12)  # a digest of the morning is no use in the afternoon
LATELY = timedelta(days=7)
LONGEST_LOOK_BACK = timedelta(days=7)
# Days from Easter Sunday: Maundy Thursday, Good Friday, Easter, Ascension, Whitsun.
_BY_EASTER = (-3, -2, 0, 1, 39, 49, 50)
_FIXED = ((1, 1), (5, 1), (5, 17), (12, 25), (12, 26))


@lru_cache(maxsize=16)
def public_holidays(year: int) -> frozenset[date]:
    """Give the public holidays of Norway in a year; they have been these since 1947."""
    sunday = easter(year)
    moving = {sunday + timedelta(days=days) for days in _BY_EASTER}
    return frozenset(moving | {date(year, month, day) for month, day in _FIXED})


def is_working_day(day: date) -> bool:
    """Say whether people work on a day: Monday to Friday, and no public holiday."""
    return day.weekday() < 5 and day not in public_holidays(day.year)


def next_working_day(day: date) -> date:
    """Give the first working day after a day."""
    step = day + timedelta(days=1)
    while not is_working_day(step):
        step += timedelta(days=1)
    return step


def working_day_from(day: date) -> date:
    """Give a day, or the first working day after it."""
    return day if is_working_day(day) else next_working_day(day)


def working_day_before(day: date) -> date:
    """Give the last working day before a day."""
    step = day - timedelta(days=1)
    while not is_working_day(step):
        step -= timedelta(days=1)
    return step


def digest_due_at(now: datetime) -> datetime | None:
    """Give the instant of the digest that may leave now: 07:00 in Norway, caught up till noon."""
    local = now.astimezone(OSLO)
    if not is_working_day(local.date()) or not DIGEST_AT <= local.time() < NOT_AFTER:
        return None
    return at_seven(local.date())


def at_seven(day: date) -> datetime:
    """Give the instant at which it is 07:00 in Norway on a day."""
    return datetime.combine(day, DIGEST_AT, OSLO).astimezone(UTC)


def tells_since(due_at: datetime, last: datetime | None) -> datetime:
    """Give the instant from which a digest tells: the last one, or 07:00 a working day before.

    Whoever had none for long is not told of everything since.
    """
    if last is None:
        return at_seven(working_day_before(due_at.astimezone(OSLO).date()))
    return max(last, due_at - LONGEST_LOOK_BACK)


class Group(StrEnum):
    """When a promise falls due, seen from today."""

    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"
    LATER = "later"
    UNDATED = "undated"
    DONE = "done"


def week_ends(today: date) -> date:
    """Give the Sunday of this week."""
    return today + timedelta(days=6 - today.weekday())


def group_of(due_on: date | None, done_on: date | None, today: date) -> Group:
    """Say in which group of the list a promise stands."""
    if done_on is not None:
        return Group.DONE
    if due_on is None:
        return Group.UNDATED
    if due_on < today:
        return Group.OVERDUE
    if due_on == today:
        return Group.TODAY
    return Group.WEEK if due_on <= week_ends(today) else Group.LATER


@dataclass(frozen=True)
class Choice:
    """A day that is offered with one click, and what it is called."""

    key: str
    day: date


def quick_days(today: date) -> list[Choice]:
    """Offer the days to which things are most often moved, each a working day, none twice."""
    monday = today + timedelta(days=7 - today.weekday())
    offered = (
        Choice("next_working_day", next_working_day(today)),
        Choice("next_monday", working_day_from(monday)),
        Choice("in_a_week", working_day_from(today + timedelta(days=7))),
        Choice("in_a_month", working_day_from(today + timedelta(days=30))),
    )
    seen: set[date] = set()
    return [one for one in offered if not (one.day in seen or seen.add(one.day))]  # type: ignore[func-returns-value]
