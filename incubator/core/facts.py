"""What a fact is: it happened on a day, was entered at an instant, and is voided when wrong.

A record (an idea, a company, an application) is made by a change and can be voided with it; a
fact has a day of its own besides. Neither is ever deleted, and a fact is never altered.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from incubator.core.db import Base, UserKey

VOIDED = "voided"  # where a session keeps what it has voided many rows at once


class Recorded:
    """A row that knows which change made it and which one, if any, voided it."""

    change_id: Mapped[int] = mapped_column(sa.ForeignKey("changes.id"), index=True)
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[UserKey]
    voided_at: Mapped[datetime | None]
    void_change_id: Mapped[int | None] = mapped_column(sa.ForeignKey("changes.id"))

    @property
    def is_voided(self) -> bool:
        return self.voided_at is not None

    @classmethod
    def known(cls, at: datetime | None = None) -> sa.ColumnElement[bool]:
        """Say in SQL that the row stands, or that it stood as far as was known at an instant."""
        if at is None:
            return cls.voided_at.is_(None)
        not_yet_voided = sa.or_(cls.voided_at.is_(None), cls.voided_at > at)
        return sa.and_(cls.recorded_at <= at, not_yet_voided)


class Fact(Recorded):
    """A row that says that something happened on a day (Europe/Oslo)."""

    @declared_attr
    def occurred_on(cls) -> Mapped[date]:
        return mapped_column(sa.Date)

    @classmethod
    def standing(cls, day: date, known_at: datetime | None = None) -> sa.ColumnElement[bool]:
        """Say in SQL that the fact had occurred when `day` ended, as known at `known_at`."""
        return sa.and_(cls.occurred_on <= day, cls.known(known_at))


def void(session: Session, row: Recorded, change: Any) -> None:
    """Void a row by a change (with an `id` and a `recorded_at`); it counts nowhere after that."""
    row.voided_at = change.recorded_at
    row.void_change_id = change.id


def void_all(
    session: Session, table: type[Base], where: sa.ColumnElement[bool], change: Any
) -> int:
    """Void every standing row of a table that `where` picks; give their number."""
    statement = (
        sa.update(table)
        .where(where, table.voided_at.is_(None))  # type: ignore[attr-defined]
        .values(voided_at=change.recorded_at, void_change_id=change.id)
        .execution_options(synchronize_session="fetch")
    )
    session.info.setdefault(VOIDED, []).append((table, change.id))
    return session.execute(statement).rowcount  # type: ignore[attr-defined, no-any-return]
