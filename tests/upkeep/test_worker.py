"""The worker: signs of life, mail that goes out or is tried again, and a clean end."""

import email
import email.policy
import os
import signal
import smtplib
import sqlite3
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

import config
from incubator import worker
from incubator.core.clock import now
from incubator.core.db import unit_of_work
from incubator.mail import operations as mail
from incubator.mail.models import Message
from incubator.upkeep import operations as upkeep
from incubator.upkeep.models import Heartbeat
from tests import programs
from tests.mail.smtp import MailServer
from tests.thorough import some

ROOT = Path(__file__).parents[2]
CONNECT = smtplib.SMTP.connect  # before the guard of the tests takes its place


@pytest.fixture
def settings(tmp_path):
    return config.load({"INSTANCE": str(tmp_path)})


@pytest.fixture
def to_server(tmp_path, monkeypatch):
    """Give settings that lead to a mail server on this machine, which these tests may call."""
    monkeypatch.setattr(smtplib.SMTP, "connect", CONNECT)

    def settings(server, **over):
        given = {"MAIL_SECURITY": "none", **over}
        port = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(server.port)}
        return config.load({"INSTANCE": str(tmp_path), **port, **given})

    return settings


def queue(session, **over):
    given = {"to": "kari@example.no", "subject": "Møte på Årnes", "text": "Vel møtt, Øystein!"}
    message = mail.queue(session, **{**given, **over})
    session.flush()
    return message


def fresh(session, message):
    session.expire_all()
    return session.get_one(Message, message.id)


def test_a_tick_is_a_sign_of_life(session, settings, clock):
    worker.tick(settings)
    assert session.get_one(Heartbeat, "worker").seen_at == now()
    clock.set(now() + timedelta(minutes=1))
    worker.tick(settings)
    session.expire_all()
    assert session.get_one(Heartbeat, "worker").seen_at == now()


def test_without_a_mail_server_messages_become_files(session, settings, clock):
    message = queue(session, html="<p>Vel møtt, Øystein!</p>")
    other = queue(session, to="ola@example.no")
    assert worker.send_waiting_mail(settings) == 2
    assert worker.send_waiting_mail(settings) == 0
    folder = settings.instance / "outbox"
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{message.id:08}.eml", f"{other.id:08}.eml",
    ]  # fmt: skip
    written = (folder / f"{message.id:08}.eml").read_bytes()
    read = email.message_from_bytes(written, policy=email.policy.default)
    assert read["Subject"] == "Møte på Årnes"
    assert read["To"] == "kari@example.no"
    assert read["From"] == settings.mail_sender
    assert read["Message-ID"] == message.message_id
    assert read["Auto-Submitted"] == "auto-generated"
    assert read.get_body(("plain",)).get_content() == "Vel møtt, Øystein!\n"
    assert "Øystein" in read.get_body(("html",)).get_content()
    assert fresh(session, message).sent_at == now()


def test_a_mail_server_gets_them(session, to_server):
    message = queue(session)
    with MailServer() as server:
        assert worker.send_waiting_mail(to_server(server)) == 1
    [letter] = server.letters
    assert f"Message-ID: {message.message_id}" in letter
    assert "RCPT TO:<KARI@EXAMPLE.NO>" in server.heard
    assert fresh(session, message).sent_at is not None


def test_it_signs_in_where_it_is_asked_to(session, to_server):
    queue(session)
    with MailServer() as server:
        settings = to_server(server, MAIL_USERNAME="kari", MAIL_PASSWORD="hemmelig")
        assert worker.send_waiting_mail(settings) == 1
    assert any(line.startswith("AUTH PLAIN") for line in server.heard)


@pytest.mark.parametrize(
    "answers",
    [
        {"RCPT": "550 no such mailbox"},
        {"MAIL": "552 too large"},
        {"LETTER": "554 looks like spam"},
        {"DATA": "554 no"},
    ],
)
def test_what_is_refused_for_good_is_given_up_and_the_rest_goes_out(session, to_server, answers):
    message = queue(session)
    with MailServer(answers) as server:
        assert worker.send_waiting_mail(to_server(server)) == 0
    given_up = fresh(session, message)
    assert given_up.given_up_at is not None
    assert given_up.attempts == 1
    assert next(iter(answers.values()))[4:] in given_up.last_error


@pytest.mark.parametrize(
    "answers",
    [
        {"RCPT": "450 try later"},
        {"LETTER": "451 try later"},
        {"CONNECT": "554 no service"},
        {"AUTH": "535 wrong password"},
        {"EHLO": "421 closing", "HELO": "421 closing"},
    ],
)
def test_what_may_pass_is_tried_again(session, to_server, clock, answers):
    message = queue(session)
    with MailServer(answers) as server:
        settings = to_server(server, MAIL_USERNAME="kari", MAIL_PASSWORD="hemmelig")
        assert worker.send_waiting_mail(settings) == 0
        waiting = fresh(session, message)
        assert (waiting.given_up_at, waiting.sent_at) == (None, None)
        assert waiting.last_error
        assert timedelta(minutes=1) <= waiting.not_before - now() <= timedelta(minutes=1.1)
        assert waiting.began_at is None
        server.answers.clear()
        assert worker.send_waiting_mail(settings) == 0  # not yet
        clock.set(waiting.not_before)
        assert worker.send_waiting_mail(settings) == 1


def test_what_the_server_took_is_sent_however_it_says_goodbye(session, to_server):
    message = queue(session)
    with MailServer({"QUIT": "500 what?"}) as server:
        assert worker.send_waiting_mail(to_server(server)) == 1
    assert fresh(session, message).sent_at is not None


def test_no_more_leave_within_a_minute_than_the_settings_allow(session, to_server, clock):
    for _ in range(5):
        queue(session)
    with MailServer() as server:
        settings = to_server(server, MAIL_PER_MINUTE="2")
        assert worker.send_waiting_mail(settings) == 2
        assert worker.send_waiting_mail(settings) == 0
        clock.set(now() + timedelta(seconds=61))
        assert worker.send_waiting_mail(settings) == 2


def test_answers_go_where_the_settings_say(session, to_server):
    queue(session)
    with MailServer() as server:
        worker.send_waiting_mail(to_server(server, MAIL_REPLY_TO="post@klosser.example"))
    assert "Reply-To: post@klosser.example" in server.letters[0]


def test_when_the_server_is_out_of_reach_the_rest_waits_for_the_next_time(session, to_server):
    first, second = queue(session), queue(session)
    with MailServer() as server:
        settings = to_server(server)
    assert worker.send_waiting_mail(settings) == 0
    assert fresh(session, first).attempts == 1
    assert fresh(session, second).attempts == 0
    assert session.get(Heartbeat, "worker") is not None


def test_a_server_without_encryption_gets_nothing_where_it_is_asked_for(session, to_server):
    message, following = queue(session), queue(session)
    with MailServer({"EHLO": "250 test"}) as server:
        settings = to_server(server, MAIL_SECURITY="starttls")
        assert worker.send_waiting_mail(settings) == 0
    assert fresh(session, following).attempts == 0
    assert server.letters == []
    assert fresh(session, message).given_up_at is None


@pytest.mark.parametrize(
    "over", [{"subject": "Hei\nBcc: alle@example.no"}, {"to": "kari@example.no\nBcc: a@b.no"}]
)
def test_what_is_no_message_is_given_up_and_stops_nobody(session, settings, over):
    broken, good = queue(session, **over), queue(session)
    assert worker.send_waiting_mail(settings) == 1
    assert fresh(session, broken).given_up_at is not None
    assert fresh(session, good).sent_at is not None


def test_scheduled_work_is_claimed_once(session, clock):
    due = now()
    with unit_of_work() as one:
        assert upkeep.claim(one, "summaries", due)
    with unit_of_work() as other:
        assert not upkeep.claim(other, "summaries", due)
        assert upkeep.claim(other, "summaries", due + timedelta(days=1))
        assert upkeep.claim(other, "backup", due)


# a whole process


def environment(folder):
    return {"PATH": os.environ["PATH"], "INSTANCE": str(folder), "PYTHONUNBUFFERED": "1"}


def start(folder):
    command = [sys.executable, "-W", "error", "-m", "incubator.worker"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment(folder), stderr=subprocess.PIPE, text=True
    )


@pytest.fixture
def migrated(tmp_path):
    programs.flask("db", "upgrade", env=environment(tmp_path)).check_returncode()
    return tmp_path


def has_beaten(folder):
    connection = sqlite3.connect(folder / "ideloypa.db")
    try:
        return connection.execute("SELECT count(*) FROM heartbeats").fetchone()[0] == 1
    finally:
        connection.close()


@pytest.mark.parametrize("how", some([signal.SIGTERM, signal.SIGINT], 0))
def test_it_ends_cleanly_when_told_to(migrated, how):
    process = start(migrated)
    deadline = time.monotonic() + 30
    while not has_beaten(migrated) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.5)
    process.send_signal(how)
    _out, said = process.communicate(timeout=15)
    assert process.returncode == 0
    assert "Traceback" not in said


def test_without_a_database_it_says_so_in_one_sentence(tmp_path):
    _out, said = start(tmp_path).communicate(timeout=30)
    assert said.startswith("Idéløypa: the worker cannot use the database")
    assert len(said.splitlines()) == 1


def test_it_loads_little():
    """The worker reads lists, but needs neither the server nor calendars, nor openpyxl."""
    heavy = ["openpyxl", "granian", "icalendar", "numpy"]
    code = f"import sys, incubator.worker; print([name for name in {heavy} if name in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"
