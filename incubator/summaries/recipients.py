"""Write what becomes of a recipient: a new address, mail that came back, and what then waits."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import RuleBroken
from incubator.core.facts import void_all
from incubator.mail import operations as mail
from incubator.mail.models import Message
from incubator.reference.queries import lock_region
from incubator.summaries import queries
from incubator.summaries.models import Bounce, Delivery, Partner, Recipient

# Why a mail that waited did not leave; `words.WHY_HELD` says it in other languages.
STOPPED = "The recipient stopped the report."
CAME_BACK = "Mail to this address came back."
REMOVED = "The recipient was removed from the agreement."


def note_bounced(
    session: Session, actor: Actor, recipient: Recipient, *, on: date, reason: str
) -> Bounce | None:
    """Write down that mail to a recipient came back: nothing more leaves until that is mended.

    None where it is written down already. Raises RuleBroken for a day that is still to come.
    """
    partner = _lock(session, actor, recipient)
    if on > clock.today():
        raise RuleBroken("in_the_future", fields=["occurred_on"])
    if queries.bounces(session, [recipient.id]):
        return None
    change = _record(session, actor, partner, "recipient.bounced")
    bounce = Bounce(recipient_id=recipient.id, occurred_on=on, reason=reason.strip() or None)
    audit.stamp(bounce, change)
    session.add(bounce)
    audit.note_values(session, change, "recipient", recipient.id, {
        "bounced_on": (None, on), "reason": (None, bounce.reason),
    })  # fmt: skip
    hold_back(session, recipient, CAME_BACK)
    flush(session)
    return bounce


def note_mended(session: Session, actor: Actor, recipient: Recipient) -> Change | None:
    """Let mail go to a recipient again; None where nothing kept it."""
    partner = _lock(session, actor, recipient)
    standing = queries.bounces(session, [recipient.id]).get(recipient.id)
    if standing is None:
        return None
    change = _record(session, actor, partner, "recipient.mended")
    _void_bounces(session, recipient, change)
    values = {"bounced_on": (standing.occurred_on, None)}
    audit.note_values(session, change, "recipient", recipient.id, values)
    flush(session)
    return change


def _void_bounces(session: Session, recipient: Recipient, change: Change) -> None:
    void_all(session, Bounce, Bounce.recipient_id == recipient.id, change)


def edit_recipient(
    session: Session, actor: Actor, recipient: Recipient, *, name: str, email: str, locale: str
) -> Change | None:
    """Mend a name, an address or a language; mail goes to a new address again.

    None when nothing differs. Raises RuleBroken when another recipient has the address.
    """
    partner = _lock(session, actor, recipient)
    wanted = {"name": name.strip(), "email": email.strip().lower(), "locale": locale}
    differs = {
        field: (getattr(recipient, field), value)
        for field, value in wanted.items()
        if getattr(recipient, field) != value
    }
    if not differs:
        return None
    others = queries.recipients(session, [partner.id]).get(partner.id, [])
    if any(one.email == wanted["email"] and one.id != recipient.id for one in others):
        raise RuleBroken("recipient_known", fields=["email"])
    change = _record(session, actor, partner, "recipient.edited")
    for field, (_old, value) in differs.items():
        setattr(recipient, field, value)
    audit.note_values(session, change, "recipient", recipient.id, differs)
    if "email" in differs:
        _void_bounces(session, recipient, change)
        mail.readdress(session, _waiting(session, recipient), recipient.email)
    flush(session)
    return change


def hold_back(session: Session, recipient: Recipient, reason: str) -> None:
    """Give up the reports to a recipient that have not left yet."""
    mail.hold_back(session, _waiting(session, recipient), reason)


def _waiting(session: Session, recipient: Recipient) -> list[Message]:
    found = session.scalars(
        sa.select(Message)
        .join(Delivery, Delivery.message_id == Message.id)
        .where(
            Delivery.recipient_id == recipient.id,
            Message.sent_at.is_(None),
            Message.given_up_at.is_(None),
        )
        .with_for_update(of=Message)
    )
    return list(found)


def _lock(session: Session, actor: Actor, recipient: Recipient) -> Partner:
    partner = session.get_one(Partner, recipient.partner_id)
    must(actor, Permission.GOAL_EDIT, partner.region_id)
    lock_region(session, partner.region_id)
    return partner


def _record(session: Session, actor: Actor, partner: Partner, verb: str) -> Change:
    return audit.record(
        session, actor, verb, kind="partner", subject_id=partner.id, region_id=partner.region_id
    )
