"""One clock: Norwegian days, instants in UTC."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from incubator.core import clock as clock_module
from incubator.core.clock import OSLO, Period, end_of, year_to


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-06-30T21:59:59+00:00", date(2026, 6, 30)),  # summer time: two hours ahead
        ("2026-06-30T22:00:00+00:00", date(2026, 7, 1)),
        ("2026-12-31T22:59:59+00:00", date(2026, 12, 31)),  # winter time: one hour
        ("2026-12-31T23:00:00+00:00", date(2027, 1, 1)),
    ],
)
def test_a_day_begins_at_midnight_in_norway(clock, moment, day):
    clock.set(datetime.fromisoformat(moment))
    assert clock_module.today() == day


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_a_day_ends_where_the_next_one_begins(day):
    after = end_of(day).astimezone(OSLO)
    assert after.date() == day + timedelta(days=1)
    assert (end_of(day) - timedelta(seconds=1)).astimezone(OSLO).date() == day


def test_the_days_on_which_clocks_change_have_23_and_25_hours():
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    for day, hours in ((spring, 23), (autumn, 25)):
        assert end_of(day) - end_of(day - timedelta(days=1)) == timedelta(hours=hours)


def test_the_clock_tells_utc():
    assert clock_module.now().tzinfo is UTC


def test_a_period_that_ends_before_it_begins_is_none():
    with pytest.raises(ValueError, match="ends before"):
        Period(date(2026, 2, 1), date(2026, 1, 31))


def test_a_period_counts_both_its_ends():
    assert Period(date(2026, 1, 1), date(2026, 1, 1)).days == 1
    assert Period(date(2024, 1, 1), date(2024, 12, 31)).days == 366


def test_the_year_so_far_begins_on_the_first_of_january():
    assert year_to(date(2026, 5, 12)) == Period(date(2026, 1, 1), date(2026, 5, 12))
