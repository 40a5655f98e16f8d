"""The list of follow-ups, one of them, and those of a company."""

from flask import request
from flask.typing import ResponseReturnValue

from incubator.companies import queries as companies
from incubator.core import db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import NotFound
from incubator.core.web import is_htmx, page
from incubator.followups import queries
from incubator.followups.views.blueprint import (
    Asked,
    bp,
    company_list,
    list_of,
    one_of,
    read_asked,
)


@bp.get("/oppfolginger")
@requires(Permission.FOLLOWUP_EDIT)
def index() -> ResponseReturnValue:
    viewer = current_actor()
    asked = read_asked(request.args)
    shown = list_of(viewer, asked)
    if is_htmx():
        return page("followups/index.html", block="list", **shown)
    company, idea = queries.subject_names(db.session, viewer, asked.filter(viewer))
    return page(
        "followups/index.html",
        people=_people(viewer, asked),
        company_name=company,
        idea_title=idea,
        **shown,
    )


def _people(viewer: Actor, asked: Asked) -> list[tuple[str, str]]:
    """List whose promises can be asked for, apart from one's own."""
    known = queries.people_choices(db.session, viewer)
    return [(str(one), name) for one, name in known if one != viewer.id]


@bp.get("/oppfolginger/<int:step_id>")
@requires(Permission.FOLLOWUP_EDIT)
def one(step_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = one_of(viewer, step_id)
    if found is None:
        raise NotFound("no_such_step")
    return page("followups/one.html", block="one" if is_htmx() else None, one=found)


@bp.get("/bedrifter/<int:company_id>/oppfolginger")
@requires(Permission.FOLLOWUP_EDIT)
def of_company(company_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    company = companies.get_company(db.session, company_id)
    return page(
        "followups/company.html",
        block="followups" if is_htmx() else None,
        company=company,
        **company_list(viewer, company_id),
    )
