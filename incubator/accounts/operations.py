"""Make people, and count the sign-ins that failed."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from flask_security.utils import hash_password
from sqlalchemy.orm import Session

from incubator.accounts import queries
from incubator.accounts.models import Role, SignInAttempt, User, UserRegion
from incubator.audit import operations as audit
from incubator.core import clock
from incubator.core.access import Actor
from incubator.core.db import flush
from incubator.core.errors import RuleBroken
from incubator.core.texts import fold, sort_key

MIN_PASSWORD = 10
LOCK_AFTER = 8
LOCK_FOR = timedelta(minutes=15)


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

    Raises RuleBroken when the address is taken or the password too short.
    """
    address = fold(email)
    if "@" not in address:
        raise RuleBroken("not_an_email", fields=["email"])
    if len(password) < MIN_PASSWORD:
        raise RuleBroken("password_too_short", fields=["password"], least=MIN_PASSWORD)
    if queries.find_user(session, address):
        raise RuleBroken("email_taken", fields=["email"])
    user = User(
        email=address,
        name=name.strip(),
        name_key=fold(name),
        sort_key=sort_key(name),
        initials=initials_of(name),
        password=hash_password(password),
        active=True,
        fs_uniquifier=secrets.token_hex(32),
        role=role,
        organisation_id=organisation_id,
        locale=locale,
        created_at=clock.now(),
        regions=[UserRegion(region_id=region_id) for region_id in region_ids],
    )
    session.add(user)
    flush(session)
    audit.record(session, actor, "user.created", kind="user", subject_id=user.id)
    return user


def make_first_admin(session: Session, *, email: str, name: str, password: str) -> User:
    """Make the administrator of an empty installation. Raises RuleBroken when it is not empty."""
    if not queries.is_empty(session):
        raise RuleBroken("not_empty")
    actor = Actor(None, name, Role.ADMIN, frozenset(), None)
    return create_user(
        session, actor, email=email, name=name, role=Role.ADMIN, password=password
    )


def initials_of(name: str) -> str:
    """Give the letters that stand for a person on a card."""
    words = name.replace("-", " ").split()
    letters = [word[0] for word in words if word[0].isalpha()]
    return "".join(letters[:1] + letters[-1:] if len(letters) > 1 else letters).upper() or "?"


def is_locked(session: Session, email: str) -> bool:
    """Say whether sign-in for an address is locked just now."""
    attempt = session.get(SignInAttempt, fold(email))
    return bool(attempt and attempt.locked_until and attempt.locked_until > clock.now())


def note_failed_sign_in(session: Session, email: str) -> None:
    """Count a failed sign-in; lock the address for a while after too many."""
    now = clock.now()
    attempt = session.get(SignInAttempt, fold(email))
    if attempt is None:
        attempt = SignInAttempt(email_key=fold(email), failed=0, last_failed_at=now)
        session.add(attempt)
    if attempt.last_failed_at < now - LOCK_FOR:
        attempt.failed = 0
    attempt.failed += 1
    attempt.last_failed_at = now
    if attempt.failed >= LOCK_AFTER:
        attempt.locked_until = now + LOCK_FOR
        attempt.failed = 0
    flush(session)


def clear_failed_sign_ins(session: Session, email: str) -> None:
    """Forget the failed sign-ins of an address, as after a good one."""
    attempt = session.get(SignInAttempt, fold(email))
    if attempt is not None:
        session.delete(attempt)
        flush(session)
