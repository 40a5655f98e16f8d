"""What an undo asks of applications. The undo itself is a flow of `pipeline`."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.audit.models import Change
from incubator.core.db import AnySelect
from incubator.core.errors import RuleBroken
from incubator.funding.models import Application, ApplicationEvent, Payment
from incubator.ideas.models import Idea

FACTS = (ApplicationEvent, Payment)


def touched_by(change_id: int) -> AnySelect:
    """Pick the ids of the applications that a change made, voided, or wrote a fact about."""
    parts = [
        sa.select(table.application_id.label("id")).where(
            sa.or_(table.change_id == change_id, table.void_change_id == change_id)
        )
        for table in FACTS
    ]
    return sa.select(sa.union(*parts).subquery().c.id)


def must_be_last(session: Session, done: Change) -> None:
    """Raise RuleBroken when a later fact stands on an application that a change is about.

    So it is when what a change wrote about an application was voided since, or when what it
    voided could not stand again: its idea is gone, or what made it was undone.
    """
    about = touched_by(done.id)
    for table in FACTS:
        of_others = sa.and_(
            Application.id == table.application_id, Application.change_id != done.id
        )
        later = sa.and_(table.application_id.in_(about), table.change_id > done.id, table.known())
        voided = sa.and_(table.change_id == done.id, table.voided_at.isnot(None))
        undone = sa.exists().where(_undo.undoes_id == table.change_id)
        lost = sa.and_(table.void_change_id == done.id, undone)
        taken_away = sa.exists().where(
            Application.id == table.application_id,
            Application.voided_at.isnot(None),
            Application.void_change_id != done.id,
        )
        gone_too = sa.and_(table.void_change_id == done.id, taken_away)
        queries = (
            sa.select(table.id).where(sa.or_(later, lost, gone_too)),
            sa.select(table.id).join(Application, of_others).where(voided),
        )
        _must_find_nothing(session, queries)
    gone = (
        sa.select(Application.id)
        .join(Idea, Idea.id == Application.idea_id)
        .where(Application.void_change_id == done.id, Idea.voided_at.isnot(None))
    )
    _must_find_nothing(session, (gone,))


_undo = aliased(Change)


def _must_find_nothing(session: Session, queries: Iterable[AnySelect]) -> None:
    for query in queries:
        if session.scalar(query.limit(1)) is not None:
            raise RuleBroken("built_upon")
