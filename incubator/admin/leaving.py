"""Close a person's account and hand over, in the same change, what stands in their name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts import people
from incubator.accounts.models import Role, User, UserRegion
from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush, lock_table
from incubator.core.errors import RuleBroken
from incubator.core.many import write_many
from incubator.followups.models import FollowUp
from incubator.funding.models import Application
from incubator.funding.rules import CLOSED
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea, Status
from incubator.reference.queries import lock_regions

NOBODY = 0


@dataclass(frozen=True)
class Load:
    """What stands in a person's name: how much, and in which regions."""

    cards: int
    steps: int
    applications: int
    region_ids: frozenset[int]

    @property
    def is_empty(self) -> bool:
        return not (self.cards or self.steps or self.applications)


# What was stopped, done or decided keeps the name of who did it.
def _cards(user_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(Idea.owner_id == user_id, Idea.known(), Idea.status != Status.STOPPED)


def _steps(user_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(FollowUp.responsible_id == user_id, FollowUp.done_on.is_(None), FollowUp.known())


def _applications(user_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        Application.owner_id == user_id, Application.known(), Application.status.not_in(CLOSED)
    )


def load_of(session: Session, user_id: int) -> Load:
    """Count what stands in a person's name."""
    asked: tuple[tuple[Any, sa.ColumnElement[bool]], ...] = (
        (Idea, _cards(user_id)),
        (FollowUp, _steps(user_id)),
        (Application, _applications(user_id)),
    )
    queries = [
        sa.select(sa.literal(nth), table.region_id, sa.func.count())
        .where(where)
        .group_by(table.region_id)
        for nth, (table, where) in enumerate(asked)
    ]
    rows = session.execute(sa.union_all(*queries)).all()
    cards, steps, applications = (
        sum(row[2] for row in rows if row[0] == nth) for nth in range(len(asked))
    )
    return Load(cards, steps, applications, frozenset(row[1] for row in rows))


def heirs(session: Session, user_id: int, load: Load) -> list[tuple[int, str]]:
    """List who can take over all of it: those who work in each of the regions."""
    works_there = (
        sa.select(UserRegion.user_id)
        .where(UserRegion.region_id.in_(load.region_ids))
        .group_by(UserRegion.user_id)
        .having(sa.func.count() == len(load.region_ids))
    )
    rows = session.execute(
        sa.select(User.id, User.name)
        .where(User.id.in_(works_there), User.id != user_id)
        .where(User.active, User.role != Role.PARTNER)
        .order_by(User.sort_key, User.id)
    )
    return [(row[0], row[1]) for row in rows]


def close_person(session: Session, actor: Actor, user: User, *, to_id: int | None) -> Change:
    """Close an account, and let somebody (or NOBODY) have what stands in its name.

    Raises RuleBroken for the last administrator, for one's own account, and when it is not
    said who is to have what there is, or they do not work there.
    """
    must(actor, Permission.ADMIN)
    lock_table(session, User)
    lock_regions(session)
    session.refresh(user)
    load = load_of(session, user.id)
    if not load.is_empty:
        if to_id is None:
            raise RuleBroken("heir_missing", fields=["to_id"])
        if to_id != NOBODY and to_id not in dict(heirs(session, user.id, load)):
            raise RuleBroken("no_such_person", fields=["to_id"])
    change = people.close_account(session, actor, user)
    if not load.is_empty:
        _hand_over(session, change, user, to_id or None)
    return change


def _hand_over(session: Session, change: Change, user: User, to_id: int | None) -> None:
    heir = session.get(User, to_id) if to_id else None
    rows = session.execute(
        sa.select(Idea, Company)
        .outerjoin(Company, Company.id == Idea.company_id)
        .where(_cards(user.id))
        .execution_options(populate_existing=True)
    ).all()
    cards = [row[0] for row in rows]
    steps = session.scalars(sa.select(FollowUp).where(_steps(user.id))).all()
    applications = session.scalars(sa.select(Application).where(_applications(user.id))).all()
    noted = [
        ("idea", card.id, ideas.alter(session, card, change, {"owner_id": to_id})) for card in cards
    ]
    noted += _set("follow_up", steps, "responsible_id", to_id)
    noted += _set("application", applications, "owner_id", to_id)
    touched = {one.idea_id for one in steps} | {one.idea_id for one in applications}
    for card in session.scalars(sa.select(Idea).where(Idea.id.in_(touched - {None}))):
        ideas.touch(card, change)
    audit.note_many(session, change, noted)
    write_many(session)
    flush(session)
    _ = heir, rows  # held, so that the key of each card is made of what is in memory


def _set(
    kind: str, rows: Sequence[Any], field: str, to_id: int | None
) -> list[tuple[str, int, audit.Values]]:
    noted: list[tuple[str, int, audit.Values]] = [
        (kind, row.id, {field: (getattr(row, field), to_id)}) for row in rows
    ]
    for row in rows:
        setattr(row, field, to_id)
    return noted
