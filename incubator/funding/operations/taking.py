"""What every change to an application begins and ends with: who may, in line, as stored now."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import NotAllowed, Stale
from incubator.core.facts import Recorded, void
from incubator.funding import rules
from incubator.funding.models import Application, ApplicationStatus
from incubator.funding.queries import mark_of
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea
from incubator.reference.queries import lock_region


def take(
    session: Session, actor: Actor, application: Application, seen: str | None = None
) -> Idea | None:
    """Let others wait, read an application as it is stored now, and give its idea.

    Raises NotAllowed unless the actor may change it: any, one's own, or nobody's. Raises Stale
    when it was voided, or when something happened to it since it was `seen`.
    """
    must(actor, Permission.IDEA_MOVE, application.region_id)
    flush(session)
    lock_region(session, application.region_id)
    session.refresh(application)
    idea = session.get_one(Idea, application.idea_id) if application.idea_id else None
    _must_be_allowed(actor, application, idea)
    if application.is_voided:
        raise Stale("application_voided")
    if seen is not None and seen != mark_of(session, application.id):
        raise Stale("application_changed")
    return idea


def _must_be_allowed(actor: Actor, application: Application, idea: Idea | None) -> None:
    if rules.may_change(actor, application, idea):
        return
    if idea is not None:
        ideas.must_be_allowed(actor, idea)
    raise NotAllowed("not_your_application")


def record(
    session: Session, actor: Actor, verb: str, application: Application, note: str = ""
) -> Change:
    """Record a change of an application."""
    return audit.record(
        session, actor, verb, kind="application", subject_id=application.id,
        region_id=application.region_id, note=note,
    )  # fmt: skip


def void_noted(session: Session, change: Change, kind: str, row: Recorded, row_id: int) -> None:
    """Void a row, and note it so that an undo can let it stand again."""
    void(session, row, change)
    noted = {"voided_at": (None, row.voided_at), "void_change_id": (None, row.void_change_id)}
    audit.note_values(session, change, kind, row_id, noted)


def refresh_deadline(session: Session, idea: Idea) -> None:
    """Let a card show the nearest deadline of its unsent applications."""
    idea.deadline_on = session.scalar(
        sa.select(sa.func.min(Application.deadline_on)).where(
            Application.idea_id == idea.id,
            Application.status == ApplicationStatus.DRAFT,
            Application.known(),
        )
    )


def let_follow(session: Session, idea: Idea, change: Change) -> None:
    """Let the card of an application show what a change made of it."""
    flush(session)
    refresh_deadline(session, idea)
    ideas.touch(idea, change)
