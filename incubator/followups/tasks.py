"""What the worker does for follow-ups: the daily mail."""

from datetime import datetime

from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.accounts.queries import actor_of_session
from incubator.core.access import Actor, Permission
from incubator.core.clock import OSLO
from incubator.core.links import Kind, Place, stop_token
from incubator.followups import queries, rules
from incubator.mail import letters, operations as mail
from incubator.mail.models import Message
from incubator.reference.queries import lock_region


def digest_recipients(session: Session) -> list[int]:
    """List those to whom a daily mail may go."""
    return queries.list_recipients(session)


def queue_digest(
    session: Session, user_id: int, now: datetime, last: datetime | None, place: Place
) -> Message | None:
    """Put a person's daily mail in the outbox; None when there is nothing to tell.

    It tells of what was recorded after `last`, the instant of the mail before, up to `now`.
    """
    user = session.get_one(User, user_id)
    person = actor_of_session(session, user.fs_uniquifier)
    if person is None or not user.wants_digest or not person.may(Permission.FOLLOWUP_EDIT):
        return None
    # What was begun before `now` is finished when this goes on: nothing falls between two mails.
    for region_id in sorted(person.region_names):
        lock_region(session, region_id)
    due_at = rules.digest_due_at(now) or now
    letter = _letter(session, person, rules.tells_since(due_at, last), now, place)
    if letter is None:
        return None
    stop = stop_address(place, user_id)
    return mail.queue(
        session, to=person.email, subject=letter.subject, text=letter.text, html=letter.html,
        unsubscribe_url=stop,
    )  # fmt: skip


def stop_address(place: Place, user_id: int) -> str:
    """Give the address at which a person turns the daily mail off."""
    return f"{place.site}/dagsbrev/{stop_token(place.secret, Kind.DAILY_MAIL, user_id)}"


def _letter(
    session: Session, person: Actor, since: datetime, now: datetime, place: Place
) -> letters.Letter | None:
    today = now.astimezone(OSLO).date()
    due, counts = queries.due_for(session, person, today)
    happened, number = queries.happened_to_cards(session, person, since, now)
    if not due and not happened:
        return None
    assert person.id is not None
    return letters.write(
        "digest",
        person.locale,
        reader=person.name,
        overdue=[one for one in due if one.due_on < today],
        overdue_count=counts.get(False, 0),
        due_today=[one for one in due if one.due_on == today],
        today_count=counts.get(True, 0),
        happened=happened,
        happened_count=number,
        today=today,
        site=place.site,
        stop_url=stop_address(place, person.id),
    )
