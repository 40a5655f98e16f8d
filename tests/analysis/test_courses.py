"""Figures of a few ideas whose course is known: where cohorts are cut, and what parking does."""

from datetime import date

from incubator.analysis import listing, rows
from incubator.analysis.parts import cohorts
from incubator.core.clock import Period
from incubator.ideas import operations
from tests import make
from tests.analysis.test_figures import SPANS, look_at, reader_of
from tests.goals.history import ME


def test_a_cohort_is_a_quarter_or_a_half_year_where_there_are_few(session, clock):
    look, reader = look_at(make.region(session), *SPANS[0]), reader_of(session)
    for day in (date(2025, 6, 30), date(2025, 7, 1), date(2026, 5, 12)):
        make.idea(session, on=day)
    now, _reached = cohorts.figures(session, reader, look)
    assert [label for label, _cells in now.rows] == [
        "1. halvår 2025", "2. halvår 2025", "1. halvår 2026",
    ]  # fmt: skip
    for nth in range(60):
        make.idea(session, on=date(2025, 6 + nth % 7, 2))
        make.idea(session, on=date(2026, 1 + nth % 5, 2))
    now, _reached = cohorts.figures(session, reader, look)
    assert [label for label, _cells in now.rows][:2] == ["2. kvartal 2025", "3. kvartal 2025"]


def test_an_idea_that_was_parked_has_been_in_its_stage_on_its_open_days_alone(session, clock):
    clock.set(date(2026, 3, 31))
    idea = make.idea(session, on=date(2026, 1, 1))
    operations.park_idea(
        session, ME, idea, on=date(2026, 1, 11), reason="Venter.", look_again_on=None
    )
    look = look_at(make.region(session), Period(date(2026, 1, 1), date(2026, 3, 31)),
                   date(2026, 1, 20))  # fmt: skip
    [stay] = rows.stayed(listing.queries.courses(session, look), look)
    assert (stay.keys[0], stay.days) == ("1", 10)
    operations.reopen_idea(session, ME, idea, on=date(2026, 3, 1), reason="Likevel.")
    look = look_at(make.region(session), look.span, date(2026, 3, 31))
    [stay] = rows.stayed(listing.queries.courses(session, look), look)
    assert (stay.keys[0], stay.days) == ("0", 40)
