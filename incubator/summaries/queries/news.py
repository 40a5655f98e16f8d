"""Read what a summary is made of: the rows of the metrics, and what else happened to ideas."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.clock import Period
from incubator.core.scope import View
from incubator.funding.models import Application, ApplicationStatus, Instrument
from incubator.goals import metrics
from incubator.goals.metrics import METRICS, Metric, Question
from incubator.ideas.models import Idea, Stage, StageEvent, Status, StatusEvent
from incubator.ideas.queries.past import statuses_as_of
from incubator.summaries.rules import FrozenRow

MOST_NAMED = 25


def rows_of(session: Session, metric: Metric, view: View, period: Period) -> list[FrozenRow]:
    """Read the rows behind a metric, as they can be frozen."""
    found = metrics.rows_of(metric, view, period)
    amount = found.c.amount if metric.is_sum else sa.null()
    stored = sa.type_coerce(amount, sa.BigInteger)
    rows = session.execute(sa.select(found.c.id, found.c.day, stored).order_by(found.c.id))
    # A sum is a decimal number on one of the databases, though of whole ones.
    return [
        FrozenRow(number, day, None if amount is None else int(amount))
        for number, day, amount in rows
    ]


def unknown(session: Session, view: View, period: Period) -> dict[str, int]:
    """Count, for each metric, what could not be classified: one query."""
    questions = [Question(metric, view, period, unknown=True) for metric in METRICS]
    asked = [question for question in questions if question.can_be_unknown]
    answers = metrics.values(session, asked)
    return {q.metric.key: int(n) for q, n in zip(asked, answers, strict=True) if n}


def closed_in(session: Session, view: View, period: Period) -> dict[str, list[FrozenRow]]:
    """Give the ideas that were parked, stopped or launched in a period, by status."""
    rows = session.execute(
        sa.select(StatusEvent.status, StatusEvent.idea_id, StatusEvent.occurred_on)
        .join(Idea, Idea.id == StatusEvent.idea_id)
        .where(
            StatusEvent.status != Status.OPEN,
            StatusEvent.occurred_on.between(period.first, period.last),
            view.standing(StatusEvent),
            *view.within(Idea),
        )
        .order_by(StatusEvent.occurred_on, StatusEvent.nth)
    )
    found: dict[str, dict[int, date]] = {}
    for status, idea_id, day in rows:
        found.setdefault(Status(status).value, {})[idea_id] = day
    return {
        status: [FrozenRow(number, day, None) for number, day in sorted(ideas.items())]
        for status, ideas in found.items()
    }


def _stays(view: View) -> sa.Subquery:
    """Build one row per idea: the stage it stood in when the day ended, since when, as which."""
    latest_first = (StageEvent.occurred_on.desc(), StageEvent.nth.desc())
    nth = sa.func.row_number().over(partition_by=StageEvent.idea_id, order_by=latest_first)
    entered = sa.func.count().over(partition_by=StageEvent.idea_id)
    ranked = (
        sa.select(
            StageEvent.idea_id, StageEvent.stage_id, StageEvent.occurred_on,
            nth.label("nth"), entered.label("entered"),
        )
        .join(Idea, Idea.id == StageEvent.idea_id)
        .where(view.standing(StageEvent), *view.within(Idea))
        .subquery()
    )  # fmt: skip
    return sa.select(ranked).where(ranked.c.nth == 1).subquery()


def moved_in(session: Session, view: View, period: Period) -> list[FrozenRow]:
    """Give the ideas that came from one stage to another in a period, with the day they did."""
    stays = _stays(view)
    rows = session.execute(
        sa.select(stays.c.idea_id, stays.c.occurred_on)
        .where(stays.c.occurred_on.between(period.first, period.last), stays.c.entered > 1)
        .order_by(stays.c.idea_id)
    )
    return [FrozenRow(row[0], row[1], None) for row in rows]


def standing_still(session: Session, view: View) -> list[FrozenRow]:
    """Give the open ideas that had stood in their stage beyond its threshold when the day ended."""
    stays, statuses = _stays(view), statuses_as_of(view)
    rows = session.execute(
        sa.select(stays.c.idea_id, stays.c.occurred_on, Stage.stale_days)
        .join(Stage, Stage.id == stays.c.stage_id)
        .join(statuses, statuses.c.idea_id == stays.c.idea_id)
        .where(statuses.c.value == Status.OPEN, Stage.stale_days > 0)
        .order_by(stays.c.idea_id)
    )
    return [
        FrozenRow(number, since, None)
        for number, since, stale_days in rows
        if (view.as_of - since).days > stale_days
    ]


def deadlines_ahead(session: Session, view: View, until: date) -> list[dict[str, Any]]:
    """List the deadlines that unsent applications work towards: day, scheme, how many."""
    rows = session.execute(
        sa.select(Application.deadline_on, Instrument.name, sa.func.count())
        .outerjoin(Instrument, Instrument.id == Application.instrument_id)
        .where(
            Application.status == ApplicationStatus.DRAFT,
            Application.deadline_on > view.as_of,
            Application.deadline_on <= until,
            *view.within(Application),
        )
        .group_by(Application.deadline_on, Instrument.name)
        .order_by(Application.deadline_on, Instrument.name)
    )
    return [
        {"on": on.isoformat(), "scheme": name, "count": count}
        for on, name, count in rows
        if on is not None
    ]


def shared_news(session: Session, view: View, period: Period) -> list[dict[str, Any]]:
    """List the shared ideas that were registered in a period, by name: what partners may read."""
    rows = session.execute(
        sa.select(Idea.id, Idea.title, Idea.registered_on, Stage.key)
        .join(Stage, Stage.id == Idea.stage_id)
        .where(
            Idea.is_shared,
            Idea.registered_on.between(period.first, period.last),
            *view.within(Idea),
        )
        .order_by(Idea.registered_on, Idea.id)
        .limit(MOST_NAMED)
    )
    return [
        {"id": row[0], "title": row[1], "on": row[2].isoformat(), "stage": row[3]} for row in rows
    ]
