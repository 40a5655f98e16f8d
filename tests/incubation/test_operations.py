"""Incubations: a company has one at a time, from its real first date to its end."""

from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.core.access import command_line
from incubator.core.errors import NotAllowed, RuleBroken
from incubator.core.scope import View
from incubator.incubation import operations as incubation, queries
from incubator.incubation.models import EndReason, Incubation
from incubator.upkeep import check
from tests import make

ME = command_line()
DAY = date(2026, 3, 2)


@pytest.fixture
def running(session, clock):
    return make.incubation(session, DAY)


def end(session, incubated, on, by=ME):
    return incubation.end_incubation(session, by, incubated, on=on, reason=EndReason.COMPLETED)


def active(session, day):
    return [row.id for row in session.execute(queries.running_on(View(day)))]


def test_a_company_is_active_from_admission_until_the_day_before_it_left(session, running):
    end(session, running, date(2026, 4, 1))
    days = (date(2026, 3, 1), DAY, date(2026, 3, 31), date(2026, 4, 1))
    assert [len(active(session, day)) for day in days] == [0, 1, 1, 0]
    assert running.left_on == date(2026, 4, 1)
    assert list(check.broken(session)) == []


def test_a_company_that_left_can_be_admitted_anew_and_counts_twice(session, running):
    end(session, running, date(2026, 4, 1))
    again = make.ripe_idea(session, company_id=running.company_id)
    make.move(session, again, "incubator_company", date(2026, 4, 2))
    assert session.scalar(sa.select(sa.func.count(Incubation.id))) == 2
    admitted = session.execute(queries.admissions(View(date(2026, 5, 12)))).all()
    assert sorted(row.day for row in admitted) == [DAY, date(2026, 4, 2)]
    assert len(active(session, date(2026, 5, 12))) == 1


@pytest.mark.parametrize(
    ("on", "code"), [(date(2026, 3, 1), "not_running"), (date(2026, 5, 13), "in_the_future")]
)
def test_a_company_does_not_leave_before_it_came_or_in_the_future(session, running, on, code):
    with pytest.raises(RuleBroken, match=code):
        end(session, running, on)
    assert running.left_on is None


def test_a_company_leaves_once(session, running):
    end(session, running, DAY)
    with pytest.raises(RuleBroken, match="not_running"):
        end(session, running, DAY)


def test_who_may_not_move_cards_ends_no_incubation(session, running):
    for actor in (
        make.actor(session, Role.PARTNER), make.actor(session, region_name="Hamarregionen"),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            end(session, running, DAY, by=actor)
