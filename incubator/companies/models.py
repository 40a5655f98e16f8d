"""Companies, shared by all organisations, and the people there."""

from datetime import date

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, mapped_column
from incubator.core.facts import Recorded


class Company(Recorded, Base):
    """A firm. Unique by organisation number where it has one; matched by `match_key` else."""

    __tablename__ = "companies"
    __table_args__ = (
        sa.Index(
            "uq_companies_orgnr",
            "orgnr",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    name: Mapped[str]
    match_key: Mapped[str] = mapped_column(index=True)
    sort_key: Mapped[str] = mapped_column(index=True)
    orgnr: Mapped[str | None] = mapped_column(sa.String(9))
    municipality_id: Mapped[int | None] = mapped_column(sa.ForeignKey("municipalities.id"))
    industry_code: Mapped[str | None]
    industry_section: Mapped[str | None] = mapped_column(sa.String(1))
    founded_on: Mapped[date | None]
    employees: Mapped[int | None]


class Contact(Recorded, Base):
    """A person at a company."""

    __tablename__ = "contacts"

    id: Mapped[Id]
    company_id: Mapped[int | None] = mapped_column(sa.ForeignKey("companies.id"), index=True)
    name: Mapped[str]
    sort_key: Mapped[str]
    title: Mapped[str | None]
    telephone: Mapped[str | None]
    email: Mapped[str | None]
