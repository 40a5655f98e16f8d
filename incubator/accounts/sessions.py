"""Where a person is signed in: a row for each browser, whose key only its cookie holds."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import SignIn
from incubator.core import clock
from incubator.core.db import flush

LASTS = timedelta(days=7)
KEPT = timedelta(days=90)  # how long it is kept where somebody was signed in
_NAMES = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"), ("CriOS", "Chrome"), ("FxiOS", "Firefox"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def hash_of(key: str) -> str:
    """Give what is kept of a secret: it cannot be turned back."""
    return hashlib.sha256(key.encode()).hexdigest()


def browser_of(agent: str) -> str:
    """Name a browser by what it says of itself: Chrome, Windows."""
    name = next((name for mark, name in _NAMES if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(filter(None, (name, system))) or re.sub(r"[^\w./ -]", "", agent)[:60]


def begin(session: Session, user_id: int, *, agent: str = "", is_strong: bool = False) -> str:
    """Write down that a person signed in, and give the key for the cookie."""
    now = clock.now()
    old = sa.and_(SignIn.user_id == user_id, SignIn.expires_at < now - KEPT)
    session.execute(sa.delete(SignIn).where(old))
    key = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            user_id=user_id, key_hash=hash_of(key), began_at=now, expires_at=now + LASTS,
            ended_at=None, browser=browser_of(agent), is_strong=is_strong,
        )
    )  # fmt: skip
    flush(session)
    return key


def _running(user_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        SignIn.user_id == user_id, SignIn.ended_at.is_(None), SignIn.expires_at > clock.now()
    )


def list_running(session: Session, user_id: int) -> Sequence[SignIn]:
    """List where a person is signed in, the latest first."""
    query = sa.select(SignIn).where(_running(user_id))
    return session.scalars(query.order_by(SignIn.began_at.desc(), SignIn.id.desc())).all()


def end(session: Session, user_id: int, sign_in_id: int) -> bool:
    """End one of a person's sign-ins; False when it has ended, or is somebody else's."""
    return _end(session, _running(user_id) & (SignIn.id == sign_in_id)) > 0


def end_by_key(session: Session, key: str) -> None:
    """End the sign-in of a cookie, as when somebody signs out."""
    _end(session, (SignIn.key_hash == hash_of(key)) & SignIn.ended_at.is_(None))


def id_token_of(session: Session, key: str) -> str | None:
    """Give what an organisation said of who signed in; None where they came another way."""
    return session.scalar(sa.select(SignIn.id_token).where(SignIn.key_hash == hash_of(key)))


def keep_id_token(session: Session, key: str, token: str) -> None:
    """Keep, until this sign-in ends, what an organisation said of who signed in."""
    session.execute(sa.update(SignIn).where(SignIn.key_hash == hash_of(key)).values(id_token=token))


def end_all(session: Session, user_id: int, *, but: str = "", only_weak: bool = False) -> int:
    """End a person's sign-ins, all `but` the one with this key; give their number.

    `only_weak` are those in which a password was all that was shown.
    """
    others = _running(user_id) & (SignIn.key_hash != hash_of(but))
    return _end(session, others & SignIn.is_strong.is_(False) if only_weak else others)


def strengthen(session: Session, key: str) -> None:
    """Write down that more than a password was shown in this sign-in."""
    session.execute(sa.update(SignIn).where(SignIn.key_hash == hash_of(key)).values(is_strong=True))


def _end(session: Session, where: sa.ColumnElement[bool]) -> int:
    done = session.execute(
        sa.update(SignIn).where(where).values(ended_at=clock.now(), id_token=None)
    )
    return done.rowcount  # type: ignore[attr-defined, no-any-return]
