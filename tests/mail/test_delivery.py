"""Mail against a real server in another process: with TLS, a password, and everything that fails.

Each test has a recipient of its own, for whom the server has a script (see `server.py`).
"""

import smtplib
import time
from contextlib import ExitStack
from datetime import timedelta

import pytest
import sqlalchemy as sa

import config
from incubator import worker
from incubator.core.clock import now
from incubator.mail import delivery, operations as mail
from incubator.mail.models import Attempt, Outcome
from tests.mail.certificates import Certificates
from tests.mail.server import RealServer

CONNECT = smtplib.SMTP.connect  # before the guard of the tests takes its place
FAULTS = {
    "refused@example.no": ["rcpt 550 5.1.1 no such user"],
    "spam@example.no": ["letter 554 5.7.1 looks like spam"],
    "later@example.no": ["rcpt 451 4.7.1 greylisted", "letter 451 4.3.0 try later"],
    "dropped@example.no": ["drop"],
    "lost@example.no": ["lose"],
    "dead@example.no": ["drop", "drop", "drop"],
    "slow@example.no": ["slow rcpt 0.6"],
    "mute@example.no": ["slow letter 0.6"],
    "dragging@example.no": ["slow rcpt 2"],
}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def server(tmp_path_factory, certificates):
    folder = tmp_path_factory.mktemp("server")
    with RealServer(folder, certificates.good, "starttls", FAULTS) as server:
        yield server


@pytest.fixture(autouse=True)
def trusted(monkeypatch, certificates):
    """Let this machine trust the authority of the test, and let these tests mail to themselves."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    monkeypatch.setattr(smtplib.SMTP, "connect", CONNECT)


@pytest.fixture
def send(server, tmp_path, session, clock):
    """Send what waits; with `later` when the next attempt is due."""

    def send(message=None, *, to=None, **over):
        if message is not None:
            clock.set(message.not_before)
        settings = config.load({"INSTANCE": str(tmp_path), **(to or server).settings(**over)})
        sent = worker.send_waiting_mail(settings)
        session.expire_all()
        return sent

    return send


def queue(session, to):
    return mail.queue(session, to=to, subject="Rapport for oktober", text="Hei, Øystein")


def log_of(session, message):
    rows = session.scalars(
        sa.select(Attempt).where(Attempt.message_id == message.id).order_by(Attempt.id)
    )
    return [(one.outcome, one.answer) for one in rows]


def test_it_is_encrypted_signed_in_and_says_where_it_comes_back_to(session, send, server):
    message = queue(session, "kari@example.no")
    assert send(MAIL_BOUNCE_TO="retur@example.no") == 1
    [kept] = [one for one in server.kept if one["to"] == ["kari@example.no"]]
    assert kept["from"] == "retur@example.no"
    [letter] = server.letters("kari@example.no")
    assert (letter["Message-ID"], letter["Auto-Submitted"]) == (
        message.message_id, "auto-generated"
    )  # fmt: skip
    assert letter["From"] != "retur@example.no"
    assert log_of(session, message) == [(Outcome.SENT, "250 2.0.0 taken")]
    assert send() == 0
    assert len(server.letters("kari@example.no")) == 1


@pytest.mark.parametrize(
    "to, answer",
    [
        ("refused@example.no", "550 5.1.1 no such user"),
        ("spam@example.no", "554 5.7.1 looks like spam"),
    ],
)
def test_what_is_refused_is_given_up_with_the_reason_and_the_next_leaves(session, send, to, answer):
    message, other = queue(session, to), queue(session, f"after-{to}")
    assert send() == 1
    assert (message.given_up_at is not None, message.last_error) == (True, answer)
    assert log_of(session, message) == [(Outcome.NEVER, answer)]
    assert other.sent_at is not None


def test_what_is_to_come_later_comes_later_and_later(session, send, server):
    message = queue(session, "later@example.no")
    begun = now()
    assert send() == 0
    first = message.not_before - begun
    assert send() == 0  # not before its time
    begun = message.not_before
    assert send(message) == 0
    second = message.not_before - begun
    assert timedelta(minutes=1) <= first <= timedelta(minutes=1.1)
    assert timedelta(minutes=2) <= second <= timedelta(minutes=2.2)
    assert first.microseconds or first.seconds % 60  # no two machines come back together
    assert send(message) == 1
    assert log_of(session, message) == [
        (Outcome.LATER, "451 4.7.1 greylisted"),
        (Outcome.LATER, "451 4.3.0 try later"),
        (Outcome.SENT, "250 2.0.0 taken"),
    ]
    assert len(server.letters("later@example.no")) == 1
    assert message.uncertain_at is None


@pytest.mark.parametrize("to, arrived", [("dropped@example.no", 2), ("lost@example.no", 1)])
def test_a_line_that_dies_after_the_letter_is_followed_by_one_copy(
    session, send, server, to, arrived
):
    message = queue(session, to)
    assert send() == 0
    assert (message.sent_at, message.given_up_at, message.uncertain_at) == (None, None, None)
    assert send(message) == 1
    assert message.uncertain_at is not None
    assert [outcome for outcome, _answer in log_of(session, message)] == [
        Outcome.UNANSWERED, Outcome.SENT
    ]  # fmt: skip
    numbers = [letter["Message-ID"] for letter in server.letters(to)]
    assert numbers == [message.message_id] * arrived


def test_two_silences_are_the_end_of_it_until_a_person_says_so(session, send, server):
    message = queue(session, "dead@example.no")
    assert send() == 0
    assert send(message) == 0
    assert (message.given_up_at is not None, message.last_error) == (True, mail.SILENCE)
    assert send(message) == 0
    assert len(server.letters("dead@example.no")) == 2
    mail.send_again(session, message, to=message.to_address)
    session.flush()
    assert send() == 0  # the script has one more
    assert send(message) == 1
    assert len(server.letters("dead@example.no")) == 4
    assert len(log_of(session, message)) == 4


def test_a_slow_server_is_not_waited_for(session, send, server, monkeypatch):
    monkeypatch.setattr(delivery, "TIME_LIMIT", 0.3)
    slow, mute = queue(session, "slow@example.no"), queue(session, "mute@example.no")
    assert send() == 0
    assert [outcome for outcome, _answer in log_of(session, slow)] == [Outcome.NO_SERVER]
    assert "timed out" in slow.last_error
    slow.not_before = now() + timedelta(hours=1)
    session.flush()
    assert send() == 0
    assert [outcome for outcome, _answer in log_of(session, mute)] == [Outcome.UNANSWERED]
    assert send(mute) == 1
    assert mute.uncertain_at is not None
    assert len(server.letters("mute@example.no")) == 2
    assert send(slow) == 1


def test_a_conversation_has_an_end_however_the_server_drags_it_out(session, send, monkeypatch):
    monkeypatch.setattr(delivery, "WHOLE_LIMIT", 0.3)
    message = queue(session, "dragging@example.no")
    begun = time.monotonic()
    assert send() == 0
    assert time.monotonic() - begun < 1.5
    assert message.began_at is None
    assert [outcome for outcome, _answer in log_of(session, message)] == [Outcome.NO_SERVER]


def test_a_wrong_password_is_our_fault_and_stops_no_message_for_good(session, send, server):
    first, second = queue(session, "pass1@example.no"), queue(session, "pass2@example.no")
    assert send(MAIL_PASSWORD="feil") == 0
    assert log_of(session, first)[0][0] == Outcome.NO_SERVER
    assert "535" in first.last_error
    assert (first.given_up_at, second.attempts) == (None, 0)
    assert send(first) == 2
    assert len(server.letters("pass1@example.no")) == 1


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_certificate_is_looked_at(session, send, certificates, tmp_path, tls):
    message = queue(session, f"{tls}@example.no")
    with ExitStack() as stack:
        for wrong in (certificates.of_another_host, certificates.of_nobody):
            bad = stack.enter_context(RealServer(tmp_path, wrong, tls))
            assert send(message, to=bad) == 0
            assert "certificate verify failed" in message.last_error
        assert bad.kept == []
        good = stack.enter_context(RealServer(tmp_path, certificates.good, tls))
        assert send(message, to=good) == 1
        assert len(good.letters(f"{tls}@example.no")) == 1
    assert message.uncertain_at is None


def test_a_server_that_was_restarted_gets_the_rest(session, send, certificates, tmp_path):
    first, second = queue(session, "one@example.no"), queue(session, "two@example.no")
    with RealServer(tmp_path, certificates.good, "tls") as server:
        server.stop()
        assert send(to=server) == 0
        assert log_of(session, first)[0][0] == Outcome.NO_SERVER
        assert second.attempts == 0
        server.start()
        assert send(first, to=server) == 2
    assert second.sent_at is not None


def test_whoever_was_overtaken_sends_nothing(session, send, clock, server):
    message = queue(session, "overtaken@example.no")
    slow = mail.claim_next(session)
    clock.set(now() + mail.LEASE)
    assert send() == 1
    with pytest.raises(mail.Overtaken):
        mail.note_began(session, slow.attempt_id)
    mail.note_failed(session, slow.attempt_id, Outcome.NO_SERVER, "timed out")
    assert (message.sent_at is not None, message.given_up_at) == (True, None)
    assert len(server.letters("overtaken@example.no")) == 1
