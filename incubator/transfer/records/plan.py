"""Decide what becomes of each row of a list of records that belong to companies."""

import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from incubator.transfer.lists import ListedCompany, ListOf
from incubator.transfer.places import Places
from incubator.transfer.plan import Companies, PlannedCompany, Warned, identity_of, is_same_company
from incubator.transfer.queries import KnownCompanies
from incubator.transfer.values import Place

Identity = tuple[Hashable, ...]


class Said(Protocol):
    """What a row says of a record: of which company it is, and what tells it from the others."""

    @property
    def number(self) -> int: ...
    @property
    def place(self) -> Place | None: ...
    @property
    def identity(self) -> Identity: ...


@dataclass(frozen=True)
class GoodRecord:
    """A row that can be imported, with its company."""

    said: Any
    company: ListedCompany

    @property
    def number(self) -> int:
        return int(self.said.number)


class RecordList(ListOf[GoodRecord]):
    """What a list of records holds."""


@dataclass(frozen=True)
class EarlierRecord:
    """A row of an earlier list whose record still stands."""

    orgnr: str | None
    match_key: str
    record_id: int


@dataclass(frozen=True)
class KnownToRecords(KnownCompanies):
    """What the plan is made from: what was imported, what stands, ideas by title, places."""

    imported: Mapping[str, list[EarlierRecord]]
    standing: Mapping[tuple[int | None, Identity], int]
    ideas: Mapping[tuple[str, int], int]
    places: Places


@dataclass(frozen=True)
class PlannedRecord:
    """A row that is imported."""

    row: GoodRecord
    company: PlannedCompany
    municipality_id: int | None
    idea_id: int | None
    warnings: tuple[Warned, ...]


@dataclass(frozen=True)
class RepeatedRecord:
    """A row that is not imported again: it stands in the list above, or in the region."""

    row: GoodRecord
    of_row: int | None = None
    record_id: int | None = None


@dataclass
class RecordPlan:
    """What an import would do with a list of records."""

    listed: RecordList
    rows: list[PlannedRecord] = field(default_factory=list)
    repeated: list[RepeatedRecord] = field(default_factory=list)


def source_key(identity: Identity) -> str:
    """Give a digest of what a row says, by which it is known again."""
    return hashlib.sha256(repr(identity).encode()).hexdigest()


def make_record_plan(listed: RecordList, known: KnownToRecords) -> RecordPlan:
    """Plan the import of a list of records; nothing is written."""
    plan, companies = RecordPlan(listed), Companies(known)
    first: dict[Any, int] = {}
    for row in listed.good:
        company = companies.of(row.company)
        identity = (identity_of(company), row.said.identity)
        record_id = _stands_as(row, company, known)
        if record_id is not None:
            plan.repeated.append(RepeatedRecord(row, record_id=record_id))
        elif identity in first:
            plan.repeated.append(RepeatedRecord(row, of_row=first[identity]))
        else:
            first[identity] = row.number
            plan.rows.append(_planned(row, company, known))
    return plan


def _stands_as(row: GoodRecord, company: PlannedCompany, known: KnownToRecords) -> int | None:
    for earlier in known.imported.get(source_key(row.said.identity), []):
        if is_same_company(row.company, earlier.orgnr, earlier.match_key):
            return earlier.record_id
    if company.known is None:
        return None
    return known.standing.get((company.known.id, row.said.identity))


def _planned(row: GoodRecord, company: PlannedCompany, known: KnownToRecords) -> PlannedRecord:
    municipality_id, warnings = None, list[Warned]()
    if row.said.place:
        municipality_id, warning = known.places.locate(row.said.place)
        if warning:
            which = warning if warning == "outside_region" else f"{warning}_of_record"
            warnings.append(Warned(which, row.said.place.written))
    idea_id = None
    if company.known is not None and row.said.title:
        idea_id = known.ideas.get((row.said.title_key, company.known.id))
        if idea_id is not None:
            warnings.append(Warned("joins_idea", row.said.title))
    if row.said.estimated:
        warnings.append(Warned("estimated_record", row.said.estimated))
    if municipality_id is None and company.known is not None:
        municipality_id = company.known.municipality_id
    return PlannedRecord(row, company, municipality_id, idea_id, tuple(warnings))
