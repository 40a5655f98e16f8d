"""Say which of many cards keeps a change from being undone."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit.models import Change, ChangeValue
from incubator.core.errors import RuleBroken
from incubator.funding.models import Application
from incubator.ideas.models import Idea, SharingEvent, StageEvent, StatusEvent
from incubator.incubation.models import IncubationIdea

FACTS = (StageEvent, StatusEvent, SharingEvent, Application, IncubationIdea)
NAMED = 5


def naming(session: Session, change_id: int, no: RuleBroken) -> RuleBroken:
    """Give a refused undo of what was done with many cards the names of those built upon."""
    done = session.get_one(Change, change_id)
    if no.code != "built_upon" or done.subject_kind != "idea" or done.subject_id is not None:
        return no
    altered = _cards_of(change_id)
    undone = sa.select(Change.undoes_id).where(Change.undoes_id.is_not(None))
    later = [
        sa.select(table.idea_id).where(table.change_id > change_id, table.known())
        for table in FACTS
    ]
    edited = sa.select(ChangeValue.subject_id).where(
        ChangeValue.subject_kind == "idea", ChangeValue.change_id > change_id,
        ChangeValue.change_id.not_in(undone), ChangeValue.field.in_(_fields_of(change_id)),
    )  # fmt: skip
    built = sa.union(*later, edited).subquery()
    titles = session.scalars(
        sa.select(Idea.title)
        .where(Idea.id.in_(altered), Idea.id.in_(sa.select(built.c[0])))
        .order_by(Idea.id)
        .limit(NAMED + 1)
    ).all()
    if not titles:
        return no
    cards = ", ".join(titles[:NAMED]) + (", …" if len(titles) > NAMED else "")
    return RuleBroken("cards_built_upon", cards=cards)


def _cards_of(change_id: int) -> sa.Select[int]:
    return sa.select(ChangeValue.subject_id).where(
        ChangeValue.subject_kind == "idea", ChangeValue.change_id == change_id
    )


def _fields_of(change_id: int) -> sa.Select[str]:
    """Give what a change altered of cards, but for their places, which follow of themselves."""
    return sa.select(ChangeValue.field).where(
        ChangeValue.subject_kind == "idea", ChangeValue.change_id == change_id,
        ChangeValue.field.not_in(("position", "stage", "status")),
    )  # fmt: skip
