"""The metrics: each is one query for the rows behind a number.

The number is the count, or the sum, of exactly those rows. Nothing else counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from incubator.core.clock import Period
from incubator.core.db import AnySelect
from incubator.core.scope import View
from incubator.funding import queries as funding
from incubator.funding.models import ApplicationStatus
from incubator.ideas import queries as ideas
from incubator.ideas.models import StageKind
from incubator.incubation import queries as incubation
from incubator.jobs import queries as jobs
from incubator.jobs.models import JobKind
from incubator.visits import queries as visits

Rows = Callable[[View], AnySelect]
RowsOfPeriod = Callable[[View, Period], AnySelect]


class Kind(StrEnum):
    FLOW = "flow"
    LEVEL = "level"


class Subject(StrEnum):
    """What a row behind the number is: it decides which page it opens."""

    IDEA = "idea"
    INCUBATION = "incubation"
    APPLICATION = "application"
    JOBS = "job_record"
    VISIT = "visit"
    COMPANY = "company"


class Unit(StrEnum):
    COUNT = "count"
    NOK = "nok"
    JOBS = "jobs"


@dataclass(frozen=True)
class Metric:
    """A named query; `unknown` gives the rows that could not be classified.

    `of_period` is in the place of `rows` where it depends on the period which rows there are.
    """

    key: str
    kind: Kind
    label: Any
    rows: Rows | None
    subject: Subject = Subject.IDEA
    unit: Unit = Unit.COUNT
    unknown: Rows | None = None
    of_period: RowsOfPeriod | None = None

    @property
    def is_sum(self) -> bool:
        return self.unit != Unit.COUNT

    @property
    def has_organisation(self) -> bool:
        """Say whether it can be narrowed to the organisation whose the records are."""
        return self.subject in (Subject.VISIT, Subject.COMPANY)


def _application(status: ApplicationStatus) -> Rows:
    return lambda view: funding.by_event(view, status)


METRICS = (
    Metric("ideas_registered", Kind.FLOW, _l("New ideas"), ideas.registered),
    Metric(
        "ideas_from_industry", Kind.FLOW, _l("Ideas from industry"),
        lambda view: ideas.registered_by_industry(view, is_industry=True),
        unknown=lambda view: ideas.registered_by_industry(view, is_industry=None),
    ),
    Metric(
        "cases_opened", Kind.FLOW, _l("New cases"),
        lambda view: ideas.first_entries(view, StageKind.CASE),
    ),
    Metric(
        "incubator_admissions", Kind.FLOW, _l("Admissions to the incubator"),
        incubation.admissions, Subject.INCUBATION,
    ),
    Metric(
        "incubator_active", Kind.LEVEL, _l("Active incubator companies"),
        incubation.running_on, Subject.INCUBATION,
    ),
    Metric(
        "applications_sent", Kind.FLOW, _l("Applications sent"),
        _application(ApplicationStatus.SENT), Subject.APPLICATION,
    ),
    Metric(
        "applications_granted", Kind.FLOW, _l("Applications granted"),
        _application(ApplicationStatus.GRANTED), Subject.APPLICATION,
    ),
    Metric(
        "amount_granted", Kind.FLOW, _l("Amount granted"),
        _application(ApplicationStatus.GRANTED), Subject.APPLICATION, Unit.NOK,
    ),
    Metric(
        "rd_projects_completed", Kind.FLOW, _l("R&D projects completed"),
        _application(ApplicationStatus.REPORTED), Subject.APPLICATION,
    ),
    Metric(
        "ideas_commercialised", Kind.FLOW, _l("Ideas commercialised"),
        lambda view: ideas.first_entries(view, StageKind.MARKET),
    ),
    Metric(
        "jobs_created", Kind.FLOW, _l("New jobs"),
        lambda view: jobs.realised(view, JobKind.NEW), Subject.JOBS, Unit.JOBS,
    ),
    Metric(
        "jobs_secured", Kind.FLOW, _l("Jobs secured"),
        lambda view: jobs.realised(view, JobKind.SECURED), Subject.JOBS, Unit.JOBS,
    ),
    Metric(
        "company_visits", Kind.FLOW, _l("Company visits"), visits.visits_made, Subject.VISIT
    ),
    Metric(
        "companies_visited", Kind.FLOW, _l("Companies visited"), None, Subject.COMPANY,
        of_period=visits.companies_visited,
    ),
)  # fmt: skip
BY_KEY = {metric.key: metric for metric in METRICS}


def rows_of(metric: Metric, view: View, period: Period, *, unknown: bool = False) -> sa.Subquery:
    """Build the rows behind a number: `id`, `day` and, if it is a sum, `amount`.

    A flow takes the rows of the period; a level those that hold when the day of the view ends.
    """
    query = metric.unknown if unknown and metric.unknown else metric.rows
    if query is None:
        assert metric.of_period is not None
        found = metric.of_period(view, period).subquery()
    else:
        found = query(view).subquery()
    if metric.kind == Kind.LEVEL:
        return found
    inside = found.c.day.between(period.first, min(period.last, view.as_of))
    return sa.select(found).where(inside).subquery()


def number_of(metric: Metric, view: View, period: Period, *, unknown: bool = False) -> Any:
    """Build the query for the number: the count or the sum of its rows."""
    found = rows_of(metric, view, period, unknown=unknown)
    if not metric.is_sum or unknown:
        return sa.select(sa.func.count()).select_from(found)
    # Work places are kept in hundredths; summed as what they are in the database.
    total = sa.func.coalesce(sa.func.sum(sa.type_coerce(found.c.amount, sa.BigInteger)), 0)
    return sa.select(sa.cast(total, sa.BigInteger)).select_from(found)


@dataclass(frozen=True)
class Question:
    """Which metric, looked at from where, over which period."""

    metric: Metric
    view: View
    period: Period
    unknown: bool = False


def values(session: Session, questions: Sequence[Question]) -> list[int | float]:
    """Answer many questions in one query, in their order."""
    if not questions:
        return []
    parts = [
        sa.select(
            sa.literal(nth).label("nth"),
            number_of(q.metric, q.view, q.period, unknown=q.unknown).scalar_subquery().label("n"),
        )
        for nth, q in enumerate(questions)
    ]
    found: dict[int, int] = dict(row[:2] for row in session.execute(sa.union_all(*parts)))
    return [_as_number(q, int(found[nth] or 0)) for nth, q in enumerate(questions)]


def _as_number(question: Question, stored: int) -> int | float:
    if question.metric.unit != Unit.JOBS or question.unknown:
        return stored
    return stored // 100 if stored % 100 == 0 else stored / 100


def value(session: Session, question: Question) -> int | float:
    """Answer one question."""
    return values(session, [question])[0]
