"""Put a summary together: its figures, goals, news and corrections, as known at the cut-off."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from incubator.core.clock import Period
from incubator.core.scope import View
from incubator.goals import queries as goals
from incubator.goals.metrics import METRICS, Kind, Metric, Sharing, Unit
from incubator.goals.queries import GoalLine
from incubator.reference.numbers import TOLD_FROM, value
from incubator.summaries import hiding, queries
from incubator.summaries.models import Cadence, Span, Summary
from incubator.summaries.queries import Agreement
from incubator.summaries.rules import FrozenRow, differences, too_small

HUNDREDTHS = 100
# What happened to ideas beside what the metrics count; each is a list of ideas.
NEWS = ("moved", "stale", "parked", "stopped", "launched")
AHEAD = timedelta(days=60)
MONTHLY = "ideas_registered"  # the metric that is told month by month


@dataclass
class Built:
    """What a summary says, and the rows behind each of its figures."""

    contents: dict[str, Any]
    rows: dict[tuple[str, Span], list[FrozenRow]] = field(default_factory=dict)


def build(
    session: Session,
    agreement: Agreement,
    period: Period,
    cut_off_at: datetime,
    before: Summary | None,
    told_since: date | None,
) -> Built:
    """Build what a partner is told of a period, as known at the cut-off.

    `before` is what it was told last, `told_since` the first month of all that it was told.
    The number of queries depends on the number of metrics alone.
    """
    view = agreement.view(period.last, cut_off_at)
    hides, small = agreement.partner.hides_small, value(session, TOLD_FROM)
    rows = _rows(session, view, period)
    closed = queries.closed_in(session, view, period)
    rows |= {(key, Span.PERIOD): closed.get(key, []) for key in NEWS}
    rows["moved", Span.PERIOD] = queries.moved_in(session, view, period)
    rows["stale", Span.PERIOD] = queries.standing_still(session, view)
    unknown = {} if hides else queries.unknown(session, view, period)
    figures = [
        {
            **_figure(metric, rows[metric.key, Span.PERIOD], rows[metric.key, Span.YEAR]),
            "unknown": unknown.get(metric.key, 0),
        }
        for metric in METRICS
    ]
    news = {key: len(rows[key, Span.PERIOD]) for key in NEWS}
    deadlines = queries.deadlines_ahead(session, view, period.last + AHEAD)
    if hides:
        earlier = _version_before(before, period)
        cadence = agreement.partner.cadence
        inside, in_year = (
            {metric.key: rows[metric.key, span] for metric in METRICS}
            for span in (Span.PERIOD, Span.YEAR)
        )
        figures = hiding.hide_figures(
            figures, inside, in_year, cadence, earlier.get("figures", ()), small
        )
        news = _told_news(news, earlier.get("news", {}), small)
        deadlines = [
            {**one, "count": None} for one in deadlines if not too_small(one["count"], small)
        ]
    contents = {
        "place": agreement.place,
        "organisation": agreement.organisation,
        "region": agreement.region,
        "case_number": agreement.partner.case_number,
        "hides_small": hides,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "figures": figures,
        "months": None if hides else _months(rows[MONTHLY, Span.YEAR], period.last),
        "news": news,
        "deadlines": deadlines,
        "goals": _goals(session, agreement, period.last, cut_off_at),
        "shared": queries.shared_news(session, view, period),
        "corrections": _corrections(session, agreement, cut_off_at, before, told_since),
    }
    return Built(contents, rows)


def _rows(session: Session, view: View, period: Period) -> dict[tuple[str, Span], list[FrozenRow]]:
    """Read the rows of the period and of the year so far behind every metric.

    Those of the period lie among those of the year, but for a metric whose rows depend on the
    period that is asked for (a company counts once in each).
    """
    year = Period(date(period.last.year, 1, 1), period.last)
    found = {}
    for metric in METRICS:
        of_year = queries.rows_of(session, metric, view, year)
        if metric.of_period is not None:
            of_period = queries.rows_of(session, metric, view, period)
        elif metric.kind == Kind.LEVEL:
            of_period = of_year
        else:
            of_period = [row for row in of_year if row.day >= period.first]
        found[metric.key, Span.PERIOD] = of_period
        found[metric.key, Span.YEAR] = of_year
    return found


def _version_before(before: Summary | None, period: Period) -> dict[str, Any]:
    """Give what the version before this one said; nothing for the first."""
    if before is None:
        return {}
    ends = (period.first.isoformat(), period.last.isoformat())
    told = before.contents
    return told if (told["first"], told["last"]) == ends else {}


def _told_news(news: dict[str, int], earlier: dict[str, int], small: int) -> dict[str, int]:
    """Leave out what is small, changed by little, or stands still: that is a level."""
    return {
        key: count
        for key, count in news.items()
        if key != "stale"
        and not too_small(count, small)
        and not too_small(abs(count - earlier.get(key, count)), small)
    }


def _figure(metric: Metric, inside: list[FrozenRow], rows: list[FrozenRow]) -> dict[str, Any]:
    """Give a figure of the period and so far in the year, from its rows alone."""
    is_level = metric.kind == Kind.LEVEL
    return {
        "metric": metric.key,
        "is_level": is_level,
        "is_sum": metric.is_sum,
        "unit": metric.unit.value,
        "now": _number(metric, inside),
        "year": None if is_level else _number(metric, rows),
        "at_least": None,
        "is_small": False,
        "is_withheld": False,
        "is_rounded": False,
    }


def _number(metric: Metric, rows: list[FrozenRow]) -> int | float:
    if not metric.is_sum:
        return len(rows)
    total = sum(row.amount or 0 for row in rows)
    if metric.unit != Unit.JOBS:
        return total
    return total // HUNDREDTHS if total % HUNDREDTHS == 0 else total / HUNDREDTHS


def _months(rows: list[FrozenRow], last: date) -> dict[str, Any]:
    """Count the rows of the year in each of its months: the same rows as behind the figure."""
    counts = Counter(row.day.month for row in rows)
    return {
        "metric": MONTHLY,
        "year": last.year,
        "counts": [counts[number] for number in range(1, last.month + 1)],
    }


def _goals(
    session: Session, agreement: Agreement, day: date, known_at: datetime
) -> list[dict[str, Any]]:
    """Say how the goals of the partner's programme or region stand: as their own pages do."""
    found = goals.goals_of_region(session, agreement.partner.region_id, day)
    if agreement.partner.programme_id is not None:
        found = [pair for pair in found if pair[1].id == agreement.partner.programme_id]
    hides, small = agreement.partner.hides_small, value(session, TOLD_FROM)
    return [
        {
            **_goal(line),
            **(_hidden_state(session, line, agreement.partner.cadence, small) if hides else {}),
        }
        for line in goals.lines(session, found, day, known_at)
    ]


def _goal(line: GoalLine) -> dict[str, Any]:
    goal, programme = line.goal, line.programme
    return {
        "goal": goal.id,
        "metric": goal.metric,
        "programme": programme.name,
        "county": goal.county,
        "first": goal.from_on.isoformat(),
        "last": goal.to_on.isoformat(),
        "so_far": line.standing.so_far,
        "at_least": None,
        "target": goal.target,
        "expected": line.standing.expected,
        "is_on_track": line.standing.is_on_track,
        "is_reached": line.standing.is_reached,
        "is_invented": goal.is_invented,
    }


def _hidden_state(session: Session, line: GoalLine, cadence: Cadence, small: int) -> dict[str, Any]:
    """Say how a goal stands where small counts are hidden: only what the told number decides.

    The true answer, held against the way month by month, would give the number away.
    """
    told = _told_so_far(session, line, cadence, small)
    is_on_track = told is not None and told >= line.standing.expected
    return {
        "so_far": None,
        "at_least": told,
        "is_on_track": is_on_track or None,
        "is_reached": told is not None and told >= line.standing.target,
    }


def _told_so_far(session: Session, line: GoalLine, cadence: Cadence, small: int) -> int | None:
    metric, question = line.metric, line.question
    so_far = line.standing.so_far
    if metric.kind == Kind.LEVEL:
        return hiding.rounded(so_far, so_far)
    is_plain = question.sharing == Sharing.WHOLE and not question.is_net
    if not is_plain or metric.of_period is not None or metric.unit == Unit.NOK:
        return None
    rows = queries.rows_of(session, metric, question.view, question.period)
    told = hiding.told_in_full(rows, cadence, small, is_sum=metric.is_sum)
    return hiding.rounded(told / HUNDREDTHS if metric.is_sum else told, len(rows))


def _corrections(
    session: Session,
    agreement: Agreement,
    cut_off_at: datetime,
    before: Summary | None,
    told_since: date | None,
) -> list[dict[str, Any]]:
    """List what was told before and is seen otherwise now, row by row (rule 4 of product.md)."""
    if before is None or told_since is None:
        return []
    last = date.fromisoformat(before.contents["last"])
    told = Period(date(told_since.year, 1, 1), last)
    found: list[dict[str, Any]] = []
    for metric in METRICS:
        then = queries.rows_of(session, metric, agreement.view(last, before.cut_off_at), told)
        now = queries.rows_of(session, metric, agreement.view(last, cut_off_at), told)
        rows = differences(then, now)
        if rows and agreement.partner.hides_small:
            rows = [{"is_hidden": True}]  # single rows are what the agreement hides
        found += [{"metric": metric.key, "subject": metric.subject.value, **row} for row in rows]
    return found
