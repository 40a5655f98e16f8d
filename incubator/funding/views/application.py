"""The page of an application, and what happens to it there."""

from typing import Any

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import NotFound, RuleBroken, Stale
from incubator.core.forms import Form
from incubator.core.web import go_to, is_htmx, page
from incubator.funding import operations, queries, rules
from incubator.funding.forms import PaymentForm, TurnForm, VoidForm
from incubator.funding.models import Application, ApplicationStatus, PaymentKind
from incubator.funding.queries import ApplicationPage
from incubator.funding.views.answers import put_errors
from incubator.funding.views.blueprint import bp
from incubator.funding.words import (
    PAYMENT_LABELS,
    STATUS_LABELS,
    STATUS_TONES,
    TURN_HINTS,
    TURN_LABELS,
    VERB_LABELS,
)


@bp.get("/soknader/<int:application_id>")
@requires(Permission.COMPANY_SEE)
def application(application_id: int) -> ResponseReturnValue:
    viewer, today = current_actor(), clock.today()
    found = queries.get_page(db.session, viewer, application_id)
    record = found.application
    may_edit = not record.is_voided and rules.may_change(viewer, record, found.idea)
    money = rules.sum_of(queries.turns_of(db.session, record.id))
    turns = rules.next_of(record.status, record.deadline_on, today) if may_edit else []
    return page(
        "funding/application.html",
        found=found,
        application=record,
        status=STATUS_LABELS[record.status],
        tone=STATUS_TONES[record.status],
        labels=STATUS_LABELS,
        payment_labels=PAYMENT_LABELS,
        money=money,
        may_edit=may_edit,
        may_void=may_edit and rules.may_void(viewer, record),
        turns=[(one.value, TURN_LABELS[one]) for one in turns],
        can_be_paid=may_edit and money.left > 0,
        can_go_back=may_edit and money.kept > 0,
        undo=_undo(viewer, found),
        today=today,
        region={
            "id": record.region_id,
            "name": viewer.region_names.get(record.region_id, ""),
        },
    )


def _undo(viewer: Actor, found: ApplicationPage) -> dict[str, Any] | None:
    """Give the way to undo the latest change, to whoever made it or may correct any."""
    latest = found.latest
    if latest is None or latest.verb not in VERB_LABELS:
        return None
    if latest.actor_id != viewer.id and not viewer.may(Permission.IDEA_CORRECT_ANY):
        return None
    return {"href": f"/endringer/{latest.id}/angre", "what": VERB_LABELS[latest.verb]}


def _get(application_id: int) -> Application:
    return queries.get_application(db.session, current_actor(), application_id)


def _dialog(record: Application, form: Form, path: str, **words: Any) -> str:
    """Ask for something in a dialog, or on a page of its own without scripts."""
    address = f"/soknader/{record.id}"
    return page(
        "funding/dialog.html",
        block="dialog" if is_htmx() else None,
        form=form,
        action=f"{address}/{path}",
        back=address,
        **words,
    )


def _refused(record: Application, form: Form, no: RuleBroken | Stale) -> Form:
    """Say why not beside what was typed; what has happened meanwhile counts as seen then."""
    put_errors(form, no)
    if isinstance(no, Stale) and "seen" in form:
        form["seen"].data = queries.mark_of(db.session, record.id)
    return form


@bp.get("/soknader/<int:application_id>/status/<to>")
@requires(Permission.IDEA_MOVE)
def turn_form(application_id: int, to: str) -> ResponseReturnValue:
    record, status = _get(application_id), _status(to)
    form = TurnForm(
        formdata=None,
        data={
            "on": clock.today(), "report_due_on": record.report_due_on,
            "seen": queries.mark_of(db.session, record.id),
        },
    )  # fmt: skip
    form.shape_for(status)
    return _turn_dialog(record, form, status)


def _status(name: str) -> ApplicationStatus:
    if name not in set(ApplicationStatus):
        raise NotFound("not_found")
    return ApplicationStatus(name)


def _turn_dialog(record: Application, form: TurnForm, to: ApplicationStatus) -> str:
    return _dialog(
        record, form, f"status/{to.value}", title=TURN_LABELS[to], hint=TURN_HINTS.get(to, ""),
        is_reason_asked=to == ApplicationStatus.REFUSED,
    )  # fmt: skip


@bp.post("/soknader/<int:application_id>/status/<to>")
@requires(Permission.IDEA_MOVE)
def turn(application_id: int, to: str) -> ResponseReturnValue:
    record, status, form = _get(application_id), _status(to), TurnForm()
    form.shape_for(status)
    if not form.validate():
        return _turn_dialog(record, form, status), 422
    values = {field.name: field.data for field in form if field.name != "csrf_token"}
    try:
        operations.set_status(
            db.session, current_actor(), record, status,
            **{**values, "reason": values["reason"] or "", "seen": values["seen"] or ""},
        )  # fmt: skip
    except (RuleBroken, Stale) as no:
        return _turn_dialog(record, _refused(record, form, no), status), no.status
    label = STATUS_LABELS[status]
    flash(_("Written down: %(status)s.", status=label), "success")
    return go_to(f"/soknader/{application_id}")


@bp.get("/soknader/<int:application_id>/penger/<any(paid, returned):money>")
@requires(Permission.IDEA_MOVE)
def payment_form(application_id: int, money: str) -> ResponseReturnValue:
    record = _get(application_id)
    seen = queries.mark_of(db.session, record.id)
    form = PaymentForm(formdata=None, data={"on": clock.today(), "seen": seen})
    return _payment_dialog(record, form, PaymentKind(money))


def _payment_dialog(record: Application, form: PaymentForm, kind: PaymentKind) -> str:
    money = rules.sum_of(queries.turns_of(db.session, record.id))
    is_paid = kind == PaymentKind.PAID
    return _dialog(
        record, form, f"penger/{kind.value}",
        title=_("Payment received") if is_paid else _("Money returned"),
        money=money, is_paid=is_paid,
    )  # fmt: skip


@bp.post("/soknader/<int:application_id>/penger/<any(paid, returned):money>")
@requires(Permission.IDEA_MOVE)
def pay(application_id: int, money: str) -> ResponseReturnValue:
    record, form = _get(application_id), PaymentForm()
    if not form.validate():
        return _payment_dialog(record, form, PaymentKind(money)), 422
    assert form.on.data is not None and form.amount_nok.data is not None, "validated"
    try:
        operations.record_payment(
            db.session, current_actor(), record, PaymentKind(money), on=form.on.data,
            amount_nok=form.amount_nok.data, note=form.note.data or "",
            seen=form.seen.data or "",
        )  # fmt: skip
    except (RuleBroken, Stale) as no:
        form = _refused(record, form, no)
        return _payment_dialog(record, form, PaymentKind(money)), no.status
    flash(_("Saved."), "success")
    return go_to(f"/soknader/{application_id}")


@bp.get("/soknader/<int:application_id>/penger/<int:payment_id>/feilfort")
@requires(Permission.IDEA_CORRECT)
def void_payment_form(application_id: int, payment_id: int) -> ResponseReturnValue:
    record = _get(application_id)
    return _void_payment_dialog(record, VoidForm(formdata=None), payment_id)


def _void_payment_dialog(record: Application, form: VoidForm, payment_id: int) -> str:
    queries.get_payment(db.session, record, payment_id)
    return _dialog(
        record, form, f"penger/{payment_id}/feilfort", title=_("Take the payment away"),
        hint=_("For what was entered by mistake. It counts nowhere after that."), is_removal=True,
    )  # fmt: skip


@bp.post("/soknader/<int:application_id>/penger/<int:payment_id>/feilfort")
@requires(Permission.IDEA_CORRECT)
def void_payment(application_id: int, payment_id: int) -> ResponseReturnValue:
    record, form = _get(application_id), VoidForm()
    payment = queries.get_payment(db.session, record, payment_id)
    if not form.validate():
        return _void_payment_dialog(record, form, payment_id), 422
    try:
        operations.void_payment(
            db.session, current_actor(), record, payment, reason=form.reason.data or ""
        )
    except RuleBroken as no:
        put_errors(form, no)
        return _void_payment_dialog(record, form, payment_id), 422
    flash(_("Taken away."), "success")
    return go_to(f"/soknader/{application_id}")


@bp.get("/soknader/<int:application_id>/feilfort")
@requires(Permission.IDEA_CORRECT)
def void_form(application_id: int) -> ResponseReturnValue:
    return _void_dialog(_get(application_id), VoidForm(formdata=None))


def _void_dialog(record: Application, form: VoidForm) -> str:
    return _dialog(
        record, form, "feilfort", title=_("Take the application away"), is_removal=True,
        hint=_(
            "For what was entered by mistake: it counts nowhere after that. An application that "
            "came to nothing is withdrawn or lapsed instead."
        ),
    )  # fmt: skip


@bp.post("/soknader/<int:application_id>/feilfort")
@requires(Permission.IDEA_CORRECT)
def void(application_id: int) -> ResponseReturnValue:
    record, form = _get(application_id), VoidForm()
    if not form.validate():
        return _void_dialog(record, form), 422
    try:
        operations.void_application(
            db.session, current_actor(), record, reason=form.reason.data or ""
        )
    except (RuleBroken, Stale) as no:
        put_errors(form, no)
        return _void_dialog(record, form), no.status
    flash(_("The application is taken away, and counts nowhere."), "success")
    return go_to(f"/soknader/{application_id}")
