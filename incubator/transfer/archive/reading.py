"""Read the tables of an archive: a workbook of ours, or the zip of CSV files.

A list that people keep is forgiving; this is a format. Whatever cannot be what the program wrote
refuses the file, with the sheet, the row and the column.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, BinaryIO

from incubator.core.sheets import Cell, Row, SheetError, Table, open_tables
from incubator.core.sheets.cells import MAX_UNPACKED_BYTES
from incubator.core.sheets.text import open_table
from incubator.transfer.archive.layout import (
    DICTIONARY,
    FORMAT,
    MARKER,
    READ,
    VERSION,
    Field,
    Holds,
    Part,
)  # fmt: skip
from incubator.transfer.values import show

MOST_IDEAS = 20_000
MOST_ROWS = 200_000  # of any other table
YES_NO = {"ja": True, "nei": False}
Source = Path | str | BinaryIO


@dataclass(frozen=True)
class Line:
    """A row of a table: its number in the file, and its values by column."""

    number: int
    values: Mapping[str, Any]
    cells: tuple[Cell, ...] = ()

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


@dataclass
class Archive:
    """The tables of an archive, by name."""

    tables: dict[str, list[Line]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> list[Line]:
        return self.tables[name]


def is_archive(source: Source) -> bool:
    """Tell whether a file is an export of this program."""
    try:
        with _tables(source) as found:
            return found is not None
    except (SheetError, OSError):
        return False


def read_archive(source: Source) -> Archive:
    """Read an archive. Raises SheetError when it is none, or not as the program wrote it."""
    with _tables(source) as found:
        if found is None:
            raise SheetError("not_a_spreadsheet")
        archive = Archive()
        for part in READ:
            table = found.get(part.name)
            archive.tables[part.name] = list(_lines(part, table)) if table else []
        return archive


@contextmanager
def _tables(source: Source) -> Iterator[dict[str, Table] | None]:
    """Give the tables of an archive by name; None for a file that is another thing."""
    if isinstance(source, (str, Path)):
        with Path(source).open("rb") as file, _tables(file) as found:
            yield found
        return
    if _is_zip_of_ours(source):
        yield _tables_of_zip(source)
        return
    with open_tables(source) as tables:
        yield _tables_of_workbook(tables)


def _tables_of_workbook(tables: Sequence[Table]) -> dict[str, Table] | None:
    by_title = {table.title: table for table in tables}
    marker = by_title.get(MARKER)
    head = next(iter(marker.rows()), None) if marker else None
    if head is None or head.cell(0) != FORMAT:
        return None
    if str(head.cell(1)) != str(VERSION):
        raise SheetError("other_version")
    return {part.name: by_title[part.title] for part in READ if part.title in by_title}


def _is_zip_of_ours(file: BinaryIO) -> bool:
    file.seek(0)
    if file.read(2) != b"PK":
        return False
    try:
        with zipfile.ZipFile(file) as archive:
            return {"ideer.csv", f"{DICTIONARY}.csv"} <= set(archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


def _tables_of_zip(file: BinaryIO) -> dict[str, Table]:
    found: dict[str, Table] = {}
    left = MAX_UNPACKED_BYTES
    try:
        with zipfile.ZipFile(file) as archive:
            there = set(archive.namelist())
            for part in READ:
                if f"{part.name}.csv" not in there:
                    continue
                with archive.open(f"{part.name}.csv") as member:
                    content = member.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise SheetError("too_much_content")
                found[part.name] = open_table(io.BytesIO(content))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        raise SheetError("damaged") from error
    return found


def _lines(part: Part, table: Table) -> Iterator[Line]:
    rows = table.rows()
    header = next(rows, None)
    if header is None:
        return
    places = {str(cell): index for index, cell in enumerate(header.values) if cell is not None}
    for one in part.fields:
        if one.is_needed and one.name not in places:
            raise SheetError("no_such_column", sheet=part.title, column=one.name)
    most = MOST_IDEAS if part.name == "ideer" else MOST_ROWS
    for count, row in enumerate(rows):
        if count >= most:
            raise SheetError("too_many_rows", limit=most)
        yield Line(row.number, _values(part, places, row), row.values)


def _values(part: Part, places: Mapping[str, int], row: Row) -> dict[str, Any]:
    return {
        one.name: _value(part, one, row.number, row.cell(places[one.name]))
        if one.name in places
        else None
        for one in part.fields
    }


def _value(part: Part, one: Field, number: int, cell: Cell) -> Any:
    if cell is None or cell == "":
        if one.is_needed:
            raise wrong(part.title, number, one.name, cell)
        return None
    try:
        value = _READERS[one.holds](cell)
    except (ValueError, InvalidOperation, KeyError, TypeError) as error:
        raise wrong(part.title, number, one.name, cell) from error
    if one.words and not one.words[0].startswith("(") and value not in one.words:
        raise wrong(part.title, number, one.name, cell)
    return value


def wrong(sheet: str, row: int, column: str, cell: Any) -> SheetError:
    """Say which cell is not as the program wrote it."""
    return SheetError("wrong_cell", sheet=sheet, row=row, column=column, value=show(cell))


def _whole(cell: Cell) -> int:
    if isinstance(cell, bool) or not isinstance(cell, (int, str)):
        raise ValueError(cell)
    value = int(cell)
    if abs(value) >= 2**62:
        raise ValueError(cell)
    return value


def _quantity(cell: Cell) -> Decimal:
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str)):
        raise ValueError(cell)
    value = Decimal(str(cell).replace(",", "."))
    if not value.is_finite() or abs(value) > 1_000_000:
        raise ValueError(cell)
    return value


def _day(cell: Cell) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    return date.fromisoformat(str(cell)[:10])


def _text(cell: Cell) -> str:
    if not isinstance(cell, (str, int, float)) or isinstance(cell, bool):
        raise ValueError(cell)
    return show(cell)


def _yes_no(cell: Cell) -> bool:
    return YES_NO[str(cell)]


_READERS = {
    Holds.NUMBER: _whole,
    Holds.AMOUNT: _whole,
    Holds.QUANTITY: _quantity,
    Holds.TEXT: _text,
    Holds.DAY: _day,
    Holds.INSTANT: _text,
    Holds.YES_NO: _yes_no,
}
