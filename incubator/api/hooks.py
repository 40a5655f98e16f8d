"""Make, end and fill webhooks: an address is told of changes by their numbers, never their text."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.accounts.queries import actor_of_session
from incubator.api.models import Webhook, WebhookMessage, WebhookRegion
from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import NotFound, RuleBroken
from incubator.reference.numbers import WEBHOOK_DAYS, value
from incubator.reference.queries import lock_region

PREFIX = "whsec_"  # as Standard Webhooks writes a secret
LONGEST = 500
MOST = 20  # of one person
BATCH = 200
LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 12  # with their pauses some three days
MOST_KEPT = 200


def make_webhook(session: Session, actor: Actor, *, url: str) -> str:
    """Tell an address of what changes from now on in one's regions; give its secret, this once.

    Raises NotAllowed for all but managers and administrators, RuleBroken for an address that is
    not https.
    """
    must(actor, Permission.GOAL_EDIT)
    assert actor.id is not None, "a webhook is a person's"
    address = url.strip()
    if not is_https(address):
        raise RuleBroken("webhook_not_https", fields=["url"])
    if len(standing(session, actor)) >= MOST:
        raise RuleBroken("too_many_webhooks", most=MOST)
    secret = PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    hook = Webhook(user_id=actor.id, url=address, secret=secret, made_at=clock.now())
    session.add(hook)
    flush(session)
    for region_id in sorted(actor.region_names):
        lock_region(session, region_id)
        last = session.scalar(
            sa.select(sa.func.max(Change.id)).where(Change.region_id == region_id)
        )
        session.add(
            WebhookRegion(webhook_id=hook.id, region_id=region_id, seen_change_id=last or 0)
        )
    audit.record(session, actor, "webhook.made", kind="webhook", subject_id=hook.id)
    flush(session)
    return secret


def is_https(url: str) -> bool:
    """Say whether an address is one of the web that is read by nobody between."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_clean = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST
    has_nobody = parts.username is None and parts.password is None
    return (
        is_clean and parts.scheme == "https" and bool(parts.hostname) and has_nobody and port != 0
    )


def end_webhook(session: Session, actor: Actor, hook_id: int) -> None:
    """Tell an address of nothing any more. Raises NotFound for what is not one's own."""
    must(actor, Permission.GOAL_EDIT)
    hook = session.get(Webhook, hook_id, with_for_update=True, populate_existing=True)
    if hook is None or hook.user_id != actor.id:
        raise NotFound("no_such_webhook")
    if hook.ended_at is None:
        hook.ended_at = clock.now()
        audit.record(session, actor, "webhook.ended", kind="webhook", subject_id=hook.id)
    flush(session)


def standing(session: Session, actor: Actor) -> Sequence[Webhook]:
    """List a person's webhooks that are not ended."""
    return session.scalars(
        sa.select(Webhook)
        .where(Webhook.user_id == actor.id, Webhook.ended_at.is_(None))
        .order_by(Webhook.id.desc())
    ).all()


class State(NamedTuple):
    """How many messages of a webhook were taken, wait, and were given up; the last answer."""

    sent: int
    waiting: int
    given_up: int
    answer: str | None


def states_of(session: Session, hook_ids: Sequence[int]) -> dict[int, State]:
    """Say how it goes with webhooks, in two queries."""
    message = WebhookMessage
    rows = session.execute(
        sa.select(
            message.webhook_id, sa.func.count(message.sent_at),
            sa.func.count(message.given_up_at), sa.func.count(message.id),
            sa.func.max(sa.case((message.attempts > 0, message.id))),
        )
        .where(message.webhook_id.in_(hook_ids))
        .group_by(message.webhook_id)
    ).all()  # fmt: skip
    latest = sa.select(message.id, message.answer).where(message.id.in_([row[4] for row in rows]))
    answers = {row[0]: row[1] for row in session.execute(latest)}
    return {
        hook_id: State(sent, number - sent - given_up, given_up, answers.get(last))
        for hook_id, sent, given_up, number, last in rows
    }


def fill(session: Session, hook_id: int) -> int:
    """Put what changed since last in the outbox of a webhook; give how much it was.

    The numbers of a region's changes rise in the order of their commits, so that none is missed.
    Of a region where its maker works no more, or of anything when they may no more, it tells
    nothing.
    """
    hook = session.get(Webhook, hook_id, with_for_update=True, populate_existing=True)
    if hook is None or hook.ended_at is not None:
        return 0
    uniquifier = session.scalar(
        sa.select(User.fs_uniquifier).where(User.id == hook.user_id, User.active)
    )
    maker = actor_of_session(session, uniquifier) if uniquifier else None
    if maker is None or not maker.may(Permission.GOAL_EDIT):
        return 0
    places = session.scalars(
        sa.select(WebhookRegion).where(
            WebhookRegion.webhook_id == hook.id, maker.in_regions(WebhookRegion.region_id)
        )
    ).all()
    found = sum(_fill_of(session, hook, place) for place in places)
    flush(session)
    return found


def _fill_of(session: Session, hook: Webhook, place: WebhookRegion) -> int:
    new = session.scalars(
        sa.select(Change.id)
        .where(Change.region_id == place.region_id, Change.id > place.seen_change_id)
        .order_by(Change.id)
        .limit(BATCH)
    ).all()
    now = clock.now()
    session.add_all(
        WebhookMessage(webhook_id=hook.id, change_id=number, not_before=now, attempts=0)
        for number in new
    )
    if new:
        place.seen_change_id = new[-1]
    return len(new)


@dataclass(frozen=True)
class Claim:
    """A message that one worker has in hand."""

    id: int
    url: str
    secret: str
    verb: str
    kind: str
    subject_id: int | None
    region_id: int | None
    change_id: int
    recorded_at: datetime


def hooks_to_fill(session: Session) -> list[int]:
    """List the webhooks that are told of changes."""
    return list(session.scalars(sa.select(Webhook.id).where(Webhook.ended_at.is_(None))))


def claim_next(session: Session) -> Claim | None:
    """Give the next message to send, put off for others meanwhile; None when none is due."""
    now, message = clock.now(), WebhookMessage
    row = session.execute(
        sa.select(message, Webhook, Change)
        .join(Webhook, Webhook.id == message.webhook_id)
        .join(Change, Change.id == message.change_id)
        .where(
            message.sent_at.is_(None), message.given_up_at.is_(None), message.not_before <= now,
            Webhook.ended_at.is_(None),
        )
        .order_by(message.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=message)
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    waiting, hook, change = row
    waiting.attempts += 1
    waiting.not_before = now + LEASE
    flush(session)
    return Claim(
        waiting.id, hook.url, hook.secret, change.verb, change.subject_kind, change.subject_id,
        change.region_id, change.id, change.recorded_at,
    )  # fmt: skip


def note_outcome(session: Session, message_id: int, *, is_taken: bool, answer: str) -> None:
    """Write down how an attempt ended: taken, tried again after a growing pause, or given up."""
    message = session.get_one(
        WebhookMessage, message_id, with_for_update=True, populate_existing=True
    )
    now = clock.now()
    message.answer = answer[:MOST_KEPT]
    if is_taken:
        message.sent_at = message.sent_at or now
    elif message.attempts >= MAX_ATTEMPTS:
        message.given_up_at = now
    else:
        message.not_before = now + timedelta(minutes=2 ** (message.attempts - 1))
    flush(session)
    if not is_taken:
        _put_off(session, message.webhook_id, now + timedelta(minutes=1))


def _put_off(session: Session, hook_id: int, until: datetime) -> None:
    """Let the others of an address that does not answer wait, so that it keeps nobody waiting."""
    session.execute(
        sa.update(WebhookMessage)
        .where(
            WebhookMessage.webhook_id == hook_id, WebhookMessage.sent_at.is_(None),
            WebhookMessage.given_up_at.is_(None), WebhookMessage.not_before < until,
        )
        .values(not_before=until)
    )  # fmt: skip


def forget_old(session: Session) -> None:
    """Forget the messages that were taken, or given up, long ago."""
    before = clock.now() - timedelta(days=value(session, WEBHOOK_DAYS))
    done = sa.func.coalesce(WebhookMessage.sent_at, WebhookMessage.given_up_at)
    session.execute(sa.delete(WebhookMessage).where(done < before))
