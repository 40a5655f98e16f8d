"""The applications of a company: a tab of its page."""

from flask.typing import ResponseReturnValue

from incubator.companies.queries import get_company
from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.web import page
from incubator.funding import queries
from incubator.funding.views.blueprint import bp
from incubator.funding.words import STATUS_LABELS


@bp.get("/bedrifter/<int:company_id>/soknader")
@requires(Permission.COMPANY_SEE)
def of_company(company_id: int) -> ResponseReturnValue:
    company = get_company(db.session, company_id)
    found = queries.of_company(db.session, current_actor(), company_id)
    return page(
        "funding/of_company.html",
        company=company,
        applications=found,
        totals=queries.totals_of(found),
        labels=STATUS_LABELS,
    )
