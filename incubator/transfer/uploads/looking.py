"""Look through a file: what it holds, which column is which, row by row what would happen.

It reads and writes nothing down, so that it can be done before the turn to write comes.
"""

import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import Any

from incubator.core.db import Session, reading
from incubator.core.sheets import SheetError, as_xlsx, open_tables
from incubator.transfer import preview, queries
from incubator.transfer.headers import Header, HeaderError, column_letter, find_header, of_sheet
from incubator.transfer.kinds import ARCHIVE, KINDS, LISTS, Kind, guess_kind
from incubator.transfer.lists import ListOf, Progress
from incubator.transfer.models import State
from incubator.transfer.preview import Outcome
from incubator.transfer.report import rows_to_mend
from incubator.transfer.uploads.sheets import count_rows, list_sheets

# What is unpacked of a workbook of some 1,500 rows; a row of CSV weighs a sixth of one of XML.
SMALL = 1_000_000
CSV_WEIGHT = 6


@dataclass(frozen=True)
class Asked:
    """A file, and what its user has said of it."""

    region_id: int
    content: bytes
    said: str | None = None  # the kind of list
    sheet: str | None = None
    mapping: str | None = None


@dataclass(frozen=True)
class Looked:
    """What was found in a file."""

    state: State
    holds: str
    mapping: str | None
    is_remembered: bool
    sheets: list[dict[str, Any]]
    rows_total: int = 0
    found: dict[str, Any] = field(default_factory=dict)
    pages: list[tuple[str, int, str]] = field(default_factory=list)
    to_mend: bytes | None = None


@dataclass(frozen=True)
class Heading:
    """What a list is taken for before its rows are read."""

    kind: Kind
    mapping: str | None = None
    is_remembered: bool = False
    needs_columns: bool = False


def is_large(content: bytes) -> bool:
    """Say whether a file is left to the worker, by what reading it may cost at most.

    What a zip says of its members binds whoever unpacks it, so that no more than this comes out.
    """
    if len(content) * CSV_WEIGHT <= SMALL and not content.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(member.file_size for member in archive.infolist()) > SMALL
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError):
        return not content.startswith(b"PK")  # what is no zip is refused as soon as it is opened


def look_over(
    asked: Asked, progress: Progress | None = None, total: Progress | None = None
) -> Looked:
    """Find out what a file would bring; `total` is told how many rows there are to read.

    Raises SheetError when the file cannot be read, HeaderError when it is no such list.
    """
    with reading() as session:
        heading = read_heading(session, asked)
        words = heading.kind.words(session)
    kind = heading.kind
    sheets = list_sheets(asked.content, [one.vocabulary for one in LISTS.values()])
    if kind is ARCHIVE:
        sheets = []
    if heading.needs_columns:
        return Looked(State.COLUMNS, kind.name, heading.mapping, False, sheets)
    if total and kind is not ARCHIVE:
        total(count_rows(asked.content, sheet_of(asked, kind, heading.mapping)))
    entries = read_entries(asked, kind, heading.mapping, words, progress)
    with reading() as session:
        plan = kind.plan(session, asked.region_id, entries)
    return Looked(
        state=State.READY,
        holds=kind.name,
        mapping=heading.mapping,
        is_remembered=heading.is_remembered,
        sheets=sheets,
        rows_total=sum(preview.counts(plan).values()),
        found=_found(kind, entries, plan),
        pages=_pages(kind, plan),
        to_mend=as_xlsx(rows_to_mend(entries)) if entries.bad else None,
    )


def read_entries(
    asked: Asked, kind: Kind, mapping: str | None, words: Any, progress: Progress | None = None
) -> ListOf[Any]:
    """Read the rows of a list. Raises SheetError and HeaderError."""
    return kind.read(
        io.BytesIO(asked.content),
        words,
        mapping=json.loads(mapping) if mapping else None,
        sheet=asked.sheet,
        progress=progress,
    )


def read_header(asked: Asked, kind: Kind, mapping: str | None = None) -> tuple[str, Header]:
    """Find the header of a list, without reading its rows; give the sheet too."""
    with open_tables(io.BytesIO(asked.content)) as tables:
        chosen = json.loads(mapping) if mapping else None
        found = find_header(of_sheet(tables, asked.sheet), chosen, kind.vocabulary)
        return found.sheet, found.header


def sheet_of(asked: Asked, kind: Kind, mapping: str | None) -> str:
    """Name the sheet that a list is read from; blank for a file that is a single table."""
    return asked.sheet or read_header(asked, kind, mapping)[0]


def read_heading(session: Session, asked: Asked) -> Heading:
    """Tell a list by its headers, or as somebody said of them before.

    Raises SheetError when the file cannot be read, HeaderError when it is no such list.
    """
    kind = KINDS.get(asked.said or "") or guess_kind(io.BytesIO(asked.content), asked.sheet)
    if kind is ARCHIVE:
        return Heading(kind)
    if asked.mapping:
        read_header(asked, kind, asked.mapping)
        return Heading(kind, asked.mapping)
    try:
        headers = list(read_header(asked, kind)[1].labels.values())
        needs_columns = False
    except HeaderError as error:
        if error.code != "mapping_needed":
            raise
        headers, needs_columns = [text for _letter, text in error.details["headers"]], True
    said = kind.name if asked.said else None
    saved = queries.saved_mapping(session, asked.region_id, headers, said)
    if saved is not None and saved.holds in LISTS:
        try:
            read_header(asked, KINDS[saved.holds], saved.mapping)
        except HeaderError:  # it was said of a list that has changed since
            return Heading(kind, needs_columns=needs_columns)
        return Heading(KINDS[saved.holds], saved.mapping, is_remembered=True)
    return Heading(kind, needs_columns=needs_columns)


def _found(kind: Kind, entries: ListOf[Any], plan: Any) -> dict[str, Any]:
    header = entries.header
    return {
        "sheet": entries.sheet,
        "row": header.row,
        "columns": [(key, header.label(key)) for key in header.columns],
        "ignored": header.ignored,
        "skipped": preview.skipped(plan),
        "skipped_count": entries.skipped_count,
        "totals": {outcome.value: number for outcome, number in preview.counts(plan).items()},
    }


def _pages(kind: Kind, plan: Any) -> list[tuple[str, int, str]]:
    """Write the pages of the preview: outcome, number, lines."""
    lines = preview.all_lines(kind, plan)
    found = []
    for outcome in ("", *(one.value for one in Outcome)):
        shown = [line for line in lines if not outcome or line["outcome"] == outcome]
        for start in range(0, len(shown), preview.PAGE):
            page = json.dumps(shown[start : start + preview.PAGE], ensure_ascii=False)
            found.append((outcome, start // preview.PAGE + 1, page))
    return found


def told_columns(header: Header) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Give the columns of a header, and which of them is which, as the form of columns has them."""
    columns = [(column_letter(index), text) for index, text in header.labels.items()]
    chosen = {key: f"[{column_letter(index)}]" for key, index in header.columns.items()}
    return columns, chosen


def as_problem(error: SheetError | HeaderError) -> str:
    """Write down what is wrong with a file, for whoever looks later."""
    kind = "sheet" if isinstance(error, SheetError) else "header"
    return json.dumps({"kind": kind, "code": error.code, "details": error.details}, default=str)
