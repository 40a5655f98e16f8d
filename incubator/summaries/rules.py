"""Decide by the calendar and by the agreement: which month, when, and what is too small to tell."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from incubator.core.clock import OSLO, Period
from incubator.followups.rules import working_day_from
from incubator.summaries.models import Cadence

BUILT_AT = time(6)
STEP = 5


def month_before(day: date) -> date:
    """Give the first day of the month before the one that a day lies in."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def last_day_of(month: date) -> date:
    """Give the last day of a month."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def due_at(month: date) -> datetime:
    """Give the instant at which a month's summaries are built: 06:00 in Norway on the first
    working day after it."""
    first = working_day_from(last_day_of(month) + timedelta(days=1))
    return datetime.combine(first, BUILT_AT, OSLO).astimezone(UTC)


def period_of(cadence: Cadence, month: date) -> Period | None:
    """Give what a summary of a month tells of; None where the agreement asks for none then."""
    if cadence == Cadence.MONTHLY:
        return Period(month, last_day_of(month))
    if month.month % 3:
        return None
    return Period(date(month.year, month.month - 2, 1), last_day_of(month))


def leaves_at(version: int, cut_off_at: datetime, days: int | None) -> datetime | None:
    """Give when a draft leaves by itself, if nobody has approved it; None where it waits.

    A new version is a correction that somebody makes: it waits for a person.
    """
    return None if days is None or version > 1 else cut_off_at + timedelta(days=days)


@dataclass(frozen=True)
class Told:
    """A pair of numbers as they may be told: of the period, and so far in the year."""

    period: str | None
    year: str | None


def too_small(value: float, small: int) -> bool:
    """Say whether a number could point at somebody: 1 or 2 where the settings say 3."""
    return 0 < value < small


def at_least(value: float) -> int:
    """Round a total down to whole fives, so that two of them do not give away what lies between."""
    return int(value) // STEP * STEP


@dataclass(frozen=True)
class FrozenRow:
    """A row behind a figure, as far as two looks at it can differ."""

    id: int
    day: date
    amount: int | None


def differences(before: Iterable[FrozenRow], after: Iterable[FrozenRow]) -> list[dict[str, Any]]:
    """Say row by row what a later look at the same days sees otherwise."""
    old = {row.id: row for row in before}
    new = {row.id: row for row in after}
    found: list[dict[str, Any]] = []
    for number in sorted(old.keys() | new.keys()):
        was, is_now = old.get(number), new.get(number)
        if was == is_now:
            continue
        found.append(
            {
                "id": number,
                "was": was.day.isoformat() if was else None,
                "is": is_now.day.isoformat() if is_now else None,
                "was_amount": was.amount if was else None,
                "is_amount": is_now.amount if is_now else None,
            }
        )
    return found
