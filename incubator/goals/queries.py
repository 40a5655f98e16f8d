"""Read goals, what has come of them, and the rows behind a number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.companies.models import Company
from incubator.core.access import Actor, Permission
from incubator.core.clock import Period
from incubator.core.db import AnySelect
from incubator.core.scope import View
from incubator.funding.models import Application, Instrument
from incubator.goals import metrics
from incubator.goals.metrics import BY_KEY, Question, Subject
from incubator.goals.models import Goal, GoalRule
from incubator.goals.rules import Standing, standing
from incubator.ideas.models import Idea
from incubator.incubation.models import Incubation
from incubator.jobs.models import JobRecord
from incubator.reference.models import (
    Municipality,
    Organisation,
    Programme,
    ProgrammeFunder,
)  # fmt: skip
from incubator.reference.queries import Places, places_of, programmes_of
from incubator.visits.models import Visit, VisitIdea

ROWS_PAGE = 100
MOST_EXPORTED = 50_000


@dataclass(frozen=True)
class GoalLine:
    """A goal as the strip and the goal page show it."""

    goal: Goal
    programme: Programme
    metric: metrics.Metric
    standing: Standing
    unknown: int
    question: Question


def goals_of_region(
    session: Session, region_id: int, day: date, *, with_ended: bool = False
) -> list[tuple[Goal, Programme]]:
    """List the goals of the programmes that work in a region, those that run on a day first."""
    here = sa.or_(Goal.region_id == region_id, Goal.region_id.is_(None))
    query = (
        sa.select(Goal, Programme)
        .join(Programme, Programme.id == Goal.programme_id)
        .where(Goal.known(), here, Goal.programme_id.in_(programmes_of(region_id)))
        .order_by(Goal.to_on < day, Programme.starts_on.desc(), Goal.id)
        .limit(100)
    )
    if not with_ended:
        query = query.where(Goal.from_on <= day, Goal.to_on >= day)
    return [(goal, programme) for goal, programme in session.execute(query)]


def lines(
    session: Session,
    goals: Sequence[tuple[Goal, Programme]],
    day: date,
    known_at: datetime | None = None,
) -> list[GoalLine]:
    """Say how goals stand on a day; one query for all their numbers."""
    usable = [(goal, programme) for goal, programme in goals if goal.metric in BY_KEY]
    counties = places_of(session, {goal.county for goal, _ in usable if goal.county})
    questions = [
        question_of(goal, day, known_at, counties.get(goal.county or "")) for goal, _ in usable
    ]
    unknowns = [
        Question(q.metric, q.view, q.period, unknown=True) for q in questions if q.metric.unknown
    ]
    answers = metrics.values(session, [*questions, *unknowns])
    left = iter(answers[len(questions) :])
    return [
        GoalLine(
            goal, programme, q.metric,
            standing(so_far, goal.target, goal.baseline, q.period, day),
            int(next(left)) if q.metric.unknown else 0,
            q,
        )
        for (goal, programme), q, so_far in zip(usable, questions, answers, strict=False)
    ]  # fmt: skip


def rules_of(session: Session, goal_ids: Sequence[int], day: date) -> dict[int, str]:
    """Give the counting rule in words that each goal has on a day, in one query."""
    rows = session.execute(
        sa.select(GoalRule.goal_id, GoalRule.text)
        .where(GoalRule.goal_id.in_(goal_ids), GoalRule.known(), GoalRule.valid_from <= day)
        .order_by(GoalRule.valid_from)
    )
    return {row[0]: row[1] for row in rows}


def question_of(
    goal: Goal, day: date, known_at: datetime | None, county: Places | None
) -> Question:
    """Ask what has come of a goal by a day, in its region or the places of its county."""
    regions = (goal.region_id,) if goal.region_id else None
    view = View(min(day, goal.to_on), known_at, regions)
    return Question(BY_KEY[goal.metric], inside(view, county), Period(goal.from_on, goal.to_on))


def inside(view: View, county: Places | None) -> View:
    """Narrow a view to a county."""
    if county is None:
        return view
    return replace(view, municipality_ids=county.municipality_ids, whole_regions=county.region_ids)


@dataclass(frozen=True)
class RowsPage:
    """The rows behind a number: those the viewer may read, and how many are withheld."""

    total: int | float
    count: int
    rows: list[dict[str, Any]]
    withheld: int
    has_more: bool


def rows_page(
    session: Session, viewer: Actor, question: Question, *, offset: int = 0, limit: int = ROWS_PAGE
) -> RowsPage:
    """List the rows behind a number, the latest first, with what they are called."""
    found = metrics.rows_of(
        question.metric, question.view, question.period, unknown=question.unknown
    )
    subject = question.metric.subject
    listing = _LISTINGS[subject](found)
    if subject == Subject.IDEA and viewer.may(Permission.VISIT_SEE):
        listing = _with_origin(listing)
    if viewer.region_ids is not None:
        listing = listing.where(viewer.in_regions(found.c.region_id))
    if not viewer.may(Permission.IDEA_SEE):
        listing = listing.where(Idea.is_shared)
    page = session.execute(
        listing.order_by(found.c.day.desc(), found.c.id.desc()).offset(offset).limit(limit + 1)
    ).mappings()
    rows = [dict(row) for row in page]
    total = metrics.value(session, question)
    count = session.scalar(sa.select(sa.func.count()).select_from(found)) or 0
    shown = session.scalar(sa.select(sa.func.count()).select_from(listing.subquery())) or 0
    return RowsPage(total, count, rows[:limit], count - shown, len(rows) > limit)


def _named(found: sa.Subquery, record: Any, *extra: Any) -> AnySelect:
    columns = [
        found.c.id, found.c.day, Idea.id.label("idea_id"), Idea.title,
        Company.name.label("company"), Municipality.name.label("municipality"), *extra,
    ]  # fmt: skip
    return (
        sa.select(*columns)
        .select_from(found)
        .join(record, record.id == found.c.id)
        .outerjoin(Municipality, Municipality.id == record.municipality_id)
    )


def _ideas(found: sa.Subquery) -> AnySelect:
    return _named(found, Idea).outerjoin(Company, Company.id == Idea.company_id)


def _incubations(found: sa.Subquery) -> AnySelect:
    # An incubation belongs to a company, not to one idea: partners see how many, not which.
    return (
        _named(found, Incubation)
        .outerjoin(Company, Company.id == Incubation.company_id)
        .outerjoin(Idea, sa.false())
    )


def _applications(found: sa.Subquery) -> AnySelect:
    return (
        _named(found, Application, Instrument.name.label("what"), found.c.amount)
        .outerjoin(Instrument, Instrument.id == Application.instrument_id)
        .outerjoin(Company, Company.id == Application.company_id)
        .outerjoin(Idea, Idea.id == Application.idea_id)
    )


def _jobs(found: sa.Subquery) -> AnySelect:
    return (
        _named(found, JobRecord, JobRecord.source.label("what"), found.c.amount)
        .outerjoin(Company, Company.id == JobRecord.company_id)
        .outerjoin(Idea, Idea.id == JobRecord.idea_id)
    )


def _visits(found: sa.Subquery) -> AnySelect:
    # Whose it was and when; the notes stand on the visit's own page. Partners see how many.
    visitor = sa.func.coalesce(User.name, Visit.visitor_name)
    return (
        _named(
            found, Visit, Visit.kind.label("visit_kind"), visitor.label("visitor"),
            Organisation.name.label("organisation"),
        )
        .join(Company, Company.id == Visit.company_id)
        .outerjoin(User, User.id == Visit.visitor_id)
        .outerjoin(Organisation, Organisation.id == Visit.organisation_id)
        .outerjoin(Idea, sa.false())
    )  # fmt: skip


def _companies(found: sa.Subquery) -> AnySelect:
    return _named(found, Company, Company.id.label("company_id")).outerjoin(Idea, sa.false())


def _with_origin(listing: AnySelect) -> AnySelect:
    """Add to ideas the visit at which they came up, if they did."""
    visitor = sa.func.coalesce(User.name, Visit.visitor_name)
    return (
        listing.add_columns(
            Visit.id.label("visit_id"), Visit.occurred_on.label("visited_on"),
            visitor.label("visitor"), Organisation.name.label("organisation"),
        )
        .outerjoin(VisitIdea, sa.and_(VisitIdea.idea_id == Idea.id, VisitIdea.known()))
        .outerjoin(Visit, sa.and_(Visit.id == VisitIdea.visit_id, Visit.known()))
        .outerjoin(User, User.id == Visit.visitor_id)
        .outerjoin(Organisation, Organisation.id == Visit.organisation_id)
    )  # fmt: skip


_LISTINGS = {
    Subject.IDEA: _ideas,
    Subject.INCUBATION: _incubations,
    Subject.APPLICATION: _applications,
    Subject.JOBS: _jobs,
    Subject.VISIT: _visits,
    Subject.COMPANY: _companies,
}


def all_values(session: Session, view: View, period: Period) -> dict[str, int | float]:
    """Answer every metric for one place and period, in one query."""
    questions = [Question(metric, view, period) for metric in metrics.METRICS]
    answers = metrics.values(session, questions)
    return {q.metric.key: answer for q, answer in zip(questions, answers, strict=True)}


def all_unknown(session: Session, view: View, period: Period) -> dict[str, int]:
    """Count, for the metrics that need it, the rows that could not be classified."""
    questions = [Question(m, view, period, unknown=True) for m in metrics.METRICS if m.unknown]
    answers = metrics.values(session, questions)
    return {q.metric.key: int(answer) for q, answer in zip(questions, answers, strict=True)}


@dataclass(frozen=True)
class ProgrammeDetails:
    """Who owns a programme and who pays for it, by name."""

    owner: str
    funders: str


def programme_details(
    session: Session, programme_ids: Sequence[int]
) -> dict[int, ProgrammeDetails]:
    """Give the owners and funders of programmes, in two queries."""
    ids = set(programme_ids)
    owners = session.execute(
        sa.select(Programme.id, Organisation.name)
        .join(Organisation, Organisation.id == Programme.owner_id)
        .where(Programme.id.in_(ids))
    )
    funders: dict[int, list[str]] = {}
    for programme_id, name in session.execute(
        sa.select(ProgrammeFunder.programme_id, Organisation.name)
        .join(Organisation, Organisation.id == ProgrammeFunder.organisation_id)
        .where(ProgrammeFunder.programme_id.in_(ids))
        .order_by(Organisation.sort_key)
    ):
        funders.setdefault(programme_id, []).append(name)
    return {
        programme_id: ProgrammeDetails(owner, ", ".join(funders.get(programme_id, [])))
        for programme_id, owner in owners
    }
