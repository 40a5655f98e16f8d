"""Write goals and the programmes that they belong to."""

from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import RuleBroken
from incubator.core.texts import fold
from incubator.goals.metrics import BY_KEY
from incubator.goals.models import Goal, GoalRule
from incubator.reference.models import FocusArea, Programme, ProgrammeArea, ProgrammeFunder


def create_programme(
    session: Session,
    actor: Actor,
    *,
    name: str,
    owner_id: int,
    starts_on: date,
    ends_on: date,
    amount_nok: int | None = None,
    funders: Mapping[int, int | None] | None = None,
    region_ids: Sequence[int] = (),
    municipality_ids: Sequence[int] = (),
    county: str | None = None,
    description: str | None = None,
    focus_areas: Sequence[str] = (),
) -> Programme:
    """Make a programme with its funders (id to whole NOK or unknown) and its places."""
    must(actor, Permission.GOAL_EDIT)
    if ends_on < starts_on:
        raise RuleBroken("period_order", fields=["ends_on"])
    programme = Programme(
        name=name, name_key=fold(name), owner_id=owner_id, amount_nok=amount_nok,
        starts_on=starts_on, ends_on=ends_on, description=description,
        funders=[
            ProgrammeFunder(organisation_id=funder, amount_nok=part)
            for funder, part in (funders or {}).items()
        ],
    )  # fmt: skip
    session.add(programme)
    flush(session)
    session.add_all(
        ProgrammeArea(programme_id=programme.id, region_id=region) for region in region_ids
    )
    session.add_all(
        ProgrammeArea(programme_id=programme.id, municipality_id=municipality)
        for municipality in municipality_ids
    )
    session.add_all(
        FocusArea(programme_id=programme.id, name=area, name_key=fold(area)) for area in focus_areas
    )
    if county:
        session.add(ProgrammeArea(programme_id=programme.id, county=county))
    audit.record(session, actor, "programme.created", kind="programme", subject_id=programme.id)
    flush(session)
    return programme


def set_goal(
    session: Session,
    actor: Actor,
    programme: Programme,
    *,
    metric: str,
    from_on: date,
    to_on: date,
    target: int,
    region_id: int | None = None,
    county: str | None = None,
    baseline: int = 0,
    is_gross: bool = True,
    is_invented: bool = False,
    counting_rule: str | None = None,
) -> Goal:
    """Set a target of a programme, in a region or a county.

    Where the programme works in one place, that place is meant if none is given. Raises
    RuleBroken for a metric, a period, a target or a place that cannot be.
    """
    must(actor, Permission.GOAL_EDIT)
    if region_id is None and county is None:
        region_id, county = _only_place_of(session, programme)
    must(actor, Permission.GOAL_EDIT, region_id)
    if metric not in BY_KEY:
        raise RuleBroken("no_such_metric", fields=["metric"])
    if to_on < from_on:
        raise RuleBroken("period_order", fields=["to_on"])
    if target <= 0:
        raise RuleBroken("target_missing", fields=["target"])
    change = audit.record(session, actor, "goal.set", kind="goal", region_id=region_id)
    goal = Goal(
        programme_id=programme.id, metric=metric, region_id=region_id, county=county,
        from_on=from_on, to_on=to_on, target=target, baseline=baseline, is_gross=is_gross,
        is_invented=is_invented,
    )  # fmt: skip
    audit.stamp(goal, change)
    session.add(goal)
    flush(session)
    if counting_rule:
        rule = GoalRule(goal_id=goal.id, valid_from=from_on, text=counting_rule)
        audit.stamp(rule, change)
        session.add(rule)
        flush(session)
    audit.note_values(session, change, "goal", goal.id, {"target": (None, target)})
    return goal


def _only_place_of(session: Session, programme: Programme) -> tuple[int | None, str | None]:
    places = session.execute(
        sa.select(ProgrammeArea.region_id, ProgrammeArea.county)
        .where(ProgrammeArea.programme_id == programme.id)
        .limit(2)
    ).all()
    if len(places) != 1 or places[0][:2] == (None, None):
        raise RuleBroken("place_missing", fields=["region_id"])
    return places[0][0], places[0][1]
