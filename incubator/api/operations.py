"""Make and revoke tokens; keep what requests were answered."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.api.models import ApiChange, ApiToken, ApiTokenRegion, KeptAnswer
from incubator.api.scopes import Scope, offered_to
from incubator.audit import operations as audit
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import NotFound, RuleBroken, Stale
from incubator.reference.numbers import API_KEY_LONGEST_DAYS, value

PREFIX = "ilp_"  # by which a secret that got lost is found in other people's code
SHOWN = 8
MOST = 50
NOTED_EVERY = timedelta(minutes=10)
KEPT_FOR = timedelta(days=7)


def make_token(
    session: Session,
    actor: Actor,
    *,
    name: str,
    scopes: Sequence[Scope],
    region_ids: Sequence[int],
    expires_at: datetime,
) -> str:
    """Make a token for oneself and give its secret, this once.

    Raises RuleBroken without a name or a scope, for what one may not oneself, or for a day that
    is over or further ahead than the settings allow.
    """
    must(actor, Permission.SIGNED_IN)
    assert actor.id is not None, "a token is a person's"
    title = " ".join(name.split())
    if not title:
        raise RuleBroken("name_missing", fields=["name"])
    if not scopes:
        raise RuleBroken("token_scope_missing", fields=["scopes"])
    if not set(scopes) <= set(offered_to(actor)):
        raise RuleBroken("token_scope_not_yours", fields=["scopes"])
    if not set(region_ids) <= set(actor.region_names):
        raise RuleBroken("no_such_region", fields=["region_ids"])
    _must_be_ahead(expires_at, value(session, API_KEY_LONGEST_DAYS))
    _must_have_room(session, actor)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        user_id=actor.id, name=title, token_hash=hash_of(secret), beginning=secret[:SHOWN],
        scopes=" ".join(scope for scope in Scope if scope in scopes), made_at=clock.now(),
        expires_at=expires_at,
    )  # fmt: skip
    session.add(token)
    flush(session)
    chosen = dict.fromkeys(region_ids)
    session.add_all(ApiTokenRegion(token_id=token.id, region_id=region) for region in chosen)
    audit.record(session, actor, "api_token.made", kind="api_token", subject_id=token.id)
    flush(session)
    return secret


def _must_be_ahead(expires_at: datetime, longest: int) -> None:
    now = clock.now()
    if expires_at <= now:
        raise RuleBroken("token_day_over", fields=["expires_on"])
    if expires_at > now + timedelta(days=longest + 1):  # its last day is a whole one
        raise RuleBroken("token_day_too_far", fields=["expires_on"], days=longest)


def _must_have_room(session: Session, actor: Actor) -> None:
    query = sa.select(sa.func.count(ApiToken.id)).where(
        ApiToken.user_id == actor.id, ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > clock.now(),
    )  # fmt: skip
    if (session.scalar(query) or 0) >= MOST:
        raise RuleBroken("too_many_tokens", most=MOST)


def revoke_token(session: Session, actor: Actor, token_id: int) -> None:
    """End a token of one's own; again is harmless. Raises NotFound."""
    must(actor, Permission.SIGNED_IN)
    token = session.get(ApiToken, token_id, with_for_update=True, populate_existing=True)
    if token is None or token.user_id != actor.id:
        raise NotFound("no_such_token")
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        audit.record(session, actor, "api_token.revoked", kind="api_token", subject_id=token.id)
    flush(session)


def hash_of(secret: str) -> str:
    """Give what is kept of a secret: it cannot be turned back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_noted(last_used_at: datetime | None) -> bool:
    """Say whether it was written down lately that a token is used."""
    return last_used_at is not None and last_used_at > clock.now() - NOTED_EVERY


def note_used(session: Session, token_id: int) -> None:
    """Write down that a token is used."""
    now = clock.now()
    session.execute(sa.update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=now))


def note_change(session: Session, change_id: int, token_id: int) -> None:
    """Write down with which token a change was made."""
    if session.get(ApiChange, change_id) is None:
        session.add(ApiChange(change_id=change_id, token_id=token_id))
        flush(session)


@dataclass(frozen=True)
class Answer:
    """What a request is answered."""

    status: int
    body: str
    location: str | None


def begin_answer(session: Session, token_id: int, key: str, fingerprint: str) -> KeptAnswer | None:
    """Take a key for a request, or give None when the same request was answered before.

    Of two at once the second waits here until the first is done. Raises RuleBroken when the key
    came with another request.
    """
    if _answered(session, token_id, key, fingerprint) is not None:
        return None
    taken = KeptAnswer(
        token_id=token_id, key=key, fingerprint=fingerprint, status=0, body="", location=None,
        kept_at=clock.now(),
    )  # fmt: skip
    session.add(taken)
    try:
        flush(session)
    except Stale:
        if _answered(session, token_id, key, fingerprint) is None:
            raise
        return None
    return taken


def kept_answer(session: Session, token_id: int, key: str, fingerprint: str) -> Answer | None:
    """Give what the same request was answered, if it was."""
    row = _answered(session, token_id, key, fingerprint)
    return Answer(row.status, row.body, row.location) if row else None


def _answered(session: Session, token_id: int, key: str, fingerprint: str) -> KeptAnswer | None:
    row = session.scalar(
        sa.select(KeptAnswer)
        .where(KeptAnswer.token_id == token_id, KeptAnswer.key == key)
        .execution_options(populate_existing=True)
    )
    if row is not None and row.fingerprint != fingerprint:
        raise RuleBroken("key_used_otherwise", fields=["Idempotency-Key"])
    return row


def keep_answer(session: Session, taken: KeptAnswer, answer: Answer) -> None:
    """Keep what a request is answered, with what it did."""
    taken.status, taken.body, taken.location = answer.status, answer.body, answer.location
    flush(session)


def forget_answers(session: Session) -> None:
    """Forget the answers that nobody asks for again."""
    session.execute(sa.delete(KeptAnswer).where(KeptAnswer.kept_at < clock.now() - KEPT_FOR))
