"""The worker: sends the mail and does what is due, beside the web processes.

Huey keeps the queue (a file beside the database, or Redis when it is set). What is scheduled
is claimed in the database, so that of several workers one does it.
"""

import logging
import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from huey import RedisHuey, SqliteHuey, crontab
from huey.api import Huey
from huey.consumer import Consumer
from redis import ConnectionPool, Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config import BadSetting, Settings, load
from incubator.api import sending
from incubator.core import clock, formats, log as logs, outages
from incubator.core.access import Via, command_line
from incubator.core.db import db, reading, unit_of_work
from incubator.core.errors import RuleBroken
from incubator.core.links import Place
from incubator.followups import tasks as followups
from incubator.followups.rules import digest_due_at
from incubator.mail import operations as mail
from incubator.mail.attachments import Enclosed, enclosed_with
from incubator.mail.delivery import as_email, deliver, told, why
from incubator.mail.models import Outcome
from incubator.mail.operations import Claim, Overtaken
from incubator.reference import kept
from incubator.summaries import files, tasks as summaries
from incubator.transfer.uploads import operations as uploads, tasks as imports
from incubator.upkeep import forgetting, operations as upkeep
from incubator.upkeep.queries import WORKER

log = logging.getLogger("incubator.worker")
DIGEST = "digest"
SUMMARIES = "summaries"
FORGETTING = "forgetting"
FORGETS_AFTER = timedelta(hours=3)  # of the day in Norway
KEPT_RUNS = timedelta(days=60)
# Whoever waits for work asks again after a while; what does not answer by then is away.
TO_REDIS: dict[str, Any] = {
    "socket_connect_timeout": 5,
    "socket_timeout": 30,
    "health_check_interval": 15,
}
DRAWN_TOGETHER = 50
LOOK_EVERY, LOOK_AGAIN = 1, 5  # seconds, for lists that wait
TIMELY: dict[str, Any] = {"socket_connect_timeout": 5, "socket_timeout": 5}


def make_queue(settings: Settings) -> Huey:
    """Make the queue of this installation."""
    if settings.redis_url:
        pool = ConnectionPool.from_url(settings.redis_url, **TO_REDIS)
        return RedisHuey("ideloypa", connection_pool=pool)
    return SqliteHuey("ideloypa", filename=str(settings.instance / "queue.db"), fsync=False)


def send_waiting_mail(settings: Settings) -> int:
    """Send what waits in the outbox, one unit of work for each message; give their number.

    It shows a sign of life between them, and ends early when the mail server is out of reach or
    as many have left within a minute as the settings allow.
    """
    sent = 0
    while True:
        with unit_of_work() as session:
            upkeep.beat(session, WORKER)
            if _is_enough(session, settings):
                return sent
            claim = mail.claim_next(session)
            if claim is None:
                return sent
            session.expunge(claim.message)
            enclosed = enclosed_with(session, claim.message.id)
            by_page = kept.with_mail(session, settings)
        outcome = _send(by_page, claim, enclosed)
        if outcome == Outcome.NO_SERVER:
            return sent
        sent += outcome in (Outcome.SENT, Outcome.FILED)


def _is_enough(session: Session, settings: Settings) -> bool:
    if settings.mail_per_minute is None:
        return False
    lately = mail.sent_since(session, clock.now() - timedelta(minutes=1))
    return lately >= settings.mail_per_minute


def _send(settings: Settings, claim: Claim, enclosed: Sequence[Enclosed]) -> Outcome:
    message = claim.message

    def before_letter() -> None:
        with unit_of_work() as session:
            mail.note_began(session, claim.attempt_id)

    try:
        email = as_email(settings, message, enclosed)
        outcome, answer = deliver(settings, email, f"{message.id:08}", before_letter)
    except Overtaken:
        return Outcome.BROKEN_OFF
    except (OSError, ValueError) as error:  # smtplib's own are OSErrors
        failure = why(error)
        log.warning("message %s was not sent (%s): %s", message.id, failure, told(error))
        with unit_of_work() as session:
            mail.note_failed(session, claim.attempt_id, failure, told(error))
        return failure
    with unit_of_work() as session:
        mail.note_sent(session, claim.attempt_id, outcome, answer)
    return outcome


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
    place = Place(settings.home_url, settings.secret_key)
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


def do_summaries(settings: Settings) -> int:
    """Build the month's drafts and send those that nobody stopped; give how many were touched.

    One unit of work for each partner, claimed in it: after a crash the rest get theirs.
    """
    return _build_summaries() + _send_summaries(settings)


def _build_summaries() -> int:
    due_at = summaries.month_due(clock.now())
    if due_at is None:
        return 0
    with reading() as session:
        if upkeep.is_claimed(session, SUMMARIES, due_at):
            return 0
        partners = summaries.partners(session)
    built = [_build_summary(partner_id, due_at) for partner_id in partners]
    if None not in built:
        with unit_of_work() as session:
            upkeep.claim(session, SUMMARIES, due_at)
    return sum(filter(None, built))


def _build_summary(partner_id: int, due_at: datetime) -> int | None:
    try:
        with unit_of_work() as session:
            now = clock.now()
            if not upkeep.claim(session, f"{SUMMARIES}:{partner_id}", due_at, at=now):
                return 0
            return int(summaries.build_for(session, partner_id, now) is not None)
    except Exception:  # what is wrong with one must not keep it from the others
        log.exception("the report of partner %s could not be built", partner_id)
        return None


def _send_summaries(settings: Settings) -> int:
    with reading() as session:
        waiting = summaries.due_by_themselves(session, clock.now())
    place = Place(settings.home_url, settings.secret_key)
    return sum(
        _send_some(waiting[first : first + DRAWN_TOGETHER], place)
        for first in range(0, len(waiting), DRAWN_TOGETHER)
    )


def _send_some(summary_ids: Sequence[int], place: Place) -> int:
    """Draw some reports in one process, then approve each in a unit of work of its own."""
    with reading() as session:
        jobs = files.jobs_of(session, summary_ids)
    drawn = files.draw_before(jobs)
    sent = 0
    for summary_id in summary_ids:
        try:
            with unit_of_work() as session:
                summaries.send_by_itself(session, summary_id, place, drawn)
            sent += 1
        except RuleBroken:
            continue  # somebody approved it in this moment, or it cannot be drawn, which is logged
        except Exception:
            log.exception("report %s could not be sent", summary_id)
    return sent


def forget_old() -> None:
    """Delete, once a night, what has been kept for as long as the settings say."""
    now = clock.now()
    due_at = clock.end_of(clock.day_of(now) - timedelta(days=1)) + FORGETS_AFTER
    if now < due_at:
        return
    with reading() as session:
        if upkeep.is_claimed(session, FORGETTING, due_at):
            return
    with unit_of_work() as session:
        if upkeep.claim(session, FORGETTING, due_at):
            forgetting.forget_old(session, command_line(Via.WORKER), now)


def tick(settings: Settings) -> None:
    """Show a sign of life and do what is due."""
    queue_digests(settings)
    do_summaries(settings)
    send_waiting_mail(settings)
    sending.tell_webhooks()
    sending.forget_now_and_then()
    forget_old()
    imports.forget_uploads()


def tick_or_wait(settings: Settings) -> None:
    """Do what is due; where the database is away, say so and leave it to the next minute."""
    try:
        tick(settings)
    except SQLAlchemyError as error:
        if not outages.is_passing(error):
            raise
        log.warning("the database is out of reach: %s", outages.told(error))


def take_up_lists() -> None:
    """Read and import the large lists that are handed in, for ever.

    It goes on beside what is due, so that neither has to wait for the other. It looks for work
    every second: a message in the queue could be lost, and would have to be looked for too.
    """
    with speaking().app_context():
        while True:
            try:
                if not imports.take_up():
                    time.sleep(LOOK_EVERY)
            except Exception as error:
                if outages.is_passing(error):
                    log.warning("the database is out of reach: %s", outages.told(error))
                else:
                    log.exception("a list could not be taken up")
                time.sleep(LOOK_AGAIN)


def speaking() -> Flask:
    """Make what texts are said with in the language of a person, where nobody asks by a browser."""
    app = Flask(__name__)
    formats.init_app(app)
    return app


# What the worker does by the clock: name, when, what.
TASKS: tuple[tuple[str, Any, Any], ...] = (("tick", crontab(), tick_or_wait),)


def make_consumer(settings: Settings) -> Consumer:
    """Set up the queue with its tasks, ready to run."""
    queue = make_queue(settings)
    for name, when, what in TASKS:
        queue.periodic_task(when, name=name)(lambda do=what: do(settings))
    consumer: Consumer = queue.create_consumer(workers=1, periodic=True, check_worker_health=True)
    return consumer


def load_or_exit() -> Settings:
    """Read the settings from the environment, or exit with those that are wrong."""
    try:
        settings = load()
        reach_redis(settings)
    except BadSetting as no:
        sys.exit("\n".join(f"Idéløypa: {line}" for line in str(no).splitlines()))
    logs.set_up(settings)
    return settings


def reach_redis(settings: Settings) -> None:
    """Raise BadSetting where Redis is set and does not answer."""
    if not settings.redis_url:
        return
    try:
        with Redis.from_url(settings.redis_url, **TIMELY) as redis:
            redis.ping()
    except (RedisError, OSError, ValueError) as error:
        reason = str(error).strip() or type(error).__name__
        raise BadSetting(f"REDIS_URL: cannot reach Redis there: {reason}") from error


class _Once(logging.Filter):
    """Tells of a queue that is away in a line, where Huey would print each time where in itself."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, RedisError):
            record.msg, record.args = "Redis is out of reach: %s", (error,)
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = record.exc_text = None
        return True


def run(settings: Settings | None = None) -> None:
    """Run the worker until it is told to stop. Exits with one sentence when it cannot begin."""
    settings = settings or load_or_exit()
    db.connect(settings.database_url)
    for handler in logging.root.handlers:
        handler.addFilter(_Once())
    try:
        tick(settings)
    except SQLAlchemyError as error:
        sys.exit(f"Idéløypa: the worker cannot use the database: {outages.told(error)}")
    with unit_of_work() as session:
        uploads.forget_claims_of_the_only_worker(session)
    threading.Thread(target=take_up_lists, name="lists", daemon=True).start()
    make_consumer(settings).run()


if __name__ == "__main__":
    run()
