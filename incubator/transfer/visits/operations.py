"""Import a list of visits: good rows become visits, in one transaction and one change."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.reference.queries import lock_region, operator_of
from incubator.search.indexing import index_change
from incubator.transfer.bulk import Source, Work, write_companies, write_run
from incubator.transfer.models import ImportRun, ImportVisitRow
from incubator.transfer.runs import record_import
from incubator.transfer.visits import bulk, queries
from incubator.transfer.visits.plan import VisitPlan, make_visit_plan
from incubator.transfer.visits.rows import VisitList


@dataclass(frozen=True)
class ImportedVisits:
    """What an import did; there is no run when nothing was there to be added."""

    plan: VisitPlan
    run: ImportRun | None


def import_visits(
    session: Session, actor: Actor, region_id: int, visits: VisitList, source: Source
) -> ImportedVisits:
    """Bring the good rows of a list into a region, as one change that can be undone.

    A list that brings nothing new leaves nothing behind. Raises NotAllowed.
    """
    must(actor, Permission.IMPORT, region_id)
    lock_region(session, region_id)
    plan = make_visit_plan(visits, queries.known_to_visits(session, region_id, visits))
    if not plan.rows:
        return ImportedVisits(plan, None)
    change = record_import(session, actor, region_id, "visits.imported", source)
    work = Work(session, change, region_id)
    company_ids = write_companies(work, plan.rows)
    organisation_id = actor.organisation_id or operator_of(session, region_id)
    visit_ids = bulk.write_visits(work, plan.rows, company_ids, organisation_id)
    bulk.write_contacts(work, plan.rows, visit_ids, company_ids)
    bulk.write_colleagues(work, plan.rows, visit_ids)
    bulk.show_latest_contact(work)
    index_change(session, change.id)
    return ImportedVisits(plan, _write_run(work, plan, visit_ids, source))


def _write_run(work: Work, plan: VisitPlan, visit_ids: Sequence[int], source: Source) -> ImportRun:
    run = write_run(work, plan, source)
    work.insert(
        ImportVisitRow,
        [
            {
                "run_id": run.id,
                "region_id": work.region_id,
                "row_number": row.row.number,
                "source_key": queries.source_key(row.row.visit),
                "company_match_key": row.row.company.match_key,
                "orgnr": row.row.company.orgnr,
                "visit_id": visit_id,
            }
            for row, visit_id in zip(plan.rows, visit_ids, strict=True)
        ],
    )
    flush(work.session)
    return run
