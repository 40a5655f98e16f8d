"""Comments on an idea, and the mail to whoever is mentioned in one."""

from typing import Any

from flask import current_app, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from config import Settings
from incubator.accounts.store import public_address
from incubator.core import db, links
from incubator.core.access import Permission, current_actor, public, requires
from incubator.core.errors import RuleBroken, Stale
from incubator.core.refusals import sentence
from incubator.core.web import page
from incubator.ideas import comments, queries as ideas
from incubator.pipeline.views.blueprint import Toast, behind_others, bp
from incubator.pipeline.views.card import answered, idea_page


def _place() -> links.Place:
    settings: Settings = current_app.config["SETTINGS"]
    return links.Place(public_address()["site"], settings.secret_key)


def _undo(text: str, change_id: int) -> Toast:
    return Toast(text, f"/endringer/{change_id}/angre")


def _again(idea_id: int, refusal: Any, **typed: Any) -> ResponseReturnValue:
    """Show the page with what was typed, and what was wrong with it."""
    error = sentence(refusal.code, refusal.details)
    status = 409 if isinstance(refusal, Stale) else 422
    return idea_page(current_actor(), idea_id, comment_error=error, **typed), status


@bp.post("/ideer/<int:idea_id>/kommentarer")
@requires(Permission.IDEA_SEE)
@behind_others
def comment(idea_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    body = request.form.get("body", "")
    try:
        made = comments.comment_idea(db.session, viewer, found, body, _place())
    except RuleBroken as no:
        return _again(idea_id, no, comment_body=body)
    return answered(viewer, found, _undo(_("Comment saved."), made.id))


@bp.get("/ideer/<int:idea_id>/kommentarer/<int:comment_id>")
@requires(Permission.IDEA_SEE)
def comment_form(idea_id: int, comment_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    one = comments.get_comment(db.session, found, comment_id)
    return idea_page(viewer, idea_id, editing=one.id, comment_body=one.body, comment_was=one.body)


@bp.post("/ideer/<int:idea_id>/kommentarer/<int:comment_id>")
@requires(Permission.IDEA_SEE)
@behind_others
def edit_comment(idea_id: int, comment_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    one = comments.get_comment(db.session, found, comment_id)
    body, was = request.form.get("body", ""), request.form.get("was", "")
    typed = {"editing": one.id, "comment_body": body}
    try:
        made = comments.edit_comment(db.session, viewer, found, one, body, _place(), was=was)
    except RuleBroken as no:
        return _again(idea_id, no, comment_was=was, **typed)
    except Stale as late:
        # What is stored now has been seen, in another tab: saving again keeps what is typed.
        return _again(idea_id, late, comment_was=one.body, comment_stored=one.body, **typed)
    text = _("Comment saved.")
    return answered(viewer, found, _undo(text, made.id) if made else Toast(text))


@bp.post("/ideer/<int:idea_id>/kommentarer/<int:comment_id>/slett")
@requires(Permission.IDEA_SEE)
@behind_others
def delete_comment(idea_id: int, comment_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    one = comments.get_comment(db.session, found, comment_id)
    made = comments.delete_comment(db.session, viewer, found, one)
    return answered(viewer, found, _undo(_("Comment deleted."), made.id))


@bp.get("/ideer/<int:idea_id>/omtal")
@requires(Permission.IDEA_SEE)
def people_to_mention(idea_id: int) -> ResponseReturnValue:
    """Offer who can be mentioned while one types."""
    found = ideas.get_visible(db.session, current_actor(), idea_id)
    text = request.args.get("q", "").casefold()[:100]
    every = comments.mentionable(db.session, found.region_id)
    names = sorted({name for _number, name in every if text in name.casefold()})
    return page("ideas/suggestions.html", names=names[:8])


@bp.get("/omtaler/<token>")
@public
def mentions_stop_page(token: str) -> ResponseReturnValue:
    _reader(token)
    return page("ideas/stop.html", is_off=False, token=token)


@bp.post("/omtaler/<token>")
@public
def stop_mentions(token: str) -> ResponseReturnValue:
    """Turn it off. What is signed in the address allows it: a mail program has no session."""
    comments.stop_mail(db.session, _reader(token))
    return page("ideas/stop.html", is_off=True, token=token)


def _reader(token: str) -> int:
    settings: Settings = current_app.config["SETTINGS"]
    return links.read_stop_token(settings.secret_key, links.Kind.MENTIONS, token)


@bp.record_once
def _without_form_token(state: BlueprintSetupState) -> None:
    # Mail programs post here by themselves (RFC 8058), without a form of ours.
    state.app.extensions["csrf"].exempt(stop_mentions)


@bp.post("/omtaler")
@requires(Permission.IDEA_SEE)
def choose_mentions() -> ResponseReturnValue:
    viewer = current_actor()
    wants_it = request.form.get("wants_mentions") == "1"
    comments.choose_mail(db.session, viewer, wants_it=wants_it)
    return page("ideas/stop.html", is_off=not wants_it, token=None)
