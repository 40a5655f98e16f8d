"""What the leader settles at the end: focus areas, who claims what, a rule that was changed."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from itertools import cycle
from typing import Any

import sqlalchemy as sa

from incubator.funding.models import Application
from incubator.goals import operations as goals
from incubator.goals.models import AttributedKind, Goal
from incubator.goals.operations import Claim
from incubator.ideas import operations as ideas
from incubator.ideas.models import Status
from incubator.incubation.models import Incubation
from incubator.jobs.models import JobRecord, JobState
from incubator.reference import queries as reference
from incubator.reference.models import Programme
from incubator.upkeep.demo import data
from incubator.upkeep.demo.script import Script
from incubator.upkeep.demo.telling import Telling
from incubator.upkeep.demo.world import World, year_of_goals

REGION = "Elverumregionen"
EVERY_THIRD = 3
# Who claims one result: share in percent by the order of the programmes. The third is too much.
SHARES = ((60, 40), (100,), (70, 60), (50, 50))
OF_EACH_KIND = 4


def make(world: World, script: Script, tellings: Sequence[Telling]) -> None:
    """Let it happen on the last day, when all that it is about has been entered."""
    here = [telling for telling in tellings if telling.story.region == REGION]
    for telling in here[::EVERY_THIRD]:
        if telling.story.life.status == Status.OPEN:
            script.add(script.last_day, partial(_classify, world, telling))
    script.add(script.last_day, partial(_attribute, world, here))
    script.add(script.last_day, partial(_change_a_rule, world))


def _classify(world: World, telling: Telling) -> None:
    """Give an idea a focus area that is on offer, chosen by the words of its title."""
    idea = telling.idea
    offered = reference.focus_areas_in(world.session, idea.region_id, world.today)
    chosen = offered[len(idea.title) % len(offered)]
    ideas.edit_idea(world.session, telling.actor, idea, {}, focus_area_ids=[chosen.id])


def _programmes(world: World) -> list[Programme]:
    region = world.regions[REGION].id
    found = reference.programmes_in(world.session, region, world.today)
    return [one for one in found if one.ends_on >= world.today and one.starts_on < world.today]


def _attribute(world: World, here: Sequence[Telling]) -> None:
    """Attribute some results of each kind; one of them by more than one whole."""
    region, session = world.regions[REGION].id, world.session
    recent = world.today.replace(year=world.today.year - 1, day=1)
    named: dict[AttributedKind, Any] = {
        AttributedKind.JOBS: sa.select(JobRecord.id).where(
            JobRecord.state == JobState.REALISED, JobRecord.occurred_on >= recent,
            JobRecord.known(), JobRecord.region_id == region,
        ).order_by(JobRecord.id),
        AttributedKind.APPLICATION: sa.select(Application.id).where(
            Application.known(), Application.region_id == region
        ).order_by(Application.id.desc()),
        AttributedKind.INCUBATION: sa.select(Incubation.id).where(
            Incubation.known(), Incubation.region_id == region
        ).order_by(Incubation.id.desc()),
    }  # fmt: skip
    results = [(AttributedKind.IDEA, telling.idea.id) for telling in here[:OF_EACH_KIND]]
    for kind, query in named.items():
        results += [(kind, number) for number in session.scalars(query.limit(OF_EACH_KIND))]
    programmes = _programmes(world)
    for (kind, number), shares in zip(results, cycle(SHARES), strict=False):
        claims = [
            Claim(one.id, nth == 0, share)
            for nth, (one, share) in enumerate(zip(programmes, shares, strict=False))
        ]
        goals.attribute(session, world.actors["leder"], kind, number, claims)


def _change_a_rule(world: World) -> None:
    """Let a goal of the running year count by another rule from its fifth month on."""
    told = data.read("programmes")["changed_rule"]
    first = year_of_goals(world.today)[0]
    goal = world.session.scalars(
        sa.select(Goal).where(
            Goal.metric == told["metric"], Goal.from_on == first, Goal.known(),
            Goal.region_id == world.regions[REGION].id,
        )
    ).one()  # fmt: skip
    stored = goals.values_of(world.session, goal)
    wanted = goals.GoalValues(
        **{**stored.__dict__, "rule": told["rule"], "rule_from": _months_after(first, 4)}
    )
    goals.edit_goal(
        world.session, world.actors["leder"], goal, wanted, seen=goals.mark_of_goal(stored)
    )


def _months_after(day: date, months: int) -> date:
    month = day.year * 12 + day.month - 1 + months
    return date(month // 12, month % 12 + 1, 1)
