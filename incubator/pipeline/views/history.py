"""Corrections in the history of a card: another date, or that it did not happen."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import NotAllowed, RuleBroken, Stale
from incubator.core.refusals import sentence
from incubator.core.web import is_htmx, page
from incubator.ideas import corrections, queries as ideas
from incubator.ideas.models import Idea
from incubator.ideas.queries import Happening
from incubator.pipeline import card
from incubator.pipeline.forms import CorrectForm
from incubator.pipeline.views.blueprint import Toast, behind_others, bp
from incubator.pipeline.views.card import answered

KINDS = {word: kind for kind, word in card.ADDRESS_WORDS.items()}


@bp.get("/ideer/<int:idea_id>/historikk/<any(fase, status):event_kind>/<int:event_id>")
@requires(Permission.IDEA_CORRECT)
def correct_form(idea_id: int, event_kind: str, event_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    idea = ideas.get_visible(db.session, viewer, idea_id)
    if not corrections.may_correct(viewer, idea):
        raise NotAllowed("not_yours")
    event = _event(idea, event_kind, event_id)
    form = CorrectForm(formdata=None, data={"what": "date", "on": event.occurred_on})
    return _dialog(viewer, idea, event_kind, event, form)


def _event(idea: Idea, kind: str, event_id: int) -> Happening:
    """Give what stands in the history. Raises Stale for what was corrected, or is not there."""
    for event in ideas.timeline(db.session, idea.id):
        if (event.kind, event.event_id) == (KINDS[kind], event_id):
            return event
    raise Stale("corrected_meanwhile", idea_id=idea.id)


def _dialog(viewer: Actor, idea: Idea, kind: str, event: Happening, form: CorrectForm) -> str:
    stages = ideas.list_stages(db.session)
    return page(
        "ideas/correct.html",
        block="dialog" if is_htmx() else None,
        idea={"id": idea.id, "title": idea.title, "href": f"/ideer/{idea.id}"},
        form=form,
        said=card.said(event, stages, viewer.locale),
        on=event.occurred_on,
        is_stage=event.stage_id is not None,
        action=f"/ideer/{idea.id}/historikk/{kind}/{event.event_id}",
    )


@bp.post("/ideer/<int:idea_id>/historikk/<any(fase, status):event_kind>/<int:event_id>")
@requires(Permission.IDEA_CORRECT)
@behind_others
def correct(idea_id: int, event_kind: str, event_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    idea = ideas.get_visible(db.session, viewer, idea_id)
    event = _event(idea, event_kind, event_id)
    form = CorrectForm()
    if not form.validate():
        return _dialog(viewer, idea, event_kind, event, form), 422
    kind, reason = KINDS[event_kind], form.reason.data or ""
    try:
        if form.what.data == "void":
            made = corrections.void_event(db.session, viewer, idea, kind, event_id, reason=reason)
        elif form.on.data is None:
            raise RuleBroken("bad_date", fields=["on"])
        else:
            made = corrections.redate_event(
                db.session, viewer, idea, kind, event_id, on=form.on.data, reason=reason
            )
    except RuleBroken as no:
        for field in no.fields or ("",):
            form.add_error(field, sentence(no.code, no.details))
        return _dialog(viewer, idea, event_kind, event, form), 422
    return answered(viewer, idea, Toast(_("Corrected."), f"/endringer/{made.id}/angre"))
