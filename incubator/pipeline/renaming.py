"""Correct a company or a person, and let the cards that show it follow."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts import people
from incubator.accounts.models import User
from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.companies import operations as companies
from incubator.companies.models import Company
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.ideas import rules
from incubator.ideas.models import Idea
from incubator.reference.queries import lock_regions

ON_CARDS = frozenset({"name", "orgnr"})  # what the face of a card shows, or asks for


def edit_company(
    session: Session, actor: Actor, company: Company, values: Mapping[str, Any]
) -> Change | None:
    """Correct what is known of a company; give the change, or None when nothing was different.

    Raises RuleBroken with the field when a value cannot be, Stale when somebody wrote to the
    company in the same instant.
    """
    must(actor, Permission.COMPANY_EDIT)
    changed = {
        field: value
        for field, value in values.items()
        if field in companies.EDITABLE and getattr(company, field) != value
    }
    changed = companies.checked(session, changed, company)
    changed = {f: value for f, value in changed.items() if getattr(company, f) != value}
    if not changed:
        return None
    if ON_CARDS & changed.keys():
        lock_regions(session)
    change = audit.record(session, actor, "company.edited", kind="company", subject_id=company.id)
    companies.set_values(session, change, company, changed)
    if ON_CARDS & changed.keys():
        refresh_cards(session, change, [company.id])
    return change


def edit_person(
    session: Session, actor: Actor, user: User, given: people.Given, *, seen: int | None
) -> Change | None:
    """Change who a person is and what they may, as `people.edit_person` does.

    Cards are found by the name that the person has now.
    """
    must(actor, Permission.ADMIN)
    lock_regions(session)
    session.refresh(user)
    name = user.name
    change = people.edit_person(session, actor, user, given, seen=seen)
    if change is not None and user.name != name:
        _refresh(session, change, Idea.owner_id == user.id)
    return change


def refresh_cards(session: Session, change: Change, company_ids: Collection[int]) -> None:
    """Let the cards of companies be found by what those are called now, on everybody's board.

    All boards are locked already. Two statements however many cards.
    """
    _refresh(session, change, Idea.company_id.in_(company_ids))


def _refresh(session: Session, change: Change, which: sa.ColumnElement[bool]) -> None:
    rows = session.execute(
        sa.select(Idea.id, Idea.title, Company.name, User.name, Idea.owner_name)
        .outerjoin(Company, Company.id == Idea.company_id)
        .outerjoin(User, User.id == Idea.owner_id)
        .where(which)
    ).all()
    cards = [{"card_id": row[0], "key": rules.search_key(*row[1:])} for row in rows]
    if not cards:
        return
    table = Idea.__table__
    statement = (
        sa.update(table)  # type: ignore[arg-type]
        .where(table.c.id == sa.bindparam("card_id"))
        .values(
            search_key=sa.bindparam("key"), last_change_id=change.id, version=table.c.version + 1
        )
    )
    flush(session)
    session.connection().execute(statement, cards)
    session.expire_all()
