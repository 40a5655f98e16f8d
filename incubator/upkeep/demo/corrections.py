"""What people do over again: a wrong move is undone, a number corrected, cards put in order."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from incubator.ideas import order
from incubator.ideas.models import StageKind, Status
from incubator.jobs import operations as jobs
from incubator.jobs.models import JobRecord
from incubator.pipeline.operations import Answers, move_idea, place_idea
from incubator.pipeline.undo import undo_change
from incubator.upkeep.demo.script import Script, next_work_day
from incubator.upkeep.demo.telling import Telling
from incubator.upkeep.demo.world import World

REGION = "Elverumregionen"
SLIPS = 2  # cards that were dropped in the wrong column
LONG_AGO = 60  # days: enough to be corrected since
MISHEARD = (8, 3)  # jobs as first entered, and as they were


def make(world: World, script: Script, tellings: Sequence[Telling]) -> None:
    """Add the corrections to the script; those who own the ideas make them."""
    here = [telling for telling in tellings if telling.story.region == REGION]
    for telling in _open_in(here, StageKind.CASE)[-SLIPS:]:
        on = next_work_day(telling.story.life.entries[-1].on + timedelta(days=8))
        script.add(on, partial(_slip, world, telling, on))
    launched = [telling for telling in here if telling.story.life.status == Status.LAUNCHED]
    _correct_jobs(world, script, [t for t in launched if t.story.life.days_ago > LONG_AGO][-1])
    for kind in (StageKind.APPLICATION, StageKind.CASE):
        script.add(script.last_day, partial(_put_second, world, _open_in(here, kind)))


def _open_in(tellings: Sequence[Telling], kind: StageKind) -> list[Telling]:
    """List open cards of a stage, the newest first."""
    found = [
        telling
        for telling in tellings
        if telling.story.life.status == Status.OPEN and telling.story.life.stage == kind
    ]
    return sorted(found, key=lambda telling: telling.story.life.days_ago)


def _slip(world: World, telling: Telling, on: date) -> None:
    """Drop a card in the last column instead of the next, and undo it."""
    answers = Answers(launched_what="Prototype", first_sale_planned_on=on + timedelta(days=30))
    change = move_idea(
        world.session,
        telling.actor,
        telling.idea,
        world.stages[StageKind.MARKET],
        on,
        seen=world.stages[StageKind.CASE],
        answers=answers,
    )
    undo_change(world.session, telling.actor, change.id)


def _correct_jobs(world: World, script: Script, telling: Telling) -> None:
    """Enter a number that was misheard; the right one takes its place some weeks later."""
    on = (telling.story.life.closed_on or script.last_day) + timedelta(days=3)
    entered_on = next_work_day(on + timedelta(days=2))
    corrected_on = next_work_day(on + timedelta(days=26))
    rows: list[JobRecord] = []
    script.add(entered_on, lambda: rows.append(_jobs(world, telling, on, MISHEARD[0])))
    script.add(corrected_on, lambda: undo_change(world.session, telling.actor, rows[0].change_id))
    script.add(corrected_on, lambda: _jobs(world, telling, on, MISHEARD[1]))


def _jobs(world: World, telling: Telling, on: date, number: int) -> JobRecord:
    idea = telling.idea
    return jobs.record_jobs(
        world.session,
        telling.actor,
        region_id=idea.region_id,
        on=on,
        number=Decimal(number),
        company_id=idea.company_id,
        idea_id=idea.id,
        municipality_id=idea.municipality_id,
        source="Telefon med daglig leder",
    )


def _put_second(world: World, column: Sequence[Telling]) -> None:
    """Lift the card that has stood longest to the second place, for the weekly meeting."""
    first = min(column, key=lambda telling: telling.idea.position or 0)
    oldest = column[-1]
    if oldest is not first:
        place = order.Place(after_id=first.idea.id)
        place_idea(world.session, world.actors["leder"], oldest.idea, place)
