"""Ask, before every view, for the permission that it names."""

from flask import Flask, current_app, g, request
from flask import session as cookie

from incubator.accounts import queries
from incubator.core import db
from incubator.core.access import Actor, Permission, current_actor, must

# Flask-Security's own pages are for people without a session, or check for one themselves.
OPEN_BLUEPRINTS = frozenset({"security"})


def init_app(app: Flask) -> None:
    """Guard every view."""
    app.before_request(check)


def check() -> None:
    """Load who is signed in and refuse the view if its permission is missing.

    A view without a mark is a mistake, and only administrators see it.
    """
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
