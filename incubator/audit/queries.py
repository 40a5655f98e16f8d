"""Read the log of changes."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit.models import Change


def latest_of(session: Session, kind: str, subject_id: int) -> int | None:
    """Give the number of the latest change of a thing: what a form was filled from."""
    return session.scalar(
        sa.select(sa.func.max(Change.id)).where(
            Change.subject_kind == kind, Change.subject_id == subject_id
        )
    )
