"""What a record of jobs may say, and who may change it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from incubator.core.access import Actor, Permission
from incubator.core.errors import NotAllowed, RuleBroken
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea
from incubator.jobs.models import JobRecord, JobState, JobUnit

EARLIEST = date(1990, 1, 1)
MOST = Decimal(100_000)
LATEST_YEARS = 20  # a plan beyond that is a slip of the finger
CENT = Decimal("0.01")


def must_make_sense(values: Mapping[str, Any], today: date) -> None:
    """Raise RuleBroken for a number, a division or a day that cannot be."""
    number, unit = values["number"], values["unit"]
    if number is None or number <= 0:
        raise RuleBroken("jobs_missing", fields=["number"])
    if number > MOST:
        raise RuleBroken("bad_number", fields=["number"])
    if unit == JobUnit.HEADS and number != number.to_integral_value():
        raise RuleBroken("heads_are_whole", fields=["number"])
    if number != number.quantize(CENT):
        raise RuleBroken("two_decimals", fields=["number"])
    _must_divide(values)
    _must_be_a_day(values["occurred_on"], values["state"], today)


def _must_divide(values: Mapping[str, Any]) -> None:
    women, men = values.get("women"), values.get("men")
    if min(women or 0, men or 0) < 0:
        raise RuleBroken("bad_number", fields=["women" if (women or 0) < 0 else "men"])
    if values["unit"] == JobUnit.HEADS and (women or 0) + (men or 0) > values["number"]:
        raise RuleBroken("more_than_all", fields=["women" if women else "men"])


def _must_be_a_day(on: date, state: JobState, today: date) -> None:
    if on > today and state == JobState.REALISED:
        raise RuleBroken("in_the_future", fields=["on"])
    if on < EARLIEST:
        raise RuleBroken("too_long_ago", fields=["on"])
    if on.year > today.year + LATEST_YEARS:
        raise RuleBroken("too_far_ahead", fields=["on"])


def may_change(actor: Actor, record: JobRecord, idea: Idea | None) -> bool:
    """Say whether somebody may go on with a record: confirm it, or enter what came of it.

    It follows its idea: any, or one's own and nobody's. One without an idea is its writer's.
    """
    if not (actor.works_in(record.region_id) and actor.may(Permission.IDEA_MOVE)):
        return False
    if actor.may(Permission.IDEA_MOVE_ANY) or is_own(actor, record):
        return True
    return idea is not None and _may_change_idea(actor, idea)


def _may_change_idea(actor: Actor, idea: Idea) -> bool:
    try:
        ideas.must_be_allowed(actor, idea)
    except NotAllowed:
        return False
    return True


def may_correct(actor: Actor, record: JobRecord) -> bool:
    """Say whether somebody may correct a record or take it back: any, or what one wrote."""
    if not (actor.works_in(record.region_id) and actor.may(Permission.IDEA_CORRECT)):
        return False
    return actor.may(Permission.IDEA_CORRECT_ANY) or is_own(actor, record)


def is_own(actor: Actor, record: JobRecord) -> bool:
    return actor.id is None or record.recorded_by_id == actor.id


def is_own_change(actor: Actor, changed_by: int | None) -> bool:
    """Say whether it was this person who changed something."""
    return actor.id is not None and changed_by == actor.id
