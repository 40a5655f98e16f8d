"""Where a goal stands against the straight line."""

from datetime import date

import pytest

from incubator.core.clock import Period
from incubator.goals.rules import standing

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    "day, expected",
    [
        (date(2025, 12, 31), 0),
        (date(2026, 1, 1), 0),
        (date(2026, 1, 31), 5),  # 31 of 365 days of 60: 5.1
        (date(2026, 7, 1), 29),  # 182 of 365: 29.9 is not yet 30
        (date(2026, 7, 2), 30),
        (date(2026, 12, 30), 59),
        (date(2026, 12, 31), 60),
        (date(2027, 3, 1), 60),
    ],
)
def test_the_line_counts_whole_ones_when_the_day_has_ended(day, expected):
    assert standing(0, 60, 0, YEAR, day).expected == expected


def test_a_line_is_exact_where_fractions_are_not():
    """A third of 30 over three days is 10, which 29.999… would miss."""
    three = Period(date(2026, 1, 1), date(2026, 1, 3))
    assert [standing(0, 30, 0, three, date(2026, 1, n)).expected for n in (1, 2, 3)] == [10, 20, 30]


def test_the_line_begins_at_the_baseline():
    assert standing(0, 60, 40, YEAR, date(2025, 12, 31)).expected == 40
    assert standing(0, 60, 40, YEAR, date(2026, 7, 2)).expected == 50


@pytest.mark.parametrize(
    "so_far, on_track, behind", [(31, True, -1), (30, True, 0), (29, False, 1), (29.5, False, 0.5)]
)
def test_on_the_line_is_on_track(so_far, on_track, behind):
    found = standing(so_far, 60, 0, YEAR, date(2026, 7, 2))
    assert (found.is_on_track, found.behind, found.is_over) == (on_track, behind, False)


@pytest.mark.parametrize(
    "so_far, reached, behind", [(59, False, 1), (60, True, 0), (75, True, -15)]
)
def test_an_ended_goal_is_measured_against_its_target(so_far, reached, behind):
    found = standing(so_far, 60, 0, YEAR, date(2027, 1, 1))
    assert found.is_over
    assert (found.is_reached, found.is_on_track, found.behind) == (reached, reached, behind)


@pytest.mark.parametrize(
    "so_far, percent", [(0, 0), (0.5, 0), (30, 50), (59, 98), (60, 100), (90, 100)]
)
def test_the_share_never_claims_more_than_there_is(so_far, percent):
    assert standing(so_far, 60, 0, YEAR, date(2026, 7, 1)).percent == percent


def test_a_goal_of_one_day_is_due_when_it_ends():
    one = Period(date(2026, 5, 1), date(2026, 5, 1))
    days = (date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 2))
    assert [standing(0, 1, 0, one, day).expected for day in days] == [0, 1, 1]
