"""Put together what the page of one goal shows, in a fixed number of queries."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _, ngettext
from sqlalchemy.orm import Session

from incubator.core.clock import Period
from incubator.core.formats import number, percent
from incubator.goals import chart, metrics, progress
from incubator.goals.forecast import MIN_EVENTS, Band
from incubator.goals.metrics import Kind, Question
from incubator.goals.models import GoalRule, PeriodKind
from incubator.goals.progress import Outlook, Point
from incubator.goals.queries import GoalLine
from incubator.goals.rules import rounds_until

DAYS_A_MONTH = 365 / 12
MOST_ROUNDS = 60
CERTAIN = 0.995  # beyond it a whole percent would say 100


@dataclass(frozen=True)
class Row:
    """A line of the table beside the chart."""

    on: date
    so_far: float | None
    line: float
    band: Band | None


@dataclass(frozen=True)
class Round:
    """A round that is over, or a year of the path: what it shall bring, and what it did."""

    period: Period
    target: int
    so_far: float
    is_over: bool
    has_old_rule: bool

    @property
    def is_reached(self) -> bool:
        return self.so_far >= self.target


def rounds(
    session: Session, line: GoalLine, all_rules: Sequence[GoalRule], day: date
) -> list[Round]:
    """Give the rounds before the one that runs, or the years of the path, in one query."""
    goal, kind = line.goal, line.goal.period
    if kind == PeriodKind.WHOLE:
        parts = [(days, more) for days, more in line.way.pieces() if days.first <= day]
        parts = parts[::-1] if line.aim.path and line.metric.kind == Kind.FLOW else []
    else:
        past = rounds_until(kind, goal.from_on, goal.to_on, line.question.period.first)
        parts = [(days, goal.target) for days in past[:MOST_ROUNDS]]
    values = metrics.values(session, [_in(line.question, days, day) for days, _more in parts])
    newest = all_rules[0].valid_from if all_rules else date.min
    return [
        Round(days, more, value, days.last < day, days.last < newest)
        for (days, more), value in zip(parts, values, strict=True)
    ]


def _in(question: Question, days: Period, day: date) -> Question:
    view = replace(question.view, as_of=min(day, days.last))
    return replace(question, period=days, view=view)


def past_rules(all_rules: Sequence[GoalRule]) -> list[tuple[date, str]]:
    """Give the counting rules that no longer hold, each with its last day."""
    return [
        (newer.valid_from - timedelta(days=1), older.text)
        for newer, older in itertools.pairwise(all_rules)
    ]


def contents(session: Session, line: GoalLine, day: date) -> dict[str, Any]:
    """Give all that the page of a goal shows."""
    (seen,) = progress.throughputs(session, [line.question])
    outlook = progress.outlook(line, seen, day)
    points = progress.course(session, line, day)
    fan = progress.fan(line, outlook.seen, day) if outlook and outlook.end else []
    return {
        "outlook": said(outlook),
        "is_level": line.metric.kind == Kind.LEVEL,
        "pace": _pace(line, outlook, day),
        "spec": chart.burn_up(
            _words(line), points, fan, _way(line), steps=line.metric.kind == Kind.FLOW
        ),
        "table_rows": _table(line, points, fan, day),
    }


def said(outlook: Outlook | None) -> dict[str, Any] | None:
    """Say a forecast in words: the median, the band, the chance; or that there is too little."""
    if outlook is None:
        return None
    if outlook.end is None:
        few = _("Too few events for a forecast (%(events)s of at least %(least)s).",
                events=outlook.seen.events, least=MIN_EVENTS)  # fmt: skip
        return {"few": few}
    end = outlook.end
    return {
        "median": number(round(end.median)),
        "low": number(round(end.low80)),
        "high": number(round(end.high80)),
        "chance": in_percent(outlook.chance or 0.0),
    }


def in_percent(chance: float) -> str:
    """Write a probability as a whole percent, never as certain what is not."""
    if chance >= 1.0:
        return percent(1)
    if chance > CERTAIN:
        return str(_("over %(share)s", share=percent(0.99)))
    if chance < 1 - CERTAIN:
        return str(_("under %(share)s", share=percent(0.01)))
    return percent(round(chance, 2))


def _pace(line: GoalLine, outlook: Outlook | None, day: date) -> dict[str, str]:
    """Give what a month must bring from here, and what one has brought in the last 12 months."""
    found = {}
    left = (line.question.period.last - day).days
    missing = line.goal.target - line.standing.so_far
    if not line.standing.is_over and left > 0 and missing > 0:
        found["needed"] = number(round(missing / max(left / DAYS_A_MONTH, 1), 1))
    if outlook is not None and outlook.seen.days:
        found["lately"] = number(round(outlook.seen.per_month, 1))
    return found


def _way(line: GoalLine) -> list[Point]:
    """Give the corners of the planned way."""
    way, value = line.way, line.goal.baseline
    points = [Point(way.period.first, value)]
    for days, more in way.pieces():
        value += more
        points.append(Point(days.last, value))
    return points


def _table(
    line: GoalLine, points: list[Point], fan: list[tuple[date, Band]], day: date
) -> list[Row]:
    """Give the ends of the months: what had come by then, and what will probably come."""
    period, way = line.question.period, line.way
    last = min(day, period.last)
    ends = progress.month_ends(period.first, last) if period.first <= last else []
    past = [Row(on, _value_on(points, on), way.exactly(on), None) for on in ends]
    ahead = [Row(on, None, way.exactly(on), band) for on, band in fan if on > day]
    return past + ahead


def _value_on(points: list[Point], on: date) -> float | None:
    return next((point.value for point in reversed(points) if point.on <= on), None)


def _words(line: GoalLine) -> chart.Words:
    return chart.Words(
        title=_("%(metric)s: so far, the planned way to the target, and the forecast",
                metric=line.metric.label),
        so_far=_("So far"),
        line=_("By years") if line.aim.path else _("Straight line"),
        target=_("Target %(target)s", target=number(line.goal.target)),
        median=_("Forecast"),
        band50=_("Half of the outcomes"),
        band80=_("8 of 10 outcomes"),
        day=_("Today"),
    )  # fmt: skip


def months_left(line: GoalLine, day: date) -> str:
    """Say how much of the period is left."""
    left = (line.question.period.last - day).days
    if left < 0:
        return str(_("The period is over."))
    return str(ngettext("%(num)d day left", "%(num)d days left", left))
