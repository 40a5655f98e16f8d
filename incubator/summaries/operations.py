"""Write agreements and their recipients; build, approve and send what partners are told."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.facts import void, void_all
from incubator.core.links import Kind, Place, stop_token
from incubator.goals.metrics import BY_KEY, Subject
from incubator.mail import operations as mail
from incubator.mail.attachments import Kept, enclose
from incubator.mail.models import Message
from incubator.reference.queries import lock_region
from incubator.summaries import building, files, letter, queries, rules
from incubator.summaries.drawing import Drawn
from incubator.summaries.models import (
    Cadence,
    Delivery,
    Partner,
    PartnerMunicipality,
    Recipient,
    Summary,
    SummaryComment,
    SummaryRow,
    SummaryStatus,
)  # fmt: skip
from incubator.summaries.queries import Agreement
from incubator.summaries.recipients import REMOVED, STOPPED, hold_back

DETAILS = ("programme_id", "cadence", "hides_small", "sends_after_days", "legal_basis",
           "case_number")  # fmt: skip
MOST_RECIPIENTS = 200
MOST_COMMENTS = 200


def make_partner(
    session: Session,
    actor: Actor,
    *,
    organisation_id: int,
    region_id: int,
    municipality_ids: Sequence[int] = (),
    programme_id: int | None = None,
    cadence: Cadence = Cadence.MONTHLY,
    hides_small: bool = False,
    sends_after_days: int | None = None,
    legal_basis: str = "",
    case_number: str = "",
) -> Partner:
    """Agree with an organisation on a summary of a region, or of some of its municipalities."""
    must(actor, Permission.GOAL_EDIT, region_id)
    change = audit.record(session, actor, "partner.made", kind="partner", region_id=region_id)
    partner = Partner(
        organisation_id=organisation_id, region_id=region_id, programme_id=programme_id,
        cadence=cadence, hides_small=hides_small, sends_after_days=sends_after_days,
        legal_basis=legal_basis.strip() or None, case_number=case_number.strip() or None,
    )  # fmt: skip
    audit.stamp(partner, change)
    session.add(partner)
    flush(session)
    change.subject_id = partner.id
    _place(session, partner, change, municipality_ids)
    return partner


def _place(
    session: Session, partner: Partner, change: Change, municipality_ids: Sequence[int]
) -> None:
    for number in dict.fromkeys(municipality_ids):
        row = PartnerMunicipality(partner_id=partner.id, municipality_id=number)
        audit.stamp(row, change)
        session.add(row)
    flush(session)


def edit_partner(
    session: Session,
    actor: Actor,
    agreement: Agreement,
    *,
    municipality_ids: Sequence[int],
    **wanted: object,
) -> Change | None:
    """Change an agreement; what was told before stays as it was. None when nothing differs."""
    partner = agreement.partner
    must(actor, Permission.GOAL_EDIT, partner.region_id)
    clean = {name: wanted[name] or (None if name != "hides_small" else False) for name in DETAILS}
    clean["sends_after_days"] = wanted["sends_after_days"]
    differs = {
        name: (getattr(partner, name), value)
        for name, value in clean.items()
        if getattr(partner, name) != value
    }
    before = [number for number, _name in agreement.municipalities]
    if not differs and sorted(before) == sorted(municipality_ids):
        return None
    change = audit.record(
        session, actor, "partner.edited", kind="partner", subject_id=partner.id,
        region_id=partner.region_id,
    )  # fmt: skip
    for name, (_old, value) in differs.items():
        setattr(partner, name, value)
    if sorted(before) != sorted(municipality_ids):
        void_all(session, PartnerMunicipality, PartnerMunicipality.partner_id == partner.id, change)
        _place(session, partner, change, municipality_ids)
        differs["municipalities"] = (str(sorted(before)), str(sorted(municipality_ids)))
    audit.note_values(session, change, "partner", partner.id, differs)
    flush(session)
    return change


def end_partner(session: Session, actor: Actor, partner: Partner) -> Change:
    """End an agreement: nothing more is built for it."""
    must(actor, Permission.GOAL_EDIT, partner.region_id)
    change = audit.record(
        session, actor, "partner.ended", kind="partner", subject_id=partner.id,
        region_id=partner.region_id,
    )  # fmt: skip
    void(session, partner, change)
    flush(session)
    return change


def add_recipient(
    session: Session, actor: Actor, partner: Partner, *, name: str, email: str, locale: str
) -> Recipient:
    """Let a person get a partner's summary. Raises RuleBroken when the address is there already."""
    must(actor, Permission.GOAL_EDIT, partner.region_id)
    lock_region(session, partner.region_id)
    address = email.strip().lower()
    known = queries.recipients(session, [partner.id]).get(partner.id, [])
    if any(one.email == address for one in known):
        raise RuleBroken("recipient_known", fields=["email"])
    if len(known) >= MOST_RECIPIENTS:
        raise RuleBroken("too_many_recipients", fields=["email"])
    change = audit.record(
        session, actor, "recipient.added", kind="partner", subject_id=partner.id,
        region_id=partner.region_id,
    )  # fmt: skip
    recipient = Recipient(
        partner_id=partner.id, name=name.strip(), email=address, locale=locale, stopped_at=None
    )
    audit.stamp(recipient, change)
    session.add(recipient)
    flush(session)
    audit.note_values(session, change, "recipient", recipient.id, {"email": (None, address)})
    return recipient


def set_stopped(
    session: Session, actor: Actor, recipient: Recipient, *, is_stopped: bool
) -> Change | None:
    """Stop a person's summary, or let it come again."""
    partner = session.get_one(Partner, recipient.partner_id)
    lock_region(session, partner.region_id)
    session.refresh(recipient)
    if (recipient.stopped_at is not None) == is_stopped:
        return None
    change = audit.record(
        session, actor, "recipient.stopped" if is_stopped else "recipient.resumed",
        kind="partner", subject_id=partner.id, region_id=partner.region_id,
    )  # fmt: skip
    before, recipient.stopped_at = recipient.stopped_at, clock.now() if is_stopped else None
    values = {"stopped_at": (before, recipient.stopped_at)}
    audit.note_values(session, change, "recipient", recipient.id, values)
    if is_stopped:
        hold_back(session, recipient, STOPPED)
    flush(session)
    return change


def remove_recipient(session: Session, actor: Actor, recipient: Recipient) -> Change:
    """Take a person off an agreement."""
    partner = session.get_one(Partner, recipient.partner_id)
    must(actor, Permission.GOAL_EDIT, partner.region_id)
    change = audit.record(
        session, actor, "recipient.removed", kind="partner", subject_id=partner.id,
        region_id=partner.region_id,
    )  # fmt: skip
    void(session, recipient, change)
    audit.note_values(
        session, change, "recipient", recipient.id, {"email": (recipient.email, None)}
    )
    hold_back(session, recipient, REMOVED)
    flush(session)
    return change


def build_month(
    session: Session, actor: Actor, month: date, agreements: Sequence[Agreement]
) -> list[Summary]:
    """Build the drafts of a month, anew where there is one; what is approved is left alone.

    Raises RuleBroken for a month that is not over.
    """
    if rules.last_day_of(month) >= clock.today():
        raise RuleBroken("month_not_over")
    made = [build_one(session, actor, month, agreement) for agreement in agreements]
    return [summary for summary in made if summary is not None]


def build_one(
    session: Session,
    actor: Actor,
    month: date,
    agreement: Agreement,
    *,
    is_new_version: bool = False,
) -> Summary | None:
    """Build one partner's draft; None where none is due or the month has been told already."""
    partner = agreement.partner
    must(actor, Permission.GOAL_EDIT, partner.region_id)
    period = rules.period_of(partner.cadence, month)
    if period is None or partner.is_voided:
        return None
    # What is being written is finished first: nothing falls between two cut-offs.
    lock_region(session, partner.region_id)
    latest = queries.latest_of_month(session, partner.id, month)
    is_told = latest is not None and latest.status == SummaryStatus.APPROVED
    if is_told and not is_new_version:
        return None
    cut_off_at = clock.now()
    before = queries.last_told(session, partner.id, month)
    since = queries.first_told_month(session, partner.id)
    built = building.build(session, agreement, period, cut_off_at, before, since)
    change = audit.record(
        session, actor, "summary.built", kind="summary", region_id=partner.region_id
    )
    if latest is not None and not is_told:
        session.execute(sa.delete(SummaryRow).where(SummaryRow.summary_id == latest.id))
        summary = latest
        summary.cut_off_at, summary.contents = cut_off_at, built.contents
        summary.change_id = change.id
    else:
        summary = Summary(
            partner_id=partner.id, month=month, version=latest.version + 1 if latest else 1,
            status=SummaryStatus.DRAFT, cut_off_at=cut_off_at, contents=built.contents,
            change_id=change.id, note=None, approved_at=None, approved_by_id=None,
        )  # fmt: skip
        session.add(summary)
    flush(session)
    change.subject_id = summary.id
    _freeze(session, summary, built)
    return summary


def _freeze(session: Session, summary: Summary, built: building.Built) -> None:
    rows = [
        {
            "summary_id": summary.id, "metric": key, "span": span,
            "subject_kind": BY_KEY[key].subject.value if key in BY_KEY else Subject.IDEA.value,
            "subject_id": row.id, "day": row.day, "amount": row.amount,
        }
        for (key, span), found in built.rows.items()
        for row in found
    ]  # fmt: skip
    if rows:
        session.execute(sa.insert(SummaryRow), rows)
    flush(session)


def set_note(
    session: Session, actor: Actor, agreement: Agreement, summary: Summary, note: str
) -> None:
    """Write the editor's word into a draft. Raises RuleBroken when it is approved."""
    must(actor, Permission.GOAL_EDIT, agreement.partner.region_id)
    _must_be_draft(session, agreement.partner, summary)
    wanted = note.strip() or None
    if summary.note == wanted:
        return
    change = audit.record(
        session, actor, "summary.note_written", kind="summary", subject_id=summary.id,
        region_id=agreement.partner.region_id,
    )  # fmt: skip
    audit.note_values(session, change, "summary", summary.id, {"note": (summary.note, wanted)})
    summary.note = wanted
    flush(session)


def _must_be_draft(session: Session, partner: Partner, summary: Summary) -> None:
    lock_region(session, partner.region_id)
    session.refresh(summary)
    if summary.status != SummaryStatus.DRAFT:
        raise RuleBroken("summary_approved")


def comment(
    session: Session, actor: Actor, agreement: Agreement, summary: Summary, text: str
) -> SummaryComment | None:
    """Say something about a summary among ourselves; None where the same was said just now."""
    must(actor, Permission.GOAL_EDIT, agreement.partner.region_id)
    lock_region(session, agreement.partner.region_id)
    words = text.strip()
    said = queries.comments_of(session, summary.id)
    if said and (said[-1].comment.text, said[-1].comment.recorded_by_id) == (words, actor.id):
        return None
    if len(said) >= MOST_COMMENTS:
        raise RuleBroken("too_many_comments", fields=["text"])
    change = audit.record(
        session, actor, "summary.commented", kind="summary", subject_id=summary.id,
        region_id=agreement.partner.region_id,
    )  # fmt: skip
    made = SummaryComment(summary_id=summary.id, text=words)
    audit.stamp(made, change)
    session.add(made)
    flush(session)
    return made


def approve(
    session: Session,
    actor: Actor,
    agreement: Agreement,
    summary: Summary,
    place: Place,
    *,
    seen: datetime | None = None,
    is_by_itself: bool = False,
    drawn: Mapping[str, Drawn] = MappingProxyType({}),
) -> int:
    """Approve a draft and put its mail in the outbox, in one transaction; give how many.

    `drawn` are charts and PDFs that were drawn before; what is not among them is drawn now.
    Raises RuleBroken when it is approved already, or was built anew after the one that was seen.
    """
    must(actor, Permission.GOAL_EDIT, agreement.partner.region_id)
    _must_be_draft(session, agreement.partner, summary)
    if seen is not None and seen != summary.cut_off_at:
        raise RuleBroken("summary_built_anew")
    wanted = queries.who_get_it(session, agreement.partner.id)
    # First, since it can be refused: nothing is written then.
    kept = files.freeze(session, summary, {one.locale for one in wanted}, drawn)
    change = audit.record(
        session, actor, "summary.self_sent" if is_by_itself else "summary.approved",
        kind="summary", subject_id=summary.id,
        region_id=agreement.partner.region_id,
    )  # fmt: skip
    summary.status = SummaryStatus.APPROVED
    summary.approved_at, summary.approved_by_id = change.recorded_at, actor.id
    summary.is_self_sent = is_by_itself
    for recipient in wanted:
        _deliver(session, summary, recipient, place, kept[recipient.locale])
    flush(session)
    return len(wanted)


def _deliver(
    session: Session, summary: Summary, recipient: Recipient, place: Place, kept: Sequence[Kept]
) -> None:
    token = stop_token(place.secret, Kind.SUMMARY, recipient.id)
    stop_url = f"{place.site}/rapportstopp/{token}"
    written = letter.write(summary, recipient, recipient.locale, site=place.site, stop_url=stop_url)
    message = mail.queue(
        session, to=recipient.email, subject=written.subject, text=written.text,
        html=written.html, unsubscribe_url=stop_url,
    )  # fmt: skip
    enclose(session, message.id, kept)
    session.add(Delivery(summary_id=summary.id, recipient_id=recipient.id, message_id=message.id))


def send_again(
    session: Session, actor: Actor, agreement: Agreement, summary: Summary, recipient_id: int
) -> None:
    """Let a mail that was given up, or that did not arrive, leave once more.

    It keeps its Message-ID, and goes to the address as it is now. Raises NotFound, or RuleBroken
    while it is on its way or when the recipient is to get none.
    """
    must(actor, Permission.GOAL_EDIT, agreement.partner.region_id)
    message = session.scalar(
        sa.select(Message)
        .join(Delivery, Delivery.message_id == Message.id)
        .where(Delivery.summary_id == summary.id, Delivery.recipient_id == recipient_id)
        .with_for_update(of=Message)
        .execution_options(populate_existing=True)
    )
    if message is None:
        raise NotFound("not_found")
    if message.given_up_at is None and message.sent_at is None:
        raise RuleBroken("mail_on_its_way")
    people = {one.id: one for one in queries.who_get_it(session, agreement.partner.id)}
    if recipient_id not in people:
        raise RuleBroken("recipient_off")
    change = audit.record(
        session, actor, "summary.sent_again", kind="summary", subject_id=summary.id,
        region_id=agreement.partner.region_id,
    )  # fmt: skip
    address = people[recipient_id].email
    values = {"to_address": (message.to_address, address)}
    audit.note_values(session, change, "recipient", recipient_id, values)
    mail.send_again(session, message, to=address)
