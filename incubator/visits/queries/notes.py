"""Who may read what of a visit: confidentiality is in the query."""

from typing import Any

import sqlalchemy as sa

from incubator.core.access import Actor, Permission
from incubator.visits.models import Visit


def notes_are_read(viewer: Actor) -> sa.ColumnElement[bool]:
    """Say in SQL which visits' notes a person may read: the own ones, and those shared."""
    if viewer.may(Permission.ADMIN):
        return sa.true()
    own: list[sa.ColumnElement[bool]] = [Visit.is_shared.is_(True)]
    if viewer.id is not None:
        own.append(Visit.visitor_id == viewer.id)
    if viewer.organisation_id is not None:
        own.append(Visit.organisation_id == viewer.organisation_id)
    return sa.or_(*own)


def if_read(viewer: Actor, column: Any) -> sa.ColumnElement[Any]:
    """Give a column in SQL where the viewer may read the notes, else nothing."""
    return sa.case((notes_are_read(viewer), column), else_=sa.null())
