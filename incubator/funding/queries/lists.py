"""Read applications and funding schemes."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.access import Actor
from incubator.core.db import AnyRow, AnySelect
from incubator.core.scope import View
from incubator.funding.models import (
    Application,
    ApplicationEvent,
    ApplicationStatus,
    Instrument,
)  # fmt: skip
from incubator.ideas.models import Idea


def of_idea(session: Session, idea_id: int) -> Sequence[Application]:
    """List the standing applications of an idea, the first first."""
    return session.scalars(
        sa.select(Application)
        .where(Application.idea_id == idea_id, Application.known())
        .order_by(Application.id)
        .limit(50)
    ).all()


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


def instrument_choices(session: Session) -> list[tuple[int, str]]:
    """List the funding schemes by name."""
    rows = session.execute(
        sa.select(Instrument.id, Instrument.name).order_by(Instrument.sort_key, Instrument.id)
    )
    return [(row[0], row[1]) for row in rows]


def by_event(view: View, status: ApplicationStatus) -> AnySelect:
    """Build one row per application: the first day it stood in a status, and the amounts.

    An application counts once though its decision may have been entered in two parts.
    """
    columns = (Application.id, Application.region_id, Application.municipality_id)
    return (
        sa.select(
            *columns,
            sa.func.min(ApplicationEvent.occurred_on).label("day"),
            sa.func.sum(ApplicationEvent.amount_nok).label("amount"),
        )
        .join(ApplicationEvent, ApplicationEvent.application_id == Application.id)
        .where(
            ApplicationEvent.status == status,
            view.standing(ApplicationEvent),
            *view.within(Application),
        )
        .group_by(*columns)
    )


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


MOST_OF_COMPANY = 500


def of_company(session: Session, viewer: Actor, company_id: int) -> Sequence[OfCompany]:
    """List the applications of a company in the viewer's regions, the latest first; one query."""
    events = (
        sa.select(
            ApplicationEvent.application_id,
            sa.func.max(ApplicationEvent.occurred_on).label("latest_on"),
            sa.func.sum(ApplicationEvent.amount_nok)
            .filter(ApplicationEvent.status == ApplicationStatus.GRANTED)
            .label("granted_nok"),
        )
        .join(Application, Application.id == ApplicationEvent.application_id)
        .where(ApplicationEvent.known(), Application.company_id == company_id)
        .group_by(ApplicationEvent.application_id)
        .subquery()
    )
    query = (
        sa.select(
            Application.id, Instrument.name, Idea.id, Idea.title, Application.status,
            events.c.latest_on, Application.deadline_on, Application.planned_on,
            Application.sought_nok, events.c.granted_nok,
        )
        .outerjoin(Instrument, Instrument.id == Application.instrument_id)
        .outerjoin(Idea, sa.and_(Idea.id == Application.idea_id, Idea.known()))
        .outerjoin(events, events.c.application_id == Application.id)
        .where(
            Application.company_id == company_id, Application.known(),
            viewer.in_regions(Application.region_id),
        )
        .order_by(events.c.latest_on.desc(), Application.id.desc())
        .limit(MOST_OF_COMPANY)
    )  # fmt: skip
    return [OfCompany(*row) for row in session.execute(query)]


def totals_of(applications: Sequence[OfCompany]) -> dict[str, int]:
    """Add up what was sought and what was granted, where it is known."""
    return {
        "sought": sum(one.sought_nok or 0 for one in applications),
        "granted": sum(int(one.granted_nok or 0) for one in applications),
    }
