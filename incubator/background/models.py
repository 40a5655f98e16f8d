"""Figures about municipalities that stand beside the goals: population, migration, employment."""

from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, mapped_column
from incubator.core.facts import Fact


class Series(Base):
    """A named row of figures, one for each municipality and day. The name changes, the key not."""

    __tablename__ = "background_series"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sort_key: Mapped[str]
    unit: Mapped[str | None]
    source: Mapped[str]
    source_url: Mapped[str | None]
    note: Mapped[str | None]


class Figure(Fact, Base):
    """What a series says of a municipality on a day (`occurred_on`), to two decimals at most."""

    __tablename__ = "background_figures"
    __table_args__ = (
        sa.Index(
            "uq_background_figures_day",
            "series_id",
            "municipality_id",
            "occurred_on",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    series_id: Mapped[int] = mapped_column(sa.ForeignKey("background_series.id"))
    municipality_id: Mapped[int] = mapped_column(sa.ForeignKey("municipalities.id"), index=True)
    value: Mapped[Decimal]
    source: Mapped[str | None]  # where it differs from that of the series
    retrieved_on: Mapped[date | None]
