"""What a person is answered who asks what is held about them, as a workbook."""

import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l

from incubator.companies.forms import BASES
from incubator.core import clock
from incubator.core.sheets import Cell, SheetOut
from incubator.core.sheets.writing import write_xlsx
from incubator.privacy.queries import Kind, Person
from incubator.privacy.traces import Trace
from incubator.privacy.words import Words

WIDTH = 200  # characters beside the name that stand in the report
FACTS: dict[str, Any] = {
    "name": _l("Name"),
    "title": _l("Role or title"),
    "telephone": _l("Telephone"),
    "email": _l("E-mail"),
    "purpose": _l("What it is kept for"),
    "legal_basis": _l("Legal basis"),
    "source": _l("Where it comes from"),
    "review_on": _l("Look at again on"),
    "recorded_at": _l("Written down"),
    "role": _l("Role"),
    "locale": _l("Language"),
    "created_at": _l("Account made"),
    "changes": _l("Changes made by the person"),
    "sign_ins": _l("Sign-ins that are kept"),
    "passkeys": _l("Passkeys"),
    "last_change_at": _l("Latest change by the person"),
}
PLACES: dict[str, Any] = {
    "contacts": _l("Contact"),
    "users": _l("Person who signs in"),
    "change_values": _l("History of changes"),
    "changes": _l("Note in the history of changes"),
    "messages": _l("E-mail"),
    "visits": _l("Visit"),
    "ideas": _l("Idea"),
    "idea_comments": _l("Comment"),
    "follow_ups": _l("Follow-up"),
    "companies": _l("Company"),
    "applications": _l("Application"),
    "summary_recipients": _l("Recipient of reports"),
    "summaries": _l("Monthly report"),
    "meeting_items": _l("Minutes"),
}


def rows(traces: Iterable[Trace], words: Words, *, width: int) -> Iterator[list[Cell]]:
    """Give the places in which the person is named: where, which row, which field, the text."""
    for one in traces:
        place = str(PLACES.get(one.table, one.table))
        key = ", ".join(map(str, one.key))
        yield [place, key, str(FACTS.get(one.column, one.column)), words.around(one.text, width)]


def facts(person: Person) -> list[tuple[str, Cell]]:
    """Give what is held of the person in fields of its own."""
    found: list[tuple[str, Cell]] = [(str(FACTS[name]), _cell(v)) for name, v in person.facts]
    if person.place:
        found.insert(1, (_("Company"), person.place))
    return found


def _cell(value: Any) -> Cell:
    if isinstance(value, StrEnum):
        return str(BASES.get(value.value, value.value))
    if isinstance(value, datetime):
        return clock.day_of(value)
    return value if isinstance(value, (str, int, date)) else None


def workbook(person: Person, traces: Iterable[Trace], words: Words, *, width: int) -> bytes:
    """Write the answer: what is held, where, and what the law says is to be told with it."""
    kind = _("Contact") if person.kind == Kind.CONTACT else _("Person who signs in")
    about = [
        (_("Kind"), kind),
        *facts(person),
        (_("As of"), clock.today()),
        (_("Who may see it"), _("People of the incubator and its partners who work in the field")),
        (
            _("How long it is kept"),
            _("Until it is no longer needed; it is looked at every second year"),
        ),
        (_("Not in this file"), _("Backups, which are overwritten in turn, and attached files")),
    ]
    sheets = (
        SheetOut(_("What is held"), [_("What"), _("Value")], [list(row) for row in about]),
        SheetOut(
            _("Where it stands"), [_("Where"), _("Number"), _("Field"), _("Text")],
            rows(traces, words, width=width),
        ),
    )  # fmt: skip
    target = io.BytesIO()
    write_xlsx(target, sheets)
    return target.getvalue()
