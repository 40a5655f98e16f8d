"""Read a whole list: its header, its rows, which company each is of, and what stands twice."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO, Generic, Protocol, TypeVar

from incubator.core.sheets import Row, SheetError, open_tables
from incubator.core.texts import collapse, company_key, fold, split_legal_form
from incubator.ideas.models import StageKind
from incubator.transfer.headers import Header, find_header, of_sheet
from incubator.transfer.rows import BadRow, ParsedRow, read_row, why_skipped
from incubator.transfer.vocabulary import IDEAS, Vocabulary
from incubator.transfer.words import STAGE_BY_WORD

MAX_ROWS = 20_000
PROGRESS_EVERY = 500

Progress = Callable[[int], None]
Source = Path | str | BinaryIO
G = TypeVar("G")
P = TypeVar("P")


class OfCompany(Protocol):
    """A row that says which company it is of."""

    @property
    def number(self) -> int: ...
    @property
    def company(self) -> str | None: ...
    @property
    def orgnr(self) -> str | None: ...


@dataclass(frozen=True)
class ListedCompany:
    """A company as a list tells of it in all its rows together."""

    name: str | None
    orgnr: str | None

    @property
    def match_key(self) -> str:
        return company_key(self.name) if self.name else ""


@dataclass(frozen=True)
class GoodRow:
    """A row that can be imported, with its company."""

    idea: ParsedRow
    company: ListedCompany | None

    @property
    def number(self) -> int:
        return self.idea.number

    @property
    def title_key(self) -> str:
        return fold(self.idea.title)


@dataclass(frozen=True)
class Duplicate:
    """A row whose idea stands already, in the row `of` of the same list."""

    row: GoodRow
    of: int


@dataclass(frozen=True)
class Skipped:
    """Rows that hold no entry: blank ones, totals, a repeated header."""

    first: int
    last: int
    reason: str

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclass
class ListOf(Generic[G]):
    """What a list holds; every row below the header is in exactly one of the four."""

    sheet: str
    header: Header
    good: list[G] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def skipped_count(self) -> int:
        return sum(one.count for one in self.skipped)


class IdeaList(ListOf[GoodRow]):
    """What a list of ideas holds."""


def read_list(
    source: Source,
    today: date,
    *,
    mapping: Mapping[str, str] | None = None,
    sheet: str | None = None,
    stage_words: Mapping[str, StageKind] = STAGE_BY_WORD,
    progress: Progress | None = None,
) -> IdeaList:
    """Read a list of ideas from a file.

    Raises SheetError when the file cannot be read, HeaderError when its columns cannot be told.
    """

    def read(row: Row, header: Header) -> ParsedRow | BadRow:
        return read_row(row, header, today, stage_words)

    ideas, parsed = read_rows(
        IdeaList, source, IDEAS, read, mapping=mapping, sheet=sheet, progress=progress
    )
    _sort_out(ideas, parsed)
    return ideas


L = TypeVar("L", bound=ListOf)  # type: ignore[type-arg]


def read_rows(
    kind: type[L],
    source: Source,
    vocabulary: Vocabulary,
    read: Callable[[Row, Header], P | BadRow],
    *,
    mapping: Mapping[str, str] | None,
    sheet: str | None,
    progress: Progress | None,
) -> tuple[L, list[P]]:
    """Read the rows of a list by a reader of its own; give the list and what the good ones say.

    Raises SheetError when the file cannot be read, HeaderError when its columns cannot be told.
    """
    with open_tables(source) as tables:
        found = find_header(of_sheet(tables, sheet), mapping, vocabulary)
        entries = kind(found.sheet, found.header)
        parsed: list[P] = []
        for row in _data_rows(found.rows, entries, vocabulary, progress):
            outcome = read(row, found.header)
            if isinstance(outcome, BadRow):
                entries.bad.append(outcome)
            else:
                parsed.append(outcome)
    return entries, parsed


def admissions(rows: Iterable[GoodRow]) -> dict[ListedCompany, date]:
    """Return the day each company entered the incubator: the earliest one of its rows."""
    days: dict[ListedCompany, date] = {}
    for row in rows:
        day = row.idea.dates.get(StageKind.INCUBATOR)
        if day and row.company:
            days[row.company] = min(day, days.get(row.company, day))
    return days


def _data_rows(
    rows: Iterable[Row], entries: L, vocabulary: Vocabulary, progress: Progress | None
) -> Iterator[Row]:
    """Yield the rows of entries; count the blank ones between them, the totals and the rest."""
    last, count = entries.header.row, 0
    for row in rows:
        if row.number > last + 1:
            entries.skipped.append(Skipped(last + 1, row.number - 1, "blank"))
        last = row.number
        if reason := why_skipped(row, entries.header, vocabulary):
            entries.skipped.append(Skipped(row.number, row.number, reason))
            continue
        count += 1
        if count > MAX_ROWS:
            raise SheetError("too_many_rows", limit=MAX_ROWS)
        if progress and count % PROGRESS_EVERY == 0:
            progress(count)
        yield row


def _sort_out(ideas: IdeaList, parsed: list[ParsedRow]) -> None:
    companies = ListedCompanies([*parsed, *ideas.bad])
    first: dict[tuple[str, ListedCompany | None], int] = {}
    for idea in parsed:
        row = GoodRow(idea, companies.of(idea))
        identity = (row.title_key, row.company)
        if identity in first:
            ideas.duplicates.append(Duplicate(row, first[identity]))
        else:
            first[identity] = row.number
            ideas.good.append(row)


class ListedCompanies:
    """Tells the companies of a list apart: by organisation number, else by name.

    A row without a number belongs to the company that another row gives a number under the same
    name. Bad rows count here: their company's name is none the worse for a bad date.
    """

    def __init__(self, rows: Iterable[OfCompany]) -> None:
        self._orgnr_of_name: dict[str, str] = {}
        rows = list(rows)
        for row in sorted(rows, key=lambda row: row.number):
            if row.orgnr and row.company:
                self._orgnr_of_name.setdefault(company_key(row.company), row.orgnr)
        spellings: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for row in rows:
            if row.company and (identity := self._identity(row)):
                spellings[identity].append(row.company)
        self._names = {identity: best_spelling(names) for identity, names in spellings.items()}
        self._known: dict[tuple[str, str], ListedCompany] = {}

    def of(self, row: OfCompany) -> ListedCompany | None:
        """Return the company of a row, the same object for all rows of one company."""
        identity = self._identity(row)
        if identity is None:
            return None
        if identity not in self._known:
            name = self._names.get(identity)
            self._known[identity] = ListedCompany(name, identity[0] or None)
        return self._known[identity]

    def _identity(self, row: OfCompany) -> tuple[str, str] | None:
        if row.orgnr:
            return row.orgnr, ""
        if not row.company:
            return None
        key = company_key(row.company)
        orgnr = self._orgnr_of_name.get(key)
        return (orgnr, "") if orgnr else ("", key)


def best_spelling(names: Iterable[str]) -> str:
    """Choose how to write a company that a list spells in several ways.

    The name in mixed case goes before one in small letters or capitals alone, then the most
    frequent, then the first; the legal form is taken from wherever it is given, as AS for A/S.
    """
    parts = [split_legal_form(collapse(name)) for name in names]
    bases = Counter(base for base, _ in parts)
    forms = Counter(form for _, form in parts if form)
    base = max(bases, key=lambda base: (_case_rank(base), bases[base]))
    form = max(forms, key=lambda form: forms[form]) if forms else ""
    return f"{base} {form}".strip()


def _case_rank(name: str) -> int:
    if name.isupper():
        return 0
    return 1 if name.islower() else 2
