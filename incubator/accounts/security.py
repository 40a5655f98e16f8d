"""Flask-Security: sign-in, reset and freshness, on our session, outbox and lock-out.

Its user is loaded on its own pages only. All other requests load a lean `Actor`, by one
query (see `guard`); docs/decisions/0003-sign-in.md has the figures.
"""

from datetime import timedelta
from typing import Any

from flask import Flask, session as cookie
from flask_babel import lazy_gettext as _l
from flask_login import user_logged_in
from flask_security import LoginForm, MailUtil, RoleMixin, Security, SQLAlchemyUserDatastore

from incubator.accounts import operations
from incubator.accounts.models import User
from incubator.core import db
from incubator.core.texts import fold
from incubator.mail import operations as mail

SETTINGS: dict[str, Any] = {
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    "SECURITY_DEPRECATED_PASSWORD_SCHEMES": [],
    "SECURITY_PASSWORD_LENGTH_MIN": operations.MIN_PASSWORD,
    "SECURITY_JOIN_USER_ROLES": False,
    "SECURITY_RECOVERABLE": True,
    "SECURITY_CHANGEABLE": True,
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_LOGIN_URL": "/logg-inn",
    "SECURITY_LOGOUT_URL": "/logg-ut",
    "SECURITY_LOGOUT_METHODS": ["POST"],
    "SECURITY_RESET_URL": "/glemt-passord",
    "SECURITY_CHANGE_URL": "/bytt-passord",
    "SECURITY_VERIFY_URL": "/bekreft-passord",
    "SECURITY_POST_LOGIN_VIEW": "/",
    "SECURITY_POST_LOGOUT_VIEW": "/logg-inn",
    "SECURITY_POST_RESET_VIEW": "/logg-inn",
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": True},
    "SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL": True,
    "SECURITY_EMAIL_SUBJECT_PASSWORD_RESET": _l("Choose a new password for Idéløypa"),
    "SECURITY_EMAIL_SUBJECT_PASSWORD_NOTICE": _l("Your password for Idéløypa was changed"),
    "SECURITY_EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE": _l("Your password for Idéløypa was changed"),
    "SECURITY_RESET_PASSWORD_WITHIN": timedelta(hours=2),
    "SECURITY_FRESHNESS_GRACE_PERIOD": 0,
    "SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS": False,
    "SECURITY_USER_IDENTITY_ATTRIBUTES": [{"email": {"mapper": fold, "case_insensitive": False}}],
    "SECURITY_DEFAULT_REMEMBER_ME": False,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_REFRESH_EACH_REQUEST": False,
    "PERMANENT_SESSION_LIFETIME": 7 * 24 * 3600,
}


class Datastore(SQLAlchemyUserDatastore):
    """Flask-Security's store, on the session of the request, whose commit is not its to give."""

    def commit(self) -> None:
        db.session.flush()


class OutboxMail(MailUtil):
    """Queues what Flask-Security wants to mail."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: Any,
        sender: Any,
        body: str | None,
        html: str | None,
        **kwargs: Any,
    ) -> None:
        mail.queue(
            db.session, to=str(recipient), subject=str(subject), text=body or "", html=html
        )


class SignInForm(LoginForm):
    """The sign-in form, with the lock-out that the database remembers."""

    def validate(self, **kwargs: Any) -> bool:
        email = fold(self.email.data or "")
        if operations.is_locked(db.session, email):
            self.form_errors.append(_l("Too many attempts. Wait 15 minutes and try again."))
            return False
        if super().validate(**kwargs):
            operations.clear_failed_sign_ins(db.session, email)
            return True
        if email:
            operations.note_failed_sign_in(db.session, email)
        return False


class _NoRole(RoleMixin):
    """Flask-Security wants a role model; the roles of this program are an enum."""


class _Store:
    """What Flask-Security's datastore asks of a database object."""

    session = db.session


def init_app(app: Flask) -> None:
    """Set up sign-in."""
    app.config.update(SETTINGS)
    security = Security(
        app,
        Datastore(_Store(), User, _NoRole),
        login_form=SignInForm,
        mail_util_cls=OutboxMail,
    )
    # Principal would load the user before every request, for needs that nothing here asks of.
    app.before_request_funcs[None].remove(security.principal._on_before_request)
    # So would Flask-Login for every template, for a `current_user` that none of ours names.
    processors = app.template_context_processors[None]
    processors[:] = [one for one in processors if one.__name__ != "_user_context_processor"]
    user_logged_in.connect(_stay_signed_in, app)


def _stay_signed_in(_app: Flask, **_user: Any) -> None:
    cookie.permanent = True
