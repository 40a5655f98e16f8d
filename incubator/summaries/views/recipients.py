"""One recipient: the address, mail that came back, what was sent, and how it was changed."""

from typing import Any

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page
from incubator.summaries import operations, queries, recipients
from incubator.summaries.forms import BounceForm, RecipientForm
from incubator.summaries.models import Recipient
from incubator.summaries.views.blueprint import bp
from incubator.summaries.words import (
    FIELD_LABELS,
    LOCALE_LABELS,
    VERB_LABELS,
    VIA_LABELS,
    shown,
    why,
)  # fmt: skip

# What a list of changes is written with.
HISTORY_WORDS: dict[str, Any] = {
    "verbs": VERB_LABELS, "fields": FIELD_LABELS, "vias": VIA_LABELS, "shown": shown,
}  # fmt: skip


@bp.get("/mottakere/personer/<int:recipient_id>")
@requires(Permission.GOAL_EDIT)
def recipient(recipient_id: int) -> ResponseReturnValue:
    found = queries.get_recipient(db.session, current_actor(), recipient_id)
    return _recipient(found, _stored(found), _today())


def _stored(found: Recipient) -> RecipientForm:
    data = {"name": found.name, "email": found.email, "locale": found.locale}
    return RecipientForm(formdata=None, data=data)


def _today() -> BounceForm:
    return BounceForm(formdata=None, data={"occurred_on": clock.today()})


def _recipient(found: Recipient, form: RecipientForm, bounce_form: BounceForm) -> str:
    agreement = queries.get_agreement(db.session, current_actor(), found.partner_id)
    return page(
        "summaries/recipient.html",
        recipient=found,
        agreement=agreement,
        bounce=queries.bounces(db.session, [found.id]).get(found.id),
        form=form,
        bounce_form=bounce_form,
        sent=queries.sent_to(db.session, found),
        lines=queries.changes_of(db.session, found.partner_id, found.id),
        locales=LOCALE_LABELS,
        region={"id": agreement.partner.region_id, "name": agreement.region},
        why=why,
        **HISTORY_WORDS,
    )


@bp.post("/mottakere/personer/<int:recipient_id>")
@requires(Permission.GOAL_EDIT)
def edit_recipient(recipient_id: int) -> ResponseReturnValue:
    viewer, form = current_actor(), RecipientForm()
    found = queries.get_recipient(db.session, viewer, recipient_id)
    if not form.validate():
        return _recipient(found, form, _today()), 422
    try:
        recipients.edit_recipient(
            db.session, viewer, found, name=form.name.data or "", email=form.email.data or "",
            locale=form.locale.data,
        )  # fmt: skip
    except RuleBroken as no:
        for name in no.fields:
            form.add_error(name, sentence(no.code, no.details))
        return _recipient(found, form, _today()), 422
    flash(_("Saved."), "success")
    return go_to(f"/rapporter/mottakere/personer/{recipient_id}")


@bp.post("/mottakere/personer/<int:recipient_id>/retur")
@requires(Permission.GOAL_EDIT)
def note_bounced(recipient_id: int) -> ResponseReturnValue:
    """Write down by hand that mail came back."""
    viewer, form = current_actor(), BounceForm()
    found = queries.get_recipient(db.session, viewer, recipient_id)
    if not form.validate() or form.occurred_on.data is None:
        return _recipient(found, _stored(found), form), 422
    try:
        recipients.note_bounced(
            db.session, viewer, found, on=form.occurred_on.data, reason=form.reason.data or ""
        )
    except RuleBroken as no:
        for name in no.fields:
            form.add_error(name, sentence(no.code, no.details))
        return _recipient(found, _stored(found), form), 422
    flash(_("Nothing more is sent to this address until it is mended."), "success")
    return go_to(f"/rapporter/mottakere/personer/{recipient_id}")


@bp.post("/mottakere/personer/<int:recipient_id>/<any(stopp, start, fjern, rettet):verb>")
@requires(Permission.GOAL_EDIT)
def change_recipient(recipient_id: int, verb: str) -> ResponseReturnValue:
    viewer = current_actor()
    found = queries.get_recipient(db.session, viewer, recipient_id)
    partner_id = found.partner_id
    if verb == "fjern":
        operations.remove_recipient(db.session, viewer, found)
    elif verb == "rettet":
        recipients.note_mended(db.session, viewer, found)
    else:
        operations.set_stopped(db.session, viewer, found, is_stopped=verb == "stopp")
    flash(_("Saved."), "success")
    if verb == "rettet":
        return go_to(f"/rapporter/mottakere/personer/{recipient_id}")
    return go_to(f"/rapporter/mottakere/{partner_id}")
