"""A seeded board is what the operations would have left, and as large as was asked for."""

import sqlalchemy as sa

from bench.seed import GOALS, Seeder
from incubator.core import clock
from incubator.core.access import command_line
from incubator.core.scope import View
from incubator.goals import queries as goals
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea, Status
from incubator.pipeline.queries import board_as_of
from incubator.upkeep import check

CARDS = 60


def test_a_seeded_board_contradicts_itself_nowhere(session):
    Seeder(session, CARDS).run()
    assert list(check.broken(session)) == []


def test_the_facts_and_the_cards_count_the_same_board(session):
    told = Seeder(session, CARDS).run()
    as_facts = board_as_of(session, View(clock.today(), None, (told["region"],)))
    open_cards = session.scalar(sa.select(sa.func.count()).where(Idea.status == Status.OPEN))
    assert sum(as_facts["stages"].values()) == open_cards
    assert CARDS * 0.9 <= open_cards <= CARDS
    assert as_facts["parked"] + as_facts["stopped"] > 0


def test_the_goal_strip_of_a_seeded_board_has_its_goals(session):
    region = Seeder(session, CARDS).run()["region"]
    running = goals.goals_of_region(session, region, clock.today())
    assert {goal.metric for goal, *_more in running} == set(GOALS)


def test_what_is_added_later_stands_above_what_was_seeded(session):
    region = Seeder(session, CARDS).run()["region"]
    first = session.scalar(sa.select(sa.func.min(Idea.position)))
    stage = session.get_one(ideas.Stage, session.scalar(sa.select(sa.func.min(Idea.stage_id))))
    added = ideas.add_idea(
        session, command_line(), region_id=region, stage=stage, title="Ny", on=clock.today()
    )
    assert added.position < first
    assert list(check.broken(session)) == []
