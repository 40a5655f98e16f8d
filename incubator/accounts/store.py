"""Where Flask-Security keeps people and mail: our session and our outbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from babel.dates import format_timedelta
from flask import current_app, g, request
from flask_security import MailUtil, RoleMixin, SQLAlchemyUserDatastore
from flask_security.totp import Totp
from sqlalchemy.orm import Session

from config import Settings
from incubator.accounts.models import Passkey, User
from incubator.core import db
from incubator.core.formats import choose_locale
from incubator.core.texts import fold
from incubator.mail import letters, operations as mail


class _NoRole(RoleMixin):
    """Flask-Security wants a role model; the roles of this program are an enum."""


class _Sessions:
    """What Flask-Security's store asks of a database object."""

    @property
    def session(self) -> Session:
        reading: Session | None = g.get("checking")
        return reading or db.session


@contextmanager
def checking(reading: Session) -> Iterator[None]:
    """Let Flask-Security look people up without the turn to write being taken."""
    g.checking = reading
    try:
        yield
    finally:
        g.pop("checking")


class Datastore(SQLAlchemyUserDatastore):
    """Flask-Security's store, on the session of the request, whose commit is not its to give."""

    def __init__(self) -> None:
        super().__init__(_Sessions(), User, _NoRole, Passkey)

    def commit(self) -> None:
        db.session.flush()

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> Any:
        if "email" in kwargs:
            kwargs["email"] = fold(kwargs["email"])
        return super().find_user(**kwargs)

    def find_webauthn(self, credential_id: bytes) -> Passkey | None:
        """Give a key, held until the request ends: of two who answer with it, one is too late."""
        session: Session = self.db.session
        return session.scalar(
            sa.select(Passkey)
            .where(Passkey.credential_id == credential_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )


class Codes(Totp):
    """Codes from the telephone, each of which opens once."""

    def get_last_counter(self, user: Any) -> int | None:
        """Give the step of the last code that was taken, and hold it until the request ends."""
        return db.session.scalar(
            sa.select(User.tf_last_step).where(User.id == user.id).with_for_update()
        )

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Keep which code was taken."""
        db.session.execute(
            sa.update(User).where(User.id == user.id).values(tf_last_step=tmatch.counter)
        )


class OutboxMail(MailUtil):
    """Queues what Flask-Security wants to mail, in our words and the language of the page."""

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
        user: User = kwargs["user"]
        locale = choose_locale()
        token, site = kwargs.get("reset_token"), public_address()["site"]
        within = current_app.config["SECURITY_RESET_PASSWORD_WITHIN"]
        forgotten = current_app.config["SECURITY_RESET_URL"]
        written = letters.write(
            "reset" if token else "changed",
            locale,
            reader=user.name,
            address=f"{site}{forgotten}/{token}" if token else f"{site}{forgotten}",
            within=str(format_timedelta(within, locale=locale)),
        )
        mail.queue(
            db.session, to=user.email, subject=written.subject, text=written.text,
            html=written.html,
        )  # fmt: skip


def public_address() -> dict[str, str]:
    """Give the templates of mail the address of this installation.

    Without PUBLIC_URL it is the one that the request came to.
    """
    settings: Settings = current_app.config["SETTINGS"]
    return {"site": settings.public_url or request.host_url.rstrip("/")}
