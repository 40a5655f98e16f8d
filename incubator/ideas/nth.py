"""The order of facts within a day."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.ideas.models import Idea, SharingEvent, StageEvent, StatusEvent

Table = type[StageEvent] | type[StatusEvent] | type[SharingEvent]


def next_nth(session: Session, table: Table, idea: Idea, on: date, latest_on: date | None) -> int:
    """Give the order of a new fact within its day; only a day that has one needs to be asked."""
    if latest_on is not None and on > latest_on:
        return 1
    return next_nths(session, table, [idea.id], on)[idea.id]


def next_nths(session: Session, table: Table, ids: Iterable[int], on: date) -> dict[int, int]:
    """Give the order of new facts of ideas within a day, in one query."""
    asked = list(ids)
    rows = session.execute(_highest(table), {"ids": asked, "day": on})
    highest = {row[0]: row[1] for row in rows}
    return {idea_id: highest.get(idea_id, 0) + 1 for idea_id in asked}


@cache  # every move asks it
def _highest(table: Table) -> sa.Select[int, int]:
    ids: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
    day: sa.BindParameter[Any] = sa.bindparam("day")
    return (
        sa.select(table.idea_id, sa.func.max(table.nth))
        .where(table.idea_id.in_(ids), table.occurred_on == day, table.known())
        .group_by(table.idea_id)
    )
