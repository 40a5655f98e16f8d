"""The worker: sends the mail and does what is due, beside the web processes.

Huey keeps the queue (a file beside the database, or Redis when it is set). What is scheduled
is claimed in the database, so that of several workers one does it.
"""

import logging
import smtplib
import ssl
import sys
from datetime import datetime, timedelta
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from typing import Any

from huey import RedisHuey, SqliteHuey, crontab
from huey.api import Huey
from huey.consumer import Consumer
from sqlalchemy.exc import DBAPIError

from config import BadSetting, Settings, load
from incubator.core import clock
from incubator.core.db import db, reading, unit_of_work
from incubator.followups import tasks as followups
from incubator.followups.rules import digest_due_at
from incubator.mail import operations as mail
from incubator.mail.models import Message
from incubator.upkeep import operations as upkeep
from incubator.upkeep.queries import WORKER

log = logging.getLogger("incubator.worker")
DIGEST = "digest"
KEPT_RUNS = timedelta(days=60)
TIME_LIMIT = 30  # seconds for each step of a conversation with the mail server
REFUSED_FOR_GOOD = 500


def make_queue(settings: Settings) -> Huey:
    """Make the queue of this installation."""
    if settings.redis_url:
        return RedisHuey("ideloypa", url=settings.redis_url)
    return SqliteHuey("ideloypa", filename=str(settings.instance / "queue.db"), fsync=False)


def send_waiting_mail(settings: Settings) -> int:
    """Send what waits in the outbox, one unit of work for each message; give their number.

    It shows a sign of life between them, and ends early when the mail server is out of reach.
    """
    sent = 0
    while True:
        with unit_of_work() as session:
            upkeep.beat(session, WORKER)
            message = mail.claim_next(session)
            if message is None:
                return sent
            session.expunge(message)
        failure = _send(settings, message)
        if failure == Failure.NO_SERVER:
            return sent
        sent += failure is None


class Failure(StrEnum):
    """Why a message was not sent, and with that whether to try again."""

    NEVER = "never"  # the server will have none of this message, or it is none
    LATER = "later"
    NO_SERVER = "no_server"  # nor will it take the next one


def _send(settings: Settings, message: Message) -> Failure | None:
    try:
        deliver(settings, as_email(settings, message), f"{message.id:08}")
    except (OSError, ValueError) as error:  # smtplib's own are OSErrors
        failure = why(error)
        log.warning("message %s was not sent (%s): %s", message.id, failure, error)
        with unit_of_work() as session:
            mail.note_failed(session, message.id, str(error), is_final=failure == Failure.NEVER)
        return failure
    with unit_of_work() as session:
        mail.note_sent(session, message.id, clock.now())
    return None


def why(error: Exception) -> Failure:
    """Say what a failure means. A wrong password of ours, say, is no fault of the message."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
        return Failure.NEVER if min(codes, default=0) >= REFUSED_FOR_GOOD else Failure.LATER
    if isinstance(error, (smtplib.SMTPDataError, smtplib.SMTPSenderRefused)):
        return Failure.NEVER if error.smtp_code >= REFUSED_FOR_GOOD else Failure.LATER
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Failure.LATER
    return Failure.NO_SERVER if isinstance(error, OSError) else Failure.NEVER


def as_email(settings: Settings, message: Message) -> EmailMessage:
    """Write a message of the outbox as an e-mail."""
    email = EmailMessage()
    email["From"] = settings.mail_sender
    email["To"] = message.to_address
    email["Subject"] = message.subject
    email["Message-ID"] = message.message_id
    email["Date"] = message.queued_at
    email["Auto-Submitted"] = "auto-generated"
    if message.unsubscribe_url:
        email["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        email["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    email.set_content(message.text_body)
    if message.html_body:
        email.add_alternative(message.html_body, subtype="html")
    return email


def deliver(settings: Settings, email: EmailMessage, name: str) -> None:
    """Hand an e-mail to the mail server, or write it to a file where none is set."""
    if settings.mail_server is None:
        folder = settings.instance / "outbox"
        folder.mkdir(mode=0o700, exist_ok=True)
        Path(folder / f"{name}.eml").write_bytes(bytes(email))
        return
    with _connect(settings, settings.mail_server) as server:
        if settings.mail_username:
            server.login(settings.mail_username, settings.mail_password or "")
        server.send_message(email)


def _connect(settings: Settings, host: str) -> smtplib.SMTP:
    """Connect with a certificate that is checked: a bad one is an error."""
    secure = ssl.create_default_context()
    if settings.mail_security == "tls":
        return smtplib.SMTP_SSL(host, settings.mail_port, timeout=TIME_LIMIT, context=secure)
    server = smtplib.SMTP(host, settings.mail_port, timeout=TIME_LIMIT)
    if settings.mail_security == "starttls":
        try:
            server.starttls(context=secure)
        except OSError:
            server.close()
            raise
    return server


def queue_digests(settings: Settings) -> int:
    """Queue the daily mails that are due, one unit of work for each person; give their number.

    Whoever was served is known by a claim in the same transaction: after a crash the rest get
    theirs, and nobody gets two. When all are served that is claimed too, and not looked at again.
    """
    due_at = digest_due_at(clock.now())
    if due_at is None:
        return 0
    with reading() as session:
        if upkeep.is_claimed(session, DIGEST, due_at):
            return 0
        people = followups.digest_recipients(session)
    queued = [_queue_digest(settings, user_id, due_at) for user_id in people]
    if None not in queued:
        with unit_of_work() as session:
            upkeep.claim(session, DIGEST, due_at)
            upkeep.forget_runs_before(session, due_at - KEPT_RUNS)
    return sum(filter(None, queued))


def _queue_digest(settings: Settings, user_id: int, due_at: datetime) -> int | None:
    """Queue one person's daily mail; None when that failed and is to be tried again."""
    task = f"{DIGEST}:{user_id}"
    place = followups.Place(settings.home_url, settings.secret_key)
    try:
        with unit_of_work() as session:
            last = upkeep.last_claim(session, task, before=due_at)
            now = clock.now()
            if not upkeep.claim(session, task, due_at, at=now):
                return 0
            return int(followups.queue_digest(session, user_id, now, last, place) is not None)
    except Exception:  # what is wrong with one must not keep it from the others
        log.exception("the daily mail of person %s could not be written", user_id)
        return None


def tick(settings: Settings) -> None:
    """Show a sign of life and do what is due."""
    queue_digests(settings)
    send_waiting_mail(settings)


# What the worker does by the clock: name, when, what.
TASKS: tuple[tuple[str, Any, Any], ...] = (("tick", crontab(), tick),)


def make_consumer(settings: Settings) -> Consumer:
    """Set up the queue with its tasks, ready to run."""
    queue = make_queue(settings)
    for name, when, what in TASKS:
        queue.periodic_task(when, name=name)(lambda do=what: do(settings))
    consumer: Consumer = queue.create_consumer(workers=1, periodic=True, check_worker_health=True)
    return consumer


def load_or_exit() -> Settings:
    """Read the settings from the environment, or exit with the one that is wrong."""
    try:
        return load()
    except BadSetting as no:
        sys.exit(f"Idéløypa: {no}")


def run(settings: Settings | None = None) -> None:
    """Run the worker until it is told to stop. Exits with one sentence when it cannot begin."""
    settings = settings or load_or_exit()
    db.connect(settings.database_url)
    try:
        tick(settings)
    except DBAPIError as error:
        reason = (str(error.orig).strip().splitlines() or ["no reason given"])[0]
        sys.exit(f"Idéløypa: the worker cannot use the database: {reason}")
    make_consumer(settings).run()


if __name__ == "__main__":
    run()
