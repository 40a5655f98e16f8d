"""Read the log of changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit.models import Change, ChangeValue
from incubator.core import clock
from incubator.core.access import Via
from incubator.core.db import AnyRow

MOST_VALUES = 8  # shown of one change; an export has them all


def latest_of(session: Session, kind: str, subject_id: int) -> int | None:
    """Give the number of the latest change of a thing: what a form was filled from."""
    return session.scalar(
        sa.select(sa.func.max(Change.id)).where(
            Change.subject_kind == kind, Change.subject_id == subject_id
        )
    )


@dataclass(frozen=True)
class Asked:
    """What somebody looks for in the log."""

    actor_id: int | None = None
    by_nobody: bool = False  # by the command line, the worker or the installation itself
    kind: str = ""
    subject_id: int | None = None
    verb: str = ""
    region_id: int | None = None
    first: date | None = None
    last: date | None = None
    via: Via | None = None

    def where(self) -> list[sa.ColumnElement[bool]]:
        """Say it in SQL."""
        equal = (
            (Change.actor_id, self.actor_id), (Change.subject_kind, self.kind or None),
            (Change.subject_id, self.subject_id), (Change.verb, self.verb or None),
            (Change.region_id, self.region_id),
            (Change.via, self.via),
        )  # fmt: skip
        found = [column == value for column, value in equal if value is not None]
        if self.by_nobody:
            found.append(Change.actor_id.is_(None))
        if self.first is not None:
            found.append(Change.recorded_at >= clock.end_of(self.first - timedelta(days=1)))
        if self.last is not None:
            found.append(Change.recorded_at < clock.end_of(self.last))
        return found


class Value(NamedTuple):
    """A field that a change altered, with what it was and what it became."""

    kind: str
    subject_id: int
    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Entry:
    """A change with the first of its values, and how many it has."""

    change: Change
    shown: Sequence[Value]
    total: int


def count_changes(session: Session, asked: Asked) -> int:
    """Count the changes that somebody looks for."""
    return session.scalar(sa.select(sa.func.count(Change.id)).where(*asked.where())) or 0


def list_changes(session: Session, asked: Asked, *, page: int, size: int) -> list[Entry]:
    """List a page of changes, the latest first, in two queries."""
    query = sa.select(Change).where(*asked.where()).order_by(Change.id.desc())
    found = session.scalars(query.limit(size).offset((page - 1) * size)).all()
    numbered = sa.select(
        ChangeValue,
        sa.func.row_number()
        .over(partition_by=ChangeValue.change_id, order_by=ChangeValue.id)
        .label("nth"),
        sa.func.count().over(partition_by=ChangeValue.change_id).label("count"),
    ).where(ChangeValue.change_id.in_([change.id for change in found]))
    some = numbered.subquery()
    of: dict[int, list[Value]] = {}
    counts: dict[int, int] = {}
    columns = (some.c.subject_kind, some.c.subject_id, some.c.field, some.c.old, some.c.new)
    rows = session.execute(
        sa.select(some.c.change_id, some.c["count"], *columns)
        .where(some.c.nth <= MOST_VALUES)
        .order_by(some.c.id)
    )
    for change_id, count, *value in rows:
        of.setdefault(change_id, []).append(Value(*value))
        counts[change_id] = count
    return [Entry(one, of.get(one.id, ()), counts.get(one.id, 0)) for one in found]


def export_changes(session: Session, asked: Asked, most: int) -> list[AnyRow]:
    """List changes with all their values, a row for each, the latest first; at most so many."""
    columns = (
        Change.id, Change.recorded_at, Change.actor_id, Change.via, Change.verb,
        Change.subject_kind, Change.subject_id, Change.region_id, Change.note,
        ChangeValue.subject_kind.label("of_kind"), ChangeValue.subject_id.label("of_id"),
        ChangeValue.field, ChangeValue.old, ChangeValue.new,
    )  # fmt: skip
    return list(
        session.execute(
            sa.select(*columns)
            .outerjoin(ChangeValue, ChangeValue.change_id == Change.id)
            .where(*asked.where())
            .order_by(Change.id.desc(), ChangeValue.id)
            .limit(most)
        )
    )


def verbs(session: Session) -> list[str]:
    """List what has been done so far, by its code."""
    return list(session.scalars(sa.select(Change.verb).distinct().order_by(Change.verb)))
