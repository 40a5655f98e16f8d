"""Read what was promised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.accounts.models import Role, User, UserRegion
from incubator.audit.models import Change, ChangeValue
from incubator.companies.models import Company
from incubator.core.access import Actor
from incubator.core.db import AnyRow, AnySelect
from incubator.core.errors import NotFound
from incubator.followups.models import FollowUp
from incubator.followups.rules import LATELY, Group, group_of, week_ends
from incubator.ideas.models import Idea

PAGE = 50
_OF_IDEA = (
    sa.select(FollowUp, User.name)
    .outerjoin(User, User.id == FollowUp.responsible_id)
    .where(FollowUp.idea_id == sa.bindparam("idea_id"), FollowUp.known())
    .order_by(FollowUp.done_on.isnot(None), FollowUp.due_on.is_(None), FollowUp.due_on)
    .order_by(FollowUp.id)
    .limit(50)
)


def list_for_idea(session: Session, idea_id: int) -> Sequence[tuple[FollowUp, str | None]]:
    """List the promises on an idea and whose they are: the open ones by day, then the kept."""
    return session.execute(_OF_IDEA, {"idea_id": idea_id}).all()


def get_step(session: Session, actor: Actor, step_id: int) -> FollowUp:
    """Give a promise in the actor's regions. Raises NotFound."""
    return _one(session, actor, step_id, FollowUp.known())


def get_any(session: Session, actor: Actor, step_id: int) -> FollowUp:
    """Give a promise in the actor's regions, also one that was removed. Raises NotFound."""
    return _one(session, actor, step_id, sa.true())


def _one(session: Session, actor: Actor, step_id: int, where: sa.ColumnElement[bool]) -> FollowUp:
    step = session.scalar(
        sa.select(FollowUp).where(
            FollowUp.id == step_id, where, actor.in_regions(FollowUp.region_id)
        )
    )
    if step is None:
        raise NotFound("no_such_step")
    return step


@dataclass(frozen=True)
class Whose:
    """Whose promises a list shows: one person's, an organisation's, or everybody's."""

    person_id: int | None = None
    organisation_id: int | None = None


@dataclass(frozen=True)
class Filter:
    """What a list of promises is narrowed to. `is_open`: None shows open and lately kept ones."""

    whose: Whose = Whose()
    region_id: int | None = None
    company_id: int | None = None
    idea_id: int | None = None
    is_open: bool | None = None


@dataclass(frozen=True)
class Row:
    """A promise as a list shows it."""

    id: int
    what: str
    due_on: date | None
    done_on: date | None
    region_id: int
    idea_id: int | None
    idea: str | None
    company_id: int | None
    company: str | None
    who_id: int | None
    who: str | None
    visit_id: int | None
    group: Group


# A company that was a duplicate has no page of its own; the promise was moved along by the merge.
# Nor has a visit that was taken back, while what was promised at it still holds.
_later, _undoing = aliased(Change), aliased(Change)
_TAKEN_BACK = sa.exists().where(
    _later.subject_kind == "visit",
    _later.subject_id == Change.subject_id,
    _later.verb == "visit.voided",
    ~sa.exists().where(_undoing.undoes_id == _later.id),
)
_FROM_VISIT = sa.case(
    (sa.and_(Change.subject_kind == "visit", ~_TAKEN_BACK), Change.subject_id)
).label("visit_id")
_COLUMNS = (
    FollowUp.id, FollowUp.what, FollowUp.due_on, FollowUp.done_on, FollowUp.region_id,
    FollowUp.idea_id, Idea.title.label("idea"), FollowUp.company_id,
    Company.name.label("company"), FollowUp.responsible_id.label("who_id"),
    User.name.label("who"), _FROM_VISIT,
)  # fmt: skip


def _narrowed(query: AnySelect, viewer: Actor, narrowed: Filter, today: date) -> AnySelect:
    query = query.where(FollowUp.known(), viewer.in_regions(FollowUp.region_id))
    whose = narrowed.whose
    if whose.person_id is not None:
        query = query.where(FollowUp.responsible_id == whose.person_id)
    if whose.organisation_id is not None:
        colleagues = sa.select(User.id).where(User.organisation_id == whose.organisation_id)
        query = query.where(FollowUp.responsible_id.in_(colleagues))
    for column, value in (
        (FollowUp.region_id, narrowed.region_id),
        (FollowUp.company_id, narrowed.company_id),
        (FollowUp.idea_id, narrowed.idea_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if narrowed.is_open is None:
        lately = FollowUp.done_on >= today - LATELY
        return query.where(sa.or_(FollowUp.done_on.is_(None), lately))
    is_open = FollowUp.done_on.is_(None)
    return query.where(is_open if narrowed.is_open else sa.not_(is_open))


_ROWS = (
    sa.select(*_COLUMNS)
    .outerjoin(Idea, Idea.id == FollowUp.idea_id)
    .outerjoin(Company, Company.id == FollowUp.company_id)
    .outerjoin(User, User.id == FollowUp.responsible_id)
    .join(Change, Change.id == FollowUp.change_id)
    .order_by(FollowUp.done_on.isnot(None), FollowUp.done_on.desc())
    .order_by(FollowUp.due_on.is_(None), FollowUp.due_on, FollowUp.id)
)


def list_steps(
    session: Session,
    viewer: Actor,
    narrowed: Filter,
    today: date,
    *,
    offset: int = 0,
    limit: int = PAGE,
) -> list[Row]:
    """List promises: the open ones by day, those without a day, then the kept, latest first."""
    query = _narrowed(_ROWS, viewer, narrowed, today).offset(offset).limit(limit)
    return [_row(found, today) for found in session.execute(query)]


def get_row(session: Session, viewer: Actor, step_id: int, today: date) -> Row:
    """Give one promise as a list shows it. Raises NotFound."""
    here = viewer.in_regions(FollowUp.region_id)
    found = session.execute(_ROWS.where(FollowUp.id == step_id, FollowUp.known(), here)).first()
    if found is None:
        raise NotFound("no_such_step")
    return _row(found, today)


def _row(found: AnyRow, today: date) -> Row:
    return Row(**found._mapping, group=group_of(found.due_on, found.done_on, today))


def count_groups(
    session: Session, viewer: Actor, narrowed: Filter, today: date
) -> dict[Group, int]:
    """Count the promises of each group, in one query."""
    due = FollowUp.due_on
    group = sa.case(
        (FollowUp.done_on.isnot(None), Group.DONE.value),
        (due.is_(None), Group.UNDATED.value),
        (due < today, Group.OVERDUE.value),
        (due == today, Group.TODAY.value),
        (due <= week_ends(today), Group.WEEK.value),
        else_=Group.LATER.value,
    )
    # A query of its own, since PostgreSQL would take the bound values for others in GROUP BY.
    each = _narrowed(sa.select(group.label("of")), viewer, narrowed, today).subquery()
    rows = session.execute(sa.select(each.c.of, sa.func.count()).group_by(each.c.of))
    return {Group(name): number for name, number in rows}


def people_choices(session: Session, viewer: Actor) -> list[tuple[int, str]]:
    """List those who can have promised something in the viewer's regions, by name."""
    works_here = sa.exists().where(
        UserRegion.user_id == User.id, viewer.in_regions(UserRegion.region_id)
    )
    rows = session.execute(
        sa.select(User.id, User.name)
        .where(User.active, User.role != Role.PARTNER, works_here)
        .order_by(User.sort_key, User.id)
        .limit(500)
    )
    return [(user_id, name) for user_id, name in rows]


def subject_names(session: Session, viewer: Actor, narrowed: Filter) -> tuple[str, str]:
    """Give the names of the company and the idea that a list is narrowed to, or nothing."""
    if narrowed.company_id is None and narrowed.idea_id is None:
        return "", ""
    company = sa.select(Company.name).where(Company.id == narrowed.company_id).scalar_subquery()
    idea = (
        sa.select(Idea.title)
        .where(Idea.id == narrowed.idea_id, viewer.in_regions(Idea.region_id))
        .scalar_subquery()
    )
    row = session.execute(sa.select(company, idea)).one()
    return row[0] or "", row[1] or ""


@dataclass(frozen=True)
class LastChange:
    """What was done last to a promise, and by whom."""

    verb: str
    actor_id: int | None
    who: str
    recorded_at: datetime
    due_on: date | None
    to: str | None


def latest_change(session: Session, step_id: int) -> LastChange | None:
    """Give what was done last to a promise after it was made."""
    other: Any = aliased(User)
    row = session.execute(
        sa.select(
            Change.verb, Change.actor_id, User.name, Change.via, Change.recorded_at,
            FollowUp.due_on, other.name.label("to"),
        )
        .join(ChangeValue, ChangeValue.change_id == Change.id)
        .join(FollowUp, FollowUp.id == ChangeValue.subject_id)
        .outerjoin(User, User.id == Change.actor_id)
        .outerjoin(other, other.id == FollowUp.responsible_id)
        .where(ChangeValue.subject_kind == "follow_up", ChangeValue.subject_id == step_id)
        .where(Change.id != FollowUp.change_id)
        .order_by(Change.id.desc())
        .limit(1)
    ).first()  # fmt: skip
    if row is None:
        return None
    who = row.name or row.via.value
    return LastChange(row.verb, row.actor_id, who, row.recorded_at, row.due_on, row.to)
