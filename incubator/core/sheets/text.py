"""Read CSV: the letters, the separator and our own guard against formulas are found out."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from incubator.core.sheets.cells import (
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    Cell,
    Rows,
    Table,
    clean_text,
    make_row,
)
from incubator.core.sheets.errors import SheetError

SEPARATORS = ";,\t"

_CHUNK = 64 * 1024
_SNIFFED_ROWS = 60
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?$", re.IGNORECASE)
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def open_table(file: BinaryIO) -> Table:
    """Find out how the text is written; raise SheetError when it is no text."""
    encoding = find_encoding(file)
    if not any(line.strip() for line in _lines(file, encoding)):
        raise SheetError("empty")
    separator, skipped = find_separator(file, encoding)
    return Table("", False, lambda: _rows(file, encoding, separator, skipped))


def find_encoding(file: BinaryIO) -> str:
    """Return UTF-8 or UTF-16 where the bytes say so, else Windows-1252."""
    file.seek(0)
    head = file.read(_CHUNK)
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return _checked(file, encoding)
    if guessed := _utf16_without_mark(head):
        return _checked(file, guessed)
    for encoding in ("utf-8", "cp1252"):
        if _reads_as(file, encoding):
            return encoding
    raise SheetError("unknown_letters")


def find_separator(file: BinaryIO, encoding: str) -> tuple[str, int]:
    """Return the separator that gives most rows one width, and how many rows it stands in."""
    first = next(_lines(file, encoding), "")
    if said := _SEPARATOR_LINE.match(first):
        return said[1], 1
    return max(SEPARATORS, key=lambda separator: _regularity(file, encoding, separator)), 0


def _regularity(file: BinaryIO, encoding: str, separator: str) -> int:
    """Weigh a separator by the width that most rows have; it must divide at least half of them."""
    reader = csv.reader(_lines(file, encoding), delimiter=separator)
    try:
        widths = Counter(len(row) for row in islice(reader, _SNIFFED_ROWS) if any(row))
    except csv.Error:
        return 0
    undivided = widths.pop(1, 0)
    if undivided > widths.total():
        return 0
    return max((width * rows for width, rows in widths.items()), default=0)


def _rows(file: BinaryIO, encoding: str, separator: str, skipped: int) -> Rows:
    lines = islice(_lines(file, encoding), skipped, None)
    # Strict: a quotation mark that is never closed would swallow the rest of the list silently.
    reader = csv.reader(lines, delimiter=separator, strict=True)
    number = skipped
    try:
        for number, values in enumerate(reader, start=skipped + 1):
            row = make_row(number, _cells(values, number))
            if row is not None:
                yield row
    except csv.Error as error:
        if "field larger" in str(error):
            limit = MAX_CELL_CHARACTERS
            raise SheetError("cell_too_long", row=number + 1, limit=limit) from error
        raise SheetError("broken_quotes", row=number + 1) from error
    except UnicodeDecodeError as error:
        raise SheetError("unknown_letters") from error


def _cells(values: list[str], number: int) -> list[Cell]:
    if any(value.strip() for value in values[MAX_COLUMNS:]):
        raise SheetError("too_many_columns", limit=MAX_COLUMNS)
    return [_unguarded(clean_text(value, number)) for value in values[:MAX_COLUMNS]]


def _unguarded(value: str) -> str:
    """Take away the apostrophe that `write_csv` puts before what could be a formula."""
    return value[1:] if value.startswith("'") and _GUARDED.match(value) else value


def _lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    file.seek(0)
    reader = io.TextIOWrapper(io.BufferedReader(_Unclosed(file)), encoding=encoding, newline="")
    try:
        yield from reader
    except UnicodeDecodeError as error:
        raise SheetError("unknown_letters") from error


class _Unclosed(io.RawIOBase):
    """Reads from a file of somebody else, and does not close it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _utf16_without_mark(head: bytes) -> str | None:
    """Tell UTF-16 without a mark by every other byte being zero, as in European text."""
    sample = head[:1024]
    half = max(1, len(sample) // 2)
    if sample[1::2].count(0) > half * 0.7 and sample[0::2].count(0) == 0:
        return "utf-16-le"
    if sample[0::2].count(0) > half * 0.7 and sample[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def _checked(file: BinaryIO, encoding: str) -> str:
    if not _decodes(file, encoding):
        raise SheetError("unknown_letters")
    return encoding


def _reads_as(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    while chunk := file.read(_CHUNK):
        if _BINARY.search(chunk):
            raise SheetError("not_a_spreadsheet")
    return _decodes(file, encoding)


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
