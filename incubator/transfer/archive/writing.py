"""Write the tables of a region: as CSV files with a dictionary, or as one workbook."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from incubator.core import clock
from incubator.core.access import Actor
from incubator.core.sheets import Cell, SheetOut, write_csv, write_xlsx
from incubator.transfer.archive.layout import (
    DICTIONARY,
    FORMAT,
    MARKER,
    PARTS,
    READ,
    VERSION,
    Part,
)  # fmt: skip
from incubator.transfer.archive.queries import rows_of

SAYS = (
    "Dette er en eksport fra Idéløypa. Den kan importeres igjen, slik den er: ideene, det som har "
    "skjedd med dem, og det som telles. Kolonnene er forklart i ordlista som følger med zip-fila.",
    "This is an export from Idéløypa. It can be imported again as it is.",
)


def write_zip(
    session: Session, viewer: Actor, region_id: int, region: str, to: BinaryIO
) -> dict[str, int]:
    """Write every table of a region as CSV into a zip; give how many rows each has."""
    told: dict[str, int] = {}
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in PARTS:
            counted = _Counted(cells_of(session, viewer, region_id, part))
            _write_member(archive, part.name, [field.name for field in part.fields], counted)
            told[part.name] = counted.number
        _write_member(archive, DICTIONARY, DICTIONARY_HEAD, dictionary(told))
        about = (f"Idéløypa – {region}", f"{clock.today():%d.%m.%Y}", *SAYS)
        archive.writestr("les-meg.txt", "\r\n".join(about) + "\r\n")
    return told


def _write_member(archive: zipfile.ZipFile, name: str, header: Sequence[str], rows: Any) -> None:
    with archive.open(f"{name}.csv", "w", force_zip64=True) as member:
        text = io.TextIOWrapper(member, encoding="utf-8", newline="")
        write_csv(text, header, rows)
        text.flush()
        text.detach()


class _Counted:
    """Counts rows as they go by."""

    def __init__(self, rows: Iterator[Sequence[Cell]]) -> None:
        self._rows = rows
        self.number = 0

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        for row in self._rows:
            self.number += 1
            yield row


def write_workbook(
    session: Session, viewer: Actor, region_id: int, region: str, to: BinaryIO | Path
) -> None:
    """Write what can be imported again as one workbook, a sheet for each table."""
    head = (FORMAT, str(VERSION), region, f"{clock.today():%d.%m.%Y}")
    sheets = [SheetOut(MARKER, head, [[line] for line in SAYS])]
    sheets += [
        SheetOut(
            part.title,
            [field.name for field in part.fields],
            cells_of(session, viewer, region_id, part),
        )
        for part in READ
    ]
    write_xlsx(to, sheets)


def cells_of(session: Session, viewer: Actor, region_id: int, part: Part) -> Iterator[list[Cell]]:
    """Yield the rows of a table as cells."""
    for row in rows_of(session, viewer, region_id, part):
        yield [as_cell(value) for value in row]


def as_cell(value: Any) -> Cell:
    """Give a value as it stands in a file: days as days, numbers as numbers."""
    if isinstance(value, bool):
        return "ja" if value else "nei"
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.astimezone(clock.OSLO).replace(tzinfo=None, microsecond=0)
    if value is None or isinstance(value, (str, int, float, date)):
        return value
    raise TypeError(f"{type(value)} stands in no file")


DICTIONARY_HEAD = (
    "fil", "rader", "kolonne", "innhold", "kan_være", "forklaring", "explanation",
)  # fmt: skip


def dictionary(rows: dict[str, int]) -> Iterator[list[Cell]]:
    """Yield what each table and each of its columns means, in both languages."""
    for part in PARTS:
        yield [f"{part.name}.csv", rows.get(part.name), None, None, None, part.nb, part.en]
        for field in part.fields:
            words = ", ".join(field.words) or None
            yield [
                f"{part.name}.csv", None, field.name, field.holds.value, words, field.nb, field.en,
            ]  # fmt: skip
