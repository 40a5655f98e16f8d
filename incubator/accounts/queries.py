"""Read people, and make of a signed-in one the actor of a request."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import Invitation, Role, SignIn, User, UserRegion
from incubator.accounts.permissions import PERMISSIONS, ROLE_LABELS
from incubator.accounts.sessions import hash_of
from incubator.core import clock
from incubator.core.access import Actor
from incubator.core.db import AnyRow
from incubator.core.errors import NotFound
from incubator.core.texts import fold
from incubator.reference.kept import STRONG_ROLES
from incubator.reference.models import Organisation, Region, Setting

_works_in = sa.and_(UserRegion.user_id == User.id, UserRegion.region_id == Region.id)
_sees = sa.or_(User.role == Role.ADMIN, sa.exists().where(_works_in))
# One row per region: who it is and where they work, in one query, since every request asks.
_actor = (
    sa.select(
        User.id, User.name, User.role, User.organisation_id, User.email, User.initials,
        User.locale, Region.id, Region.name,
    )
    .select_from(User)
    .outerjoin(Region, _sees)
    .order_by(Region.sort_key, Region.id)
)  # fmt: skip
_by_session = _actor.where(User.fs_uniquifier == sa.bindparam("uniquifier"), User.active)
_here = sa.and_(
    SignIn.user_id == User.id,
    SignIn.key_hash == sa.bindparam("key_hash"),
    SignIn.ended_at.is_(None),
    SignIn.expires_at > sa.bindparam("now"),
)
_strong_roles = sa.select(Setting.value).where(Setting.key == STRONG_ROLES).scalar_subquery()
_by_cookie = (
    _actor.join(SignIn, _here)
    .add_columns(SignIn.is_strong, _strong_roles)
    .where(User.fs_uniquifier == sa.bindparam("uniquifier"), User.active)
)
_by_email = _actor.where(User.email == sa.bindparam("email"), User.active)
_by_id = _actor.where(User.id == sa.bindparam("user_id"), User.active)


def actor_of_session(session: Session, uniquifier: str) -> Actor | None:
    """Give who a session cookie names, or None when there is no such person any more."""
    return _make(session.execute(_by_session, {"uniquifier": uniquifier}).all())


def actor_of_cookie(session: Session, uniquifier: str, key: str) -> tuple[Actor | None, bool]:
    """Give who is signed in with a browser, and whether they must show more than a password.

    None when that sign-in has ended, or there is no such person any more.
    """
    given = {"uniquifier": uniquifier, "key_hash": hash_of(key), "now": clock.now()}
    rows = session.execute(_by_cookie, given).all()
    actor = _make(rows)
    if actor is None:
        return None, False
    is_strong, roles = rows[0][-2:]
    return actor, not is_strong and actor.role in (roles or "").split(",")


def actor_by_email(session: Session, email: str) -> Actor | None:
    """Give the person with an e-mail address, as an actor."""
    return _make(session.execute(_by_email, {"email": fold(email)}).all())


def actor_by_id(session: Session, user_id: int | None) -> Actor | None:
    """Give a person who may sign in, as an actor, for work that they asked for earlier."""
    return _make(session.execute(_by_id, {"user_id": user_id}).all())


def _make(rows: Sequence[AnyRow]) -> Actor | None:
    if not rows:
        return None
    user_id, name, role, organisation_id, email, initials, locale = rows[0][:7]
    regions = {row[7]: row[8] for row in rows if row[7] is not None}
    return Actor(
        id=user_id,
        name=name,
        role=role,
        role_label=ROLE_LABELS[role],
        permissions=PERMISSIONS[role],
        region_ids=None if role == Role.ADMIN else frozenset(regions),
        organisation_id=organisation_id,
        email=email,
        initials=initials,
        locale=locale,
        region_names=regions,
    )


def find_user(session: Session, email: str) -> User | None:
    """Find a person by e-mail address, in any case."""
    return session.scalar(sa.select(User).where(User.email == fold(email)))


def get_user(session: Session, user_id: int) -> User:
    """Give a person. Raises NotFound."""
    found = session.get(User, user_id)
    if found is None:
        raise NotFound("no_such_person")
    return found


def invited_by(session: Session, token: str) -> User | None:
    """Give who was invited by a link, as long as it works."""
    return session.scalar(
        sa.select(User)
        .join(Invitation, Invitation.user_id == User.id)
        .where(
            Invitation.token_hash == hash_of(token),
            Invitation.used_at.is_(None),
            Invitation.withdrawn_at.is_(None),
            Invitation.expires_at > clock.now(),
            User.active,
        )
    )


def invitation_of(session: Session, user_id: int) -> Invitation | None:
    """Give the latest invitation of a person that was neither used nor withdrawn."""
    return session.scalar(
        sa.select(Invitation)
        .where(
            Invitation.user_id == user_id,
            Invitation.used_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        )
        .order_by(Invitation.id.desc())
        .limit(1)
    )


def is_empty(session: Session) -> bool:
    """Say whether nobody has an account yet."""
    return session.scalar(sa.select(User.id).limit(1)) is None


def owner_choices(session: Session, region_id: int) -> list[tuple[int, str]]:
    """List the people who can own ideas in a region, by name."""
    rows = session.execute(
        sa.select(User.id, User.name)
        .join(UserRegion, sa.and_(UserRegion.user_id == User.id))
        .where(UserRegion.region_id == region_id, User.active, User.role != Role.PARTNER)
        .order_by(User.sort_key, User.id)
    )
    return [(user_id, name) for user_id, name in rows]


def who_works_in(session: Session, region_id: int, user_ids: Collection[int]) -> set[int]:
    """Give those of some people who work in a region."""
    query = sa.select(UserRegion.user_id).where(
        UserRegion.region_id == region_id, UserRegion.user_id.in_(user_ids)
    )
    return set(session.scalars(query))


def people(session: Session) -> list[AnyRow]:
    """List everybody, by name, with their organisation and how long an invitation works."""
    waiting = (
        sa.select(sa.func.max(Invitation.expires_at))
        .where(
            Invitation.user_id == User.id,
            Invitation.used_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        )
        .scalar_subquery()
    )
    columns = (
        User.id, User.name, User.email, User.role, User.active,
        Organisation.name.label("organisation"), User.password.is_(None).label("is_invited"),
        waiting.label("invited_until"), User.tf_primary_method.is_not(None).label("has_codes"),
    )  # fmt: skip
    query = sa.select(*columns).outerjoin(Organisation, Organisation.id == User.organisation_id)
    return list(session.execute(query.order_by(User.sort_key, User.id)).all())


def region_ids_of(session: Session, user_id: int) -> list[int]:
    """List the regions in which a person works."""
    mine = sa.select(UserRegion.region_id).where(UserRegion.user_id == user_id)
    return list(session.scalars(mine.order_by(UserRegion.region_id)))


def regions_of_people(session: Session) -> dict[int, list[str]]:
    """Give the names of the regions that each person works in."""
    found: dict[int, list[str]] = {}
    rows = session.execute(
        sa.select(UserRegion.user_id, Region.name)
        .join(Region, Region.id == UserRegion.region_id)
        .order_by(Region.sort_key, Region.id)
    )
    for user_id, name in rows:
        found.setdefault(user_id, []).append(name)
    return found
