"""Leave a change behind: the audit entry that every operation writes."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit.models import Change, ChangeValue, SentForm
from incubator.core import clock
from incubator.core.access import Actor
from incubator.core.db import Base
from incubator.core.facts import Recorded

_VALUES = Base.metadata.tables[ChangeValue.__tablename__]
# It asks for the ids that nobody needs, since that makes many rows one statement.
_KEEP_VALUES = sa.insert(_VALUES).returning(_VALUES.c.id)
Values = Mapping[str, tuple[Any, Any]]


def record(
    session: Session,
    actor: Actor,
    verb: str,
    *,
    kind: str,
    subject_id: int | None = None,
    region_id: int | None = None,
    note: str | None = None,
    undoes_id: int | None = None,
) -> Change:
    """Write the change of an operation and give it, with its id."""
    change = Change(
        verb=verb,
        via=actor.via,
        recorded_at=clock.now(),
        actor_id=actor.id,
        region_id=region_id,
        subject_kind=kind,
        subject_id=subject_id,
        note=note or None,
        undoes_id=undoes_id,
    )
    session.add(change)
    session.flush()
    if actor.once and made_by_key(session, actor, actor.once) is None:
        keep_key(session, change, actor.once)
    return change


def note_values(
    session: Session, change: Change, kind: str, subject_id: int, values: Values
) -> None:
    """Keep the old and the new value of each field that a change altered."""
    note_many(session, change, [(kind, subject_id, values)])


def note_many(session: Session, change: Change, altered: Iterable[tuple[str, int, Values]]) -> None:
    """Keep what a change altered of many rows, each in its own way: kind, number, values."""
    rows = [
        {
            "change_id": change.id,
            "subject_kind": kind,
            "subject_id": subject_id,
            "field": field,
            "old": as_text(old),
            "new": as_text(new),
        }
        for kind, subject_id, values in altered
        for field, (old, new) in values.items()
    ]
    if rows:
        # By way of the table: one statement, whichever of the values are empty.
        session.connection().execute(_KEEP_VALUES, rows if len(rows) > 1 else rows[0])


def note_all(
    session: Session,
    change: Change,
    kind: str,
    ids: sa.Select[int],
    field: str,
    *,
    old: Any,
    new: Any,
) -> None:
    """Keep that a change altered a field of many rows alike, in one statement however many."""
    same = (kind, field, as_text(old), as_text(new))
    columns = [sa.literal(value, sa.Text) for value in same]
    picked = ids.subquery()
    rows = sa.select(sa.literal(change.id), picked.c[0], *columns)
    names = ["change_id", "subject_id", "subject_kind", "field", "old", "new"]
    session.connection().execute(sa.insert(_VALUES).from_select(names, rows))


def keep_key(session: Session, change: Change, key: str) -> None:
    """Keep the key of the form that made a change, so that sent again it makes none."""
    session.add(SentForm(key=_of_actor(change.actor_id, key), change_id=change.id))


def made_by_key(session: Session, actor: Actor, key: str) -> Change | None:
    """Give the change that a form of this person made when it was sent before, if it was."""
    query = (
        sa.select(Change)
        .join(SentForm, SentForm.change_id == Change.id)
        .where(SentForm.key == _of_actor(actor.id, key))
    )
    return session.scalar(query) if key else None


def _of_actor(actor_id: int | None, key: str) -> str:
    return f"{actor_id or 0}:{key}"


def stamp(row: Recorded, change: Change) -> None:
    """Let a new row carry the change that makes it."""
    row.change_id = change.id
    row.recorded_at = change.recorded_at
    row.recorded_by_id = change.actor_id


def as_text(value: Any) -> str | None:
    """Write a value so that `from_text` can read it again."""
    if value is None:
        return None
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)


def from_text(text: str | None, kind: type) -> Any:
    """Read a value that `as_text` wrote."""
    if text is None:
        return None
    if kind is bool:
        return text == "true"
    if issubclass(kind, (date, datetime)):
        return kind.fromisoformat(text)
    if issubclass(kind, (int, Decimal, StrEnum)):
        return kind(text)
    return text
