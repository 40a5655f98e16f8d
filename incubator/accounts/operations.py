"""Make people, and count the sign-ins that failed."""

import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from email_validator import EmailNotValidError, validate_email
from flask_security.utils import hash_password
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from incubator.accounts import queries
from incubator.accounts.models import Role, SignInAttempt, User, UserRegion
from incubator.audit import operations as audit
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush, lock_table
from incubator.core.errors import RuleBroken
from incubator.core.formats import LOCALES
from incubator.core.texts import fold, sort_key
from incubator.mail import operations as mail

MIN_PASSWORD = 10
# "å" can be typed as one character or as two: both are the same password.
UNICODE_FORM: Final = "NFKD"
EMAIL_RULES: dict[str, Any] = {"check_deliverability": False, "test_environment": True}
LOCK_AFTER = 8
LOCK_FOR = timedelta(minutes=15)
MOST_MAILS = 5  # to one address in an hour, however often a new password is asked for


def create_user(
    session: Session,
    actor: Actor,
    *,
    email: str,
    name: str,
    role: Role,
    password: str,
    region_ids: Sequence[int] = (),
    organisation_id: int | None = None,
    locale: str = "nb",
) -> User:
    """Make a person who can sign in.

    Raises NotAllowed for anybody but an administrator, RuleBroken when the name is missing,
    the address taken or none, the password too short, or no region given to work in.
    """
    must(actor, Permission.ADMIN)
    user = make_user(
        session, email=email, name=name, role=role, password=password, region_ids=region_ids,
        organisation_id=organisation_id, locale=locale,
    )  # fmt: skip
    audit.record(session, actor, "user.created", kind="user", subject_id=user.id)
    return user


def make_user(
    session: Session,
    *,
    email: str,
    name: str,
    role: Role,
    password: str | None,
    region_ids: Sequence[int],
    organisation_id: int | None,
    locale: str,
) -> User:
    """Make a person as a part of a change; without a password for one who is invited."""
    must_fit(name, role)
    address = clean_email(email)
    chosen = None if password is None else clean_password(password)
    if queries.find_user(session, address):
        raise RuleBroken("email_taken", fields=["email"])
    must_fit(name, role, region_ids)
    if locale not in LOCALES:
        raise RuleBroken("unknown_language", fields=["locale"])
    user = User(
        email=address,
        name=" ".join(name.split()),
        name_key=fold(name),
        sort_key=sort_key(name),
        initials=initials_of(name),
        password=None if chosen is None else hash_password(chosen),
        active=True,
        fs_uniquifier=secrets.token_hex(32),
        role=role,
        organisation_id=organisation_id,
        locale=locale,
        created_at=clock.now(),
        regions=[UserRegion(region_id=region_id) for region_id in dict.fromkeys(region_ids)],
    )
    session.add(user)
    flush(session)
    return user


def must_fit(name: str, role: Role, region_ids: Sequence[int] | None = None) -> None:
    """Raise RuleBroken when the name is missing, or no region is given to work in."""
    if not name.strip():
        raise RuleBroken("name_missing", fields=["name"])
    if role != Role.ADMIN and region_ids is not None and not region_ids:
        raise RuleBroken("region_missing", fields=["region_ids"])


def clean_password(password: str) -> str:
    """Give a password as it is hashed. Raises RuleBroken when it is too short."""
    chosen = unicodedata.normalize(UNICODE_FORM, password)
    if len(chosen) < MIN_PASSWORD:
        raise RuleBroken("password_too_short", fields=["password"], least=MIN_PASSWORD)
    return chosen


def make_first_admin(session: Session, *, email: str, name: str, password: str) -> User:
    """Make the administrator of an empty installation. Raises RuleBroken when it is not empty."""
    lock_table(session, User)
    if not queries.is_empty(session):
        raise RuleBroken("not_empty")
    actor = Actor(None, name, Role.ADMIN, frozenset({Permission.ADMIN}), None)
    return create_user(session, actor, email=email, name=name, role=Role.ADMIN, password=password)


def initials_of(name: str) -> str:
    """Give the letters that stand for a person on a card."""
    words = name.replace("-", " ").split()
    letters = [word[0] for word in words if word[0].isalpha()]
    return "".join(letters[:1] + letters[-1:] if len(letters) > 1 else letters).upper() or "?"


def clean_email(email: str) -> str:
    """Give an e-mail address as it is stored. Raises RuleBroken when it is none."""
    try:
        return fold(validate_email(email.strip(), **EMAIL_RULES).normalized)
    except EmailNotValidError as no:
        raise RuleBroken("not_an_email", fields=["email"]) from no


def is_locked(session: Session, email: str) -> bool:
    """Say whether sign-in for an address is locked just now."""
    locked_until = session.scalar(
        sa.select(SignInAttempt.locked_until).where(SignInAttempt.email_key == fold(email))
    )
    return locked_until is not None and locked_until > clock.now()


def note_failed_sign_in(session: Session, email: str) -> None:
    """Count a failed sign-in; lock the address for a while after too many."""
    now = clock.now()
    _forget_attempts_before(session, now - 2 * LOCK_FOR)
    attempt = _attempt_of(session, fold(email), now)
    if attempt.last_failed_at < now - LOCK_FOR:
        attempt.failed = 0
    attempt.failed += 1
    attempt.last_failed_at = now
    if attempt.failed >= LOCK_AFTER:
        attempt.locked_until = now + LOCK_FOR
        attempt.failed = 0
    flush(session)


def _attempt_of(session: Session, key: str, now: datetime) -> SignInAttempt:
    """Give the row of an address, made where it is missing, also when two fail at once."""
    if session.get(SignInAttempt, key) is None:
        try:
            with session.begin_nested():
                session.add(SignInAttempt(email_key=key, failed=0, last_failed_at=now))
        except IntegrityError:
            pass
    return session.get_one(SignInAttempt, key, with_for_update=True, populate_existing=True)


def _forget_attempts_before(session: Session, moment: datetime) -> None:
    # Addresses that somebody made up would else pile up.
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.last_failed_at < moment))


def clear_failed_sign_ins(session: Session, email: str) -> None:
    """Forget the failed sign-ins of an address, as after a good one."""
    attempt = session.get(SignInAttempt, fold(email))
    if attempt is not None:
        session.delete(attempt)
        flush(session)


def is_mailed_enough(session: Session, email: str) -> bool:
    """Say whether an address has got so many e-mails lately that one more is a nuisance."""
    since = clock.now() - timedelta(hours=1)
    return mail.queued_since(session, fold(email), since) >= MOST_MAILS


def choose_locale(session: Session, actor: Actor, locale: str) -> None:
    """Let a person read the program in another language. Raises RuleBroken for an unknown one."""
    if locale not in LOCALES:
        raise RuleBroken("unknown_language", fields=["locale"])
    user = session.get_one(User, actor.id)
    change = audit.record(session, actor, "user.language_chosen", kind="user", subject_id=user.id)
    audit.note_values(session, change, "user", user.id, {"locale": (user.locale, locale)})
    user.locale = locale
    flush(session)
