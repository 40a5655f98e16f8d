"""Import lists of applications and of jobs, each as one change."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.texts import fold
from incubator.funding.models import Application, ApplicationEvent, ApplicationStatus, Instrument
from incubator.ideas.models import Idea
from incubator.jobs.models import Evidence, JobRecord
from incubator.reference.queries import lock_region
from incubator.search.indexing import index_change
from incubator.transfer import queries
from incubator.transfer.bulk import Source, Work, write_companies, write_run
from incubator.transfer.models import ImportListRow, ImportRun
from incubator.transfer.records.plan import (
    EarlierRecord,
    Identity,
    KnownToRecords,
    PlannedRecord,
    RecordList,
    RecordPlan,
    make_record_plan,
    source_key,
)  # fmt: skip
from incubator.transfer.runs import record_import

Standing = dict[tuple[int | None, Identity], int]
Writer = Callable[[Work, list[PlannedRecord], dict[Any, int], Source], list[int]]


@dataclass(frozen=True)
class ImportedRecords:
    """What an import did; there is no run when nothing was there to be added."""

    plan: RecordPlan
    run: ImportRun | None


@dataclass(frozen=True)
class _What:
    """What a list of records becomes."""

    name: str
    table: type[Any]
    standing: Callable[[Session, int, list[int]], Standing]
    write: Writer


def plan_applications(session: Session, region_id: int, listed: RecordList) -> RecordPlan:
    """Plan the import of a list of applications."""
    return _plan(session, region_id, listed, _APPLICATIONS)


def import_applications(
    session: Session, actor: Actor, region_id: int, listed: RecordList, source: Source
) -> ImportedRecords:
    """Bring the good rows of a list of applications into a region. Raises NotAllowed."""
    return _import(session, actor, region_id, listed, source, _APPLICATIONS)


def plan_jobs(session: Session, region_id: int, listed: RecordList) -> RecordPlan:
    """Plan the import of a list of jobs."""
    return _plan(session, region_id, listed, _JOBS)


def import_jobs(
    session: Session, actor: Actor, region_id: int, listed: RecordList, source: Source
) -> ImportedRecords:
    """Bring the good rows of a list of jobs into a region. Raises NotAllowed."""
    return _import(session, actor, region_id, listed, source, _JOBS)


def _plan(session: Session, region_id: int, listed: RecordList, what: _What) -> RecordPlan:
    companies = queries.known_companies(session, {row.company for row in listed.good})
    ids = {one.id for group in companies.companies_by_key.values() for one in group}
    ids |= {one.id for one in companies.companies_by_orgnr.values()}
    ordered = sorted(ids)
    known = KnownToRecords(
        companies.companies_by_orgnr, companies.companies_by_key,
        _imported(session, region_id, listed, what), what.standing(session, region_id, ordered),
        _ideas(session, region_id, ordered), queries.load_places(session, region_id),
    )  # fmt: skip
    return make_record_plan(listed, known)


def _imported(
    session: Session, region_id: int, listed: RecordList, what: _What
) -> dict[str, list[EarlierRecord]]:
    found: defaultdict[str, list[EarlierRecord]] = defaultdict(list)
    row, table = ImportListRow, what.table
    keys = sorted({source_key(one.said.identity) for one in listed.good})
    for chunk in queries.chunks(keys):
        query = (
            sa.select(row.source_key, row.orgnr, row.company_match_key, row.record_id)
            .join(table, table.id == row.record_id)
            .where(
                row.region_id == region_id, row.holds == what.name, row.source_key.in_(chunk),
                table.known(),
            )
        )  # fmt: skip
        for key, orgnr, match_key, record_id in session.execute(query):
            found[key].append(EarlierRecord(orgnr, match_key, record_id))
    return found


def _ideas(session: Session, region_id: int, ids: Iterable[int]) -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = {}
    for chunk in queries.chunks(ids):
        query = sa.select(Idea.title_key, Idea.company_id, Idea.id).where(
            Idea.region_id == region_id, Idea.company_id.in_(chunk), Idea.known()
        )
        for title_key, company_id, idea_id in session.execute(query):
            if company_id is not None:
                found.setdefault((title_key, company_id), idea_id)
    return found


def _import(
    session: Session,
    actor: Actor,
    region_id: int,
    listed: RecordList,
    source: Source,
    what: _What,
) -> ImportedRecords:
    """Bring the good rows of a list in as one change; a list that brings nothing leaves nothing."""
    must(actor, Permission.IMPORT, region_id)
    lock_region(session, region_id)
    plan = _plan(session, region_id, listed, what)
    if not plan.rows:
        return ImportedRecords(plan, None)
    change = record_import(session, actor, region_id, f"{what.name}.imported", source)
    work = Work(session, change, region_id)
    company_ids = write_companies(work, plan.rows)
    ids = what.write(work, plan.rows, company_ids, source)
    run = write_run(work, plan, source)
    work.insert(ImportListRow, [
        {
            "run_id": run.id,
            "region_id": region_id,
            "row_number": row.row.number,
            "holds": what.name,
            "source_key": source_key(row.row.said.identity),
            "company_match_key": row.row.company.match_key,
            "orgnr": row.row.company.orgnr,
            "record_id": record_id,
        }
        for row, record_id in zip(plan.rows, ids, strict=True)
    ])  # fmt: skip
    index_change(session, change.id)
    flush(session)
    return ImportedRecords(plan, run)


def _made(work: Work, table: type[Any], number: int) -> list[int]:
    """Give the ids of what this change made of a table, in the order in which it was written."""
    query = sa.select(table.id).where(table.change_id == work.change.id).order_by(table.id)
    ids = list(work.session.scalars(query))
    assert len(ids) == number, "a list is written once"
    return ids


# --- applications ------------------------------------------------------------------------------


def _standing_applications(session: Session, region_id: int, ids: list[int]) -> Standing:
    found: Standing = {}
    for chunk in queries.chunks(ids):
        query = (
            sa.select(
                Application.id, Application.company_id, Application.title, Idea.title,
                Instrument.name,
            )
            .outerjoin(Idea, Idea.id == Application.idea_id)
            .outerjoin(Instrument, Instrument.id == Application.instrument_id)
            .where(
                Application.region_id == region_id, Application.company_id.in_(chunk),
                Application.known(),
            )
        )  # fmt: skip
        for record_id, company_id, title, idea, instrument in session.execute(query):
            for name in filter(None, (title, idea)):
                for scheme in ("", instrument or ""):
                    found.setdefault((company_id, (fold(name), fold(scheme))), record_id)
    return found


def _write_applications(
    work: Work, rows: list[PlannedRecord], company_ids: dict[Any, int], _source: Source
) -> list[int]:
    schemes = _schemes(work.session)
    people: defaultdict[str, set[int]] = defaultdict(set)
    for user_id, name in queries.people_by_name(work.session, work.region_id):
        people[name].add(user_id)
    work.insert(Application, [
        {
            "title": None if row.idea_id else row.row.said.title,
            "idea_id": row.idea_id,
            "company_id": company_ids[row.company.listed],
            "owner_id": _only(people.get(fold(row.row.said.owner or ""), set())),
            "region_id": work.region_id,
            "municipality_id": row.municipality_id,
            "instrument_id": schemes.get(fold(row.row.said.instrument or "")),
            "deadline_on": row.row.said.deadline_on,
            "sought_nok": row.row.said.sought_nok,
            "reference": row.row.said.reference,
            "status": row.row.said.steps[-1].status,
            **work.stamp,
        }
        for row in rows
    ])  # fmt: skip
    ids = _made(work, Application, len(rows))
    events: list[dict[str, Any]] = []
    for row, application_id in zip(rows, ids, strict=True):
        said = row.row.said
        for place, step in enumerate(said.steps):
            is_grant = step.status == ApplicationStatus.GRANTED
            events.append({
                "application_id": application_id,
                "region_id": work.region_id,
                "occurred_on": step.on,
                "nth": 1 + sum(1 for before in said.steps[:place] if before.on == step.on),
                "status": step.status,
                "amount_nok": said.granted_nok if is_grant else None,
                "is_estimated": step.is_estimated,
                **work.stamp,
            })  # fmt: skip
    work.insert(ApplicationEvent, events)
    _refresh_ideas(work, [row.idea_id for row in rows if row.idea_id])
    return ids


def _refresh_ideas(work: Work, idea_ids: list[int]) -> None:
    """Let the cards show the nearest deadlines of their drafts, and boards fetch them anew."""
    draft = ApplicationStatus.DRAFT
    nearest = (
        sa.select(sa.func.min(Application.deadline_on))
        .where(Application.idea_id == Idea.id, Application.known(), Application.status == draft)
        .correlate(Idea)
        .scalar_subquery()
    )
    for chunk in queries.chunks(sorted(set(idea_ids))):
        work.session.execute(
            sa.update(Idea)
            .where(Idea.id.in_(chunk))
            .values(deadline_on=nearest, last_change_id=work.change.id, version=Idea.version + 1)
            .execution_options(synchronize_session=False)
        )


def _only(ids: set[int]) -> int | None:
    return next(iter(ids)) if len(ids) == 1 else None


def _schemes(session: Session) -> dict[str, int]:
    """Give the funding schemes by name and by key."""
    found: dict[str, int] = {}
    for number, name, key in session.execute(
        sa.select(Instrument.id, Instrument.name, Instrument.key)
    ):
        found[fold(name)] = found[fold(key)] = number
    return found


# --- jobs --------------------------------------------------------------------------------------


def _standing_jobs(session: Session, region_id: int, ids: list[int]) -> Standing:
    job = JobRecord
    found: Standing = {}
    for chunk in queries.chunks(ids):
        query = sa.select(
            job.id, job.company_id, job.occurred_on, job.kind, job.state, job.unit, job.number
        ).where(job.region_id == region_id, job.company_id.in_(chunk), job.known())
        for record_id, company_id, day, kind, state, unit, number in session.execute(query):
            identity = (day.isoformat(), kind.value, state.value, unit.value, f"{number:.2f}")
            found.setdefault((company_id, identity), record_id)
    return found


def _write_jobs(
    work: Work, rows: list[PlannedRecord], company_ids: dict[Any, int], source: Source
) -> list[int]:
    work.insert(JobRecord, [
        {
            "region_id": work.region_id,
            "municipality_id": row.municipality_id,
            "company_id": company_ids[row.company.listed],
            "idea_id": row.idea_id,
            "occurred_on": row.row.said.occurred_on,
            "kind": row.row.said.kind,
            "state": row.row.said.state,
            "unit": row.row.said.unit,
            "number": row.row.said.amount,
            "source": row.row.said.source or source.name,
            "evidence": Evidence.TOLD,
            "note": row.row.said.note,
            **work.stamp,
        }
        for row in rows
    ])  # fmt: skip
    return _made(work, JobRecord, len(rows))


_APPLICATIONS = _What("applications", Application, _standing_applications, _write_applications)
_JOBS = _What("jobs", JobRecord, _standing_jobs, _write_jobs)
