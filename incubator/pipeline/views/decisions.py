"""Decide about an idea at a meeting: by the operations of the board, and the minutes tell of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.accounts import queries as accounts
from incubator.audit.models import Change
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import RuleBroken, Stale
from incubator.core.forms import Form, whole_number
from incubator.core.refusals import sentence
from incubator.core.web import go_to, is_htmx, page
from incubator.followups import operations as followups
from incubator.ideas import operations as ideas_operations, queries as ideas
from incubator.ideas.models import Idea, Stage
from incubator.meetings import operations, queries
from incubator.meetings.forms import AssignForm, NextStepForm
from incubator.meetings.models import DecisionKind, Meeting, MeetingItem
from incubator.pipeline.forms import LaunchForm, ParkForm, ReopenForm, StopForm
from incubator.pipeline.views.blueprint import Toast, bp
from incubator.pipeline.views.meeting_items import address, told
from incubator.pipeline.views.moves import Way, ask_where, move_by_form
from incubator.reference.queries import lock_region


@dataclass(frozen=True)
class Case:
    """What is decided about, and by whom."""

    viewer: Actor
    meeting: Meeting
    item: MeetingItem
    idea: Idea

    @property
    def back(self) -> str:
        return address(self.meeting, self.item)

    def done(
        self, kind: DecisionKind, change: Change, text: str, **more: Any
    ) -> ResponseReturnValue:
        """Let the minutes tell of a change, and answer with the item."""
        operations.note_decision(
            db.session, self.viewer, self.meeting, self.item, kind, change, **more
        )
        db.settle()
        if not is_htmx():
            return go_to(self.back)
        toast = Toast(text, f"/endringer/{change.id}/angre")
        return told(self.viewer, self.meeting, self.item, toast)


def _case(meeting_id: int, item_id: int, *, writes: bool = True) -> Case:
    """Read what is decided about; before it is written to, others are waited for."""
    viewer = current_actor()
    meeting, item = queries.get_item(db.session, viewer, meeting_id, item_id)
    if writes:
        lock_region(db.session, meeting.region_id)
    idea = ideas.get_visible(db.session, viewer, item.idea_id)
    ideas_operations.must_be_allowed(viewer, idea)
    if meeting.closed_at is not None:
        raise Stale("meeting_over")
    return Case(viewer, meeting, item, idea)


@bp.get("/mote/<int:meeting_id>/sak/<int:item_id>/flytt")
@requires(Permission.IDEA_MOVE)
def decide_move_form(meeting_id: int, item_id: int) -> ResponseReturnValue:
    case = _case(meeting_id, item_id, writes=False)
    return ask_where(case.viewer, case.idea, _way(case))


@bp.post("/mote/<int:meeting_id>/sak/<int:item_id>/flytt")
@requires(Permission.IDEA_MOVE)
def decide_move(meeting_id: int, item_id: int) -> ResponseReturnValue:
    case = _case(meeting_id, item_id)
    return move_by_form(case.viewer, case.idea, _way(case))


def _way(case: Case) -> Way:
    def done(change: Change, to: Stage) -> ResponseReturnValue:
        text = _("Moved to %(stage)s.", stage=to.label(case.viewer.locale))
        return case.done(DecisionKind.MOVED, change, text, stage=to)

    return Way(f"{case.back}/flytt", case.back, done)


@dataclass(frozen=True)
class Verb:
    """A change of status that a meeting can decide on."""

    kind: DecisionKind
    name: str
    form: type[Form]
    done: Callable[[], str]


VERBS = {
    "parker": Verb(DecisionKind.PARKED, "park", ParkForm, lambda: str(_("Parked."))),
    "stopp": Verb(DecisionKind.STOPPED, "stop", StopForm, lambda: str(_("Stopped."))),
    "gjenapne": Verb(DecisionKind.REOPENED, "reopen", ReopenForm, lambda: str(_("Opened again."))),
    "lansert": Verb(
        DecisionKind.LAUNCHED, "launch", LaunchForm, lambda: str(_("First sale confirmed."))
    ),
}
STATUS_PATH = (
    "/mote/<int:meeting_id>/sak/<int:item_id>/<any(parker, stopp, gjenapne, lansert):verb>"
)


@bp.get(STATUS_PATH)
@requires(Permission.IDEA_MOVE)
def decide_status_form(meeting_id: int, item_id: int, verb: str) -> ResponseReturnValue:
    case = _case(meeting_id, item_id, writes=False)
    return _status_dialog(case, verb, VERBS[verb].form(on=clock.today()))


def _status_dialog(case: Case, verb: str, form: Form) -> str:
    return page(
        "ideas/status.html",
        block="dialog" if is_htmx() else None,
        idea={"id": case.idea.id, "title": case.idea.title, "href": case.back},
        form=form,
        verb=VERBS[verb].name,
        action=f"{case.back}/{verb}",
    )


@bp.post(STATUS_PATH)
@requires(Permission.IDEA_MOVE)
def decide_status(meeting_id: int, item_id: int, verb: str) -> ResponseReturnValue:
    case, chosen = _case(meeting_id, item_id), VERBS[verb]
    form: Any = chosen.form()
    if not form.validate():
        return _status_dialog(case, verb, form), 422
    try:
        change = _set_status(case, chosen.kind, form)
    except RuleBroken as no:
        for field in no.fields or ("",):
            form.add_error(field, sentence(no.code, no.details))
        return _status_dialog(case, verb, form), 422
    return case.done(chosen.kind, change, chosen.done())


def _set_status(case: Case, kind: DecisionKind, form: Any) -> Change:
    given = (db.session, case.viewer, case.idea)
    on = form.on.data or clock.today()
    reason = form.reason.data or "" if "reason" in form else ""
    if kind == DecisionKind.PARKED:
        look_again_on = form.look_again_on.data
        return ideas_operations.park_idea(*given, on=on, reason=reason, look_again_on=look_again_on)
    if kind == DecisionKind.STOPPED:
        learnt = form.learnt.data or ""
        return ideas_operations.stop_idea(*given, on=on, reason=reason, learnt=learnt)
    if kind == DecisionKind.REOPENED:
        return ideas_operations.reopen_idea(*given, on=on, reason=reason)
    return ideas_operations.launch_idea(*given, on=on)


@bp.get("/mote/<int:meeting_id>/sak/<int:item_id>/ansvarlig")
@requires(Permission.IDEA_MOVE)
def assign_form(meeting_id: int, item_id: int) -> ResponseReturnValue:
    case = _case(meeting_id, item_id, writes=False)
    here = case.idea.owner_id
    form = AssignForm(formdata=None, data={"owner_id": here, "was_owner_id": here})
    return _assign_dialog(case, form)


def _assign_dialog(case: Case, form: AssignForm, late: str = "") -> str:
    people = accounts.owner_choices(db.session, case.idea.region_id)
    form.owner_id.choices = [("", "–"), *people]
    return _own_dialog(case, form, _("Who owns the idea?"), _("Save"), "ansvarlig", late)


def _own_dialog(case: Case, form: Form, title: str, button: str, path: str, late: str = "") -> str:
    return page(
        "meetings/decide.html",
        block="dialog" if is_htmx() else None,
        idea={"title": case.idea.title, "href": case.back},
        form=form,
        heading=title,
        send=button,
        action=f"{case.back}/{path}",
        late=late,
    )


@bp.post("/mote/<int:meeting_id>/sak/<int:item_id>/ansvarlig")
@requires(Permission.IDEA_MOVE)
def assign(meeting_id: int, item_id: int) -> ResponseReturnValue:
    case = _case(meeting_id, item_id)
    form, idea = AssignForm(), case.idea
    people = accounts.owner_choices(db.session, idea.region_id)
    form.owner_id.choices = [("", "–"), *people]
    if not form.validate():
        return _assign_dialog(case, form), 422
    wanted, seen = form.owner_id.data, whole_number(form.was_owner_id.data)
    if idea.owner_id not in (seen, wanted):
        now = dict(people).get(idea.owner_id or 0) or _("nobody")
        form.was_owner_id.data = idea.owner_id or ""
        late = _("Somebody has made %(name)s the owner meanwhile. Save again to change it.",
                 name=now)  # fmt: skip
        return _assign_dialog(case, form, late), 409
    change = ideas_operations.edit_idea(db.session, case.viewer, idea, {"owner_id": wanted})
    if change is None:
        return told(case.viewer, case.meeting, case.item, None) if is_htmx() else go_to(case.back)
    return case.done(DecisionKind.ASSIGNED, change, _("Saved."), owner_id=wanted)


@bp.get("/mote/<int:meeting_id>/sak/<int:item_id>/neste-steg")
@requires(Permission.FOLLOWUP_EDIT)
def decide_step_form(meeting_id: int, item_id: int) -> ResponseReturnValue:
    case = _case(meeting_id, item_id, writes=False)
    owner = case.idea.owner_id or case.viewer.id
    return _step_dialog(case, NextStepForm(formdata=None, data={"responsible_id": owner}))


def _step_dialog(case: Case, form: NextStepForm) -> str:
    _set_doers(case, form)
    return _own_dialog(case, form, _("Next step"), _("Save"), "neste-steg")


def _set_doers(case: Case, form: NextStepForm) -> None:
    form.responsible_id.choices = accounts.owner_choices(db.session, case.idea.region_id)


@bp.post("/mote/<int:meeting_id>/sak/<int:item_id>/neste-steg")
@requires(Permission.FOLLOWUP_EDIT)
def decide_step(meeting_id: int, item_id: int) -> ResponseReturnValue:
    case, form = _case(meeting_id, item_id), NextStepForm()
    _set_doers(case, form)
    if not form.validate():
        return _step_dialog(case, form), 422
    try:
        step = followups.promise(
            db.session, case.viewer, case.idea, what=form.what.data or "",
            due_on=form.due_on.data, responsible_id=form.responsible_id.data,
        )  # fmt: skip
    except RuleBroken as no:
        for field in no.fields or ("what",):
            form.add_error(field, sentence(no.code, no.details))
        return _step_dialog(case, form), 422
    change = db.session.get_one(Change, step.change_id)
    return case.done(DecisionKind.STEP, change, _("Next step saved."), step=step)
