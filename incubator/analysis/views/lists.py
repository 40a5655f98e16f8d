"""The rows behind the figures of the analysis: a permanent address, as a page and as files."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.analysis import listing, rows
from incubator.analysis.listing import MOST_EXPORTED, PAGE, Listing
from incubator.analysis.parts.ageing import age_labels
from incubator.analysis.views import asked as asking
from incubator.analysis.views.asked import Asked
from incubator.analysis.views.blueprint import bp
from incubator.analysis.views.pages import PARTS
from incubator.core import db
from incubator.core.access import Permission, requires
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.forms import whole_number
from incubator.core.sheets import SheetOut, as_csv, as_xlsx
from incubator.core.web import download, page, paging

EXPORTS = ("xlsx", "csv")
NOT_FOR_PARTNERS = ("eier", "grunn")


@bp.get("/ideer")
@requires(Permission.COUNTS_SEE)
def ideas() -> ResponseReturnValue:
    asked, part, keys = _read()
    number = max(1, whole_number(request.args.get("side")) or 1)
    found = listing.listing(
        db.session, asked.reader, asked.look, part, keys, offset=(number - 1) * PAGE
    )
    if number > 1 and not found.shown:
        raise NotFound("not_found")
    return page(
        "analysis/ideas.html",
        title=_title(part),
        filters_text=" · ".join([*_keys_in_words(asked, keys), asked.described]),
        found=found,
        rows=[_row(row, named) for row, named in found.shown],
        has_days=part in ("tid", "alder", "flyt"),
        day_label=_day_label(part),
        days_label=_days_label(part),
        back=asked.look.address(f"/analyse/{_page_of(part)}"),
        exports=[(kind.upper(), _address(f"/analyse/ideer.{kind}")) for kind in EXPORTS],
        pages=paging(
            number, PAGE, found.total - found.withheld,
            lambda nth: _address("/analyse/ideer", side=nth),
        ),
    )  # fmt: skip


@bp.get("/ideer.<any(csv, xlsx):kind>")
@requires(Permission.COUNTS_SEE)
def export(kind: str) -> ResponseReturnValue:
    """Answer with the rows behind a figure as a file: those that the page shows, all of them."""
    asked, part, keys = _read()
    found = listing.listing(db.session, asked.reader, asked.look, part, keys, limit=MOST_EXPORTED)
    if found.total - found.withheld > MOST_EXPORTED:
        raise RuleBroken("too_many_rows", most=MOST_EXPORTED)
    sheet = _sheet(found, part)
    content = as_csv(sheet) if kind == "csv" else as_xlsx(sheet)
    return download(content, f"{_title(part)} {asked.look.as_of}.{kind}")


def _read() -> tuple[Asked, str, dict[str, str]]:
    """Read the part and its keys from the address. Raises NotFound for a part that is none."""
    asked, part = asking.read(), request.args.get("del", "flyt")
    if part not in rows.KEYS:
        raise NotFound("no_such_metric")
    keys = {
        name: request.args[name]
        for name in rows.KEYS[part]
        if name in request.args and (asked.reader.sees_text or name not in NOT_FOR_PARTNERS)
    }
    return asked, part, keys


def _address(path: str, **more: Any) -> str:
    values = {name: value for name, value in request.args.items() if name != "side"}
    return f"{path}?{urlencode({**values, **more})}"


def _page_of(part: str) -> str:
    return {"nadd": "kull", "stopp": "opphav"}.get(part, part)


def _title(part: str) -> str:
    titles = {"nadd": _("Ideas that came to a stage"), "stopp": _("Stopped ideas")}
    return str(titles.get(part, PARTS[_page_of(part)][0]))


def _day_label(part: str) -> str:
    labels = {
        "flyt": _("Since"), "tid": _("Came to the stage"), "alder": _("Came to the stage"),
        "stopp": _("Stopped"),
    }  # fmt: skip
    return str(labels.get(part, _("Registered")))


def _days_label(part: str) -> str:
    return str(_("Open days") if part == "tid" else _("Days"))


def _keys_in_words(asked: Asked, keys: dict[str, str]) -> list[str]:
    """Say what the rows count under, where a word says it."""
    words = {
        "ferdig": {"1": _("Stays that are over"), "0": _("Still going on")},
        "besok": {"1": _("A company visit"), "0": _("Something else")},
        "alder": age_labels(),
    }
    states = asked.reader.states | {rows.UNKNOWN: _("Unknown")}
    found = [words.get(name, states).get(value, "") for name, value in keys.items()]
    return [str(word) for word in found if word]


def _row(row: rows.Row, named: Any) -> dict[str, Any]:
    return {
        "label": named.title,
        "href": f"/ideer/{row.idea_id}",
        "company": named.company,
        "municipality": named.municipality,
        "on": date.fromordinal(row.day) if row.day else None,
        "days": row.days,
    }


def _sheet(found: Listing, part: str) -> SheetOut:
    header = [_("Number in the list"), _("What"), _("Company"), _("Municipality"),
              _day_label(part), _days_label(part)]  # fmt: skip
    lines = []
    for row, named in found.shown:
        cells = _row(row, named)
        lines.append(
            [row.idea_id, cells["label"], cells["company"], cells["municipality"], cells["on"],
             cells["days"]]
        )  # fmt: skip
    return SheetOut(_title(part), [str(label) for label in header], lines)
