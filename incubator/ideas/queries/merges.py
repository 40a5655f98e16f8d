"""Read which ideas were merged, and where the address of one leads."""

from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.ideas.models import Idea, IdeaMerge, StageEvent


def merged_into(session: Session, idea_id: int) -> int | None:
    """Give the idea that a merged one is a part of, or was made anew as; None if it was not."""
    found, seen = None, {idea_id}
    while True:
        query = sa.select(IdeaMerge.into_id).where(
            IdeaMerge.idea_id == (found or idea_id), IdeaMerge.known()
        )
        into = session.scalar(query.limit(1))
        if into is None or into in seen:
            return found
        found = into
        seen.add(into)


class Merged(NamedTuple):
    """An idea that is a part of another one since then."""

    idea_id: int
    title: str
    registered_on: date
    at: datetime
    who: str | None
    change_id: int


_MERGED = (
    sa.select(
        Idea.id, Idea.title, Idea.registered_on, IdeaMerge.recorded_at, User.name,
        IdeaMerge.change_id,
    )
    .join(Idea, Idea.id == IdeaMerge.idea_id)
    .outerjoin(User, User.id == IdeaMerge.recorded_by_id)
    .where(IdeaMerge.into_id == sa.bindparam("into_id"), IdeaMerge.known())
    .where(IdeaMerge.change_id == Idea.void_change_id)
    .order_by(IdeaMerge.id.desc())
)  # fmt: skip


def list_merged(session: Session, idea_id: int) -> list[Merged]:
    """List the ideas that were merged into one, the latest first."""
    return [Merged(*row) for row in session.execute(_MERGED, {"into_id": idea_id})]


def courses_of(session: Session, merged: list[Merged]) -> dict[int, list[tuple[int, date]]]:
    """Give the stages that merged ideas had been in until then, by idea, in one query."""
    query = (
        sa.select(StageEvent.idea_id, StageEvent.stage_id, StageEvent.occurred_on)
        .join(Idea, Idea.id == StageEvent.idea_id)
        .where(
            StageEvent.idea_id.in_([one.idea_id for one in merged]),
            StageEvent.void_change_id == Idea.void_change_id,
        )
        .order_by(StageEvent.occurred_on, StageEvent.nth)
    )
    found: dict[int, list[tuple[int, date]]] = {}
    for idea_id, stage_id, day in session.execute(query):
        found.setdefault(idea_id, []).append((stage_id, day))
    return found
