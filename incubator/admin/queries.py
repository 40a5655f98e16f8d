"""What the settings show of how much there is."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.core.db import AnyRow
from incubator.mail.models import Message
from incubator.reference.models import FocusArea, Organisation, Programme, Region
from incubator.reference.queries import list_programmes


def counts(session: Session) -> AnyRow:
    """Count what administrators keep, in one query."""

    def of(column: Any, name: str) -> sa.ColumnElement[int]:
        return sa.select(sa.func.count(column)).scalar_subquery().label(name)

    return session.execute(
        sa.select(
            of(User.id, "people"),
            of(Region.id, "regions"),
            of(Organisation.id, "organisations"),
            of(Programme.id, "programmes"),
            of(FocusArea.id, "areas"),
        )
    ).one()


def areas_by_programme(session: Session) -> list[tuple[Programme, list[FocusArea]]]:
    """List all programmes, the latest first, each with its focus areas by name."""
    areas: dict[int, list[FocusArea]] = {}
    for area in session.scalars(sa.select(FocusArea).order_by(FocusArea.name_key, FocusArea.id)):
        areas.setdefault(area.programme_id, []).append(area)
    return [(one, areas.get(one.id, [])) for one in list_programmes(session)]


def latest_mail(session: Session) -> list[AnyRow]:
    """List the latest mails with how they went; their texts stay where they are."""
    columns = (
        Message.id, Message.to_address, Message.subject, Message.queued_at, Message.sent_at,
        Message.given_up_at, Message.attempts, Message.last_error,
    )  # fmt: skip
    return list(session.execute(sa.select(*columns).order_by(Message.id.desc()).limit(10)))
