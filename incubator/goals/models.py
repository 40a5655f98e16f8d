"""What the work is paid for: a programme's target for a metric in a place and a period."""

from datetime import date

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, Nok, mapped_column
from incubator.core.facts import Recorded


class Goal(Recorded, Base):
    """A target. Its rule says in words what counts; a changed rule is a new goal."""

    __tablename__ = "goals"
    __table_args__ = (
        sa.CheckConstraint("to_on >= from_on", name="period_order"),
        sa.CheckConstraint("target > 0", name="target_positive"),
        sa.CheckConstraint("region_id IS NULL OR county IS NULL", name="one_place"),
    )

    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(sa.ForeignKey("programmes.id"), index=True)
    metric: Mapped[str]
    region_id: Mapped[int | None] = mapped_column(sa.ForeignKey("regions.id"), index=True)
    county: Mapped[str | None] = mapped_column(sa.String(2))
    from_on: Mapped[date]
    to_on: Mapped[date]
    target: Mapped[Nok]
    baseline: Mapped[int] = mapped_column(default=0)
    is_gross: Mapped[bool] = mapped_column(default=True)
    is_invented: Mapped[bool] = mapped_column(default=False)  # a target made up for the demo
    counting_rule: Mapped[str | None]
