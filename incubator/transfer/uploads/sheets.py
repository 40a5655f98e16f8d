"""The sheets of a workbook, for whoever chooses one: name, rows, the first cells."""

import io
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from incubator.core.sheets import SheetError, Table, open_tables
from incubator.transfer.headers import HeaderError, find_header
from incubator.transfer.lists import MAX_ROWS
from incubator.transfer.values import show
from incubator.transfer.vocabulary import Vocabulary

MOST_SHEETS = 50  # that one can choose among; a workbook of people has few
SAMPLE_ROWS, SAMPLE_CELLS, SAMPLE_CHARACTERS = 4, 6, 40


@dataclass(frozen=True)
class Sheet:
    """What a person is told of a sheet; `rows` is None where there are too many to count."""

    name: str
    is_hidden: bool
    has_header: bool
    rows: int | None
    sample: list[list[str]]


def list_sheets(content: bytes, vocabularies: Sequence[Vocabulary]) -> list[dict[str, Any]]:
    """Describe the sheets of a workbook; none for a file that is a single table.

    Raises SheetError when the file cannot be read.
    """
    with open_tables(io.BytesIO(content)) as tables:
        if len(tables) < 2:
            return []
        return [asdict(_describe(table, vocabularies)) for table in tables[:MOST_SHEETS]]


def count_rows(content: bytes, sheet: str) -> int:
    """Count the rows of a sheet that hold something, as far as a list may go."""
    with open_tables(io.BytesIO(content)) as tables:
        named = [table for table in tables if table.title == sheet]
        return (_count(named[0]) if named else None) or MAX_ROWS


def _describe(table: Table, vocabularies: Sequence[Vocabulary]) -> Sheet:
    try:
        with closing(table.rows()) as rows:
            head = list(islice(rows, SAMPLE_ROWS))
    except SheetError:
        return Sheet(table.title, table.is_hidden, False, None, [])
    sample = [[_short(cell) for cell in row.values[:SAMPLE_CELLS]] for row in head]
    has_header = any(_has_header(table, one) for one in vocabularies)
    return Sheet(table.title, table.is_hidden, has_header, _count(table), sample)


def _short(cell: Any) -> str:
    text = show(cell) if cell is not None else ""
    return text if len(text) <= SAMPLE_CHARACTERS else f"{text[: SAMPLE_CHARACTERS - 1]}…"


def _has_header(table: Table, vocabulary: Vocabulary) -> bool:
    try:
        find_header([table], vocabulary=vocabulary)
    except HeaderError as error:
        return error.code == "mapping_needed"
    except SheetError:
        return False
    return True


def _count(table: Table) -> int | None:
    try:
        with closing(table.rows()) as rows:
            count = sum(1 for _row in islice(rows, MAX_ROWS + 1))
    except SheetError:
        return None
    return count if count <= MAX_ROWS else None
