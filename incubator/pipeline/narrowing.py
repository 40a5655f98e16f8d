"""What the board can be narrowed to: where ideas come from, what there is to choose, its names."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User, UserRegion
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.core.access import Actor, Permission, Via
from incubator.core.db import AnySelect, Base
from incubator.core.scope import ProgrammeScope
from incubator.ideas import queries as ideas
from incubator.ideas.models import Idea, IdeaTag, Tag
from incubator.ideas.queries import Filter
from incubator.reference.models import FocusArea, Municipality, Programme, RegionMunicipality
from incubator.reference.places import find_places, programme_key
from incubator.reference.queries import programmes_of
from incubator.visits.models import VisitIdea

MOST = 2000  # entries of a list to choose from


class Origin(StrEnum):
    """Where an idea comes from, in the word of the address."""

    VISIT = "besok"
    LIST = "liste"
    HAND = "hand"


@dataclass(frozen=True)
class BoardFilter(Filter):
    """A filter that knows of visits and imports, too."""

    origin: Origin | None = None
    programme: ProgrammeScope | None = None  # that of `programme_id`, where there is such a one

    def __bool__(self) -> bool:
        return super().__bool__() or self.origin is not None

    def conditions(self, at: datetime | None = None) -> list[sa.ColumnElement[bool]]:
        """Say in SQL which ideas the filter lets through."""
        found = super().conditions(at)
        if self.programme_id:
            found.append(_counts_for(self.programme) if self.programme else sa.false())
        visited = Idea.id.in_(sa.select(VisitIdea.idea_id).where(VisitIdea.known()))
        listed = Idea.change_id.in_(sa.select(Change.id).where(Change.via == Via.IMPORT))
        if self.origin == Origin.VISIT:
            found.append(visited)
        if self.origin == Origin.LIST:
            found += [listed, ~visited]
        if self.origin == Origin.HAND:
            found += [~listed, ~visited]
        return found


def _counts_for(programme: ProgrammeScope) -> sa.ColumnElement[bool]:
    """Say that an idea counts for a programme, as its goals have it.

    What has been attributed counts for those named; else what was registered in its places and
    its period. Who claims what is written on a floor above: it is known by the table's name.
    """
    claims = Base.metadata.tables["attributions"]
    on_idea = sa.and_(
        claims.c.subject_kind == "idea",
        claims.c.subject_id == Idea.id,
        claims.c.voided_at.is_(None),
    )
    named = sa.exists().where(on_idea, claims.c.programme_id == programme.id)
    fits: list[sa.ColumnElement[bool]] = [
        Idea.registered_on.between(programme.first, programme.last)
    ]
    if programme.places is not None:
        fits.append(programme.places.hold(Idea.region_id, Idea.municipality_id))
    return sa.or_(named, sa.and_(~sa.exists().where(on_idea), *fits))


def find_programme(session: Session, programme_id: int) -> ProgrammeScope | None:
    """Give a programme as the board is narrowed to it, in two queries."""
    found = session.get(Programme, programme_id)
    if found is None:
        return None
    inside = find_places(session, [programme_key(found.id)])[programme_key(found.id)]
    places = None if inside.is_empty else inside
    return ProgrammeScope(found.id, places, found.starts_on, found.ends_on)


Choice = tuple[int, str]


@dataclass(frozen=True)
class Choices:
    """What there is to choose from in a region, by name; empty where the viewer may not know."""

    municipalities: list[Choice]
    focus_areas: list[Choice]
    programmes: list[Choice]
    companies: list[Choice]
    tags: list[Choice]


def choices(session: Session, viewer: Actor, region_id: int) -> Choices:
    """List what the board of a region can be narrowed to.

    A partner chooses from what partners know: the names of companies and tags are no such thing.
    """
    sees_text = viewer.may(Permission.IDEA_SEE)
    return Choices(
        _municipalities(session, region_id),
        _areas(session, region_id),
        _programmes(session, region_id),
        _companies(session, viewer, region_id) if sees_text else [],
        _tags(session, region_id) if sees_text else [],
    )


def _listed(session: Session, query: AnySelect) -> list[Choice]:
    return [(row[0], row[1]) for row in session.execute(query.limit(MOST))]


def _municipalities(session: Session, region_id: int) -> list[Choice]:
    query = (
        sa.select(Municipality.id, Municipality.name)
        .join(RegionMunicipality, RegionMunicipality.municipality_id == Municipality.id)
        .where(RegionMunicipality.region_id == region_id)
    )
    return _listed(session, query.order_by(Municipality.sort_key, Municipality.number))


def _areas(session: Session, region_id: int) -> list[Choice]:
    """List the focus areas of the region's programmes; those of past ones have ideas, too."""
    query = (
        sa.select(FocusArea.id, FocusArea.name)
        .where(FocusArea.programme_id.in_(programmes_of(region_id)))
        .order_by(FocusArea.name_key, FocusArea.id)
    )
    return _listed(session, query)


def _programmes(session: Session, region_id: int) -> list[Choice]:
    query = sa.select(Programme.id, Programme.name).where(
        Programme.id.in_(programmes_of(region_id))
    )
    return _listed(session, query.order_by(Programme.name_key, Programme.id))


def _companies(session: Session, viewer: Actor, region_id: int) -> list[Choice]:
    here = sa.select(Idea.company_id).where(Idea.region_id == region_id, ideas.may_see(viewer))
    query = sa.select(Company.id, Company.name).where(Company.id.in_(here))
    return _listed(session, query.order_by(Company.sort_key, Company.id))


def _tags(session: Session, region_id: int) -> list[Choice]:
    used = sa.select(IdeaTag.tag_id).where(IdeaTag.known())
    query = sa.select(Tag.id, Tag.name).where(Tag.region_id == region_id, Tag.id.in_(used))
    return _listed(session, query.order_by(Tag.name_key, Tag.id))


def names(session: Session, region_id: int, narrowed: Filter) -> dict[str, str]:
    """Name what a filter asks for by number, in one query; what is not of the region has none."""
    areas = FocusArea.programme_id.in_(programmes_of(region_id))
    here = sa.select(UserRegion.user_id).where(UserRegion.region_id == region_id)
    places = sa.select(RegionMunicipality.municipality_id).where(
        RegionMunicipality.region_id == region_id
    )
    had = sa.select(Idea.company_id).where(Idea.region_id == region_id)
    asked = (
        ("owner", User, narrowed.owner_id, User.id.in_(here)),
        ("municipality", Municipality, narrowed.municipality_id, Municipality.id.in_(places)),
        ("focus_area", FocusArea, narrowed.focus_area_id, areas),
        ("programme", Programme, narrowed.programme_id, Programme.id.in_(programmes_of(region_id))),
        ("company", Company, narrowed.company_id, Company.id.in_(had)),
        ("tag", Tag, narrowed.tag_id, Tag.region_id == region_id),
    )
    wanted: list[AnySelect] = [
        sa.select(sa.literal(kind), table.name).where(table.id == number, inside)
        for kind, table, number, inside in asked
        if number
    ]
    if not wanted:
        return {}
    return {row[0]: row[1] for row in session.execute(sa.union_all(*wanted))}
