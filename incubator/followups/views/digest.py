"""Turn the daily mail off by the link in it: a page with a form, and the mail program's click."""

from flask import current_app
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from config import Settings
from incubator.core import db, links
from incubator.core.access import public
from incubator.core.web import page
from incubator.followups import operations
from incubator.followups.views.blueprint import bp


@bp.get("/dagsbrev/<token>")
@public
def stop_page(token: str) -> ResponseReturnValue:
    _reader(token)
    return page("followups/stop.html", is_off=False, token=token)


@bp.post("/dagsbrev/<token>")
@public
def stop(token: str) -> ResponseReturnValue:
    """Turn it off. What is signed in the address allows it: a mail program has no session."""
    operations.stop_digest(db.session, _reader(token))
    return page("followups/stop.html", is_off=True, token=token)


def _reader(token: str) -> int:
    settings: Settings = current_app.config["SETTINGS"]
    return links.read_stop_token(settings.secret_key, links.Kind.DAILY_MAIL, token)


@bp.record_once
def _without_form_token(state: BlueprintSetupState) -> None:
    # Mail programs post here by themselves (RFC 8058), without a form of ours.
    state.app.extensions["csrf"].exempt(stop)
