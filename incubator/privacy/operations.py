"""Erase a person: blank what names them everywhere; counts, dates and awards stand."""

from collections.abc import Sequence
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts import sessions
from incubator.accounts.models import Invitation, Passkey, SignInAttempt, User
from incubator.audit import operations as audit
from incubator.audit.models import Change, ChangeValue
from incubator.companies.models import Contact
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import RuleBroken
from incubator.core.facts import void
from incubator.core.texts import fold, sort_key
from incubator.mail import operations as mail
from incubator.mail.models import Message
from incubator.privacy import traces
from incubator.privacy.queries import ERASED, Kind, Person, words_for
from incubator.privacy.words import BLANK
from incubator.search import indexing
from incubator.summaries.models import Recipient

HELD_BACK = "The person was erased."


def erase(
    session: Session, actor: Actor, person: Person, *, confirmed: str, more: Sequence[str] = ()
) -> tuple[Change, int]:
    """Erase a person for good; give the change, and in how many texts they stood.

    `more` are other spellings. Raises RuleBroken unless the name was written to confirm it, for
    one who can still sign in, and for whoever asks.
    """
    must(actor, Permission.PRIVACY)
    if person.is_erased:
        raise RuleBroken("erased_already")
    if fold(confirmed) != fold(person.name):
        raise RuleBroken("not_confirmed", fields=["name"])
    words = words_for(session, person, more)
    change = audit.record(session, actor, ERASED, kind=person.kind.value, subject_id=person.id)
    _stop_mail(session, person, change)
    if person.kind == Kind.CONTACT:
        _erase_contact(session, person.id, change)
    else:
        _erase_user(session, actor, person.id)
    _blank_history(session, person)
    flush(session)
    number = traces.blank(session, words)
    session.expire_all()
    indexing.rebuild(session)
    return change, number


def _stop_mail(session: Session, person: Person, change: Change) -> None:
    """Let nothing leave for the person any more, and nobody send them reports."""
    if not person.email:
        return
    waiting = session.scalars(
        sa.select(Message).where(
            sa.func.lower(Message.to_address) == person.email.lower(),
            Message.sent_at.is_(None),
            Message.given_up_at.is_(None),
        )
    ).all()
    mail.hold_back(session, waiting, HELD_BACK)
    for recipient in session.scalars(
        sa.select(Recipient).where(
            sa.func.lower(Recipient.email) == person.email.lower(), Recipient.known()
        )
    ):
        void(session, recipient, change)


def _erase_contact(session: Session, number: int, change: Change) -> None:
    contact = session.get_one(Contact, number, with_for_update=True)
    contact.name, contact.sort_key = BLANK, sort_key(BLANK)
    contact.title = contact.telephone = contact.email = None
    contact.purpose = contact.source = contact.review_on = contact.legal_basis = None
    if not contact.is_voided:
        void(session, contact, change)


def _erase_user(session: Session, actor: Actor, number: int) -> None:
    user = session.get_one(User, number, with_for_update=True)
    if actor.id == number:
        raise RuleBroken("own_account")
    if user.active:
        raise RuleBroken("close_first")
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.email_key == fold(user.email)))
    for table in (Invitation, Passkey):
        session.execute(sa.delete(table).where(table.user_id == number))
    sessions.end_all(session, number)
    user.name = BLANK  # as it stands in texts from now on
    user.email = f"slettet-{number}@slettet.invalid"
    user.name_key, user.sort_key, user.initials = fold(user.name), sort_key(user.name), "–"
    user.password = user.tf_totp_secret = user.tf_primary_method = None
    user.mf_recovery_codes = user.fs_webauthn_user_handle = user.tf_last_step = None
    user.fs_uniquifier, user.wants_digest = uuid4().hex, False


def _blank_history(session: Session, person: Person) -> None:
    """Leave of the history of this person's record that it was changed, and not how."""
    session.execute(
        sa.update(ChangeValue)
        .where(ChangeValue.subject_kind == person.kind.value, ChangeValue.subject_id == person.id)
        .values(
            old=sa.case((ChangeValue.old.isnot(None), BLANK)),
            new=sa.case((ChangeValue.new.isnot(None), BLANK)),
        )
    )
