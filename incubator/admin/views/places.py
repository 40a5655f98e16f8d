"""Regions with their municipalities, organisations, and the focus areas of programmes."""

import re
from collections.abc import Callable
from typing import Any

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from stdnum.no import orgnr as number
from wtforms import HiddenField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from incubator.admin import queries
from incubator.admin.views.blueprint import bp, explain
from incubator.admin.words import KIND_LABELS
from incubator.audit import queries as changes
from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken, Stale
from incubator.core.forms import ChoiceField, Form, whole_number
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page
from incubator.reference import operations, queries as reference
from incubator.reference.models import OrganisationKind

REGIONS, ORGANISATIONS = "/oppsett/regioner", "/oppsett/organisasjoner"


class RegionForm(Form):
    """A region and its municipalities, by number or name."""

    name = StringField(_l("Name"), [Length(max=100)])
    municipalities = StringField(_l("Municipalities, with commas between"), [Length(max=500)])
    operator_id = ChoiceField(_l("Operator"))
    seen = HiddenField()

    def numbers(self) -> list[str]:
        """Give numbers and names; between numbers a space is enough."""
        parts = re.split(r"[,;\n]+|(?<=\d)\s+(?=\d)", self.municipalities.data or "")
        # As the list of regions shows them, a number stands before its name: it says enough.
        named = (re.sub(r"^(\d{4})\s+\D.*$", r"\1", one.strip()) for one in parts)
        return [one for one in named if one]


class OrganisationForm(Form):
    """An organisation that people, visits and programmes belong to."""

    name = StringField(_l("Name"), [Length(max=100)])
    kind = SelectField(_l("Kind"), coerce=OrganisationKind)
    orgnr = StringField(_l("Organisation number"), [Length(max=20)])
    seen = HiddenField()

    def validate_orgnr(self, field: StringField) -> None:
        field.data = re.sub(r"\s", "", field.data or "")
        if field.data and not number.is_valid(field.data):
            raise ValidationError(sentence("bad_orgnr"))


def _region_choices(form: RegionForm) -> RegionForm:
    form.operator_id.choices = [
        SelectChoice("", "–"),
        *(SelectChoice(one.id, one.name) for one in reference.list_organisations(db.session)),
    ]
    return form


def _kinds(form: OrganisationForm) -> OrganisationForm:
    form.kind.choices = [SelectChoice(kind.value, str(word)) for kind, word in KIND_LABELS.items()]
    return form


@bp.get("/regioner")
@requires(Permission.ADMIN)
def regions() -> ResponseReturnValue:
    operators = {one.id: one.name for one in reference.list_organisations(db.session)}
    found = reference.with_municipalities(db.session)
    return page("admin/regions.html", regions=found, operators=operators)


@bp.get("/regioner/ny")
@requires(Permission.ADMIN)
def new_region_form() -> ResponseReturnValue:
    operator_id = reference.only_operator_id(db.session)
    return _region_page(_region_choices(RegionForm(formdata=None, operator_id=operator_id)))


def _region_page(form: RegionForm, region: Any = None) -> str:
    return page("admin/region.html", form=form, region=region)


@bp.post("/regioner/ny")
@requires(Permission.ADMIN)
def add_region() -> ResponseReturnValue:
    form = _region_choices(RegionForm())
    if not form.validate():
        return _region_page(form), 422
    try:
        made = operations.create_region(
            db.session,
            current_actor(),
            name=form.name.data or "",
            municipality_numbers=form.numbers(),
            operator_id=form.operator_id.data,
        )
    except RuleBroken as no:
        explain(form, no)
        return _region_page(form), 422
    flash(_("The region %(name)s is made.", name=made.name), "success")
    return go_to(REGIONS)


@bp.get("/regioner/<int:region_id>")
@requires(Permission.ADMIN)
def region(region_id: int) -> ResponseReturnValue:
    found = reference.get_region(db.session, region_id)
    places = reference.municipalities_of(db.session, region_id)
    form = RegionForm(
        formdata=None, name=found.name, operator_id=found.operator_id,
        municipalities=", ".join(number for _id, number, _name in places),
        seen=changes.latest_of(db.session, "region", region_id),
    )  # fmt: skip
    return _region_page(_region_choices(form), found)


@bp.post("/regioner/<int:region_id>")
@requires(Permission.ADMIN)
def edit_region(region_id: int) -> ResponseReturnValue:
    found = reference.get_region(db.session, region_id)
    form = _region_choices(RegionForm())

    def save() -> None:
        operations.edit_region(
            db.session,
            current_actor(),
            found,
            name=form.name.data or "",
            municipality_numbers=form.numbers(),
            operator_id=form.operator_id.data,
            seen=whole_number(form.seen.data),
        )

    subject = ("region", region_id)
    return saved(form, save, subject, lambda: _region_page(form, found), REGIONS)


def saved(
    form: Any,
    save: Callable[[], object],
    subject: tuple[str, int],
    again: Callable[[], str],
    after: str,
) -> ResponseReturnValue:
    """Save a form and go on, or show it again with what is wrong and all that was typed."""
    if not form.validate():
        return again(), 422
    try:
        save()
    except Stale as late:
        # Sent once more, it is meant for what is stored now.
        form.add_error("", sentence(late.code, late.details))
        form.seen.data = str(changes.latest_of(db.session, *subject))
        return again(), 409
    except RuleBroken as no:
        explain(form, no)
        return again(), 422
    flash(_("Saved."), "success")
    return go_to(after)


@bp.get("/organisasjoner")
@requires(Permission.ADMIN)
def organisations() -> ResponseReturnValue:
    found = reference.list_organisations(db.session)
    return page("admin/organisations.html", organisations=found, kinds=KIND_LABELS)


@bp.get("/organisasjoner/ny")
@requires(Permission.ADMIN)
def new_organisation_form() -> ResponseReturnValue:
    return _organisation_page(_kinds(OrganisationForm(formdata=None)))


def _organisation_page(form: OrganisationForm, organisation: Any = None) -> str:
    return page("admin/organisation.html", form=form, organisation=organisation)


@bp.post("/organisasjoner/ny")
@requires(Permission.ADMIN)
def add_organisation() -> ResponseReturnValue:
    form = _kinds(OrganisationForm())
    if not form.validate():
        return _organisation_page(form), 422
    try:
        operations.create_organisation(
            db.session,
            current_actor(),
            name=form.name.data or "",
            kind=form.kind.data,
            orgnr=form.orgnr.data or None,
        )
    except RuleBroken as no:
        explain(form, no)
        return _organisation_page(form), 422
    flash(_("Saved."), "success")
    return go_to(ORGANISATIONS)


@bp.get("/organisasjoner/<int:organisation_id>")
@requires(Permission.ADMIN)
def organisation(organisation_id: int) -> ResponseReturnValue:
    found = reference.get_organisation(db.session, organisation_id)
    form = OrganisationForm(
        formdata=None, name=found.name, kind=found.kind, orgnr=found.orgnr,
        seen=changes.latest_of(db.session, "organisation", organisation_id),
    )  # fmt: skip
    return _organisation_page(_kinds(form), found)


@bp.post("/organisasjoner/<int:organisation_id>")
@requires(Permission.ADMIN)
def edit_organisation(organisation_id: int) -> ResponseReturnValue:
    found = reference.get_organisation(db.session, organisation_id)
    form = _kinds(OrganisationForm())

    def save() -> None:
        operations.edit_organisation(
            db.session,
            current_actor(),
            found,
            name=form.name.data or "",
            kind=form.kind.data,
            orgnr=form.orgnr.data or None,
            seen=whole_number(form.seen.data),
        )

    subject = ("organisation", organisation_id)
    return saved(form, save, subject, lambda: _organisation_page(form, found), ORGANISATIONS)


@bp.get("/satsingsomrader")
@requires(Permission.ADMIN)
def areas() -> ResponseReturnValue:
    found = queries.areas_by_programme(db.session)
    return page("admin/areas.html", programmes=found, today=clock.today())
