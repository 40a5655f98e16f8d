"""What is done to follow-ups: done and what follows, moved, handed over, edited, removed, made."""

from datetime import date
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l

from incubator.accounts import queries as accounts
from incubator.audit.models import Change
from incubator.companies import queries as companies
from incubator.companies.models import Company
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import RuleBroken, Stale
from incubator.core.forms import Form, parse_day, whole_number
from incubator.core.merge import Conflict
from incubator.core.refusals import sentence
from incubator.core.web import is_htmx, page
from incubator.followups import operations, queries
from incubator.followups.forms import EditForm, HandOverForm, MoveForm, NewForm, NextForm
from incubator.followups.models import FollowUp
from incubator.followups.operations import Next
from incubator.followups.rules import quick_days
from incubator.followups.views.blueprint import ADDRESS, Toast, answer, bp
from incubator.reference.queries import choose_region

QUICK_LABELS = {
    "next_working_day": _l("Next working day"),
    "next_monday": _l("Next week"),
    "in_a_week": _l("In a week"),
    "in_a_month": _l("In a month"),
}


def _undo(change: Change | None) -> str | None:
    return f"/endringer/{change.id}/angre" if change else None


def _dialog(verb: str, form: Form, action: str, **more: Any) -> str:
    """Answer with one of the small dialogs; without script it is a page of its own."""
    today = clock.today()
    quick = [(one.day, QUICK_LABELS[one.key]) for one in quick_days(today)]
    return page(
        "followups/dialog.html",
        block="dialog" if is_htmx() else None,
        verb=verb,
        form=form,
        action=action,
        quick=quick,
        today=today,
        back=ADDRESS,
        **more,
    )


def _with_errors(form: Form, no: RuleBroken) -> None:
    for field in no.fields or ("",):
        form.add_error(field, sentence(no.code, no.details))


def _quick_or(written: date | None) -> date | None:
    """Give the day of the button that was pressed, else the one that is written."""
    return parse_day(request.form.get("quick", "")) or written


def _set_people(form: NextForm | EditForm | HandOverForm, region_id: int) -> None:
    known = accounts.owner_choices(db.session, region_id)
    form.responsible_id.choices = [("", "–"), *known]


def _step(step_id: int) -> FollowUp:
    return queries.get_step(db.session, current_actor(), step_id)


@bp.post("/oppfolginger/<int:step_id>/gjort")
@requires(Permission.FOLLOWUP_EDIT)
def finish(step_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    step = queries.get_any(db.session, viewer, step_id)
    made = operations.finish(db.session, viewer, step)
    follows = f"{ADDRESS}/{step.id}/neste"
    asked = _next_dialog(viewer, step, NextForm(formdata=None)) if is_htmx() else ""
    return answer(viewer, Toast(_("Done."), _undo(made)), back=follows, dialog=asked)


@bp.get("/oppfolginger/<int:step_id>/neste")
@requires(Permission.FOLLOWUP_EDIT)
def next_form(step_id: int) -> ResponseReturnValue:
    return _next_dialog(current_actor(), _step(step_id), NextForm(formdata=None))


def _next_dialog(viewer: Actor, step: FollowUp, form: NextForm) -> str:
    _set_people(form, step.region_id)
    if not form.is_submitted() or form.responsible_id.data is None:
        form.responsible_id.data = viewer.id
    return _dialog("next", form, f"{ADDRESS}/{step.id}/neste", step=step)


@bp.post("/oppfolginger/<int:step_id>/neste")
@requires(Permission.FOLLOWUP_EDIT)
def promise_next(step_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    step = _step(step_id)
    form = NextForm()
    _set_people(form, step.region_id)
    if not form.validate():
        return _next_dialog(viewer, step, form), 422
    promised = _promised(form)
    try:
        made = operations.promise_next(db.session, viewer, step, promised)
    except RuleBroken as no:
        _with_errors(form, no)
        return _next_dialog(viewer, step, form), 422
    return answer(viewer, Toast(_("Next step saved."), f"/endringer/{made.change_id}/angre"))


def _promised(form: NextForm) -> Next:
    return Next(form.what.data or "", _quick_or(form.due_on.data), form.responsible_id.data)


@bp.get("/oppfolginger/<int:step_id>/flytt")
@requires(Permission.FOLLOWUP_EDIT)
def move_form(step_id: int) -> ResponseReturnValue:
    step = _step(step_id)
    form = MoveForm(formdata=None, due_on=step.due_on, seen_on=_text(step.due_on))
    return _dialog("move", form, f"{ADDRESS}/{step.id}/flytt", step=step)


@bp.post("/oppfolginger/<int:step_id>/flytt")
@requires(Permission.FOLLOWUP_EDIT)
def move(step_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    step = queries.get_any(db.session, viewer, step_id)
    form = MoveForm()
    action = f"{ADDRESS}/{step.id}/flytt"
    if not form.validate():
        return _dialog("move", form, action, step=step), 422
    due_on = _quick_or(form.due_on.data)
    try:
        made = operations.move(
            db.session, viewer, step, due_on=due_on,
            seen_on=parse_day(form.seen_on.data or ""), reason=form.reason.data or "",
        )  # fmt: skip
    except (Stale, RuleBroken) as no:
        form.form_errors.append(sentence(no.code, no.details))
        form.seen_on.data = _text(step.due_on)  # it has been seen now: to press again decides
        return _dialog("move", form, action, step=step), no.status
    return answer(viewer, Toast(_("Moved."), _undo(made)))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


@bp.get("/oppfolginger/<int:step_id>/gi-videre")
@requires(Permission.FOLLOWUP_EDIT)
def hand_over_form(step_id: int) -> ResponseReturnValue:
    step = _step(step_id)
    form = HandOverForm(formdata=None, seen_id=_text(step.responsible_id))
    return _hand_over_dialog(step, form)


def _hand_over_dialog(step: FollowUp, form: HandOverForm) -> str:
    _set_people(form, step.region_id)
    choices = form.responsible_id.choices or []
    form.responsible_id.choices = [one for one in choices if one[0] != step.responsible_id]
    return _dialog("hand_over", form, f"{ADDRESS}/{step.id}/gi-videre", step=step)


@bp.post("/oppfolginger/<int:step_id>/gi-videre")
@requires(Permission.FOLLOWUP_EDIT)
def hand_over(step_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    step = queries.get_any(db.session, viewer, step_id)
    form = HandOverForm()
    _set_people(form, step.region_id)
    if not form.validate() or form.responsible_id.data is None:
        return _hand_over_dialog(step, form), 422
    try:
        made = operations.hand_over(
            db.session, viewer, step, to_id=form.responsible_id.data,
            seen_id=whole_number(form.seen_id.data), reason=form.reason.data or "",
        )  # fmt: skip
    except (Stale, RuleBroken) as no:
        form.form_errors.append(sentence(no.code, no.details))
        form.seen_id.data = _text(step.responsible_id)
        return _hand_over_dialog(step, form), no.status
    return answer(viewer, Toast(_("Handed over."), _undo(made)))


@bp.get("/oppfolginger/<int:step_id>/rediger")
@requires(Permission.FOLLOWUP_EDIT)
def edit_form(step_id: int) -> ResponseReturnValue:
    step = _step(step_id)
    stored = {field: getattr(step, field) for field in operations.EDITABLE}
    was = {f"was_{field}": _text(value) for field, value in stored.items()}
    return _edit_dialog(step, EditForm(formdata=None, data={**stored, **was}))


def _edit_dialog(step: FollowUp, form: EditForm, conflicts: list[Conflict] | None = None) -> str:
    _set_people(form, step.region_id)
    _keep_choice(form, step.responsible_id)
    names = dict(form.responsible_id.choices or [])
    shown = [
        {"label": form[one.field].label.text, "stored": names.get(one.stored, one.stored)}
        for one in conflicts or []
    ]
    return _dialog("edit", form, f"{ADDRESS}/{step.id}/rediger", step=step, conflicts=shown)


def _keep_choice(form: EditForm, user_id: int | None) -> None:
    choices = form.responsible_id.choices
    if user_id is not None and user_id not in {one[0] for one in choices}:
        choices.append((user_id, _("(works elsewhere now)")))


@bp.post("/oppfolginger/<int:step_id>/rediger")
@requires(Permission.FOLLOWUP_EDIT)
def edit(step_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    step = queries.get_any(db.session, viewer, step_id)
    form = EditForm()
    _set_people(form, step.region_id)
    _keep_choice(form, step.responsible_id)
    if not form.validate():
        return _edit_dialog(step, form), 422
    try:
        made = operations.edit(db.session, viewer, step, _values(form), _seen(form))
    except (Stale, RuleBroken) as no:
        conflicts = no.details.get("conflicts", [])
        for one in conflicts:  # seen now: to save again keeps what was typed
            form[f"was_{one.field}"].data = _text(one.stored)
        form.form_errors.append(sentence(no.code, no.details))
        return _edit_dialog(step, form, conflicts), no.status
    return answer(viewer, Toast(_("Saved."), _undo(made)))


def _values(form: EditForm) -> dict[str, Any]:
    return {
        "what": form.what.data or "",
        "due_on": form.due_on.data,
        "responsible_id": form.responsible_id.data,
    }


def _seen(form: EditForm) -> dict[str, Any]:
    return {
        "what": form.was_what.data or "",
        "due_on": parse_day(form.was_due_on.data or ""),
        "responsible_id": whole_number(form.was_responsible_id.data),
    }


@bp.post("/oppfolginger/<int:step_id>/fjern")
@requires(Permission.FOLLOWUP_EDIT)
def remove(step_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    made = operations.remove(db.session, viewer, queries.get_any(db.session, viewer, step_id))
    return answer(viewer, Toast(_("Removed."), _undo(made)))


@bp.get("/oppfolginger/ny")
@requires(Permission.FOLLOWUP_EDIT)
def new_form() -> ResponseReturnValue:
    viewer = current_actor()
    company_id = whole_number(request.args.get("bedrift"))
    known = companies.get_company(db.session, company_id) if company_id else None
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    form = NewForm(
        formdata=None, company=known.name if known else "", region=region_id,
        responsible_id=viewer.id,
    )  # fmt: skip
    return _new_dialog(viewer, form)


def _new_dialog(viewer: Actor, form: NewForm) -> str:
    form.region.choices = list(viewer.region_names.items())
    _set_people(form, choose_region(viewer, form.region.data))
    return _dialog("new", form, f"{ADDRESS}/ny")


@bp.post("/oppfolginger/ny")
@requires(Permission.FOLLOWUP_EDIT)
def make() -> ResponseReturnValue:
    viewer = current_actor()
    form = NewForm()
    form.region.choices = list(viewer.region_names.items())
    region_id = choose_region(viewer, form.region.data)
    _set_people(form, region_id)
    if not form.validate():
        return _new_dialog(viewer, form), 422
    try:
        made = operations.promise_to_company(
            db.session, viewer, _named(form.company.data or ""), _promised(form),
            region_id=region_id,
        )  # fmt: skip
    except RuleBroken as no:
        _with_errors(form, no)
        return _new_dialog(viewer, form), 422
    return answer(viewer, Toast(_("Saved."), f"/endringer/{made.change_id}/angre"))


def _named(name: str) -> Company:
    """Give the company of this name. Raises RuleBroken: a slip must not make a new one."""
    found = companies.find_by_name(db.session, name)
    if found is None:
        raise RuleBroken("no_such_company", fields=["company"])
    return found
