"""Ask, before every view, for the permission that it names, and before some for the password."""

from datetime import timedelta

from flask import Flask, current_app, g, request, session as cookie, url_for
from flask.typing import ResponseReturnValue

from incubator.accounts import queries
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, must
from incubator.core.web import go_to

# Flask-Security's own pages are for people without a session, or check for one themselves.
OPEN_BLUEPRINTS = frozenset({"security"})
# Programs come with a token, which their room asks for; never with the cookie of a session.
BY_TOKEN = frozenset({"api"})
FRESH_FOR = timedelta(hours=12)
TO_FINISH = timedelta(hours=1)  # what was begun in time may be sent


def init_app(app: Flask) -> None:
    """Guard every view."""
    app.before_request(check)


def check() -> None:
    """Load who is signed in and refuse the view if its permission is missing.

    A view without a mark is a mistake, and only administrators see it.
    """
    if request.blueprint in BY_TOKEN:
        return
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.blueprint in OPEN_BLUEPRINTS:
        g.actor = signed_in()
        return
    permission: Permission | None = getattr(view, "permission", Permission.ADMIN)
    if permission is None:
        return
    g.actor = signed_in()
    must(current_actor(), permission)


def signed_in() -> Actor | None:
    """Give who the session cookie names, read before any turn to write is taken."""
    uniquifier = cookie.get("_user_id")
    if not uniquifier:
        return None
    with db.peek() as reading:
        return queries.actor_of_session(reading, uniquifier)


def ask_for_password() -> ResponseReturnValue | None:
    """Let who signed in long ago confirm the password: for what only administrators do.

    Flask-Security writes down in the cookie when it last saw the password.
    """
    seen = cookie.get("fs_paa") or 0
    is_form = request.method != "GET"
    fresh_for = FRESH_FOR + TO_FINISH if is_form else FRESH_FOR
    if abs(clock.now().timestamp() - seen) < fresh_for.total_seconds():
        return None
    room = current_app.blueprints[request.blueprint or ""]
    address = (room.url_prefix or "/") if is_form else request.full_path.rstrip("?")
    return go_to(url_for("security.verify", next=address))
