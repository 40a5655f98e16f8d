"""The calendar: working days, the hour of the daily mail, the groups of the list."""

from datetime import UTC, date, datetime, timedelta

import holidays
import pytest

from incubator.core.clock import OSLO
from incubator.followups import rules
from incubator.followups.rules import Group, group_of


@pytest.mark.parametrize("year", range(2015, 2046))
def test_the_holidays_are_those_of_the_law(year):
    known = holidays.country_holidays("NO", years=year)
    assert rules.public_holidays(year) == set(known)


def test_a_weekend_and_a_holiday_are_no_working_days():
    days = [date(2026, 5, 13) + timedelta(days=n) for n in range(6)]
    # Ascension Day is Thursday the 14th, and the 17th of May a Sunday.
    assert [rules.is_working_day(day) for day in days] == [True, False, True, False, False, True]
    assert rules.next_working_day(date(2026, 4, 1)) == date(2026, 4, 7)  # over Easter
    assert rules.working_day_before(date(2026, 4, 7)) == date(2026, 4, 1)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-05-12T06:59:59", None),
        ("2026-05-12T07:00:00", "2026-05-12T05:00:00"),
        ("2026-05-12T11:59:00", "2026-05-12T05:00:00"),  # caught up with
        ("2026-05-12T12:00:00", None),  # but not in the afternoon
        ("2026-01-12T07:00:00", "2026-01-12T06:00:00"),
        ("2026-03-27T07:00:00", "2026-03-27T06:00:00"),  # the Friday before summer time
        ("2026-03-30T07:00:00", "2026-03-30T05:00:00"),  # the Monday after
        ("2026-10-23T07:00:00", "2026-10-23T05:00:00"),
        ("2026-10-26T07:00:00", "2026-10-26T06:00:00"),
        ("2026-05-16T08:00:00", None),  # Saturday
        ("2026-05-14T08:00:00", None),  # Ascension Day
        ("2026-12-25T08:00:00", None),
    ],
)
def test_the_daily_mail_leaves_at_seven_in_norway_on_working_days(now, due):
    expected = datetime.fromisoformat(due).replace(tzinfo=UTC) if due else None
    assert rules.digest_due_at(at(now).astimezone(UTC)) == expected


def test_it_tells_of_what_happened_since_the_last_one():
    monday = rules.at_seven(date(2026, 3, 30))
    assert rules.tells_since(monday, None) == rules.at_seven(date(2026, 3, 27))
    late = monday - timedelta(hours=70)
    assert rules.tells_since(monday, late) == late
    assert rules.tells_since(monday, monday - timedelta(days=30)) == monday - timedelta(days=7)


def test_groups_follow_the_week():
    thursday = date(2026, 5, 21)
    days = {-1: Group.OVERDUE, 0: Group.TODAY, 1: Group.WEEK, 3: Group.WEEK, 4: Group.LATER}
    for days_on, group in days.items():
        assert group_of(thursday + timedelta(days=days_on), None, thursday) == group
    assert group_of(None, None, thursday) == Group.UNDATED
    assert group_of(thursday, thursday, thursday) == Group.DONE
    sunday = date(2026, 5, 24)
    assert group_of(sunday + timedelta(days=1), None, sunday) == Group.LATER


@pytest.mark.parametrize("today", [date(2026, 4, 1) + timedelta(days=n) for n in range(60)])
def test_the_days_that_are_offered_lie_ahead_are_worked_and_differ(today):
    days = [one.day for one in rules.quick_days(today)]
    assert all(day > today and rules.is_working_day(day) for day in days)
    assert len(set(days)) == len(days)
