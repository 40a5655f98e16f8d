"""Read visits."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.ideas.models import Idea
from incubator.visits.models import Visit, VisitIdea


def find_by_key(session: Session, user_id: int, client_key: str) -> Visit | None:
    """Find the visit that a person's device sent under a key."""
    query = sa.select(Visit).where(Visit.recorded_by_id == user_id, Visit.client_key == client_key)
    return session.scalar(query)


def first_idea(session: Session, visit_id: int) -> Idea | None:
    """Give the first idea that came of a visit and stands."""
    return session.scalar(
        sa.select(Idea)
        .join(VisitIdea, VisitIdea.idea_id == Idea.id)
        .where(VisitIdea.visit_id == visit_id, VisitIdea.known(), Idea.known())
        .order_by(VisitIdea.id)
        .limit(1)
    )


def last_contact_of(company_id: int) -> sa.ScalarSelect[date]:
    """Give in SQL the day of the latest standing visit to a company."""
    return (
        sa.select(sa.func.max(Visit.occurred_on))
        .where(Visit.company_id == company_id, Visit.known())
        .scalar_subquery()
    )
