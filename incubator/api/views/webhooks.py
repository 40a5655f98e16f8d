"""The page on which managers let another program be told of changes."""

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.api import hooks
from incubator.api.forms import WebhookForm
from incubator.api.views.keys import ADDRESS, bp
from incubator.core import db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import RuleBroken
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page

HERE = f"{ADDRESS}/webhooks"


@bp.get("/webhooks")
@requires(Permission.GOAL_EDIT)
def webhooks() -> ResponseReturnValue:
    return _page(WebhookForm(formdata=None, seen=_seen(current_actor())))


def _seen(viewer: Actor) -> str:
    """Name the latest webhook that a person has, so that one press makes one."""
    newest = next(iter(hooks.standing(db.session, viewer)), None)
    return str(newest.id) if newest else ""


def _page(form: WebhookForm, secret: str = "") -> str:
    viewer = current_actor()
    found = hooks.standing(db.session, viewer)
    states = hooks.states_of(db.session, [hook.id for hook in found])
    nothing = hooks.State(0, 0, 0, None)
    return page(
        "api/webhooks.html",
        form=form,
        secret=secret,
        hooks=[(hook, states.get(hook.id, nothing)) for hook in found],
    )


@bp.post("/webhooks")
@requires(Permission.GOAL_EDIT)
def make_webhook() -> ResponseReturnValue:
    """Answer with the page itself: the secret is shown this once and then never again."""
    viewer = current_actor()
    form = WebhookForm()
    if not form.validate():
        return _page(form), 422
    if (form.seen.data or "") != _seen(viewer):
        flash(_("The webhook was made already."), "info")
        return go_to(HERE)
    try:
        secret = hooks.make_webhook(db.session, viewer, url=form.url.data or "")
    except RuleBroken as no:
        for field in no.fields or ("",):
            form.add_error(field, sentence(no.code, no.details))
        return _page(form), 422
    empty = WebhookForm(formdata=None, seen=_seen(viewer))
    return _page(empty, secret), 200, {"Cache-Control": "private, no-store"}


@bp.post("/webhooks/<int:webhook_id>/avslutt")
@requires(Permission.GOAL_EDIT)
def end_webhook(webhook_id: int) -> ResponseReturnValue:
    hooks.end_webhook(db.session, current_actor(), webhook_id)
    flash(_("The webhook is ended. Nothing more is sent to it."), "success")
    return go_to(HERE)
