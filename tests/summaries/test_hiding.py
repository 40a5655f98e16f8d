"""Where small counts are hidden, nothing that is told tells which of the small ones it was."""

from datetime import date
from itertools import count

from hypothesis import given, settings, strategies as st

from incubator.goals.metrics import METRICS, Kind
from incubator.reference.numbers import TOLD_FROM
from incubator.summaries import hiding
from incubator.summaries.models import Cadence
from incubator.summaries.rules import FrozenRow
from tests.summaries.sample import figure

SMALL = st.integers(TOLD_FROM.least, TOLD_FROM.most)  # a count below it is not told
COUNTS = st.lists(st.integers(0, 7), min_size=12, max_size=12)
NUMBER = count()


def rows_of(counts):
    return [
        FrozenRow(next(NUMBER), date(2026, month, 1 + nth), None)
        for month, found in enumerate(counts, 1)
        for nth in range(found)
    ]


def told_in_a_year(counts, from_industry, cadence, small):
    """Give all that a partner is told in a year, month by month or quarter by quarter."""
    step = 1 if cadence == Cadence.MONTHLY else 3
    told = []
    for last in range(step, 13, step):
        inside, in_year, figures = {}, {}, []
        for metric in METRICS:
            which = from_industry if metric.key == "ideas_from_industry" else counts
            rows = [row for row in rows_of(which) if row.day.month <= last]
            in_year[metric.key] = rows
            inside[metric.key] = [row for row in rows if row.day.month > last - step]
            if metric.kind != Kind.LEVEL and not metric.is_sum:
                figures.append(figure(metric.key, len(inside[metric.key]), len(rows)))
        told.append(hiding.hide_figures(figures, inside, in_year, cadence, (), small))
    return told


@settings(max_examples=60, deadline=None)
@given(COUNTS, st.integers(0, 11), SMALL)
def test_a_hidden_month_may_be_any_small_number_whatever_is_told(counts, at, small):
    one, two = ([*counts[:at], number, *counts[at + 1 :]] for number in (1, small - 1))
    assert told_in_a_year(one, [0] * 12, Cadence.MONTHLY, small) == told_in_a_year(
        two, [0] * 12, Cadence.MONTHLY, small
    )


@settings(max_examples=60, deadline=None)
@given(COUNTS, st.integers(0, 3), SMALL)
def test_a_hidden_quarter_may_be_any_small_number_whatever_is_told(counts, at, small):
    one, two = (
        [*counts[: at * 3], 0, number, 0, *counts[at * 3 + 3 :]] for number in (1, small - 1)
    )
    assert told_in_a_year(one, [0] * 12, Cadence.QUARTERLY, small) == told_in_a_year(
        two, [0] * 12, Cadence.QUARTERLY, small
    )


@settings(max_examples=60, deadline=None)
@given(COUNTS, st.integers(0, 11), st.integers(0, 4), SMALL)
def test_nor_may_the_rest_of_a_whole_be_worked_out(counts, at, more, small):
    counts[at] = whole = small + more
    some = [here // 2 for here in counts]
    one, two = ([*some[:at], whole - rest, *some[at + 1 :]] for rest in (1, small - 1))
    assert told_in_a_year(counts, one, Cadence.MONTHLY, small) == told_in_a_year(
        counts, two, Cadence.MONTHLY, small
    )


def test_totals_are_rounded_down_and_say_nothing_where_they_know_nothing():
    assert [hiding.rounded(told, true) for told, true in ((0, 0), (0, 3), (4, 6), (9, 9))] == [
        0, None, None, 5,
    ]  # fmt: skip
    rows = rows_of([3, 2, 5, 1])
    assert hiding.told_in_full(rows, Cadence.MONTHLY, 3) == 8
    assert hiding.told_in_full(rows, Cadence.QUARTERLY, 3) == 10
    assert hiding.told_in_full(rows_of([0, 0, 0, 1]), Cadence.QUARTERLY, 3) == 0


def test_a_new_version_does_not_tell_a_difference_of_one_or_two():
    inside = {"cases_opened": rows_of([6])}
    one = figure("cases_opened", 6, 6)

    def version_after(number):
        told = hiding._figure(
            one, inside["cases_opened"], inside["cases_opened"], Cadence.MONTHLY,
            {"now": number}, 3,
        )  # fmt: skip
        return told["now"]

    assert [version_after(number) for number in (3, 4, 5, 6, 7, 8, 9, None)] == [
        6, None, None, 6, None, None, 6, 6,
    ]  # fmt: skip
