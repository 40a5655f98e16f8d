"""Read applications and funding schemes."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.db import AnyRow, AnySelect
from incubator.core.scope import View
from incubator.funding.models import (
    Application,
    ApplicationEvent,
    ApplicationStatus,
    Instrument,
)  # fmt: skip


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
