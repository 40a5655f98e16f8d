"""Settings: people and regions, as small as an installation needs to begin."""

import re
from collections.abc import Sequence

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import EmailField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Length

from incubator.accounts import guard, operations as accounts, queries as people
from incubator.accounts.models import Role
from incubator.accounts.permissions import ROLE_LABELS
from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken
from incubator.core.forms import Form
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page
from incubator.reference import operations as reference, queries as regions
from incubator.reference.models import Region

bp = Blueprint("admin", __name__, url_prefix="/oppsett")
bp.before_request(guard.ask_for_password)


class RegionForm(Form):
    """A region and the numbers of its municipalities."""

    name = StringField(_l("Name"), [Length(max=100)], id="region-name")
    municipalities = StringField(_l("Municipality numbers, with commas between"), [Length(max=500)])

    def numbers(self) -> list[str]:
        """Give the numbers, whatever stands between them."""
        return [one for one in re.split(r"[\s,;]+", self.municipalities.data or "") if one]


class PersonForm(Form):
    """A person, what they do, where, and the password to begin with."""

    name = StringField(_l("Name"), [Length(max=100)], id="person-name")
    email = EmailField(_l("E-mail"), [Length(max=200)])
    role = SelectField(_l("Role"), coerce=Role)
    region_ids = SelectMultipleField(_l("Regions"), coerce=int)
    password = PasswordField(_l("Password to begin with"), [Length(max=200)])


def _person_form(*, is_posted: bool = False) -> PersonForm:
    form = PersonForm() if is_posted else PersonForm(formdata=None, role=Role.DEVELOPER)
    form.role.choices = [(role.value, str(label)) for role, label in ROLE_LABELS.items()]
    form.region_ids.choices = [(region.id, region.name) for region in _regions()]
    return form


def _regions() -> Sequence[Region]:
    return regions.list_regions(db.session)


def _page(person: PersonForm, region: RegionForm) -> str:
    return page(
        "admin/settings.html",
        people=people.people(db.session),
        works_in=people.regions_of_people(db.session),
        role_labels=ROLE_LABELS,
        all_regions=regions.with_municipalities(db.session),
        person_form=person,
        region_form=region,
    )


@bp.get("")
@requires(Permission.ADMIN)
def settings() -> ResponseReturnValue:
    return _page(_person_form(), RegionForm(formdata=None))


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
            municipality_numbers=form.numbers(),
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
            role=form.role.data,
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
