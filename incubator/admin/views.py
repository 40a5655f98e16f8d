"""Settings: people and regions, as small as an installation needs to begin."""

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import EmailField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Length

from incubator.accounts import operations as accounts
from incubator.accounts import queries as people
from incubator.accounts.models import Role
from incubator.accounts.permissions import ROLE_LABELS
from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken
from incubator.core.forms import Form
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page
from incubator.reference import operations as reference
from incubator.reference import queries as regions

bp = Blueprint("admin", __name__, url_prefix="/oppsett")


class RegionForm(Form):
    name = StringField(validators=[Length(max=100)])
    municipalities = StringField(validators=[Length(max=500)])


class PersonForm(Form):
    name = StringField(validators=[Length(max=100)])
    email = EmailField(validators=[Length(max=200)])
    role = SelectField()
    region_ids = SelectMultipleField(coerce=int)
    password = PasswordField(validators=[Length(max=200)])


@bp.get("")
@requires(Permission.ADMIN)
def settings() -> ResponseReturnValue:
    return _page(_person_form(), RegionForm(formdata=None))


def _person_form(*, is_posted: bool = False) -> PersonForm:
    form = PersonForm() if is_posted else PersonForm(formdata=None)
    form.role.choices = [(role.value, str(label)) for role, label in ROLE_LABELS.items()]
    form.region_ids.choices = [(region.id, region.name) for region in _regions()]
    form.name.label.text, form.email.label.text = _("Name"), _("E-mail")
    form.role.label.text, form.region_ids.label.text = _("Role"), _("Regions")
    form.password.label.text = _("Password to begin with")
    return form


def _regions() -> list[object]:
    return list(regions.list_regions(db.session))


def _page(person: PersonForm, region: RegionForm) -> str:
    region.name.label.text = _("Name")
    region.municipalities.label.text = _("Municipality numbers, with commas between")
    return page(
        "admin/settings.html",
        people=people.people(db.session),
        role_labels=ROLE_LABELS,
        all_regions=[(r, regions.municipalities_of(db.session, r.id)) for r in _regions()],
        person_form=person,
        region_form=region,
    )


@bp.post("/regioner")
@requires(Permission.ADMIN)
def add_region() -> ResponseReturnValue:
    form = RegionForm()
    if not form.validate():
        return _page(_person_form(), form), 422
    try:
        made = reference.create_region(
            db.session,
            current_actor(),
            name=form.name.data or "",
            municipality_numbers=[n for n in (form.municipalities.data or "").split(",") if n.strip()],
        )
    except RuleBroken as no:
        _explain(form, no)
        return _page(_person_form(), form), 422
    flash(_("The region %(name)s is made.", name=made.name), "success")
    return go_to("/oppsett")


@bp.post("/personer")
@requires(Permission.ADMIN)
def add_person() -> ResponseReturnValue:
    form = _person_form(is_posted=True)
    if not form.validate():
        return _page(form, RegionForm(formdata=None)), 422
    try:
        made = accounts.create_user(
            db.session,
            current_actor(),
            email=form.email.data or "",
            name=form.name.data or "",
            role=Role(form.role.data),
            password=form.password.data or "",
            region_ids=form.region_ids.data or [],
        )
    except RuleBroken as no:
        _explain(form, no)
        return _page(form, RegionForm(formdata=None)), 422
    flash(_("%(name)s can sign in now.", name=made.name), "success")
    return go_to("/oppsett")


def _explain(form: Form, no: RuleBroken) -> None:
    for field in no.fields or ("",):
        form.add_error(field, sentence(no.code, no.details))


