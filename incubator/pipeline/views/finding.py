"""How cards are found on the board: the bar above it, and the menu of what it is narrowed to."""

from dataclasses import replace
from typing import Any

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.accounts import queries as accounts
from incubator.core import db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.web import is_htmx, page
from incubator.pipeline import narrowing
from incubator.pipeline.narrowing import BoardFilter
from incubator.pipeline.views import asked
from incubator.pipeline.views.asked import MINE, NOBODY, Region, query_of
from incubator.pipeline.views.blueprint import asked_filter, asked_region, bp


def bar(region: Region, narrowed: BoardFilter) -> dict[str, Any]:
    """Give what stands above a board: how it is narrowed and sorted, and the ways out of it."""

    def address(**values: Any) -> str:
        return f"/?{query_of(region, replace(narrowed, **values))}"

    mine = {"is_mine": not narrowed.is_mine, "is_unowned": False, "owner_id": None}
    return {
        "text": narrowed.text,
        "kept": asked.kept(narrowed, "q"),
        "chips": asked.chips(region, narrowed),
        "is_mine": narrowed.is_mine,
        "mine_url": address(**mine),
        "clear_url": f"/?{query_of(region, BoardFilter(sort=narrowed.sort))}",
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
    }


@bp.get("/tavle/filter")
@requires(Permission.BOARD_SEE)
def filter_form() -> ResponseReturnValue:
    viewer, narrowed = current_actor(), asked_filter()
    region = asked_region(viewer)
    lists = _lists(viewer, region, narrowed)
    block = "fields" if is_htmx() else None
    return page(
        "pipeline/filter.html",
        block=block,
        is_part=block is not None,
        region=region,
        kept=asked.kept(narrowed, "vis", *(name for name, *_rest in lists)),
        lists=lists,
        such=asked.SUCH_LABELS.items(),
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
