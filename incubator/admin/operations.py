"""Set by page the mail server, and try it; the numbers that the program works by."""

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
from incubator.reference.kept import MAIL
from incubator.reference.numbers import API_KEY_DAYS, API_KEY_LONGEST_DAYS, Number


def set_mail(
    session: Session,
    actor: Actor,
    settings: Settings,
    wanted: Mapping[str, str],
    *,
    seen: int | None,
) -> Change | None:
    """Keep where mail is handed over. Raises RuleBroken where the environment says it."""
    if settings.mail_server is not None:
        raise RuleBroken("set_by_environment")
    return kept.change_settings(
        session, actor, wanted, seen=seen, form=[f"mail_{name}" for name in MAIL]
    )


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


def set_numbers(
    session: Session, actor: Actor, wanted: Mapping[Number, int], *, seen: int | None
) -> Change | None:
    """Set numbers that the program works by; None where nothing is different.

    Raises RuleBroken for one beyond its limits, and where a key would last longer than it may;
    Stale where somebody else set one of them meanwhile.
    """
    must(actor, Permission.ADMIN)
    wrong = [number.key for number, to in wanted.items() if not number.least <= to <= number.most]
    if wrong:
        raise RuleBroken("bad_number", fields=wrong)
    usual, longest = wanted.get(API_KEY_DAYS, 0), wanted.get(API_KEY_LONGEST_DAYS)
    if longest is not None and usual > longest:
        raise RuleBroken("key_lasts_too_long", fields=[API_KEY_DAYS.key])
    # What nobody has set stays unset, until it is to be something else than it was made.
    stored = kept.all_settings(session)
    texts = {
        number.key: str(to)
        for number, to in wanted.items()
        if number.key in stored or to != number.default
    }
    return kept.change_settings(session, actor, texts, seen=seen, form=[n.key for n in wanted])
