"""Changes: one operation by one person at one instant, with the old and new of each field."""

from datetime import datetime

import sqlalchemy as sa

from incubator.core.access import Via
from incubator.core.db import Base, Id, Mapped, UserKey, enum_column, mapped_column


class Change(Base):
    """One operation. Everything that it made carries its id, and an undo voids the whole.

    The ids of a region's changes rise in the order of their commits (see `lock_region`), so
    the highest one is the version of that region's board. A change without a region, such as
    a new name for a stage, touches all of them.
    """

    __tablename__ = "changes"
    __table_args__ = (
        sa.Index("ix_changes_region_id_id", "region_id", "id"),
        sa.Index("ix_changes_subject", "subject_kind", "subject_id"),
    )

    id: Mapped[Id]
    verb: Mapped[str]
    via: Mapped[Via] = enum_column(Via, "via")
    recorded_at: Mapped[datetime]
    actor_id: Mapped[UserKey]
    region_id: Mapped[int | None] = mapped_column(sa.ForeignKey("regions.id"))
    subject_kind: Mapped[str]
    subject_id: Mapped[int | None]
    note: Mapped[str | None]
    undoes_id: Mapped[int | None] = mapped_column(sa.ForeignKey("changes.id"), unique=True)


class ChangeValue(Base):
    """What one field of one row was before a change and after it; blanked when erased."""

    __tablename__ = "change_values"
    __table_args__ = (sa.Index("ix_change_values_subject", "subject_kind", "subject_id"),)

    id: Mapped[Id]
    change_id: Mapped[int] = mapped_column(sa.ForeignKey("changes.id"), index=True)
    subject_kind: Mapped[str]
    subject_id: Mapped[int]
    field: Mapped[str]
    old: Mapped[str | None]
    new: Mapped[str | None]


class SentForm(Base):
    """A form that was sent, by the key that it carried: sent again, it is the same change."""

    __tablename__ = "sent_forms"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    change_id: Mapped[int] = mapped_column(sa.ForeignKey("changes.id"))
