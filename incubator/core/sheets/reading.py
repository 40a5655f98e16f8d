"""Find out what a file is by its content, and open the tables in it."""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from incubator.core.sheets import text, workbook
from incubator.core.sheets.cells import Table, check_size
from incubator.core.sheets.errors import SheetError

_HEAD = 4096
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_FILES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"7z\xbc\xaf", b"Rar!")


@contextmanager
def open_tables(source: Path | str | BinaryIO) -> Iterator[Sequence[Table]]:
    """Open a file and give its tables; raise SheetError for what is no table.

    The tables can be read as long as the file is open. Rows are read when they are asked for, so
    that a file which breaks off in the middle raises there.
    """
    if isinstance(source, (str, Path)):
        with Path(source).open("rb") as file, _tables(file) as tables:
            yield tables
    else:
        with _tables(source) as tables:
            yield tables


@contextmanager
def _tables(file: BinaryIO) -> Iterator[Sequence[Table]]:
    check_size(file)
    head = file.read(_HEAD)
    _refuse_others(file, head)
    if not head.startswith(b"PK"):
        yield [text.open_table(file)]
        return
    try:
        with zipfile.ZipFile(file) as archive:
            yield workbook.open_tables(archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise SheetError("damaged") from error


def _refuse_others(file: BinaryIO, head: bytes) -> None:
    if head.startswith(_OLE):
        raise SheetError(_kind_of_ole(file))
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(_OTHER_FILES):
        raise SheetError("not_a_spreadsheet")
    beginning = start[:512].lower()
    if beginning.startswith(b"<?xml") and b"spreadsheet" in head.lower():
        raise SheetError("old_excel")
    if beginning.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"<meta")):
        raise SheetError("web_page" if b"<table" in head.lower() else "not_a_spreadsheet")


def _kind_of_ole(file: BinaryIO) -> str:
    """Tell an old workbook from a new one with a password: both are the same container."""
    file.seek(0)
    content = file.read()
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "password_protected"
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        return "old_excel"
    return "not_a_spreadsheet"
