"""One application: its page, and what a change to it begins with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.accounts.models import User
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.core.access import Actor
from incubator.core.db import AnySelect
from incubator.core.errors import NotFound
from incubator.funding.models import (
    Application,
    ApplicationEvent,
    ApplicationStatus,
    Instrument,
    Payment,
    PaymentKind,
)  # fmt: skip
from incubator.ideas.models import Idea
from incubator.reference.models import Municipality, Organisation


class Told(NamedTuple):
    """Something that happened to an application, and who wrote it down."""

    status: ApplicationStatus
    occurred_on: date
    amount_nok: int | None
    reason: str | None
    is_estimated: bool
    recorded_at: datetime
    who: str | None


class Paid(NamedTuple):
    """A payment, and who wrote it down."""

    id: int
    kind: PaymentKind
    occurred_on: date
    amount_nok: int
    note: str | None
    recorded_at: datetime
    who: str | None


class Done(NamedTuple):
    """The latest change of an application that is not undone."""

    id: int
    verb: str
    actor_id: int | None
    recorded_at: datetime


class Voided(NamedTuple):
    """Who took an application away, when and why."""

    at: datetime
    who: str | None
    reason: str | None


@dataclass(frozen=True)
class ApplicationPage:
    """All that the page of an application shows."""

    application: Application
    company: Company | None
    idea: Idea | None
    instrument: Instrument | None
    funder: str | None
    owner: str | None
    idea_owner: str | None
    municipality: str | None
    events: Sequence[Told]
    payments: Sequence[Paid]
    latest: Done | None
    voided: Voided | None

    @property
    def title(self) -> str | None:
        return self.idea.title if self.idea else self.application.title


def get_application(session: Session, viewer: Actor, application_id: int) -> Application:
    """Give an application of the viewer's regions, voided or not. Raises NotFound."""
    found = session.scalar(
        sa.select(Application).where(
            Application.id == application_id, viewer.in_regions(Application.region_id)
        )
    )
    if found is None:
        raise NotFound("no_such_application")
    return found


def get_payment(session: Session, application: Application, payment_id: int) -> Payment:
    """Give a standing payment of an application. Raises NotFound."""
    found = session.get(Payment, payment_id)
    if found is None or found.application_id != application.id or found.is_voided:
        raise NotFound("no_such_payment")
    return found


_OWNER, _IDEA_OWNER = aliased(User), aliased(User)


def get_page(session: Session, viewer: Actor, application_id: int) -> ApplicationPage:
    """Give what the page of an application shows, in a fixed number of queries.

    Raises NotFound. What stood on it when it was voided is shown on the page of a voided one.
    """
    row = session.execute(
        sa.select(
            Application, Company, Idea, Instrument, Organisation.name, _OWNER.name,
            _IDEA_OWNER.name, Municipality.name,
        )
        .outerjoin(Company, Company.id == Application.company_id)
        .outerjoin(Idea, sa.and_(Idea.id == Application.idea_id, Idea.known()))
        .outerjoin(Instrument, Instrument.id == Application.instrument_id)
        .outerjoin(Organisation, Organisation.id == Instrument.funder_id)
        .outerjoin(_OWNER, _OWNER.id == Application.owner_id)
        .outerjoin(_IDEA_OWNER, _IDEA_OWNER.id == Idea.owner_id)
        .outerjoin(Municipality, Municipality.id == Application.municipality_id)
        .where(Application.id == application_id, viewer.in_regions(Application.region_id))
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound("no_such_application")
    application: Application = row[0]
    return ApplicationPage(
        *row,
        events=_events(session, application),
        payments=_payments(session, application),
        latest=_latest(session, application_id),
        voided=_voided(session, application) if application.is_voided else None,
    )


def _stood(table: type[ApplicationEvent | Payment], application: Application) -> AnySelect:
    """Pick what stands of an application, or stood when it was voided as a whole."""
    with_it = table.void_change_id == application.void_change_id
    return (
        sa.select(table.id)
        .where(table.application_id == application.id, sa.or_(table.known(), with_it))
        .limit(500)
    )


def _events(session: Session, application: Application) -> Sequence[Told]:
    table = ApplicationEvent
    rows = session.execute(
        sa.select(
            table.status, table.occurred_on, table.amount_nok, table.reason, table.is_estimated,
            table.recorded_at, User.name,
        )
        .outerjoin(User, User.id == table.recorded_by_id)
        .where(table.id.in_(_stood(table, application)))
        .order_by(table.occurred_on.desc(), table.nth.desc())
    )  # fmt: skip
    return [Told(*row) for row in rows]


def _payments(session: Session, application: Application) -> Sequence[Paid]:
    rows = session.execute(
        sa.select(
            Payment.id, Payment.kind, Payment.occurred_on, Payment.amount_nok, Payment.note,
            Payment.recorded_at, User.name,
        )
        .outerjoin(User, User.id == Payment.recorded_by_id)
        .where(Payment.id.in_(_stood(Payment, application)))
        .order_by(Payment.occurred_on.desc(), Payment.id.desc())
    )  # fmt: skip
    return [Paid(*row) for row in rows]


def _latest(session: Session, application_id: int) -> Done | None:
    undo = aliased(Change)
    row = session.execute(
        sa.select(Change.id, Change.verb, Change.actor_id, Change.recorded_at)
        .outerjoin(undo, undo.undoes_id == Change.id)
        .where(
            Change.subject_kind == "application", Change.subject_id == application_id,
            Change.undoes_id.is_(None), undo.id.is_(None),
        )
        .order_by(Change.id.desc())
        .limit(1)
    ).one_or_none()  # fmt: skip
    return Done(*row) if row else None


def _voided(session: Session, application: Application) -> Voided | None:
    row = session.execute(
        sa.select(Change.recorded_at, User.name, Change.note)
        .outerjoin(User, User.id == Change.actor_id)
        .where(Change.id == application.void_change_id)
    ).one_or_none()
    return Voided(*row) if row else None
