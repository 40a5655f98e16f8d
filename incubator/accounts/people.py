"""Invite people, change what they may, close and open their accounts."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

import sqlalchemy as sa
from flask_security.utils import hash_password
from sqlalchemy.orm import Session

from incubator.accounts import queries, second, sessions
from incubator.accounts.models import Invitation, Role, User, UserRegion
from incubator.accounts.operations import (
    clean_email,
    clean_password,
    initials_of,
    make_user,
    must_fit,
)  # fmt: skip
from incubator.audit import operations as audit, queries as changes
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor, Permission, Via, must
from incubator.core.db import flush, lock_table
from incubator.core.errors import NotFound, RuleBroken, Stale
from incubator.core.formats import LOCALES
from incubator.core.texts import fold, sort_key
from incubator.mail import letters, operations as mail
from incubator.reference.models import Organisation, Region

INVITED_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Given:
    """Who a person is, what they may, and where."""

    name: str
    email: str
    role: Role
    region_ids: Sequence[int] = ()
    organisation_id: int | None = None
    locale: str = "nb"


def invite(session: Session, actor: Actor, given: Given, *, site: str) -> tuple[User, str]:
    """Make a person and send them a link with which to choose a password; give both.

    Raises NotAllowed for anybody but an administrator, RuleBroken when the name is missing,
    the address taken or none, or no region given to work in.
    """
    must(actor, Permission.ADMIN)
    _must_exist(session, given)
    user = make_user(session, password=None, **asdict(given))
    change = audit.record(session, actor, "user.invited", kind="user", subject_id=user.id)
    regions = _region_names(session, given.region_ids)
    told = {"email": user.email, "role": user.role, "regions": regions}
    audit.note_values(session, change, "user", user.id, {k: (None, v) for k, v in told.items()})
    return user, _send(session, actor, user, site)


def invite_again(session: Session, actor: Actor, user: User, *, site: str) -> str:
    """Send a new link to somebody who has no password yet; older ones end. Gives the link."""
    must(actor, Permission.ADMIN)
    lock_table(session, User)
    session.refresh(user)
    if user.password is not None or not user.active:
        raise RuleBroken("invited_no_more")
    audit.record(session, actor, "user.invited_again", kind="user", subject_id=user.id)
    return _send(session, actor, user, site)


def _send(session: Session, actor: Actor, user: User, site: str) -> str:
    _withdraw(session, user)
    token = secrets.token_urlsafe(32)
    now = clock.now()
    session.add(
        Invitation(
            user_id=user.id, token_hash=sessions.hash_of(token), sent_at=now,
            expires_at=now + INVITED_FOR, used_at=None, withdrawn_at=None,
        )
    )  # fmt: skip
    address = f"{site}/velkommen/{token}"
    written = letters.write(
        "invitation", user.locale, reader=user.name, by=actor.name, address=address,
        days=INVITED_FOR.days,
    )  # fmt: skip
    mail.queue(
        session, to=user.email, subject=written.subject, text=written.text, html=written.html
    )
    flush(session)
    return address


def _withdraw(session: Session, user: User) -> None:
    session.execute(
        sa.update(Invitation)
        .where(
            Invitation.user_id == user.id,
            Invitation.used_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=clock.now())
    )


def accept(session: Session, token: str, *, password: str) -> User:
    """Let who was invited choose a password, once.

    Raises NotFound where the link does not work any more, RuleBroken for a password that is
    too short.
    """
    user = queries.invited_by(session, token)
    if user is None:
        raise NotFound("bad_invitation")
    chosen = clean_password(password)
    # Of two at once, one finds it used.
    used = session.execute(
        sa.update(Invitation)
        .where(
            Invitation.token_hash == sessions.hash_of(token),
            Invitation.used_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        )
        .values(used_at=clock.now())
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound("bad_invitation")
    user.password = hash_password(chosen)
    user.fs_uniquifier = secrets.token_hex(32)
    flush(session)
    actor = Actor(user.id, user.name, user.role, frozenset(), None, via=Via.WEB)
    audit.record(session, actor, "user.accepted", kind="user", subject_id=user.id)
    return user


def edit_person(
    session: Session, actor: Actor, user: User, given: Given, *, seen: int | None
) -> Change | None:
    """Change who a person is and what they may; None when that changes nothing.

    `seen` is the latest change of the person that the form knew of. Raises Stale when there
    is a later one, RuleBroken for what cannot be, and when nobody would be left to administer.
    """
    must(actor, Permission.ADMIN)
    lock_table(session, User)
    session.refresh(user)
    before = queries.region_ids_of(session, user.id)
    if seen != changes.latest_of(session, "user", user.id):
        raise Stale("changed_meanwhile")
    address = _checked(session, user, given)
    wanted = {
        "name": " ".join(given.name.split()), "email": address, "role": given.role,
        "organisation_id": given.organisation_id, "locale": given.locale,
    }  # fmt: skip
    altered = {k: (getattr(user, k), v) for k, v in wanted.items() if getattr(user, k) != v}
    if set(before) != set(given.region_ids):
        altered["regions"] = (
            _region_names(session, before), _region_names(session, given.region_ids)
        )  # fmt: skip
    if not altered:
        return None
    if "role" in altered:
        must_leave_an_administrator(session, user)
    for field, value in wanted.items():
        setattr(user, field, value)
    user.name_key, user.sort_key = fold(user.name), sort_key(user.name)
    user.initials = initials_of(user.name)
    if "email" in altered:  # links and passwords that went to the old one end
        user.fs_uniquifier = secrets.token_hex(32)
        _withdraw(session, user)
    _set_regions(session, user, before, given.region_ids)
    flush(session)
    change = audit.record(session, actor, "user.edited", kind="user", subject_id=user.id)
    audit.note_values(session, change, "user", user.id, altered)
    return change


def _checked(session: Session, user: User, given: Given) -> str:
    address = clean_email(given.email)
    known = queries.find_user(session, address)
    if known is not None and known.id != user.id:
        raise RuleBroken("email_taken", fields=["email"])
    must_fit(given.name, given.role, given.region_ids)
    if given.locale not in LOCALES:
        raise RuleBroken("unknown_language", fields=["locale"])
    _must_exist(session, given)
    return address


def _must_exist(session: Session, given: Given) -> None:
    key = given.organisation_id
    if key is not None and session.get(Organisation, key) is None:
        raise RuleBroken("no_such_organisation", fields=["organisation_id"])
    wanted = set(given.region_ids)
    found = session.scalars(sa.select(Region.id).where(Region.id.in_(wanted)))
    if wanted != set(found):
        raise RuleBroken("no_such_region", fields=["region_ids"])


def _set_regions(
    session: Session, user: User, before: Sequence[int], wanted: Sequence[int]
) -> None:
    gone = set(before) - set(wanted)
    if gone:
        session.execute(
            sa.delete(UserRegion).where(
                UserRegion.user_id == user.id, UserRegion.region_id.in_(gone)
            )
        )
    new = sorted(set(wanted) - set(before))
    session.add_all(UserRegion(user_id=user.id, region_id=region_id) for region_id in new)


def _region_names(session: Session, region_ids: Sequence[int]) -> str | None:
    names = session.scalars(
        sa.select(Region.name).where(Region.id.in_(region_ids)).order_by(Region.sort_key, Region.id)
    )
    return ", ".join(names) or None


def must_leave_an_administrator(session: Session, user: User) -> None:
    """Raise RuleBroken when nobody but this person could administer. The table is locked."""
    if user.role != Role.ADMIN or not user.active or user.password is None:
        return
    others = sa.select(User.id).where(
        User.role == Role.ADMIN, User.active, User.password.is_not(None), User.id != user.id
    )
    if session.scalar(others.limit(1)) is None:
        raise RuleBroken("last_administrator", fields=["role"])


def close_account(session: Session, actor: Actor, user: User) -> Change:
    """Let a person sign in no more, from this instant. The table is locked by the caller.

    Raises RuleBroken for the last administrator, and for one's own account.
    """
    must(actor, Permission.ADMIN)
    if not user.active:
        raise RuleBroken("closed_already")
    if user.id == actor.id:
        raise RuleBroken("own_account")
    must_leave_an_administrator(session, user)
    change = audit.record(session, actor, "user.closed", kind="user", subject_id=user.id)
    audit.note_values(session, change, "user", user.id, {"active": (True, False)})
    user.active = False
    user.fs_uniquifier = secrets.token_hex(32)  # no cookie and no link from before opens it again
    _withdraw(session, user)
    sessions.end_all(session, user.id)
    second.remove_passkeys(session, user.id)
    flush(session)
    return change


def open_account(session: Session, actor: Actor, user: User) -> Change:
    """Let a person sign in again, with the password that they had."""
    must(actor, Permission.ADMIN)
    lock_table(session, User)
    session.refresh(user)
    if user.active:
        raise RuleBroken("open_already")
    change = audit.record(session, actor, "user.opened", kind="user", subject_id=user.id)
    audit.note_values(session, change, "user", user.id, {"active": (False, True)})
    user.active = True
    flush(session)
    return change
