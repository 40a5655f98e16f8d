"""Decide what becomes of each row of a list of companies: new, or what one still lacks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from incubator.companies.rules import section_of
from incubator.transfer.companies.rows import CompanyList, GoodCompany
from incubator.transfer.places import Places
from incubator.transfer.plan import Companies, PlannedCompany, Warned, identity_of
from incubator.transfer.queries import KnownCompanies

# What a list may fill in where nothing stands; what stands is never overwritten.
FILLS = ("municipality_id", "industry_code", "industry_section", "founded_on", "employees")


@dataclass(frozen=True)
class KnownToCompanies(KnownCompanies):
    """What the plan is made from: also what the companies lack, and who is known there."""

    values: Mapping[int, Mapping[str, Any]]
    contacts: Mapping[tuple[int, str], int]
    places: Places


@dataclass(frozen=True)
class PlannedFirm:
    """A row that is imported: the company is new, or something of it or somebody there is."""

    row: GoodCompany
    company: PlannedCompany
    municipality_id: int | None
    fills: Mapping[str, Any]
    has_new_contact: bool
    warnings: tuple[Warned, ...]


@dataclass(frozen=True)
class RepeatedFirm:
    """A row that says nothing that is not known."""

    row: GoodCompany
    of_row: int | None = None
    company_id: int | None = None


@dataclass
class CompanyPlan:
    """What an import would do with a list of companies."""

    listed: CompanyList
    rows: list[PlannedFirm] = field(default_factory=list)
    repeated: list[RepeatedFirm] = field(default_factory=list)


def make_company_plan(listed: CompanyList, known: KnownToCompanies) -> CompanyPlan:
    """Plan the import of a list of companies; nothing is written."""
    plan, companies = CompanyPlan(listed), Companies(known)
    first: dict[Any, int] = {}
    met: set[tuple[Any, str]] = set()
    for row in listed.good:
        company = companies.of(row.company)
        identity = identity_of(company)
        contact = row.said.contact
        is_known = company.known is not None and contact is not None and (
            (company.known.id, contact.key) in known.contacts
        )  # fmt: skip
        is_new_contact = contact is not None and not is_known and (identity, contact.key) not in met
        if contact:
            met.add((identity, contact.key))
        planned = _planned(row, company, known, is_first=identity not in first,
                           has_new_contact=is_new_contact)  # fmt: skip
        adds = planned.fills or is_new_contact or (company.gets_orgnr and identity not in first)
        is_new = company.known is None and identity not in first
        if is_new or adds:
            plan.rows.append(planned)
        else:
            plan.repeated.append(RepeatedFirm(
                row, first.get(identity), company.known.id if company.known else None
            ))  # fmt: skip
        first.setdefault(identity, row.number)
    return plan


def _planned(
    row: GoodCompany,
    company: PlannedCompany,
    known: KnownToCompanies,
    *,
    is_first: bool,
    has_new_contact: bool,
) -> PlannedFirm:
    municipality_id, warnings = None, list[Warned]()
    if row.said.place:
        municipality_id, warning = known.places.locate(row.said.place)
        if warning:
            which = warning if warning == "outside_region" else f"{warning}_of_company"
            warnings.append(Warned(which, row.said.place.written))
    code = row.said.industry_code
    said = {
        "municipality_id": municipality_id,
        "industry_code": code,
        "industry_section": section_of(code) if code else None,
        "founded_on": row.said.founded_on,
        "employees": row.said.employees,
    }
    fills: dict[str, Any] = {}
    if company.known is not None and is_first:
        stored = known.values[company.known.id]
        fills = {name: said[name] for name in FILLS
                 if said[name] is not None and stored[name] is None}  # fmt: skip
    if company.known is not None and (fills or company.gets_orgnr):
        warnings.append(Warned("completes", company.known.name))
    if has_new_contact and row.said.contact:
        warnings.append(Warned("new_contact", row.said.contact.name))
    if company.known is None:
        fills = {name: value for name, value in said.items() if value is not None and is_first}
    return PlannedFirm(row, company, municipality_id, fills, has_new_contact, tuple(warnings))
