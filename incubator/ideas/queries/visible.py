"""Read single ideas and lists of them: who may see what is in the query."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from heapq import merge
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.accounts.models import User
from incubator.companies.models import Company, Contact
from incubator.core.access import Actor, Permission
from incubator.core.db import AnyRow, AnySelect
from incubator.core.errors import NotFound
from incubator.ideas.models import (
    Idea,
    SharingEvent,
    StageEvent,
    Status,
    StatusEvent,
)  # fmt: skip
from incubator.ideas.queries.board import CardRow, on_board, standing
from incubator.ideas.queries.filter import Filter
from incubator.reference.models import Municipality


def may_see(viewer: Actor) -> sa.ColumnElement[bool]:
    """Say in SQL which ideas a person may read: confidentiality is in the query."""
    mine = sa.and_(standing(), viewer.in_regions(Idea.region_id))
    if viewer.may(Permission.IDEA_SEE):
        return mine
    return sa.and_(mine, Idea.is_shared)


_NAMED = (
    sa.select(Idea, Company, User)
    .outerjoin(Company, Company.id == Idea.company_id)
    .outerjoin(User, User.id == Idea.owner_id)
)
_PAGE = (
    sa.select(Idea, Company, Contact, Municipality.name, User.name)
    .outerjoin(Company, Company.id == Idea.company_id)
    .outerjoin(Contact, Contact.id == Idea.founder_contact_id)
    .outerjoin(Municipality, Municipality.id == Idea.municipality_id)
    .outerjoin(User, User.id == Idea.owner_id)
)


@lru_cache
def _visible(query: AnySelect, sees_all: bool, is_everywhere: bool) -> AnySelect:
    """Narrow a query to one idea that may be read, with room for who asks."""
    query = query.where(Idea.id == sa.bindparam("idea_id"), standing())
    if not is_everywhere:
        query = query.where(Idea.region_id.in_(sa.bindparam("region_ids", expanding=True)))
    return query if sees_all else query.where(Idea.is_shared)


def _one_visible(session: Session, query: AnySelect, viewer: Actor, idea_id: int) -> AnyRow | None:
    sees_all, is_everywhere = viewer.may(Permission.IDEA_SEE), viewer.region_ids is None
    asked: dict[str, Any] = {"idea_id": idea_id}
    if viewer.region_ids is not None:
        asked["region_ids"] = sorted(viewer.region_ids)
    return session.execute(_visible(query, sees_all, is_everywhere), asked).one_or_none()


def get_visible(session: Session, viewer: Actor, idea_id: int) -> Idea:
    """Give an idea that the viewer may read. Raises NotFound."""
    return get_with_names(session, viewer, idea_id).idea


class NamedIdea(NamedTuple):
    """An idea with its company and the user who owns it, loaded by one query."""

    idea: Idea
    company: Company | None
    owner: User | None

    def face(self) -> CardRow:
        """Give the face of its card from what is loaded already."""
        idea, company, owner = self
        return CardRow(
            idea.id, idea.stage_id, idea.title, company.name if company else None,
            company.orgnr if company else None, idea.stage_on, idea.owner_id,
            owner.name if owner else idea.owner_name, owner.initials if owner else None,
            idea.next_step, idea.next_step_on, idea.deadline_on, idea.is_shared,
            idea.problem is not None, idea.position or 0,
        )  # fmt: skip


def get_with_names(session: Session, viewer: Actor, idea_id: int) -> NamedIdea:
    """Give an idea that the viewer may read, with company and owner. Raises NotFound."""
    row = _one_visible(session, _NAMED, viewer, idea_id)
    if row is None:
        raise NotFound("no_such_idea")
    return NamedIdea(*row)


def names_of(session: Session, idea: Idea) -> NamedIdea:
    """Give an idea with its company and owner as they are now, read only where not loaded."""
    company = session.get(Company, idea.company_id) if idea.company_id else None
    owner = session.get(User, idea.owner_id) if idea.owner_id else None
    return NamedIdea(idea, company, owner)


class IdeaPage(NamedTuple):
    """An idea with the names that its page shows."""

    idea: Idea
    company: Company | None
    founder: Contact | None
    municipality: str | None
    owner: str | None


def get_page(session: Session, viewer: Actor, idea_id: int) -> IdeaPage:
    """Give an idea with its names, in one query. Raises NotFound."""
    row = _one_visible(session, _PAGE, viewer, idea_id)
    if row is None:
        raise NotFound("no_such_idea")
    idea, company, founder, municipality, owner = row
    return IdeaPage(idea, company, founder, municipality, owner or idea.owner_name)


class Happening(NamedTuple):
    """A fact on the timeline of an idea."""

    kind: str
    occurred_on: date
    recorded_at: datetime
    change_id: int
    who: str | None
    stage_id: int | None
    status: Status | None
    is_estimated: bool
    note: str | None
    look_again_on: date | None
    is_shared: bool | None
    event_id: int


def _no(kind: Any) -> sa.ColumnElement[Any]:
    return sa.cast(sa.null(), kind)


_STAGE_FACTS = sa.select(
    sa.literal("stage"), StageEvent.occurred_on, StageEvent.recorded_at, StageEvent.change_id,
    User.name, StageEvent.stage_id, _no(sa.Text), StageEvent.is_estimated, StageEvent.note,
    _no(sa.Date), _no(sa.Boolean), StageEvent.nth, StageEvent.id,
).outerjoin(User, User.id == StageEvent.recorded_by_id).where(
    StageEvent.idea_id == sa.bindparam("idea_id"), StageEvent.known()
)  # fmt: skip
_STATUS_FACTS = sa.select(
    sa.literal("status"), StatusEvent.occurred_on, StatusEvent.recorded_at,
    StatusEvent.change_id, User.name, _no(sa.Integer), sa.cast(StatusEvent.status, sa.Text),
    sa.false(), StatusEvent.reason, StatusEvent.look_again_on, _no(sa.Boolean), StatusEvent.nth,
    StatusEvent.id,
).outerjoin(User, User.id == StatusEvent.recorded_by_id).where(
    StatusEvent.idea_id == sa.bindparam("idea_id"), StatusEvent.known()
)  # fmt: skip
_SHARING_FACTS = sa.select(
    sa.literal("sharing"), SharingEvent.occurred_on, SharingEvent.recorded_at,
    SharingEvent.change_id, User.name, _no(sa.Integer), _no(sa.Text), sa.false(), _no(sa.Text),
    _no(sa.Date), SharingEvent.is_shared, SharingEvent.nth, SharingEvent.id,
).outerjoin(User, User.id == SharingEvent.recorded_by_id).where(
    SharingEvent.idea_id == sa.bindparam("idea_id"), SharingEvent.known()
)  # fmt: skip
_TIMELINE = sa.union_all(_STAGE_FACTS, _STATUS_FACTS, _SHARING_FACTS)


def timeline(session: Session, idea_id: int) -> list[Happening]:
    """List the standing facts of an idea, the latest first, in one query."""
    rows: Sequence[AnyRow] = session.execute(_TIMELINE, {"idea_id": idea_id}).all()
    # Each kind has an order of its own within a day; between them, what was written first.
    kinds = [sorted((r for r in rows if r[0] == kind), key=_in_its_day) for kind in _KINDS]
    ordered = reversed(list(merge(*kinds, key=lambda row: (row[1], row[3]))))
    return [_happening(*row[:11], row[12]) for row in ordered]


_KINDS = ("stage", "status", "sharing")


def _in_its_day(row: AnyRow) -> tuple[date, int]:
    return row[1], row[11]


def _happening(*columns: Any) -> Happening:
    known = Happening(*columns)
    return known._replace(status=Status(known.status)) if known.status else known


def list_closed(
    session: Session, viewer: Actor, region_id: int, status: Status, *, offset: int, limit: int
) -> list[AnyRow]:
    """List the parked, stopped or launched ideas of a region, the latest first."""
    latest = aliased(StatusEvent)
    newest = (
        sa.select(sa.func.max(latest.id))
        .where(latest.idea_id == Idea.id, latest.known(), latest.status == status)
        .correlate(Idea)
        .scalar_subquery()
    )
    query = (
        sa.select(
            Idea.id, Idea.title, Company.name.label("company"), Idea.status_on, Idea.stage_id,
            StatusEvent.reason, StatusEvent.learnt, StatusEvent.look_again_on,
        )
        .outerjoin(Company, Company.id == Idea.company_id)
        .outerjoin(StatusEvent, StatusEvent.id == newest)
        .where(Idea.region_id == region_id, Idea.status == status, may_see(viewer), on_board())
        .order_by(Idea.status_on.desc(), Idea.id.desc())
        .offset(offset)
        .limit(limit)
    )  # fmt: skip
    return list(session.execute(query).all())


def count_withheld(session: Session, viewer: Actor, region_id: int, status: Status) -> int:
    """Count the ideas of a region in a status that the viewer may not read."""
    if viewer.may(Permission.IDEA_SEE):
        return 0
    query = sa.select(sa.func.count(Idea.id)).where(
        Idea.region_id == region_id, Idea.status == status, on_board(), ~Idea.is_shared
    )
    return session.scalar(query) or 0


def list_for_company(
    session: Session, viewer: Actor, company_id: int, *, is_open: bool = False
) -> list[AnyRow]:
    """List the ideas of a company that the viewer may read, or the open ones, the latest first."""
    query = (
        sa.select(Idea.id, Idea.title, Idea.stage_id, Idea.status)
        .where(Idea.company_id == company_id, may_see(viewer))
        .order_by(Idea.registered_on.desc(), Idea.id.desc())
        .limit(100)
    )
    if is_open:
        query = query.where(Idea.status == Status.OPEN)
    return list(session.execute(query).all())


MOST_FOUND = 50


def search(session: Session, viewer: Actor, text: str) -> list[AnyRow]:
    """Find ideas of any status whose title, company or owner holds all words, the latest first."""
    query = (
        sa.select(Idea.id, Idea.title, Company.name, Idea.stage_id, Idea.status, Idea.region_id)
        .outerjoin(Company, Company.id == Idea.company_id)
        .where(may_see(viewer), *Filter(text=text).conditions())
        .order_by(Idea.registered_on.desc(), Idea.id.desc())
        .limit(MOST_FOUND)
    )
    return list(session.execute(query).all())
