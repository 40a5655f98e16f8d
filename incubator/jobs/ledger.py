"""Read the ledger: the list of records with its filters, its totals, and one record's history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.accounts.models import User
from incubator.audit.models import Change, ChangeValue
from incubator.companies.models import Company
from incubator.core.access import Actor
from incubator.core.db import AnySelect
from incubator.core.errors import NotFound
from incubator.core.texts import company_key, fold
from incubator.ideas.models import Idea
from incubator.jobs.models import Evidence, JobKind, JobRecord, JobState, JobUnit
from incubator.reference.models import Municipality

PAGE = 50
MOST_EXPORTED = 20_000
STATES = (JobState.REALISED, JobState.EXPECTED, JobState.PLANNED)


@dataclass(frozen=True)
class Filter:
    """What the ledger is narrowed to."""

    kind: JobKind | None = None
    state: JobState | None = None
    unit: JobUnit | None = None
    evidence: Evidence | None = None
    company_id: int | None = None
    year: int | None = None
    text: str = ""
    needs_check: bool = False

    def __bool__(self) -> bool:
        return self != Filter()


class Row(NamedTuple):
    """A record as lists show it. `left`: what counts of it; of an expected one, what is left."""

    record: JobRecord
    company: str | None
    idea: str | None
    municipality: str | None
    left: Decimal


class Total(NamedTuple):
    """How many records of a kind, state and unit there are, and what they add up to."""

    kind: JobKind
    state: JobState
    unit: JobUnit
    records: int
    number: Decimal


def left_of(record: Any = JobRecord) -> sa.ColumnElement[Any]:
    """Say in SQL what counts of a record: of an expected one what has not been realised of it."""
    came = aliased(JobRecord)
    stored = sa.type_coerce(record.number, sa.BigInteger)
    so_far = (
        sa.select(sa.func.coalesce(sa.func.sum(sa.type_coerce(came.number, sa.BigInteger)), 0))
        .where(came.realises_id == record.id, came.known(), came.unit == record.unit)
        .correlate(record)
        .scalar_subquery()
    )
    left = sa.case(
        (record.state == JobState.REALISED, stored),
        (stored > so_far, stored - so_far),
        else_=0,
    )
    return sa.cast(left, sa.BigInteger)


def _where(
    viewer: Actor, region_id: int, narrowed: Filter, today: date
) -> list[sa.ColumnElement[bool]]:
    found = [
        JobRecord.known(), JobRecord.region_id == region_id,
        viewer.in_regions(JobRecord.region_id),
    ]  # fmt: skip
    asked = (
        (JobRecord.kind, narrowed.kind),
        (JobRecord.state, narrowed.state),
        (JobRecord.unit, narrowed.unit),
        (JobRecord.evidence, narrowed.evidence),
        (JobRecord.company_id, narrowed.company_id),
    )
    found += [column == value for column, value in asked if value is not None]
    if narrowed.year is not None:
        first, last = date(narrowed.year, 1, 1), date(narrowed.year, 12, 31)
        found.append(JobRecord.occurred_on.between(first, last))
    if narrowed.text.strip():
        found.append(JobRecord.company_id.in_(_companies_named(narrowed.text)))
    if narrowed.needs_check:
        found.append(JobRecord.next_check_on < today)
    return found


def _companies_named(text: str) -> AnySelect:
    key = company_key(text) or fold(text)
    return sa.select(Company.id).where(Company.match_key.contains(key, autoescape=True))


def _rows() -> AnySelect:
    return (
        sa.select(JobRecord, Company.name, Idea.title, Municipality.name, left_of())
        .outerjoin(Company, Company.id == JobRecord.company_id)
        .outerjoin(Idea, sa.and_(Idea.id == JobRecord.idea_id, Idea.known()))
        .outerjoin(Municipality, Municipality.id == JobRecord.municipality_id)
        .order_by(JobRecord.occurred_on.desc(), JobRecord.id.desc())
    )


def _read(session: Session, query: AnySelect) -> list[Row]:
    return [
        Row(one, company, idea, place, Decimal(left) / 100)
        for one, company, idea, place, left in session.execute(query)
    ]


def list_jobs(
    session: Session,
    viewer: Actor,
    region_id: int,
    narrowed: Filter,
    today: date,
    *,
    number: int = 1,
) -> list[Row]:
    """List a page of a region's records, the latest first."""
    where = _where(viewer, region_id, narrowed, today)
    query = _rows().where(*where).offset((number - 1) * PAGE).limit(PAGE)
    return _read(session, query)


def list_to_export(
    session: Session, viewer: Actor, region_id: int, narrowed: Filter, today: date
) -> list[Row]:
    """List all records of a list, up to one more than a file may have."""
    where = _where(viewer, region_id, narrowed, today)
    return _read(session, _rows().where(*where).limit(MOST_EXPORTED + 1))


def totals(
    session: Session, viewer: Actor, region_id: int, narrowed: Filter, today: date
) -> list[Total]:
    """Add up the records of a list, each kind, state and unit by itself; one query."""
    rows = (
        sa.select(JobRecord.kind, JobRecord.state, JobRecord.unit, left_of().label("left"))
        .where(*_where(viewer, region_id, narrowed, today))
        .subquery()
    )
    columns = (rows.c.kind, rows.c.state, rows.c.unit)
    summed = sa.cast(sa.func.sum(rows.c.left), sa.BigInteger)
    query = sa.select(*columns, sa.func.count(), summed).group_by(*columns)
    found = [
        Total(kind, state, unit, count, Decimal(number) / 100)
        for kind, state, unit, count, number in session.execute(query)
    ]
    kinds, units = list(JobKind), list(JobUnit)
    return sorted(
        found, key=lambda t: (STATES.index(t.state), kinds.index(t.kind), units.index(t.unit))
    )


def years(session: Session, viewer: Actor, region_id: int) -> list[int]:
    """List the years that there are records of, the latest first."""
    first, last = session.execute(
        sa.select(
            sa.func.min(JobRecord.occurred_on), sa.func.max(JobRecord.occurred_on)
        ).where(
            JobRecord.known(), JobRecord.region_id == region_id,
            viewer.in_regions(JobRecord.region_id),
        )
    ).one()  # fmt: skip
    return list(range(last.year, first.year - 1, -1)) if last else []


class Happened(NamedTuple):
    """A change of a record, or of what it was before a correction."""

    id: int
    verb: str
    at: datetime
    actor_id: int | None
    who: str | None
    note: str | None
    values: Sequence[tuple[str, str | None, str | None]]


@dataclass(frozen=True)
class RecordPage:
    """A record with its names, what led to it, what came of it, and its history."""

    row: Row
    idea: Idea | None
    expected: JobRecord | None
    realised: Sequence[JobRecord]
    successor_id: int | None
    history: Sequence[Happened]


def get_page(session: Session, viewer: Actor, record_id: int) -> RecordPage:
    """Give a record of the viewer's regions, also one that was taken back. Raises NotFound."""
    found = _read(
        session,
        _rows().where(JobRecord.id == record_id, viewer.in_regions(JobRecord.region_id)),
    )  # fmt: skip
    if not found:
        raise NotFound("no_such_jobs")
    record = found[0].record
    came = sa.select(JobRecord).where(JobRecord.realises_id == record.id, JobRecord.known())
    return RecordPage(
        found[0],
        session.get(Idea, record.idea_id) if record.idea_id else None,
        session.get(JobRecord, record.realises_id) if record.realises_id else None,
        session.scalars(came.order_by(JobRecord.occurred_on, JobRecord.id).limit(50)).all(),
        _successor_of(session, record),
        _history(session, record),
    )


def _successor_of(session: Session, record: JobRecord) -> int | None:
    """Give the record that was made where this one was voided."""
    if record.void_change_id is None:
        return None
    return session.scalar(
        sa.select(JobRecord.id)
        .where(
            JobRecord.change_id.in_(
                sa.select(Change.id).where(
                    sa.or_(
                        Change.id == record.void_change_id,
                        Change.undoes_id == record.void_change_id,
                    )
                )
            ),
            JobRecord.id > record.id,
        )
        .order_by(JobRecord.id)
        .limit(1)
    )


def _chain(record: JobRecord) -> AnySelect:
    """Pick a record and all that it was before.

    Each was voided by the change that made the next one, or by one that this took back.
    """
    columns = (JobRecord.id, JobRecord.change_id, JobRecord.void_change_id)
    chain = sa.select(*columns).where(JobRecord.id == record.id).cte("chain", recursive=True)
    before = (
        sa.select(*columns)
        .select_from(chain)
        .join(Change, Change.id == chain.c.change_id)
        .join(JobRecord, JobRecord.void_change_id.in_((Change.id, Change.undoes_id)))
        .where(JobRecord.region_id == record.region_id, JobRecord.id < chain.c.id)
    )
    return sa.select(chain.union(before))


def _history(session: Session, record: JobRecord) -> list[Happened]:
    """List what happened to a record, the latest first, with old and new values; in six queries."""
    ids, changes = [], set()
    for row in session.execute(_chain(record)):
        ids.append(row.id)
        changes |= {row.change_id, row.void_change_id} - {None}
    is_of_it = sa.and_(ChangeValue.subject_kind == "job_record", ChangeValue.subject_id.in_(ids))
    values: dict[int, list[tuple[str, str | None, str | None]]] = {}
    noted = session.scalars(sa.select(ChangeValue).where(is_of_it).order_by(ChangeValue.id)).all()
    names = {field: _names(session, table, field, noted) for field, table in NAMED.items()}
    for one in noted:
        old, new = (names.get(one.field, {}).get(text or "", text) for text in (one.old, one.new))
        values.setdefault(one.change_id, []).append((one.field, old, new))
    rows = session.execute(
        sa.select(Change, User.name)
        .outerjoin(User, User.id == Change.actor_id)
        .where(Change.id.in_(changes | values.keys()))
        .order_by(Change.id.desc())
    )
    return [
        Happened(
            c.id, c.verb, c.recorded_at, c.actor_id, who, c.note, values.get(c.id, ())
        )
        for c, who in rows
    ]  # fmt: skip


NAMED: dict[str, Any] = {
    "company_id": (Company, Company.name),
    "idea_id": (Idea, Idea.title),
    "municipality_id": (Municipality, Municipality.name),
}


def _names(
    session: Session, named: Any, field: str, noted: Sequence[ChangeValue]
) -> dict[str, str]:
    """Give by id what the values of a field are called."""
    table, name = named
    texts = {text for one in noted if one.field == field for text in (one.old, one.new) if text}
    rows = session.execute(sa.select(table.id, name).where(table.id.in_(sorted(map(int, texts)))))
    return {str(row[0]): row[1] for row in rows}
