"""Import a list of companies: new ones and what the known ones lack, as one change."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.companies.models import Company, Contact
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.many import write_many
from incubator.core.texts import collapse, company_key, sort_key
from incubator.reference.queries import lock_region
from incubator.search.indexing import index_change
from incubator.transfer import queries
from incubator.transfer.bulk import Source, Work, write_run
from incubator.transfer.companies.plan import (
    FILLS,
    CompanyPlan,
    KnownToCompanies,
    PlannedFirm,
    make_company_plan,
)  # fmt: skip
from incubator.transfer.companies.rows import CompanyList
from incubator.transfer.lists import ListedCompany
from incubator.transfer.models import ImportListRow, ImportRun
from incubator.transfer.records.plan import source_key
from incubator.transfer.runs import record_import
from incubator.transfer.visits.queries import contacts_of


@dataclass(frozen=True)
class ImportedCompanies:
    """What an import did; there is no run when nothing was there to be added."""

    plan: CompanyPlan
    run: ImportRun | None


def plan_companies(session: Session, region_id: int, listed: CompanyList) -> CompanyPlan:
    """Plan the import of a list of companies."""
    known = queries.known_companies(session, {row.company for row in listed.good})
    ids = {one.id for group in known.companies_by_key.values() for one in group}
    ids |= {one.id for one in known.companies_by_orgnr.values()}
    return make_company_plan(
        listed,
        KnownToCompanies(
            known.companies_by_orgnr, known.companies_by_key, _values(session, ids),
            contacts_of(session, ids), queries.load_places(session, region_id),
        ),
    )  # fmt: skip


def _values(session: Session, ids: set[int]) -> dict[int, dict[str, Any]]:
    columns = [getattr(Company, name) for name in FILLS]
    found: dict[int, dict[str, Any]] = {}
    for chunk in queries.chunks(sorted(ids)):
        for row in session.execute(sa.select(Company.id, *columns).where(Company.id.in_(chunk))):
            found[row[0]] = dict(zip(FILLS, row[1:], strict=True))
    return found


def import_companies(
    session: Session, actor: Actor, region_id: int, listed: CompanyList, source: Source
) -> ImportedCompanies:
    """Bring the good rows of a list in, as one change that can be undone.

    What is known of a company is never overwritten. A list that brings nothing new leaves nothing
    behind. Raises NotAllowed.
    """
    must(actor, Permission.IMPORT, region_id)
    lock_region(session, region_id)
    plan = plan_companies(session, region_id, listed)
    if not plan.rows:
        return ImportedCompanies(plan, None)
    change = record_import(session, actor, region_id, "companies.imported", source)
    work = Work(session, change, region_id)
    ids = _write_new(work, plan)
    _fill_in(work, plan)
    _write_contacts(work, plan, ids)
    run = write_run(work, plan, source)
    work.insert(ImportListRow, [_row(run, row, ids) for row in plan.rows])
    index_change(session, change.id)
    return ImportedCompanies(plan, run)


def _row(run: ImportRun, row: PlannedFirm, ids: dict[ListedCompany, int]) -> dict[str, Any]:
    contact = row.row.said.contact
    return {
        "run_id": run.id,
        "region_id": run.region_id,
        "row_number": row.row.number,
        "holds": "companies",
        "source_key": source_key((contact.key if contact else "",)),
        "company_match_key": row.row.company.match_key,
        "orgnr": row.row.company.orgnr,
        "record_id": ids[row.company.listed],
    }


def _write_new(work: Work, plan: CompanyPlan) -> dict[ListedCompany, int]:
    """Make the companies that are new; give the ids of all that the list names."""
    new: dict[ListedCompany, PlannedFirm] = {}
    ids: dict[ListedCompany, int] = {}
    for row in plan.rows:
        if row.company.known is None:
            new.setdefault(row.company.listed, row)
        else:
            ids[row.company.listed] = row.company.known.id
    blank = dict.fromkeys(FILLS)
    work.insert(Company, [
        {
            **blank,
            "name": collapse(row.company.name),
            "match_key": company_key(row.company.name),
            "sort_key": sort_key(row.company.name),
            "orgnr": listed.orgnr,
            **row.fills,
            **work.stamp,
        }
        for listed, row in new.items()
    ])  # fmt: skip
    made = work.made(Company, Company.orgnr, Company.match_key)
    return ids | {
        listed: made[listed.orgnr, company_key(row.company.name)] for listed, row in new.items()
    }


def _fill_in(work: Work, plan: CompanyPlan) -> None:
    """Give known companies what they lack, and keep that it was not there before."""
    wanted: dict[int, dict[str, Any]] = {}
    for row in plan.rows:
        if row.company.known is None:
            continue
        found = wanted.setdefault(row.company.known.id, {})
        found |= {name: value for name, value in row.fills.items() if name not in found}
        if row.company.gets_orgnr:
            found["orgnr"] = row.company.listed.orgnr
    altered = []
    for chunk in queries.chunks(sorted(one for one, values in wanted.items() if values)):
        for company in work.session.scalars(sa.select(Company).where(Company.id.in_(chunk))):
            values = wanted[company.id]
            noted = {name: (getattr(company, name), value) for name, value in values.items()}
            altered.append(("company", company.id, noted))
            for name, value in values.items():
                setattr(company, name, value)
    audit.note_many(work.session, work.change, altered)
    write_many(work.session)


def _write_contacts(work: Work, plan: CompanyPlan, ids: dict[ListedCompany, int]) -> None:
    work.insert(Contact, [
        {
            "company_id": ids[row.company.listed],
            "name": row.row.said.contact.name,
            "sort_key": row.row.said.contact.key,
            "title": row.row.said.contact.title,
            "telephone": row.row.said.contact.telephone,
            "email": row.row.said.contact.email,
            **work.stamp,
        }
        for row in plan.rows if row.has_new_contact and row.row.said.contact
    ])  # fmt: skip
    flush(work.session)
