"""Companies: the list, one company, and the names that a field offers while one types."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from incubator.companies import queries
from incubator.core import db
from incubator.core.access import Permission, requires
from incubator.core.forms import whole_number
from incubator.core.web import page

bp = Blueprint("companies", __name__, url_prefix="/bedrifter")


@bp.get("")
@requires(Permission.COMPANY_SEE)
def index() -> ResponseReturnValue:
    text = request.args.get("q", "")[:100]
    number = whole_number(request.args.get("side")) or 1
    found = queries.list_companies(db.session, text, (number - 1) * queries.PAGE)
    return page(
        "companies/index.html",
        companies=found[: queries.PAGE],
        text=text,
        number=number,
        has_more=len(found) > queries.PAGE,
    )


@bp.get("/forslag")
@requires(Permission.COMPANY_SEE)
def suggestions() -> ResponseReturnValue:
    asked = (request.args.get(name, "") for name in ("company", "company_name", "q"))
    text = next(filter(None, asked), "")[:100]
    found = queries.list_companies(db.session, text)[:10] if text.strip() else []
    return page("companies/_suggestions.html", companies=found)


@bp.get("/<int:company_id>")
@requires(Permission.COMPANY_SEE)
def company(company_id: int) -> ResponseReturnValue:
    return page("companies/company.html", company=queries.get_company(db.session, company_id))
