"""Read applications and funding schemes."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.funding.models import (
    Application, ApplicationEvent, ApplicationStatus, Instrument,
)  # fmt: skip


def of_idea(session: Session, idea_id: int) -> Sequence[Application]:
    """List the standing applications of an idea, the first first."""
    return session.scalars(
        sa.select(Application)
        .where(Application.idea_id == idea_id, Application.known())
        .order_by(Application.id)
        .limit(50)
    ).all()


def with_instruments(session: Session, idea_id: int) -> list[sa.Row[Any]]:
    """List the applications of an idea with the names of their instruments."""
    query = (
        sa.select(Application, Instrument.name)
        .outerjoin(Instrument, Instrument.id == Application.instrument_id)
        .where(Application.idea_id == idea_id, Application.known())
        .order_by(Application.id)
        .limit(50)
    )
    return list(session.execute(query).all())


def instrument_choices(session: Session) -> list[tuple[int, str]]:
    """List the funding schemes by name."""
    rows = session.execute(
        sa.select(Instrument.id, Instrument.name).order_by(Instrument.sort_key, Instrument.id)
    )
    return [(row[0], row[1]) for row in rows]


def by_event(status: ApplicationStatus) -> sa.Select[Any]:
    """Build one row per application: the first day it came to stand in a status, and the amount.

    An application counts once though its decision may have been entered in two parts.
    """
    same = sa.and_(
        ApplicationEvent.application_id == Application.id, ApplicationEvent.status == status
    )
    return (
        sa.select(
            Application.id,
            ApplicationEvent.occurred_on.label("day"),
            Application.region_id,
            Application.municipality_id,
            ApplicationEvent.amount_nok.label("amount"),
        )
        .select_from(ApplicationEvent)
        .join(Application, same)
    )
