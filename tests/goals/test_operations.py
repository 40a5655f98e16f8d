"""Programmes and goals are written by those who answer for them, and must make sense."""

from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.core.errors import NotAllowed, RuleBroken
from incubator.goals import operations as goals
from incubator.goals.models import Goal
from tests import make


def refused(code, write, *args, **given):
    with pytest.raises(RuleBroken) as no:
        write(*args, **given)
    assert no.value.code == code


def test_a_goal_leaves_a_change_with_its_target(session):
    goal = make.goal(session, target=12)
    change = session.get_one(Change, goal.change_id)
    assert (change.verb, change.region_id) == ("goal.set", make.region(session).id)


def test_the_only_place_of_a_programme_is_meant(session):
    assert make.goal(session).region_id == make.region(session).id
    county = make.programme(session, region_ids=[], county="34")
    goal = make.goal(session, of=county)
    assert (goal.region_id, goal.county) == (None, "34")


def test_of_several_places_one_must_be_named(session):
    both = [make.region(session).id, make.region(session, "Hamarregionen").id]
    programme = make.programme(session, region_ids=both)
    refused("place_missing", make.goal, session, of=programme)
    assert make.goal(session, of=programme, region_id=both[1]).region_id == both[1]
    refused("place_missing", make.goal, session, of=make.programme(session, region_ids=[]))


@pytest.mark.parametrize(
    "code, over",
    [
        ("no_such_metric", {"metric": "happiness"}),
        ("period_order", {"to_on": date(2025, 12, 31)}),
        ("target_missing", {"target": 0}),
        ("target_missing", {"target": -3}),
    ],
)
def test_a_goal_that_makes_no_sense_is_refused(session, code, over):
    refused(code, make.goal, session, **over)
    assert session.scalars(sa.select(Goal)).all() == []


def test_a_programme_ends_after_it_begins(session):
    refused("period_order", make.programme, session, ends_on=date(2024, 12, 31))


@pytest.mark.parametrize("role", Role)
def test_goals_are_for_managers_and_administrators(session, role):
    actor, programme = make.actor(session, role), make.programme(session)
    given = {
        "metric": "cases_opened", "from_on": date(2026, 1, 1), "to_on": date(2026, 12, 31),
        "target": 12,
    }  # fmt: skip
    if role in (Role.ADMIN, Role.MANAGER):
        assert goals.set_goal(session, actor, programme, **given).target == 12
    else:
        with pytest.raises(NotAllowed):
            goals.set_goal(session, actor, programme, **given)


def test_a_manager_sets_no_goal_for_another_region(session):
    manager = make.actor(session, Role.MANAGER)
    there = make.region(session, "Hamarregionen")
    programme = make.programme(session, region_ids=[there.id])
    with pytest.raises(NotAllowed):
        goals.set_goal(
            session, manager, programme, metric="cases_opened", from_on=date(2026, 1, 1),
            to_on=date(2026, 12, 31), target=12, region_id=there.id,
        )  # fmt: skip
