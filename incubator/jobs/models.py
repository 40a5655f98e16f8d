"""Work places: claimed, with a date, a source and a grade of evidence."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, enum_column, mapped_column
from incubator.core.facts import Fact


class JobKind(StrEnum):
    NEW = "new"
    SECURED = "secured"
    LOST = "lost"


class JobState(StrEnum):
    PLANNED = "planned"
    EXPECTED = "expected"
    REALISED = "realised"


class JobUnit(StrEnum):
    HEADS = "heads"
    FTE = "fte"


class Evidence(StrEnum):
    TOLD = "told"
    DOCUMENTED = "documented"
    REGISTER = "register"


class JobRecord(Fact, Base):
    """A number of work places at a company: planned, expected or realised on a day.

    A realised one may name the planned or expected one that it realises, all of it or a part;
    what is outstanding of that is the number that is left.
    """

    __tablename__ = "job_records"
    __table_args__ = (
        sa.CheckConstraint("number > 0", name="number_positive"),
        sa.Index("ix_job_records_region_day", "region_id", "occurred_on"),
    )

    id: Mapped[Id]
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"))
    municipality_id: Mapped[int | None] = mapped_column(sa.ForeignKey("municipalities.id"))
    company_id: Mapped[int | None] = mapped_column(sa.ForeignKey("companies.id"), index=True)
    idea_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ideas.id"), index=True)
    kind: Mapped[JobKind] = enum_column(JobKind, "kind")
    state: Mapped[JobState] = enum_column(JobState, "state")
    unit: Mapped[JobUnit] = enum_column(JobUnit, "unit")
    number: Mapped[Decimal]
    women: Mapped[int | None]
    men: Mapped[int | None]
    source: Mapped[str | None]
    evidence: Mapped[Evidence] = enum_column(Evidence, "evidence")
    next_check_on: Mapped[date | None] = mapped_column(index=True)
    note: Mapped[str | None]
    realises_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job_records.id"), index=True)
