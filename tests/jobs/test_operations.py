"""Work places: planned, expected and realised ones are never added together."""

from datetime import date
from decimal import Decimal

import pytest

from incubator.accounts.models import Role
from incubator.core.access import command_line
from incubator.core.errors import NotAllowed, RuleBroken
from incubator.core.scope import View
from incubator.jobs import operations as jobs, queries
from incubator.jobs.models import JobKind, JobState
from tests import make

ME = command_line()


@pytest.fixture(autouse=True)
def stands_still(clock):
    """All of it happens in May 2026."""


def realised(session, kind=JobKind.NEW, day=date(2026, 5, 12)):
    rows = session.execute(queries.realised(View(day), kind)).all()
    return sum((row.amount for row in rows), Decimal(0))


def test_realised_jobs_count_by_their_kind_from_their_day(session):
    make.jobs(session, number=Decimal("2.5"), on=date(2026, 3, 2))
    make.jobs(session, number=Decimal(4), kind=JobKind.SECURED, on=date(2026, 3, 2))
    assert realised(session) == Decimal("2.5")
    assert realised(session, JobKind.SECURED) == 4
    assert realised(session, day=date(2026, 3, 1)) == 0


@pytest.mark.parametrize("state", [JobState.PLANNED, JobState.EXPECTED])
def test_hoped_for_jobs_may_lie_ahead_and_are_not_counted(session, state):
    make.jobs(session, state=state, on=date(2027, 1, 1))
    make.jobs(session, state=state)
    assert realised(session) == 0


@pytest.mark.parametrize("number", [Decimal(0), Decimal(-1)])
def test_no_jobs_are_no_record(session, number):
    with pytest.raises(RuleBroken, match="jobs_missing"):
        make.jobs(session, number=number)


def test_realised_jobs_do_not_lie_ahead(session):
    with pytest.raises(RuleBroken, match="in_the_future"):
        make.jobs(session, on=date(2026, 5, 13))


def test_lost_jobs_are_kept_and_not_taken_off_the_new_ones(session):
    make.jobs(session, number=Decimal(3))
    make.jobs(session, number=Decimal(2), kind=JobKind.LOST)
    assert realised(session) == 3


def test_the_jobs_of_an_idea_are_listed_by_their_day(session):
    idea = make.idea(session)
    later = make.jobs(session, idea_id=idea.id, on=date(2026, 4, 1))
    first = make.jobs(session, idea_id=idea.id, on=date(2026, 3, 1))
    make.jobs(session)
    assert [row.id for row in queries.of_idea(session, idea.id)] == [first.id, later.id]


def test_who_may_not_move_cards_records_no_jobs(session):
    partner = make.actor(session, Role.PARTNER)
    with pytest.raises(NotAllowed):
        jobs.record_jobs(
            session, partner, region_id=make.region(session).id, on=make.REGISTERED,
            number=Decimal(1),
        )  # fmt: skip


def test_a_record_can_be_part_of_a_change_that_made_more(session):
    change = make.a_change(session)
    assert make.jobs(session, change=change).change_id == change.id
