"""Read work places."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.db import AnySelect
from incubator.core.scope import View
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


_OF_IDEA = (
    sa.select(JobRecord)
    .where(JobRecord.idea_id == sa.bindparam("idea_id"), JobRecord.known())
    .order_by(JobRecord.occurred_on, JobRecord.id)
    .limit(50)
)


def of_idea(session: Session, idea_id: int) -> Sequence[JobRecord]:
    """List the work places that an idea brought, is expected to bring, or was planned to."""
    return session.scalars(_OF_IDEA, {"idea_id": idea_id}).all()
