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
CODE_PAGE = "security.two_factor_token_validation"
SIGN_IN = "sign_in"  # under which the cookie holds the key of the sign-in
# Where somebody may go who must set up a second factor first.
TO_BECOME_STRONG = frozenset(
    {
        "accounts.account",
        "accounts.sign_out_one",
        "accounts.sign_out_others",
        "home.choose_language",
    }
)
FRESH_FOR = timedelta(hours=12)
TO_FINISH = timedelta(hours=1)  # what was begun in time may be sent


def init_app(app: Flask) -> None:
    """Guard every view."""
    app.before_request(check)


def check() -> ResponseReturnValue | None:
    """Load who is signed in and refuse the view if its permission is missing.

    A view without a mark is a mistake, and only administrators see it.
    """
    if request.blueprint in BY_TOKEN:
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.blueprint in OPEN_BLUEPRINTS:
        g.actor = signed_in()
        # Flask-Security would sign out whoever opens this with no code to confirm.
        has_strayed = request.endpoint == CODE_PAGE and not cookie.get("tf_totp_secret")
        return go_to(url_for("accounts.account")) if g.actor and has_strayed else None
    permission: Permission | None = getattr(view, "permission", Permission.ADMIN)
    if permission is None:
        return None
    g.actor, lacks_second = who_and_how()
    if lacks_second and request.endpoint not in TO_BECOME_STRONG:
        return go_to(url_for("accounts.account"))
    must(current_actor(), permission)
    return None


def signed_in() -> Actor | None:
    """Give who is signed in."""
    return who_and_how()[0]


def who_and_how() -> tuple[Actor | None, bool]:
    """Give who the session cookie names, and whether they must show more than a password.

    Read before any turn to write is taken. What is left of a sign-in that has ended is
    forgotten, since Flask-Security would still take the cookie for somebody.
    """
    uniquifier, key = cookie.get("_user_id"), cookie.get(SIGN_IN)
    if not uniquifier:
        return None, False
    with db.peek() as reading:
        actor, lacks_second = queries.actor_of_cookie(reading, uniquifier, str(key or ""))
    if actor is None:
        cookie.clear()
    return actor, lacks_second


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
