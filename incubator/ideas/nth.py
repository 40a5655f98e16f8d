"""The order of facts within a day."""

from collections.abc import Iterable
from datetime import date

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
    rows = session.execute(
        sa.select(table.idea_id, sa.func.max(table.nth))
        .where(table.idea_id.in_(asked), table.occurred_on == on, table.known())
        .group_by(table.idea_id)
    )
    highest = {row[0]: row[1] for row in rows}
    return {idea_id: highest.get(idea_id, 0) + 1 for idea_id in asked}
