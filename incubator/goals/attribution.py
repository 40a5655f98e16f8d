"""Read which programmes claim a result, and what each claims of a region's results."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.companies.models import Company
from incubator.core.access import Actor
from incubator.core.db import AnySelect
from incubator.core.errors import NotFound
from incubator.funding.models import Application, Instrument
from incubator.goals.models import AttributedKind, Attribution
from incubator.ideas.models import Idea
from incubator.incubation.models import Incubation
from incubator.jobs.models import JobRecord

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
