"""The blueprint of follow-ups, and the list that its views answer with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from incubator.core import clock, db
from incubator.core.access import Actor
from incubator.core.errors import NotFound
from incubator.core.forms import whole_number
from incubator.core.web import go_to, is_htmx, page
from incubator.followups import queries
from incubator.followups.queries import PAGE, Filter, Whose
from incubator.followups.rules import Group

bp = Blueprint("followups", __name__)
ADDRESS = "/oppfolginger"
OF_COMPANY = re.compile(r"^/bedrifter/(\d{1,9})(?:/|$)")
ONE = re.compile(r"^/oppfolginger/(\d{1,9})$")
OPEN_OR_NOT = {"apne": True, "gjort": False}
GROUP_LABELS = {
    Group.OVERDUE: _l("Overdue"),
    Group.TODAY: _l("Today"),
    Group.WEEK: _l("Later this week"),
    Group.LATER: _l("Later"),
    Group.UNDATED: _l("Without a date"),
    Group.DONE: _l("Done lately"),
}


@dataclass(frozen=True)
class Toast:
    """A word about what was done, with the way to undo it."""

    text: str
    undo_url: str | None = None
    href: str | None = None


@dataclass(frozen=True)
class Asked:
    """What an address asks a list for."""

    whose: str  # "" mine, "alle", "org", or the number of a person
    region_id: int | None
    company_id: int | None
    idea_id: int | None
    state: str  # "" open and lately done, "apne", "gjort"
    number: int

    def filter(self, viewer: Actor) -> Filter:
        return Filter(
            whose=self._whose(viewer),
            region_id=self.region_id,
            company_id=self.company_id,
            idea_id=self.idea_id,
            is_open=OPEN_OR_NOT.get(self.state),
        )

    def _whose(self, viewer: Actor) -> Whose:
        if self.whose == "alle":
            return Whose()
        if self.whose == "org" and viewer.organisation_id is not None:
            return Whose(organisation_id=viewer.organisation_id)
        return Whose(person_id=whole_number(self.whose) or viewer.id)

    def query(self, **over: object) -> str:
        """Write this as the query string of an address, with other values for some."""
        values = {
            "hvem": self.whose, "region": self.region_id, "bedrift": self.company_id,
            "ide": self.idea_id, "tilstand": self.state, **over,
        }  # fmt: skip
        return urlencode({key: value for key, value in values.items() if value})


def read_asked(values: Mapping[str, str]) -> Asked:
    """Read what an address asks for; nonsense asks for nothing."""
    whose, state = values.get("hvem", ""), values.get("tilstand", "")
    company_id, idea_id = whole_number(values.get("bedrift")), whole_number(values.get("ide"))
    is_known = whose in ("alle", "org") or whole_number(whose) is not None
    # What is asked of a company or an idea is asked of everybody, unless somebody is named.
    others = "alle" if company_id or idea_id else ""
    return Asked(
        whose=whose if is_known else others,
        region_id=whole_number(values.get("region")),
        company_id=company_id,
        idea_id=idea_id,
        state=state if state in OPEN_OR_NOT else "",
        number=max(1, whole_number(values.get("side")) or 1),
    )


def list_of(viewer: Actor, asked: Asked) -> dict[str, Any]:
    """Give what the list shows, in a fixed number of queries."""
    today = clock.today()
    narrowed = asked.filter(viewer)
    counts = queries.count_groups(db.session, viewer, narrowed, today)
    pages = max(1, -(-sum(counts.values()) // PAGE))
    number = min(asked.number, pages)
    rows = queries.list_steps(db.session, viewer, narrowed, today, offset=(number - 1) * PAGE)
    groups = [
        {
            "key": group.value,
            "label": GROUP_LABELS[group] if asked.state != "gjort" else _l("Done"),
            "count": counts.get(group, 0),
            "rows": [row for row in rows if row.group == group],
        }
        for group in Group
    ]
    return {
        "asked": asked,
        "today": today,
        "groups": [group for group in groups if group["rows"]],
        "total": sum(counts.values()),
        "is_mine": narrowed.whose.person_id == viewer.id,
        "pages": {
            "number": number,
            "of": pages,
            "previous_url": f"{ADDRESS}?{asked.query(side=number - 1)}" if number > 1 else None,
            "next_url": f"{ADDRESS}?{asked.query(side=number + 1)}" if number < pages else None,
        },
    }


def answer(
    viewer: Actor, toast: Toast, *, back: str = ADDRESS, dialog: str = ""
) -> ResponseReturnValue:
    """Answer a change with the list that it was made from, drawn anew, and a word about it."""
    db.settle()
    if not is_htmx():
        flash(toast.text, "success")
        return go_to(back)
    shown = {"toast": toast, "dialog": dialog, "viewer": viewer, **_shown_from(viewer)}
    return page("followups/index.html", block="changed", **shown)


def _shown_from(viewer: Actor) -> dict[str, Any]:
    """Give what the page shows that htmx asks from: one of a company, one promise, or a list."""
    address = urlsplit(request.headers.get("HX-Current-URL", ""))
    if of_company := OF_COMPANY.match(address.path):
        return company_list(viewer, int(of_company[1]))
    if one := ONE.match(address.path):
        return {"one": one_of(viewer, int(one[1]))}
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    return list_of(viewer, read_asked(asked))


def one_of(viewer: Actor, step_id: int) -> dict[str, Any] | None:
    """Give what the page of one promise shows, or None when it was removed."""
    try:
        found = queries.get_row(db.session, viewer, step_id, clock.today())
    except NotFound:
        return None
    return {"step": found, "label": GROUP_LABELS[found.group]}


def company_list(viewer: Actor, company_id: int) -> dict[str, Any]:
    """Give the promises to a company, the open ones first, as many as a page holds."""
    asked = read_asked({"bedrift": str(company_id), "hvem": "alle"})
    return {**list_of(viewer, asked), "company_id": company_id}
