"""Read a file of figures: municipality, day and value on each row, however they are headed."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import BinaryIO

from incubator.core.forms import parse_day
from incubator.core.sheets import Cell, Row, SheetError, open_tables
from incubator.core.texts import fold

MOST_ROWS = 20_000
MOST = Decimal(20_000_000)  # what fits, with two decimals, in the column of every database
EARLIEST_YEAR = 1900
WORDS = {
    "place": ("kommune", "kommunenummer", "kommunenr", "komnr", "region", "municipality"),
    "day": ("ar", "år", "dato", "dag", "tid", "periode", "year", "date", "day"),
    "value": ("verdi", "value", "antall", "tall", "number", "folkemengde", "innbyggere"),
}
_NUMBERED = re.compile(r"^(?:K-?)?(\d{3,4})(?:\s+(.+))?$")
_GROUPED = re.compile(r"^-?\d{1,3}(\.\d{3})+$")


@dataclass(frozen=True)
class Place:
    """A municipality as a file can name it, and the one that it is counted as."""

    id: int
    number: str
    name_key: str
    name: str
    valid_from: date
    valid_to: date | None
    successor_id: int | None
    is_mine: bool

    def is_valid(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True)
class Entry:
    """A row of the file that can be read."""

    row: int
    place: Place
    on: date
    value: Decimal


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be read: why, and what stands there."""

    row: int
    code: str
    text: str


@dataclass
class Reading:
    """What a file holds: good rows, bad ones, and how many are of places elsewhere."""

    entries: list[Entry] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    elsewhere: int = 0


def read_figures(source: Path | BinaryIO, places: Iterable[Place], today: date) -> Reading:
    """Read the first table of a file. Raises SheetError for what is no table of figures."""
    known, reading = Places(list(places)), Reading()
    seen: dict[tuple[int, date], Decimal] = {}
    with open_tables(source) as tables:
        table = next((one for one in tables if not one.is_hidden), tables[0])
        rows = table.rows()
        columns = _columns(next(rows, None))
        for count, row in enumerate(rows):
            if count >= MOST_ROWS:
                raise SheetError("too_many_rows", limit=MOST_ROWS)
            _read_row(reading, seen, row, columns, known, today)
    return reading


def _columns(header: Row | None) -> dict[str, int]:
    """Find the columns by their headings; a third column of three is the value."""
    if header is None:
        raise SheetError("empty")
    found: dict[str, int] = {}
    for nth, cell in enumerate(header.values):
        word = re.sub(r"[^a-zæøå]", "", fold(str(cell or "")))
        for key, words in WORDS.items():
            if word in words:
                found.setdefault(key, nth)
    left = [nth for nth in range(len(header.values)) if nth not in found.values()]
    if "value" not in found and len(left) == 1:
        found["value"] = left[0]
    if len(found) < len(WORDS):
        raise SheetError("no_figures")
    return found


def _read_row(
    reading: Reading,
    seen: dict[tuple[int, date], Decimal],
    row: Row,
    columns: dict[str, int],
    known: "Places",
    today: date,
) -> None:
    cells = {key: row.cell(nth) for key, nth in columns.items()}
    said = " · ".join(_text(cell) for cell in cells.values())

    def refuse(code: str) -> None:
        reading.bad.append(BadRow(row.number, code, said))

    on, value = read_day(cells["day"]), read_number(cells["value"])
    if on is None or on.year < EARLIEST_YEAR:
        return refuse("bad_day")
    if on > today:
        return refuse("future_day")
    if value is None:
        return refuse("bad_value")
    place = known.named(_text(cells["place"]), on)
    if place is None:
        return refuse("bad_place")
    if not place.is_mine:
        reading.elsewhere += 1
        return None
    if (before := seen.get((place.id, on))) is not None:
        return refuse("said_twice") if before != value else None
    seen[place.id, on] = value
    reading.entries.append(Entry(row.number, place, on, value))
    return None


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, int) and not isinstance(cell, bool):
        return f"{cell:04}"  # a spreadsheet takes the zero from 0427
    return "" if cell is None else str(cell).strip()


def read_day(cell: Cell) -> date | None:
    """Read a day, or a year, which is entered as its first day."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _text(cell)
    if re.fullmatch(r"(19|20|21)\d\d", text):
        return date(int(text), 1, 1)
    return parse_day(text)


def read_number(cell: Cell) -> Decimal | None:
    """Read a number as Norwegians write it, with two decimals at most; None when it is none."""
    if isinstance(cell, bool) or cell is None:
        return None
    text = re.sub(r"\s", "", str(cell)).replace("\u2212", "-").replace("%", "")
    if "," in text:
        text = text.replace(".", "").replace(",", ".")
    elif isinstance(cell, str) and _GROUPED.match(text):
        text = text.replace(".", "")
    try:
        found = Decimal(text) if text.isascii() else Decimal("NaN")
    except InvalidOperation:
        return None
    if not found.is_finite() or abs(found) > MOST:
        return None
    rounded = found.quantize(Decimal("0.01"))
    return rounded if rounded == found or isinstance(cell, float) else None


class Places:
    """The municipalities that a file can name, by number of any time and by name."""

    def __init__(self, places: list[Place]) -> None:
        self._by_id = {place.id: place for place in places}
        self._by_number: dict[str, list[Place]] = {}
        self._by_name: dict[str, list[Place]] = {}
        for place in places:
            self._by_number.setdefault(place.number, []).append(place)
            self._by_name.setdefault(place.name_key, []).append(place)

    def named(self, text: str, on: date) -> Place | None:
        """Find the municipality that a text names, by the number that it had on a day."""
        numbered = _NUMBERED.match(text)
        if numbered:
            found = self._by_number.get(numbered[1].zfill(4), [])
        else:
            found = self._by_name.get(fold(text), [])
            found = [place for place in found if place.is_valid(on)] or found
            if len({place.number for place in found}) > 1:
                return None  # two municipalities have this name
        valid = next((place for place in found if place.is_valid(on)), None)
        return valid or (self.on(found[-1].id, on) if found else None)

    def on(self, municipality_id: int, on: date) -> Place:
        """Give what a municipality was, or had become, on a day: itself where that is unclear."""
        place = self._by_id[municipality_id]
        later = self._walk(place, on, lambda here: self._by_id.get(here.successor_id or 0))
        return later or self._walk(place, on, self._only_before) or place

    def _only_before(self, place: Place) -> Place | None:
        """Give the one municipality that a municipality was before; of several merged, none."""
        before = [one for one in self._by_id.values() if one.successor_id == place.id]
        return before[0] if len(before) == 1 else None

    def _walk(self, place: Place, on: date, go_on: Callable[[Place], Place | None]) -> Place | None:
        here: Place | None = place
        for _ in range(6):
            if here is None or here.is_valid(on):
                return here
            here = go_on(here)
        return None
