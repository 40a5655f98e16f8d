"""The outbox: a row in the transaction of its change, claimed by one, tried again with patience."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.core.clock import now
from incubator.mail import operations as mail
from incubator.mail.models import Attempt, Message, Outcome
from incubator.mail.operations import MAX_ATTEMPTS


def queue(session, **over):
    given = {"to": "kari@example.no", "subject": "Hei", "text": "Hei på deg", **over}
    return mail.queue(session, **given)


def claim(session):
    """Take the next message in hand."""
    claimed = mail.claim_next(session)
    return claimed and claimed.message


def fail(session, outcome=Outcome.LATER, answer="450 later"):
    """Take the next message in hand and fail to send it."""
    mail.note_failed(session, mail.claim_next(session).attempt_id, outcome, answer)


def test_a_message_waits_from_the_moment_it_is_queued(session, clock):
    first, second = queue(session), queue(session)
    assert first.message_id != second.message_id
    assert claim(session) is first
    assert first.attempts == 1
    assert claim(session) is second
    assert claim(session) is None


def test_what_is_undone_is_not_mailed(session):
    point = session.begin_nested()
    queue(session)
    point.rollback()
    assert claim(session) is None


def test_a_claim_that_nobody_finished_is_tried_again(session, clock):
    queue(session)
    mail.claim_next(session)
    clock.set(now() + mail.LEASE - timedelta(seconds=1))
    assert claim(session) is None
    clock.set(now() + timedelta(seconds=1))
    again = claim(session)
    assert (again.attempts, again.uncertain_at) == (2, None)


def test_a_letter_that_began_to_leave_is_sent_once_more_and_marked(session, clock):
    message = queue(session)
    for is_again in (False, True):
        claimed = mail.claim_next(session)
        assert claimed.message is message
        assert (message.uncertain_at is not None) == is_again
        mail.note_began(session, claimed.attempt_id)
        clock.set(now() + mail.LEASE)
    assert claim(session) is None
    assert message.given_up_at is not None
    assert "may have arrived" in message.last_error
    mail.send_again(session, message, to=message.to_address)
    assert claim(session) is message


def test_a_silent_one_does_not_stop_the_next(session, clock):
    silent, other = queue(session), queue(session)
    silent.began_at = silent.uncertain_at = now()
    session.flush()
    assert claim(session) is other


def test_who_comes_late_and_was_heard_ends_it_for_the_next_one_too(session, clock):
    message = queue(session)
    late = mail.claim_next(session)
    clock.set(now() + mail.LEASE)
    following = mail.claim_next(session)
    mail.note_sent(session, late.attempt_id, answer="250 taken")
    with pytest.raises(mail.Overtaken):
        mail.note_began(session, following.attempt_id)
    tries = session.scalars(sa.select(Attempt).order_by(Attempt.id)).all()
    assert [one.outcome for one in tries] == [Outcome.SENT, Outcome.BROKEN_OFF]
    assert message.sent_at == now()


def test_the_pauses_grow(session, clock):
    message = queue(session)
    pauses = []
    for _ in range(5):
        begun = now()
        fail(session)
        pauses.append((message.not_before - begun) / timedelta(minutes=1))
        clock.set(message.not_before)
    for pause, least in zip(pauses, (1, 2, 4, 8, 16), strict=True):
        assert least <= pause <= least * 1.1
    assert timedelta(minutes=256) <= mail.pause_after(100) <= timedelta(minutes=282)


def test_it_is_given_up_after_enough_attempts(session, clock):
    message = queue(session)
    for _ in range(MAX_ATTEMPTS):
        assert message.given_up_at is None
        fail(session, Outcome.NO_SERVER, "no answer")
        clock.set(message.not_before)
    assert message.given_up_at is not None
    assert message.last_error == "no answer"
    clock.set(now() + timedelta(days=30))
    assert claim(session) is None


def test_what_is_refused_for_good_is_given_up_at_once(session, clock):
    message = queue(session)
    fail(session, Outcome.NEVER, "x" * 2000)
    assert message.given_up_at == now()
    assert len(message.last_error) == 500


def test_what_is_sent_is_sent_once(session, clock):
    message = queue(session)
    fail(session)
    clock.set(message.not_before)
    mail.note_sent(session, mail.claim_next(session).attempt_id)
    clock.set(now() + timedelta(days=30))
    assert claim(session) is None
    assert message.last_error is None


@pytest.mark.parametrize("minutes, counted", [(0, 0), (1, 1), (61, 3)])
def test_messages_to_one_address_are_counted_from_a_moment(session, clock, minutes, counted):
    begun = now()
    for _ in range(2):
        queue(session)
    queue(session, to="ola@example.no")
    clock.set(now() + timedelta(hours=1))
    queue(session)
    since = begun + timedelta(hours=1) - timedelta(minutes=minutes)
    assert mail.queued_since(session, "kari@example.no", since) == counted
    assert session.scalar(sa.select(sa.func.count(Message.id))) == 4
