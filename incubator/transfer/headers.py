"""Find the header of a list by its words, wherever it stands, and say which column is what."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any, NamedTuple

from incubator.core.sheets import Cell, Row, SheetError, Table
from incubator.transfer import values
from incubator.transfer.labels import Label, is_named_as_day, make_label, match_label
from incubator.transfer.values import Unreadable
from incubator.transfer.vocabulary import IDEAS, Reader, Vocabulary
from incubator.transfer.words import (
    AMOUNT,
    MUNICIPALITY,
    STAGE,
    STATUS_WORD,
    UNITS,
    plain,
    squeezed,
)

LAST_HEADER_ROW = 20
SAMPLED_ROWS = 120
STRONG_HEADER = 4

_MAX_LABEL = 60
_LETTER = re.compile(r"\[([A-Z]{1,2})\]$")


class HeaderError(Exception):
    """The columns of a list cannot be told without help; the details say with which."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class Score(NamedTuple):
    """How well a column fits a key; the larger one wins."""

    level: int  # 4 the word alone, 3 with fillers, 2 within a longer header, 1 within a word
    is_head: bool  # "owner" in "Idea owner", "tittel" in "Tittel på idé"
    fits: bool  # its cells can be read as what the key holds


@dataclass(frozen=True)
class Header:
    """Where the header stands and which column holds what."""

    row: int
    columns: Mapping[str, int]
    labels: Mapping[int, str]
    amount_unit: int

    @property
    def ignored(self) -> list[str]:
        """The headers of the columns that are not read."""
        used = set(self.columns.values())
        return [text for index, text in self.labels.items() if index not in used]

    def label(self, key: str) -> str | None:
        """Return the header of the column that a key is read from."""
        return self.labels.get(self.columns[key]) if key in self.columns else None


@dataclass(frozen=True)
class Found:
    """A sheet with its header, and the rows below it."""

    sheet: str
    header: Header
    rows: Iterator[Row]


@dataclass
class _Candidate:
    row: Row
    labels: dict[int, Label]
    columns: dict[str, int]
    vocabulary: Vocabulary
    ambiguous: dict[str, list[int]] = field(default_factory=dict)
    weight: int = 0

    @property
    def keys(self) -> set[str]:
        return set(self.columns) | set(self.ambiguous)

    @property
    def is_strong(self) -> bool:
        return self.keys.issuperset(self.vocabulary.needed) or len(self.keys) >= STRONG_HEADER

    @property
    def quality(self) -> tuple[int, int, int]:
        # Of two rows that are as good, the upper one.
        return len(self.keys), self.weight, -self.row.number


def of_sheet(tables: Sequence[Table], sheet: str | None) -> Sequence[Table]:
    """Give the sheet of a name, in any case, or all of them where none is named.

    Raises HeaderError, which names the sheets, where there is no such sheet.
    """
    if sheet is None:
        return tables
    wanted = sheet.strip().casefold()
    exact = [table for table in tables if table.title == sheet]
    found = exact or [table for table in tables if table.title.strip().casefold() == wanted]
    if not found:
        names = [table.title for table in tables if table.title]
        raise HeaderError("unknown_sheet" if names else "no_sheets", sheet=sheet, sheets=names)
    return found[:1]


def find_header(
    tables: Sequence[Table],
    mapping: Mapping[str, str] | None = None,
    vocabulary: Vocabulary = IDEAS,
) -> Found:
    """Find the first sheet with a header row and settle its columns.

    Hidden sheets come last. `mapping` names the header of a key, or its column as `[C]`, or
    nothing to leave the key out. Raises HeaderError when no header is found, when two columns fit
    one key equally, or when a needed key is missing; SheetError when all is empty.
    """
    mapping = mapping or {}
    if unknown := sorted(set(mapping) - set(vocabulary.keys)):
        raise HeaderError("unknown_key", keys=unknown, known=vocabulary.keys)
    weak: tuple[Table, _Candidate] | None = None
    is_empty = True
    for table in sorted(tables, key=lambda table: table.is_hidden):
        with closing(table.rows()) as rows:
            head = list(islice(rows, SAMPLED_ROWS))
        is_empty = is_empty and not head
        best = _best_candidate(head, mapping, vocabulary)
        if best and best.is_strong:
            return _settle(table, best)
        weak = weak or ((table, best) if best else None)
    if is_empty:
        raise SheetError("empty")
    if weak is None:
        code = "unknown_header" if mapping else vocabulary.no_header
        raise HeaderError(code, mapping=dict(mapping))
    return _settle(*weak)


def _settle(table: Table, best: _Candidate) -> Found:
    missing = [key for key in best.vocabulary.needed if key not in best.keys]
    if missing or best.ambiguous:
        raise HeaderError(
            "mapping_needed",
            sheet=table.title,
            row=best.row.number,
            missing=missing,
            ambiguous={
                key: [(column_letter(index), best.labels[index].text) for index in indexes]
                for key, indexes in best.ambiguous.items()
            },
            headers=[(column_letter(index), label.text) for index, label in best.labels.items()],
            chosen={key: f"[{column_letter(index)}]" for key, index in best.columns.items()},
        )
    header = Header(
        row=best.row.number,
        columns=best.columns,
        labels={index: label.text for index, label in best.labels.items()},
        amount_unit=_amount_unit(best),
    )
    rows = (row for row in table.rows() if row.number > header.row)
    return Found(table.title, header, rows)


def _best_candidate(
    head: list[Row], mapping: Mapping[str, str], vocabulary: Vocabulary
) -> _Candidate | None:
    candidates = (
        _candidate(row, head[place + 1 :], mapping, vocabulary)
        for place, row in enumerate(head)
        if row.number <= LAST_HEADER_ROW
    )
    return max(filter(None, candidates), key=lambda one: one.quality, default=None)


def _candidate(
    row: Row, below: list[Row], mapping: Mapping[str, str], vocabulary: Vocabulary
) -> _Candidate | None:
    """Weigh a row as the header; rows of data are no header, nor are rows with one word."""
    labels = _labels(row)
    mapped = _mapped_columns(labels, mapping)
    if mapped is None:
        return None
    scores = _scores(labels, below, vocabulary)
    candidate = _assign(_Candidate(row, labels, dict(mapped), vocabulary), scores, set(mapping))
    status = _status_as_stage(labels, below) if STAGE in vocabulary.choices else None
    if STAGE not in candidate.keys and STAGE not in mapping and status is not None:
        mapped = {**mapped, STAGE: status}
        candidate = _assign(_Candidate(row, labels, mapped, vocabulary), scores, {*mapping, STAGE})
    not_a_label = sum(1 for cell in row.values if _is_data(cell))
    return candidate if len(candidate.keys) - not_a_label >= 2 else None


def _labels(row: Row) -> dict[int, Label]:
    texts = ((index, cell) for index, cell in enumerate(row.values) if isinstance(cell, str))
    found = {index: make_label(cell) for index, cell in texts if len(cell) <= _MAX_LABEL}
    return {index: label for index, label in found.items() if label.tokens}


def _mapped_columns(
    labels: Mapping[int, Label], mapping: Mapping[str, str]
) -> dict[str, int] | None:
    """Find the columns that the mapping names, or nothing when one is not in this row."""
    columns = {}
    for key, wanted in mapping.items():
        if not wanted.strip():
            continue
        index = _column_of(labels, wanted)
        if index is None:
            return None
        columns[key] = index
    return columns


def _column_of(labels: Mapping[int, Label], wanted: str) -> int | None:
    if letter := _LETTER.match(wanted.strip().upper()):
        return column_number(letter[1])
    same = (index for index, label in labels.items() if label.squeezed == squeezed(wanted))
    return next(same, None)


# --- how well a column fits a key --------------------------------------------------------------


def _scores(
    labels: Mapping[int, Label], below: list[Row], vocabulary: Vocabulary
) -> dict[tuple[str, int], Score]:
    scores = {}
    for index, label in labels.items():
        found = {key: match_label(label, key, vocabulary) for key in vocabulary.keys}
        matches = {key: match for key, match in found.items() if match}
        if not matches:
            continue
        cells = [row.cell(index) for row in below]
        cells = [cell for cell in cells if not values.is_blank(cell)]
        for key, (level, is_head) in matches.items():
            if _may_hold(key, label, cells, vocabulary, is_exact=level == 4):
                scores[key, index] = Score(level, is_head, _fits(key, cells, vocabulary))
    return scores


def _may_hold(
    key: str, label: Label, cells: list[Cell], vocabulary: Vocabulary, *, is_exact: bool
) -> bool:
    """Leave a column out that plainly holds something else than its header could mean."""
    if key in vocabulary.date_keys:
        is_dated = any(values.looks_like_date(cell) for cell in cells)
        return is_dated or not cells or is_named_as_day(label, vocabulary.day_verbs)
    return is_exact or key in vocabulary.readers or not cells or _holds_texts(key, cells)


def _holds_texts(key: str, cells: list[Cell]) -> bool:
    if not cells or all(values.looks_like_date(cell) for cell in cells):
        return False
    return key == MUNICIPALITY or not all(_is_number(cell) for cell in cells)


def _fits(key: str, cells: list[Cell], vocabulary: Vocabulary) -> bool:
    if key in vocabulary.date_keys:
        return any(values.looks_like_date(cell) for cell in cells)
    if key in vocabulary.choices:
        return _holds_choices(vocabulary.choices[key], cells)
    if key in vocabulary.readers:
        return any(_reads(vocabulary.readers[key], cell) for cell in cells)
    return _holds_texts(key, cells)


def _holds_choices(reader: Reader, cells: list[Cell]) -> bool:
    """Tell whether most cells of a column are one of the few things that it can hold."""
    read = sum(1 for cell in cells if _reads(reader, cell))
    return read > 0 and read * 2 >= len(cells)


def _reads(reader: Reader, cell: Cell) -> bool:
    try:
        return reader(cell) is not None
    except Unreadable:
        return False


def _is_number(cell: Cell) -> bool:
    if isinstance(cell, str):
        return plain(cell).replace(" ", "").isdigit()
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def _is_data(cell: Cell) -> bool:
    if cell is None:
        return False
    return (
        not isinstance(cell, str) or values.looks_like_date(cell) or _reads(values.read_orgnr, cell)
    )


# --- which column is what ----------------------------------------------------------------------


def _assign(
    candidate: _Candidate, scores: Mapping[tuple[str, int], Score], decided: set[str]
) -> _Candidate:
    """Give each key its best free column, the best fits first; note what fits equally."""
    taken = set(candidate.columns.values())
    open_keys = [key for key in candidate.vocabulary.keys if key not in decided]
    for score in sorted(set(scores.values()), reverse=True):
        for key in open_keys:
            if key in candidate.keys:
                continue
            fitting = [
                index
                for (named, index), its in scores.items()
                if named == key and its == score and index not in taken
            ]
            if not fitting:
                continue
            candidate.weight += score.level
            taken.update(fitting)
            if len(fitting) == 1:
                candidate.columns[key] = fitting[0]
            else:
                candidate.ambiguous[key] = fitting
    return candidate


def _status_as_stage(labels: Mapping[int, Label], below: list[Row]) -> int | None:
    """Find the column headed `status` alone whose values are stages."""
    for index, label in labels.items():
        cells = (row.cell(index) for row in below)
        if label.squeezed == STATUS_WORD and _holds_choices(
            values.read_stage, [cell for cell in cells if not values.is_blank(cell)]
        ):
            return index
    return None


def _amount_unit(candidate: _Candidate) -> int:
    """Return what a bare number counts in a column headed "Beløp (MNOK)" or "i 1000 kr"."""
    if AMOUNT not in candidate.columns:
        return 1
    tokens = candidate.labels[candidate.columns[AMOUNT]].tokens
    words = [*tokens, *("".join(pair) for pair in pairwise(tokens))]
    return next((UNITS[word] for word in words if len(word) > 1 and word in UNITS), 1)


def column_letter(index: int) -> str:
    """Return the letters of a column as a spreadsheet shows them."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the place of a column from its letters, counted from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
