"""Read what was promised."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.core.access import Actor
from incubator.core.errors import NotFound
from incubator.followups.models import FollowUp

_OF_IDEA = (
    sa.select(FollowUp, User.name)
    .outerjoin(User, User.id == FollowUp.responsible_id)
    .where(FollowUp.idea_id == sa.bindparam("idea_id"), FollowUp.known())
    .order_by(FollowUp.done_on.isnot(None), FollowUp.due_on.is_(None), FollowUp.due_on)
    .order_by(FollowUp.id)
    .limit(50)
)


def list_for_idea(session: Session, idea_id: int) -> Sequence[tuple[FollowUp, str | None]]:
    """List the promises on an idea and whose they are: the open ones by day, then the kept."""
    return session.execute(_OF_IDEA, {"idea_id": idea_id}).all()


def get_step(session: Session, actor: Actor, step_id: int) -> FollowUp:
    """Give a promise in the actor's regions. Raises NotFound."""
    step = session.scalar(
        sa.select(FollowUp).where(
            FollowUp.id == step_id, FollowUp.known(), actor.in_regions(FollowUp.region_id)
        )
    )
    if step is None:
        raise NotFound("no_such_step")
    return step
