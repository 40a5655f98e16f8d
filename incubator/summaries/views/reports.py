"""The reports of a month: built, looked at, approved, and how their mail went."""

from datetime import date, datetime
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, ngettext

from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.forms import whole_number
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page
from incubator.goals.metrics import BY_KEY, Unit
from incubator.mail.queries import attempts_of
from incubator.reference.queries import choose_region
from incubator.summaries import letter, operations, queries, rules
from incubator.summaries.forms import CommentForm, NoteForm
from incubator.summaries.models import Span, Summary, SummaryStatus
from incubator.summaries.queries import Agreement
from incubator.summaries.views.blueprint import bp, has_server, place, readable
from incubator.summaries.words import (
    LOCALE_LABELS,
    NEWS_LABELS,
    OUTCOME_LABELS,
    STATUS_LABELS,
    why,
)  # fmt: skip

MONTHS_OFFERED = 12
SPANS = {"perioden": Span.PERIOD, "aret": Span.YEAR}
PAGES = {
    "idea": "/ideer/{}", "incubation": "/inkubator/{}", "visit": "/besok/{}",
    "company": "/bedrifter/{}", "application": "/soknader/{}",
}  # fmt: skip


@bp.get("")
@requires(Permission.GOAL_EDIT)
def index() -> ResponseReturnValue:
    viewer = current_actor()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    number = max(1, whole_number(request.args.get("side")) or 1)
    found = queries.list_summaries(
        db.session, viewer, region_id, offset=(number - 1) * queries.PAGE
    )
    return page(
        "summaries/index.html",
        region={"id": region_id, "name": viewer.region_names[region_id]},
        lines=found[: queries.PAGE],
        number=number,
        has_more=len(found) > queries.PAGE,
        months=_months(),
        has_partners=bool(queries.agreements(db.session, viewer=viewer, region_id=region_id)),
        status_labels=STATUS_LABELS,
        draft=SummaryStatus.DRAFT,
        has_server=has_server(),
    )


def _months() -> list[date]:
    """List the months that are over, the latest first."""
    found = [rules.month_before(clock.today())]
    while len(found) < MONTHS_OFFERED:
        found.append(rules.month_before(found[-1]))
    return found


@bp.post("/bygg")
@requires(Permission.GOAL_EDIT)
def build() -> ResponseReturnValue:
    viewer = current_actor()
    region_id = choose_region(viewer, whole_number(request.form.get("region")))
    try:
        month = date.fromisoformat(request.form.get("month", ""))
        if month not in _months():
            raise ValueError
    except ValueError:
        flash(_("Choose a month that is over."), "error")
        return go_to(f"/rapporter?region={region_id}")
    wanted = queries.agreements(db.session, viewer=viewer, region_id=region_id)
    made = operations.build_month(db.session, viewer, month, wanted)
    if made:
        text = ngettext("%(num)d report was built.", "%(num)d reports were built.", len(made))
        flash(text, "success")
    else:
        flash(_("Nothing to build: what is due for that month is approved already."), "info")
    return go_to(f"/rapporter?region={region_id}")


@bp.get("/<int:summary_id>")
@requires(Permission.COUNTS_SEE)
def report(summary_id: int) -> ResponseReturnValue:
    summary, agreement = readable(current_actor(), summary_id)
    return _report(summary, agreement, NoteForm(formdata=None, data={"note": summary.note}))


def _report(
    summary: Summary, agreement: Agreement, form: NoteForm, comment_form: CommentForm | None = None
) -> str:
    viewer = current_actor()
    may_edit = viewer.may(Permission.GOAL_EDIT)
    listed = queries.recipients(db.session, [agreement.partner.id]).get(agreement.partner.id, [])
    locale = listed[0].locale if listed else viewer.locale
    written = letter.write(summary, None, locale, site="", stop_url="")
    return page(
        "summaries/report.html",
        summary=summary,
        agreement=agreement,
        month_name=letter.period_name(summary, viewer.locale),
        subject=written.subject,
        locales=LOCALE_LABELS,
        figures=[_figure(one) for one in summary.contents["figures"]],
        news=[(key, NEWS_LABELS[key], count) for key, count in summary.contents["news"].items()],
        **(_for_editors(summary, agreement, comment_form) if may_edit else {}),
        is_draft=summary.status == SummaryStatus.DRAFT,
        status=STATUS_LABELS[summary.status],
        may_edit=may_edit,
        form=form,
        region={"id": agreement.partner.region_id, "name": agreement.region},
    )


def _for_editors(
    summary: Summary, agreement: Agreement, comment_form: CommentForm | None
) -> dict[str, Any]:
    """Give what no partner sees: who gets it, how the mail went, what we say among ourselves."""
    session = db.session
    sent = queries.deliveries(session, summary.id)
    by_message = {one.message.id: one for one in sent}
    attempts = attempts_of(session, list(by_message))
    waits, days = summary.status == SummaryStatus.DRAFT, agreement.partner.sends_after_days
    return {
        "waiting": queries.who_get_it(session, agreement.partner.id),
        "deliveries": sent,
        "attempts": [(one, by_message[one.message_id]) for one in attempts],
        "outcomes": OUTCOME_LABELS,
        "why": why,
        "has_server": has_server(),
        "comments": queries.comments_of(session, summary.id),
        "comment_form": comment_form or CommentForm(formdata=None),
        "approver": queries.approver_of(session, summary),
        "leaves_at": rules.leaves_at(summary.version, summary.cut_off_at, days) if waits else None,
    }


def _figure(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "is_withheld": False,
        **one,
        "label": BY_KEY[one["metric"]].label,
        "is_nok": one["unit"] == Unit.NOK.value,
    }


@bp.get("/<int:summary_id>/<any(perioden, aret):which>/<key>")
@requires(Permission.COUNTS_SEE)
def rows(summary_id: int, which: str, key: str) -> ResponseReturnValue:
    """Show the rows that a figure was made of when it was told; they do not change."""
    viewer = current_actor()
    summary, agreement = readable(viewer, summary_id)
    if key not in BY_KEY and key not in NEWS_LABELS:
        raise NotFound("no_such_metric")
    metric = BY_KEY.get(key)
    hides = letter.hides_small(summary) or agreement.partner.hides_small
    is_hidden = hides and not viewer.may(Permission.GOAL_EDIT)
    found = [] if is_hidden else queries.frozen_rows(db.session, summary.id, key, SPANS[which])
    may_see = viewer.may(Permission.IDEA_SEE)
    return page(
        "summaries/rows.html",
        summary=summary,
        agreement=agreement,
        month_name=letter.period_name(summary, viewer.locale),
        label=metric.label if metric else NEWS_LABELS[key],
        rows=[
            {
                "day": row.day,
                "number": row.subject_id,
                "href": PAGES.get(row.subject_kind, "").format(row.subject_id) if may_see else "",
                "amount": row.amount,
            }
            for row in found
        ],
        is_year=SPANS[which] == Span.YEAR,
        hides=is_hidden,
        is_jobs=metric is not None and metric.unit == Unit.JOBS,
        is_sum=metric is not None and metric.is_sum,
        region={"id": agreement.partner.region_id, "name": agreement.region},
    )


@bp.post("/<int:summary_id>/ord")
@requires(Permission.GOAL_EDIT)
def write_note(summary_id: int) -> ResponseReturnValue:
    viewer, form = current_actor(), NoteForm()
    summary, agreement = readable(viewer, summary_id)
    if not form.validate():
        return _report(summary, agreement, form), 422
    try:
        operations.set_note(db.session, viewer, agreement, summary, form.note.data or "")
    except RuleBroken as no:
        form.add_error("note", sentence(no.code, no.details))
        return _report(summary, agreement, form), 422
    flash(_("Saved."), "success")
    return go_to(f"/rapporter/{summary_id}")


@bp.post("/<int:summary_id>/kommentar")
@requires(Permission.GOAL_EDIT)
def comment(summary_id: int) -> ResponseReturnValue:
    viewer, form = current_actor(), CommentForm()
    summary, agreement = readable(viewer, summary_id)
    note = NoteForm(formdata=None, data={"note": summary.note})
    if not form.validate():
        return _report(summary, agreement, note, form), 422
    try:
        operations.comment(db.session, viewer, agreement, summary, form.text.data or "")
    except RuleBroken as no:
        form.add_error("text", sentence(no.code, no.details))
        return _report(summary, agreement, note, form), 422
    flash(_("Saved."), "success")
    return go_to(f"/rapporter/{summary_id}#kommentarer")


@bp.post("/<int:summary_id>/godkjenn")
@requires(Permission.GOAL_EDIT)
def approve(summary_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    summary, agreement = readable(viewer, summary_id)
    try:
        seen = datetime.fromisoformat(request.form.get("seen", ""))
    except ValueError:
        seen = None
    try:
        mails = operations.approve(db.session, viewer, agreement, summary, place(), seen=seen)
    except RuleBroken as no:
        flash(sentence(no.code, no.details), "warning")
        return go_to(f"/rapporter/{summary_id}")
    done = ngettext("Approved. %(num)d mail is on its way.", "Approved. %(num)d mails are on their "
                    "way.", mails) if mails else _("Approved. Nobody gets it by mail.")  # fmt: skip
    flash(done, "success")
    return go_to(f"/rapporter/{summary_id}")


@bp.post("/<int:summary_id>/ny-versjon")
@requires(Permission.GOAL_EDIT)
def new_version(summary_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    summary, agreement = readable(viewer, summary_id)
    made = operations.build_one(db.session, viewer, summary.month, agreement, is_new_version=True)
    flash(_("A new version was built. It says what is corrected."), "success")
    return go_to(f"/rapporter/{made.id if made else summary_id}")
