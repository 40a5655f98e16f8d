"""Read incubations."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.db import AnySelect
from incubator.core.scope import View
from incubator.incubation.models import Incubation, IncubationEnd


def running_of(session: Session, company_id: int) -> Incubation | None:
    """Give the running incubation of a company, if it has one."""
    return session.scalar(
        sa.select(Incubation).where(
            Incubation.company_id == company_id, Incubation.left_on.is_(None), Incubation.known()
        )
    )


def admissions(view: View) -> AnySelect:
    """Build the rows of `incubator_admissions`: incubations by the day of admission."""
    return sa.select(
        Incubation.id,
        Incubation.occurred_on.label("day"),
        Incubation.region_id,
        Incubation.municipality_id,
    ).where(view.standing(Incubation), *view.within(Incubation))


def running_on(view: View) -> AnySelect:
    """Build the rows of `incubator_active`: incubations running when the day ended."""
    ended = sa.exists().where(
        IncubationEnd.incubation_id == Incubation.id, view.standing(IncubationEnd)
    )
    return admissions(view).where(~ended)
