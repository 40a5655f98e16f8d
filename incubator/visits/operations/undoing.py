"""What an undo takes back of visits, and gives back. The undo itself is a flow of `pipeline`."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit.models import Change
from incubator.core.db import flush
from incubator.core.facts import void_all
from incubator.visits.models import Visit
from incubator.visits.operations import links
from incubator.visits.operations.correcting import make_anew


def take_back(session: Session, done: Change, undo: Change) -> None:
    """Void the visits that a change made, with all that hangs on them or that it hung on others.

    What the change itself had voided, as a correction does, is made anew.
    """
    made = sa.select(Visit.id).where(Visit.change_id == done.id)
    for table, _column in links.LINKS:
        its_own = sa.or_(table.change_id == done.id, table.visit_id.in_(made))
        void_all(session, table, its_own, undo)
    void_all(session, Visit, Visit.change_id == done.id, undo)
    _give_back(session, done, undo)
    _recount(session, done, undo)


def _give_back(session: Session, done: Change, undo: Change) -> None:
    """Make anew what a change voided: to lift the void would tell a wrong story of meanwhile."""
    for visit in session.scalars(sa.select(Visit).where(Visit.void_change_id == done.id)).all():
        copy = make_anew(session, undo, visit)
        _give_links_back(session, done, undo, visit.id, copy.id)
        undo.subject_id = copy.id
    lost_here = sa.union(
        *(sa.select(table.visit_id).where(table.void_change_id == done.id) for table in _TABLES)
    ).subquery()
    edited = sa.select(Visit.id).where(Visit.id.in_(sa.select(lost_here.c[0])), Visit.known())
    for visit_id in session.scalars(edited).all():
        _give_links_back(session, done, undo, visit_id, visit_id)
    flush(session)


_TABLES = tuple(table for table, _column in links.LINKS)


def _give_links_back(
    session: Session, done: Change, undo: Change, from_id: int, to_id: int
) -> None:
    for table, column in links.LINKS:
        lost = session.scalars(
            sa.select(getattr(table, column)).where(
                table.void_change_id == done.id, table.visit_id == from_id
            )
        ).all()
        links.link(session, undo, (table(visit_id=to_id, **{column: one}) for one in lost))


def _recount(session: Session, done: Change, undo: Change) -> None:
    touched = sa.select(Visit.company_id).where(
        sa.or_(Visit.change_id.in_((done.id, undo.id)), Visit.void_change_id == done.id)
    )
    links.recount_contacts(session, touched)
