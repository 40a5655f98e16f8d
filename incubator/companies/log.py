"""Read what was changed on a company and its contacts: who, when, old and new."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.accounts.models import User
from incubator.audit.models import Change, ChangeValue
from incubator.companies.models import Company, CompanyMerge, Contact
from incubator.core.db import AnySelect
from incubator.reference.models import Municipality

PAGE = 30


class Altered(NamedTuple):
    """A field of the company, or of one of its contacts, before a change and after it."""

    contact: str | None
    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Line:
    """One change."""

    id: int
    verb: str
    kind: str
    at: datetime
    who: str | None
    via: str
    note: str | None
    contact: str | None
    is_undone: bool
    values: Sequence[Altered]


@dataclass(frozen=True)
class Log:
    """A page of the changes, the latest first, and how many there are in all."""

    lines: Sequence[Line]
    total: int


def log_of(session: Session, company_id: int, offset: int) -> Log:
    """Give a page of what was changed on a company, the duplicates in it, and its contacts."""
    ids = _changes(company_id)
    total = session.scalar(sa.select(sa.func.count()).select_from(ids.subquery())) or 0
    undo = aliased(Change)
    is_undone = sa.exists().where(undo.undoes_id == Change.id)
    page = session.execute(
        sa.select(Change, User.name, is_undone, Contact.name)
        .outerjoin(User, User.id == Change.actor_id)
        .outerjoin(
            Contact, sa.and_(Change.subject_kind == "contact", Contact.id == Change.subject_id)
        )
        .where(Change.id.in_(ids))
        .order_by(Change.id.desc())
        .offset(offset)
        .limit(PAGE)
    ).all()
    values = _values(session, company_id, [row[0].id for row in page])
    return Log([_line(*row, values[row[0].id]) for row in page], total)


def _line(
    change: Change, who: str | None, is_undone: bool, contact: str | None, values: list[Altered]
) -> Line:
    return Line(
        change.id, change.verb, change.subject_kind, change.recorded_at, who, change.via.value,
        change.note, contact, is_undone, values,
    )  # fmt: skip


def _one_with(company_id: int) -> AnySelect:
    """Pick the ids of a company and of those that were merged with it."""
    merged = sa.select(CompanyMerge.company_id).where(CompanyMerge.into_id == company_id)
    return sa.select(Company.id).where(
        sa.or_(Company.id == company_id, Company.id.in_(merged.where(CompanyMerge.known())))
    )


def _of_company(company_id: int) -> sa.ColumnElement[bool]:
    """Say in SQL that a value is one of the company, or of a contact who is or was there."""
    kind, subject = ChangeValue.subject_kind, ChangeValue.subject_id
    now = sa.select(Contact.id).where(Contact.company_id == company_id)
    came_or_left = aliased(ChangeValue)
    before = sa.select(came_or_left.subject_id).where(
        came_or_left.subject_kind == "contact",
        came_or_left.field == "company_id",
        came_or_left.old == str(company_id),
    )
    return sa.or_(
        sa.and_(kind == "company", subject.in_(_one_with(company_id))),
        sa.and_(kind == "contact", sa.or_(subject.in_(now), subject.in_(before))),
    )


def _changes(company_id: int) -> sa.CompoundSelect[int]:
    """Pick the ids of the changes: those that altered a value, made a row or are about one."""
    companies = _one_with(company_id)
    contacts = sa.select(Contact.id).where(Contact.company_id == company_id)
    return sa.union(
        sa.select(ChangeValue.change_id).where(_of_company(company_id)),
        sa.select(Company.change_id).where(Company.id.in_(companies)),
        sa.select(Contact.change_id).where(Contact.company_id == company_id),
        sa.select(Change.id).where(
            Change.subject_kind == "company", Change.subject_id.in_(companies)
        ),
        sa.select(Change.id).where(
            Change.subject_kind == "contact", Change.subject_id.in_(contacts)
        ),
    )


def _values(
    session: Session, company_id: int, change_ids: Sequence[int]
) -> defaultdict[int, list[Altered]]:
    """Give the values of changes, those that are ids of others by name; one query for each."""
    found: defaultdict[int, list[Altered]] = defaultdict(list)
    rows = session.execute(
        sa.select(ChangeValue, Contact.name)
        .outerjoin(
            Contact,
            sa.and_(ChangeValue.subject_kind == "contact", Contact.id == ChangeValue.subject_id),
        )
        .where(ChangeValue.change_id.in_(change_ids), _of_company(company_id))
        .order_by(ChangeValue.id)
    ).all()
    names = {
        "municipality_id": _names(session, Municipality, "municipality_id", rows),
        "company_id": _names(session, Company, "company_id", rows),
    }
    for value, contact in rows:
        called = names.get(value.field)
        old, new = (
            called.get(text, text) if called and text else text for text in (value.old, value.new)
        )
        found[value.change_id].append(Altered(contact, value.field, old, new))
    return found


def _names(
    session: Session,
    table: type[Municipality] | type[Company],
    field: str,
    rows: Sequence[sa.Row[ChangeValue, str | None]],
) -> dict[str, str]:
    ids = {text for row in rows if row[0].field == field for text in (row[0].old, row[0].new)}
    wanted = sorted(int(text) for text in ids if text)
    found = session.execute(sa.select(table.id, table.name).where(table.id.in_(wanted)))
    return {str(row[0]): row[1] for row in found}
