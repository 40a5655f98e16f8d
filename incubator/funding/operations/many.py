"""Begin and complete the applications of many ideas at once, in few statements."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core.many import write_many
from incubator.funding.models import Application, ApplicationEvent, ApplicationStatus
from incubator.funding.operations.applications import Plan
from incubator.ideas.models import Idea


def open_applications(
    session: Session, change: Change, plans: Sequence[tuple[Idea, Plan]], on: date
) -> None:
    """Begin an application for each of some ideas as part of a change."""
    begun = [
        Application(
            **asdict(plan), idea_id=idea.id, company_id=idea.company_id, region_id=idea.region_id,
            municipality_id=idea.municipality_id, status=ApplicationStatus.DRAFT,
        )
        for idea, plan in plans
    ]  # fmt: skip
    for application in begun:
        audit.stamp(application, change)
    session.add_all(begun)
    write_many(session)
    made = session.scalars(sa.select(Application).where(Application.change_id == change.id)).all()
    for application in made:
        event = ApplicationEvent(
            application_id=application.id, region_id=application.region_id,
            status=ApplicationStatus.DRAFT, occurred_on=on, nth=1,
        )  # fmt: skip
        audit.stamp(event, change)
        session.add(event)
    plan_of = {idea.id: plan for idea, plan in plans}
    noted = [("application", one.id, _said(plan_of[one.idea_id or 0])) for one in made]
    audit.note_many(session, change, noted)


def _said(plan: Plan) -> audit.Values:
    return {
        field: (None, value)
        for field, value in asdict(plan).items()
        if value is not None or field in ("sought_nok", "deadline_on")
    }


def complete_applications(
    session: Session, change: Change, answered: Sequence[tuple[Application, Mapping[str, Any]]]
) -> None:
    """Fill in what applications lacked as part of a change."""
    noted = []
    for application, values in answered:
        lacking = {
            field: (None, value)
            for field, value in values.items()
            if value is not None and getattr(application, field) is None
        }
        for field, (_none, value) in lacking.items():
            setattr(application, field, value)
        noted.append(("application", application.id, lacking))
    audit.note_many(session, change, noted)
    write_many(session)


def refresh_deadlines(session: Session, ideas: Sequence[Idea]) -> None:
    """Let cards show the nearest deadlines of their unsent applications, in one query."""
    rows = session.execute(
        sa.select(Application.idea_id, sa.func.min(Application.deadline_on))
        .where(
            Application.idea_id.in_([idea.id for idea in ideas]),
            Application.status == ApplicationStatus.DRAFT,
            Application.known(),
        )
        .group_by(Application.idea_id)
    )
    nearest = {row[0]: row[1] for row in rows}
    for idea in ideas:
        idea.deadline_on = nearest.get(idea.id)
