"""Read tokens: whose they are, and what they may."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.accounts.queries import actor_of_session
from incubator.api.models import ApiToken, ApiTokenRegion
from incubator.api.scopes import granted
from incubator.core.access import Actor
from incubator.reference.models import Setting
from incubator.reference.numbers import API_PER_MINUTE


@dataclass(frozen=True)
class Known:
    """A token that is valid, and who acts with it: no more than its person may by now."""

    id: int
    name: str
    scopes: tuple[str, ...]
    expires_at: datetime
    last_used_at: datetime | None
    actor: Actor
    per_minute: int  # how often it may ask


_PER_MINUTE = sa.select(Setting.value).where(Setting.key == API_PER_MINUTE.key).scalar_subquery()
_BY_HASH = (
    sa.select(ApiToken, User.fs_uniquifier, _PER_MINUTE)
    .join(User, User.id == ApiToken.user_id)
    .where(
        ApiToken.token_hash == sa.bindparam("token_hash"),
        ApiToken.revoked_at.is_(None),
        User.active,
    )
)


def known_by(session: Session, token_hash: str, now: datetime) -> Known | None:
    """Give the token with a hash, unless it is revoked or over, or its person is gone."""
    row = session.execute(_BY_HASH, {"token_hash": token_hash}).one_or_none()
    if row is None or row[0].expires_at <= now:
        return None
    token, uniquifier, per_minute = row
    person = actor_of_session(session, uniquifier)
    if person is None:
        return None
    narrowed = regions_of(session, [token.id]).get(token.id, [])
    scopes = tuple(token.scopes.split())
    return Known(
        token.id, token.name, scopes, token.expires_at, token.last_used_at,
        _acting(person, scopes, narrowed), API_PER_MINUTE.read(per_minute),
    )  # fmt: skip


def _acting(person: Actor, scopes: Sequence[str], narrowed: Sequence[int]) -> Actor:
    names = person.region_names
    if narrowed:
        names = {number: name for number, name in names.items() if number in narrowed}
    return replace(
        person,
        permissions=person.permissions & granted(scopes),
        region_names=names,
        region_ids=frozenset(names) if narrowed else person.region_ids,
    )


def regions_of(session: Session, token_ids: Sequence[int]) -> dict[int, list[int]]:
    """Give the regions that tokens are narrowed to, in one query."""
    found: dict[int, list[int]] = {}
    query = sa.select(ApiTokenRegion).where(ApiTokenRegion.token_id.in_(token_ids))
    for row in session.scalars(query):
        found.setdefault(row.token_id, []).append(row.region_id)
    return found


def list_tokens(session: Session, person: Actor) -> Sequence[ApiToken]:
    """List a person's tokens, the latest first."""
    return session.scalars(
        sa.select(ApiToken)
        .where(ApiToken.user_id == person.id)
        .order_by(ApiToken.id.desc())
        .limit(100)
    ).all()
