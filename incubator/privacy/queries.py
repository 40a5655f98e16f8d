"""Read what is held about a person, and which contacts nobody has had to do with for long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from sqlalchemy.orm import Session

from incubator.accounts.models import Passkey, SignIn, User
from incubator.audit.models import Change, ChangeValue
from incubator.companies.models import Company, Contact
from incubator.core import clock
from incubator.core.errors import NotFound
from incubator.privacy.words import Words, words_of
from incubator.reference.numbers import CONTACT_MONTHS, value
from incubator.visits.models import Visit, VisitContact

PAGE = 50
NAMING = ("name", "email", "telephone")
ERASED = "person.erased"


class Kind(StrEnum):
    """Whose data it is: somebody at a company, or one who signs in."""

    CONTACT = "contact"
    USER = "user"


@dataclass(frozen=True)
class Person:
    """Somebody about whom something is held."""

    kind: Kind
    id: int
    name: str
    email: str | None
    telephone: str | None
    place: str | None
    facts: tuple[tuple[str, Any], ...]
    is_erased: bool

    @property
    def href(self) -> str:
        return f"/personvern/{'kontakt' if self.kind == Kind.CONTACT else 'bruker'}/{self.id}"


def get_person(session: Session, kind: Kind, number: int) -> Person:
    """Give a person, also one who was taken off a list. Raises NotFound."""
    erased = sa.select(Change.id).where(
        Change.verb == ERASED, Change.subject_kind == kind.value, Change.subject_id == number
    )
    is_erased = session.scalar(erased.limit(1)) is not None
    found = (_contact if kind == Kind.CONTACT else _user)(session, number, is_erased)
    if found is None:
        raise NotFound("no_such_person")
    return found


def _contact(session: Session, number: int, is_erased: bool) -> Person | None:
    contact = session.get(Contact, number)
    if contact is None:
        return None
    company = session.get(Company, contact.company_id) if contact.company_id else None
    facts = (
        "name", "title", "telephone", "email", "purpose", "legal_basis", "source", "review_on",
        "recorded_at",
    )  # fmt: skip
    return Person(
        Kind.CONTACT, number, contact.name, contact.email, contact.telephone,
        company.name if company else None,
        tuple((name, getattr(contact, name)) for name in facts), is_erased,
    )  # fmt: skip


def _user(session: Session, number: int, is_erased: bool) -> Person | None:
    user = session.get(User, number)
    if user is None:
        return None
    facts: list[tuple[str, Any]] = [
        (name, getattr(user, name)) for name in ("name", "email", "role", "locale", "created_at")
    ]
    counted = (
        ("changes", sa.select(sa.func.count(Change.id)).where(Change.actor_id == number)),
        ("sign_ins", sa.select(sa.func.count(SignIn.id)).where(SignIn.user_id == number)),
        ("passkeys", sa.select(sa.func.count(Passkey.id)).where(Passkey.user_id == number)),
        ("last_change_at", sa.select(sa.func.max(Change.recorded_at)).where(
            Change.actor_id == number)),
    )  # fmt: skip
    facts += [(name, session.scalar(query)) for name, query in counted]
    return Person(Kind.USER, number, user.name, user.email, None, None, tuple(facts), is_erased)


def words_for(session: Session, person: Person, more: Sequence[str] = ()) -> Words:
    """Gather what names a person, now and as far as the history of changes knows."""
    was = session.execute(
        sa.select(ChangeValue.field, ChangeValue.old, ChangeValue.new).where(
            ChangeValue.subject_kind == person.kind.value,
            ChangeValue.subject_id == person.id,
            ChangeValue.field.in_(NAMING),
        )
    ).all()
    known = [("name", person.name), ("email", person.email), ("telephone", person.telephone)]
    known += [(field, text) for field, old, new in was for text in (old, new)]
    numbers = [text for field, text in known if field == "telephone"]
    return words_of([*(text for field, text in known if field != "telephone"), *more], numbers)


@dataclass(frozen=True)
class Silent:
    """A contact with whom nobody has had to do for long."""

    id: int
    name: str
    company_id: int | None
    company: str | None
    last_on: date
    review_on: date | None


def silent_since(session: Session, today: date) -> date:
    """Give the day before which whatever happened is long ago, by the settings."""
    before: date = today - relativedelta(months=value(session, CONTACT_MONTHS))
    return before


def list_silent(session: Session, number: int) -> tuple[Sequence[Silent], int]:
    """List a page of the contacts without activity for long, and those due for a look; and all.

    Activity is a visit in which they took part, and whatever was written about them.
    """
    today = clock.today()
    since = silent_since(session, today)
    visited = (
        sa.select(VisitContact.contact_id, sa.func.max(Visit.occurred_on).label("day"))
        .join(Visit, Visit.id == VisitContact.visit_id)
        .where(VisitContact.known(), Visit.known())
        .group_by(VisitContact.contact_id)
        .subquery()
    )
    changed = (
        sa.select(Change.subject_id, sa.func.max(Change.recorded_at).label("at"))
        .where(Change.subject_kind == "contact")
        .group_by(Change.subject_id)
        .subquery()
    )
    begin = clock.end_of(since - timedelta(days=1))
    is_silent = sa.and_(
        Contact.recorded_at < begin,
        sa.or_(visited.c.day.is_(None), visited.c.day < since),
        sa.or_(changed.c.at.is_(None), changed.c.at < begin),
    )
    query = (
        sa.select(Contact, Company.name, visited.c.day, changed.c.at)
        .select_from(Contact)
        .outerjoin(Company, Company.id == Contact.company_id)
        .outerjoin(visited, visited.c.contact_id == Contact.id)
        .outerjoin(changed, changed.c.subject_id == Contact.id)
        .where(Contact.known(), sa.or_(is_silent, Contact.review_on <= today))
    )
    total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(Contact.sort_key, Contact.id).offset((number - 1) * PAGE).limit(PAGE)
    return [_silent(*row) for row in session.execute(ordered)], total


def _silent(contact: Contact, company: str | None, day: date | None, at: datetime | None) -> Silent:
    moments = [clock.day_of(one) for one in (contact.recorded_at, at) if one]
    last = max([*moments, *([day] if day else [])])
    return Silent(contact.id, contact.name, contact.company_id, company, last, contact.review_on)
