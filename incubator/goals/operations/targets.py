"""Write goals: what is to come, where, by when, by which path, and what counts."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import RuleBroken, Stale
from incubator.core.facts import void
from incubator.goals import rules
from incubator.goals.metrics import BY_KEY
from incubator.goals.models import Goal, GoalRule, GoalTarget, PeriodKind
from incubator.reference.models import FocusArea, Programme, ProgrammeArea


@dataclass(frozen=True)
class GoalValues:
    """All that a goal says. Without region, municipality or county: the programme's places."""

    metric: str
    from_on: date
    to_on: date
    target: int
    region_id: int | None = None
    municipality_id: int | None = None
    county: str | None = None
    focus_area_id: int | None = None
    period: PeriodKind = PeriodKind.WHOLE
    baseline: int = 0
    is_gross: bool = True
    path: rules.Path = ()
    rule: str = ""
    rule_from: date | None = None


_COLUMNS = (
    "metric", "from_on", "to_on", "target", "region_id", "municipality_id", "county",
    "focus_area_id", "period", "baseline", "is_gross",
)  # fmt: skip


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
    municipality_id: int | None = None,
    focus_area_id: int | None = None,
    is_everywhere: bool = False,
    period: PeriodKind = PeriodKind.WHOLE,
    path: Mapping[int, int] | None = None,
    baseline: int = 0,
    is_gross: bool = True,
    is_invented: bool = False,
    counting_rule: str | None = None,
) -> Goal:
    """Set a target of a programme in a place: `is_everywhere` is all that the programme's are.

    Where the programme works in one place, that place is meant if none is given. Raises
    RuleBroken for a metric, a period, a target, a path or a place that cannot be.
    """
    must(actor, Permission.GOAL_EDIT)
    if not (region_id or county or municipality_id or is_everywhere):
        region_id, county = _only_place_of(session, programme)
    wanted = GoalValues(
        metric, from_on, to_on, target, region_id, municipality_id, county, focus_area_id, period,
        baseline, is_gross, tuple(sorted((path or {}).items())), counting_rule or "",
    )  # fmt: skip
    must(actor, Permission.GOAL_EDIT, region_id)
    _must_make_sense(session, programme, wanted)
    change = audit.record(session, actor, "goal.set", kind="goal", region_id=region_id)
    goal = Goal(
        **{column: getattr(wanted, column) for column in _COLUMNS},
        programme_id=programme.id, is_invented=is_invented,
    )  # fmt: skip
    audit.stamp(goal, change)
    session.add(goal)
    flush(session)
    change.subject_id = goal.id
    _set_path(session, goal, wanted.path, change)
    if wanted.rule:
        _add_rule(session, goal, from_on, wanted.rule, change)
    audit.note_values(session, change, "goal", goal.id, {"target": (None, target)})
    flush(session)
    return goal


def values_of(session: Session, goal: Goal) -> GoalValues:
    """Give all that a goal says, as it is stored, with the newest of its counting rules."""
    path = session.execute(
        sa.select(GoalTarget.year, GoalTarget.target)
        .where(GoalTarget.goal_id == goal.id, GoalTarget.known())
        .order_by(GoalTarget.year)
    )
    newest = _newest_rule(session, goal)
    return GoalValues(
        **{column: getattr(goal, column) for column in _COLUMNS},
        path=tuple((row[0], row[1]) for row in path),
        rule=newest.text if newest else "",
        rule_from=newest.valid_from if newest else None,
    )


def mark_of(values: GoalValues) -> str:
    """Give a mark that differs when anything of a goal does."""
    return hashlib.blake2b(repr(values).encode(), digest_size=9).hexdigest()


def edit_goal(
    session: Session, actor: Actor, goal: Goal, wanted: GoalValues, *, seen: str
) -> Change | None:
    """Change a goal, and keep what it was; give the change, or None when nothing differs.

    A changed counting rule counts from its day on, the time before keeps the old one; no rule
    given keeps the one there is. Raises RuleBroken as `set_goal` does, and for a rule from a day
    before the one it follows; Stale when somebody changed the goal first.
    """
    must(actor, Permission.GOAL_EDIT, goal.region_id)
    must(actor, Permission.GOAL_EDIT, wanted.region_id)
    session.refresh(goal, with_for_update=session.get_bind().dialect.name != "sqlite")
    stored = values_of(session, goal)
    text = " ".join(wanted.rule.split())
    is_same_rule = not text or text == stored.rule
    if is_same_rule:
        wanted = replace(wanted, rule=stored.rule, rule_from=stored.rule_from)
    if goal.is_voided or mark_of(stored) != seen:
        if stored == wanted and not goal.is_voided:
            return None
        raise Stale("changed_meanwhile")
    if stored == wanted:
        return None
    programme = session.get_one(Programme, goal.programme_id)
    _must_make_sense(session, programme, wanted)
    change = audit.record(
        session, actor, "goal.edited", kind="goal", subject_id=goal.id, region_id=goal.region_id
    )
    for column in _COLUMNS:
        setattr(goal, column, getattr(wanted, column))
    if stored.path != wanted.path:
        _set_path(session, goal, wanted.path, change)
    if not is_same_rule:
        _change_rule(session, goal, replace(wanted, rule=text), change)
    audit.note_values(session, change, "goal", goal.id, _differing(stored, wanted))
    flush(session)
    return change


def remove_goal(session: Session, actor: Actor, goal: Goal) -> Change | None:
    """Void a goal: it is shown and counted nowhere; what it was stays in the log."""
    must(actor, Permission.GOAL_EDIT, goal.region_id)
    session.refresh(goal, with_for_update=session.get_bind().dialect.name != "sqlite")
    if goal.is_voided:
        return None
    change = audit.record(
        session, actor, "goal.removed", kind="goal", subject_id=goal.id, region_id=goal.region_id
    )
    audit.note_values(session, change, "goal", goal.id, {"target": (goal.target, None)})
    void(session, goal, change)
    flush(session)
    return change


def _differing(stored: GoalValues, wanted: GoalValues) -> dict[str, tuple[Any, Any]]:
    pairs = {one.name: (getattr(stored, one.name), getattr(wanted, one.name))
             for one in fields(GoalValues)}  # fmt: skip
    return {
        name: (_plain(old), _plain(new)) for name, (old, new) in pairs.items() if old != new
    }  # fmt: skip


def _plain(value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    return ", ".join(f"{year}: {more}" for year, more in value) or None


def _must_make_sense(session: Session, programme: Programme, wanted: GoalValues) -> None:
    metric = BY_KEY.get(wanted.metric)
    if metric is None:
        raise RuleBroken("no_such_metric", fields=["metric"])
    if wanted.to_on < wanted.from_on:
        raise RuleBroken("period_order", fields=["to_on"])
    if wanted.target <= 0:
        raise RuleBroken("target_missing", fields=["target"])
    if wanted.baseline < 0:
        raise RuleBroken("bad_number", fields=["baseline"])
    if wanted.from_on < programme.starts_on or wanted.to_on > programme.ends_on:
        field = "from_on" if wanted.from_on < programme.starts_on else "to_on"
        raise RuleBroken("goal_outside_programme", fields=[field])
    if not wanted.is_gross and metric.net is None:
        raise RuleBroken("no_net_number", fields=["is_gross"])
    if not rules.is_whole(wanted.period, wanted.from_on, wanted.to_on):
        raise RuleBroken("rounds_not_whole", fields=["from_on"])
    _must_be_a_path(wanted)
    if wanted.focus_area_id is not None:
        area = session.get(FocusArea, wanted.focus_area_id)
        if area is None or area.programme_id != programme.id:
            raise RuleBroken("no_such_focus_area", fields=["focus_area_id"])


def _must_be_a_path(wanted: GoalValues) -> None:
    if not wanted.path:
        return
    if wanted.period != PeriodKind.WHOLE:
        raise RuleBroken("path_and_rounds", fields=["path"])
    years = [year for year, _more in wanted.path]
    if years != list(rules.years_of(wanted.from_on, wanted.to_on)):
        raise RuleBroken("path_years", fields=["path"])
    total = sum(more for _year, more in wanted.path)
    if any(more < 0 for _year, more in wanted.path) or total != wanted.target - wanted.baseline:
        raise RuleBroken(
            "path_sum", fields=["path"], total=total, target=wanted.target - wanted.baseline
        )


def _set_path(session: Session, goal: Goal, path: rules.Path, change: Change) -> None:
    """Write the path anew: years that stay the same stay, others are voided and written."""
    standing = session.scalars(
        sa.select(GoalTarget).where(GoalTarget.goal_id == goal.id, GoalTarget.known())
    ).all()
    kept = {(row.year, row.target) for row in standing} & set(path)
    for row in standing:
        if (row.year, row.target) not in kept:
            void(session, row, change)
    flush(session)
    for year, more in path:
        if (year, more) not in kept:
            one = GoalTarget(goal_id=goal.id, year=year, target=more)
            audit.stamp(one, change)
            session.add(one)
    flush(session)


def _newest_rule(session: Session, goal: Goal) -> GoalRule | None:
    return session.scalar(
        sa.select(GoalRule)
        .where(GoalRule.goal_id == goal.id, GoalRule.known())
        .order_by(GoalRule.valid_from.desc())
        .limit(1)
    )


def _change_rule(session: Session, goal: Goal, wanted: GoalValues, change: Change) -> None:
    """Let another rule count from a day on; from the same day it puts the old one right."""
    newest = _newest_rule(session, goal)
    day = wanted.rule_from or goal.from_on
    if newest is not None and day < newest.valid_from:
        raise RuleBroken("rule_before_another", fields=["rule_from"])
    if day > goal.to_on:
        raise RuleBroken("rule_after_the_end", fields=["rule_from"])
    if newest is not None and day == newest.valid_from:
        void(session, newest, change)
        flush(session)
    _add_rule(session, goal, goal.from_on if newest is None else day, wanted.rule, change)


def _add_rule(session: Session, goal: Goal, day: date, text: str, change: Change) -> None:
    rule = GoalRule(goal_id=goal.id, valid_from=day, text=text)
    audit.stamp(rule, change)
    session.add(rule)
    flush(session)


def _only_place_of(session: Session, programme: Programme) -> tuple[int | None, str | None]:
    places = session.execute(
        sa.select(ProgrammeArea.region_id, ProgrammeArea.county)
        .where(ProgrammeArea.programme_id == programme.id)
        .limit(2)
    ).all()
    if len(places) != 1 or places[0][:2] == (None, None):
        raise RuleBroken("place_missing", fields=["region_id"])
    return places[0][0], places[0][1]
