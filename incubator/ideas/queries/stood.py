"""Read the cards of a past day: where each stood when the day ended, and who owned it then.

Stage, status and since when are facts. Who owned a card is told by the changes that came after.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.audit.models import Change, ChangeValue
from incubator.companies.models import Company
from incubator.core import clock
from incubator.core.access import Actor, Permission
from incubator.core.days import day_number
from incubator.core.db import AnySelect
from incubator.core.scope import View
from incubator.ideas.models import Idea, SharingEvent, Status
from incubator.ideas.queries.board import COLUMN_PAGE
from incubator.ideas.queries.filter import Filter, Such
from incubator.ideas.queries.past import counted, stood
from incubator.ideas.queries.visible import may_see

NEVER = 100_000  # days that no card stands in a stage
TOLD_THEN = frozenset({Such.STALE, Such.SHARED})  # what can be said of cards of a past day


class PastCard(NamedTuple):
    """A card as it stood when a day ended."""

    id: int
    stage_id: int
    stage_on: date
    status_on: date
    title: str
    company: str | None
    is_standing: bool  # and was not taken away since, as a mistake
    owner_name: str | None
    owner_initials: str | None


class PastCount(NamedTuple):
    """How many ideas stood in a stage with a status, and how many of them are let through."""

    stage_id: int
    status: Status
    total: int
    found: int


@dataclass(frozen=True)
class Pick:
    """Which cards are asked for: those of a stage or of all, some of them, the latest first."""

    stage_id: int | None = None
    status: Status = Status.OPEN
    offset: int = 0
    limit: int = COLUMN_PAGE


@dataclass(frozen=True)
class Stood:
    """A board of a past day: all its counts, and the cards that were picked."""

    counts: list[PastCount]
    cards: list[PastCard]


def board_stood(
    session: Session,
    viewer: Actor,
    view: View,
    narrowed: Filter,
    picks: Sequence[Pick],
    patience: Mapping[int, int] | None = None,
) -> Stood:
    """Give the counts of a past day and its cards, in one pass over the facts.

    The order that people gave a column is not kept by day: the latest to come stand on top.
    `patience` is after how many days a card stood still, by stage.
    """
    lets = sa.and_(_may_see(viewer, view), *_conditions(narrowed, view))
    then = stood(view, sa.case((lets, 1), else_=0).label("lets"))
    if Such.STALE in narrowed.such:
        then = _standing_still(then, view.as_of, patience or {})
    none, no_day = sa.cast(sa.null(), sa.Integer), sa.cast(sa.null(), sa.Date)
    found = sa.func.sum(then.c.lets).label("found")
    parts = [counted(then).add_columns(found, none.label("id"), no_day, no_day)]
    for pick in picks:
        some = _picked(then, pick).subquery()
        parts.append(
            sa.select(some.c.stage_id, some.c.status, sa.literal(0), sa.literal(0), some.c.id,
                      some.c.stage_on, some.c.status_on)
        )  # fmt: skip
    rows = session.execute(sa.union_all(*parts)).all()
    counts = [PastCount(r[0], Status(r[1]), r[2], r[3]) for r in rows if r[4] is None]
    placed = [(row[4], row[0], row[5], row[6]) for row in rows if row[4] is not None]
    cards = _named(session, view, placed)
    is_open = all(pick.status == Status.OPEN for pick in picks)
    return Stood(
        counts,
        sorted(cards, key=lambda c: (c.stage_on if is_open else c.status_on, c.id), reverse=True),
    )


def _standing_still(then: sa.CTE, day: date, patience: Mapping[int, int]) -> sa.CTE:
    """Let through of what is let through the cards that had stood for too long."""
    days = sa.case(patience, value=then.c.stage_id, else_=NEVER)
    is_still = day.toordinal() - day_number(then.c.stage_on) >= days
    others = [column for column in then.c if column.name != "lets"]
    lets = sa.case((is_still, then.c.lets), else_=0).label("lets")
    return sa.select(*others, lets).cte("still")


def _picked(then: sa.CTE, pick: Pick) -> AnySelect:
    since = then.c.stage_on if pick.status == Status.OPEN else then.c.status_on
    query = sa.select(then).where(then.c.status == pick.status, then.c.lets == 1)
    if pick.stage_id is not None:
        query = query.where(then.c.stage_id == pick.stage_id)
    latest_first = query.order_by(since.desc(), then.c.id.desc())
    return latest_first.offset(pick.offset).limit(pick.limit)


def _named(session: Session, view: View, placed: Sequence[tuple[Any, ...]]) -> list[PastCard]:
    """Give cards what stands on their faces, in two queries however many."""
    if not placed:
        return []
    ids = [one[0] for one in placed]
    rows = session.execute(
        sa.select(
            Idea.id, Idea.title, Company.name, Idea.voided_at.is_(None),
            sa.func.coalesce(User.name, Idea.owner_name), User.initials,
        )
        .outerjoin(Company, Company.id == Idea.company_id)
        .outerjoin(User, User.id == Idea.owner_id)
        .where(Idea.id.in_(ids))
    )  # fmt: skip
    faces: dict[int, tuple[Any, ...]] = {row[0]: tuple(row[1:]) for row in rows}
    were = _owners_then(session, view, ids)
    cards = (PastCard(*(*one, *faces[one[0]])) for one in placed)
    return [_owned(card, were.get(card.id, {})) for card in cards]


def _may_see(viewer: Actor, view: View) -> sa.ColumnElement[bool]:
    """Say which cards of a past day one may read: a partner those that are shared now."""
    if view.known_at is None or not viewer.may(Permission.IDEA_SEE):
        return may_see(viewer)
    return viewer.in_regions(Idea.region_id)


def _conditions(narrowed: Filter, view: View) -> list[sa.ColumnElement[bool]]:
    """Say in SQL which ideas a filter lets through, by what was so of them then.

    Title, company and municipality are those of today, as on the face of the card.
    """
    lasting = replace(narrowed, owner_id=None, is_unowned=False, such=())
    found = lasting.conditions(_instant(view))
    if narrowed.owner_id:
        found.append(_was(view, Idea.owner_id, str(narrowed.owner_id), narrowed.owner_id))
    if narrowed.is_unowned:
        found += [_was(view, column, None, None) for column in (Idea.owner_id, Idea.owner_name)]
    if Such.SHARED in narrowed.such:
        found.append(_shared_then(view))
    return found


def _was(view: View, column: Any, told: str | None, value: Any) -> sa.ColumnElement[bool]:
    """Say that a field had a value then: the first later change tells, or else what it is now."""
    later = _later_owners(view, column.key).where(ChangeValue.subject_id == Idea.id)
    earliest = later.order_by(ChangeValue.id).limit(1).correlate(Idea).scalar_subquery()
    changed = later.correlate(Idea).exists()
    return sa.case(
        (changed, earliest.is_not_distinct_from(told)), else_=column.is_not_distinct_from(value)
    )


def _shared_then(view: View) -> sa.ColumnElement[bool]:
    last = (
        sa.select(SharingEvent.is_shared)
        .where(SharingEvent.idea_id == Idea.id, view.standing(SharingEvent))
        .order_by(SharingEvent.occurred_on.desc(), SharingEvent.nth.desc())
        .limit(1)
    )
    return last.correlate(Idea).scalar_subquery().is_(True)


def _instant(view: View) -> datetime:
    """Give the instant at which one looks at what has no day of its own."""
    ended = clock.end_of(view.as_of)
    return min(ended, view.known_at) if view.known_at else ended


def _later_owners(view: View, *fields: str) -> AnySelect:
    """Pick what the owners of ideas were before the changes that came after a day."""
    return (
        sa.select(ChangeValue.old)
        .join(Change, Change.id == ChangeValue.change_id)
        .where(
            ChangeValue.subject_kind == "idea",
            ChangeValue.field.in_(fields),
            Change.recorded_at > _instant(view),
        )
    )


Owners = dict[str, tuple[str | None, str | None]]  # name and initials, by the field that told


def _owners_then(session: Session, view: View, ids: Sequence[int]) -> dict[int, Owners]:
    """Give who owned those ideas then that changed hands since, in one query."""
    nth = sa.func.row_number().over(
        partition_by=(ChangeValue.subject_id, ChangeValue.field), order_by=ChangeValue.id
    )
    changed = (
        _later_owners(view, "owner_id", "owner_name")
        .add_columns(ChangeValue.subject_id, ChangeValue.field, nth.label("nth"))
        .where(ChangeValue.subject_id.in_(ids))
        .subquery()
    )
    is_owner = sa.and_(changed.c.field == "owner_id", sa.cast(User.id, sa.Text) == changed.c.old)
    rows = session.execute(
        sa.select(changed.c.subject_id, changed.c.field, changed.c.old, User.name, User.initials)
        .outerjoin(User, is_owner)
        .where(changed.c.nth == 1)
    )
    were: dict[int, Owners] = {}
    for idea_id, field, old, name, initials in rows:
        is_user = field == "owner_id"
        were.setdefault(idea_id, {})[field] = (name, initials) if is_user else (old, None)
    return were


def _owned(card: PastCard, were: Owners) -> PastCard:
    if not were:
        return card
    name, initials = were.get("owner_id", (card.owner_name, card.owner_initials))
    if name is None:
        name, initials = were.get("owner_name", (None, None))
    return card._replace(owner_name=name, owner_initials=initials)
