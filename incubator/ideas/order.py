"""The shared order of the cards in a column.

A card's position is a whole number. A new top is a stride below the first; a card dropped
between two others takes the middle; a gap that is used up is widened for the run of cards
around it. All of it happens under the lock of the region, and the database refuses doubles.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.core.db import Base
from incubator.ideas.models import Idea

STRIDE = 1 << 32
RUN = 32


@dataclass(frozen=True)
class Place:
    """Where in a column a card shall stand: after one card, or before one, or on top."""

    after_id: int | None = None
    before_id: int | None = None


TOP = Place()


def position_at(session: Session, region_id: int, stage_id: int, place: Place) -> int:
    """Give the free position at a place, making room where there is none left.

    A neighbour that has left the column meanwhile is passed over. The caller holds the lock.
    """
    if place == TOP:
        return top_position(session, region_id, stage_id)
    column = sa.and_(Idea.region_id == region_id, Idea.stage_id == stage_id)
    for neighbour_id, query in ((place.after_id, _BELOW), (place.before_id, _ABOVE)):
        asked = {"region_id": region_id, "stage_id": stage_id, "neighbour_id": neighbour_id}
        gap = session.execute(query, asked).one_or_none() if neighbour_id else None
        if gap is not None:
            return _between(session, column, *gap)
    return top_position(session, region_id, stage_id)


_FIRST = sa.select(sa.func.min(Idea.position)).where(
    Idea.region_id == sa.bindparam("region_id"), Idea.stage_id == sa.bindparam("stage_id")
)


def top_position(session: Session, region_id: int, stage_id: int) -> int:
    """Give a position above all cards of a column, open or not."""
    first = session.scalar(_FIRST, {"region_id": region_id, "stage_id": stage_id})
    return 0 if first is None else first - STRIDE


# A neighbour and the card on its other side, in one query: the gap that a card drops into.
_OTHER = aliased(Idea)
_IN_COLUMN = (_OTHER.region_id == Idea.region_id, _OTHER.stage_id == Idea.stage_id)
_NEIGHBOUR = sa.and_(
    Idea.id == sa.bindparam("neighbour_id"),
    Idea.region_id == sa.bindparam("region_id"),
    Idea.stage_id == sa.bindparam("stage_id"),
    Idea.position.isnot(None),
)
_BELOW = sa.select(
    Idea.position,
    sa.select(sa.func.min(_OTHER.position))
    .where(*_IN_COLUMN, _OTHER.position > Idea.position)
    .scalar_subquery(),
).where(_NEIGHBOUR)
_ABOVE = sa.select(
    sa.select(sa.func.max(_OTHER.position))
    .where(*_IN_COLUMN, _OTHER.position < Idea.position)
    .scalar_subquery(),
    Idea.position,
).where(_NEIGHBOUR)


def _next(session: Session, column: sa.ColumnElement[bool], position: int) -> int | None:
    return session.scalar(
        sa.select(sa.func.min(Idea.position)).where(column, Idea.position > position)
    )


def _between(
    session: Session, column: sa.ColumnElement[bool], low: int | None, high: int | None
) -> int:
    if low is None:
        assert high is not None
        return high - STRIDE
    if high is None:
        return low + STRIDE
    if high - low >= 2:
        return (low + high) // 2
    _make_room(session, column, low)
    high = _next(session, column, low)
    return low + STRIDE if high is None else (low + high) // 2


def _make_room(session: Session, column: sa.ColumnElement[bool], low: int) -> None:
    """Spread the run of cards after `low`, as short a run as has room to be spread in."""
    size = RUN
    while True:
        run = session.execute(
            sa.select(Idea.id, Idea.position)
            .where(column, Idea.position > low)
            .order_by(Idea.position)
            .limit(size + 1)
        ).all()
        if len(run) <= size:
            _write(session, [row.id for row in run], low, STRIDE)
            return
        step = (run[-1].position - low) // (size + 1)
        if step >= RUN:
            _write(session, [row.id for row in run[:-1]], low, step)
            return
        size *= 4


def _write(session: Session, ids: list[int], low: int, step: int) -> None:
    for idea in session.identity_map.values():
        if isinstance(idea, Idea) and idea.id in ids:
            # What the session holds is no longer true, and a move must not be taken for none.
            session.expire(idea, ["position"])
    # Emptied first: otherwise a row could meet the old position of another one on the way.
    session.execute(
        sa.update(Idea)
        .where(Idea.id.in_(ids))
        .values(position=None)
        .execution_options(synchronize_session=False)
    )
    table = Base.metadata.tables[Idea.__tablename__]
    session.connection().execute(
        sa.update(table)
        .where(table.c.id == sa.bindparam("idea"))
        .values(position=sa.bindparam("at")),
        [{"idea": idea_id, "at": low + step * nth} for nth, idea_id in enumerate(ids, start=1)],
    )
