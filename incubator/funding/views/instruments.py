"""The funding schemes, their money, and what is left of it."""

from typing import Any

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken, Stale
from incubator.core.forms import Form
from incubator.core.web import go_to, is_htmx, page
from incubator.funding import operations, queries
from incubator.funding.forms import FrameForm, InstrumentForm, as_text
from incubator.funding.models import Frame, Instrument
from incubator.funding.operations import FrameEntry, InstrumentEntry
from incubator.funding.views.answers import put_errors
from incubator.funding.views.blueprint import bp
from incubator.funding.words import INTAKE_LABELS
from incubator.reference.queries import list_organisations

HOME = "/virkemidler"


@bp.get(HOME)
@requires(Permission.COMPANY_SEE)
def instruments() -> ResponseReturnValue:
    return page(
        "funding/instruments.html",
        schemes=queries.list_instruments(db.session),
        intakes=INTAKE_LABELS,
        today=clock.today(),
    )


@bp.get(f"{HOME}/rammer/<int:frame_id>")
@requires(Permission.COMPANY_SEE)
def frame(frame_id: int) -> ResponseReturnValue:
    """Answer with what was granted of a frame: the rows behind what is left of it."""
    left, instrument = queries.get_frame(db.session, frame_id)
    return page(
        "funding/frame.html",
        left=left,
        frame=left.frame,
        instrument=instrument,
        grants=queries.list_grants_of(db.session, current_actor(), left),
    )


def _dialog(form: Form, path: str, title: str, text: str = "", *, is_frame: bool = False) -> str:
    return page(
        "funding/scheme.html",
        block="dialog" if is_htmx() else None,
        form=form,
        title=title,
        text=text,
        is_frame=is_frame,
        action=f"{HOME}/{path}",
        back=HOME,
    )


def _refuse(form: Form, no: RuleBroken | Stale, stored: dict[str, Any]) -> Form:
    """Say why not; what somebody else wrote first counts as seen then, and is told."""
    put_errors(form, no)
    if isinstance(no, Stale):
        for field, value in stored.items():
            form[f"was_{field}"].data = as_text(value)
    return form


def _set_choices(form: InstrumentForm) -> None:
    known = [(one.id, one.name) for one in list_organisations(db.session)]
    form.funder_id.choices = [("", "–"), *known]


def _stored(record: Instrument | Frame, fields: Any) -> dict[str, Any]:
    return {field: getattr(record, field) for field in fields}


def _was(stored: dict[str, Any]) -> dict[str, Any]:
    return {**stored, **{f"was_{field}": as_text(value) for field, value in stored.items()}}


@bp.get(f"{HOME}/ny")
@requires(Permission.GOAL_EDIT)
def new_instrument_form() -> ResponseReturnValue:
    form = InstrumentForm(formdata=None)
    _set_choices(form)
    return _dialog(form, "ny", _("New funding scheme"))


@bp.post(f"{HOME}/ny")
@requires(Permission.GOAL_EDIT)
def new_instrument() -> ResponseReturnValue:
    form = InstrumentForm()
    _set_choices(form)
    if not form.validate():
        return _dialog(form, "ny", _("New funding scheme")), 422
    try:
        operations.add_instrument(db.session, current_actor(), InstrumentEntry(**form.answers()))
    except RuleBroken as no:
        put_errors(form, no)
        return _dialog(form, "ny", _("New funding scheme")), 422
    flash(_("Saved."), "success")
    return go_to(HOME)


@bp.get(f"{HOME}/<int:instrument_id>/rediger")
@requires(Permission.GOAL_EDIT)
def edit_instrument_form(instrument_id: int) -> ResponseReturnValue:
    record = queries.get_instrument(db.session, instrument_id)
    stored = _stored(record, InstrumentEntry.__dataclass_fields__)
    form = InstrumentForm(formdata=None, data=_was(stored))
    form.intake.data = record.intake.value
    _set_choices(form)
    return _dialog(form, f"{instrument_id}/rediger", _("Edit the funding scheme"), record.name)


@bp.post(f"{HOME}/<int:instrument_id>/rediger")
@requires(Permission.GOAL_EDIT)
def edit_instrument(instrument_id: int) -> ResponseReturnValue:
    record, form = queries.get_instrument(db.session, instrument_id), InstrumentForm()
    path, title = f"{instrument_id}/rediger", _("Edit the funding scheme")
    _set_choices(form)
    if not form.validate():
        return _dialog(form, path, title, record.name), 422
    try:
        operations.edit_instrument(
            db.session, current_actor(), record, InstrumentEntry(**form.answers()),
            seen=InstrumentEntry(**form.seen()),
        )  # fmt: skip
    except (RuleBroken, Stale) as no:
        _refuse(form, no, _stored(record, InstrumentEntry.__dataclass_fields__))
        return _dialog(form, path, title, record.name), no.status
    flash(_("Saved."), "success")
    return go_to(HOME)


@bp.get(f"{HOME}/<int:instrument_id>/ramme")
@requires(Permission.GOAL_EDIT)
def new_frame_form(instrument_id: int) -> ResponseReturnValue:
    record = queries.get_instrument(db.session, instrument_id)
    form = FrameForm(formdata=None, data={"year": clock.today().year})
    return _dialog(form, f"{instrument_id}/ramme", _("New frame"), record.name, is_frame=True)


@bp.post(f"{HOME}/<int:instrument_id>/ramme")
@requires(Permission.GOAL_EDIT)
def new_frame(instrument_id: int) -> ResponseReturnValue:
    record, form = queries.get_instrument(db.session, instrument_id), FrameForm()
    path, title = f"{instrument_id}/ramme", _("New frame")
    if not form.validate():
        return _dialog(form, path, title, record.name, is_frame=True), 422
    try:
        operations.set_frame(db.session, current_actor(), record, **form.answers())
    except RuleBroken as no:
        put_errors(form, no)
        return _dialog(form, path, title, record.name, is_frame=True), 422
    flash(_("Saved."), "success")
    return go_to(HOME)


@bp.get(f"{HOME}/rammer/<int:frame_id>/rediger")
@requires(Permission.GOAL_EDIT)
def edit_frame_form(frame_id: int) -> ResponseReturnValue:
    left, record = queries.get_frame(db.session, frame_id)
    stored = _stored(left.frame, FrameEntry.__dataclass_fields__)
    form = FrameForm(formdata=None, data=_was(stored))
    path = f"rammer/{frame_id}/rediger"
    return _dialog(form, path, _("Edit the frame"), record.name, is_frame=True)


@bp.post(f"{HOME}/rammer/<int:frame_id>/rediger")
@requires(Permission.GOAL_EDIT)
def edit_frame(frame_id: int) -> ResponseReturnValue:
    (left, record), form = queries.get_frame(db.session, frame_id), FrameForm()
    path, title = f"rammer/{frame_id}/rediger", _("Edit the frame")
    if not form.validate():
        return _dialog(form, path, title, record.name, is_frame=True), 422
    try:
        operations.edit_frame(
            db.session, current_actor(), left.frame, FrameEntry(**form.answers()),
            seen=FrameEntry(**form.seen()),
        )  # fmt: skip
    except (RuleBroken, Stale) as no:
        _refuse(form, no, _stored(left.frame, FrameEntry.__dataclass_fields__))
        return _dialog(form, path, title, record.name, is_frame=True), no.status
    flash(_("Saved."), "success")
    return go_to(HOME)
