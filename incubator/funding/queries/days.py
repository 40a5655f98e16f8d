"""The days of a person's applications: deadlines while they are drafts, reports while they run."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit.models import Change, ChangeValue
from incubator.companies.models import Company
from incubator.core.access import Actor
from incubator.core.db import AnyRow
from incubator.funding.models import Application, ApplicationStatus, Instrument
from incubator.funding.rules import GOING
from incubator.ideas.models import Idea

MOST_DAYS = 1000


class Days(NamedTuple):
    """The days of an application that is somebody's, and how often it was changed."""

    id: int
    status: ApplicationStatus
    deadline_on: date | None
    planned_on: date | None
    report_due_on: date | None
    instrument: str | None
    idea: str | None
    title: str | None
    company: str | None
    recorded_at: datetime
    revision: int
    changed_at: datetime


def days_of(session: Session, person: Actor, since: date) -> Sequence[Days]:
    """List the applications of a person, or of their ideas, with a day ahead; one query."""
    is_draft = Application.status == ApplicationStatus.DRAFT
    mine = sa.and_(
        Application.known(),
        person.in_regions(Application.region_id),
        sa.or_(
            Application.owner_id == person.id,
            Application.idea_id.in_(sa.select(Idea.id).where(Idea.owner_id == person.id)),
        ),
        sa.or_(
            sa.and_(
                is_draft,
                sa.func.coalesce(Application.deadline_on, Application.planned_on) >= since,
            ),
            sa.and_(Application.status.in_(GOING), Application.report_due_on >= since),
        ),
    )
    changes = (
        sa.select(
            ChangeValue.subject_id.label("of"),
            sa.func.count(ChangeValue.change_id.distinct()).label("number"),
            sa.func.max(ChangeValue.change_id).label("latest"),
        )
        .where(ChangeValue.subject_kind == "application")
        .where(ChangeValue.subject_id.in_(sa.select(Application.id).where(mine)))
        .group_by(ChangeValue.subject_id)
        .subquery()
    )
    rows: Sequence[AnyRow] = session.execute(
        sa.select(
            Application.id, Application.status, Application.deadline_on, Application.planned_on,
            Application.report_due_on, Instrument.name, Idea.title, Application.title,
            Company.name, Application.recorded_at,
            sa.func.coalesce(changes.c.number - 1, 0),
            sa.func.coalesce(Change.recorded_at, Application.recorded_at),
        )
        .outerjoin(Instrument, Instrument.id == Application.instrument_id)
        .outerjoin(Idea, sa.and_(Idea.id == Application.idea_id, Idea.known()))
        .outerjoin(Company, Company.id == Application.company_id)
        .outerjoin(changes, changes.c.of == Application.id)
        .outerjoin(Change, Change.id == changes.c.latest)
        .where(mine)
        .order_by(Application.id)
        .limit(MOST_DAYS)
    ).all()  # fmt: skip
    return [Days(*row) for row in rows]
