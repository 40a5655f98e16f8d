"""Queue mail: a row in the transaction of the change that it tells of."""

from datetime import datetime, timedelta
from email.utils import make_msgid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core import clock
from incubator.mail.models import Message

MAX_ATTEMPTS = 8


def queue(
    session: Session,
    *,
    to: str,
    subject: str,
    text: str,
    html: str | None = None,
    unsubscribe_url: str | None = None,
) -> Message:
    """Put a message in the outbox; the worker sends it after the commit."""
    now = clock.now()
    message = Message(
        message_id=make_msgid(domain="ideloypa.local"),
        to_address=to,
        subject=subject,
        text_body=text,
        html_body=html,
        unsubscribe_url=unsubscribe_url,
        queued_at=now,
        not_before=now,
        attempts=0,
    )
    session.add(message)
    session.flush()
    return message


def queued_since(session: Session, to: str, since: datetime) -> int:
    """Count the messages to an address that were queued after an instant."""
    found = sa.select(sa.func.count(Message.id)).where(
        Message.to_address == to, Message.queued_at > since
    )
    return session.scalar(found) or 0


def claim_next(session: Session) -> Message | None:
    """Give the next message to send, put off for others meanwhile; None when all is sent."""
    now = clock.now()
    waiting = sa.and_(
        Message.sent_at.is_(None), Message.given_up_at.is_(None), Message.not_before <= now
    )
    message = session.scalar(
        sa.select(Message)
        .where(waiting)
        .order_by(Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if message is not None:
        message.attempts += 1
        message.not_before = now + pause_after(message.attempts)
        session.flush()
    return message


def pause_after(attempts: int) -> timedelta:
    """Give how long to wait before the next attempt: 1, 2, 4 … minutes."""
    return timedelta(minutes=2 ** min(attempts - 1, 8))


def note_sent(session: Session, message_id: int, at: datetime) -> None:
    """Write down that a message is sent."""
    message = session.get_one(Message, message_id)
    message.sent_at = at
    message.last_error = None
    session.flush()


def note_failed(session: Session, message_id: int, error: str, *, is_final: bool) -> None:
    """Write down why a message was not sent, and give up when there is no use in trying."""
    message = session.get_one(Message, message_id)
    message.last_error = error[:500]
    if is_final or message.attempts >= MAX_ATTEMPTS:
        message.given_up_at = clock.now()
    session.flush()
