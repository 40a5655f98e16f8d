"""One search over ideas and companies, and the language of a person."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from incubator.accounts import operations as accounts
from incubator.companies import queries as companies
from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.web import go_to, page
from incubator.ideas import queries as ideas

bp = Blueprint("home", __name__)
MOST_COMPANIES = 20


@bp.get("/sok")
@requires(Permission.BOARD_SEE)
def search() -> ResponseReturnValue:
    viewer = current_actor()
    text = request.args.get("q", "").strip()[:100]
    may_see_companies = bool(text) and viewer.may(Permission.COMPANY_SEE)
    return page(
        "home/search.html",
        text=text,
        ideas=ideas.search(db.session, viewer, text) if text else [],
        companies=companies.list_companies(db.session, text)[:MOST_COMPANIES]
        if may_see_companies
        else [],
        stages={stage.id: stage.label(viewer.locale) for stage in ideas.list_stages(db.session)},
        region_names=viewer.region_names,
    )


@bp.post("/sprak")
@requires(Permission.SIGNED_IN)
def choose_language() -> ResponseReturnValue:
    accounts.choose_locale(db.session, current_actor(), request.form.get("locale", ""))
    return go_to("/")
