"""The jobs of a company: a tab of its page."""

from flask.typing import ResponseReturnValue

from incubator.companies.queries import get_company
from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.web import page
from incubator.jobs import queries
from incubator.jobs.views.blueprint import WORDS, bp


@bp.get("/bedrifter/<int:company_id>/arbeidsplasser")
@requires(Permission.COMPANY_SEE)
def of_company(company_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    company = get_company(db.session, company_id)
    found = queries.of_company(db.session, viewer, company_id)
    return page(
        "jobs/of_company.html",
        company=company,
        records=found,
        totals=queries.totals_of(found),
        may_add=viewer.may(Permission.IDEA_MOVE),
        **WORDS,
    )
