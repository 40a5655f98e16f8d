"""Take an idea off today's board, and bring it back. Its facts stay and count as before."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.core import clock
from incubator.core.access import Actor
from incubator.core.db import AnyRow, flush
from incubator.core.errors import RuleBroken
from incubator.ideas import order
from incubator.ideas.models import Idea
from incubator.ideas.operations import must_be_allowed, touch
from incubator.ideas.queries import may_see
from incubator.reference.queries import lock_region


def archive_idea(session: Session, actor: Actor, idea: Idea) -> Change:
    """Take an idea off the board. Raises RuleBroken when it is archived already."""
    if idea.archived_on is not None:
        raise RuleBroken("is_archived")
    return _set(session, actor, idea, "idea.archived", is_archived=True)


def bring_back(session: Session, actor: Actor, idea: Idea) -> Change:
    """Put an archived idea on the board again, on top of its column."""
    if idea.archived_on is None:
        raise RuleBroken("not_archived")
    change = _set(session, actor, idea, "idea.brought_back", is_archived=False)
    old = idea.position
    idea.position = order.top_position(session, idea.region_id, idea.stage_id)
    audit.note_values(session, change, "idea", idea.id, {"position": (old, idea.position)})
    flush(session)
    return change


def _set(session: Session, actor: Actor, idea: Idea, verb: str, *, is_archived: bool) -> Change:
    must_be_allowed(actor, idea)
    lock_region(session, idea.region_id)
    change = audit.record(
        session, actor, verb, kind="idea", subject_id=idea.id, region_id=idea.region_id
    )
    day = clock.today() if is_archived else None
    told = {"archived_on": (idea.archived_on, day)}
    audit.note_values(session, change, "idea", idea.id, told)
    idea.archived_on = day
    touch(idea, change)
    flush(session)
    return change


def list_archived(
    session: Session, viewer: Actor, region_id: int, *, offset: int, limit: int
) -> list[AnyRow]:
    """List the archived ideas of a region that the viewer may read, the latest first."""
    query = (
        sa.select(
            Idea.id, Idea.title, Company.name.label("company"), Idea.archived_on, Idea.stage_id,
            Idea.status,
        )
        .outerjoin(Company, Company.id == Idea.company_id)
        .where(Idea.region_id == region_id, Idea.archived_on.isnot(None), may_see(viewer))
        .order_by(Idea.archived_on.desc(), Idea.id.desc())
        .offset(offset)
        .limit(limit)
    )  # fmt: skip
    return list(session.execute(query).all())
