"""Sign-in by one's own organisation: OpenID Connect, with state, nonce and PKCE by Authlib.

Who is vouched for must be known here by the same, verified address: nobody is made by it.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, current_app
from joserfc.errors import JoseError
from requests import RequestException
from sqlalchemy.orm import Session

from config import Settings
from incubator.accounts import queries
from incubator.accounts.models import Invitation, User
from incubator.audit import operations as audit
from incubator.core import clock
from incubator.core.access import Actor
from incubator.core.db import flush
from incubator.core.errors import RuleBroken

FAILURES = (AuthlibBaseError, JoseError, RequestException, ValueError, KeyError)
NAME = "egen"
LEAVING = "leaving"  # under which the cookie holds what to sign out with there
FITS_COOKIE = 2500  # characters, of the 4,000 that a browser keeps
PATIENCE = 10  # seconds for each question to them


def init_app(app: Flask) -> None:
    """Know the organisation that the settings name, if they do."""
    settings: Settings = app.config["SETTINGS"]
    oauth = OAuth(app)
    if settings.oidc_issuer:
        oauth.register(
            NAME,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid email profile", "code_challenge_method": "S256",
                "timeout": PATIENCE,
            },
        )  # fmt: skip
    app.extensions["elsewhere"] = oauth


def client() -> Any:
    """Give the way to the organisation that vouches; None where none is set."""
    return current_app.extensions["elsewhere"].create_client(NAME)


def way_out(id_token: str, *, back: str) -> str | None:
    """Give the address at which one signs out of the organisation too; None where it has none.

    Without the token it asks the person first.
    """
    asked = client()
    if asked is None:
        return None
    try:
        if not asked.load_server_metadata().get("end_session_endpoint"):
            return None
        leave = asked.create_logout_url(
            back, id_token_hint=id_token or None, client_id=asked.client_id
        )
    except FAILURES:
        return None
    return str(leave["url"])


def person_of(session: Session, claims: Mapping[str, Any]) -> User:
    """Give who is vouched for. Raises RuleBroken for anybody who is not known here.

    An address counts when it is said to be verified; Entra ID says so by `xms_edov`.
    """
    email = str(claims.get("email") or "")
    is_verified = claims.get("email_verified") is True or claims.get("xms_edov") in (True, "1", 1)
    if not email or not is_verified:
        raise RuleBroken("email_not_verified")
    user = queries.find_user(session, email)
    if user is None or not user.active:
        raise RuleBroken("not_known_here")
    _accept(session, user)
    return user


def _accept(session: Session, user: User) -> None:
    """Let an invitation be used up by whoever comes this way."""
    waiting = queries.invitation_of(session, user.id)
    if waiting is None:
        return
    session.execute(
        sa.update(Invitation).where(Invitation.id == waiting.id).values(used_at=clock.now())
    )
    actor = Actor(user.id, user.name, user.role, frozenset(), None)
    audit.record(session, actor, "user.accepted", kind="user", subject_id=user.id)
    flush(session)
