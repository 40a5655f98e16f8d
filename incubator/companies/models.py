"""Companies, shared by all organisations, and the people there."""

from datetime import date
from enum import StrEnum

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, enum_column, mapped_column
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
    # The day of the latest standing visit by anybody, kept for lists.
    last_contact_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(server_default=sa.text("1"))

    __mapper_args__ = {"version_id_col": version}


class CompanyMerge(Recorded, Base):
    """A company was a duplicate of another, which has all that was its own since then."""

    __tablename__ = "company_merges"
    __table_args__ = (
        sa.Index(
            "uq_company_merges_company",
            "company_id",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    company_id: Mapped[int] = mapped_column(sa.ForeignKey("companies.id"))
    into_id: Mapped[int] = mapped_column(sa.ForeignKey("companies.id"), index=True)


class LegalBasis(StrEnum):
    """By which right a person's data are kept (article 6 of the GDPR)."""

    LEGITIMATE_INTEREST = "legitimate_interest"
    PUBLIC_TASK = "public_task"
    AGREEMENT = "agreement"
    CONSENT = "consent"
    LEGAL_DUTY = "legal_duty"


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
    purpose: Mapped[str | None]
    legal_basis: Mapped[LegalBasis | None] = enum_column(LegalBasis, "legal_basis")
    source: Mapped[str | None]  # where the data came from
    review_on: Mapped[date | None]  # when somebody asks whether they are still needed
