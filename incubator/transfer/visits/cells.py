"""Read the cells that only lists of visits have: how, who took part, what was written down."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from incubator.core.sheets import Cell
from incubator.core.texts import collapse, company_key, sort_key
from incubator.transfer import values
from incubator.transfer.values import MAX_REMARK, MAX_TEXT, Unreadable, show
from incubator.transfer.visits.words import ACCEPTED_KINDS, KIND_BY_WORD, TITLE_WORDS
from incubator.transfer.words import squeezed
from incubator.visits.models import VisitKind
from incubator.visits.operations import EARLIEST

MOST_PEOPLE = 50

_BETWEEN_PEOPLE = re.compile(r"\s*(?:[,;\n/&+]|(?<!\w)(?:og|and|samt)(?!\w))\s*", re.IGNORECASE)
_BRACKETS = re.compile(r"\(([^()]*)\)")
_LETTER = re.compile(r"[^\W\d_]")


class Person(NamedTuple):
    """Somebody at a company, with what they are there if the list says so."""

    name: str
    title: str | None = None

    @property
    def key(self) -> str:
        return sort_key(self.name)


def read_day(cell: Cell, *, today: date) -> date | None:
    """Read the day of a visit: not in the future, and not so long ago that it is a slip."""
    day = values.read_date(cell)
    if day is not None and day > today:
        raise Unreadable("future_date", value=show(day))
    if day is not None and day < EARLIEST:
        raise Unreadable("too_long_ago", value=show(day), earliest=EARLIEST.year)
    return day


def read_kind(cell: Cell) -> VisitKind | None:
    """Read how the company was met; a blank cell says nothing of it."""
    text = values.read_text(cell)
    if text is None:
        return None
    if kind := KIND_BY_WORD.get(squeezed(text)):
        return kind
    accepted = ", ".join(word for both in ACCEPTED_KINDS.values() for word in both)
    raise Unreadable("unknown_kind", value=show(cell), accepted=accepted)


def read_company(cell: Cell) -> str | None:
    """Read the name of a company: a text with something in it to know the company by."""
    name = values.read_name(cell)
    if name is not None and not company_key(name):
        raise Unreadable("no_name", value=show(cell))
    return name


def read_notes(cell: Cell) -> str | None:
    """Read what was written down, in the lines in which it was written."""
    if not isinstance(cell, str) or "\n" not in cell:
        return values.read_text(cell, limit=MAX_REMARK)
    lines = map(collapse, unicodedata.normalize("NFC", cell).splitlines())
    kept = [line for is_said, some in groupby(lines, bool) for line in (some if is_said else [""])]
    text = "\n".join(kept).strip()
    if len(text) > MAX_REMARK:
        raise Unreadable("too_long", limit=MAX_REMARK)
    return text or None


def read_people(cell: Cell) -> tuple[Person, ...] | None:
    """Read several names: "Ola Nordmann (daglig leder), Kari Berg og Per Hansen"."""
    if values.read_text(cell, limit=MAX_REMARK) is None:
        return None
    if isinstance(cell, (date, datetime, int, float)):
        raise Unreadable("not_text", value=show(cell))
    people: dict[str, Person] = {}
    for person in _people(str(cell)):
        people.setdefault(person.key, person)
    if len(people) > MOST_PEOPLE:
        raise Unreadable("too_many_people", limit=MOST_PEOPLE)
    return tuple(people.values()) or None


def split_names(text: str) -> list[str]:
    """Take names apart that stand in one cell."""
    return [name for part in _BETWEEN_PEOPLE.split(text) if (name := collapse(part))]


def _people(text: str) -> Iterator[Person]:
    """Yield the people of a cell; what one of them is stands in brackets or after a comma."""
    bracketed: list[str] = []

    def set_aside(found: re.Match[str]) -> str:
        bracketed.append(collapse(found[1]))
        return f"\0{len(bracketed) - 1}\0"

    last: Person | None = None
    for part in split_names(_BRACKETS.sub(set_aside, unicodedata.normalize("NFC", text))):
        name, *rest = part.split("\0")
        title = next((bracketed[int(one)] for one in rest[::2]), "") or None
        person = Person(collapse(" ".join([name, *rest[1::2]])), title)
        if last and not last.title and squeezed(person.name) in TITLE_WORDS:
            last = Person(last.name, person.name)
            continue
        if last:
            yield last
        last = person if _is_name(person) else None
    if last:
        yield last


def _is_name(person: Person) -> bool:
    if len(person.name) > MAX_TEXT or len(person.title or "") > MAX_TEXT:
        raise Unreadable("too_long", limit=MAX_TEXT)
    return _LETTER.search(person.name) is not None and bool(person.key)
