"""Flask-Security: sign-in, reset and freshness, on our session, outbox and lock-out.

Its user is loaded on its own pages only. All other requests load a lean `Actor`, by one
query (see `guard`); docs/decisions/0003-sign-in.md has the figures.
"""

import base64
import hashlib
from datetime import timedelta
from typing import Any

from flask import (
    Flask,
    Response,
    after_this_request,
    current_app,
    g,
    request,
    session as cookie,
    url_for,
)  # fmt: skip
from flask_login import user_logged_in, user_logged_out
from flask_security import (
    Security,
    current_user,
    password_changed,
    password_reset,
    tf_disabled,
    tf_profile_changed,
    user_authenticated,
    wan_deleted,
    wan_registered,
)  # fmt: skip

from config import ROOT, Settings
from incubator.accounts import elsewhere, forms, operations, passkeys, second, sessions, store
from incubator.accounts.guard import SIGN_IN
from incubator.accounts.models import User
from incubator.accounts.sentences import MESSAGES
from incubator.core import clock, db
from incubator.core.texts import fold

SETTINGS: dict[str, Any] = {
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    "SECURITY_DEPRECATED_PASSWORD_SCHEMES": [],
    # What goes into a link is the hash of a hash: its own choice costs a third of a second.
    "SECURITY_HASHING_SCHEMES": ["hex_sha256"],
    "SECURITY_DEPRECATED_HASHING_SCHEMES": [],
    "SECURITY_PASSWORD_LENGTH_MIN": operations.MIN_PASSWORD,
    "SECURITY_PASSWORD_NORMALIZE_FORM": operations.UNICODE_FORM,
    "SECURITY_JOIN_USER_ROLES": False,
    "SECURITY_RECOVERABLE": True,
    "SECURITY_CHANGEABLE": True,
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_STATIC_FOLDER": None,
    "SECURITY_CACHE_CONTROL": {},  # `core.security` says it for every answer
    # Its commands know neither our roles nor our regions.
    "SECURITY_CLI_USERS_NAME": None,
    "SECURITY_CLI_ROLES_NAME": None,
    "SECURITY_LOGIN_URL": "/logg-inn",
    "SECURITY_LOGOUT_URL": "/logg-ut",
    "SECURITY_LOGOUT_METHODS": ["POST"],
    "SECURITY_RESET_URL": "/glemt-passord",
    "SECURITY_CHANGE_URL": "/bytt-passord",
    "SECURITY_VERIFY_URL": "/bekreft-passord",
    "SECURITY_POST_LOGIN_VIEW": "/",
    "SECURITY_POST_LOGOUT_VIEW": "/logg-inn",
    "SECURITY_POST_RESET_VIEW": "/logg-inn",
    "SECURITY_EMAIL_VALIDATOR_ARGS": operations.EMAIL_RULES,
    "SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL": True,
    "SECURITY_EMAIL_PLAINTEXT": False,  # the words are ours: templates/mail
    "SECURITY_EMAIL_HTML": False,
    "SECURITY_RESET_PASSWORD_WITHIN": timedelta(hours=2),
    "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(0),
    "SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS": False,
    "SECURITY_USER_IDENTITY_ATTRIBUTES": [{"email": {"mapper": fold, "case_insensitive": False}}],
    "SECURITY_DEFAULT_REMEMBER_ME": False,
    "SECURITY_I18N_DOMAIN": "messages",
    "SECURITY_I18N_DIRNAME": [str(ROOT / "translations")],
    "SECURITY_TWO_FACTOR": True,
    "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
    "SECURITY_TWO_FACTOR_SETUP_URL": "/to-trinn",
    "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/to-trinn-kode",
    "SECURITY_TWO_FACTOR_RESCUE_URL": "/to-trinn-hjelp",
    "SECURITY_TWO_FACTOR_SELECT_URL": "/to-trinn-velg",
    "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/konto",
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 8,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/reservekoder",
    "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/reservekode",
    "SECURITY_TOTP_ISSUER": "Idéløypa",
    "SECURITY_TWO_FACTOR_IMPLEMENTATIONS": {
        "code": "flask_security.twofactor.CodeTfPlugin",
        "webauthn": "incubator.accounts.passkeys.SecondFactor",
    },
    "SECURITY_WEBAUTHN": True,
    "SECURITY_WAN_RP_NAME": "Idéløypa",
    "SECURITY_WAN_ALLOW_USER_HINTS": False,
    "SECURITY_WAN_ALLOW_AS_VERIFY": [passkeys.BOTH],
    "SECURITY_WAN_REGISTER_WITHIN": timedelta(minutes=5),
    "SECURITY_WAN_SIGNIN_WITHIN": timedelta(minutes=5),
    "SECURITY_WAN_REGISTER_TIMEOUT": 300_000,
    "SECURITY_WAN_SIGNIN_TIMEOUT": 300_000,
    "SECURITY_WAN_REGISTER_URL": "/passnokler",
    "SECURITY_WAN_DELETE_URL": "/passnokler/slett",
    "SECURITY_WAN_SIGNIN_URL": "/logg-inn/passnokkel",
    "SECURITY_WAN_VERIFY_URL": "/bekreft-passnokkel",
    "SECURITY_DATETIME_FACTORY": clock.now,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_REFRESH_EACH_REQUEST": False,
    "PERMANENT_SESSION_LIFETIME": 7 * 24 * 3600,
    **{f"SECURITY_MSG_{key}": message for key, message in MESSAGES.items()},
}
# What OWASP asks for at least. The library's own choice takes five times as long and 64 MiB
# for each person who signs in.
HASHING = {"argon2__time_cost": 2, "argon2__memory_cost": 19456, "argon2__parallelism": 1}


def init_app(app: Flask) -> None:
    """Set up sign-in."""
    app.config.update(SETTINGS)
    # What makes the codes is of use to nobody who has but a copy of the database.
    app.config["SECURITY_TOTP_SECRETS"] = {"1": _key(app, b"totp:").decode()}
    app.config["SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS"] = [_key(app, b"recovery:")]
    app.config.setdefault("SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS", HASHING)
    security = Security(
        app,
        store.Datastore(),
        login_form=forms.SignIn,
        verify_form=forms.Verify,
        change_password_form=forms.Change,
        forgot_password_form=forms.Forgot,
        reset_password_form=forms.Reset,
        two_factor_rescue_form=forms.Rescue,
        two_factor_setup_form=forms.SetUp,
        two_factor_verify_code_form=forms.Code,
        mf_recovery_form=forms.RecoveryCode,
        wan_register_form=passkeys.Register,
        wan_register_response_form=passkeys.RegisterAnswer,
        wan_signin_response_form=passkeys.SignInAnswer,
        webauthn_util_cls=passkeys.Util,
        totp_cls=store.Codes,
        mail_util_cls=store.OutboxMail,
    )
    # A refused sign-in answered as JSON would be an error, and so roll back that it was counted.
    security.want_json(lambda _request: False)
    # Principal would load the user before every request, for needs that nothing here asks of.
    app.before_request_funcs[None].remove(security.principal._on_before_request)
    # So would Flask-Login for every template, for a `current_user` that none of ours names.
    processors = app.template_context_processors[None]
    processors[:] = [one for one in processors if one.__name__ != "_user_context_processor"]
    elsewhere.init_app(app)
    app.context_processor(_ways_in)
    user_logged_in.connect(_begin_sign_in, app)
    user_logged_out.connect(_end_sign_in, app)
    user_authenticated.connect(_note_strength, app)
    tf_profile_changed.connect(_note_second_factor, app)
    tf_disabled.connect(_note_no_second_factor, app)
    wan_registered.connect(_note_passkey, app)
    wan_deleted.connect(_note_no_passkey, app)
    security.wan_register_context_processor(_own_passkeys)
    for changed in (password_changed, password_reset):
        changed.connect(_end_all_others, app)


def _ways_in() -> dict[str, Any]:
    settings: Settings = current_app.config["SETTINGS"]
    return {"elsewhere_name": settings.oidc_name if settings.oidc_issuer else ""}


def _key(app: Flask, purpose: bytes) -> bytes:
    secret = app.config["SECRET_KEY"].encode()
    return base64.urlsafe_b64encode(hashlib.sha256(purpose + secret).digest())


def _writing() -> Any:
    """Give the session to write with: a sign-in by another organisation ends in a GET."""
    return g.get("writing") or db.session


def _begin_sign_in(_app: Flask, user: User, **_more: Any) -> None:
    cookie.permanent = True
    if key := cookie.pop(SIGN_IN, None):
        sessions.end_by_key(_writing(), key)
    agent = request.headers.get("User-Agent", "")
    cookie[SIGN_IN] = sessions.begin(_writing(), user.id, agent=agent)


def _end_sign_in(_app: Flask, **_user: Any) -> None:
    key = cookie.pop(SIGN_IN, None)
    if not key:
        return
    token = sessions.id_token_of(_writing(), key)
    sessions.end_by_key(_writing(), key)
    if token is not None:  # asked for at the next page, since nothing is asked of others here
        cookie[elsewhere.LEAVING] = token if len(token) <= elsewhere.FITS_COOKIE else ""
        after_this_request(_lead_out)


def _lead_out(response: Response) -> Response:
    response.location = url_for("accounts.leave_elsewhere")
    return response


def _note_strength(_app: Flask, user: User, authn_via: Any = (), **_more: Any) -> None:
    # Whoever has a second factor got no further without it.
    if "oidc" in (authn_via or ()) or user.has_second_factor:
        sessions.strengthen(_writing(), cookie[SIGN_IN])


def _note_second_factor(_app: Flask, user: User, **_more: Any) -> None:
    second.note(_writing(), user, "codes_set")
    _begin_to_be_strong(user)


def _note_no_second_factor(_app: Flask, user: User, **_more: Any) -> None:
    second.note(_writing(), user, "codes_removed")


def _note_passkey(_app: Flask, user: User, name: str, **_more: Any) -> None:
    second.note(_writing(), user, "passkey_made", new=name)
    second.tell(_writing(), user, "passkey_made", site=store.public_address()["site"], name=name)
    _begin_to_be_strong(user)


def _note_no_passkey(_app: Flask, user: User, name: str, **_more: Any) -> None:
    second.note(_writing(), user, "passkey_removed", old=name)


def _begin_to_be_strong(user: User) -> None:
    """Let a sign-in by the password alone, from before, not be what changes it again."""
    key = cookie.get(SIGN_IN, "")
    sessions.strengthen(_writing(), key)
    sessions.end_all(_writing(), user.id, but=key, only_weak=True)


def _own_passkeys() -> dict[str, Any]:
    return {"passkeys": second.passkeys_of(_writing(), current_user.id)}


def _end_all_others(_app: Flask, user: User, **_more: Any) -> None:
    sessions.end_all(_writing(), user.id, but=cookie.get(SIGN_IN, ""))
