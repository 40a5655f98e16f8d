"""Read what a visit is logged with: a phone keeps it, so that this works without coverage.

What is read is bounded in its fields, since a phone can be lost, and in its size.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import Role, User, UserRegion
from incubator.companies.models import Company, Contact
from incubator.core.access import Actor
from incubator.core.db import AnyRow, AnySelect
from incubator.ideas.models import Idea
from incubator.reference.models import Municipality, RegionMunicipality
from incubator.visits.models import Visit

MOST_COMPANIES = 1500
MOST_CONTACTS = 3000
MOST_COLLEAGUES = 300
OFFERED = 6  # companies that are one tap away
LATEST = 3  # of these, the ones that were visited last; the others are visited most
LOOK_BACK = timedelta(days=365)

_LYING = (Municipality.name, RegionMunicipality.region_id)


def list_offered(session: Session, actor: Actor, day: date) -> list[AnyRow]:
    """List the companies that this person visited last and most, then the region's latest.

    Each has id, name, municipality and region.
    """
    ranked = _own_companies(session, actor, day)[:OFFERED]
    rows = {row.id: row for row in session.execute(_companies(Company.id.in_(ranked)))}
    own = [rows[number] for number in ranked if number in rows]
    if len(own) == OFFERED:
        return own
    latest = session.execute(_in_regions_of(actor).limit(2 * OFFERED)).all()
    return [*own, *(row for row in latest if row.id not in rows)][:OFFERED]


def _own_companies(session: Session, actor: Actor, day: date) -> list[int]:
    query = (
        sa.select(Visit.company_id)
        .where(
            Visit.visitor_id == actor.id, Visit.standing(day), Visit.occurred_on > day - LOOK_BACK
        )
        .order_by(Visit.occurred_on.desc(), Visit.id.desc())
        .limit(200)
    )
    visited = list(session.scalars(query))
    latest = list(dict.fromkeys(visited))[:LATEST]
    often = [number for number, _times in Counter(visited).most_common()]
    return list(dict.fromkeys((*latest, *often)))


def _companies(where: sa.ColumnElement[bool]) -> AnySelect:
    return (
        sa.select(Company.id, Company.name, *_LYING)
        .outerjoin(Municipality, Municipality.id == Company.municipality_id)
        .outerjoin(RegionMunicipality, RegionMunicipality.municipality_id == Municipality.id)
        .where(Company.known(), where)
    )


def _in_regions_of(actor: Actor) -> AnySelect:
    """Pick the companies that lie in the person's regions, or were met there; the latest first."""
    lies_there = sa.and_(
        RegionMunicipality.region_id.is_not(None), actor.in_regions(RegionMunicipality.region_id)
    )
    had_ideas = sa.select(Idea.company_id).where(actor.in_regions(Idea.region_id))
    was_met = sa.select(Visit.company_id).where(actor.in_regions(Visit.region_id), Visit.known())
    known_there = sa.or_(
        lies_there,
        Company.id.in_(had_ideas.where(Idea.company_id.is_not(None), Idea.known())),
        Company.id.in_(was_met),
    )
    latest_first = (Company.last_contact_on.desc().nulls_last(), Company.sort_key, Company.id)
    return _companies(known_there).order_by(*latest_first)


def list_contacts(session: Session, company_id: int) -> Sequence[AnyRow]:
    """List the people of a company, by name."""
    query = sa.select(Contact.id, Contact.name, Contact.title).where(
        Contact.company_id == company_id, Contact.known()
    )
    return session.execute(query.order_by(Contact.sort_key, Contact.id)).all()


def list_colleagues(session: Session, actor: Actor) -> list[AnyRow]:
    """List the others who work in the person's regions, by name."""
    there = (
        sa.select(UserRegion.user_id)
        .where(UserRegion.user_id == User.id, actor.in_regions(UserRegion.region_id))
        .exists()
    )
    query = sa.select(User.id, User.name).where(
        there, User.active, User.role != Role.PARTNER, User.id != actor.id
    )
    ordered = query.order_by(User.sort_key, User.id).limit(MOST_COLLEAGUES)
    return list(session.execute(ordered).all())


def contents(session: Session, actor: Actor, day: date) -> dict[str, Any]:
    """Gather what a device of this person keeps: rows of few fields each."""
    companies = session.execute(_in_regions_of(actor).limit(MOST_COMPANIES)).all()
    offered = list_offered(session, actor, day)
    numbers = {row.id for row in (*companies, *offered)}
    contacts = (
        sa.select(Contact.id, Contact.company_id, Contact.name, Contact.title)
        .where(Contact.company_id.in_(numbers), Contact.known())
        .order_by(Contact.sort_key, Contact.id)
        .limit(MOST_CONTACTS)
    )
    missing = [row for row in offered if row.id not in {one.id for one in companies}]
    return {
        "user": {"id": actor.id, "name": actor.name},
        "regions": [[number, name] for number, name in actor.region_names.items()],
        "companies": [list(row) for row in (*companies, *missing)],
        "contacts": [list(row) for row in session.execute(contacts)],
        "colleagues": [list(row) for row in list_colleagues(session, actor)],
        "offered": [row.id for row in offered],
    }
