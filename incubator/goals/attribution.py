"""Read which programmes claim a result, and what each claims of a region's results."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.companies.models import Company
from incubator.core.access import Actor
from incubator.core.clock import Period
from incubator.core.db import AnySelect
from incubator.core.errors import NotFound
from incubator.core.scope import View
from incubator.funding.models import Application, Instrument
from incubator.goals import metrics, programmes
from incubator.goals.metrics import METRICS, Metric, Question, Sharing
from incubator.goals.models import AttributedKind, Attribution
from incubator.ideas.models import Idea
from incubator.incubation.models import Incubation
from incubator.jobs.models import JobRecord
from incubator.reference.models import Programme
from incubator.reference.places import find_places, programme_key

TABLES: dict[AttributedKind, Any] = {
    AttributedKind.IDEA: Idea,
    AttributedKind.INCUBATION: Incubation,
    AttributedKind.APPLICATION: Application,
    AttributedKind.JOBS: JobRecord,
}


@dataclass(frozen=True)
class Subject:
    """A result that programmes can claim: what it is called, and where its page is."""

    kind: AttributedKind
    id: int
    region_id: int
    name: str
    company: str | None
    href: str


def get_subject(session: Session, viewer: Actor, kind: AttributedKind, subject_id: int) -> Subject:
    """Give a result of the viewer's regions. Raises NotFound."""
    table = TABLES[kind]
    row = session.execute(_named(kind).where(table.id == subject_id)).one_or_none()
    if row is None or not viewer.works_in(row.region_id):
        raise NotFound("not_found")
    return _subject(kind, row)


def _named(kind: AttributedKind) -> AnySelect:
    table = TABLES[kind]
    what: Any = sa.cast(sa.null(), sa.Text)
    if kind == AttributedKind.APPLICATION:
        what = sa.func.coalesce(Application.title, Instrument.name)
    elif kind == AttributedKind.JOBS:
        what = JobRecord.source
    idea_id = table.id if kind == AttributedKind.IDEA else getattr(table, "idea_id", None)
    query = sa.select(
        table.id, table.region_id, what.label("what"), Company.name.label("company"),
        (Idea.title if idea_id is not None else sa.cast(sa.null(), sa.Text)).label("title"),
        (Idea.id if idea_id is not None else sa.cast(sa.null(), sa.Integer)).label("idea_id"),
    ).select_from(table).outerjoin(Company, Company.id == table.company_id)  # fmt: skip
    if kind == AttributedKind.APPLICATION:
        query = query.outerjoin(Instrument, Instrument.id == Application.instrument_id)
    if idea_id is not None and kind != AttributedKind.IDEA:
        query = query.outerjoin(Idea, sa.and_(Idea.id == idea_id, Idea.known()))
    return query.where(table.known())


def _subject(kind: AttributedKind, row: Any) -> Subject:
    href = {
        AttributedKind.IDEA: f"/ideer/{row.id}",
        AttributedKind.INCUBATION: f"/inkubator/{row.id}",
        AttributedKind.APPLICATION: f"/soknader/{row.id}",
    }.get(kind, f"/ideer/{row.idea_id}" if row.idea_id else "/mal")
    name = row.title or row.what or row.company or ""
    return Subject(kind, row.id, row.region_id, name, row.company, href)


def claims_on(session: Session, kind: AttributedKind, subject_id: int) -> Sequence[Attribution]:
    """List the standing claims on a result."""
    return session.scalars(
        sa.select(Attribution)
        .where(
            Attribution.subject_kind == kind,
            Attribution.subject_id == subject_id,
            Attribution.known(),
        )
        .order_by(Attribution.is_lead.desc(), Attribution.share.desc(), Attribution.id)
    ).all()


@dataclass(frozen=True)
class Figure:
    """A number of the totals, with the question that opens its list."""

    value: int | float
    question: Question


@dataclass(frozen=True)
class MetricTotals:
    """What each programme claims of a metric, what they share, and what the region has."""

    metric: Metric
    own: tuple[Figure, ...]  # one for each programme, in their order
    shared: Figure
    region: Figure
    over: Figure


@dataclass(frozen=True)
class Totals:
    programmes: Sequence[Programme]
    rows: Sequence[MetricTotals]


def totals(session: Session, viewer: Actor, region_id: int, period: Period, as_of: date) -> Totals:
    """Add up the results of a region by who claims them, in a fixed number of queries.

    Each programme's own claim is whole. What they share counts each result once, by the shares
    up to one whole. The region's total counts each result once and whole.
    """
    every = programmes.list_seen(session, viewer, region_id)
    found = [one for one in every if one.starts_on <= period.last and one.ends_on >= period.first]
    places = find_places(session, [programme_key(one.id) for one in every])
    scopes = {one.id: programmes.scope(one, places) for one in every}
    among = tuple(scopes[one.id] for one in every)
    view = View(as_of, None, (region_id,))
    credited = [metric for metric in METRICS if metric.attributed]
    asked: list[Question] = []
    for metric in credited:
        whole = Question(metric, view, period)
        asked += [replace(whole, view=replace(view, programme=scopes[one.id])) for one in found]
        asked += [
            replace(whole, sharing=Sharing.SHARED, shared_by=among), whole,
            replace(whole, sharing=Sharing.OVER),
        ]  # fmt: skip
    answers = metrics.values(session, asked)
    figures = [Figure(value, q) for value, q in zip(answers, asked, strict=True)]
    size = len(found) + 3
    rows = [
        _row(metric, figures[nth * size : (nth + 1) * size]) for nth, metric in enumerate(credited)
    ]
    return Totals(found, rows)


def _row(metric: Metric, figures: Sequence[Figure]) -> MetricTotals:
    *own, shared, region, over = figures
    return MetricTotals(metric, tuple(own), shared, region, over)


@dataclass(frozen=True)
class Overclaimed:
    """A result that is claimed by more than one whole."""

    subject: Subject
    share: int


MOST_FLAGGED = 200


def overclaimed(session: Session, region_id: int) -> list[Overclaimed]:
    """List the results of a region that are claimed by more than one whole: 5 queries."""
    share = sa.func.sum(Attribution.share)
    sums = session.execute(
        sa.select(Attribution.subject_kind, Attribution.subject_id, share.label("share"))
        .where(Attribution.known())
        .group_by(Attribution.subject_kind, Attribution.subject_id)
        .having(share > metrics.WHOLE)
        .order_by(Attribution.subject_kind, Attribution.subject_id)
    ).all()
    found = []
    for kind, table in TABLES.items():
        shares = {row.subject_id: row.share for row in sums if row.subject_kind == kind}
        here = _named(kind).where(table.id.in_(shares), table.region_id == region_id)
        rows = session.execute(here.order_by(table.id).limit(MOST_FLAGGED))
        found += [Overclaimed(_subject(kind, row), int(shares[row.id])) for row in rows]
    return found
