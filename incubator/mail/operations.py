"""Queue mail: a row in the transaction of the change that it tells of."""

import random
from datetime import datetime, timedelta
from email.utils import make_msgid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core import clock
from incubator.mail.models import Message

MAX_ATTEMPTS = 8
LEASE = timedelta(minutes=5)  # longer than any conversation: nobody else takes the message
SILENCE = "The mail server never said whether it took the message; a copy may have arrived."


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
    """Give the next message to send, put off for others meanwhile; None when all is sent.

    One that began to leave and was never answered, or whose worker was killed, is sent once more
    with the same Message-ID and marked as uncertain; after a second silence it is given up.
    """
    now = clock.now()
    waiting = sa.and_(
        Message.sent_at.is_(None), Message.given_up_at.is_(None), Message.not_before <= now
    )
    query = sa.select(Message).where(waiting).order_by(Message.id).limit(1)
    while (message := session.scalar(query.with_for_update(skip_locked=True))) is not None:
        if message.began_at is None:
            break
        if message.uncertain_at is None:
            message.uncertain_at, message.began_at = now, None
            break
        message.given_up_at, message.last_error = now, SILENCE
        session.flush()
    if message is not None:
        message.attempts += 1
        message.not_before = now + LEASE
        session.flush()
    return message


def sent_since(session: Session, moment: datetime) -> int:
    """Count the messages that left after an instant, whoever sent them."""
    return session.scalar(sa.select(sa.func.count(Message.id)).where(Message.sent_at > moment)) or 0


def note_began(session: Session, message_id: int) -> None:
    """Write down that the letter itself leaves now: from here on the outcome may be unknown."""
    session.get_one(Message, message_id).began_at = clock.now()
    session.flush()


def pause_after(attempts: int) -> timedelta:
    """Give how long to wait before the next attempt: 1, 2, 4 … minutes, and up to a tenth more.

    The tenth is random, so that what failed together does not come back together.
    """
    return timedelta(minutes=2 ** min(attempts - 1, 8) * random.uniform(1, 1.1))  # noqa: S311


def note_sent(session: Session, message_id: int, at: datetime) -> None:
    """Write down that a message is sent."""
    message = session.get_one(Message, message_id)
    message.sent_at = at
    message.last_error = message.began_at = None
    session.flush()


def note_failed(session: Session, message_id: int, error: str, *, is_final: bool) -> None:
    """Write down why a message was not sent, and give up when there is no use in trying."""
    message = session.get_one(Message, message_id)
    message.last_error, message.began_at = error[:500], None
    message.not_before = clock.now() + pause_after(message.attempts)
    if is_final or message.attempts >= MAX_ATTEMPTS:
        message.given_up_at = clock.now()
    session.flush()


def note_unanswered(session: Session, message_id: int) -> None:
    """Write down that the server took the letter and fell silent; the second time, give up."""
    message = session.get_one(Message, message_id)
    message.last_error = SILENCE
    message.not_before = clock.now() + pause_after(message.attempts)
    if message.uncertain_at is not None:
        message.given_up_at = clock.now()
    session.flush()


def send_again(session: Session, message: Message) -> None:
    """Let a message that was given up leave once more, because a person asks for it."""
    message.given_up_at = message.began_at = message.uncertain_at = message.last_error = None
    message.attempts, message.not_before = 0, clock.now()
    session.flush()
