"""Read .xlsx as a stream, row by row."""

import math
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from incubator.core.sheets.cells import (
    FORMULA_WITHOUT_RESULT,
    LAST_ROW,
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    Broken,
    Cell,
    Row,
    Rows,
    Table,
    clean_text,
    make_row,
)
from incubator.core.sheets.errors import SheetError
from incubator.core.sheets.package import (
    EPOCH_1900,
    Attributes,
    PartReader,
    Workbook,
    check_archive,
    find_main_part,
    read_sheet_list,
    read_strings,
    read_styles,
    relations,
)

_LAST_SERIAL = 2_958_465  # 31 December 9999
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NUMBER = re.compile(r"[+-]?\d+$")
_COLUMN = re.compile(r"[A-Z]{1,3}")


def open_tables(archive: zipfile.ZipFile) -> Sequence[Table]:
    """Give the sheets of a workbook in their order; raise SheetError when it is none."""
    check_archive(archive)
    # Some programs write backslashes or another case than the one that they refer to.
    names = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
    book = Workbook(archive, names)
    main = find_main_part(book)
    sheets = read_sheet_list(book, main)
    parts = relations(book, main)
    read_strings(book, parts)
    read_styles(book, parts)
    found = ((sheet, parts.get(sheet.get("r:id", ""))) for sheet in sheets)
    return [
        _table(book, sheet, part.target)
        for sheet, part in found
        if part and part.kind == "worksheet" and part.target in names
    ]


def _table(book: Workbook, sheet: Attributes, part: str) -> Table:
    is_hidden = sheet.get("state", "visible") != "visible"
    return Table(sheet.get("name", ""), is_hidden, lambda: _read_rows(book, part))


class _Rows(PartReader):
    """Builds the rows of a sheet, each as it ends."""

    def __init__(self, book: Workbook) -> None:
        super().__init__(book)
        self.done: list[Row] = []
        self.number = 0
        self.values: list[Cell] = []
        self.column = -1
        self.kind = ""
        self.style = 0
        self.has_formula = False
        self.is_text = False
        self.is_reading = False
        self.pieces: list[str] = []
        self.size = 0

    def start(self, tag: str, attributes: Attributes) -> None:
        self.is_text = False
        if tag == "c":
            self._start_cell(attributes)
        elif tag == "v" or (tag == "t" and not self.is_reading):
            self.is_text = True
        elif tag == "f":
            self.has_formula = True
        elif tag == "rPh":
            self.is_reading = True
        elif tag == "row":
            self._start_row(attributes)

    def end(self, tag: str) -> None:
        self.is_text = False
        if tag == "c":
            self._end_cell()
        elif tag == "rPh":
            self.is_reading = False
        elif tag == "row":
            row = make_row(self.number, self.values)
            if row is not None:
                self.done.append(row)

    def text(self, data: str) -> None:
        if self.is_text:
            self.size += len(data)
            if self.size > MAX_CELL_CHARACTERS:
                raise SheetError("cell_too_long", row=self.number, limit=MAX_CELL_CHARACTERS)
            self.pieces.append(data)

    def _start_row(self, attributes: Attributes) -> None:
        number = int(float(attributes.get("r", self.number + 1)))
        if not self.number < number <= LAST_ROW:
            raise SheetError("damaged")
        self.number = number
        self.values = []
        self.column = -1

    def _start_cell(self, attributes: Attributes) -> None:
        reference = attributes.get("r")
        self.column = column_index(reference) if reference else self.column + 1
        self.kind = attributes.get("t", "n")
        self.style = int(attributes.get("s", 0))
        self.has_formula = False
        self.pieces = []
        self.size = 0

    def _end_cell(self) -> None:
        if not self.pieces and not self.has_formula:
            return
        value = self._value("".join(self.pieces))
        if value is None:
            return
        # One column past the limit is enough for `make_row` to see that the row is too wide.
        column = min(self.column, MAX_COLUMNS)
        self.values.extend([None] * (column + 1 - len(self.values)))
        self.values[column] = value

    def _value(self, text: str) -> Cell:
        if self.kind == "s":
            return self._clean(self.book.strings[int(text)])
        if self.kind in ("str", "inlineStr"):
            return self._clean(text)
        if self.kind == "e":
            return Broken(text or "#VALUE!")
        if not text.strip():
            return FORMULA_WITHOUT_RESULT if self.has_formula else None
        if self.kind == "b":
            return text.strip() not in ("0", "false")
        if self.kind == "d":
            return _without_midnight(datetime.fromisoformat(text.strip().removesuffix("Z")))
        number = read_number(text.strip())
        if self.style in self.book.date_styles:
            return from_serial(number, self.book.epoch)
        return number

    def _clean(self, text: str) -> str:
        return clean_text(_ESCAPED.sub(_unescape, text), self.number)


def _read_rows(book: Workbook, part: str) -> Rows:
    reader = _Rows(book)
    for _ in reader.feed(part):
        yield from reader.done
        reader.done = []
    yield from reader.done


def column_index(reference: str) -> int:
    """Return the place of a cell in its row from a reference such as AB12, counted from 0."""
    letters = _COLUMN.match(reference.upper())
    if letters is None:
        raise SheetError("damaged")
    index = 0
    for letter in letters[0]:
        index = index * 26 + ord(letter) - 64
    return index - 1


def read_number(text: str) -> int | float:
    """Read a number as Excel writes it; whole ones become int however they are written."""
    if _NUMBER.match(text):
        return int(text)
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return int(number) if number.is_integer() and abs(number) < 10**15 else number


def from_serial(number: float, epoch: datetime = EPOCH_1900) -> Cell:
    """Turn Excel's count of days into a date, with a time where there is one."""
    if not 0 <= number <= _LAST_SERIAL:
        return Broken("#VALUE!")
    # Excel believes that 1900 was a leap year: before March its days are one off.
    leap = 1 if epoch == EPOCH_1900 and 1 <= number < 60 else 0
    seconds = round(number * 86_400)
    if seconds < 86_400 and epoch == EPOCH_1900:
        return (datetime.min + timedelta(seconds=seconds)).time()
    return _without_midnight(epoch + timedelta(days=leap, seconds=seconds))


def _without_midnight(moment: datetime) -> date | datetime:
    return moment.date() if moment.time() == time.min else moment


def _unescape(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))
