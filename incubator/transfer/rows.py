"""Turn a row of a list into what it says about one idea, or into all that is wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from incubator.core.sheets import Cell, Row
from incubator.ideas.models import StageKind
from incubator.transfer import values
from incubator.transfer.headers import Header
from incubator.transfer.values import Place, Unreadable
from incubator.transfer.vocabulary import IDEAS, Vocabulary
from incubator.transfer.words import (
    AMOUNT,
    COMPANY,
    DATE_COLUMNS,
    JOBS,
    MUNICIPALITY,
    ORGNR,
    OWNER,
    REGISTERED,
    REMARK,
    STAGE,
    STAGE_BY_WORD,
    STAGES,
    TITLE,
    TOTAL_STARTS,
    plain,
    squeezed,
)

T = TypeVar("T")


@dataclass(frozen=True)
class CellError:
    """What is wrong with one cell: the key of its column, a reason, and what the reason needs."""

    column: str
    reason: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ParsedRow:
    """What a row says about an idea. A stage is in `dates` when the idea came to stand in it."""

    number: int
    title: str
    company: str | None
    orgnr: str | None
    place: Place | None
    owner: str | None
    stage: StageKind
    dates: Mapping[StageKind, date]
    estimated: frozenset[StageKind]
    amount_nok: int | None
    expected_jobs: int | None
    remark: str | None

    @property
    def registered_on(self) -> date:
        """The day it was registered; where the list does not say, the first day it tells of."""
        return self.dates.get(StageKind.IDEA) or min(self.dates.values())

    @property
    def latest_on(self) -> date:
        return max(self.dates.values())

    @property
    def parked_on(self) -> date | None:
        """The day since when the idea has been parked, if its remark says that it is."""
        return self.latest_on if values.says_parked(self.remark) else None


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be imported as it stands; the name and number still tell of its company."""

    row: Row
    errors: tuple[CellError, ...]
    company: str | None
    orgnr: str | None

    @property
    def number(self) -> int:
        return self.row.number


class Cells:
    """Reads the cells of a row by key and collects what is wrong with them."""

    def __init__(self, row: Row, header: Header) -> None:
        self.row = row
        self.columns = header.columns
        self.errors: list[CellError] = []

    def cell(self, key: str) -> Cell:
        return self.row.cell(self.columns[key]) if key in self.columns else None

    def read(self, key: str, reader: Callable[..., T | None], **options: Any) -> T | None:
        try:
            return reader(self.cell(key), **options)
        except Unreadable as wrong:
            self.refuse(key, wrong.reason, **wrong.details)
            return None

    def need(self, key: str, reader: Callable[..., T | None], **options: Any) -> T | None:
        value = self.read(key, reader, **options)
        if value is None and not self.is_refused(key):
            self.refuse(key, "missing")
        return value

    def refuse(self, key: str, reason: str, **details: Any) -> None:
        self.errors.append(CellError(key, reason, details))

    def is_refused(self, key: str) -> bool:
        return any(error.column == key for error in self.errors)


def read_row(
    row: Row,
    header: Header,
    today: date,
    stage_words: Mapping[str, StageKind] = STAGE_BY_WORD,
) -> ParsedRow | BadRow:
    """Read a row by every rule of the import; a bad one carries every error."""
    cells = Cells(row, header)
    title = cells.need(TITLE, values.read_name)
    company = cells.read(COMPANY, values.read_name)
    orgnr = cells.read(ORGNR, values.read_orgnr)
    place = cells.read(MUNICIPALITY, values.read_place)
    stage = cells.need(STAGE, values.read_stage, words=stage_words)
    owner = cells.read(OWNER, values.read_text)
    dates, estimated = _read_dates(cells, stage, today)
    amount = cells.read(AMOUNT, values.read_amount, unit=header.amount_unit)
    jobs = cells.read(JOBS, values.read_jobs)
    remark = cells.read(REMARK, values.read_text, limit=values.MAX_REMARK)
    if cells.errors or title is None or stage is None:
        return BadRow(row, in_sheet_order(cells.errors, header), company, orgnr)
    return ParsedRow(
        number=row.number,
        title=title,
        company=company,
        orgnr=orgnr,
        place=place,
        owner=owner,
        stage=stage,
        dates=dates,
        estimated=estimated,
        amount_nok=amount,
        expected_jobs=jobs,
        remark=remark,
    )


def why_skipped(row: Row, header: Header, vocabulary: Vocabulary = IDEAS) -> str | None:
    """Say why a row below the header is no entry: blank, a total, or the header once more."""
    filled = {
        key: row.cell(index)
        for key, index in header.columns.items()
        if not values.is_blank(row.cell(index))
    }
    if _is_total(row, filled, vocabulary):
        return "total"
    if not filled:
        return "blank"
    repeated = {key for key, cell in filled.items() if _is_label(cell, header.label(key))}
    return "header" if repeated.issuperset(vocabulary.needed) else None


def _is_total(row: Row, filled: Mapping[str, Cell], vocabulary: Vocabulary) -> bool:
    """Tell a row of sums by its first text, or by holding nothing but sums."""
    texts = (cell for cell in row.values if isinstance(cell, str) and not values.is_blank(cell))
    first = next((text for text in map(plain, texts) if not text.replace(" ", "").isdigit()), None)
    if first is None:
        return bool(filled) and filled.keys() <= vocabulary.sums
    words = (word for word in first.split() if not word.isdigit())
    says_total = any(f"{first} ".startswith(f"{start} ") for start in TOTAL_STARTS)
    if not says_total or not vocabulary.total_words.issuperset(words):
        return False
    stage = filled.get(STAGE)
    return not (isinstance(stage, str) and squeezed(stage) in STAGE_BY_WORD)


def _is_label(cell: Cell, label: str | None) -> bool:
    return isinstance(cell, str) and label is not None and squeezed(cell) == squeezed(label)


def _read_dates(
    cells: Cells, stage: StageKind | None, today: date
) -> tuple[dict[StageKind, date], frozenset[StageKind]]:
    """Read the days on which the idea entered its stages, the row's own estimated if need be."""
    dates: dict[StageKind, date] = {}
    for kind in STAGES:
        key = DATE_COLUMNS[kind]
        day = cells.read(key, values.read_date)
        if day is None:
            continue
        if day > today:
            cells.refuse(key, "future_date", value=values.show(day))
        elif stage and STAGES.index(kind) > STAGES.index(stage):
            cells.refuse(key, "beyond_stage", value=values.show(day), stage=stage)
        elif dates and day < max(dates.values()):
            earlier = max(dates, key=lambda kind: dates[kind])
            cells.refuse(
                key,
                "runs_backwards",
                value=values.show(day),
                other=DATE_COLUMNS[earlier],
                other_value=values.show(dates[earlier]),
            )
        else:
            dates[kind] = day
    return _with_own_stage(cells, stage, dates)


def _with_own_stage(
    cells: Cells, stage: StageKind | None, dates: dict[StageKind, date]
) -> tuple[dict[StageKind, date], frozenset[StageKind]]:
    if stage is None or stage in dates:
        return dates, frozenset()
    if dates:
        dates[stage] = max(dates.values())
        return dates, frozenset({stage})
    if not any(cells.is_refused(key) for key in DATE_COLUMNS.values()):
        cells.refuse(REGISTERED, "no_date")
    return dates, frozenset()


def in_sheet_order(errors: list[CellError], header: Header) -> tuple[CellError, ...]:
    """Put what is wrong in the order of the columns."""
    last = len(header.labels)
    return tuple(sorted(errors, key=lambda error: header.columns.get(error.column, last)))
