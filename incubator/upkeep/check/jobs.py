"""Jobs: what is realised has been, and is realised from what stands and was expected."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.core import clock
from incubator.core.errors import RuleBroken
from incubator.jobs import rules
from incubator.jobs.models import JobRecord, JobState
from incubator.upkeep.check.finding import Broken, Listing


def sensible(session: Session) -> Iterator[Broken]:
    """Find records with a number, a division or a day that cannot be."""
    today = clock.today()
    columns = (
        JobRecord.id, JobRecord.number, JobRecord.unit, JobRecord.women, JobRecord.men,
        JobRecord.state, JobRecord.occurred_on,
    )  # fmt: skip
    query = sa.select(*columns).where(JobRecord.known()).order_by(JobRecord.id)
    for row in session.execute(query).mappings():
        try:
            rules.must_make_sense(dict(row), today)
        except RuleBroken as no:
            fields = ", ".join(no.fields)
            yield Broken("job_records", row["id"], f"cannot be so ({fields}): {no.code}")


def realised() -> Listing:
    """Find records that realise one that is voided, realised itself, or of another region."""
    expected = aliased(JobRecord)
    wrong = sa.or_(
        ~expected.known(),
        expected.state == JobState.REALISED,
        JobRecord.state != JobState.REALISED,
        expected.region_id != JobRecord.region_id,
    )
    query = (
        sa.select(JobRecord.id, expected.id)
        .join(expected, expected.id == JobRecord.realises_id)
        .where(JobRecord.known(), wrong)
        .order_by(JobRecord.id)
    )
    return Listing("job_records", query, "realises {0}, which it cannot")
