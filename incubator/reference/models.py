"""What administrators keep: organisations, regions, municipalities, programmes."""

from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import relationship

from incubator.core.db import Base, Id, Mapped, Nok, enum_column, mapped_column


class OrganisationKind(StrEnum):
    OPERATOR = "operator"
    DEVELOPMENT = "development"
    MUNICIPALITY = "municipality"
    COUNTY = "county"
    FUNDER = "funder"
    NETWORK = "network"
    OTHER = "other"


class Organisation(Base):
    """Klosser, ERNU, a municipality, a funder: people, notes and programmes belong to one."""

    __tablename__ = "organisations"

    id: Mapped[Id]
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    sort_key: Mapped[str]
    kind: Mapped[OrganisationKind] = enum_column(OrganisationKind, "kind")
    orgnr: Mapped[str | None] = mapped_column(sa.String(9), unique=True)


class Municipality(Base):
    """A municipality number with the days it was valid and the number that took over."""

    __tablename__ = "municipalities"
    __table_args__ = (
        sa.UniqueConstraint("number", "valid_from"),
        sa.CheckConstraint("length(number) = 4", name="number_length"),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="valid_order"),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(sa.String(4))
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(index=True)
    sort_key: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("municipalities.id"))

    @property
    def county(self) -> str:
        """The county number: the first two digits."""
        return self.number[:2]


class Region(Base):
    """The municipalities where one operator works together with the partners."""

    __tablename__ = "regions"

    id: Mapped[Id]
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    sort_key: Mapped[str]
    operator_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisations.id"))


class RegionMunicipality(Base):
    """A municipality lies in one region."""

    __tablename__ = "region_municipalities"

    municipality_id: Mapped[int] = mapped_column(
        sa.ForeignKey("municipalities.id"), primary_key=True
    )
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"), index=True)


class Programme(Base):
    """A funded undertaking: owner, amount, period; funders, places and focus areas beside it."""

    __tablename__ = "programmes"
    __table_args__ = (
        sa.CheckConstraint("ends_on >= starts_on", name="period_order"),
        sa.CheckConstraint("amount_nok >= 0", name="amount_positive"),
    )

    id: Mapped[Id]
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"))
    amount_nok: Mapped[Nok | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    description: Mapped[str | None]

    funders: Mapped[list["ProgrammeFunder"]] = relationship(
        back_populates="programme", lazy="raise_on_sql"
    )


class ProgrammeFunder(Base):
    """An organisation that pays for a programme, with its part where that is known."""

    __tablename__ = "programme_funders"

    programme_id: Mapped[int] = mapped_column(sa.ForeignKey("programmes.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organisations.id"), primary_key=True
    )
    amount_nok: Mapped[Nok | None]

    programme: Mapped[Programme] = relationship(back_populates="funders", lazy="raise_on_sql")


class ProgrammeArea(Base):
    """Where a programme works: a region, a municipality or a whole county."""

    __tablename__ = "programme_areas"
    __table_args__ = (
        sa.CheckConstraint(
            "(CASE WHEN region_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN municipality_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN county IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_place",
        ),
    )

    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(sa.ForeignKey("programmes.id"), index=True)
    region_id: Mapped[int | None] = mapped_column(sa.ForeignKey("regions.id"))
    municipality_id: Mapped[int | None] = mapped_column(sa.ForeignKey("municipalities.id"))
    county: Mapped[str | None] = mapped_column(sa.String(2))


class FocusArea(Base):
    """A theme that a programme puts first (satsingsområde)."""

    __tablename__ = "focus_areas"
    __table_args__ = (sa.UniqueConstraint("programme_id", "name_key"),)

    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(sa.ForeignKey("programmes.id"))
    name: Mapped[str]
    name_key: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class Setting(Base):
    """What an administrator has set by page; what is not here is as the program was made."""

    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
