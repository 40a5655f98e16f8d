"""Write tables for others to open: dates as dates, numbers as numbers, text never as a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import BinaryIO, TextIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from incubator.core.sheets.cells import MAX_CELL_CHARACTERS, Broken, Cell

# A spreadsheet takes a cell of CSV that begins so for a formula; an apostrophe before it makes
# it text. Cells that already begin with apostrophes get one more, so that reading is exact.
_COULD_BE_A_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NOT_IN_A_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_MAX_SHEET_NAME = 31
_MAX_EXACT = 10**15
_MIN_WIDTH, _MAX_WIDTH = 10, 50


@dataclass(frozen=True)
class SheetOut:
    """A sheet to be written: its name, its header and its rows."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def write_xlsx(target: Path | str | BinaryIO, sheets: Iterable[SheetOut]) -> None:
    """Write a workbook, row by row, so that memory does not grow with it."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    name = str(target) if isinstance(target, Path) else target
    with xlsxwriter.Workbook(name, options) as book:
        bold = book.add_format({"bold": True})
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        for sheet in sheets:
            _write_sheet(book.add_worksheet(sheet_name(sheet.title)), sheet, bold, day, moment)


def write_csv(target: TextIO, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write CSV as Norwegian Excel opens it: semicolons, decimal commas, a byte order mark.

    `target` is opened with newline="" and in UTF-8.
    """
    target.write("\ufeff")
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerow([_text_cell(title) for title in header])
    writer.writerows([_csv_cell(value) for value in row] for row in rows)


def as_xlsx(sheet: SheetOut) -> bytes:
    """Give a sheet as the bytes of a workbook."""
    target = io.BytesIO()
    write_xlsx(target, [sheet])
    return target.getvalue()


def as_csv(sheet: SheetOut) -> bytes:
    """Give a sheet as the bytes of a CSV file."""
    target = io.StringIO(newline="")
    write_csv(target, sheet.header, sheet.rows)
    return target.getvalue().encode()


def sheet_name(title: str) -> str:
    """Return a title as Excel allows it for a sheet."""
    return _NOT_IN_A_SHEET_NAME.sub(" ", title)[:_MAX_SHEET_NAME].strip("' ") or "Ark"


def _write_sheet(
    page: Worksheet, sheet: SheetOut, bold: Format, day: Format, moment: Format
) -> None:
    for column, title in enumerate(sheet.header):
        page.set_column(column, column, min(max(len(title) + 2, _MIN_WIDTH), _MAX_WIDTH))
    page.freeze_panes(1, 0)
    for column, title in enumerate(sheet.header):
        page.write_string(0, column, title[:MAX_CELL_CHARACTERS], bold)
    for number, row in enumerate(sheet.rows, start=1):
        for column, value in enumerate(row):
            _write_cell(page, number, column, value, day, moment)


def _write_cell(
    page: Worksheet, row: int, column: int, value: Cell, day: Format, moment: Format
) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        page.write_boolean(row, column, value)
    elif isinstance(value, datetime):
        page.write_datetime(row, column, value.replace(tzinfo=None), moment)
    elif isinstance(value, date):
        page.write_datetime(row, column, value, day)
    elif isinstance(value, (int, float)) and abs(value) < _MAX_EXACT:
        page.write_number(row, column, value)
    else:
        page.write_string(row, column, str(value)[:MAX_CELL_CHARACTERS])


def _csv_cell(value: Cell) -> str | int:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return f"{value!r}".replace(".", ",")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return _text_cell(str(value) if isinstance(value, Broken) else value)


def _text_cell(text: str) -> str:
    return f"'{text}" if _COULD_BE_A_FORMULA.match(text) else text
