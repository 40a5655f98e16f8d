"""Read .xlsx as a stream: parts of the zip go through expat, row by row.

A library that builds a tree of the XML needs some twenty times the size of what it reads, and a
zip of 200 kB can hold 200 MB of it. Here nothing is kept but the shared strings (counted) and the
row at hand (of limited width), elements are counted, and a document type is refused, so that no
entity can grow.
"""

import math
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.parsers import expat

from incubator.core.sheets.cells import (
    FORMULA_WITHOUT_RESULT,
    LAST_ROW,
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    MAX_ELEMENTS,
    MAX_MEMBERS,
    MAX_SHARED_CHARACTERS,
    MAX_SHARED_STRINGS,
    MAX_UNPACKED_BYTES,
    Broken,
    Cell,
    Row,
    Rows,
    Table,
    clean_text,
    make_row,
)
from incubator.core.sheets.errors import SheetError

_CHUNK = 64 * 1024
_EPOCH_1900 = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)
_LAST_SERIAL = 2_958_465  # 31 December 9999
_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_NOT_OF_A_DATE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NUMBER = re.compile(r"[+-]?\d+$")
_COLUMN = re.compile(r"[A-Z]{1,3}")

# What the zip, the XML and the cells in it raise when they are not what they should be.
_DAMAGE = (
    expat.ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    LookupError,
    ValueError,
    OverflowError,
)

Attributes = dict[str, str]


@dataclass
class _Workbook:
    archive: zipfile.ZipFile
    names: dict[str, str]
    epoch: datetime = _EPOCH_1900
    strings: list[str] = field(default_factory=list)
    date_styles: frozenset[int] = frozenset()


def open_tables(archive: zipfile.ZipFile) -> Sequence[Table]:
    """Give the sheets of a workbook in their order; raise SheetError when it is none."""
    _check_archive(archive)
    # Some programs write backslashes or another case than the one that they refer to.
    names = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
    book = _Workbook(archive, names)
    main = _find_main_part(book)
    sheets = _read_sheet_list(book, main)
    parts = _relations(book, main)
    _read_strings(book, main, parts)
    _read_styles(book, main, parts)
    found = ((sheet, parts.get(sheet.get("r:id", ""))) for sheet in sheets)
    return [
        _table(book, sheet, part.target)
        for sheet, part in found
        if part and part.kind == "worksheet" and part.target in names
    ]


def _table(book: _Workbook, sheet: Attributes, part: str) -> Table:
    is_hidden = sheet.get("state", "visible") != "visible"
    return Table(sheet.get("name", ""), is_hidden, lambda: _read_rows(book, part))


def _check_archive(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS or sum(m.file_size for m in members) > MAX_UNPACKED_BYTES:
        raise SheetError("too_much_content")
    if any(member.flag_bits & 1 for member in members):
        raise SheetError("password_protected")


def _find_main_part(book: _Workbook) -> str:
    if "mimetype" in book.names:
        with book.archive.open(book.names["mimetype"]) as mimetype:
            if b"opendocument.spreadsheet" in mimetype.read(200):
                raise SheetError("open_document")
    if "xl/workbook.bin" in book.names:
        raise SheetError("binary_excel")
    for relation in _relations(book, "").values():
        if relation.kind == "officedocument" and relation.target.startswith("xl/"):
            return relation.target
    if "xl/workbook.xml" in book.names:
        return "xl/workbook.xml"
    raise SheetError("not_a_spreadsheet")


# --- XML, part by part -------------------------------------------------------------------------


class _Reader:
    """Feeds a part of the archive to expat; subclasses take what they need of it."""

    def __init__(self) -> None:
        self.elements = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._refuse

    def start(self, tag: str, attributes: Attributes) -> None:
        """Take the beginning of an element, its tag without prefix."""

    def end(self, tag: str) -> None:
        """Take the end of an element."""

    def feed(self, book: _Workbook, part: str) -> Iterator[None]:
        """Parse a part, and stop for a breath after each piece of it."""
        try:
            with book.archive.open(book.names[part.lower()]) as source:
                while chunk := source.read(_CHUNK):
                    self.parser.Parse(chunk, False)
                    yield
                self.parser.Parse(b"", True)
        except _DAMAGE as error:
            raise SheetError("damaged") from error

    def read(self, book: _Workbook, part: str) -> None:
        """Parse the whole of a part."""
        for _ in self.feed(book, part):
            pass

    def _start(self, tag: str, attributes: Attributes) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise SheetError("too_much_content")
        self.start(tag.rpartition(":")[2], attributes)

    def _end(self, tag: str) -> None:
        self.end(tag.rpartition(":")[2])

    def _refuse(self, *_: Any) -> None:
        raise SheetError("damaged")


class _Elements(_Reader):
    """Hands each element of some tags to a function."""

    def __init__(self, takers: dict[str, Callable[[Attributes], None]]) -> None:
        super().__init__()
        self.takers = takers

    def start(self, tag: str, attributes: Attributes) -> None:
        if taker := self.takers.get(tag):
            taker(attributes)


@dataclass(frozen=True)
class _Relation:
    kind: str
    target: str


def _relations(book: _Workbook, part: str) -> dict[str, _Relation]:
    """Return what a part refers to: by id, the kind and the full name of the other part."""
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, _Relation] = {}

    def take(attributes: Attributes) -> None:
        target = attributes.get("Target", "").replace("\\", "/")
        target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/").lower()
        kind = attributes.get("Type", "").rpartition("/")[2].lower()
        found[attributes.get("Id", "")] = _Relation(kind, target)

    if path.lower() in book.names:
        _Elements({"Relationship": take}).read(book, path)
    return found


def _read_sheet_list(book: _Workbook, main: str) -> list[Attributes]:
    sheets: list[Attributes] = []

    def take_properties(attributes: Attributes) -> None:
        if attributes.get("date1904", "0").lower() in ("1", "true"):
            book.epoch = _EPOCH_1904

    def take_sheet(attributes: Attributes) -> None:
        # The prefix of the relation's id is the file's own choice; `r` is merely the custom.
        ids = [value for key, value in attributes.items() if key.endswith(":id")]
        sheets.append({**attributes, "r:id": ids[0] if ids else ""})

    _Elements({"workbookPr": take_properties, "sheet": take_sheet}).read(book, main)
    return sheets


def _part_of_kind(parts: dict[str, _Relation], kind: str, book: _Workbook) -> str | None:
    targets = (part.target for part in parts.values() if part.kind == kind)
    return next((target for target in targets if target in book.names), None)


class _Strings(_Reader):
    """Collects the shared strings; readings for another script (rPh) are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.parser.CharacterDataHandler = self._text
        self.strings: list[str] = []
        self.pieces: list[str] = []
        self.size = 0
        self.is_text = False
        self.is_reading = False

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "si":
            self.pieces = []
        elif tag == "rPh":
            self.is_reading = True
        self.is_text = tag == "t" and not self.is_reading

    def end(self, tag: str) -> None:
        self.is_text = False
        if tag == "rPh":
            self.is_reading = False
        elif tag == "si":
            self.strings.append("".join(self.pieces))
            if len(self.strings) > MAX_SHARED_STRINGS:
                raise SheetError("too_much_content")

    def _text(self, data: str) -> None:
        if self.is_text:
            self.size += len(data)
            if self.size > MAX_SHARED_CHARACTERS:
                raise SheetError("too_much_content")
            self.pieces.append(data)


def _read_strings(book: _Workbook, main: str, parts: dict[str, _Relation]) -> None:
    if part := _part_of_kind(parts, "sharedstrings", book):
        reader = _Strings()
        reader.read(book, part)
        book.strings = reader.strings


class _Styles(_Reader):
    """Finds the cell styles that show a number as a date."""

    def __init__(self) -> None:
        super().__init__()
        self.formats: dict[str, str] = {}
        self.styles: list[str] = []
        self.is_cell_style = False

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "numFmt":
            self.formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self.is_cell_style = True
        elif tag == "xf" and self.is_cell_style:
            self.styles.append(attributes.get("numFmtId", "0"))

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self.is_cell_style = False

    def date_styles(self) -> frozenset[int]:
        return frozenset(n for n, key in enumerate(self.styles) if self._is_date(key))

    def _is_date(self, key: str) -> bool:
        if key in self.formats:
            return is_date_format(self.formats[key])
        return key.isdigit() and int(key) in _BUILT_IN_DATES


def is_date_format(code: str) -> bool:
    """Tell whether a number format shows a day or a time."""
    bare = _NOT_OF_A_DATE.sub("", code.partition(";")[0]).lower()
    return "general" not in bare and any(letter in bare for letter in "dmyhs")


def _read_styles(book: _Workbook, main: str, parts: dict[str, _Relation]) -> None:
    if part := _part_of_kind(parts, "styles", book):
        reader = _Styles()
        reader.read(book, part)
        book.date_styles = reader.date_styles()


# --- rows --------------------------------------------------------------------------------------


class _Rows(_Reader):
    """Builds the rows of a sheet, each as it ends."""

    def __init__(self, book: _Workbook) -> None:
        super().__init__()
        self.book = book
        self.parser.CharacterDataHandler = self._text
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

    def _text(self, data: str) -> None:
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


def _read_rows(book: _Workbook, part: str) -> Rows:
    reader = _Rows(book)
    for _ in reader.feed(book, part):
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


def from_serial(number: float, epoch: datetime = _EPOCH_1900) -> Cell:
    """Turn Excel's count of days into a date, with a time where there is one."""
    if not 0 <= number <= _LAST_SERIAL:
        return Broken("#VALUE!")
    # Excel believes that 1900 was a leap year: before March its days are one off.
    leap = 1 if epoch == _EPOCH_1900 and 1 <= number < 60 else 0
    seconds = round(number * 86_400)
    if seconds < 86_400 and epoch == _EPOCH_1900:
        return (datetime.min + timedelta(seconds=seconds)).time()
    return _without_midnight(epoch + timedelta(days=leap, seconds=seconds))


def _without_midnight(moment: datetime) -> date | datetime:
    return moment.date() if moment.time() == time.min else moment


def _unescape(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))
