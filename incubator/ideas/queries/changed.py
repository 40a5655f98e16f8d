"""Read what changed between two days: what happened to ideas, and which facts were corrected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.accounts.models import User
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.core import clock
from incubator.core.access import Actor, Permission
from incubator.core.clock import Period
from incubator.core.db import AnySelect
from incubator.core.scope import View
from incubator.ideas.models import Idea, StageEvent, Status, StatusEvent
from incubator.ideas.queries.past import registered
from incubator.ideas.queries.visible import may_see
from incubator.reference.models import Municipality

MOST_COMPANIES = 12  # that are told of by name


class Turn(StrEnum):
    """What can happen to an idea between two days."""

    NEW = "new"
    MOVED = "moved"
    PARKED = "parked"
    STOPPED = "stopped"
    REOPENED = "reopened"
    LAUNCHED = "launched"
    CORRECTED = "corrected"


@dataclass(frozen=True)
class Turns:
    """Which turns are asked for: those of a kind, by a person, of a company; 0 is nobody, none."""

    kind: Turn | None = None
    person_id: int | None = None
    company_id: int | None = None

    def conditions(self, rows: Any) -> list[sa.ColumnElement[bool]]:
        """Say in SQL which rows are let through."""
        found = []
        if self.kind:
            found.append(rows.c.kind == self.kind.value)
        for column, asked in (
            (rows.c.who_id, self.person_id),
            (rows.c.company_id, self.company_id),
        ):
            if asked is not None:
                found.append(column == asked if asked else column.is_(None))
        return found


def turns(view: View, period: Period) -> sa.CTE:
    """Build one row for each thing that happened to an idea of the view in a period.

    Corrected is a fact that was known when the period began and was taken back in it.
    """
    began, ended = clock.end_of(period.first - timedelta(days=1)), clock.end_of(period.last)
    new = registered(view).where(_within(Idea.registered_on, period))
    parts = [_told(new, Turn.NEW, Idea.registered_on, Idea.recorded_by_id)]
    before = _before(StageEvent)
    moved = _events(StageEvent, view, period).where(before.is_not(None))
    parts.append(
        _told(moved, Turn.MOVED, StageEvent.occurred_on, StageEvent.recorded_by_id,
              StageEvent.stage_id, before)
    )  # fmt: skip
    closed = {
        Turn.PARKED: Status.PARKED, Turn.STOPPED: Status.STOPPED, Turn.LAUNCHED: Status.LAUNCHED,
    }  # fmt: skip
    for kind, status in closed.items():
        such = _events(StatusEvent, view, period).where(StatusEvent.status == status)
        parts.append(_told(such, kind, StatusEvent.occurred_on, StatusEvent.recorded_by_id))
    opened = _events(StatusEvent, view, period).where(StatusEvent.status == Status.OPEN)
    opened = opened.where(_before(StatusEvent).is_not(None))
    parts.append(_told(opened, Turn.REOPENED, StatusEvent.occurred_on, StatusEvent.recorded_by_id))
    for table in (StageEvent, StatusEvent):
        such = _of(table).where(*view.within(Idea))
        stage_id = StageEvent.stage_id if table is StageEvent else None
        parts.append(_corrected(such, table, table.occurred_on, began, ended, stage_id))
    gone = sa.select(Idea.id).select_from(Idea).where(*_places(view))
    parts.append(_corrected(gone, Idea, Idea.registered_on, began, ended))
    return sa.union_all(*parts).cte("turns")


def _within(day: Any, period: Period) -> sa.ColumnElement[bool]:
    return sa.and_(day >= period.first, day <= period.last)


def _places(view: View) -> list[sa.ColumnElement[bool]]:
    """Say in SQL where an idea lies, whether it stands or not."""
    found: list[sa.ColumnElement[bool]] = []
    if view.region_ids is not None:
        found.append(Idea.region_id.in_(view.region_ids))
    if view.municipality_ids is not None:
        found.append(Idea.municipality_id.in_(view.municipality_ids))
    return found


def _events(table: Any, view: View, period: Period) -> AnySelect:
    here = (view.standing(table), _within(table.occurred_on, period), *view.within(Idea))
    return _of(table).where(*here)


def _of(table: Any) -> AnySelect:
    return sa.select(table.id).select_from(table).join(Idea, Idea.id == table.idea_id)


def _before(table: Any) -> Any:
    """Pick what stood before an event: its stage, or its status."""
    earlier = aliased(table)
    value = earlier.stage_id if table is StageEvent else earlier.id
    is_earlier = sa.or_(
        earlier.occurred_on < table.occurred_on,
        sa.and_(earlier.occurred_on == table.occurred_on, earlier.nth < table.nth),
    )
    return (
        sa.select(value)
        .where(earlier.idea_id == table.idea_id, earlier.known(), is_earlier)
        .order_by(earlier.occurred_on.desc(), earlier.nth.desc())
        .limit(1)
        .correlate(table)
        .scalar_subquery()
    )


def _told(
    rows: AnySelect, kind: Turn, day: Any, who: Any, stage_id: Any = None, before: Any = None,
    noted: Any = None,
) -> AnySelect:  # fmt: skip
    def number(value: Any) -> Any:
        return sa.cast(sa.null(), sa.Integer) if value is None else value

    return rows.with_only_columns(
        sa.literal(kind.value, sa.Text).label("kind"), Idea.id.label("idea_id"),
        day.label("day"), who.label("who_id"), Idea.company_id.label("company_id"),
        number(stage_id).label("stage_id"), number(before).label("before_id"),
        number(noted).label("change_id"),
    )  # fmt: skip


def _corrected(
    rows: AnySelect, table: Any, day: Any, began: Any, ended: Any, stage_id: Any = None
) -> AnySelect:
    taken = rows.join(Change, Change.id == table.void_change_id)
    such = (table.voided_at > began, table.voided_at <= ended, table.recorded_at <= began)
    taken = taken.where(*such)
    return _told(taken, Turn.CORRECTED, day, Change.actor_id, stage_id, None, Change.id)


class TurnCount(NamedTuple):
    """How many things of a kind somebody did, or happened to a company's ideas."""

    kind: Turn
    id: int | None
    name: str | None
    total: int


def count_by_person(session: Session, rows: sa.CTE) -> list[TurnCount]:
    """Count what happened by kind and by who wrote it down; together these are all of it."""
    query = (
        sa.select(rows.c.kind, rows.c.who_id, User.name, sa.func.count())
        .outerjoin(User, User.id == rows.c.who_id)
        .group_by(rows.c.kind, rows.c.who_id, User.name, User.sort_key)
        .order_by(User.sort_key, rows.c.who_id)
    )
    return [TurnCount(Turn(r[0]), r[1], r[2], r[3]) for r in session.execute(query)]


def count_by_company(session: Session, rows: sa.CTE) -> list[TurnCount]:
    """Count what happened by kind and company, for those to whom the most happened."""
    busiest = (
        sa.select(rows.c.company_id)
        .where(rows.c.company_id.is_not(None))
        .group_by(rows.c.company_id)
        .order_by(sa.func.count().desc(), rows.c.company_id)
        .limit(MOST_COMPANIES)
    )
    query = (
        sa.select(rows.c.kind, rows.c.company_id, Company.name, sa.func.count())
        .join(Company, Company.id == rows.c.company_id)
        .where(rows.c.company_id.in_(sa.select(busiest.subquery().c.company_id)))
        .group_by(rows.c.kind, rows.c.company_id, Company.name, Company.sort_key)
        .order_by(Company.sort_key, rows.c.company_id)
    )
    return [TurnCount(Turn(r[0]), r[1], r[2], r[3]) for r in session.execute(query)]


class ToldTurn(NamedTuple):
    """One thing that happened, with its names."""

    kind: Turn
    idea_id: int
    day: date
    title: str
    is_standing: bool
    company: str | None
    municipality: str | None
    who: str | None
    stage_id: int | None
    before_id: int | None
    change_note: str | None


@dataclass(frozen=True)
class TurnsPage:
    """Things that happened: those that the viewer may read, and how many there are."""

    total: int
    shown: int
    rows: list[ToldTurn]


def list_turns(
    session: Session, viewer: Actor, rows: sa.CTE, asked: Turns, *, offset: int, limit: int
) -> TurnsPage:
    """List what happened, the latest first, as far as the viewer may read of it."""
    such = asked.conditions(rows)
    sees_gone = sa.and_(Idea.voided_at.is_not(None), viewer.in_regions(Idea.region_id))
    lets = may_see(viewer)
    if viewer.may(Permission.IDEA_SEE):
        lets = sa.or_(lets, sees_gone)
    counts = session.execute(
        sa.select(sa.func.count(), sa.func.sum(sa.case((lets, 1), else_=0)))
        .select_from(rows)
        .join(Idea, Idea.id == rows.c.idea_id)
        .where(*such)
    ).one()
    query: Sequence[Any] = session.execute(
        sa.select(
            rows.c.kind, rows.c.idea_id, rows.c.day, Idea.title, Idea.voided_at.is_(None),
            Company.name, Municipality.name, User.name, rows.c.stage_id, rows.c.before_id,
            Change.note,
        )
        .join(Idea, Idea.id == rows.c.idea_id)
        .outerjoin(Company, Company.id == Idea.company_id)
        .outerjoin(Municipality, Municipality.id == Idea.municipality_id)
        .outerjoin(User, User.id == rows.c.who_id)
        .outerjoin(Change, Change.id == rows.c.change_id)
        .where(lets, *such)
        .order_by(rows.c.day.desc(), rows.c.idea_id.desc(), rows.c.kind, rows.c.stage_id)
        .offset(offset)
        .limit(limit)
    ).all()  # fmt: skip
    return TurnsPage(counts[0], counts[1] or 0, [ToldTurn(Turn(r[0]), *r[1:]) for r in query])
