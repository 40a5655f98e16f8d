"""Read how a goal has come along and what its period will probably end with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.access import Actor
from incubator.core.clock import Period
from incubator.core.errors import NotFound
from incubator.core.scope import View
from incubator.goals import forecast, metrics
from incubator.goals.forecast import WINDOW_DAYS, Band, Throughput
from incubator.goals.metrics import Kind, Question, Unit
from incubator.goals.models import Goal
from incubator.goals.queries import Aim, GoalLine, aims, lines, seen_goals
from incubator.ideas.models import Idea

MOST_POINTS = 60  # of a level over time, and of a forecast: one a month for five years


def get_line(session: Session, viewer: Actor, goal_id: int, day: date) -> GoalLine:
    """Give a goal of the viewer's regions and where it stands. Raises NotFound."""
    found = lines(session, [get_aim(session, viewer, goal_id)], day)
    if not found:
        raise NotFound("not_found")
    return found[0]


def get_aim(session: Session, viewer: Actor, goal_id: int) -> Aim:
    """Give a goal of the viewer's regions with its programme. Raises NotFound."""
    found = aims(session, sa.and_(Goal.id == goal_id, seen_goals(viewer)))
    if not found:
        raise NotFound("not_found")
    return found[0]


def throughputs(session: Session, questions: Sequence[Question]) -> list[Throughput | None]:
    """Give what the 12 months up to each question's day brought, in one query for all of them.

    A level has no throughput. Where the first idea of the place is younger than 12 months, the
    records began then, and so does the time that is looked at.
    """
    parts = [
        _seen(nth, question).select()
        for nth, question in enumerate(questions)
        if has_throughput(question)
    ]
    if not parts:
        return [None for _ in questions]
    rows = {row.nth: row for row in session.execute(sa.union_all(*parts))}
    return [
        _throughput(question, rows[nth]) if nth in rows else None
        for nth, question in enumerate(questions)
    ]


def has_throughput(question: Question) -> bool:
    """Say whether events can be counted on: neither a level nor a net number only grows."""
    return question.metric.kind == Kind.FLOW and not question.is_net


def _seen(nth: int, question: Question) -> sa.Subquery:
    day = question.view.as_of
    window = Period(day - timedelta(days=WINDOW_DAYS - 1), day)
    rows = metrics.behind(replace(question, view=_before_it_too(question.view), period=window))
    size: Any = sa.literal(1.0)
    if question.metric.is_sum:
        size = sa.cast(sa.type_coerce(rows.c.amount, sa.BigInteger), sa.Double)
    since = sa.select(sa.func.min(Idea.registered_on)).where(*question.view.within(Idea))
    return sa.select(
        sa.literal(nth).label("nth"),
        sa.func.count(rows.c.id).label("events"),
        sa.func.coalesce(sa.func.sum(size), 0.0).label("total"),
        sa.func.coalesce(sa.func.sum(size * size), 0.0).label("squares"),
        since.scalar_subquery().label("since"),
    ).subquery()


def _before_it_too(view: View) -> View:
    """Look at the time before a programme as well: the pace did not begin with the money."""
    if view.programme is None:
        return view
    return replace(view, programme=replace(view.programme, first=date.min))


def _throughput(question: Question, row: Any) -> Throughput:
    scale = 100.0 if question.metric.unit == Unit.JOBS else 1.0  # kept in hundredths
    age = (question.view.as_of - row.since).days + 1 if row.since else 0
    days = min(WINDOW_DAYS, max(age, 0))
    return Throughput(days, row.events, row.total / scale, row.squares / scale**2)


@dataclass(frozen=True)
class Outlook:
    """What a goal's period will probably end with; without `end` there are too few events."""

    seen: Throughput
    end: Band | None
    chance: float | None


def outlook(line: GoalLine, seen: Throughput | None, day: date) -> Outlook | None:
    """Forecast the end of a goal's period; None for a level and for a period that is over."""
    if seen is None or line.standing.is_over:
        return None
    if not seen.is_enough:
        return Outlook(seen, None, None)
    ahead = (line.question.period.last - day).days
    value = line.standing.so_far
    return Outlook(
        seen,
        forecast.band(value, seen, ahead),
        forecast.chance(value, line.goal.target, seen, ahead),
    )


def outlooks(session: Session, found: Sequence[GoalLine], day: date) -> list[Outlook | None]:
    """Forecast many goals, in one query."""
    seen = throughputs(session, [line.question for line in found])
    return [outlook(line, one, day) for line, one in zip(found, seen, strict=True)]


@dataclass(frozen=True)
class Point:
    """The value of a goal on a day."""

    on: date
    value: float


def course(session: Session, line: GoalLine, day: date) -> list[Point]:
    """Give the values of a goal from the first day of its period to `day`, in one query.

    A flow has a point on each day that something came; a level one at each end of a month.
    """
    period = line.question.period
    last = min(day, period.last)
    if last < period.first:
        return []
    if line.metric.kind == Kind.LEVEL:
        return _levels(session, line.question, month_ends(period.first, last))
    return _adding_up(session, line, last)


def _adding_up(session: Session, line: GoalLine, last: date) -> list[Point]:
    question = line.question
    rows = metrics.behind(question)
    number: Any = sa.func.count(rows.c.id)
    if question.metric.is_sum:
        number = sa.func.sum(sa.type_coerce(rows.c.amount, sa.BigInteger))
    scale = 100 if question.metric.unit == Unit.JOBS else 1
    by_day = sa.select(rows.c.day, sa.cast(number, sa.BigInteger)).group_by(rows.c.day)
    points, value = [Point(question.period.first, 0)], 0.0
    for on, more in session.execute(by_day.order_by(rows.c.day)):
        value += (more or 0) / scale
        points.append(Point(on, value))
    return points if points[-1].on == last else [*points, Point(last, value)]


def _levels(session: Session, question: Question, days: Sequence[date]) -> list[Point]:
    asked = [replace(question, view=replace(question.view, as_of=day)) for day in days]
    return [
        Point(day, value)
        for day, value in zip(days, metrics.values(session, asked), strict=True)
    ]  # fmt: skip


def month_ends(first: date, last: date) -> list[date]:
    """List the ends of the months from `first` to `last`, and `last`; the latest 60 of them."""
    found, day = [], first
    while day <= last:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        found.append(min(following - timedelta(days=1), last))
        day = following
    return found[-MOST_POINTS:]


def fan(line: GoalLine, seen: Throughput, day: date) -> list[tuple[date, Band]]:
    """Forecast the ends of the months that are left of a goal's period."""
    value = line.standing.so_far
    last = line.question.period.last
    ends = month_ends(day + timedelta(days=1), last)
    days = [day, *ends] if last > day else []
    return [(on, forecast.band(value, seen, (on - day).days)) for on in days]
