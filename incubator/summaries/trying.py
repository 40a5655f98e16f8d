"""Send a report to oneself, as its readers will get it, before anybody has approved it."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.links import Place
from incubator.mail import operations as mail
from incubator.mail.attachments import enclose
from incubator.reference.queries import lock_region
from incubator.summaries import files, letter
from incubator.summaries.models import Summary
from incubator.summaries.queries import Agreement

TESTED = "summary.tested"
TWICE = timedelta(seconds=20)  # pressed again within so long, it is the same press


def send_test(
    session: Session, actor: Actor, agreement: Agreement, summary: Summary, place: Place,
    *, mark: str,
) -> Change | None:  # fmt: skip
    """Put a report in the outbox for whoever asks, marked as a test; None where it just was.

    Raises RuleBroken when its charts cannot be drawn. No delivery is noted: it is no partner's.
    """
    region_id = agreement.partner.region_id
    must(actor, Permission.GOAL_EDIT, region_id)
    lock_region(session, region_id)
    if _was_sent_now(session, actor, summary):
        return None
    carried = files.enclosed(session, summary, actor.locale)
    written = letter.write(summary, None, actor.locale, site=place.site, stop_url="")
    message = mail.queue(
        session, to=actor.email, subject=f"{mark}: {written.subject}", text=written.text,
        html=written.html,
    )  # fmt: skip
    enclose(session, message.id, carried)
    return audit.record(
        session, actor, TESTED, kind="summary", subject_id=summary.id, region_id=region_id
    )


def _was_sent_now(session: Session, actor: Actor, summary: Summary) -> bool:
    query = sa.select(Change.id).where(
        Change.subject_kind == "summary", Change.subject_id == summary.id, Change.verb == TESTED,
        Change.actor_id == actor.id, Change.recorded_at > clock.now() - TWICE,
    )  # fmt: skip
    return session.scalar(query.limit(1)) is not None
