"""What hangs on a visit: who took part, what was promised, the ideas that came of it."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts import queries as people
from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.companies import operations as companies
from incubator.companies.models import Company, Contact
from incubator.core.db import flush
from incubator.core.errors import RuleBroken
from incubator.core.facts import Recorded, void_all
from incubator.core.texts import sort_key
from incubator.visits import queries
from incubator.visits.models import Visit, VisitColleague, VisitContact, VisitFollowUp, VisitIdea

# Each with the column that names what it leads to.
LINKS: tuple[tuple[type[Any], str], ...] = (
    (VisitContact, "contact_id"),
    (VisitColleague, "user_id"),
    (VisitIdea, "idea_id"),
    (VisitFollowUp, "follow_up_id"),
)


def link(session: Session, change: Change, links: Iterable[Recorded]) -> None:
    """Hang things on a visit, as part of a change."""
    for one in links:
        audit.stamp(one, change)
        session.add(one)


def must_work_there(
    session: Session, region_id: int, user_ids: Collection[int], field: str = "colleague_ids"
) -> None:
    """Raise RuleBroken when one of some people does not work in a region."""
    if user_ids and set(user_ids) - people.who_works_in(session, region_id, user_ids):
        raise RuleBroken("no_such_person", fields=[field])


def let_take_part(
    session: Session, change: Change, visit_id: int, contacts: Iterable[int], users: Iterable[int]
) -> None:
    """Write down who took part beside the visitor."""
    link(session, change, (VisitContact(visit_id=visit_id, contact_id=one) for one in contacts))
    link(session, change, (VisitColleague(visit_id=visit_id, user_id=one) for one in users))


def contacts_of(
    session: Session,
    change: Change,
    company_id: int,
    contact_ids: Iterable[int],
    new_contacts: Iterable[str],
) -> list[int]:
    """Give the contacts who took part: those chosen, and those named, made where not known.

    One who was taken away meanwhile took part all the same. Raises RuleBroken for a contact
    of another company.
    """
    chosen, names = dict.fromkeys(contact_ids), list(filter(str.strip, new_contacts))
    if not chosen and not names:
        return []
    known = session.execute(
        sa.select(Contact.id, Contact.sort_key, Contact.voided_at).where(
            Contact.company_id == company_id
        )
    ).all()
    if chosen.keys() - {row.id for row in known}:
        raise RuleBroken("no_such_contact", fields=["contact_ids"])
    by_name = {row.sort_key: row.id for row in known if row.voided_at is None}
    for name in names:
        key = sort_key(name)
        if key not in by_name:
            made = companies.add_contact(session, change, name=name, company_id=company_id)
            by_name[key] = made.id
        chosen[by_name[key]] = None
    return list(chosen)


def move_links(session: Session, change: Change, from_id: int, to_id: int) -> None:
    """Hang on one visit what hung on another: each link is voided and made anew."""
    for table, column in LINKS:
        there = table.visit_id == from_id
        found = session.scalars(sa.select(getattr(table, column)).where(there, table.known()))
        targets = list(found)
        void_all(session, table, there, change)
        link(session, change, (table(visit_id=to_id, **{column: one}) for one in targets))
    flush(session)


def note_contact(session: Session, company_id: int, on: date) -> None:
    """Let a company show a new visit as its latest, unless there is a later one.

    A plain update that leaves the version of the company alone: two visits at once do not
    refuse each other, nor whoever edits the company.
    """
    earlier = sa.or_(Company.last_contact_on.is_(None), Company.last_contact_on < on)
    _set_last_contact(session, company_id, on, earlier)


def recount_contact(session: Session, company_id: int) -> None:
    """Let a company show the latest of the visits that still stand, as after an undo."""
    # A visit that is logged in another region meanwhile is waited for, and then counted.
    session.execute(sa.select(Company.id).where(Company.id == company_id).with_for_update())
    _set_last_contact(session, company_id, queries.last_contact_of(company_id), sa.true())


def recount_contacts(session: Session, company_ids: sa.Select[int]) -> None:
    """Let many companies show the latest of the visits that still stand, in two statements."""
    flush(session)
    among = Company.id.in_(company_ids)
    held = sa.select(Company.id).where(among).order_by(Company.id).with_for_update()
    session.execute(held).all()
    latest = (
        sa.select(sa.func.max(Visit.occurred_on))
        .where(Visit.company_id == Company.id, Visit.known())
        .scalar_subquery()
    )
    statement = sa.update(Company).where(among).values(last_contact_on=latest)
    session.execute(statement.execution_options(synchronize_session="fetch"))


def _set_last_contact(
    session: Session, company_id: int, day: Any, where: sa.ColumnElement[bool]
) -> None:
    flush(session)
    statement = sa.update(Company).where(Company.id == company_id, where)
    session.execute(
        statement.values(last_contact_on=day).execution_options(synchronize_session="evaluate")
    )
