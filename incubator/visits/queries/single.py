"""Read one visit: who may read what of it, and which one took its place."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.accounts.models import User
from incubator.audit.models import Change
from incubator.companies.models import Company, Contact
from incubator.core.access import Actor
from incubator.core.db import AnyRow
from incubator.core.errors import NotFound
from incubator.followups.models import FollowUp
from incubator.ideas.models import Idea, IdeaMerge
from incubator.reference.models import Municipality, Organisation
from incubator.reference.queries import lock_region
from incubator.visits.models import (
    Visit,
    VisitColleague,
    VisitContact,
    VisitFollowUp,
    VisitIdea,
    VisitKind,
)  # fmt: skip
from incubator.visits.queries.notes import notes_are_read


def find_by_key(session: Session, user_id: int, client_key: str) -> Visit | None:
    """Find the visit that a person's device sent under a key."""
    query = sa.select(Visit).where(Visit.recorded_by_id == user_id, Visit.client_key == client_key)
    return session.scalar(query)


def get_to_change(session: Session, actor: Actor, visit_id: int) -> Visit:
    """Give a visit that nobody else can change until this is done. Raises NotFound.

    One that was corrected meanwhile is the one that took its place.
    """
    region_id = session.scalar(sa.select(Visit.region_id).where(Visit.id == visit_id))
    if region_id is None or not actor.works_in(region_id):
        raise NotFound("no_such_visit")
    lock_region(session, region_id)
    visit = session.get_one(Visit, standing_id(session, visit_id), populate_existing=True)
    if visit.is_voided:
        raise NotFound("visit_taken_back")
    return visit


def standing_id(session: Session, visit_id: int) -> int:
    """Give the id of the visit that took the place of a corrected one, or the same.

    Its place was taken by what the change made that voided it, or by the undo of that change.
    """
    right = aliased(Visit)
    undo = sa.select(Change.id).where(Change.undoes_id == Visit.void_change_id).correlate(Visit)
    took_its_place = sa.or_(
        right.change_id == Visit.void_change_id, right.change_id == undo.scalar_subquery()
    )
    step = (
        sa.select(right.id)
        .join(Visit, took_its_place)
        .where(Visit.id == sa.bindparam("visit_id"))
        .order_by(right.id)
        .limit(1)
    )
    while (next_id := session.scalar(step, {"visit_id": visit_id})) is not None:
        visit_id = next_id
    return visit_id


def is_standing(session: Session, visit_id: int) -> bool:
    """Say whether a visit has been neither corrected nor taken back."""
    return bool(session.scalar(sa.select(Visit.id).where(Visit.id == visit_id, Visit.known())))


def who_took_part(session: Session, visit_id: int) -> tuple[list[AnyRow], list[AnyRow]]:
    """List the contacts and the colleagues who took part in a visit, by name."""
    contacts = (
        sa.select(Contact.id, Contact.name, Contact.title)
        .join(VisitContact, VisitContact.contact_id == Contact.id)
        .where(VisitContact.visit_id == visit_id, VisitContact.known())
        .order_by(Contact.sort_key, Contact.id)
    )
    colleagues = (
        sa.select(User.id, User.name)
        .join(VisitColleague, VisitColleague.user_id == User.id)
        .where(VisitColleague.visit_id == visit_id, VisitColleague.known())
        .order_by(User.sort_key, User.id)
    )
    return list(session.execute(contacts)), list(session.execute(colleagues))


@dataclass(frozen=True)
class VisitPage:
    """All of a visit; what the viewer may not read is empty."""

    visit: Visit
    company: Company
    municipality: str | None
    visitor: str | None
    organisation: str | None
    made_by: str | None
    verb: str
    is_read: bool
    contacts: list[AnyRow]
    colleagues: list[AnyRow]
    ideas: list[AnyRow]
    promises: list[AnyRow]


def get_page(session: Session, viewer: Actor, visit_id: int) -> VisitPage:
    """Give all of a visit, in a fixed number of queries. Raises NotFound."""
    maker = aliased(User)
    query = (
        sa.select(
            Visit, Company, Municipality.name, sa.func.coalesce(User.name, Visit.visitor_name),
            Organisation.name, maker.name, Change.verb, notes_are_read(viewer),
        )
        .join(Company, Company.id == Visit.company_id)
        .join(Change, Change.id == Visit.change_id)
        .outerjoin(Municipality, Municipality.id == Visit.municipality_id)
        .outerjoin(User, User.id == Visit.visitor_id)
        .outerjoin(Organisation, Organisation.id == Visit.organisation_id)
        .outerjoin(maker, maker.id == Visit.recorded_by_id)
        .where(Visit.id == visit_id, viewer.in_regions(Visit.region_id))
    )  # fmt: skip
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("no_such_visit")
    contacts, colleagues = who_took_part(session, visit_id)
    is_read = row[-1]
    return VisitPage(
        *row, contacts if is_read else [], colleagues, ideas_of(session, visit_id),
        promises_of(session, visit_id) if is_read else [],
    )  # fmt: skip


_FROM_VISIT = aliased(Idea)
_NOW_PART_OF = sa.and_(
    IdeaMerge.change_id == VisitIdea.void_change_id,
    IdeaMerge.idea_id == VisitIdea.idea_id,
    IdeaMerge.known(),
)
_CAME_OF_IT = (
    sa.select(
        Idea.id, Idea.title, Idea.stage_id, Idea.status,
        sa.case((Idea.id != _FROM_VISIT.id, _FROM_VISIT.title)).label("was"),
    )
    .select_from(VisitIdea)
    .join(_FROM_VISIT, _FROM_VISIT.id == VisitIdea.idea_id)
    .outerjoin(IdeaMerge, _NOW_PART_OF)
    .join(Idea, Idea.id == sa.func.coalesce(IdeaMerge.into_id, VisitIdea.idea_id))
    .where(
        VisitIdea.visit_id == sa.bindparam("visit_id"),
        sa.or_(VisitIdea.known(), IdeaMerge.id.isnot(None)),
        Idea.known(),
    )
    .order_by(VisitIdea.id)
)  # fmt: skip


def ideas_of(session: Session, visit_id: int) -> list[AnyRow]:
    """List the ideas that came of a visit: id, title, stage, status.

    One that is a part of another now is told of as that one, with the title that it had (`was`).
    """
    found: dict[int, AnyRow] = {}
    for row in session.execute(_CAME_OF_IT, {"visit_id": visit_id}):
        found.setdefault(row.id, row)
    return list(found.values())


def promises_of(session: Session, visit_id: int) -> list[AnyRow]:
    """List what was promised at a visit, and by whom."""
    query = (
        sa.select(FollowUp.id, FollowUp.what, FollowUp.due_on, FollowUp.done_on, User.name)
        .join(VisitFollowUp, VisitFollowUp.follow_up_id == FollowUp.id)
        .outerjoin(User, User.id == FollowUp.responsible_id)
        .where(VisitFollowUp.visit_id == visit_id, VisitFollowUp.known(), FollowUp.known())
        .order_by(FollowUp.done_on.isnot(None), FollowUp.due_on.is_(None), FollowUp.due_on)
        .order_by(FollowUp.id)
    )
    return list(session.execute(query).all())


class Origin(NamedTuple):
    """Where an idea was first heard of."""

    visit_id: int
    occurred_on: date
    kind: VisitKind
    company: str
    visitor: str | None
    organisation: str | None


_ORIGIN = (
    sa.select(
        Visit.id, Visit.occurred_on, Visit.kind, Company.name,
        sa.func.coalesce(User.name, Visit.visitor_name), Organisation.name,
    )
    .join(VisitIdea, VisitIdea.visit_id == Visit.id)
    .join(Company, Company.id == Visit.company_id)
    .outerjoin(User, User.id == Visit.visitor_id)
    .outerjoin(Organisation, Organisation.id == Visit.organisation_id)
    .where(VisitIdea.idea_id == sa.bindparam("idea_id"), VisitIdea.known(), Visit.known())
)  # fmt: skip


def origin_of(session: Session, idea_id: int) -> Origin | None:
    """Say at which visit an idea came up, if it did."""
    row = session.execute(_ORIGIN, {"idea_id": idea_id}).one_or_none()
    return Origin(*row) if row else None


def merged_origins_of(session: Session, idea_id: int) -> list[Origin]:
    """List at which other visits an idea came up: those of ideas that were merged into it."""
    was = aliased(VisitIdea)
    standing = sa.exists().where(was.visit_id == Visit.id, was.idea_id == idea_id, was.known())
    query = (
        sa.select(
            Visit.id, Visit.occurred_on, Visit.kind, Company.name,
            sa.func.coalesce(User.name, Visit.visitor_name), Organisation.name,
        )
        .join(VisitIdea, VisitIdea.visit_id == Visit.id)
        .join(IdeaMerge, IdeaMerge.change_id == VisitIdea.void_change_id)
        .join(Company, Company.id == Visit.company_id)
        .outerjoin(User, User.id == Visit.visitor_id)
        .outerjoin(Organisation, Organisation.id == Visit.organisation_id)
        .where(IdeaMerge.into_id == idea_id, IdeaMerge.known(), Visit.known(), ~standing)
        .order_by(Visit.occurred_on, Visit.id)
    )  # fmt: skip
    return [Origin(*row) for row in session.execute(query)]


def first_idea(session: Session, visit_id: int) -> Idea | None:
    """Give the first idea that came of a visit and stands."""
    return session.scalar(
        sa.select(Idea)
        .join(VisitIdea, VisitIdea.idea_id == Idea.id)
        .where(VisitIdea.visit_id == visit_id, VisitIdea.known(), Idea.known())
        .order_by(VisitIdea.id)
        .limit(1)
    )


def is_of_visits(session: Session, change_id: int) -> bool:
    """Say whether a change made, corrected or took back a visit, or something that hangs on one."""
    tables = (Visit, VisitContact, VisitColleague, VisitIdea, VisitFollowUp)
    made = (sa.exists().where(table.change_id == change_id) for table in tables)
    voided = (sa.exists().where(table.void_change_id == change_id) for table in tables[:3])
    return bool(session.scalar(sa.select(sa.or_(*made, *voided))))


def last_contact_of(company_id: int) -> sa.ScalarSelect[date]:
    """Give in SQL the day of the latest standing visit to a company."""
    return (
        sa.select(Visit.occurred_on)
        .where(Visit.company_id == company_id, Visit.known())
        .order_by(Visit.occurred_on.desc(), Visit.id.desc())
        .limit(1)
        .scalar_subquery()
    )
