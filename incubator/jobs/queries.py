"""Read work places."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.access import Actor
from incubator.core.db import AnySelect
from incubator.core.scope import View
from incubator.ideas.models import Idea
from incubator.jobs.models import JobKind, JobRecord, JobState


def realised(view: View, kind: JobKind) -> AnySelect:
    """Build the rows of `jobs_created` and `jobs_secured`: realised ones, with their number."""
    return sa.select(
        JobRecord.id,
        JobRecord.occurred_on.label("day"),
        JobRecord.region_id,
        JobRecord.municipality_id,
        JobRecord.number.label("amount"),
    ).where(
        JobRecord.kind == kind,
        JobRecord.state == JobState.REALISED,
        view.standing(JobRecord),
        *view.within(JobRecord),
    )


def net(view: View) -> AnySelect:
    """Build the rows of a net `jobs_created`: the realised new ones, less those that were lost."""
    stored = sa.type_coerce(JobRecord.number, sa.BigInteger)
    signed = sa.case((JobRecord.kind == JobKind.LOST, -stored), else_=stored)
    return sa.select(
        JobRecord.id,
        JobRecord.occurred_on.label("day"),
        JobRecord.region_id,
        JobRecord.municipality_id,
        sa.type_coerce(signed, JobRecord.number.type).label("amount"),
    ).where(
        JobRecord.kind.in_((JobKind.NEW, JobKind.LOST)),
        JobRecord.state == JobState.REALISED,
        view.standing(JobRecord),
        *view.within(JobRecord),
    )


_OF_IDEA = (
    sa.select(JobRecord)
    .where(JobRecord.idea_id == sa.bindparam("idea_id"), JobRecord.known())
    .order_by(JobRecord.occurred_on, JobRecord.id)
    .limit(50)
)


def of_idea(session: Session, idea_id: int) -> Sequence[JobRecord]:
    """List the work places that an idea brought, is expected to bring, or was planned to."""
    return session.scalars(_OF_IDEA, {"idea_id": idea_id}).all()


class OfCompany(NamedTuple):
    """Work places at a company, with the idea that brought them."""

    record: JobRecord
    idea: str | None


MOST_OF_COMPANY = 500


def of_company(session: Session, viewer: Actor, company_id: int) -> Sequence[OfCompany]:
    """List the work places at a company in the viewer's regions, the latest first; one query."""
    query = (
        sa.select(JobRecord, Idea.title)
        .outerjoin(Idea, sa.and_(Idea.id == JobRecord.idea_id, Idea.known()))
        .where(
            JobRecord.company_id == company_id,
            JobRecord.known(),
            viewer.in_regions(JobRecord.region_id),
        )
        .order_by(JobRecord.occurred_on.desc(), JobRecord.id.desc())
        .limit(MOST_OF_COMPANY)
    )
    return [OfCompany(*row) for row in session.execute(query)]


def totals_of(records: Sequence[OfCompany]) -> dict[tuple[JobKind, JobState], Decimal]:
    """Add work places up by kind and state: planned and expected ones are shown apart."""
    found: dict[tuple[JobKind, JobState], Decimal] = {}
    for kind in JobKind:
        for state in (JobState.REALISED, JobState.EXPECTED, JobState.PLANNED):
            numbers = [
                one.record.number
                for one in records
                if (one.record.kind, one.record.state) == (kind, state)
            ]
            if numbers:
                found[kind, state] = sum(numbers, Decimal(0))
    return found
