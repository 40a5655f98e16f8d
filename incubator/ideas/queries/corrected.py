"""Read what was corrected in the history of an idea."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.accounts.models import User
from incubator.audit.models import Change, ChangeValue
from incubator.ideas.corrections import FIELD, REDATED, VOIDED


class Correction(NamedTuple):
    """A correction that stands: what was said before, what is said now, and why."""

    change_id: int
    verb: str
    at: datetime
    who: str | None
    note: str | None
    old: str | None
    new: str | None


_UNDO = aliased(Change)
_OF_IDEA = (
    sa.select(
        Change.id, Change.verb, Change.recorded_at, User.name, Change.note, ChangeValue.old,
        ChangeValue.new,
    )
    .join(ChangeValue, ChangeValue.change_id == Change.id)
    .outerjoin(User, User.id == Change.actor_id)
    .outerjoin(_UNDO, _UNDO.undoes_id == Change.id)
    .where(
        Change.subject_kind == "idea",
        Change.subject_id == sa.bindparam("idea_id"),
        Change.verb.in_((REDATED, VOIDED)),
        ChangeValue.field == FIELD,
        _UNDO.id.is_(None),
    )
    .order_by(Change.id.desc())
    .limit(50)
)  # fmt: skip


def list_corrections(session: Session, idea_id: int) -> list[Correction]:
    """List the corrections of an idea that were not undone, the latest first."""
    return [Correction(*row) for row in session.execute(_OF_IDEA, {"idea_id": idea_id})]
