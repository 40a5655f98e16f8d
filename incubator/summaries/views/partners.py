"""Agreements on reporting, and who gets the mail."""

from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken
from incubator.core.forms import whole_number
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page
from incubator.reference import queries as reference
from incubator.reference.numbers import TOLD_FROM, value
from incubator.reference.queries import choose_region
from incubator.summaries import operations, queries
from incubator.summaries.forms import PartnerForm, RecipientForm
from incubator.summaries.queries import Agreement
from incubator.summaries.views.blueprint import bp
from incubator.summaries.views.recipients import HISTORY_WORDS
from incubator.summaries.words import CADENCE_LABELS, LOCALE_LABELS


@bp.get("/mottakere")
@requires(Permission.GOAL_EDIT)
def partners() -> ResponseReturnValue:
    viewer = current_actor()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    found = queries.agreements(db.session, viewer=viewer, region_id=region_id)
    return page(
        "summaries/partners.html",
        region={"id": region_id, "name": viewer.region_names[region_id]},
        agreements=found,
        recipients=queries.receiving(db.session, [one.partner.id for one in found]),
        cadences=CADENCE_LABELS,
    )


def _choices(form: PartnerForm, region_id: int) -> PartnerForm:
    session = db.session
    form.organisation_id.choices = [
        SelectChoice("", "–"),
        *(SelectChoice(one.id, one.name) for one in reference.list_organisations(session)),
    ]
    form.municipality_ids.choices = [
        SelectChoice(number, name)
        for number, _code, name in reference.municipalities_of(session, region_id)
    ]
    form.programme_id.choices = [
        SelectChoice("", "–"),
        *(SelectChoice(one.id, one.name) for one in reference.list_programmes(session)),
    ]
    return form


@bp.get("/mottakere/ny")
@requires(Permission.GOAL_EDIT)
def new_partner_form() -> ResponseReturnValue:
    viewer = current_actor()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    return _partner_form(_choices(PartnerForm(formdata=None), region_id), region_id)


def _partner_form(form: PartnerForm, region_id: int) -> str:
    return page(
        "summaries/new_partner.html",
        form=form,
        small=value(db.session, TOLD_FROM),
        region={"id": region_id, "name": current_actor().region_names[region_id]},
    )


@bp.post("/mottakere/ny")
@requires(Permission.GOAL_EDIT)
def new_partner() -> ResponseReturnValue:
    viewer = current_actor()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    form = _choices(PartnerForm(), region_id)
    if not form.validate():
        return _partner_form(form, region_id), 422
    if form.organisation_id.data is None:
        form.add_error("organisation_id", _("Choose an organisation."))
        return _partner_form(form, region_id), 422
    made = operations.make_partner(
        db.session, viewer, organisation_id=form.organisation_id.data, region_id=region_id,
        **_wanted(form),
    )  # fmt: skip
    flash(_("The agreement is written down. Add who gets the mail."), "success")
    return go_to(f"/rapporter/mottakere/{made.id}")


def _wanted(form: PartnerForm) -> dict[str, Any]:
    return {
        "municipality_ids": form.municipality_ids.data or (),
        "programme_id": form.programme_id.data,
        "cadence": form.chosen(),
        "hides_small": form.hides_small.data,
        "sends_after_days": form.sends_after_days.data,
        "legal_basis": form.legal_basis.data or "",
        "case_number": form.case_number.data or "",
    }


@bp.get("/mottakere/<int:partner_id>")
@requires(Permission.GOAL_EDIT)
def partner(partner_id: int) -> ResponseReturnValue:
    found = queries.get_agreement(db.session, current_actor(), partner_id)
    return _partner(found, _stored(found), RecipientForm(formdata=None))


def _stored(found: Agreement) -> PartnerForm:
    stored = found.partner
    data = {
        "organisation_id": stored.organisation_id,
        "municipality_ids": [number for number, _name in found.municipalities],
        "programme_id": stored.programme_id, "cadence": stored.cadence.value,
        "hides_small": stored.hides_small, "sends_after_days": stored.sends_after_days,
        "legal_basis": stored.legal_basis, "case_number": stored.case_number,
    }  # fmt: skip
    return _choices(PartnerForm(formdata=None, data=data), stored.region_id)


def _partner(found: Agreement, form: PartnerForm, recipient_form: RecipientForm) -> str:
    people = queries.recipients(db.session, [found.partner.id]).get(found.partner.id, [])
    return page(
        "summaries/partner.html",
        agreement=found,
        form=form,
        small=value(db.session, TOLD_FROM),
        recipient_form=recipient_form,
        recipients=people,
        bounces=queries.bounces(db.session, [one.id for one in people]),
        lines=queries.changes_of(db.session, found.partner.id),
        locales=LOCALE_LABELS,
        region={"id": found.partner.region_id, "name": found.region},
        **HISTORY_WORDS,
    )


@bp.post("/mottakere/<int:partner_id>")
@requires(Permission.GOAL_EDIT)
def edit_partner(partner_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = queries.get_agreement(db.session, viewer, partner_id)
    form = _choices(PartnerForm(), found.partner.region_id)
    form.organisation_id.data = found.partner.organisation_id
    if not form.validate():
        return _partner(found, form, RecipientForm(formdata=None)), 422
    operations.edit_partner(db.session, viewer, found, **_wanted(form))
    flash(_("Saved."), "success")
    return go_to(f"/rapporter/mottakere/{partner_id}")


@bp.post("/mottakere/<int:partner_id>/avslutt")
@requires(Permission.GOAL_EDIT)
def end_partner(partner_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = queries.get_agreement(db.session, viewer, partner_id)
    operations.end_partner(db.session, viewer, found.partner)
    flash(_("The agreement is ended. What was reported stays."), "success")
    return go_to(f"/rapporter/mottakere?region={found.partner.region_id}")


@bp.post("/mottakere/<int:partner_id>/personer")
@requires(Permission.GOAL_EDIT)
def add_recipient(partner_id: int) -> ResponseReturnValue:
    viewer, form = current_actor(), RecipientForm()
    found = queries.get_agreement(db.session, viewer, partner_id)
    if not form.validate():
        return _partner(found, _stored(found), form), 422
    try:
        operations.add_recipient(
            db.session, viewer, found.partner, name=form.name.data or "",
            email=form.email.data or "", locale=form.locale.data,
        )  # fmt: skip
    except RuleBroken as no:
        for name in no.fields:
            form.add_error(name, sentence(no.code, no.details))
        return _partner(found, _stored(found), form), 422
    flash(_("Added."), "success")
    return go_to(f"/rapporter/mottakere/{partner_id}")
