"""Import a list: good rows become ideas with their facts, in one transaction and one change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.reference.queries import lock_region
from incubator.search.indexing import index_change
from incubator.transfer import bulk, queries
from incubator.transfer.bulk import Source, Work
from incubator.transfer.lists import IdeaList
from incubator.transfer.models import ImportMapping, ImportRow, ImportRun
from incubator.transfer.plan import Plan, make_plan
from incubator.transfer.runs import record_import


@dataclass(frozen=True)
class Imported:
    """What an import did; there is no run when nothing was there to be added."""

    plan: Plan
    run: ImportRun | None


def import_ideas(
    session: Session, actor: Actor, region_id: int, ideas: IdeaList, source: Source
) -> Imported:
    """Bring the good rows of a list into a region, as one change that can be undone.

    A list that brings nothing new leaves nothing behind. Raises NotAllowed.
    """
    must(actor, Permission.IMPORT, region_id)
    lock_region(session, region_id)
    plan = make_plan(ideas, queries.known_to(session, region_id, ideas))
    if not plan.rows:
        return Imported(plan, None)
    change = record_import(session, actor, region_id, "ideas.imported", source)
    work = Work(session, change, region_id, queries.stages_by_kind(session))
    company_ids = bulk.write_companies(work, plan.rows)
    idea_ids = bulk.write_ideas(work, plan.rows, company_ids)
    bulk.write_stage_events(work, plan.rows, idea_ids)
    bulk.write_status_events(work, plan.rows, idea_ids)
    bulk.write_incubations(work, plan.rows, idea_ids, company_ids)
    bulk.write_applications(work, plan.rows, idea_ids, company_ids)
    bulk.write_jobs(work, plan.rows, idea_ids, company_ids, source)
    index_change(session, change.id)
    run = _write_run(work, plan, idea_ids, source)
    return Imported(plan, run)


def _write_run(work: Work, plan: Plan, idea_ids: Sequence[int], source: Source) -> ImportRun:
    run = bulk.write_run(work, plan, source)
    work.insert(
        ImportRow,
        [
            {
                "run_id": run.id,
                "region_id": work.region_id,
                "row_number": row.row.number,
                "title_key": row.row.title_key,
                "company_match_key": row.row.company.match_key if row.row.company else "",
                "orgnr": row.row.company.orgnr if row.row.company else None,
                "idea_id": idea_id,
            }
            for row, idea_id in zip(plan.rows, idea_ids, strict=True)
        ],
    )
    flush(work.session)
    return run


def keep_mapping(
    session: Session,
    actor: Actor,
    region_id: int,
    holds: str,
    headers: Iterable[str],
    mapping: str,
) -> None:
    """Remember for the region which column is which in lists with these headers."""
    must(actor, Permission.IMPORT, region_id)
    key = queries.headers_key(headers)
    lock_region(session, region_id)
    saved = session.scalar(
        sa.select(ImportMapping).where(
            ImportMapping.region_id == region_id,
            ImportMapping.holds == holds,
            ImportMapping.headers_key == key,
        )
    )
    if saved is None:
        saved = ImportMapping(region_id=region_id, holds=holds, headers_key=key)
        session.add(saved)
    saved.mapping, saved.saved_at, saved.saved_by_id = mapping, clock.now(), actor.id
    flush(session)
