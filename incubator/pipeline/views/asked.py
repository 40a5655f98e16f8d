"""What the address of a board says: the region, the filter, the order; and back into an address."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import g, request
from flask_babel import gettext as _, lazy_gettext as _l

from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor
from incubator.core.forms import whole_number
from incubator.core.scope import ProgrammeScope
from incubator.ideas.queries import Filter, Sort, Such
from incubator.pipeline import narrowing
from incubator.pipeline.narrowing import BoardFilter, Origin
from incubator.reference.queries import choose_region

MINE, NOBODY = "meg", "ingen"
SUCH_LABELS = {
    Such.STALE: _l("Standing still"),
    Such.NO_STEP: _l("No next step"),
    Such.DEADLINE: _l("Deadline within 14 days"),
    Such.SHARED: _l("Shared with the partners"),
}
ORIGIN_LABELS = {
    Origin.VISIT: _l("From a company visit"),
    Origin.LIST: _l("From a list"),
    Origin.HAND: _l("Entered by hand"),
}
SORT_LABELS = {
    Sort.DAYS: _l("Longest in the stage"),
    Sort.DEADLINE: _l("Deadline"),
    Sort.TITLE: _l("Title"),
    Sort.COMPANY: _l("Company"),
    Sort.OWNER: _l("Owner"),
    Sort.REGISTERED: _l("Newest"),
}
# By number, in the words of the address.
NUMBERS = {
    "kommune": "municipality_id",
    "satsing": "focus_area_id",
    "program": "programme_id",
    "bedrift": "company_id",
    "merke": "tag_id",
}
Value = TypeVar("Value", Such, Sort, Origin)


@dataclass(frozen=True)
class Region:
    """The region of a page: number and name."""

    id: int
    name: str


def region_of(viewer: Actor, region_id: int | None) -> Region:
    """Give the region that a page is about. Raises NotFound."""
    chosen = choose_region(viewer, region_id)
    return Region(chosen, viewer.region_names[chosen])


def asked_region(viewer: Actor) -> Region:
    """Give the region that the address names, or the viewer's first."""
    return region_of(viewer, whole_number(request.args.get("region")))


def asked_filter() -> BoardFilter:
    """Read the filter from the address."""
    return _filter(request.args.getlist)


def shown_filter() -> BoardFilter:
    """Read the filter of the board that a part of it is asked from."""
    return filter_of(urlsplit(request.headers.get("HX-Current-URL", "")).query)


def filter_of(query: str) -> BoardFilter:
    """Read the filter from the query of an address."""
    asked = parse_qs(query)
    return _filter(lambda name: asked.get(name, []))


def _programme(programme_id: int) -> ProgrammeScope | None:
    """Give a programme to narrow to; a request asks for it once, however often it is read."""
    kept: dict[int, ProgrammeScope | None] = g.setdefault("programmes_asked", {})
    if programme_id not in kept:
        kept[programme_id] = narrowing.find_programme(db.session, programme_id)
    return kept[programme_id]


def _filter(asked: Callable[[str], list[str]]) -> BoardFilter:
    def one(name: str) -> str:
        return next(iter(asked(name)), "")

    viewer, owner = current_actor(), one("eier")
    such = tuple(sorted({found for word in asked("vis") if (found := _known(Such, word))}))
    numbers: dict[str, Any] = {field: whole_number(one(name)) for name, field in NUMBERS.items()}
    programme_id = numbers["programme_id"]
    narrowed = BoardFilter(
        owner_id=viewer.id if owner == MINE else whole_number(owner),
        is_mine=owner == MINE,
        is_unowned=owner == NOBODY,
        text=one("q")[:100],
        such=such,
        today=clock.today() if such else None,
        sort=_known(Sort, one("sorter")),
        origin=_known(Origin, one("fra")),
        programme=_programme(programme_id) if programme_id else None,
        **numbers,
    )
    if viewer.may(Permission.IDEA_SEE):
        return narrowed
    # The names of these and what they let through would tell a partner of what is hidden.
    return replace(narrowed, company_id=None, tag_id=None, origin=None)


def _known(words: type[Value], word: str) -> Value | None:
    return next((one for one in words if one.value == word), None)


def _values(narrowed: Filter) -> dict[str, Any]:
    """Write a filter in the words of the address."""
    owner = MINE if narrowed.is_mine else narrowed.owner_id
    return {
        "eier": NOBODY if narrowed.is_unowned else owner,
        **{name: getattr(narrowed, field) for name, field in NUMBERS.items()},
        "fra": getattr(narrowed, "origin", None),
        "vis": [such.value for such in narrowed.such],
        "q": narrowed.text.strip(),
        "sorter": narrowed.sort,
    }


def query_of(region: Region | None, narrowed: Filter, **more: object) -> str:
    """Write region and filter as the query string of an address."""
    values = {"region": region.id if region else None, **_values(narrowed), **more}
    said = {key: value for key, value in values.items() if value not in (None, "", [])}
    return urlencode(said, doseq=True)


@dataclass(frozen=True)
class Chip:
    """One thing that the board is narrowed to, and the address without it."""

    label: str
    href: str
    field: str


def chips(region: Region, narrowed: BoardFilter, address: Callable[..., str]) -> list[Chip]:
    """Give a chip for each thing that the board is narrowed to, with what it is called."""
    if not narrowed:
        return []
    found = narrowing.names(db.session, region.id, narrowed)
    return [
        Chip(label, address(**without), field) for field, label, without in _said(narrowed, found)
    ]


def _said(narrowed: BoardFilter, found: dict[str, str]) -> list[tuple[str, str, dict[str, Any]]]:
    unknown = str(_("Unknown"))
    said: list[tuple[str, str, dict[str, Any]]] = []
    if narrowed.is_mine:
        said.append(("eier", _("Mine"), {"is_mine": False, "owner_id": None}))
    elif narrowed.owner_id:
        label = found.get("owner", f"{_('Owner')}: {unknown}")
        said.append(("eier", label, {"owner_id": None}))
    if narrowed.is_unowned:
        said.append(("eier", _("No owner"), {"is_unowned": False}))
    heads = {"kommune": _("Municipality"), "satsing": _("Focus area"), "program": _("Programme"),
             "bedrift": _("Company"), "merke": _("Tag")}  # fmt: skip
    for name, field in NUMBERS.items():
        if getattr(narrowed, field):
            label = found.get(field.removesuffix("_id"), f"{heads[name]}: {unknown}")
            said.append((name, label, {field: None}))
    if narrowed.origin:
        said.append(("fra", str(ORIGIN_LABELS[narrowed.origin]), {"origin": None}))
    for such in narrowed.such:
        others = tuple(other for other in narrowed.such if other != such)
        said.append(("vis", str(SUCH_LABELS[such]), {"such": others}))
    if narrowed.key:
        said.append(("q", f"«{narrowed.text.strip()}»", {"text": ""}))
    return said


def kept(narrowed: Filter, *names: str) -> list[tuple[str, Any]]:
    """Give what a form that asks for `names` alone must carry along of a filter."""
    return [
        (name, value)
        for name, values in _values(narrowed).items()
        for value in (values if isinstance(values, list) else [values])
        if name not in names and value not in (None, "")
    ]
