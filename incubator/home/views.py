"""One search over everything, and the language of a person."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from incubator.accounts import operations as accounts
from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.web import go_to, is_htmx, page
from incubator.funding.words import STATUS_LABELS
from incubator.ideas import queries as ideas
from incubator.search import queries
from incubator.search.models import Kind

bp = Blueprint("home", __name__)
IN_DIALOG, ON_PAGE = 6, 25
HEADINGS = {
    Kind.IDEA: _l("Ideas"),
    Kind.COMPANY: _l("Companies"),
    Kind.CONTACT: _l("Contacts"),
    Kind.VISIT: _l("Visits"),
    Kind.APPLICATION: _l("Applications"),
}


@bp.get("/sok")
@requires(Permission.BOARD_SEE)
def search() -> ResponseReturnValue:
    viewer = current_actor()
    text = request.args.get("q", "").strip()[:100]
    block = None
    if is_htmx():
        block = "results" if "q" in request.args else "box"
    limit = IN_DIALOG if block else ON_PAGE
    return page(
        "home/search.html",
        block=block,
        text=text,
        found=queries.search(db.session, viewer, text, limit) if text else {},
        limit=limit,
        headings=HEADINGS,
        names=_names(viewer),
        kinds=[HEADINGS[kind] for kind in queries.kinds_for(viewer)],
    )


def _names(viewer: Any) -> dict[str, dict[Any, Any]]:
    stages = {stage.id: stage.label(viewer.locale) for stage in ideas.list_stages(db.session)}
    regions = viewer.region_names if len(viewer.region_names) > 1 else {}
    return {"stages": stages, "regions": regions, "applications": STATUS_LABELS}


@bp.post("/sprak")
@requires(Permission.SIGNED_IN)
def choose_language() -> ResponseReturnValue:
    accounts.choose_locale(db.session, current_actor(), request.form.get("locale", ""))
    return go_to("/")
