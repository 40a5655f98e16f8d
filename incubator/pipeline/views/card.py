"""The page of an idea, and what is done on it."""

from collections.abc import Callable
from typing import Any

from flask import redirect, request, session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.audit.models import Change
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import NotAllowed, NotFound, RuleBroken
from incubator.core.forms import Form
from incubator.core.refusals import sentence
from incubator.core.web import etag_of, go_to, has, is_htmx, page, release, tagged, unchanged
from incubator.followups import operations as followup_operations, queries as followups
from incubator.ideas import operations, queries as ideas
from incubator.ideas.models import Idea, Status
from incubator.ideas.queries import IdeaPage
from incubator.pipeline import card, joining
from incubator.pipeline.forms import LaunchForm, ParkForm, ReopenForm, StepForm, StopForm
from incubator.pipeline.views.blueprint import (
    Toast,
    behind_others,
    bp,
    changed,
    region_of,
)


@bp.get("/ideer/<int:idea_id>")
@requires(Permission.BOARD_SEE)
def idea(idea_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    try:
        if not is_htmx():
            return idea_page(viewer, idea_id)
        # Whoever has it open asks for it again and again: whole only when something was changed.
        found = ideas.get_page(db.session, viewer, idea_id)
        etag = _tag(viewer, ideas.version_of(db.session, found.idea.region_id))
        if has(etag):
            return unchanged(etag)
        return tagged(idea_page(viewer, idea_id, found=found), etag)
    except NotFound:
        into = ideas.merged_into(db.session, idea_id)
        if into is None:
            raise
        # Raises for whoever may not see it: that there was one is not told either.
        ideas.get_visible(db.session, viewer, into)
        return go_to(f"/ideer/{into}") if is_htmx() else redirect(f"/ideer/{into}", 302)


def _tag(viewer: Actor, version: int) -> str:
    """Name all that the page depends on: what was changed, who looks, the day, the code."""
    return etag_of(
        release(), version, clock.today(), viewer.id, viewer.role, viewer.locale,
        sorted(viewer.region_names.items()), request.full_path, cookie.get("csrf_token"),
    )  # fmt: skip


def idea_page(
    viewer: Actor,
    idea_id: int,
    *,
    is_whole: bool | None = None,
    found: IdeaPage | None = None,
    **more: Any,
) -> str:
    """Write the page of an idea, or for htmx the part that it shows, with what is typed on it.

    `found` is the idea where it has been read, or where somebody looks at what others would see.
    """
    today = clock.today()
    shown = card.contents(db.session, viewer, idea_id, today, found=found)
    face, record = shown["idea"], shown.pop("record")
    may_edit = _may_change(viewer, record)
    may_share = may_edit and viewer.may(Permission.IDEA_CORRECT)
    as_block = is_htmx() if is_whole is None else not is_whole
    context = {
        "region": region_of(viewer, face.region_id),
        "may_edit": may_edit,
        "may_move": may_edit,
        "may_share": may_share,
        "may_merge": may_edit and joining.may_merge(viewer, record),
        "next_form": StepForm(formdata=None) if may_edit else None,
        "today": today,
        "viewer": viewer,
        **shown,
        **more,
    }
    return page("ideas/idea.html", block="card" if as_block else None, **context)


def _may_change(viewer: Actor, found: Idea) -> bool:
    try:
        operations.must_be_allowed(viewer, found)
    except NotAllowed:
        return False
    return True


def answered(viewer: Actor, found: Idea, toast: Toast) -> ResponseReturnValue:
    """Answer with the page of the idea anew, its card on the board, and a word about it."""
    is_open = found.status == Status.OPEN and found.archived_on is None
    rows = [ideas.names_of(db.session, found).face()] if is_open else []
    db.settle()
    if not is_htmx():
        toast.on_the_next_page()
        return go_to(f"/ideer/{found.id}")
    board = changed(
        viewer, found.region_id, rows,
        gone=[] if is_open else [found.id], stage_ids={found.stage_id}, toast=toast,
    )  # fmt: skip
    face = idea_page(viewer, found.id, is_whole=False)
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
        return idea_page(viewer, idea_id, next_form=form), 422
    try:
        followup_operations.promise(
            db.session, viewer, found, what=form.text.data or "", due_on=form.due_on.data
        )
    except RuleBroken as no:
        form.add_error("text", sentence(no.code, no.details))
        return idea_page(viewer, idea_id, next_form=form), 422
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
