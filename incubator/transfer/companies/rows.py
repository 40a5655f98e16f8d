"""Read a whole list of companies, or turn one of its rows into what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from incubator.companies.operations import MOST_EMPLOYEES
from incubator.companies.rules import is_email, is_industry_code
from incubator.core.sheets import Cell, Row
from incubator.core.texts import sort_key
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
from incubator.transfer.values import Place, Unreadable, show
from incubator.transfer.visits.cells import read_company
from incubator.transfer.vocabulary import Vocabulary
from incubator.transfer.words import COMPANY, FILLERS, HEADER_WORDS, MUNICIPALITY, ORGNR

INDUSTRY, FOUNDED, EMPLOYEES = "industry_code", "founded_on", "employees"
CONTACT, POSITION, TELEPHONE, EMAIL = "contact", "position", "telephone", "email"

_OF_COMPANY = frozenset("bedrift bedriften bedriftens company".split())
_SMALL = FILLERS[ORGNR] | _OF_COMPANY
COMPANIES = Vocabulary(
    header_words={
        COMPANY: (
            *HEADER_WORDS[COMPANY], "navn", "bedriftsnavn", "foretak", "foretaksnavn", "kunde",
            "name", "firm",
        ),
        ORGNR: HEADER_WORDS[ORGNR],
        MUNICIPALITY: HEADER_WORDS[MUNICIPALITY],
        INDUSTRY: (
            "næringskode", "nace", "nace-kode", "sn2007", "bransjekode", "industry code",
            "nace code",
        ),
        FOUNDED: ("stiftet", "stiftelsesdato", "etablert", "founded", "established"),
        EMPLOYEES: ("ansatte", "antall ansatte", "employees", "headcount"),
        CONTACT: (
            "kontakt", "kontaktperson", "daglig leder", "contact", "contact person",
            "managing director",
        ),
        POSITION: ("stilling", "rolle", "tittel", "position", "role", "title"),
        TELEPHONE: ("telefon", "tlf", "mobil", "telefonnummer", "telephone", "phone", "mobile"),
        EMAIL: ("e-post", "epost", "e-postadresse", "mail", "e-mail", "email"),
    },
    beside={
        COMPANY: FILLERS[COMPANY],
        ORGNR: FILLERS[ORGNR] | _OF_COMPANY,
        MUNICIPALITY: FILLERS[MUNICIPALITY] | _OF_COMPANY,
        INDUSTRY: _SMALL,
        FOUNDED: _SMALL | frozenset("dato date år year".split()),
        EMPLOYEES: _SMALL | frozenset("antall number".split()),
        CONTACT: FILLERS[COMPANY] | _SMALL,
        POSITION: _SMALL,
        TELEPHONE: _SMALL | frozenset("nr nummer number".split()),
        EMAIL: _SMALL | frozenset("adresse address".split()),
    },
    needed=(COMPANY,),
    date_keys=frozenset({FOUNDED}),
    no_header="no_company_header",
    readers={ORGNR: values.read_orgnr},
    day_verbs=("stiftet", "etablert", "founded", "established"),
    sums=frozenset({EMPLOYEES}),
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """Somebody at the company, as a list names them."""

    name: str
    title: str | None
    telephone: str | None
    email: str | None

    @property
    def key(self) -> str:
        return sort_key(self.name)


@dataclass(frozen=True)
class ParsedCompany:
    """What a row says about a company."""

    number: int
    company: str | None
    orgnr: str | None
    place: Place | None
    industry_code: str | None
    founded_on: date | None
    employees: int | None
    contact: Person | None


@dataclass(frozen=True)
class GoodCompany:
    """A row that can be imported, with its company."""

    said: ParsedCompany
    company: ListedCompany

    @property
    def number(self) -> int:
        return self.said.number


class CompanyList(ListOf[GoodCompany]):
    """What a list of companies holds."""


def read_companies(
    source: Source,
    today: date,
    *,
    mapping: Mapping[str, str] | None = None,
    sheet: str | None = None,
    progress: Progress | None = None,
) -> CompanyList:
    """Read a list of companies from a file.

    Raises SheetError when the file cannot be read, HeaderError when its columns cannot be told.
    """

    def read(row: Row, header: Header) -> ParsedCompany | BadRow:
        return read_one(row, header, today)

    found, parsed = read_rows(
        CompanyList, source, COMPANIES, read, mapping=mapping, sheet=sheet, progress=progress
    )
    companies = ListedCompanies([*parsed, *found.bad])
    named = ((one, companies.of(one)) for one in parsed)
    found.good += [GoodCompany(one, company) for one, company in named if company]
    return found


def read_one(row: Row, header: Header, today: date) -> ParsedCompany | BadRow:
    """Read a row by every rule of the import; a bad one carries every error."""
    cells = Cells(row, header)
    company, orgnr = cells.read(COMPANY, read_company), cells.read(ORGNR, values.read_orgnr)
    if not (company or orgnr or any(map(cells.is_refused, (COMPANY, ORGNR)))):
        cells.refuse(COMPANY, "missing")
    place = cells.read(MUNICIPALITY, values.read_place)
    industry = cells.read(INDUSTRY, read_industry)
    founded_on = cells.read(FOUNDED, read_founded, today=today)
    employees = cells.read(EMPLOYEES, read_employees)
    contact = _read_contact(cells)
    if cells.errors:
        return BadRow(row, in_sheet_order(cells.errors, header), company, orgnr)
    return ParsedCompany(
        row.number, company, orgnr, place, industry, founded_on, employees, contact
    )


def _read_contact(cells: Cells) -> Person | None:
    name, title = cells.read(CONTACT, values.read_name), cells.read(POSITION, values.read_name)
    telephone = cells.read(TELEPHONE, values.read_text, limit=40)
    email = cells.read(EMAIL, read_email)
    if name is None:
        if (telephone or email) and not cells.is_refused(CONTACT):
            cells.refuse(CONTACT, "whose_contact")
        return None
    return Person(name, title, telephone, email)


def read_industry(cell: Cell) -> str | None:
    """Read an industry code: 16.100, or 16.1 as Excel makes of it, with its words behind it."""
    text = values.read_text(cell)
    if text is None:
        return None
    code = text.split(" ")[0].replace(",", ".")
    whole, dot, rest = code.partition(".")
    code = f"{whole.zfill(2)}{dot}{rest}"
    if not is_industry_code(code):
        raise Unreadable("bad_industry", value=show(cell))
    return code


def read_founded(cell: Cell, *, today: date) -> date | None:
    """Read the day a company was founded; a year alone is the first of January."""
    if isinstance(cell, int) and 1800 <= cell <= today.year:
        return date(cell, 1, 1)
    if isinstance(cell, str) and cell.strip().isdigit() and len(cell.strip()) == 4:
        return read_founded(int(cell), today=today)
    day = values.read_date(cell)
    if day is not None and day > today:
        raise Unreadable("future_date", value=show(day))
    return day


def read_employees(cell: Cell) -> int | None:
    """Read how many work at a company."""
    try:
        number = values.read_jobs(cell)
    except Unreadable as wrong:
        if wrong.reason != "too_many_jobs":
            raise
        raise Unreadable("too_many_jobs", value=show(cell), limit=MOST_EMPLOYEES) from wrong
    return number


def read_email(cell: Cell) -> str | None:
    """Read an e-mail address."""
    text = values.read_text(cell)
    if text is not None and not is_email(text):
        raise Unreadable("bad_email", value=text)
    return text
