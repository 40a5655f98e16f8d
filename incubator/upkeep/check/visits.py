"""Visits: a company shows its latest one, and what came of a visit lies where it lies."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core import clock
from incubator.followups.models import FollowUp
from incubator.ideas.models import Idea
from incubator.upkeep.check.finding import Broken, Find, Listing, all_of
from incubator.visits.models import Visit, VisitFollowUp, VisitIdea
from incubator.visits.operations import EARLIEST

LAST_CONTACT = (
    sa.select(Visit.company_id.label("of"), sa.func.max(Visit.occurred_on).label("day"))
    .where(Visit.known())
    .group_by(Visit.company_id)
)


def days(session: Session) -> Iterator[Broken]:
    """Find visits that were logged before they happened, or long before anybody could."""
    query = sa.select(Visit.id, Visit.occurred_on, Visit.recorded_at).where(Visit.known())
    for visit_id, day, recorded_at in session.execute(query.order_by(Visit.id)):
        if not EARLIEST <= day <= clock.in_oslo(recorded_at).date():
            yield Broken("visits", visit_id, f"is on {day}, but was logged {recorded_at}")


def origins() -> Find:
    """Find what came of a visit and lies in another region than the visit."""
    ideas = (
        sa.select(VisitIdea.id, Idea.region_id, Visit.region_id)
        .join(Visit, Visit.id == VisitIdea.visit_id)
        .join(Idea, Idea.id == VisitIdea.idea_id)
        .where(VisitIdea.known(), Idea.region_id != Visit.region_id)
        .order_by(VisitIdea.id)
    )
    promises = (
        sa.select(VisitFollowUp.id, FollowUp.region_id, Visit.region_id)
        .join(Visit, Visit.id == VisitFollowUp.visit_id)
        .join(FollowUp, FollowUp.id == VisitFollowUp.follow_up_id)
        .where(VisitFollowUp.known(), FollowUp.region_id != Visit.region_id)
        .order_by(VisitFollowUp.id)
    )
    what = "leads to region {0}, its visit lies in {1}"
    return all_of(
        (Listing("visit_ideas", ideas, what), Listing("visit_follow_ups", promises, what))
    )
