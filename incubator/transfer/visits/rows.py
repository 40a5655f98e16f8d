"""Read a whole list of visits, or turn one of its rows into what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from incubator.core.sheets import Row
from incubator.transfer import values
from incubator.transfer.headers import Header
from incubator.transfer.lists import (
    ListedCompanies,
    ListedCompany,
    ListOf,
    Progress,
    Source,
    read_rows,
)
from incubator.transfer.rows import BadRow, Cells, in_sheet_order
from incubator.transfer.values import Place
from incubator.transfer.visits.cells import (
    Person,
    read_company,
    read_day,
    read_kind,
    read_notes,
    read_people,
)
from incubator.transfer.visits.words import (
    ABOUT,
    ALONE,
    CONTACTS,
    KIND,
    NEEDS,
    NOTES,
    OCCURRED_ON,
    VISIT_FILLERS,
    VISIT_HEADER_WORDS,
    VISIT_OTHER,
    VISIT_TOTALS,
    VISITOR,
)
from incubator.transfer.vocabulary import Vocabulary
from incubator.transfer.words import COMPANY, MUNICIPALITY, ORGNR
from incubator.visits.models import VisitKind

VISITS = Vocabulary(
    header_words=VISIT_HEADER_WORDS,
    beside=VISIT_FILLERS,
    needed=(OCCURRED_ON, COMPANY),
    date_keys=frozenset({OCCURRED_ON}),
    no_header="no_visit_header",
    readers={ORGNR: values.read_orgnr},
    choices={KIND: read_kind},
    other_numbers=VISIT_OTHER,
    day_verbs=("besokt", "visited"),
    alone=ALONE,
    sums=frozenset({COMPANY, KIND, VISITOR, CONTACTS}),
    totals=VISIT_TOTALS,
)


@dataclass(frozen=True)
class ParsedVisit:
    """What a row says about a visit."""

    number: int
    occurred_on: date
    company: str | None
    orgnr: str | None
    place: Place | None
    kind: VisitKind
    visitor: str | None
    contacts: tuple[Person, ...]
    about: str | None
    needs: str | None


@dataclass(frozen=True)
class GoodVisit:
    """A row that can be imported, with its company."""

    visit: ParsedVisit
    company: ListedCompany

    @property
    def number(self) -> int:
        return self.visit.number


class VisitList(ListOf[GoodVisit]):
    """What a list of visits holds. What stands twice is told once the companies are known."""


def read_visits(
    source: Source,
    today: date,
    *,
    mapping: Mapping[str, str] | None = None,
    sheet: str | None = None,
    progress: Progress | None = None,
) -> VisitList:
    """Read a list of visits from a file.

    Raises SheetError when the file cannot be read, HeaderError when its columns cannot be told.
    """

    def read(row: Row, header: Header) -> ParsedVisit | BadRow:
        return read_visit(row, header, today)

    visits, parsed = read_rows(
        VisitList, source, VISITS, read, mapping=mapping, sheet=sheet, progress=progress
    )
    companies = ListedCompanies([*parsed, *visits.bad])
    named = ((visit, companies.of(visit)) for visit in parsed)
    visits.good += [GoodVisit(visit, company) for visit, company in named if company]
    return visits


def read_visit(row: Row, header: Header, today: date) -> ParsedVisit | BadRow:
    """Read a row by every rule of the import; a bad one carries every error."""
    cells = Cells(row, header)
    day = cells.need(OCCURRED_ON, read_day, today=today)
    orgnr = cells.read(ORGNR, values.read_orgnr)
    company = cells.read(COMPANY, read_company)
    if not (company or orgnr or any(map(cells.is_refused, (COMPANY, ORGNR)))):
        cells.refuse(COMPANY, "missing")
    place = cells.read(MUNICIPALITY, values.read_place)
    kind = cells.read(KIND, read_kind) or VisitKind.VISIT
    visitor = cells.read(VISITOR, values.read_name)
    contacts = cells.read(CONTACTS, read_people) or ()
    about, notes = cells.read(ABOUT, read_notes), cells.read(NOTES, read_notes)
    needs = cells.read(NEEDS, read_notes)
    if cells.errors or day is None:
        return BadRow(row, in_sheet_order(cells.errors, header), company, orgnr)
    return ParsedVisit(
        number=row.number,
        occurred_on=day,
        company=company,
        orgnr=orgnr,
        place=place,
        kind=kind,
        visitor=visitor,
        contacts=contacts,
        about="\n".join(filter(None, (about, notes))) or None,
        needs=needs,
    )
