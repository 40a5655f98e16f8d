"""Write down work places."""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import RuleBroken
from incubator.jobs.models import Evidence, JobKind, JobRecord, JobState, JobUnit
from incubator.reference.queries import lock_region


def record_jobs(
    session: Session,
    actor: Actor,
    *,
    region_id: int,
    on: date,
    number: Decimal,
    kind: JobKind = JobKind.NEW,
    state: JobState = JobState.REALISED,
    unit: JobUnit = JobUnit.HEADS,
    company_id: int | None = None,
    idea_id: int | None = None,
    municipality_id: int | None = None,
    women: int | None = None,
    men: int | None = None,
    source: str = "",
    evidence: Evidence = Evidence.TOLD,
    change: Change | None = None,
) -> JobRecord:
    """Write down a number of work places, as a change of its own or as part of one.

    Raises RuleBroken for no jobs at all, or for realised ones in the future.
    """
    must(actor, Permission.IDEA_MOVE, region_id)
    if number <= 0:
        raise RuleBroken("jobs_missing", fields=["number"])
    if on > clock.today() and state == JobState.REALISED:
        raise RuleBroken("in_the_future", fields=["on"])
    lock_region(session, region_id)
    made_by = change or audit.record(
        session, actor, "jobs.recorded", kind="job_record", region_id=region_id
    )
    row = JobRecord(
        region_id=region_id, municipality_id=municipality_id, company_id=company_id,
        idea_id=idea_id, occurred_on=on, kind=kind, state=state, unit=unit, number=number,
        women=women, men=men, source=source or None, evidence=evidence,
    )  # fmt: skip
    audit.stamp(row, made_by)
    session.add(row)
    flush(session)
    audit.note_values(session, made_by, "job_record", row.id, {"number": (None, number)})
    return row
