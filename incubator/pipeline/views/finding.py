"""How cards are found on the board: the bar above it, and the menu of what it is narrowed to."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.accounts import queries as accounts
from incubator.core import db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.web import is_htmx, page
from incubator.ideas import queries as ideas
from incubator.pipeline import narrowing, saved
from incubator.pipeline.models import SavedView
from incubator.pipeline.narrowing import BoardFilter
from incubator.pipeline.views import asked
from incubator.pipeline.views.asked import MINE, NOBODY, Region, query_of
from incubator.pipeline.views.blueprint import asked_filter, asked_region, bp
from incubator.pipeline.views.saved import address_of, all_of


def opening(region: Region, views: Sequence[SavedView]) -> str | None:
    """Give the address of the view that the board opens with, where no other is asked for."""
    is_bare = set(request.args) <= {"region"} and not is_htmx()
    default = saved.default_of(views) if is_bare else None
    return address_of(region, default) if default is not None and default.query else None


def bar(region: Region, narrowed: BoardFilter, views: Sequence[SavedView]) -> dict[str, Any]:
    """Give what stands above a board: how it is narrowed and sorted, and the ways out of it."""
    default = saved.default_of(views)
    has_default = default is not None and bool(default.query)

    def address(**values: Any) -> str:
        query = query_of(region, replace(narrowed, **values))
        return all_of(region) if has_default and "&" not in query else f"/?{query}"

    mine = {"is_mine": not narrowed.is_mine, "is_unowned": False, "owner_id": None}
    nothing = BoardFilter(sort=narrowed.sort)
    return {
        "text": narrowed.text,
        "kept": asked.kept(narrowed, "q"),
        "chips": asked.chips(region, narrowed, address),
        "is_mine": narrowed.is_mine,
        "mine_url": address(**mine),
        "clear_url": address(**{field.name: getattr(nothing, field.name) for field in _FIELDS}),
        "filter_url": f"/tavle/filter?{query_of(region, narrowed)}",
        "sorted": asked.SORT_LABELS[narrowed.sort] if narrowed.sort else None,
        "unsorted_url": address(sort=None),
        "sorts": [
            (_("The board's own order"), address(sort=None), narrowed.sort is None),
            *(
                (label, address(sort=sort), narrowed.sort == sort)
                for sort, label in asked.SORT_LABELS.items()
            ),
        ],
        **_views(region, narrowed, views, has_default=has_default),
    }


_FIELDS = fields(BoardFilter)


def _views(
    region: Region, narrowed: BoardFilter, views: Sequence[SavedView], *, has_default: bool
) -> dict[str, Any]:
    shown = query_of(None, narrowed)
    query = query_of(region, narrowed)
    return {
        "views": [
            (view, address_of(region, view), f"/tavle/visninger/{view.id}?{query}",
             view.query == shown)
            for view in views
        ],
        "shown_view": next((view.name for view in views if shown and view.query == shown), None),
        "all_url": all_of(region),
        "is_all": not shown,
        "save_url": f"/tavle/visninger/ny?{query}" if shown else None,
        "has_default": has_default,
    }  # fmt: skip


@bp.get("/tavle/filter")
@requires(Permission.BOARD_SEE)
def filter_form() -> ResponseReturnValue:
    viewer, narrowed = current_actor(), asked_filter()
    region = asked_region(viewer)
    lists = _lists(viewer, region, narrowed)
    then = {name: request.args[name] for name in ("per", "kjent", "status") if name in request.args}
    such = {
        one: label for one, label in asked.SUCH_LABELS.items() if not then or one in ideas.TOLD_THEN
    }
    block = "fields" if is_htmx() else None
    return page(
        "pipeline/filter.html",
        block=block,
        is_part=block is not None and not then,
        region=region,
        kept=[*asked.kept(narrowed, "vis", *(name for name, *_rest in lists)), *then.items()],
        is_past=bool(then),
        lists=lists,
        such=such.items(),
        chosen_such=narrowed.such,
    )


_List = tuple[str, str, str, list[tuple[Any, Any]], Any]


def _lists(viewer: Actor, region: Region, narrowed: BoardFilter) -> list[_List]:
    """Give the lists to choose from: name in the address, label, word for all, entries, choice."""
    people = accounts.owner_choices(db.session, region.id)
    found = narrowing.choices(db.session, viewer, region.id)
    others = [choice for choice in people if choice[0] != viewer.id]
    mine = [(MINE, _("Mine"))] if len(others) < len(people) or narrowed.is_mine else []
    owner = NOBODY if narrowed.is_unowned else narrowed.owner_id
    if narrowed.is_mine or owner == viewer.id:
        owner = MINE
    origins = list(asked.ORIGIN_LABELS.items()) if viewer.may(Permission.IDEA_SEE) else []
    return [
        ("eier", _("Owner"), _("All owners"), [*mine, *others, (NOBODY, _("No owner"))], owner),
        ("kommune", _("Municipality"), _("All municipalities"), found.municipalities,
         narrowed.municipality_id),
        ("satsing", _("Focus area"), _("All focus areas"), found.focus_areas,
         narrowed.focus_area_id),
        ("program", _("Programme"), _("All programmes"), found.programmes, narrowed.programme_id),
        ("bedrift", _("Company"), _("All companies"), found.companies, narrowed.company_id),
        ("merke", _("Tag"), _("All tags"), found.tags, narrowed.tag_id),
        ("fra", _("Origin"), _("All origins"), [(one.value, text) for one, text in origins],
         narrowed.origin),
    ]  # fmt: skip
