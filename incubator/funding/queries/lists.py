"""List the applications of an idea and of a company."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.access import Actor
from incubator.core.db import AnyRow
from incubator.funding.models import Application, ApplicationStatus, Instrument
from incubator.funding.queries.facts import paid_of, told_of
from incubator.ideas.models import Idea


def of_idea(session: Session, idea_id: int) -> Sequence[Application]:
    """List the standing applications of an idea, the first first."""
    return session.scalars(
        sa.select(Application)
        .where(Application.idea_id == idea_id, Application.known())
        .order_by(Application.id)
        .limit(50)
    ).all()


def of_ideas(session: Session, idea_ids: Collection[int]) -> dict[int, list[Application]]:
    """Give the standing applications of ideas, the first first, in one query."""
    found: dict[int, list[Application]] = {}
    query = (
        sa.select(Application)
        .where(Application.idea_id.in_(idea_ids), Application.known())
        .order_by(Application.id)
    )
    for application in session.scalars(query):
        found.setdefault(application.idea_id or 0, []).append(application)
    return found


_WITH_INSTRUMENTS = (
    sa.select(Application, Instrument.name)
    .outerjoin(Instrument, Instrument.id == Application.instrument_id)
    .where(Application.idea_id == sa.bindparam("idea_id"), Application.known())
    .order_by(Application.id)
    .limit(50)
)


def with_instruments(session: Session, idea_id: int) -> list[AnyRow]:
    """List the applications of an idea with the names of their instruments."""
    return list(session.execute(_WITH_INSTRUMENTS, {"idea_id": idea_id}).all())


class OfCompany(NamedTuple):
    """An application of a company, with what was decided and paid."""

    id: int
    instrument: str | None
    idea_id: int | None
    idea: str | None
    status: ApplicationStatus
    status_on: date | None
    deadline_on: date | None
    planned_on: date | None
    sought_nok: int | None
    granted_nok: int | None
    paid_nok: int | None
    returned_nok: int | None
    title: str | None
    report_due_on: date | None


MOST_OF_COMPANY = 500


def of_company(session: Session, viewer: Actor, company_id: int) -> Sequence[OfCompany]:
    """List the applications of a company in the viewer's regions, the latest first; one query."""
    of_company = sa.select(Application.id).where(Application.company_id == company_id)
    events, payments = told_of(of_company), paid_of(of_company)
    query = (
        sa.select(
            Application.id, Instrument.name, Idea.id, Idea.title, Application.status,
            events.c.latest_on, Application.deadline_on, Application.planned_on,
            Application.sought_nok, events.c.granted_nok, payments.c.paid_nok,
            payments.c.returned_nok, Application.title, Application.report_due_on,
        )
        .outerjoin(Instrument, Instrument.id == Application.instrument_id)
        .outerjoin(Idea, sa.and_(Idea.id == Application.idea_id, Idea.known()))
        .outerjoin(events, events.c.application_id == Application.id)
        .outerjoin(payments, payments.c.application_id == Application.id)
        .where(
            Application.company_id == company_id, Application.known(),
            viewer.in_regions(Application.region_id),
        )
        .order_by(events.c.latest_on.desc(), Application.id.desc())
        .limit(MOST_OF_COMPANY)
    )  # fmt: skip
    return [OfCompany(*row) for row in session.execute(query)]


def totals_of(applications: Sequence[OfCompany]) -> dict[str, int]:
    """Add up what was sought, granted, paid and returned, where it is known."""
    return {
        "sought": sum(one.sought_nok or 0 for one in applications),
        "granted": sum(int(one.granted_nok or 0) for one in applications),
        "paid": sum(int(one.paid_nok or 0) for one in applications),
        "returned": sum(int(one.returned_nok or 0) for one in applications),
    }
