"""The work places of a company: a tab of its page."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from incubator.companies.queries import get_company
from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.web import page
from incubator.jobs import queries
from incubator.jobs.words import EVIDENCE_LABELS, KIND_LABELS, STATE_LABELS, UNIT_LABELS

bp = Blueprint("jobs", __name__)


@bp.get("/bedrifter/<int:company_id>/arbeidsplasser")
@requires(Permission.COMPANY_SEE)
def of_company(company_id: int) -> ResponseReturnValue:
    company = get_company(db.session, company_id)
    found = queries.of_company(db.session, current_actor(), company_id)
    return page(
        "jobs/of_company.html",
        company=company,
        records=found,
        totals=queries.totals_of(found),
        kinds=KIND_LABELS,
        states=STATE_LABELS,
        units=UNIT_LABELS,
        grades=EVIDENCE_LABELS,
    )
