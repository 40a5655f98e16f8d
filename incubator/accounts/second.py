"""What is shown beside the password: who set it up, and how an administrator takes it away."""

import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts import sessions
from incubator.accounts.models import Passkey, User
from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import NotFound, RuleBroken
from incubator.mail import letters, operations as mail


def passkeys_of(session: Session, user_id: int) -> Sequence[Passkey]:
    """List a person's passkeys, the one that was used last first."""
    query = sa.select(Passkey).where(Passkey.user_id == user_id)
    return session.scalars(query.order_by(Passkey.lastuse_datetime.desc(), Passkey.id)).all()


def note(session: Session, user: User, deed: str, **passkey: str | None) -> None:
    """Leave behind that somebody changed how they sign in; `old` or `new` names a passkey."""
    actor = Actor(user.id, user.name, user.role, frozenset(), None)
    change = audit.record(session, actor, f"user.{deed}", kind="user", subject_id=user.id)
    if passkey:
        named = (passkey.get("old"), passkey.get("new"))
        audit.note_values(session, change, "user", user.id, {"passkey": named})


def tell(session: Session, user: User, deed: str, *, site: str, name: str = "") -> None:
    """Write to a person that the way in which they sign in was changed."""
    written = letters.write(
        "second", user.locale, reader=user.name, deed=deed, passkey=name, address=f"{site}/konto"
    )
    mail.queue(
        session, to=user.email, subject=written.subject, text=written.text, html=written.html
    )


def reset(session: Session, actor: Actor, user: User, *, site: str) -> Change:
    """Take a person's codes, recovery codes and passkeys away, and sign them out everywhere.

    Raises NotAllowed for anybody but an administrator, RuleBroken where there is nothing to
    take away, and for oneself.
    """
    _begin(session, actor, user)
    keys = len(passkeys_of(session, user.id))
    if not (keys or user.tf_primary_method or user.mf_recovery_codes):
        raise RuleBroken("no_second_factor")
    change = audit.record(session, actor, "user.second_reset", kind="user", subject_id=user.id)
    remove_passkeys(session, user.id)
    user.tf_primary_method = user.tf_totp_secret = user.mf_recovery_codes = None
    _end(session, user)
    tell(session, user, "reset", site=site)
    return change


def remove_passkey(
    session: Session, actor: Actor, user: User, passkey_id: int, *, site: str
) -> Change:
    """Take one of a person's passkeys away, and sign them out everywhere.

    Raises NotAllowed for anybody but an administrator, RuleBroken for one's own, NotFound for
    one that is gone, or is somebody else's.
    """
    _begin(session, actor, user)
    key = session.get(Passkey, passkey_id)
    if key is None or key.user_id != user.id:
        raise NotFound("no_such_passkey")
    change = audit.record(session, actor, "user.passkey_removed", kind="user", subject_id=user.id)
    audit.note_values(session, change, "user", user.id, {"passkey": (key.name, None)})
    name = key.name
    session.delete(key)
    _end(session, user)
    tell(session, user, "passkey_removed", site=site, name=name)
    return change


def remove_passkeys(session: Session, user_id: int) -> None:
    """Delete all passkeys of a person, as when the account is closed."""
    session.execute(sa.delete(Passkey).where(Passkey.user_id == user_id))


def _begin(session: Session, actor: Actor, user: User) -> None:
    must(actor, Permission.ADMIN)
    if user.id == actor.id:
        raise RuleBroken("own_second_factor")
    session.refresh(user, with_for_update=True)


def _end(session: Session, user: User) -> None:
    user.fs_uniquifier = secrets.token_hex(32)  # nor does a sign-in that was halfway through go on
    sessions.end_all(session, user.id)
    flush(session)
    session.expire(user, ["webauthn"])
