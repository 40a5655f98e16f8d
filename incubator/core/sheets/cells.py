"""What stands in a table: cells, rows, and the limits that keep reading bounded."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import BinaryIO

from incubator.core.sheets.errors import SheetError

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_MEMBERS = 2_000
MAX_ELEMENTS = 16_000_000  # 20,000 rows of 200 columns are 12 million
MAX_SHARED_CHARACTERS = 40_000_000
MAX_SHARED_STRINGS = 2_000_000
MAX_COLUMNS = 200
MAX_CELL_CHARACTERS = 32_767
LAST_ROW = 1_048_576

_MEGABYTE = 1024 * 1024
# NUL cannot be stored by PostgreSQL; the others come from exports and are never meant.
_CONTROL: dict[int, str | None] = {
    **dict.fromkeys((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F)),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}


@dataclass(frozen=True)
class Broken:
    """A cell whose value is not there: an error such as #REF!, or a formula without a result."""

    text: str

    def __str__(self) -> str:
        return self.text


FORMULA_WITHOUT_RESULT = Broken("=")

Cell = str | int | float | bool | date | datetime | time | Broken | None


@dataclass(frozen=True)
class Row:
    """A row that is not blank, with its number in the file."""

    number: int
    values: tuple[Cell, ...]

    def cell(self, index: int) -> Cell:
        """Return a cell; rows are only as long as their last value."""
        return self.values[index] if index < len(self.values) else None


Rows = Generator[Row, None, None]


@dataclass(frozen=True)
class Table:
    """A sheet of a workbook, or a whole CSV file. Its rows can be read again and again."""

    title: str
    is_hidden: bool
    read: Callable[[], Rows]

    def rows(self) -> Rows:
        """Yield the rows that hold something, in their order."""
        return self.read()


def clean_text(text: str, row: int) -> str:
    """Return a cell's text without control characters; raise if it is longer than Excel allows."""
    if len(text) > MAX_CELL_CHARACTERS:
        raise SheetError("cell_too_long", row=row, limit=MAX_CELL_CHARACTERS)
    return text.translate(_CONTROL)


def make_row(number: int, values: list[Cell]) -> Row | None:
    """Build a row without its blank end, or nothing when it is blank all along."""
    end = len(values)
    while end and _is_blank(values[end - 1]):
        end -= 1
    if end == 0:
        return None
    if end > MAX_COLUMNS:
        raise SheetError("too_many_columns", limit=MAX_COLUMNS)
    return Row(number, tuple(None if _is_blank(value) else value for value in values[:end]))


def check_size(file: BinaryIO) -> int:
    """Return the size of a file; raise if there is nothing in it or far too much."""
    size = file.seek(0, 2)
    file.seek(0)
    if size == 0:
        raise SheetError("empty")
    if size > MAX_FILE_BYTES:
        raise SheetError("too_large", limit=MAX_FILE_BYTES // _MEGABYTE)
    return size


def _is_blank(value: Cell) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
