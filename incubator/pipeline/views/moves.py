"""Move a card: "Flytt til …", the drop, and the gate are one form and one operation."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.accounts import queries as accounts
from incubator.audit.models import Change
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import RuleBroken, Stale
from incubator.core.forms import whole_number
from incubator.core.refusals import sentence
from incubator.core.web import go_to, is_htmx, page
from incubator.funding import queries as funding
from incubator.ideas import queries as ideas, terms
from incubator.ideas.models import Idea, Stage, StageEvent, Status, StatusEvent
from incubator.ideas.order import TOP, Place
from incubator.ideas.terms import Terms
from incubator.pipeline import operations, queries
from incubator.pipeline.forms import ASKED_BY, MoveForm
from incubator.pipeline.operations import NOTHING
from incubator.pipeline.views.blueprint import Toast, behind_others, bp, changed, shown_filter


@dataclass(frozen=True)
class Way:
    """How a card is moved from another page than the board: where to, and what is answered."""

    action: str
    back: str
    done: Callable[[Change, Stage], ResponseReturnValue]


@bp.get("/ideer/<int:idea_id>/flytt")
@requires(Permission.IDEA_MOVE)
def move_form(idea_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    return ask_where(viewer, ideas.get_visible(db.session, viewer, idea_id))


def ask_where(viewer: Actor, idea: Idea, way: Way | None = None) -> ResponseReturnValue:
    """Answer with "Move to …"."""
    return _dialog(viewer, idea, MoveForm(on=clock.today()), way, step="choose")


@bp.post("/ideer/<int:idea_id>/flytt")
@requires(Permission.IDEA_MOVE)
@behind_others
def move(idea_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    # Held to the end: what the session has loaded and nobody holds would be read anew.
    named = ideas.get_with_names(db.session, viewer, idea_id)
    return move_by_form(viewer, named.idea)


def move_by_form(viewer: Actor, idea: Idea, way: Way | None = None) -> ResponseReturnValue:
    """Move a card as the form says, or ask for what is missing."""
    stages = {one.id: one for one in terms.list_today(db.session, idea.region_id)}
    into = stages.get(whole_number(request.form.get("to_stage")) or 0)
    left = stages.get(whole_number(request.form.get("seen_stage")) or 0)
    if into is None or left is None:
        return _ask_for_stage(viewer, idea, way)
    to, seen = into.stage, left.stage
    place = Place(
        whole_number(request.form.get("after_id")), whole_number(request.form.get("before_id"))
    )
    if shown_filter().sort is not None and way is None:
        # What stands beside it on a sorted board says nothing of where it belongs for all.
        if to is seen:
            raise RuleBroken("board_is_sorted")
        place = TOP
    if to is seen and idea.stage_id == seen.id and way is None:
        return _place(viewer, idea, place, list(stages.values()))
    return _move(viewer, idea, seen, to, place, list(stages.values()), way)


def _place(viewer: Actor, idea: Idea, place: Place, stages: list[Terms]) -> ResponseReturnValue:
    try:
        change = operations.place_idea(db.session, viewer, idea, place)
    except Stale as late:
        return _moved_meanwhile(viewer, idea, late, _bound_form(viewer, idea))
    toast = Toast(_("Moved."), _undo_url(change.id))
    return _moved(viewer, idea, {idea.stage_id}, toast, stages, place)


def _move(
    viewer: Actor,
    idea: Idea,
    seen: Stage,
    to: Stage,
    place: Place,
    stages: list[Terms],
    way: Way | None,
) -> ResponseReturnValue:
    form = None if is_drop() else _bound_form(viewer, idea)
    if form is not None and not form.validate():
        return _dialog(viewer, idea, form, way, step="gate", to=to, asking=_asked_in(form)), 422
    on, answers = (form.on.data, form.answers()) if form is not None else (None, NOTHING)
    try:
        change = operations.move_idea(
            db.session, viewer, idea, to, on or clock.today(),
            seen=seen, answers=answers, place=place,
        )  # fmt: skip
    except RuleBroken as gate:
        form = form or _bound_form(viewer, idea)
        asking = _explain(form, gate)
        return _dialog(viewer, idea, form, way, step="gate", to=to, asking=asking), 422
    except Stale as late:
        return _moved_meanwhile(viewer, idea, late, form or _bound_form(viewer, idea), way)
    if way is not None:
        return way.done(change, to)
    text = _("Moved to %(stage)s.", stage=to.label(viewer.locale))
    toast = Toast(text, _undo_url(change.id))
    return _moved(viewer, idea, {seen.id, to.id}, toast, stages, place)


def is_drop() -> bool:
    """Say whether a card was dropped: that brings its stage and place, and no answers."""
    return "on" not in request.form


def _undo_url(change_id: int) -> str:
    return f"/endringer/{change_id}/angre"


def _bound_form(viewer: Actor, idea: Idea) -> MoveForm:
    form = MoveForm()
    form.owner_id.choices = (
        [("", ""), *accounts.owner_choices(db.session, idea.region_id)]
        if ("owner_id" in request.form)
        else []
    )
    form.instrument_id.choices = (
        [("", ""), *funding.instrument_choices(db.session)]
        if ("instrument_id" in request.form)
        else []
    )
    return form


def _moved(
    viewer: Actor, idea: Idea, stage_ids: set[int], toast: Toast, stages: list[Terms], place: Place
) -> ResponseReturnValue:
    is_open = idea.status == Status.OPEN
    rows = [ideas.names_of(db.session, idea).face()] if is_open else []
    db.settle()
    if not is_htmx():
        return go_to(f"/?region={idea.region_id}#i{idea.id}")
    return changed(
        viewer, idea.region_id, rows,
        gone=[] if is_open else [idea.id], stage_ids=stage_ids, toast=toast, stages=stages,
        place=place,
    )  # fmt: skip


def _ask_for_stage(viewer: Actor, idea: Idea, way: Way | None) -> ResponseReturnValue:
    form = MoveForm(on=clock.today())
    form.add_error("to_stage", _("Choose the stage that the card goes to."))
    return _dialog(viewer, idea, form, way, step="choose"), 422


def _asked_in(form: MoveForm) -> list[str]:
    """Give the gate's fields that the dialog showed already, so that it shows them again."""
    own = {"to_stage", "seen_stage", "after_id", "before_id", "on", "csrf_token", "company_id"}
    return [field.name for field in form if field.name in request.form and field.name not in own]


def _explain(form: MoveForm, gate: RuleBroken) -> list[str]:
    """Put the refusal beside its fields and give the fields to ask for."""
    asked = _asked_in(form)
    fields = [name for need in gate.fields for name in ASKED_BY.get(need, (need,))]
    is_question = gate.code in ("gate_incomplete", "reason_missing", "over_limit")
    is_first = is_question and not set(fields) & set(asked)
    if gate.code == "over_limit":
        form.reason.description = sentence(gate.code, gate.details)
    if not is_first:
        _put_errors(form, gate)
    return list(dict.fromkeys((*asked, *(f for f in fields if f != "on"))))


def _put_errors(form: MoveForm, gate: RuleBroken) -> None:
    needed = _("This is needed here.")
    text = needed if gate.code == "gate_incomplete" else sentence(gate.code, gate.details)
    for need in gate.fields or ("",):
        form.add_error(ASKED_BY.get(need, (need,))[0], text)


def _moved_meanwhile(
    viewer: Actor, idea: Idea, late: Stale, form: MoveForm, way: Way | None = None
) -> ResponseReturnValue:
    """Tell who moved the card where, or closed it, and offer the move anew from there."""
    if late.code == "changed_meanwhile":
        raise late
    stages = {stage.id: stage for stage in ideas.list_stages(db.session)}
    is_closed = idea.status != Status.OPEN
    who = ideas.who_came_first(db.session, idea.id, StatusEvent if is_closed else StageEvent)
    conflict = {
        "who": who or _("Somebody"),
        "stage_label": stages[idea.stage_id].label(viewer.locale),
        "is_closed": is_closed,
    }
    return _dialog(viewer, idea, form, way, step="choose", conflict=conflict), 409


def _dialog(
    viewer: Actor,
    idea: Idea,
    form: MoveForm,
    way: Way | None,
    *,
    step: str,
    to: Stage | None = None,
    asking: Iterable[str] = (),
    conflict: dict[str, object] | None = None,
) -> Response:
    stages = queries.heads(ideas.list_stages(db.session), viewer.locale)
    form.to_stage.choices = [(stage.id, stage.label) for stage in stages]
    asked = list(asking)
    order = [stage.id for stage in stages]
    if to is not None and order.index(to.id) > order.index(idea.stage_id):
        form.reason.label.text = _("Why more than the limit?")
    if "owner_id" in asked:
        form.owner_id.choices = [("", ""), *accounts.owner_choices(db.session, idea.region_id)]
    if "instrument_id" in asked:
        form.instrument_id.choices = [("", ""), *funding.instrument_choices(db.session)]
    if form.on.data is None and not form.on.errors:
        form.on.data = clock.today()
    answer = make_response(
        page(
            "pipeline/move.html",
            block="dialog" if is_htmx() else None,
            idea={
                "id": idea.id, "title": idea.title, "stage_id": idea.stage_id,
                "href": way.back if way else f"/ideer/{idea.id}",
            },
            action=way.action if way else f"/ideer/{idea.id}/flytt",
            form=form,
            step=step,
            to_stage=next((s for s in stages if to is not None and s.id == to.id), None),
            asking=asked,
            conflict=conflict,
            today=clock.today(),
            back=f"/?region={idea.region_id}",
        )
    )  # fmt: skip
    answer.headers["HX-Retarget"] = "#dialog"
    answer.headers["HX-Reswap"] = "innerHTML"
    return answer
