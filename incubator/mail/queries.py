"""Read how attempts to send ended."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.mail.models import Attempt

MOST_ATTEMPTS = 100


def attempts_of(session: Session, message_ids: Sequence[int]) -> list[Attempt]:
    """List the latest attempts to send some messages, the last one first; one query."""
    return list(
        session.scalars(
            sa.select(Attempt)
            .where(Attempt.message_id.in_(message_ids))
            .order_by(Attempt.id.desc())
            .limit(MOST_ATTEMPTS)
        )
    )
