"""Where Flask-Security keeps people and mail: our session and our outbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import current_app, g, request
from flask_security import MailUtil, RoleMixin, SQLAlchemyUserDatastore
from sqlalchemy.orm import Session

from config import Settings
from incubator.accounts.models import User
from incubator.core import db
from incubator.core.texts import fold
from incubator.mail import operations as mail


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
        super().__init__(_Sessions(), User, _NoRole)

    def commit(self) -> None:
        db.session.flush()

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> Any:
        if "email" in kwargs:
            kwargs["email"] = fold(kwargs["email"])
        return super().find_user(**kwargs)


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
        mail.queue(db.session, to=str(recipient), subject=str(subject), text=body or "", html=html)


def public_address() -> dict[str, str]:
    """Give the templates of mail the address of this installation.

    Without PUBLIC_URL it is the one that the request came to.
    """
    settings: Settings = current_app.config["SETTINGS"]
    return {"site": settings.public_url or request.host_url.rstrip("/")}
