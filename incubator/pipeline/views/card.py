"""The page of an idea, and what is done on it."""

from collections.abc import Callable
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.accounts import queries as accounts
from incubator.audit.models import Change
from incubator.companies import operations as companies
from incubator.companies.models import Company
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import NotAllowed, RuleBroken
from incubator.core.forms import Form
from incubator.core.merge import Conflict, merge
from incubator.core.refusals import sentence
from incubator.core.web import go_to, is_htmx, page
from incubator.followups import operations as followup_operations, queries as followups
from incubator.ideas import focus, operations, queries as ideas
from incubator.ideas.models import Idea, Status
from incubator.pipeline import card
from incubator.pipeline.forms import EditForm, LaunchForm, ParkForm, ReopenForm, StepForm, StopForm
from incubator.pipeline.views.blueprint import (
    Toast,
    behind_others,
    bp,
    changed,
    region_of,
)
from incubator.reference import queries as reference


@bp.get("/ideer/<int:idea_id>")
@requires(Permission.BOARD_SEE)
def idea(idea_id: int) -> ResponseReturnValue:
    return _page(current_actor(), idea_id, block="card" if is_htmx() else None)


def _page(
    viewer: Actor,
    idea_id: int,
    *,
    block: str | None,
    toast: Toast | None = None,
    step_form: StepForm | None = None,
) -> str:
    today = clock.today()
    found = card.contents(db.session, viewer, idea_id, today)
    face = found["idea"]
    may_edit = _may_change(viewer, found.pop("record"))
    return page(
        "ideas/idea.html",
        block=block,
        region=region_of(viewer, face.region_id),
        may_edit=may_edit,
        may_move=may_edit,
        may_share=may_edit and viewer.may(Permission.IDEA_CORRECT),
        next_form=step_form or (StepForm(formdata=None) if may_edit else None),
        today=today,
        toast=toast,
        **found,
    )


def _may_change(viewer: Actor, found: Idea) -> bool:
    try:
        operations.must_be_allowed(viewer, found)
    except NotAllowed:
        return False
    return True


@bp.get("/ideer/<int:idea_id>/rediger")
@requires(Permission.IDEA_MOVE)
def edit_form(idea_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    operations.must_be_allowed(viewer, found)
    stored = _values(found)
    hidden = {f"was_{field}": _hidden(value) for field, value in stored.items()}
    form = EditForm(formdata=None, data={**stored, **hidden})
    return _edit_dialog(found, form)


def _values(found: Idea) -> dict[str, Any]:
    company = db.session.get(Company, found.company_id) if found.company_id else None
    return {
        "title": found.title,
        "problem": found.problem or "",
        "description": found.description or "",
        "company_name": company.name if company else "",
        "owner_id": found.owner_id,
        "municipality_id": found.municipality_id,
        "focus_area_ids": tuple(sorted(n for n, _name in focus.areas_of(db.session, found.id))),
    }


def _hidden(value: Any) -> Any:
    """Write a value as a hidden field holds it."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else value


def _edit_dialog(found: Idea, form: EditForm, conflicts: list[Conflict] | None = None) -> str:
    _set_choices(form, found)
    shown = [
        {"label": form[c.field].label.text, "stored": _shown(form, c), "mine": c.mine}
        for c in conflicts or []
    ]
    return page(
        "ideas/edit.html",
        block="dialog" if is_htmx() else None,
        idea={"id": found.id, "title": found.title, "href": f"/ideer/{found.id}"},
        form=form,
        conflicts=shown,
    )


def _shown(form: EditForm, conflict: Conflict) -> str:
    choices = dict(getattr(form[conflict.field], "choices", None) or ())
    if isinstance(conflict.stored, tuple):
        return ", ".join(str(choices.get(number, number)) for number in conflict.stored)
    return str(choices.get(conflict.stored, conflict.stored) or "")


def _set_choices(form: EditForm, found: Idea) -> None:
    none = [("", "–")]
    form.owner_id.choices = [*none, *accounts.owner_choices(db.session, found.region_id)]
    places = reference.municipalities_of(db.session, found.region_id)
    form.municipality_id.choices = [*none, *((place[0], place[2]) for place in places)]
    _keep_choice(form.municipality_id, found.municipality_id, _("(outside the region)"))
    _keep_choice(form.owner_id, found.owner_id, _("(works elsewhere now)"))
    form.focus_area_ids.choices = _area_choices(found)


def _area_choices(found: Idea) -> list[tuple[int, str]]:
    """List the focus areas on offer, with the programme where two have the same name."""
    offered = reference.focus_areas_in(db.session, found.region_id, clock.today())
    names = [area.name for area in offered]
    choices = [
        (a.id, f"{a.name} – {a.programme}" if names.count(a.name) > 1 else a.name) for a in offered
    ]
    known = {number for number, _name in choices}
    stored = focus.areas_of(db.session, found.id)
    return choices + [(number, name) for number, name in stored if number not in known]


def _keep_choice(field: Any, value: int | None, label: str) -> None:
    if value is not None and value not in {choice[0] for choice in field.choices}:
        field.choices.append((value, label))


@bp.post("/ideer/<int:idea_id>/rediger")
@requires(Permission.IDEA_MOVE)
@behind_others
def edit(idea_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    form = EditForm()
    _set_choices(form, found)
    if not form.validate():
        return _edit_dialog(found, form), 422
    stored = _values(found)
    mine = {field: form[field].data for field in stored}
    mine["focus_area_ids"] = tuple(sorted(form.focus_area_ids.data or ()))
    original = {field: _was(form, field) for field in stored}
    values, conflicts = merge(original, mine, stored)
    if conflicts:
        for conflict in conflicts:
            # What is stored now has been seen: saving again keeps what was typed.
            form[f"was_{conflict.field}"].data = _hidden(conflict.stored)
        return _edit_dialog(found, form, conflicts), 409
    try:
        _save(viewer, found, values)
    except RuleBroken as no:
        for field in no.fields or ("",):
            form.add_error(field, sentence(no.code, no.details))
        return _edit_dialog(found, form), 422
    return answered(viewer, found, Toast(_("Saved.")))


def _was(form: EditForm, field: str) -> Any:
    text = form[f"was_{field}"].data or ""
    if field in ("owner_id", "municipality_id"):
        return int(text) if str(text).isdecimal() else None
    if field == "focus_area_ids":
        return tuple(sorted(int(part) for part in str(text).split(",") if part.isdecimal()))
    return str(text)


def _save(viewer: Actor, found: Idea, values: dict[str, Any]) -> None:
    name, areas = values.pop("company_name", None), values.pop("focus_area_ids", None)
    texts = {k: (v or None) if k in ("problem", "description") else v for k, v in values.items()}
    if name is None:
        operations.edit_idea(db.session, viewer, found, texts, focus_area_ids=areas)
        return

    def company(change: Change) -> Company | None:
        return companies.company_named(db.session, change, name) if name.strip() else None

    operations.edit_idea(db.session, viewer, found, texts, company=company, focus_area_ids=areas)


def answered(viewer: Actor, found: Idea, toast: Toast) -> ResponseReturnValue:
    """Answer with the page of the idea anew, its card on the board, and a word about it."""
    is_open = found.status == Status.OPEN
    rows = [ideas.names_of(db.session, found).face()] if is_open else []
    db.settle()
    if not is_htmx():
        return go_to(f"/ideer/{found.id}")
    board = changed(
        viewer, found.region_id, rows,
        gone=[] if is_open else [found.id], stage_ids={found.stage_id}, toast=toast,
    )  # fmt: skip
    face = _page(viewer, found.id, block="card")
    return f'{board}<hx-partial hx-target="#idea" hx-swap="outerHTML">{face}</hx-partial>'


def _status_dialog(found: Idea, form: Form, verb: str, address: str) -> str:
    return page(
        "ideas/status.html",
        block="dialog" if is_htmx() else None,
        idea={"id": found.id, "title": found.title, "href": f"/ideer/{found.id}"},
        form=form,
        verb=verb,
        action=f"/ideer/{found.id}/{address}",
    )


def _change_status(
    idea_id: int, form: Form, verb: str, address: str, done: str,
    change: Callable[[Actor, Idea, Any], Change],
) -> ResponseReturnValue:  # fmt: skip
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    if not form.validate():
        return _status_dialog(found, form, verb, address), 422
    try:
        made = change(viewer, found, form)
    except RuleBroken as no:
        for field in no.fields or ("",):
            form.add_error(field, sentence(no.code, no.details))
        return _status_dialog(found, form, verb, address), 422
    return answered(viewer, found, Toast(done, f"/endringer/{made.id}/angre"))


def _open_dialog(idea_id: int, form: Form, verb: str, address: str) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    operations.must_be_allowed(viewer, found)
    return _status_dialog(found, form, verb, address)


@bp.get("/ideer/<int:idea_id>/parker")
@requires(Permission.IDEA_MOVE)
def park_form(idea_id: int) -> ResponseReturnValue:
    return _open_dialog(idea_id, ParkForm(on=clock.today()), "park", "parker")


@bp.post("/ideer/<int:idea_id>/parker")
@requires(Permission.IDEA_MOVE)
@behind_others
def park(idea_id: int) -> ResponseReturnValue:
    return _change_status(
        idea_id, ParkForm(), "park", "parker", _("Parked."),
        lambda viewer, found, form: operations.park_idea(
            db.session, viewer, found, on=form.on.data or clock.today(),
            reason=form.reason.data or "", look_again_on=form.look_again_on.data,
        ),
    )  # fmt: skip


@bp.get("/ideer/<int:idea_id>/stopp")
@requires(Permission.IDEA_MOVE)
def stop_form(idea_id: int) -> ResponseReturnValue:
    return _open_dialog(idea_id, StopForm(on=clock.today()), "stop", "stopp")


@bp.post("/ideer/<int:idea_id>/stopp")
@requires(Permission.IDEA_MOVE)
@behind_others
def stop(idea_id: int) -> ResponseReturnValue:
    return _change_status(
        idea_id, StopForm(), "stop", "stopp", _("Stopped."),
        lambda viewer, found, form: operations.stop_idea(
            db.session, viewer, found, on=form.on.data or clock.today(),
            reason=form.reason.data or "", learnt=form.learnt.data or "",
        ),
    )  # fmt: skip


@bp.get("/ideer/<int:idea_id>/gjenapne")
@requires(Permission.IDEA_MOVE)
def reopen_form(idea_id: int) -> ResponseReturnValue:
    return _open_dialog(idea_id, ReopenForm(on=clock.today()), "reopen", "gjenapne")


@bp.post("/ideer/<int:idea_id>/gjenapne")
@requires(Permission.IDEA_MOVE)
@behind_others
def reopen(idea_id: int) -> ResponseReturnValue:
    return _change_status(
        idea_id, ReopenForm(), "reopen", "gjenapne", _("Opened again."),
        lambda viewer, found, form: operations.reopen_idea(
            db.session, viewer, found, on=form.on.data or clock.today(),
            reason=form.reason.data or "",
        ),
    )  # fmt: skip


@bp.get("/ideer/<int:idea_id>/lansert")
@requires(Permission.IDEA_MOVE)
def launch_form(idea_id: int) -> ResponseReturnValue:
    return _open_dialog(idea_id, LaunchForm(on=clock.today()), "launch", "lansert")


@bp.post("/ideer/<int:idea_id>/lansert")
@requires(Permission.IDEA_MOVE)
@behind_others
def launch(idea_id: int) -> ResponseReturnValue:
    return _change_status(
        idea_id, LaunchForm(), "launch", "lansert", _("First sale confirmed."),
        lambda viewer, found, form: operations.launch_idea(
            db.session, viewer, found, on=form.on.data or clock.today()
        ),
    )  # fmt: skip


@bp.post("/ideer/<int:idea_id>/del")
@requires(Permission.IDEA_CORRECT)
@behind_others
def share(idea_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    is_shared = request.form.get("is_shared") == "1"
    made = operations.share_idea(db.session, viewer, found, is_shared=is_shared, on=clock.today())
    text = _("Shared with the partners.") if is_shared else _("No longer shared.")
    return answered(viewer, found, Toast(text, f"/endringer/{made.id}/angre"))


@bp.post("/ideer/<int:idea_id>/neste-steg")
@requires(Permission.FOLLOWUP_EDIT)
@behind_others
def next_step(idea_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    form = StepForm()
    if not form.validate():
        return _page(viewer, idea_id, block="card" if is_htmx() else None, step_form=form), 422
    try:
        followup_operations.promise(
            db.session, viewer, found, what=form.text.data or "", due_on=form.due_on.data
        )
    except RuleBroken as no:
        form.add_error("text", sentence(no.code, no.details))
        return _page(viewer, idea_id, block="card" if is_htmx() else None, step_form=form), 422
    return answered(viewer, found, Toast(_("Next step saved.")))


@bp.post("/ideer/<int:idea_id>/neste-steg/<int:step_id>/gjort")
@requires(Permission.FOLLOWUP_EDIT)
@behind_others
def step_done(idea_id: int, step_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    step = followups.get_step(db.session, viewer, step_id)
    made = followup_operations.finish(db.session, viewer, step)
    toast = Toast(_("Done. What is the next step?"), f"/endringer/{made.id}/angre")
    return answered(viewer, found, toast)
