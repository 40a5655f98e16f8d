"""The list of visits, the same as a spreadsheet, and the visits of a company."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.companies.queries import get_company
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.forms import whole_number
from incubator.core.sheets.writing import as_csv, as_xlsx
from incubator.core.web import download, page
from incubator.reference.queries import choose_region, municipalities_of
from incubator.visits import queries
from incubator.visits.queries import Filter, Page, Whose
from incubator.visits.sheet import visits_sheet
from incubator.visits.views.asked import address, asked_edge, asked_filter, edges
from incubator.visits.views.blueprint import bp
from incubator.visits.words import KIND_LABELS

# A tab of the company's page: its address lies below that of the company.
of_company = Blueprint("visits_of_company", __name__, url_prefix="/bedrifter")


@bp.get("")
@requires(Permission.VISIT_SEE)
def index() -> ResponseReturnValue:
    viewer = current_actor()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    narrowed, edge = asked_filter(), asked_edge()
    found = queries.list_visits(db.session, viewer, region_id, narrowed, edge)
    if edge is not None and not found.rows:
        raise NotFound("not_found")
    total = queries.count_visits(db.session, viewer, region_id, narrowed)
    return page(
        "visits/index.html",
        region={"id": region_id, "name": viewer.region_names[region_id]},
        narrowed=narrowed,
        total=total,
        whose=_whose(viewer, region_id, narrowed),
        kinds=[(kind.value, label) for kind, label in KIND_LABELS.items()],
        municipalities=municipalities_of(db.session, region_id),
        company=_company_named(found, narrowed),
        clear_url=address("/besok", region_id, Filter(narrowed.whose)),
        exports=[
            (label, address(f"/besok/eksport.{kind}", region_id, narrowed))
            for label, kind in (("Excel", "xlsx"), ("CSV", "csv"))
        ],
        can_export=total <= queries.MOST_EXPORTED,
        most_exported=queries.MOST_EXPORTED,
        shown=_shown(found, lambda **edge: address("/besok", region_id, narrowed, **edge)),
        is_first=edge is None,
        figures_url=f"/mal/besok?region={region_id}",
    )


def _whose(viewer: Actor, region_id: int, narrowed: Filter) -> list[tuple[str, str, bool]]:
    """Give the ways to narrow the list to some people's visits: address, words, chosen."""
    words = {Whose.ALL: _("All"), Whose.MINE: _("Mine")}
    if viewer.organisation_id is not None:
        words[Whose.ORGANISATION] = _("My organisation's")
    return [
        (address("/besok", region_id, replace(narrowed, whose=one)), word, one == narrowed.whose)
        for one, word in words.items()
    ]


def _company_named(found: Page, narrowed: Filter) -> str | None:
    """Give the name of the company that the list is narrowed to."""
    if narrowed.company_id is None:
        return None
    if found.rows:
        return found.rows[0].company
    return get_company(db.session, narrowed.company_id).name


def _shown(found: Page, link: Any) -> dict[str, Any]:
    """Give a page of visits, what came of them, and the ways to the newer and older ones."""
    names = edges(found) if found.rows else {}
    return {
        "rows": found.rows,
        "ideas": queries.ideas_of(db.session, found.rows) if found.rows else {},
        "kinds": {kind: str(label) for kind, label in KIND_LABELS.items()},
        "newer_url": link(nyere=names["nyere"]) if "nyere" in names else None,
        "older_url": link(eldre=names["eldre"]) if "eldre" in names else None,
    }


@bp.get("/eksport.<any(csv, xlsx):kind>")
@requires(Permission.VISIT_SEE)
def export(kind: str) -> ResponseReturnValue:
    viewer = current_actor()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    narrowed = asked_filter()
    if queries.count_visits(db.session, viewer, region_id, narrowed) > queries.MOST_EXPORTED:
        raise RuleBroken("too_many_rows", most=queries.MOST_EXPORTED)
    rows = queries.list_to_export(db.session, viewer, region_id, narrowed)
    name = f"{_('Visits')} {viewer.region_names[region_id]} {clock.today()}.{kind}"
    sheet = visits_sheet(rows)
    return download(as_csv(sheet) if kind == "csv" else as_xlsx(sheet), name)


@of_company.get("/<int:company_id>/besok")
@requires(Permission.VISIT_SEE)
def visits(company_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    company = get_company(db.session, company_id)
    edge = asked_edge()
    found = queries.list_for_company(db.session, viewer, company.id, edge)
    if edge is not None and not found.rows:
        raise NotFound("not_found")
    path = f"/bedrifter/{company.id}/besok"
    return page(
        "visits/_company.html",
        tab="visits",
        company=company,
        total=queries.count_for_company(db.session, viewer, company.id),
        shown=_shown(found, lambda **edge: address(path, None, queries.NOTHING, **edge)),
        is_first=edge is None,
    )
