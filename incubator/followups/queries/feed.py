"""Read what a person's calendar shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.accounts.queries import actor_of_session
from incubator.audit.models import Change, ChangeValue
from incubator.companies.models import Company
from incubator.core.access import Actor, Permission
from incubator.followups.models import CalendarFeed, FollowUp
from incubator.ideas.models import Idea

MOST_ITEMS = 1000


@dataclass(frozen=True)
class Item:
    """Something with a day: a promise, or what a room above this one has of the kind.

    `kind` begins the name that a calendar knows it by, `path` its address; `label` says before
    what it is about what the day is. `revision` counts how often it was changed since it was made.
    """

    id: int
    what: str
    due_on: date
    idea: str | None
    company: str | None
    recorded_at: datetime
    revision: int
    changed_at: datetime
    kind: str = "oppfolging"
    path: str = "/oppfolginger"
    label: Any = ""


# What gives the items of a person since a day, as `list_items` does.
Source = Callable[[Session, Actor, date], Sequence[Item]]


def person_of_feed(session: Session, token_hash: str) -> Actor | None:
    """Give whose calendar a secret opens; None when it was withdrawn or they may see none."""
    uniquifier = session.scalar(
        sa.select(User.fs_uniquifier)
        .join(CalendarFeed, CalendarFeed.user_id == User.id)
        .where(CalendarFeed.token_hash == token_hash, CalendarFeed.revoked_at.is_(None))
        .where(User.active)
    )
    person = actor_of_session(session, uniquifier) if uniquifier else None
    return person if person is not None and person.may(Permission.FOLLOWUP_EDIT) else None


def feed_made_at(session: Session, user_id: int | None) -> datetime | None:
    """Give when a person's calendar was made, or None without one."""
    return session.scalar(
        sa.select(CalendarFeed.made_at).where(
            CalendarFeed.user_id == user_id, CalendarFeed.revoked_at.is_(None)
        )
    )


def wants_digest(session: Session, user_id: int | None) -> bool:
    """Say whether a person gets the daily mail."""
    return bool(session.scalar(sa.select(User.wants_digest).where(User.id == user_id)))


def list_items(session: Session, person: Actor, since: date) -> Sequence[Item]:
    """List a person's open promises that fall due after a day, with their revisions."""
    mine = sa.and_(
        FollowUp.responsible_id == person.id,
        FollowUp.due_on >= since,
        FollowUp.done_on.is_(None),
        FollowUp.known(),
        person.in_regions(FollowUp.region_id),
    )
    revisions = (
        sa.select(
            ChangeValue.subject_id.label("of"),
            sa.func.count(ChangeValue.change_id.distinct()).label("number"),
            sa.func.max(ChangeValue.change_id).label("latest"),
        )
        .where(ChangeValue.subject_kind == "follow_up")
        .where(ChangeValue.subject_id.in_(sa.select(FollowUp.id).where(mine)))
        .group_by(ChangeValue.subject_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(
            FollowUp.id, FollowUp.what, FollowUp.due_on, Idea.title.label("idea"),
            Company.name.label("company"), FollowUp.recorded_at,
            sa.func.coalesce(revisions.c.number - 1, 0).label("revision"),
            sa.func.coalesce(Change.recorded_at, FollowUp.recorded_at).label("changed_at"),
        )
        .outerjoin(Idea, Idea.id == FollowUp.idea_id)
        .outerjoin(Company, Company.id == FollowUp.company_id)
        .outerjoin(revisions, revisions.c.of == FollowUp.id)
        .outerjoin(Change, Change.id == revisions.c.latest)
        .where(mine)
        .order_by(FollowUp.due_on, FollowUp.id)
        .limit(MOST_ITEMS)
    )  # fmt: skip
    return [Item(**row._mapping) for row in rows]
