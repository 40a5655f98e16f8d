"""Lists of ideas: those that left the board, and those of a company."""

from flask import request
from flask.typing import ResponseReturnValue

from incubator.companies import queries as company_queries
from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.forms import whole_number
from incubator.core.web import is_htmx, page
from incubator.ideas import queries as ideas
from incubator.ideas.models import Status
from incubator.pipeline import card
from incubator.pipeline.views.blueprint import asked_region, bp

LIST_PAGE = 50


@bp.get("/ideer")
@requires(Permission.BOARD_SEE)
def closed() -> ResponseReturnValue:
    viewer = current_actor()
    region = asked_region(viewer)
    asked = request.args.get("status", "")
    status = Status(asked) if asked in {s.value for s in Status} else Status.PARKED
    number = max(1, whole_number(request.args.get("side")) or 1)
    rows = ideas.list_closed(
        db.session, viewer, region.id, status,
        offset=(number - 1) * LIST_PAGE, limit=LIST_PAGE + 1,
    )  # fmt: skip
    stages = {s.id: s.label(viewer.locale) for s in ideas.list_stages(db.session)}
    total = sum(c.total for c in ideas.counts(db.session, region.id) if c.status == status)
    return page(
        "ideas/closed.html",
        region=region,
        status=status.value,
        status_label=card.STATUS_LABELS[status],
        rows=rows[:LIST_PAGE],
        stages=stages,
        total=total,
        withheld=ideas.count_withheld(db.session, viewer, region.id, status),
        number=number,
        has_more=len(rows) > LIST_PAGE,
    )


@bp.get("/bedrifter/<int:company_id>/ideer")
@requires(Permission.COMPANY_SEE)
def of_company(company_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    is_open = request.args.get("status") == Status.OPEN.value
    return page(
        "companies/ideas.html",
        block="list" if is_htmx() else None,
        company=company_queries.get_company(db.session, company_id),
        ideas=ideas.list_for_company(db.session, viewer, company_id, is_open=is_open),
        is_open=is_open,
        stages={s.id: s.label(viewer.locale) for s in ideas.list_stages(db.session)},
        status_labels={status.value: label for status, label in card.STATUS_LABELS.items()},
    )
