"""Read goals, what has come of them, and the rows behind a number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.companies.models import Company
from incubator.core.access import Actor, Permission
from incubator.core.clock import Period
from incubator.core.db import AnySelect
from incubator.core.scope import Places, View
from incubator.funding.models import Application, Instrument
from incubator.goals import metrics
from incubator.goals.metrics import BY_KEY, Question, Subject
from incubator.goals.models import Goal, GoalRule, GoalTarget
from incubator.goals.programmes import scope
from incubator.goals.rules import Path, Standing, Way, round_on, standing
from incubator.ideas.models import Idea
from incubator.incubation.models import Incubation
from incubator.jobs.models import JobRecord
from incubator.reference.models import (
    FocusArea,
    Municipality,
    Organisation,
    Programme,
    ProgrammeFunder,
    RegionMunicipality,
)
from incubator.reference.places import (
    Key,
    county_key,
    find_places,
    municipality_key,
    programme_key,
)
from incubator.reference.queries import programmes_of
from incubator.visits.models import Visit, VisitIdea

ROWS_PAGE = 100
MOST_EXPORTED = 50_000


class Aim(NamedTuple):
    """A goal with what belongs to it: its programme, its path by years, its places by name."""

    goal: Goal
    programme: Programme
    path: Path = ()
    focus_area: str | None = None
    municipality: str | None = None


@dataclass(frozen=True)
class GoalLine:
    """A goal as the strip and the goal page show it."""

    goal: Goal
    programme: Programme
    metric: metrics.Metric
    standing: Standing
    unknown: int
    question: Question
    aim: Aim

    @property
    def way(self) -> Way:
        """Give the planned way through the round that is shown."""
        return Way(self.goal.baseline, self.goal.target, self.question.period, self.aim.path)


def goals_of_region(
    session: Session, region_id: int, day: date, *, with_ended: bool = False
) -> list[Aim]:
    """List the goals of the programmes that work in a region, those that run on a day first."""
    members = sa.select(RegionMunicipality.municipality_id).where(
        RegionMunicipality.region_id == region_id
    )
    inside = sa.or_(Goal.municipality_id.is_(None), Goal.municipality_id.in_(members))
    here = sa.or_(Goal.region_id == region_id, sa.and_(Goal.region_id.is_(None), inside))
    picked = sa.select(Goal.id).where(
        Goal.known(), here, Goal.programme_id.in_(programmes_of(region_id))
    )
    if not with_ended:
        picked = picked.where(Goal.from_on <= day, Goal.to_on >= day)
    picked = (
        picked.join(Programme, Programme.id == Goal.programme_id)
        .order_by(Goal.to_on < day, Programme.starts_on.desc(), Goal.id)
        .limit(100)
    )
    order = (Goal.to_on < day, Programme.starts_on.desc(), Goal.id)
    return aims(session, Goal.id.in_(sa.select(picked.subquery().c.id)), *order)


def seen_goals(viewer: Actor) -> sa.ColumnElement[bool]:
    """Say in SQL which goals a person sees: those of where they work, and of the whole of it."""
    if viewer.region_ids is None:
        return sa.true()
    near = Goal.programme_id.in_(programmes_of(*sorted(viewer.region_ids)))
    members = sa.select(RegionMunicipality.municipality_id).where(
        viewer.in_regions(RegionMunicipality.region_id)
    )
    inside = sa.or_(Goal.municipality_id.is_(None), Goal.municipality_id.in_(members))
    of_more = sa.and_(Goal.region_id.is_(None), near, inside)
    return sa.or_(viewer.in_regions(Goal.region_id), of_more)


def aims(session: Session, which: sa.ColumnElement[bool], *order: Any) -> list[Aim]:
    """Give goals with all that belongs to them, in one query."""
    rows = session.execute(
        sa.select(Goal, Programme, FocusArea.name, Municipality.name, GoalTarget)
        .join(Programme, Programme.id == Goal.programme_id)
        .outerjoin(FocusArea, FocusArea.id == Goal.focus_area_id)
        .outerjoin(Municipality, Municipality.id == Goal.municipality_id)
        .outerjoin(GoalTarget, sa.and_(GoalTarget.goal_id == Goal.id, GoalTarget.known()))
        .where(which, Goal.known())
        .order_by(*(order or (Goal.id,)), GoalTarget.year)
    )
    found: dict[int, Aim] = {}
    for goal, programme, area, municipality, year in rows:
        before = found.get(goal.id) or Aim(goal, programme, (), area, municipality)
        more = ((year.year, year.target),) if year else ()
        found[goal.id] = before._replace(path=before.path + more)
    return list(found.values())


def aims_of_programme(session: Session, viewer: Actor, programme_id: int) -> list[Aim]:
    """List the goals of a programme that a person sees, the latest first; one query."""
    which = sa.and_(Goal.programme_id == programme_id, seen_goals(viewer))
    return aims(session, which, Goal.from_on.desc(), Goal.id)


def lines(
    session: Session, goals: Sequence[Aim], day: date, known_at: datetime | None = None
) -> list[GoalLine]:
    """Say how goals stand on a day; one query for their places and one for all their numbers."""
    usable = [aim for aim in goals if aim.goal.metric in BY_KEY]
    places = find_places(session, {key for aim in usable for key in place_keys(aim)})
    asked = [question_of(aim, day, known_at, places) for aim in usable]
    unknowns = [replace(q, unknown=True) for q in asked if q.can_be_unknown]
    answers = metrics.values(session, [*asked, *unknowns])
    left = iter(answers[len(asked) :])
    return [
        _line(aim, q, so_far, int(next(left)) if q.can_be_unknown else 0, day)
        for aim, q, so_far in zip(usable, asked, answers, strict=False)
    ]


def _line(aim: Aim, question: Question, so_far: float, unknown: int, day: date) -> GoalLine:
    goal = aim.goal
    found = standing(so_far, goal.target, goal.baseline, question.period, day, aim.path)
    return GoalLine(goal, aim.programme, question.metric, found, unknown, question, aim)


def place_keys(aim: Aim) -> list[Key]:
    """Name the places that a goal asks about: its programme's, and its own."""
    keys = [programme_key(aim.programme.id)]
    if aim.goal.county:
        keys.append(county_key(aim.goal.county))
    if aim.goal.municipality_id:
        keys.append(municipality_key(aim.goal.municipality_id))
    return keys


def rules_of(session: Session, goal_ids: Sequence[int], day: date) -> dict[int, str]:
    """Give the counting rule in words that each goal has on a day, in one query."""
    rows = session.execute(
        sa.select(GoalRule.goal_id, GoalRule.text)
        .where(GoalRule.goal_id.in_(goal_ids), GoalRule.known(), GoalRule.valid_from <= day)
        .order_by(GoalRule.valid_from)
    )
    return {row[0]: row[1] for row in rows}


def all_rules(session: Session, goal_id: int) -> Sequence[GoalRule]:
    """List the counting rules that a goal has had, the latest first."""
    return session.scalars(
        sa.select(GoalRule)
        .where(GoalRule.goal_id == goal_id, GoalRule.known())
        .order_by(GoalRule.valid_from.desc())
        .limit(50)
    ).all()


def question_of(
    aim: Aim, day: date, known_at: datetime | None, places: Mapping[Key, Places],
    period: Period | None = None,
) -> Question:  # fmt: skip
    """Ask what has come of a goal by a day, in its place and in the round that runs."""
    goal = aim.goal
    period = period or round_on(goal.period, goal.from_on, goal.to_on, day)
    regions = (goal.region_id,) if goal.region_id else None
    view = View(
        min(day, period.last), known_at, regions, focus_area_id=goal.focus_area_id,
        programme=scope(aim.programme, places),
    )  # fmt: skip
    if goal.county:
        view = view.inside(places[county_key(goal.county)])
    if goal.municipality_id:
        view = view.inside(places[municipality_key(goal.municipality_id)])
    metric = BY_KEY[goal.metric]
    is_net = not goal.is_gross and metric.net is not None
    return Question(metric, view, period, is_net=is_net)


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
    found = metrics.behind(question)
    subject = question.metric.subject
    listing = _LISTINGS[subject](found)
    if viewer.region_ids is not None:
        listing = listing.where(viewer.in_regions(found.c.region_id))
    if not viewer.may(Permission.IDEA_SEE):
        listing = listing.where(Idea.is_shared)
    told = listing  # where an idea came up adds columns and no rows: it is not counted
    if subject == Subject.IDEA and viewer.may(Permission.VISIT_SEE):
        told = _with_origin(listing)
    page = session.execute(
        told.order_by(found.c.day.desc(), found.c.id.desc()).offset(offset).limit(limit + 1)
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
    if "amount" in found.c:
        columns.append(found.c.amount)
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
        _named(found, Application, Instrument.name.label("what"))
        .outerjoin(Instrument, Instrument.id == Application.instrument_id)
        .outerjoin(Company, Company.id == Application.company_id)
        .outerjoin(Idea, Idea.id == Application.idea_id)
    )


def _jobs(found: sa.Subquery) -> AnySelect:
    return (
        _named(found, JobRecord, JobRecord.source.label("what"))
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
    asked = [Question(metric, view, period, unknown=True) for metric in metrics.METRICS]
    questions = [q for q in asked if q.can_be_unknown]
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
