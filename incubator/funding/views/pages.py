"""The list of applications, and the same as a file."""

from dataclasses import replace
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken
from incubator.core.forms import whole_number
from incubator.core.sheets import as_csv, as_xlsx
from incubator.core.web import download, page, paging
from incubator.funding import queries
from incubator.funding.queries import Filter, Sums
from incubator.funding.rules import Group
from incubator.funding.sheet import applications_sheet
from incubator.funding.views.asked import address, asked_filter
from incubator.funding.views.blueprint import bp
from incubator.funding.words import GROUP_LABELS, STATUS_LABELS, STATUS_TONES
from incubator.reference.queries import choose_region


@bp.get("/soknader")
@requires(Permission.COMPANY_SEE)
def index() -> ResponseReturnValue:
    viewer, today, narrowed = current_actor(), clock.today(), asked_filter()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    number = max(1, whole_number(request.args.get("side")) or 1)
    sums = queries.sums_by_group(db.session, viewer, region_id, narrowed, today)
    rows = queries.list_applications(
        db.session, viewer, region_id, narrowed, today, offset=(number - 1) * queries.PAGE
    )
    shown = _added(sums, narrowed.group)
    return page(
        "funding/index.html",
        region={"id": region_id, "name": viewer.region_names[region_id]},
        narrowed=narrowed,
        groups=_groups(sums, region_id, narrowed),
        all_url=address("/soknader", region_id, replace(narrowed, group=None)),
        every=_added(sums, None).number,
        sums=shown,
        parts=[
            {"label": GROUP_LABELS[group], "rows": of_group, "key": group.value}
            for group in Group
            if (of_group := [row for row in rows if row.group == group])
        ],
        today=today,
        labels=STATUS_LABELS,
        tones=STATUS_TONES,
        is_narrowed=replace(narrowed, group=None) != Filter(),
        clear_url=address("/soknader", region_id, Filter(group=narrowed.group)),
        exports=_exports(region_id, narrowed),
        pages=paging(
            number, queries.PAGE, shown.number,
            lambda n: address("/soknader", region_id, narrowed, side=n),
        ),
        **_choices(region_id),
    )  # fmt: skip


def _added(sums: dict[Group, Sums], group: Group | None) -> Sums:
    """Add up the groups that the list shows."""
    wanted = [one for key, one in sums.items() if group in (None, key)]
    return Sums(*map(sum, zip(*wanted, strict=True))) if wanted else Sums()


def _groups(sums: dict[Group, Sums], region_id: int, narrowed: Filter) -> list[dict[str, Any]]:
    return [
        {
            "label": GROUP_LABELS[group],
            "count": sums.get(group, Sums()).number,
            "href": address("/soknader", region_id, replace(narrowed, group=group)),
            "is_on": group == narrowed.group,
        }
        for group in Group
    ]


def _choices(region_id: int) -> dict[str, Any]:
    viewer, today = current_actor(), clock.today()
    return {
        "instruments": queries.instrument_choices(db.session),
        "owners": queries.owners_of_applications(db.session, viewer, region_id, today),
        "years": queries.years_of_applications(db.session, viewer, region_id, today),
    }


def _exports(region_id: int, narrowed: Filter) -> list[tuple[str, str]]:
    return [
        (kind.upper(), address(f"/soknader.{kind}", region_id, narrowed))
        for kind in ("xlsx", "csv")
    ]


@bp.get("/soknader.<any(csv, xlsx):kind>")
@requires(Permission.COMPANY_SEE)
def export(kind: str) -> ResponseReturnValue:
    """Answer with the list as a file: the rows that the page shows, all of them."""
    viewer, today = current_actor(), clock.today()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    most = queries.MOST_EXPORTED
    rows = queries.list_applications(
        db.session, viewer, region_id, asked_filter(), today, limit=most + 1
    )
    if len(rows) > most:
        raise RuleBroken("too_many_rows", most=most)
    sheet = applications_sheet(rows)
    name = f"{_('Applications')} {viewer.region_names[region_id]} {today}.{kind}"
    return download(as_csv(sheet) if kind == "csv" else as_xlsx(sheet), name)
