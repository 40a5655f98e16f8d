"""How the mail of a report went: each delivery with its attempts, and sending once more."""

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page
from incubator.mail.queries import attempts_of
from incubator.summaries import letter, operations, queries, trying
from incubator.summaries.views.blueprint import bp, has_server, place, readable
from incubator.summaries.words import OUTCOME_LABELS, why


@bp.get("/<int:summary_id>/utsending/<int:recipient_id>")
@requires(Permission.GOAL_EDIT)
def delivery(summary_id: int, recipient_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    summary, agreement = readable(viewer, summary_id)
    sent = queries.get_delivery(db.session, summary.id, recipient_id)
    return page(
        "summaries/delivery.html",
        summary=summary,
        agreement=agreement,
        month_name=letter.period_name(summary, viewer.locale),
        sent=sent,
        attempts=[(one, sent) for one in attempts_of(db.session, [sent.message.id])],
        bounce=queries.bounces(db.session, [recipient_id]).get(recipient_id),
        outcomes=OUTCOME_LABELS,
        why=why,
        has_server=has_server(),
        region={"id": agreement.partner.region_id, "name": agreement.region},
    )


@bp.post("/<int:summary_id>/send-igjen/<int:recipient_id>")
@requires(Permission.GOAL_EDIT)
def send_again(summary_id: int, recipient_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    summary, agreement = readable(viewer, summary_id)
    try:
        operations.send_again(db.session, viewer, agreement, summary, recipient_id)
        flash(_("It leaves once more."), "success")
    except RuleBroken as no:
        flash(sentence(no.code, no.details), "warning")
    return go_to(f"/rapporter/{summary_id}/utsending/{recipient_id}")


@bp.post("/<int:summary_id>/prove")
@requires(Permission.GOAL_EDIT)
def send_test(summary_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    summary, agreement = readable(viewer, summary_id)
    try:
        trying.send_test(db.session, viewer, agreement, summary, place(), mark=_("Test"))
        flash(_("A test is on its way to %(email)s.", email=viewer.email), "success")
    except RuleBroken as no:
        flash(sentence(no.code, no.details), "warning")
    return go_to(f"/rapporter/{summary_id}")
