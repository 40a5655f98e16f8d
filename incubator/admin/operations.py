"""Set the mail server by page, and try it."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from config import Settings
from incubator.accounts.operations import clean_email
from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core.access import Actor, Permission, must
from incubator.core.errors import RuleBroken
from incubator.mail import letters, operations as mail
from incubator.reference import kept


def set_mail(
    session: Session, actor: Actor, settings: Settings, wanted: Mapping[str, str]
) -> Change | None:
    """Keep where mail is handed over. Raises RuleBroken where the environment says it."""
    if settings.mail_server is not None:
        raise RuleBroken("set_by_environment")
    return kept.change_settings(session, actor, wanted, seen={})


def send_test(session: Session, actor: Actor, *, to: str) -> None:
    """Queue a mail that says that mail works."""
    must(actor, Permission.ADMIN)
    try:
        address = clean_email(to)
    except RuleBroken as no:
        raise RuleBroken("not_an_email", fields=["to"]) from no
    written = letters.write("test", actor.locale, reader=actor.name)
    message = mail.queue(
        session, to=address, subject=written.subject, text=written.text, html=written.html
    )
    audit.record(session, actor, "mail.tested", kind="mail", subject_id=message.id)
