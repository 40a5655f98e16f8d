"""Read one cell: a day, an amount, an organisation number, a stage. Nothing is guessed.

Each function takes a cell as it stands in the file, returns None for a blank one, and raises
`Unreadable` with a reason for what it cannot take.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from stdnum.exceptions import ValidationError
from stdnum.no import orgnr as stdnum_orgnr

from incubator.core.clock import OSLO
from incubator.core.sheets import Broken, Cell
from incubator.core.texts import collapse, fold
from incubator.ideas.models import StageKind
from incubator.transfer.words import (
    ACCEPTED_STAGES,
    CELL_ERRORS,
    JOB_UNITS,
    MONTHS,
    PARKED_WORDS,
    STAGE_BY_WORD,
    UNITS,
    squeezed,
)

MAX_TEXT = 300
MAX_REMARK = 10_000
MAX_AMOUNT_NOK = 2_000_000_000
MAX_JOBS = 10_000
FIRST_YEAR, LAST_YEAR = 1900, 2099
LAST_SHORT_YEAR = 69

_DASHES = re.compile(r"[\s\-\u2010-\u2015\u2212]*")
_TIME = (
    r"(?:(?:T|,?\s+(?:kl\.?\s*)?)(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})"
    r"(?:[.,]\d+)?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
_DATES = tuple(
    re.compile(f"{pattern}{_TIME}", re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})\s*([-./])\s*(?P<month>\d{1,2})\s*\2\s*(?P<day>\d{1,2})",
        r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})",
        r"(?P<day>\d{1,2})\s*[-./]\s*(?P<month>\d{1,2})(?:\s*[-./]\s*|\s+)(?P<year>\d{4}|\d{2})\.?",
        r"(?P<day>\d{1,2})\.?\s*(?P<name>[a-zæøå]+)\.?,?\s*(?P<year>\d{4}|\d{2})",
    )
)
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?")
_FIRST_SERIAL, _LAST_SERIAL = 25_569, 73_050  # 1970 to 2099: other numbers are no dates
_SERIAL_EPOCH = date(1899, 12, 30)

_APOSTROPHES = re.compile("[\u2018\u2019\u2032\u00b4`]")
_CURRENCY = re.compile(r"(?<![a-z])(?:kroner|kr|nok)(?![a-z])\.?")
_NO_OERE = re.compile(r"[.,]?\s*[-\u2010-\u2015]+\s*$")
_AMOUNT = re.compile(
    r"(?P<number>\d[\d ., ]*?)\s*(?P<unit>"
    + "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True) if unit != "1000")
    + r")?\.?"
)
_GROUPED = re.compile(r"\d{1,3}(?:(?P<mark>[ .,])\d{3})(?:(?P=mark)\d{3})*(?P<rest>[.,]\d{1,2})?")
_PLAIN_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_JOB_UNIT = re.compile(r"\s*(?:(?:" + "|".join(JOB_UNITS) + r")\.?\s*)+$")
_NEGATIVE = re.compile(r"\s*(?:kr\.?\s*)?[-\u2010-\u2015\u2212]\s*\d")

_ORGNR_AROUND = re.compile(r"^(?:org\.?\s*nr\.?:?)?(?:NO)?|(?:MVA)?$", re.IGNORECASE)
_ORGNR_SEPARATORS = re.compile(r"[\s.'\-\u2010-\u2015\u2212]")

_PLACE = re.compile(
    r"(?:(?P<before>\d{3,4})\s*[-:,.]?\s*)?(?P<name>[^\d(),]*?)"
    r"\s*(?:[(,]\s*(?P<inside>[^()]*?)\s*\)?)?(?:\s*(?P<after>\d{3,4}))?"
)
_MUNICIPALITY_WORD = re.compile(r"\s+(?:kommune|herad|municipality)$", re.IGNORECASE)
_PARKED = re.compile(r"\W*(?:" + "|".join(PARKED_WORDS) + r")\b")
_LEADING_NUMBER = re.compile(r"^\d+\s*[.):-]\s*")


class Unreadable(Exception):
    """A cell cannot be taken for what its column holds."""

    def __init__(self, reason: str, **details: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details


@dataclass(frozen=True)
class Place:
    """A municipality as a list writes it: a name, a number, and what tells two Våler apart."""

    name: str
    number: str | None = None
    county: str | None = None

    @property
    def written(self) -> str:
        """The place as a person would write it."""
        county = f" ({self.county})" if self.county else ""
        return f"{self.number or ''} {self.name}{county}".strip()


def is_blank(cell: Cell) -> bool:
    """Tell whether a cell says nothing: empty, spaces or a mere dash."""
    return cell is None or (isinstance(cell, str) and _DASHES.fullmatch(cell) is not None)


def is_broken(cell: Cell) -> bool:
    """Tell whether the spreadsheet itself failed to work out a cell."""
    if isinstance(cell, str):
        return cell.strip().casefold() in CELL_ERRORS or set(cell.strip()) == {"#"}
    return isinstance(cell, Broken)


def read_text(cell: Cell, *, limit: int = MAX_TEXT) -> str | None:
    """Read a text; numbers and days are written out, since Excel makes them of what is typed."""
    if _is_nothing(cell):
        return None
    if isinstance(cell, bool):
        raise Unreadable("not_text", value=show(cell))
    text = collapse(unicodedata.normalize("NFC", show(cell)))
    if len(text) > limit:
        raise Unreadable("too_long", limit=limit)
    return text


def read_name(cell: Cell) -> str | None:
    """Read what something is called: a text that is no day."""
    if isinstance(cell, date):
        raise Unreadable("not_text", value=show(cell))
    return read_text(cell)


def read_date(cell: Cell) -> date | None:
    """Read a day: an Excel date, dd.mm.yyyy, d.m.yy, d/m-yy, ISO."""
    if _is_nothing(cell):
        return None
    if isinstance(cell, datetime):
        return _in_range(cell.date(), cell)
    if isinstance(cell, date):
        return _in_range(cell, cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _date_of_number(cell)
    if not isinstance(cell, str):
        raise Unreadable("bad_date", value=show(cell))
    return _date_of_text(collapse(unicodedata.normalize("NFKC", cell)))


def looks_like_date(cell: Cell) -> bool:
    """Tell whether a cell was meant as a day, even one that does not exist."""
    try:
        return read_date(cell) is not None
    except Unreadable as wrong:
        return wrong.reason in ("no_such_day", "unclear_year")


def read_amount(cell: Cell, *, unit: int = 1) -> int | None:
    """Read an amount in whole NOK; `unit` is what a bare number counts, 1000 or a million."""
    if _is_nothing(cell):
        return None
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        number, factor = Decimal(repr(cell)), 1
    elif isinstance(cell, str):
        number, factor = _amount_of_text(cell)
    else:
        raise Unreadable("bad_amount", value=show(cell))
    return _whole_nok(number, factor if factor > 1 else unit, cell)


def read_jobs(cell: Cell) -> int | None:
    """Read a whole number of work places."""
    if _is_nothing(cell):
        return None
    number = _job_number(cell)
    if number < 0:
        raise Unreadable("negative", value=show(cell))
    if number != number.to_integral_value():
        raise Unreadable("not_whole", value=show(cell))
    if number > MAX_JOBS:
        raise Unreadable("too_many_jobs", value=show(cell), limit=MAX_JOBS)
    return int(number)


def read_orgnr(cell: Cell) -> str | None:
    """Read an organisation number: nine digits with a valid check digit."""
    if _is_nothing(cell):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if not isinstance(cell, (str, int)) or isinstance(cell, bool):
        raise Unreadable("bad_orgnr", value=show(cell))
    text = _ORGNR_SEPARATORS.sub("", unicodedata.normalize("NFKC", str(cell)))
    number = _ORGNR_AROUND.sub("", text)
    if not (number.isascii() and number.isdigit() and len(number) == 9) or number[0] == "0":
        raise Unreadable("bad_orgnr", value=show(cell))
    try:
        return str(stdnum_orgnr.validate(number))
    except ValidationError as error:
        raise Unreadable("orgnr_check_digit", value=show(cell)) from error


def read_stage(cell: Cell, words: Mapping[str, StageKind] = STAGE_BY_WORD) -> StageKind | None:
    """Read a stage from its many spellings; `words` are squeezed."""
    if _is_nothing(cell):
        return None
    if isinstance(cell, str):
        text = _LEADING_NUMBER.sub("", fold(cell))
        if stage := words.get(squeezed(text)):
            return stage
    accepted = ", ".join(word for both in ACCEPTED_STAGES.values() for word in both)
    raise Unreadable("unknown_stage", value=show(cell), accepted=accepted)


def read_place(cell: Cell) -> Place | None:
    """Read a municipality: Våler, Våler (Innlandet), 3419 Våler, 3419, Våler kommune."""
    text = read_text(cell)
    if text is None:
        return None
    found = _PLACE.fullmatch(text)
    if found is None:
        return Place(_MUNICIPALITY_WORD.sub("", text))
    inside = found["inside"] or ""
    is_number = inside.isdigit() and len(inside) in (3, 4)
    number = found["before"] or found["after"] or (inside if is_number else None)
    return Place(
        name=_MUNICIPALITY_WORD.sub("", found["name"].strip()),
        number=number.zfill(4) if number else None,
        county=None if is_number else inside or None,
    )


def says_parked(remark: str | None) -> bool:
    """Tell whether a remark begins by saying that the idea was laid aside."""
    return _PARKED.match(fold(remark or "")) is not None


def show(cell: Cell) -> str:
    """Write a cell as a person would see it in the sheet."""
    if isinstance(cell, datetime):
        return f"{cell:%d.%m.%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d.%m.%Y}"
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return f"{cell!r}".replace(".", ",")
    return "" if cell is None else str(cell)


def _is_nothing(cell: Cell) -> bool:
    if is_broken(cell):
        is_formula = isinstance(cell, Broken) and cell.text == "="
        raise Unreadable("formula" if is_formula else "broken_cell", value=show(cell))
    return is_blank(cell)


def _date_of_number(number: float) -> date:
    if isinstance(number, int) and len(str(number)) == 8:
        return _date_of_text(str(number))
    if not _FIRST_SERIAL <= number <= _LAST_SERIAL:
        raise Unreadable("bad_date", value=show(number))
    return _SERIAL_EPOCH + timedelta(days=int(number))


def _date_of_text(text: str) -> date:
    if _SERIAL.fullmatch(text):
        return _date_of_number(float(text.replace(",", ".")))
    for pattern in _DATES:
        if found := pattern.fullmatch(text):
            return _date_of_match(found, text)
    raise Unreadable("bad_date", value=text)


def _date_of_match(found: re.Match[str], text: str) -> date:
    parts = found.groupdict()
    month = int(parts["month"]) if parts.get("month") else MONTHS.get(parts["name"].casefold(), 0)
    if month == 0 and parts.get("name"):
        raise Unreadable("bad_date", value=text)
    try:
        day = date(_full_year(parts["year"], text), month, int(parts["day"]))
        hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
        clock = time(hour, minute, second)
    except ValueError as error:
        raise Unreadable("no_such_day", value=text) from error
    if parts["zone"]:
        written = f"{day.isoformat()}T{clock.isoformat()}{parts['zone'].upper()}"
        day = datetime.fromisoformat(written).astimezone(OSLO).date()
    return _in_range(day, text)


def _full_year(year: str, text: str) -> int:
    if len(year) == 4:
        return int(year)
    if int(year) > LAST_SHORT_YEAR:
        raise Unreadable("unclear_year", value=text)
    return 2000 + int(year)


def _in_range(day: date, cell: Cell) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Unreadable("bad_date", value=show(cell))
    return day


def _amount_of_text(cell: str) -> tuple[Decimal, int]:
    """Return a number and what it counts, 1 where the text does not say."""
    text = fold(_APOSTROPHES.sub("'", cell))
    if _NEGATIVE.match(text):
        raise Unreadable("negative", value=cell)
    text = _NO_OERE.sub("", _CURRENCY.sub(" ", text)).strip()
    found = _AMOUNT.fullmatch(collapse(text))
    number = _number_of_text(found["number"].strip(" .,"), found["unit"]) if found else None
    if found is None or number is None:
        raise Unreadable("bad_amount", value=cell)
    return number, UNITS.get(found["unit"] or "", 1)


def _number_of_text(text: str, unit: str | None) -> Decimal | None:
    """Read digits with marks: a mark before three digits groups, unless millions are counted."""
    grouped = _GROUPED.fullmatch(text)
    counts_millions = UNITS.get(unit or "", 1) >= 1_000_000
    is_decimal = grouped is not None and counts_millions and _PLAIN_NUMBER.fullmatch(text)
    rest = (grouped and grouped["rest"]) or ""
    if grouped and not is_decimal and not rest.startswith(grouped["mark"]):
        whole = text[: len(text) - len(rest)].replace(grouped["mark"], "")
        return Decimal(whole + rest.replace(",", "."))
    if _PLAIN_NUMBER.fullmatch(text):
        return Decimal(text.replace(",", "."))
    return None


def _whole_nok(number: Decimal, factor: int, cell: Cell) -> int:
    if not number.is_finite():
        raise Unreadable("bad_amount", value=show(cell))
    if number < 0:
        raise Unreadable("negative", value=show(cell))
    # "1,2" alone is more likely 1.2 million than one krone twenty: ask instead of guessing.
    if factor == 1 and number < 1_000 and number != number.to_integral_value():
        raise Unreadable("amount_unit", value=show(cell))
    amount = (number * factor).to_integral_value(ROUND_HALF_UP)
    if amount > MAX_AMOUNT_NOK:
        raise Unreadable("amount_too_large", value=show(cell), limit=MAX_AMOUNT_NOK)
    return int(amount)


def _job_number(cell: Cell) -> Decimal:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return Decimal(repr(cell))
    if isinstance(cell, str):
        text = _JOB_UNIT.sub("", fold(cell)).replace("\u2212", "-")
        number = _number_of_text(text.removeprefix("-"), None)
        if number is not None:
            return -number if text.startswith("-") else number
    raise Unreadable("bad_number", value=show(cell))
