"""Read a list of jobs: how many, of which kind, how certain, from when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from incubator.core.errors import RuleBroken
from incubator.core.sheets import Cell, Row
from incubator.core.texts import fold
from incubator.jobs.models import JobKind, JobState, JobUnit
from incubator.jobs.rules import must_make_sense
from incubator.transfer import values
from incubator.transfer.headers import Header
from incubator.transfer.lists import ListedCompanies, Progress, Source, read_rows
from incubator.transfer.records.plan import GoodRecord, Identity, RecordList
from incubator.transfer.rows import BadRow, Cells, in_sheet_order
from incubator.transfer.values import Place, Unreadable, show
from incubator.transfer.visits.cells import read_company
from incubator.transfer.vocabulary import Vocabulary
from incubator.transfer.words import (
    COMPANY,
    DATE_FILLERS,
    FILLERS,
    HEADER_WORDS,
    MUNICIPALITY,
    ORGNR,
    REMARK,
    TITLE,
    TOTAL_WORDS,
    squeezed,
)  # fmt: skip

NUMBER, OCCURRED_ON, KIND, STATE, UNIT = "number", "occurred_on", "job_kind", "state", "unit"
SOURCE = "source"

_SMALL = FILLERS[ORGNR]
JOBS = Vocabulary(
    header_words={
        COMPANY: (*HEADER_WORDS[COMPANY], "foretak", "firm"),
        ORGNR: HEADER_WORDS[ORGNR],
        MUNICIPALITY: HEADER_WORDS[MUNICIPALITY],
        TITLE: ("idé", "tittel", "prosjekt", "idea", "title", "project"),
        NUMBER: (
            "arbeidsplasser", "arb.plasser", "antall", "årsverk", "stillinger", "jobber", "jobs",
            "number", "fte", "positions",
        ),
        OCCURRED_ON: ("dato", "fra", "når", "date", "from", "when"),
        KIND: ("type", "slag", "nye eller sikrede", "kind"),
        STATE: ("tilstand", "status", "state"),
        UNIT: ("enhet", "unit"),
        SOURCE: ("kilde", "source"),
        REMARK: (*HEADER_WORDS[REMARK], "notat", "note"),
    },
    beside={
        COMPANY: FILLERS[COMPANY],
        ORGNR: FILLERS[ORGNR],
        MUNICIPALITY: FILLERS[MUNICIPALITY],
        TITLE: FILLERS[TITLE],
        NUMBER: _SMALL | frozenset("antall number nye new of arbeidsplasser".split()),
        OCCURRED_ON: _SMALL | DATE_FILLERS,
        KIND: _SMALL | frozenset("arbeidsplass arbeidsplasser job".split()),
        STATE: _SMALL,
        UNIT: _SMALL,
        SOURCE: _SMALL,
        REMARK: _SMALL,
    },
    needed=(COMPANY, NUMBER, OCCURRED_ON),
    date_keys=frozenset({OCCURRED_ON}),
    no_header="no_job_header",
    readers={NUMBER: values.read_jobs, ORGNR: values.read_orgnr},
    sums=frozenset({NUMBER}),
    totals=TOTAL_WORDS | {"arbeidsplasser", "jobs", "årsverk"},
)  # fmt: skip
_KINDS = {
    JobKind.NEW: ("ny", "nye", "skapt", "skapte", "new", "created"),
    JobKind.SECURED: ("sikret", "sikrede", "bevart", "trygget", "secured", "kept"),
    JobKind.LOST: ("tapt", "tapte", "nedlagt", "lost"),
}
_STATES = {
    JobState.PLANNED: ("planlagt", "planlagte", "planned"),
    JobState.EXPECTED: ("forventet", "forventede", "ventet", "anslag", "expected"),
    JobState.REALISED: ("realisert", "realiserte", "faktisk", "skapt", "realised", "actual"),
}
_UNITS = {
    JobUnit.HEADS: ("hoder", "personer", "ansatte", "stillinger", "heads", "people"),
    JobUnit.FTE: ("årsverk", "fte", "full-time equivalents"),
}


@dataclass(frozen=True)
class ParsedJobs:
    """What a row says about jobs."""

    number: int
    company: str | None
    orgnr: str | None
    place: Place | None
    title: str | None
    amount: Decimal
    occurred_on: date
    kind: JobKind
    state: JobState
    unit: JobUnit
    source: str | None
    note: str | None

    @property
    def title_key(self) -> str:
        return fold(self.title or "")

    @property
    def estimated(self) -> str:
        return ""

    @property
    def identity(self) -> Identity:
        amount = f"{self.amount:.2f}"
        return (self.occurred_on.isoformat(), self.kind.value, self.state.value, self.unit.value,
                amount)  # fmt: skip


def read_job_list(
    source: Source,
    today: date,
    *,
    mapping: Mapping[str, str] | None = None,
    sheet: str | None = None,
    progress: Progress | None = None,
) -> RecordList:
    """Read a list of jobs from a file.

    Raises SheetError when the file cannot be read, HeaderError when its columns cannot be told.
    """

    def read(row: Row, header: Header) -> ParsedJobs | BadRow:
        return read_record(row, header, today)

    found, parsed = read_rows(
        RecordList, source, JOBS, read, mapping=mapping, sheet=sheet, progress=progress
    )
    companies = ListedCompanies([*parsed, *found.bad])
    named = ((one, companies.of(one)) for one in parsed)
    found.good += [GoodRecord(one, company) for one, company in named if company]
    return found


def read_record(row: Row, header: Header, today: date) -> ParsedJobs | BadRow:
    """Read a row by every rule of the import; a bad one carries every error."""
    cells = Cells(row, header)
    company, orgnr = cells.read(COMPANY, read_company), cells.read(ORGNR, values.read_orgnr)
    if not (company or orgnr or any(map(cells.is_refused, (COMPANY, ORGNR)))):
        cells.refuse(COMPANY, "missing")
    place = cells.read(MUNICIPALITY, values.read_place)
    title = cells.read(TITLE, values.read_name)
    amount = cells.need(NUMBER, read_number)
    day = cells.need(OCCURRED_ON, values.read_date)
    kind = cells.read(KIND, _one_of(_KINDS)) or JobKind.NEW
    state = cells.read(STATE, _one_of(_STATES))
    is_fte = "arsverk" in squeezed(header.label(NUMBER) or "")
    unit = cells.read(UNIT, _one_of(_UNITS)) or (JobUnit.FTE if is_fte else JobUnit.HEADS)
    source = cells.read(SOURCE, values.read_text)
    note = cells.read(REMARK, values.read_text, limit=values.MAX_REMARK)
    if state is None and not cells.is_refused(STATE) and day is not None:
        state = JobState.EXPECTED if day > today else JobState.REALISED
    if not cells.errors and amount is not None and day is not None and state is not None:
        _must_be_sensible(cells, amount, unit, day, state, today)
    if cells.errors or amount is None or day is None or state is None:
        return BadRow(row, in_sheet_order(cells.errors, header), company, orgnr)
    return ParsedJobs(
        row.number, company, orgnr, place, title, amount, day, kind, state, unit, source, note
    )


def _must_be_sensible(
    cells: Cells, amount: Decimal, unit: JobUnit, day: date, state: JobState, today: date
) -> None:
    """Refuse what the ledger itself would refuse of a record that is entered by hand."""
    try:
        must_make_sense({"number": amount, "unit": unit, "occurred_on": day, "state": state}, today)
    except RuleBroken as no:
        if "on" in no.fields:
            reason = "future_date" if no.code == "in_the_future" else "bad_date"
            cells.refuse(OCCURRED_ON, reason, value=show(day))
        else:
            cells.refuse(NUMBER, "bad_number", value=show(cells.cell(NUMBER)))


def read_number(cell: Cell) -> Decimal | None:
    """Read how many: a number with two decimals at most."""
    if values.read_text(cell) is None or isinstance(cell, date):
        return None
    text = str(cell).strip().replace("\u00a0", "").replace(" ", "").replace(",", ".")
    try:
        number = Decimal(text)
    except ArithmeticError as error:
        raise Unreadable("bad_number", value=show(cell)) from error
    if not number.is_finite() or number <= 0 or number > 100_000:
        raise Unreadable("bad_number", value=show(cell))
    return number


def _one_of(words: Mapping[Any, tuple[str, ...]]) -> Callable[[Cell], Any]:
    """Make a reader of a cell that holds one of a few words."""
    known = {squeezed(word): one for one, some in words.items() for word in some}
    accepted = ", ".join(some[0] for some in words.values())

    def read(cell: Cell) -> Any:
        text = values.read_text(cell)
        if text is None:
            return None
        if squeezed(text) in known:
            return known[squeezed(text)]
        raise Unreadable("unknown_word", value=show(cell), accepted=accepted)

    return read
