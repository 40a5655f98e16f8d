"""What the log of a company calls what was done, where and to what."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from incubator.companies.forms import BASES, SECTION_LABELS
from incubator.core.access import Via
from incubator.core.formats import day

VERB_LABELS: dict[str, Any] = {
    "company.added": _l("Company added"),
    "company.edited": _l("Company edited"),
    "company.merged": _l("Merged with a duplicate"),
    "contact.added": _l("Contact added"),
    "contact.edited": _l("Contact edited"),
    "contact.moved": _l("Contact moved"),
    "contact.removed": _l("Contact removed"),
    "person.erased": _l("Person erased"),
    "change.undone": _l("Undone"),
    "visit.logged": _l("Came with a visit"),
    "idea.added": _l("Came with an idea"),
    "idea.edited": _l("Came with an idea"),
    "idea.moved": _l("Given with a move of a card"),
    "ideas.imported": _l("Came with an import"),
    "visits.imported": _l("Came with an import"),
}
FIELD_LABELS: dict[str, Any] = {
    "name": _l("Name"),
    "orgnr": _l("Organisation number"),
    "municipality_id": _l("Municipality"),
    "industry_code": _l("Industry code"),
    "industry_section": _l("Industry"),
    "employees": _l("Employees"),
    "founded_on": _l("Founded"),
    "title": _l("Role or title"),
    "telephone": _l("Telephone"),
    "email": _l("E-mail"),
    "purpose": _l("What it is kept for"),
    "legal_basis": _l("Legal basis"),
    "source": _l("Where it comes from"),
    "review_on": _l("Look at again on"),
    "company_id": _l("Company"),
}
VIA_LABELS: dict[str, Any] = {
    Via.COMMAND_LINE.value: _l("by a command"),
    Via.IMPORT.value: _l("by an import"),
    Via.DEMO.value: _l("with the demo"),
    Via.WORKER.value: _l("by itself"),
}


def shown(field: str, text: str | None) -> str:
    """Write a value as the log shows it."""
    if text is None:
        return ""
    if field == "legal_basis" and text in BASES:
        return str(BASES[text])
    if field in ("founded_on", "review_on"):
        return day(date.fromisoformat(text))
    if field == "industry_section" and text in SECTION_LABELS:
        return f"{text} – {SECTION_LABELS[text]}"
    return text
