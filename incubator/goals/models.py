"""What the work is paid for: a programme's target for a metric in a place and a period."""

from datetime import date
from enum import StrEnum

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, Nok, enum_column, mapped_column
from incubator.core.facts import Recorded


class PeriodKind(StrEnum):
    """How long one round of a goal lasts; the target is that of each round."""

    WHOLE = "whole"
    YEAR = "year"
    HALF_YEAR = "half_year"
    QUARTER = "quarter"
    MONTH = "month"


class AttributedKind(StrEnum):
    """What kind of result can be attributed to programmes."""

    IDEA = "idea"
    INCUBATION = "incubation"
    APPLICATION = "application"
    JOBS = "job_record"


class Goal(Recorded, Base):
    """A target for a metric from a first to a last day, in a place.

    With a period shorter than the whole it begins anew each month, quarter, half-year or year
    of the calendar.
    """

    __tablename__ = "goals"
    __table_args__ = (
        sa.CheckConstraint("to_on >= from_on", name="period_order"),
        sa.CheckConstraint("target > 0", name="target_positive"),
        sa.CheckConstraint("region_id IS NULL OR county IS NULL", name="one_place"),
        sa.CheckConstraint(
            "municipality_id IS NULL OR (region_id IS NULL AND county IS NULL)",
            name="municipality_alone",
        ),
    )

    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(sa.ForeignKey("programmes.id"), index=True)
    metric: Mapped[str]
    region_id: Mapped[int | None] = mapped_column(sa.ForeignKey("regions.id"), index=True)
    municipality_id: Mapped[int | None] = mapped_column(sa.ForeignKey("municipalities.id"))
    county: Mapped[str | None] = mapped_column(sa.String(2))
    focus_area_id: Mapped[int | None] = mapped_column(sa.ForeignKey("focus_areas.id"))
    from_on: Mapped[date]
    to_on: Mapped[date]
    period: Mapped[PeriodKind] = enum_column(
        PeriodKind, "period", default=PeriodKind.WHOLE, server_default="whole"
    )
    target: Mapped[Nok]
    baseline: Mapped[int] = mapped_column(default=0)
    is_gross: Mapped[bool] = mapped_column(default=True)
    is_invented: Mapped[bool] = mapped_column(default=False)  # a target made up for the demo


class GoalTarget(Recorded, Base):
    """What one calendar year of a goal for the whole period shall bring: its target path.

    Without any the way to the target is a straight line.
    """

    __tablename__ = "goal_targets"
    __table_args__ = (
        sa.CheckConstraint("target >= 0", name="target_positive"),
        sa.Index(
            "uq_goal_targets_year",
            "goal_id",
            "year",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    goal_id: Mapped[int] = mapped_column(sa.ForeignKey("goals.id"))
    year: Mapped[int]
    target: Mapped[Nok]


class GoalRule(Recorded, Base):
    """What counts towards a goal, in words, from a day on; an old period keeps the old rule."""

    __tablename__ = "goal_rules"
    __table_args__ = (
        sa.Index(
            "uq_goal_rules_from",
            "goal_id",
            "valid_from",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    goal_id: Mapped[int] = mapped_column(sa.ForeignKey("goals.id"))
    valid_from: Mapped[date]
    text: Mapped[str]


class Attribution(Recorded, Base):
    """A programme claims a result: whether it leads, and its share in whole percent.

    A result that nobody has attributed counts for every programme whose places and period it
    falls in; one that has been, for the programmes named (`product.md`, rule 5).
    """

    __tablename__ = "attributions"
    __table_args__ = (
        sa.CheckConstraint("share BETWEEN 1 AND 100", name="share_percent"),
        sa.Index(
            "uq_attributions_claim",
            "subject_kind",
            "subject_id",
            "programme_id",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(sa.ForeignKey("programmes.id"), index=True)
    subject_kind: Mapped[AttributedKind] = enum_column(AttributedKind, "subject_kind")
    subject_id: Mapped[int]
    is_lead: Mapped[bool] = mapped_column(default=False)
    share: Mapped[int]
