"""The parts of an .xlsx file: a zip of XML, each part read as a stream through expat.

A library that builds a tree of the XML needs some twenty times the size of what it reads, and a
zip of 200 kB can hold 200 MB of it. Here nothing is kept but the shared strings (counted) and the
row at hand (of limited width), elements are counted, and a document type is refused, so that no
entity can grow. `docs/decisions/0010` tells what was measured.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from xml.parsers import expat

from incubator.core.sheets.cells import (
    MAX_ELEMENTS,
    MAX_MEMBERS,
    MAX_SHARED_CHARACTERS,
    MAX_SHARED_STRINGS,
    MAX_UNPACKED_BYTES,
)
from incubator.core.sheets.errors import SheetError

_CHUNK = 64 * 1024
_MAX_SILENT_CHUNKS = 8
_MAX_DEPTH = 100
EPOCH_1900 = datetime(1899, 12, 30)
EPOCH_1904 = datetime(1904, 1, 1)
_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_NOT_OF_A_DATE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')

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
class Workbook:
    """A zip with its parts by name (small letters), and what its sheets have in common."""

    archive: zipfile.ZipFile
    names: dict[str, str]
    epoch: datetime = EPOCH_1900
    strings: list[str] = field(default_factory=list)
    date_styles: frozenset[int] = frozenset()
    elements: int = 0


def check_archive(archive: zipfile.ZipFile) -> None:
    """Refuse a zip that holds too much or is locked, before anything is unpacked."""
    members = archive.infolist()
    if len(members) > MAX_MEMBERS or sum(m.file_size for m in members) > MAX_UNPACKED_BYTES:
        raise SheetError("too_much_content")
    if any(member.flag_bits & 1 for member in members):
        raise SheetError("password_protected")


def find_main_part(book: Workbook) -> str:
    """Return the name of the workbook part; raise SheetError for what is no .xlsx."""
    if "mimetype" in book.names:
        with book.archive.open(book.names["mimetype"]) as mimetype:
            if b"opendocument.spreadsheet" in mimetype.read(200):
                raise SheetError("open_document")
    if "xl/workbook.bin" in book.names:
        raise SheetError("binary_excel")
    for relation in relations(book, "").values():
        if relation.kind == "officedocument" and relation.target.startswith("xl/"):
            return relation.target
    if "xl/workbook.xml" in book.names:
        return "xl/workbook.xml"
    raise SheetError("not_a_spreadsheet")


class PartReader:
    """Feeds a part of the archive to expat; subclasses take what they need of it."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.depth = 0
        self.events = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse

    def start(self, tag: str, attributes: Attributes) -> None:
        """Take the beginning of an element, its tag without prefix."""

    def end(self, tag: str) -> None:
        """Take the end of an element."""

    def text(self, data: str) -> None:
        """Take a piece of the text between tags."""

    def feed(self, part: str) -> Iterator[None]:
        """Parse a part, and stop for a breath after each piece of it."""
        silent = 0
        try:
            with self.book.archive.open(self.book.names[part.lower()]) as source:
                while chunk := source.read(_CHUNK):
                    before = self.events
                    self.parser.Parse(chunk, False)
                    # Expat reads an unfinished tag anew with each piece: a tag without end would
                    # take time by the square of its length.
                    silent = silent + 1 if self.events == before else 0
                    if silent > _MAX_SILENT_CHUNKS:
                        raise SheetError("too_much_content")
                    yield
                self.parser.Parse(b"", True)
        except _DAMAGE as error:
            raise SheetError("damaged") from error

    def read(self, part: str) -> None:
        """Parse the whole of a part."""
        for _ in self.feed(part):
            pass

    def _start(self, tag: str, attributes: Attributes) -> None:
        self.events += 1
        self.depth += 1
        self.book.elements += 1
        if self.depth > _MAX_DEPTH or self.book.elements > MAX_ELEMENTS:
            raise SheetError("too_much_content")
        self.start(tag.rpartition(":")[2], attributes)

    def _end(self, tag: str) -> None:
        self.depth -= 1
        self.end(tag.rpartition(":")[2])

    def _text(self, data: str) -> None:
        self.events += 1
        self.text(data)

    def _refuse(self, *_: Any) -> None:
        raise SheetError("damaged")


class _Elements(PartReader):
    """Hands each element of some tags to a function."""

    def __init__(self, book: Workbook, takers: dict[str, Callable[[Attributes], None]]) -> None:
        super().__init__(book)
        self.takers = takers

    def start(self, tag: str, attributes: Attributes) -> None:
        if taker := self.takers.get(tag):
            taker(attributes)


@dataclass(frozen=True)
class Relation:
    """Another part that a part refers to: what kind it is, and its name."""

    kind: str
    target: str


def relations(book: Workbook, part: str) -> dict[str, Relation]:
    """Return what a part refers to: by id, the kind and the full name of the other part."""
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, Relation] = {}

    def take(attributes: Attributes) -> None:
        target = attributes.get("Target", "").replace("\\", "/")
        target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/").lower()
        kind = attributes.get("Type", "").rpartition("/")[2].lower()
        found[attributes.get("Id", "")] = Relation(kind, target)

    if path.lower() in book.names:
        _Elements(book, {"Relationship": take}).read(path)
    return found


def read_sheet_list(book: Workbook, main: str) -> list[Attributes]:
    """Return the attributes of the sheets in their order, with the id of the part of each."""
    sheets: list[Attributes] = []

    def take_properties(attributes: Attributes) -> None:
        if attributes.get("date1904", "0").lower() in ("1", "true"):
            book.epoch = EPOCH_1904

    def take_sheet(attributes: Attributes) -> None:
        # The prefix of the relation's id is the file's own choice; `r` is merely the custom.
        ids = [value for key, value in attributes.items() if key.endswith(":id")]
        sheets.append({**attributes, "r:id": ids[0] if ids else ""})

    _Elements(book, {"workbookPr": take_properties, "sheet": take_sheet}).read(main)
    return sheets


def _part_of_kind(parts: dict[str, Relation], kind: str, book: Workbook) -> str | None:
    targets = (part.target for part in parts.values() if part.kind == kind)
    return next((target for target in targets if target in book.names), None)


class _Strings(PartReader):
    """Collects the shared strings; readings for another script (rPh) are left out."""

    def __init__(self, book: Workbook) -> None:
        super().__init__(book)
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

    def text(self, data: str) -> None:
        if self.is_text:
            self.size += len(data)
            if self.size > MAX_SHARED_CHARACTERS:
                raise SheetError("too_much_content")
            self.pieces.append(data)


def read_strings(book: Workbook, parts: dict[str, Relation]) -> None:
    """Read the texts that the sheets share."""
    if part := _part_of_kind(parts, "sharedstrings", book):
        reader = _Strings(book)
        reader.read(part)
        book.strings = reader.strings


class _Styles(PartReader):
    """Finds the cell styles that show a number as a date."""

    def __init__(self, book: Workbook) -> None:
        super().__init__(book)
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


def read_styles(book: Workbook, parts: dict[str, Relation]) -> None:
    """Read which styles show a number as a day."""
    if part := _part_of_kind(parts, "styles", book):
        reader = _Styles(book)
        reader.read(part)
        book.date_styles = reader.date_styles()
