"""Read what every field of an idea was before, and who changed it when."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.audit.models import Change, ChangeValue
from incubator.companies.models import Company, Contact
from incubator.core.access import Actor, Permission
from incubator.ideas.models import Comment, Idea
from incubator.reference.models import Municipality

FIELDS = (
    "title", "problem", "description", "company_id", "founder_contact_id", "municipality_id",
    "owner_id", "owner_name", "focus_areas", "tags", "launched_what", "first_sale_planned_on",
    "is_shared", "archived_on", "link",
)  # fmt: skip
NAMES: dict[str, Any] = {
    "owner_id": User, "company_id": Company, "municipality_id": Municipality,
    "founder_contact_id": Contact,
}  # fmt: skip
COMMENT_FIELDS = ("body", "voided_at")


class Altered(NamedTuple):
    """A field of an idea before and after a change."""

    field: str
    old: str | None
    new: str | None
    at: datetime
    who: str | None
    change_id: int
    is_undo: bool


def list_altered(
    session: Session, viewer: Actor, idea_id: int, *, offset: int, limit: int
) -> list[Altered]:
    """List what was changed on an idea that the viewer sees, the latest first, with names.

    Nothing for whoever may read no more than what is shared: what it said before was not.
    """
    if not viewer.may(Permission.IDEA_SEE):
        return []
    kind, subject, field = ChangeValue.subject_kind, ChangeValue.subject_id, ChangeValue.field
    comments = sa.select(Comment.id).where(Comment.idea_id == idea_id)
    of_idea = sa.and_(kind == "idea", subject == idea_id, field.in_(FIELDS))
    of_comments = sa.and_(kind == "comment", subject.in_(comments), field.in_(COMMENT_FIELDS))
    query = (
        sa.select(
            field, ChangeValue.old, ChangeValue.new, Change.recorded_at, User.name, Change.id,
            Change.undoes_id.isnot(None),
        )
        .join(Change, Change.id == ChangeValue.change_id)
        .outerjoin(User, User.id == Change.actor_id)
        .where(sa.or_(of_idea, of_comments))
        .order_by(Change.id.desc(), ChangeValue.id)
        .offset(offset)
        .limit(limit)
    )  # fmt: skip
    rows = [Altered(*row) for row in session.execute(query)]
    return _named(session, viewer, rows)


def _named(session: Session, viewer: Actor, rows: list[Altered]) -> list[Altered]:
    """Write names for the numbers of people, companies and places, in a query for each kind."""
    known: dict[str, dict[str, str]] = {}
    for field, table in NAMES.items():
        ids = _numbers(rows, field)
        query = sa.select(table.id, table.name).where(table.id.in_(ids))
        known[field] = {str(row[0]): row[1] for row in session.execute(query)}
    known["link"] = _linked(session, viewer, rows)
    return [_with_names(row, known[row.field]) if row.field in known else row for row in rows]


def _with_names(row: Altered, names: dict[str, str]) -> Altered:
    return row._replace(old=names.get(row.old or ""), new=names.get(row.new or ""))


def _numbers(rows: Iterable[Altered], field: str) -> list[int]:
    told = {value for row in rows if row.field == field for value in (row.old, row.new)}
    return [int(value) for value in told if value and value.isdecimal()]


def _linked(session: Session, viewer: Actor, rows: Iterable[Altered]) -> dict[str, str]:
    """Name the ideas at the other end of links: "related 17" is told by its title."""
    told = {v for row in rows if row.field == "link" for v in (row.old, row.new) if v}
    ids = [int(value.rpartition(" ")[2]) for value in told]
    query = sa.select(Idea.id, Idea.title).where(
        Idea.id.in_(ids), viewer.in_regions(Idea.region_id)
    )
    titles = {str(row[0]): row[1] for row in session.execute(query)}
    return {value: titles.get(value.rpartition(" ")[2], "") for value in told}
