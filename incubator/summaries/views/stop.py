"""The link in each summary that ends it for one recipient; opening it changes nothing."""

from flask import Blueprint, current_app
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from config import Settings
from incubator.core import db, links
from incubator.core.access import public
from incubator.core.errors import NotFound
from incubator.core.web import page
from incubator.summaries import operations
from incubator.summaries.models import Recipient
from incubator.summaries.tasks import worker

stopping = Blueprint("stop_summaries", __name__, url_prefix="/rapportstopp")


@stopping.get("/<token>")
@public
def stop_page(token: str) -> ResponseReturnValue:
    _recipient(token)
    return page("summaries/stop.html", is_off=False, token=token)


@stopping.post("/<token>")
@public
def stop(token: str) -> ResponseReturnValue:
    """Stop it. What is signed in the address allows it: a mail program has no session."""
    operations.set_stopped(db.session, worker(), _recipient(token), is_stopped=True)
    return page("summaries/stop.html", is_off=True, token=token)


def _recipient(token: str) -> Recipient:
    settings: Settings = current_app.config["SETTINGS"]
    number = links.read_stop_token(settings.secret_key, links.Kind.SUMMARY, token)
    found = db.session.get(Recipient, number)
    if found is None or found.is_voided:
        raise NotFound("bad_link")
    return found


@stopping.record_once
def _without_form_token(state: BlueprintSetupState) -> None:
    # Mail programs post here by themselves (RFC 8058), without a form of ours.
    state.app.extensions["csrf"].exempt(stop)
