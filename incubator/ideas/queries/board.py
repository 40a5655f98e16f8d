"""Read what the board shows: the cards of a region, their order, what changed."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.accounts.models import User
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.core.access import Actor, Permission
from incubator.core.db import AnySelect
from incubator.ideas.models import (
    Idea,
    Stage,
    StageEvent,
    Status,
    StatusEvent,
)  # fmt: skip
from incubator.ideas.queries.filter import Filter, Sort, columns_of, key_of

COLUMN_PAGE = 50


class CardRow(NamedTuple):
    """What the face of a card is made of."""

    id: int
    stage_id: int
    title: str
    company: str | None
    orgnr: str | None
    stage_on: date
    owner_id: int | None
    owner_name: str | None
    owner_initials: str | None
    next_step: str | None
    next_step_on: date | None
    deadline_on: date | None
    is_shared: bool
    has_problem: bool
    position: int


_STAGES = sa.select(Stage).order_by(Stage.nth)
_STAGES_ON = _STAGES.where(
    sa.or_(Stage.valid_from.is_(None), Stage.valid_from <= sa.bindparam("day")),
    sa.or_(Stage.valid_to.is_(None), Stage.valid_to >= sa.bindparam("day")),
)


def list_stages(session: Session, day: date | None = None) -> Sequence[Stage]:
    """List the stages in their order, those valid on a day where one is given."""
    if day is None:
        return session.scalars(_STAGES).all()
    return session.scalars(_STAGES_ON, {"day": day}).all()


def standing() -> sa.ColumnElement[bool]:
    return Idea.voided_at.is_(None)


def on_board() -> sa.ColumnElement[bool]:
    """Say in SQL that a card may stand on today's board: it was not archived."""
    return sa.and_(standing(), Idea.archived_on.is_(None))


def _card_columns() -> tuple[Any, ...]:
    return (
        Idea.id, Idea.stage_id, Idea.title, Company.name, Company.orgnr, Idea.stage_on,
        Idea.owner_id, sa.func.coalesce(User.name, Idea.owner_name), User.initials,
        Idea.next_step, Idea.next_step_on, Idea.deadline_on, Idea.is_shared,
        Idea.problem.isnot(None), Idea.position,
    )  # fmt: skip


def _cards() -> AnySelect:
    return (
        sa.select(*_card_columns())
        .outerjoin(Company, Company.id == Idea.company_id)
        .outerjoin(User, User.id == Idea.owner_id)
    )


@lru_cache(maxsize=64)
def _first_ids(stage_ids: tuple[int, ...], shared_only: bool) -> AnySelect:
    """Build the query for the first cards of every column: one, however many columns."""
    firsts = []
    for stage_id in stage_ids:
        first = (
            sa.select(Idea.id)
            .where(
                Idea.region_id == sa.bindparam("region_id"),
                Idea.status == Status.OPEN,
                Idea.stage_id == stage_id,
                on_board(),
                *([Idea.is_shared] if shared_only else []),
            )
            .order_by(Idea.position)
            .limit(COLUMN_PAGE)
            .subquery()
        )
        firsts.append(sa.select(first.c.id))
    return _cards().where(Idea.id.in_(sa.union_all(*firsts))).order_by(Idea.position)


def first_cards(
    session: Session, viewer: Actor, region_id: int, stage_ids: tuple[int, ...]
) -> list[CardRow]:
    """List the first cards of every column, as many as a column shows at first."""
    query = _first_ids(stage_ids, not viewer.may(Permission.IDEA_SEE))
    return [CardRow(*row) for row in session.execute(query, {"region_id": region_id})]


_BY_ID = _cards().where(Idea.id.in_(sa.bindparam("ids", expanding=True))).order_by(Idea.position)


def cards_by_id(session: Session, ids: Sequence[int]) -> list[CardRow]:
    """List cards that a query for this viewer has found, in the order of the board."""
    return [CardRow(*row) for row in session.execute(_BY_ID, {"ids": ids})]


def cards_in_order(session: Session, ids: Sequence[int]) -> list[CardRow]:
    """List cards that a query for this viewer has found, in the order in which they are named."""
    rows = {row.id: row for row in cards_by_id(session, ids)} if ids else {}
    return [rows[idea_id] for idea_id in ids if idea_id in rows]


@lru_cache(maxsize=256)
def _matching(narrowed: Filter, shared_only: bool) -> AnySelect:
    query = sa.select(Idea.stage_id, Idea.id, *columns_of(narrowed.sort))
    if narrowed.sort == Sort.COMPANY:
        query = query.outerjoin(Company, Company.id == Idea.company_id)
    if narrowed.sort == Sort.OWNER:
        query = query.outerjoin(User, User.id == Idea.owner_id)
    return query.where(
        Idea.region_id == sa.bindparam("region_id"),
        Idea.status == Status.OPEN,
        on_board(),
        *narrowed.conditions(),
        *([Idea.is_shared] if shared_only else []),
    ).order_by(Idea.stage_id, Idea.position)


def matching(
    session: Session, viewer: Actor, region_id: int, narrowed: Filter
) -> dict[int, list[int]]:
    """Give, by stage, the ids of the open cards that a filter lets through, in their order.

    One pass over an index of what the text filter looks in, for counts and cards alike.
    """
    query = _matching(narrowed, not viewer.may(Permission.IDEA_SEE))
    rows = session.execute(query, {"region_id": region_id}).all()
    if sort := narrowed.sort:
        rows = sorted(rows, key=lambda row: key_of(sort, row[2:]))  # which keeps order among equals
    found: dict[int, list[int]] = {}
    for stage_id, idea_id, *_ in rows:
        found.setdefault(stage_id, []).append(idea_id)
    return found


def next_cards(
    session: Session,
    viewer: Actor,
    region_id: int,
    stage_id: int,
    narrowed: Filter,
    after_position: int,
    limit: int = COLUMN_PAGE,
) -> list[CardRow]:
    """List the cards of a column that come after a position."""
    query = _cards().where(
        Idea.region_id == region_id,
        Idea.status == Status.OPEN,
        Idea.stage_id == stage_id,
        Idea.position > after_position,
        on_board(),
        *narrowed.conditions(),
    )
    if not viewer.may(Permission.IDEA_SEE):
        query = query.where(Idea.is_shared)
    return [CardRow(*row) for row in session.execute(query.order_by(Idea.position).limit(limit))]


class ChangedCard(NamedTuple):
    """A card that a change touched, and whether a board with this filter shows it."""

    row: CardRow
    is_shown: bool


def cards_changed_since(
    session: Session, viewer: Actor, region_id: int, change_id: int, narrowed: Filter, limit: int
) -> list[ChangedCard]:
    """List cards that changes after `change_id` touched.

    A partner is told of cards that are no longer shared by their number alone.
    """
    shown = [Idea.status == Status.OPEN, on_board(), *narrowed.conditions()]
    if not viewer.may(Permission.IDEA_SEE):
        shown.append(Idea.is_shared.is_(True))
    query = (
        _cards()
        .add_columns(sa.case((sa.and_(*shown), True), else_=False))
        .where(Idea.region_id == region_id, Idea.last_change_id > change_id)
        .order_by(Idea.last_change_id, Idea.id)
        .limit(limit)
    )
    return [ChangedCard(CardRow(*row[:-1]), bool(row[-1])) for row in session.execute(query)]


def who_came_first(
    session: Session, idea_id: int, table: type[StageEvent] | type[StatusEvent]
) -> str | None:
    """Give the name of whoever moved a card last, or closed or opened it last."""
    return session.scalar(
        sa.select(User.name)
        .select_from(table)
        .outerjoin(User, User.id == table.recorded_by_id)
        .where(table.idea_id == idea_id, table.known())
        .order_by(table.occurred_on.desc(), table.nth.desc())
        .limit(1)
    )


_ONE_CARD = _cards().where(Idea.id == sa.bindparam("idea_id"))


def card(session: Session, idea_id: int) -> CardRow:
    """Give the face of one card."""
    return CardRow(*session.execute(_ONE_CARD, {"idea_id": idea_id}).one())


class Count(NamedTuple):
    """How many ideas stand in a stage with a status."""

    stage_id: int
    status: Status
    total: int


_COUNTS = (
    sa.select(Idea.stage_id, Idea.status, sa.func.count())
    .where(Idea.region_id == sa.bindparam("region_id"), on_board())
    .group_by(Idea.status, Idea.stage_id)
)


def counts(session: Session, region_id: int) -> list[Count]:
    """Count the ideas of a region by stage and status; every count on the board comes from here."""
    return [Count(*row) for row in session.execute(_COUNTS, {"region_id": region_id})]


# Written once: to build a query costs more than to run it, and every request asks this one.
_VERSION = sa.select(
    sa.select(sa.func.max(Change.id))
    .where(Change.region_id == sa.bindparam("region_id"))
    .scalar_subquery(),
    sa.select(sa.func.max(Change.id)).where(Change.region_id.is_(None)).scalar_subquery(),
)


def version_of(session: Session, region_id: int) -> int:
    """Give the number of the latest change that the board of a region can show."""
    row = session.execute(_VERSION, {"region_id": region_id}).one()
    return max(row[0] or 0, row[1] or 0)


def neighbours_above(
    session: Session, viewer: Actor, ids: Sequence[int], narrowed: Filter
) -> dict[int, int | None]:
    """Give, for each card, the one that the viewer's board shows right above it, in one query."""
    card, above = aliased(Idea), Idea
    query = (
        sa.select(above.id)
        .where(
            above.region_id == card.region_id,
            above.stage_id == card.stage_id,
            above.status == Status.OPEN,
            above.position < card.position,
            on_board(),
            *narrowed.conditions(),
        )
        .order_by(above.position.desc())
        .limit(1)
        .correlate(card)
    )
    if not viewer.may(Permission.IDEA_SEE):
        query = query.where(above.is_shared)
    rows = session.execute(sa.select(card.id, query.scalar_subquery()).where(card.id.in_(ids)))
    return dict(rows.all())
