"""What is past its time is deleted at night, once, and the log says how much it was."""

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from incubator import worker
from incubator.accounts.models import SignIn, SignInAttempt
from incubator.core import clock as clock_module
from incubator.core.access import Via, command_line
from incubator.mail import operations as mail
from incubator.mail.attachments import Kept, enclose, keep
from incubator.mail.models import Attachment, Attempt, File, Message
from incubator.reference import numbers
from incubator.reference.models import Setting
from incubator.summaries import operations as summaries, queries
from incubator.summaries.models import Delivery
from incubator.upkeep import forgetting
from tests import make

ME = command_line(Via.WORKER)


def letter(session, to, sent_at, content=b""):
    made = mail.queue(session, to=to, subject="Hei", text="Hei")
    made.sent_at = sent_at
    if content:
        enclose(session, made.id, [Kept(keep(session, content, "text/plain"), "a.txt")])
    session.add(Attempt(message_id=made.id, began_at=made.queued_at))
    session.flush()
    return made


def left(session, column):
    return set(session.scalars(sa.select(column)))


def test_letters_and_sign_ins_go_when_their_time_is_over(session, clock):
    now = clock_module.now()
    session.add(Setting(key=numbers.MAIL_MONTHS.key, value="2"))
    letter(session, "gammel@example.no", now - timedelta(days=70), b"alene")
    shared = letter(session, "delt@example.no", now - timedelta(days=70), b"delt")
    letter(session, "ny@example.no", now - timedelta(days=50), b"delt")
    letter(session, "venter@example.no", None)
    report = reported(session, now - timedelta(days=800))
    person = make.user(session)
    for days in (100, 80):
        session.add(
            SignIn(user_id=person.id, key_hash=f"{days}", began_at=now - timedelta(days=days + 7),
                   expires_at=now - timedelta(days=days), ended_at=None, browser="")
        )  # fmt: skip
    session.add(SignInAttempt(email_key="a", failed=1, last_failed_at=now - timedelta(days=2)))
    session.add(SignInAttempt(email_key="b", failed=1, last_failed_at=now))
    session.flush()
    change = forgetting.forget_old(session, ME, now)
    assert change is not None
    assert change.note == "messages: 2, sign_ins: 1, sign_in_attempts: 1"
    assert left(session, Message.to_address) == {"ny@example.no", "venter@example.no", report}
    assert shared.id not in left(session, Attachment.message_id) | left(session, Attempt.message_id)
    assert left(session, File.content) == {b"delt"}
    assert left(session, SignIn.key_hash) == {"80"}
    assert left(session, SignInAttempt.email_key) == {"b"}
    assert forgetting.forget_old(session, ME, now) is None  # and leaves no change


def reported(session, sent_at):
    """Give the address of a letter with a report to a partner."""
    partner = summaries.make_partner(
        session, ME, organisation_id=make.organisation(session).id,
        region_id=make.region(session).id,
    )  # fmt: skip
    to = "partner@example.no"
    reader = summaries.add_recipient(session, ME, partner, name="Kari", email=to, locale="nb")
    [about] = queries.agreements(session, partner_id=partner.id)
    report = summaries.build_one(session, ME, date(2026, 4, 1), about)
    made = letter(session, to, sent_at)
    session.add(Delivery(summary_id=report.id, recipient_id=reader.id, message_id=made.id))
    session.flush()
    return to


def test_the_worker_does_it_once_a_night(session, clock, monkeypatch):
    done = []
    monkeypatch.setattr(forgetting, "forget_old", lambda *_about: done.append(clock_module.now()))
    for moment in ((0, 30), (1, 30), (2, 30), (22, 30)):  # 01:00 UTC is three in Norway
        clock.set(datetime(2026, 5, 12, *moment, tzinfo=UTC))
        worker.forget_old()
    assert [one.hour for one in done] == [1]
    clock.set(datetime(2026, 5, 13, 1, 30, tzinfo=UTC))
    worker.forget_old()
    assert len(done) == 2
