"""Import an archive: the ideas with all that happened to them, and what else is counted."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.reference.queries import lock_region, operator_of
from incubator.search.indexing import index_change
from incubator.transfer import queries
from incubator.transfer.archive import bulk, visits
from incubator.transfer.archive.fresh import find_fresh
from incubator.transfer.archive.plan import ArchiveList, ArchivePlan, make_archive_plan
from incubator.transfer.archive.queries_known import known_to_archive
from incubator.transfer.bulk import Source, write_run
from incubator.transfer.models import ImportRow, ImportRun
from incubator.transfer.runs import record_import
from incubator.transfer.visits.bulk import show_latest_contact
from incubator.visits.models import Visit


@dataclass(frozen=True)
class ImportedArchive:
    """What an import did; there is no run when nothing was there to be added."""

    plan: ArchivePlan
    run: ImportRun | None


def plan_archive(session: Session, region_id: int, ideas: ArchiveList) -> ArchivePlan:
    """Plan the import of an archive into a region."""
    companies = set(bulk.listed_companies(ideas))
    titles = [idea.title for idea in ideas.good]
    return make_archive_plan(ideas, known_to_archive(session, region_id, companies, titles))


def import_archive(
    session: Session, actor: Actor, region_id: int, ideas: ArchiveList, source: Source
) -> ImportedArchive:
    """Bring an archive into a region, as one change that can be undone.

    Nothing that stands is brought again. What is shared stays so only where the one who imports
    may share everything. Raises NotAllowed.
    """
    must(actor, Permission.IMPORT, region_id)
    lock_region(session, region_id)
    plan = plan_archive(session, region_id, ideas)
    fresh = find_fresh(session, region_id, plan)
    if not plan.rows and not fresh:
        return ImportedArchive(plan, None)
    change = record_import(session, actor, region_id, "archive.imported", source)
    work = bulk.ArchiveWork(
        session, change, region_id, queries.stages_by_kind(session),
        places=bulk.places(session), people=bulk.people(session, region_id),
        may_share=actor.may(Permission.IDEA_CORRECT_ANY),
    )  # fmt: skip
    company_ids = bulk.write_companies(work, plan)
    idea_ids = bulk.write_ideas(work, plan, company_ids)
    bulk.write_events(work, plan, idea_ids)
    bulk.write_incubations(work, plan, fresh, company_ids, idea_ids)
    bulk.write_applications(work, plan, fresh, company_ids, idea_ids)
    bulk.write_jobs(work, fresh, company_ids, idea_ids)
    organisation_id = actor.organisation_id or operator_of(session, region_id)
    visits.write_visits(work, plan, fresh, company_ids, idea_ids, organisation_id)
    if session.scalar(sa.select(Visit.id).where(Visit.change_id == change.id).limit(1)):
        show_latest_contact(work)
    index_change(session, change.id)
    return ImportedArchive(plan, _write_run(work, plan, idea_ids, source))


def _write_run(
    work: bulk.ArchiveWork, plan: ArchivePlan, idea_ids: dict[int, int], source: Source
) -> ImportRun:
    run = write_run(work, plan, source)
    rows: Sequence[dict[str, object]] = [
        {
            "run_id": run.id,
            "region_id": work.region_id,
            "row_number": row.row.number,
            "title_key": row.row.title_key,
            "company_match_key": row.row.company.match_key if row.row.company else "",
            "orgnr": row.row.company.orgnr if row.row.company else None,
            "idea_id": idea_ids[row.row.line["idé_nr"]],
        }
        for row in plan.rows
    ]
    work.insert(ImportRow, list(rows))
    flush(work.session)
    return run
