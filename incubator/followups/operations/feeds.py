"""Make and withdraw the secret address of a person's calendar, and choose the daily mail."""

import hashlib
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.audit import operations as audit
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import NotFound
from incubator.followups.models import CalendarFeed


def make_feed(session: Session, actor: Actor) -> str:
    """Make a secret for a person's calendar and give it, this once; an older one ends."""
    must(actor, Permission.FOLLOWUP_EDIT)
    _end_all(session, actor)
    token = secrets.token_urlsafe(32)
    assert actor.id is not None, "a calendar is a person's"
    feed = CalendarFeed(user_id=actor.id, token_hash=hash_of(token), made_at=clock.now())
    session.add(feed)
    flush(session)
    audit.record(session, actor, "calendar_feed.made", kind="calendar_feed", subject_id=feed.id)
    return token


def revoke_feed(session: Session, actor: Actor) -> bool:
    """Withdraw a person's calendar: its address leads nowhere any more. False without one."""
    ended = _end_all(session, actor)
    for feed_id in ended:
        audit.record(
            session, actor, "calendar_feed.revoked", kind="calendar_feed", subject_id=feed_id
        )
    return bool(ended)


def hash_of(token: str) -> str:
    """Give what is kept of a secret: it cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def _end_all(session: Session, actor: Actor) -> list[int]:
    # Two at once wait for each other here, so that one calendar is left.
    session.execute(sa.select(User.id).where(User.id == actor.id).with_for_update())
    open_ones = session.scalars(
        sa.select(CalendarFeed).where(
            CalendarFeed.user_id == actor.id, CalendarFeed.revoked_at.is_(None)
        )
    ).all()
    for feed in open_ones:
        feed.revoked_at = clock.now()
    flush(session)
    return [feed.id for feed in open_ones]


def choose_digest(session: Session, actor: Actor, *, wants_it: bool) -> bool:
    """Turn the daily mail of a person on or off; False when it was so already."""
    user = session.get_one(User, actor.id)
    if user.wants_digest == wants_it:
        return False
    _choose(session, actor, user, wants_it=wants_it)
    return True


def stop_digest(session: Session, user_id: int) -> None:
    """Turn the daily mail of a person off, by the link in it. Raises NotFound for nobody's."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("bad_link")
    if user.wants_digest:
        by_link = Actor(user.id, user.name, user.role, frozenset(), frozenset())
        _choose(session, by_link, user, wants_it=False)


def _choose(session: Session, actor: Actor, user: User, *, wants_it: bool) -> None:
    change = audit.record(session, actor, "user.digest_chosen", kind="user", subject_id=user.id)
    audit.note_values(
        session, change, "user", user.id, {"wants_digest": (user.wants_digest, wants_it)}
    )
    user.wants_digest = wants_it
    flush(session)
