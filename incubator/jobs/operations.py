"""Write down work places, confirm them, correct them, and take them back."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change, ChangeValue
from incubator.companies import operations as companies, queries as company_queries
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import NotAllowed, NotFound, RuleBroken, Stale
from incubator.core.facts import void
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea
from incubator.jobs import ledger, rules
from incubator.jobs.models import Evidence, JobKind, JobRecord, JobState, JobUnit
from incubator.reference.queries import lock_region

# What is counted or says what counts: a wrong one is voided and made anew, never overwritten.
COUNTED = (
    "occurred_on", "kind", "state", "unit", "number", "women", "men", "company_id", "idea_id",
    "municipality_id",
)  # fmt: skip
# What is said about it: edited in place, with the old and the new value kept.
SAID = ("evidence", "next_check_on", "source", "note")
JUST_NOW = timedelta(minutes=2)
_COPIED = ("region_id", "realises_id", *COUNTED, *SAID)


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
    company_name: str = "",
    idea_id: int | None = None,
    municipality_id: int | None = None,
    women: int | None = None,
    men: int | None = None,
    source: str = "",
    note: str = "",
    evidence: Evidence = Evidence.TOLD,
    next_check_on: date | None = None,
    change: Change | None = None,
    is_once: bool = False,
) -> JobRecord:
    """Write down a number of work places, as a change of its own or as part of one.

    Sent twice (`is_once`), it gives what the same person wrote just now.

    Raises RuleBroken for no jobs at all, for realised ones in the future, for more women and
    men than there are, NotAllowed for somebody else's idea.
    """
    must(actor, Permission.IDEA_MOVE, region_id)
    values = {
        "occurred_on": on, "kind": kind, "state": state, "unit": unit, "number": number,
        "women": women, "men": men, "source": source.strip() or None,
        "note": note.strip() or None, "evidence": evidence, "next_check_on": next_check_on,
        "company_id": company_id, "idea_id": idea_id, "municipality_id": municipality_id,
    }  # fmt: skip
    rules.must_make_sense(values, clock.today())
    lock_region(session, region_id)
    idea = _idea_of(session, actor, region_id, idea_id)
    _let_belong(session, values, idea, company_name)
    if is_once and (sent := _sent_already(session, actor, {"region_id": region_id, **values})):
        return sent
    made_by = change or audit.record(
        session, actor, "jobs.recorded", kind="job_record", region_id=region_id
    )
    if company_name.strip() and values["company_id"] is None:
        values["company_id"] = companies.company_named(session, made_by, company_name).id
    return _make(session, made_by, {"region_id": region_id, **values})


def _sent_already(session: Session, actor: Actor, values: Mapping[str, Any]) -> JobRecord | None:
    """Give the record that somebody has just made with the very same values."""
    same = [JobRecord.__table__.c[field] == value for field, value in values.items()]
    just_now = clock.now() - JUST_NOW
    return session.scalar(
        sa.select(JobRecord)
        .where(
            *same, JobRecord.known(), JobRecord.recorded_by_id == actor.id,
            JobRecord.recorded_at >= just_now,
        )
        .limit(1)
    )  # fmt: skip


def _idea_of(session: Session, actor: Actor, region_id: int, idea_id: int | None) -> Idea | None:
    if idea_id is None:
        return None
    idea = session.get(Idea, idea_id)
    if idea is None or idea.is_voided or idea.region_id != region_id:
        raise RuleBroken("no_such_idea", fields=["idea_id"])
    ideas.must_be_allowed(actor, idea)
    return idea


def _let_belong(session: Session, values: dict[str, Any], idea: Idea | None, name: str) -> None:
    """Fill in the company and the municipality, from the idea where nothing else is said."""
    if name.strip():
        known = company_queries.find_by_name(session, name)
        values["company_id"] = known.id if known else None
    elif values["company_id"] is None and idea is not None:
        values["company_id"] = idea.company_id
    if values["municipality_id"] is not None:
        return
    if idea is not None and idea.municipality_id is not None:
        values["municipality_id"] = idea.municipality_id
    elif values["company_id"] is not None:
        company = company_queries.get_company(session, values["company_id"])
        values["municipality_id"] = company.municipality_id


def _make(session: Session, change: Change, values: Mapping[str, Any]) -> JobRecord:
    row = JobRecord(**values)
    audit.stamp(row, change)
    session.add(row)
    flush(session)
    if change.subject_kind == "job_record":
        change.subject_id = row.id
        flush(session)
    audit.note_values(session, change, "job_record", row.id, {"number": (None, row.number)})
    return row


def realise_jobs(
    session: Session,
    actor: Actor,
    expected: JobRecord,
    *,
    on: date,
    number: Decimal,
    women: int | None = None,
    men: int | None = None,
    source: str = "",
    evidence: Evidence = Evidence.TOLD,
    next_check_on: date | None = None,
    note: str = "",
    is_once: bool = False,
) -> JobRecord:
    """Write down what came of planned or expected work places: all of them, or a part.

    The expected record stays as it was told; what is outstanding of it is what is left. More
    may come than was expected. Raises RuleBroken, Stale when it was taken back meanwhile.
    """
    _must_go_on(session, actor, expected)
    if expected.state == JobState.REALISED:
        raise RuleBroken("realised_already")
    values = {field: getattr(expected, field) for field in ("region_id", *COUNTED)} | {
        "occurred_on": on, "state": JobState.REALISED, "number": number, "women": women,
        "men": men, "source": source.strip() or None, "evidence": evidence,
        "next_check_on": next_check_on, "note": note.strip() or None,
        "realises_id": expected.id,
    }  # fmt: skip
    rules.must_make_sense(values, clock.today())
    if is_once and (sent := _sent_already(session, actor, values)):
        return sent
    change = _record(session, actor, "jobs.realised", expected)
    return _make(session, change, values)


def confirm_jobs(
    session: Session, actor: Actor, record: JobRecord, values: Mapping[str, Any]
) -> Change | None:
    """Say how well a number is known, from what source, and when to look again.

    The number stays; what was said before is kept with the change. None: nothing is different.
    """
    _must_go_on(session, actor, record)
    clean = {field: _said(values[field]) for field in SAID if field in values}
    changed = {f: (getattr(record, f), v) for f, v in clean.items() if getattr(record, f) != v}
    if not changed:
        return None
    change = _record(session, actor, "jobs.confirmed", record)
    for field, (_old, new) in changed.items():
        setattr(record, field, new)
    audit.note_values(session, change, "job_record", record.id, changed)
    flush(session)
    return change


def _said(value: Any) -> Any:
    if isinstance(value, Evidence) or not isinstance(value, str):
        return value
    return value.strip() or None


def correct_jobs(
    session: Session,
    actor: Actor,
    record: JobRecord,
    values: Mapping[str, Any],
    *,
    company_name: str = "",
) -> JobRecord:
    """Void a record that was wrong, and make the one that is right; give that.

    Raises RuleBroken when something was realised from it, or where the right one cannot be.
    """
    _must_be_correctable(session, actor, record)
    wanted = {field: getattr(record, field) for field in _COPIED}
    wanted |= {field: _said(values[field]) for field in (*COUNTED, *SAID) if field in values}
    rules.must_make_sense(wanted, clock.today())
    if wanted["idea_id"] != record.idea_id:
        _idea_of(session, actor, record.region_id, wanted["idea_id"])
    if not company_name.strip() and all(getattr(record, f) == v for f, v in wanted.items()):
        return record
    change = _record(session, actor, "jobs.corrected", record)
    if company_name.strip():
        wanted["company_id"] = companies.company_named(session, change, company_name).id
    void(session, record, change)
    flush(session)
    row = JobRecord(**wanted)
    audit.stamp(row, change)
    session.add(row)
    flush(session)
    change.subject_id = row.id
    noted = {f: (getattr(record, f), v) for f, v in wanted.items() if getattr(record, f) != v}
    audit.note_values(session, change, "job_record", row.id, noted)
    return row


def void_jobs(session: Session, actor: Actor, record: JobRecord, *, reason: str) -> Change:
    """Take back a record that was entered by mistake; it counts nowhere after that."""
    _must_be_correctable(session, actor, record)
    if not reason.strip():
        raise RuleBroken("reason_missing", fields=["reason"])
    change = _record(session, actor, "jobs.voided", record, reason.strip())
    void(session, record, change)
    flush(session)
    return change


def _record(
    session: Session, actor: Actor, verb: str, record: JobRecord, note: str | None = None
) -> Change:
    return audit.record(
        session, actor, verb, kind="job_record", subject_id=record.id,
        region_id=record.region_id, note=note,
    )  # fmt: skip


def _must_go_on(session: Session, actor: Actor, record: JobRecord) -> None:
    must(actor, Permission.IDEA_MOVE, record.region_id)
    idea = session.get(Idea, record.idea_id) if record.idea_id else None
    if not rules.may_change(actor, record, idea):
        raise NotAllowed("not_your_jobs")
    _must_stand(session, record)


def _must_be_correctable(session: Session, actor: Actor, record: JobRecord) -> None:
    must(actor, Permission.IDEA_CORRECT, record.region_id)
    if not rules.may_correct(actor, record):
        raise NotAllowed("not_your_jobs")
    _must_stand(session, record)
    if is_realised_in_part(session, record.id):
        raise RuleBroken("jobs_realised_from_it")


def _must_stand(session: Session, record: JobRecord) -> None:
    """Let others wait, and raise Stale when a record was corrected or taken back meanwhile."""
    lock_region(session, record.region_id)
    session.refresh(record)
    if record.is_voided:
        raise Stale("changed_meanwhile")


def is_realised_in_part(session: Session, record_id: int) -> bool:
    """Say whether a realised record that stands names this one."""
    query = sa.select(JobRecord.id).where(JobRecord.realises_id == record_id, JobRecord.known())
    return session.scalar(query.limit(1)) is not None


def must_be_as_made(session: Session, done: Change) -> None:
    """Raise RuleBroken when what a change made was corrected or realised since: no undo then."""
    made = sa.select(JobRecord.id).where(JobRecord.change_id == done.id)
    other = JobRecord.void_change_id != done.id
    corrected = made.where(JobRecord.voided_at.is_not(None), other)
    later = sa.select(JobRecord.id).where(JobRecord.realises_id.in_(made), JobRecord.known())
    altered = sa.select(ChangeValue.id).where(
        ChangeValue.change_id == done.id,
        ChangeValue.subject_kind == "job_record",
        ChangeValue.subject_id.in_(
            sa.select(JobRecord.id).where(
                JobRecord.change_id != done.id, JobRecord.voided_at.is_not(None)
            )
        ),
    )
    for built in (corrected, altered, later.where(JobRecord.change_id != done.id)):
        if session.scalar(built.limit(1)) is not None:
            raise RuleBroken("built_upon")


def take_back(session: Session, done: Change, undo: Change) -> None:
    """Make anew what a correction or a void took away, as part of its undo.

    To lift the void would tell a wrong story of what was known in between.
    """
    gone = sa.select(JobRecord).where(
        JobRecord.void_change_id == done.id, JobRecord.change_id != done.id
    )
    for record in session.scalars(gone.order_by(JobRecord.id)).all():
        copy = JobRecord(**{field: getattr(record, field) for field in _COPIED})
        audit.stamp(copy, undo)
        session.add(copy)
        flush(session)
        undo.subject_id = copy.id
    flush(session)


def get_to_change(session: Session, actor: Actor, record_id: int) -> JobRecord:
    """Give a record of the actor's regions as it stands. Raises NotFound, Stale."""
    record = session.get(JobRecord, record_id)
    if record is None or not actor.works_in(record.region_id):
        raise NotFound("no_such_jobs")
    if record.is_voided:
        raise Stale("changed_meanwhile")
    return record


def left_of(session: Session, record: JobRecord) -> Decimal:
    """Say what is outstanding of an expected record."""
    return (
        Decimal(session.scalar(sa.select(ledger.left_of()).where(JobRecord.id == record.id)) or 0)
        / 100
    )
