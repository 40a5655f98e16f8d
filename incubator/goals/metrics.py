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
from incubator.core.scope import ProgrammeScope, View
from incubator.funding import queries as funding
from incubator.funding.models import ApplicationStatus
from incubator.goals import narrowing
from incubator.goals.models import AttributedKind, Attribution
from incubator.goals.narrowing import Row
from incubator.ideas import queries as ideas
from incubator.ideas.models import StageKind
from incubator.incubation import queries as incubation
from incubator.jobs import queries as jobs
from incubator.jobs.models import JobKind
from incubator.visits import queries as visits

Rows = Callable[[View], AnySelect]
RowsOfPeriod = Callable[[View, Period, visits.Conditions], AnySelect]
WHOLE = 100  # percent
MOST_AT_ONCE = 200  # numbers in one statement; SQLite takes 500 parts of a union


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
    net: Rows | None = None  # in the place of `rows` for a net number: what was lost is negative

    @property
    def is_sum(self) -> bool:
        return self.unit != Unit.COUNT

    @property
    def attributed(self) -> AttributedKind | None:
        """Give what kind of result its rows are; nobody is credited with a visit."""
        return _ATTRIBUTED.get(self.subject)


_ATTRIBUTED = {
    Subject.IDEA: AttributedKind.IDEA,
    Subject.INCUBATION: AttributedKind.INCUBATION,
    Subject.APPLICATION: AttributedKind.APPLICATION,
    Subject.JOBS: AttributedKind.JOBS,
}


class Sharing(StrEnum):
    """How results that several programmes claim are counted."""

    WHOLE = "whole"  # each once and whole
    SHARED = "shared"  # by the shares that are claimed, up to one whole
    OVER = "over"  # only those that are claimed by more than one whole


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
        net=jobs.net,
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


@dataclass(frozen=True)
class Question:
    """Which metric, looked at from where, over which period.

    `unknown`: the rows that could not be classified. `shared_by`: the programmes among which
    what nobody has attributed may count, where results are shared.
    """

    metric: Metric
    view: View
    period: Period
    unknown: bool = False
    is_net: bool = False
    sharing: Sharing = Sharing.WHOLE
    shared_by: tuple[ProgrammeScope, ...] = ()

    @property
    def is_sum(self) -> bool:
        return self.metric.is_sum or self.sharing == Sharing.SHARED

    @property
    def can_be_unknown(self) -> bool:
        return self.metric.unknown is not None or narrowing.can_be_unknown(self.view)


def rows_of(metric: Metric, view: View, period: Period, **how: Any) -> sa.Subquery:
    """Build the rows behind a number: `id`, `day` and, if it is a sum, `amount`.

    A flow takes the rows of the period; a level those that hold when the day of the view ends.
    """
    return behind(Question(metric, view, period, **how))


def behind(question: Question) -> sa.Subquery:
    """Build the rows behind the number that a question asks for."""
    found = _unknown(question) if question.unknown else _counted(question)
    if question.sharing == Sharing.WHOLE or question.unknown:
        return found.subquery()
    return _shared(question, found.subquery()).subquery()


def _counted(question: Question) -> AnySelect:
    if question.metric.of_period is not None:
        return _companies(question, question.view)
    found = _base(question, question.view)
    return sa.select(found).where(
        *_in_time(question, found), *narrowing.counted(question.view, _row(question, found))
    )


def _base(question: Question, view: View) -> sa.Subquery:
    metric = question.metric
    query = metric.net if question.is_net and metric.net else metric.rows
    assert query is not None
    return query(view).subquery()


def _in_time(question: Question, found: Any) -> tuple[sa.ColumnElement[bool], ...]:
    if question.metric.kind == Kind.LEVEL:
        return ()
    period = question.period
    return (found.c.day.between(period.first, min(period.last, question.view.as_of)),)


def _row(question: Question, found: Any) -> Row:
    columns, is_level = found.c, question.metric.kind == Kind.LEVEL
    return Row(
        question.metric.attributed, columns.id, columns.region_id, columns.municipality_id,
        None if is_level else columns.day, columns.get("organisation_id"),
    )  # fmt: skip


def _visit(visit: Any) -> Row:
    return Row(
        None, visit.id, visit.region_id, visit.municipality_id, visit.occurred_on,
        visit.organisation_id,
    )  # fmt: skip


def _companies(question: Question, view: View) -> AnySelect:
    assert question.metric.of_period is not None
    found = question.metric.of_period(
        view, question.period, lambda visit: narrowing.counted(question.view, _visit(visit))
    ).subquery()
    return sa.select(found).where(*_in_time(question, found))


def _unknown(question: Question) -> AnySelect:
    """Pick what could not be classified: of itself, or by what the view narrows to."""
    metric, view, wide = question.metric, question.view, question.view.widened()
    if metric.of_period is not None:
        return _unknown_companies(question)
    found = _base(question, wide)
    columns = (found.c.id, found.c.day, found.c.region_id, found.c.municipality_id)
    amount = (found.c.amount,) if "amount" in found.c else ()
    query = sa.select(*columns, *amount).where(
        *_in_time(question, found), narrowing.undecided(view, _row(question, found))
    )
    if metric.unknown is None:
        return query
    itself = metric.unknown(wide).subquery()
    more = sa.select(itself.c.id, itself.c.day, itself.c.region_id, itself.c.municipality_id).where(
        *_in_time(question, itself), narrowing.not_excluded(view, _row(question, itself))
    )
    if not narrowing.can_be_unknown(view):
        return more
    return sa.select(sa.union_all(query, more).subquery())


def _unknown_companies(question: Question) -> AnySelect:
    view, wide = question.view, question.view.widened()
    assert question.metric.of_period is not None
    found = question.metric.of_period(
        wide, question.period, lambda visit: [narrowing.undecided(view, _visit(visit))]
    ).subquery()
    is_counted = visits.visited_in(
        wide, question.period, found.c.id,
        lambda visit: narrowing.counted(view, _visit(visit)),
    )  # fmt: skip
    return sa.select(found).where(*_in_time(question, found), ~is_counted)


def _shared(question: Question, found: sa.Subquery) -> AnySelect:
    """Give what is claimed of each result, in hundredths; or those claimed more than once."""
    row = _row(question, found)
    claims = narrowing.claims_on(question.view, row)
    claimed = claims.with_only_columns(sa.func.sum(Attribution.share)).scalar_subquery()
    if question.sharing == Sharing.OVER:
        return sa.select(found).where(claimed > WHOLE)
    fits = narrowing.of_any(question.view, question.shared_by, row)
    share = sa.case(
        (claimed >= WHOLE, WHOLE), (claimed.is_not(None), claimed), (fits, WHOLE), else_=0
    )
    size: Any = sa.literal(1)
    if question.metric.is_sum:
        size = sa.func.coalesce(sa.type_coerce(found.c.amount, sa.BigInteger), 0)
    weight = sa.cast(size * share, sa.BigInteger).label("amount")
    columns = (found.c.id, found.c.day, found.c.region_id, found.c.municipality_id)
    return sa.select(*columns, weight).where(share > 0)


def number_of(question: Question) -> Any:
    """Build the query for the number: the count or the sum of its rows."""
    found = behind(question)
    if not question.is_sum or question.unknown:
        return sa.select(sa.func.count()).select_from(found)
    # Work places are kept in hundredths; summed as what they are in the database.
    total = sa.func.coalesce(sa.func.sum(sa.type_coerce(found.c.amount, sa.BigInteger)), 0)
    return sa.select(sa.cast(total, sa.BigInteger)).select_from(found)


def values(session: Session, questions: Sequence[Question]) -> list[int | float]:
    """Answer questions in their order: one query, or one for each 200 of very many."""
    found: list[int | float] = []
    for start in range(0, len(questions), MOST_AT_ONCE):
        found += _values(session, questions[start : start + MOST_AT_ONCE])
    return found


def _values(session: Session, questions: Sequence[Question]) -> list[int | float]:
    parts = [
        sa.select(sa.literal(nth).label("nth"), number_of(q).scalar_subquery().label("n"))
        for nth, q in enumerate(questions)
    ]
    found: dict[int, int] = dict(row[:2] for row in session.execute(sa.union_all(*parts)))
    return [as_number(q, int(found[nth] or 0)) for nth, q in enumerate(questions)]


def as_number(question: Question, stored: int) -> int | float:
    """Give a sum as it is meant: work places and shares are kept in hundredths."""
    if question.unknown:
        return stored
    scale = 100 if question.metric.unit == Unit.JOBS else 1
    scale *= WHOLE if question.sharing == Sharing.SHARED else 1
    return stored // scale if stored % scale == 0 else stored / scale


def value(session: Session, question: Question) -> int | float:
    """Answer one question."""
    return values(session, [question])[0]
