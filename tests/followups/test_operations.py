"""Promises: the earliest open one is the next step of its card."""

from datetime import date, timedelta

import pytest

from incubator.accounts.models import Role
from incubator.core.access import command_line
from incubator.core.errors import NotAllowed, NotFound, RuleBroken
from incubator.followups import operations as followups, queries
from incubator.upkeep import check
from tests import make

ME = command_line()
DAY = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def stands_still(clock):
    """All of it happens in May 2026."""


def promise(session, idea, what, due_on=None, by=ME):
    return followups.promise(session, by, idea, what=what, due_on=due_on)


def test_the_earliest_open_promise_is_the_next_step_and_one_with_a_day_comes_first(session):
    idea = make.idea(session)
    seen = []
    for what, due_on in (
        ("Når det passer", None), ("Senere", DAY + timedelta(days=9)), ("Først", DAY),
        ("Samme dag", DAY),
    ):  # fmt: skip
        promise(session, idea, what, due_on)
        seen.append(idea.next_step)
    assert seen == ["Når det passer", "Senere", "Først", "Først"]
    assert list(check.broken(session)) == []


def test_a_kept_promise_makes_room_for_the_next(session):
    idea = make.idea(session)
    later = promise(session, idea, "Senere", DAY)
    first = promise(session, idea, "Først", DAY - timedelta(days=1))
    followups.finish(session, ME, first)
    assert (idea.next_step, idea.next_step_on) == ("Senere", DAY)
    followups.finish(session, ME, later)
    assert (idea.next_step, idea.next_step_on) == (None, None)
    assert first.done_on == date(2026, 5, 12)


def test_a_promise_is_kept_once(session):
    step = promise(session, make.idea(session), "Ring")
    followups.finish(session, ME, step)
    with pytest.raises(RuleBroken, match="already_done"):
        followups.finish(session, ME, step)


def test_a_promise_says_what(session):
    with pytest.raises(RuleBroken, match="step_missing"):
        promise(session, make.idea(session), " \n")


def test_who_promises_is_responsible_unless_another_is_named(session):
    me, other = make.actor(session), make.user(session)
    idea = make.idea(session)
    assert promise(session, idea, "Ring", by=me).responsible_id == me.id
    named = followups.promise(session, me, idea, what="Ring", due_on=None, responsible_id=other.id)
    assert named.responsible_id == other.id


def test_an_advisor_promises_something_on_anybodys_idea_and_a_partner_on_none(session):
    idea = make.ripe_idea(session)
    promise(session, idea, "Ring", by=make.actor(session, Role.ADVISOR))
    with pytest.raises(NotAllowed):
        promise(session, idea, "Ring", by=make.actor(session, Role.PARTNER))


def test_a_promise_in_another_region_is_not_found(session):
    step = promise(session, make.idea(session, region_name="Hamarregionen"), "Ring")
    with pytest.raises(NotFound):
        queries.get_step(session, make.actor(session), step.id)


def test_a_promise_and_its_keeping_tell_the_board(session):
    idea = make.idea(session)
    step = promise(session, idea, "Ring")
    assert idea.last_change_id == step.change_id
    assert followups.finish(session, ME, step).id == idea.last_change_id


def test_open_promises_are_listed_before_kept_ones(session):
    idea = make.idea(session)
    kept, open_one = promise(session, idea, "Først"), promise(session, idea, "Siden")
    followups.finish(session, ME, kept)
    listed = [step.id for step, *_names in queries.list_for_idea(session, idea.id)]
    assert listed == [open_one.id, kept.id]
