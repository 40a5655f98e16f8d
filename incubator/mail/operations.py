"""Queue mail: a row in the transaction of the change that it tells of."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import make_msgid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core import clock
from incubator.mail.models import Attempt, Message, Outcome

MAX_ATTEMPTS = 24  # with their pauses some three days: a server may be away over a weekend
MOST_KEPT = 500  # characters of an answer
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


@dataclass(frozen=True)
class Claim:
    """A message that one worker has in hand, and the attempt that it makes."""

    message: Message
    attempt_id: int


class Overtaken(Exception):
    """Another worker took the message meanwhile, or a person held it back: it may not leave."""


def claim_next(session: Session) -> Claim | None:
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
        if message.attempts:
            _break_off(session, [message.id])
        if message.began_at is None:
            break
        if message.uncertain_at is None:
            message.uncertain_at, message.began_at = now, None
            break
        message.given_up_at, message.last_error = now, SILENCE
        session.flush()
    if message is None:
        return None
    message.attempts += 1
    message.not_before = now + LEASE
    attempt = Attempt(message_id=message.id, began_at=now, ended_at=None, outcome=None, answer=None)
    session.add(attempt)
    session.flush()
    return Claim(message, attempt.id)


def _break_off(session: Session, message_ids: Sequence[int]) -> None:
    """Write down that attempts which nobody ended are over: their workers are gone or too late."""
    session.execute(
        sa.update(Attempt)
        .where(Attempt.message_id.in_(message_ids), Attempt.ended_at.is_(None))
        .values(ended_at=clock.now(), outcome=Outcome.BROKEN_OFF)
    )


def sent_since(session: Session, moment: datetime) -> int:
    """Count the messages that left after an instant, whoever sent them."""
    return session.scalar(sa.select(sa.func.count(Message.id)).where(Message.sent_at > moment)) or 0


def _in_hand(session: Session, attempt_id: int) -> tuple[Message, Attempt]:
    """Give an attempt and its message, which nobody else touches until the commit."""
    message_id = session.scalars(
        sa.select(Attempt.message_id).where(Attempt.id == attempt_id)
    ).one()
    message = session.get_one(Message, message_id, with_for_update=True, populate_existing=True)
    return message, session.get_one(Attempt, attempt_id, populate_existing=True)


def note_began(session: Session, attempt_id: int) -> None:
    """Write down that the letter itself leaves now: from here on the outcome may be unknown.

    Raises Overtaken when the message is no longer this worker's to send.
    """
    message, attempt = _in_hand(session, attempt_id)
    if attempt.ended_at is not None or message.sent_at or message.given_up_at:
        raise Overtaken
    message.began_at = clock.now()
    session.flush()


def pause_after(attempts: int) -> timedelta:
    """Give how long to wait before the next attempt: 1, 2, 4 … minutes, and up to a tenth more.

    The tenth is random, so that what failed together does not come back together.
    """
    return timedelta(minutes=2 ** min(attempts - 1, 8) * random.uniform(1, 1.1))  # noqa: S311


def note_sent(
    session: Session, attempt_id: int, outcome: Outcome = Outcome.SENT, answer: str = ""
) -> None:
    """Write down that a message is sent, also when another worker has it in hand by now."""
    message, attempt = _in_hand(session, attempt_id)
    message.sent_at = message.sent_at or clock.now()
    message.last_error = message.began_at = message.given_up_at = None
    _end(attempt, outcome, answer)
    session.flush()
    if message.attempts > 1:
        _break_off(session, [message.id])


def note_failed(session: Session, attempt_id: int, outcome: Outcome, answer: str) -> None:
    """Write down why a message was not sent, and give up when there is no use in trying.

    After a letter that was never answered it is tried once more and no more.
    """
    message, attempt = _in_hand(session, attempt_id)
    is_overtaken = attempt.ended_at is not None
    _end(attempt, outcome, answer)
    if not is_overtaken:
        is_silence = outcome == Outcome.UNANSWERED
        message.last_error = SILENCE if is_silence else answer[:MOST_KEPT]
        if not is_silence:
            message.began_at = None
        message.not_before = clock.now() + pause_after(message.attempts)
        if (
            outcome == Outcome.NEVER
            or (is_silence and message.uncertain_at is not None)
            or message.attempts >= MAX_ATTEMPTS
        ):
            message.given_up_at = clock.now()
    session.flush()


def _end(attempt: Attempt, outcome: Outcome, answer: str) -> None:
    attempt.ended_at, attempt.outcome = clock.now(), outcome
    attempt.answer = answer[:MOST_KEPT] or None


def send_again(session: Session, message: Message, *, to: str) -> None:
    """Let a message leave once more, with the same number, because a person asks for it."""
    message.to_address = to
    message.given_up_at = message.began_at = message.uncertain_at = message.last_error = None
    message.sent_at = None
    message.attempts, message.not_before = 0, clock.now()
    session.flush()


def readdress(session: Session, messages: Sequence[Message], to: str) -> None:
    """Let what has not left yet go to another address."""
    for message in messages:
        message.to_address = to
    session.flush()


def hold_back(session: Session, messages: Sequence[Message], reason: str) -> None:
    """Give up what has not left yet, because it shall not."""
    for message in messages:
        message.given_up_at, message.last_error = clock.now(), reason
    _break_off(session, [message.id for message in messages])
    session.flush()
