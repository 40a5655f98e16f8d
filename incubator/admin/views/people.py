"""People: who works here, what they may, and where. They are invited by e-mail."""

from typing import Any

from flask import current_app, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import EmailField, HiddenField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from incubator.accounts import people as accounts, queries, second
from incubator.accounts.models import Role, User
from incubator.accounts.permissions import ROLE_LABELS
from incubator.accounts.store import public_address
from incubator.admin import leaving
from incubator.admin.views.blueprint import bp, explain
from incubator.audit import queries as changes
from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken, Stale
from incubator.core.forms import ChoiceField, Form, whole_number
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page
from incubator.pipeline import renaming
from incubator.reference import kept, queries as reference

LOCALES = (SelectChoice("nb", "Bokmål"), SelectChoice("en", "English"))
HERE = "/oppsett/personer"


class PersonForm(Form):
    """Who a person is, what they may, and where."""

    name = StringField(_l("Name"), [Length(max=100)])
    email = EmailField(_l("E-mail"), [Length(max=200)])
    role = SelectField(_l("Role"), coerce=Role)
    region_ids = SelectMultipleField(_l("Regions"), coerce=int)
    organisation_id = ChoiceField(_l("Organisation"))
    locale = SelectField(_l("Language"), choices=list(LOCALES))
    seen = HiddenField()

    def given(self) -> accounts.Given:
        """Give the answers as the operations take them."""
        return accounts.Given(
            name=self.name.data or "", email=self.email.data or "", role=self.role.data,
            region_ids=self.region_ids.data or [], organisation_id=self.organisation_id.data,
            locale=self.locale.data,
        )  # fmt: skip


class LeaveForm(Form):
    """Who is to have what stands in the name of somebody who leaves."""

    to_id = ChoiceField(_l("Who takes over"))
    load: leaving.Load


def _choices(form: PersonForm) -> PersonForm:
    form.role.choices = [
        SelectChoice(role.value, str(label)) for role, label in ROLE_LABELS.items()
    ]
    form.region_ids.choices = [
        SelectChoice(region.id, region.name) for region in reference.list_regions(db.session)
    ]
    form.organisation_id.choices = [
        SelectChoice("", "–"),
        *(SelectChoice(one.id, one.name) for one in reference.list_organisations(db.session)),
    ]
    return form


@bp.get("/personer")
@requires(Permission.ADMIN)
def people() -> ResponseReturnValue:
    return page(
        "admin/people.html",
        people=queries.people(db.session),
        works_in=queries.regions_of_people(db.session),
        role_labels=ROLE_LABELS,
        now=clock.now(),
    )


@bp.get("/personer/ny")
@requires(Permission.ADMIN)
def invite_form() -> ResponseReturnValue:
    actor = current_actor()
    regions = reference.list_regions(db.session)
    organisation_id = actor.organisation_id or reference.only_operator_id(db.session)
    form = PersonForm(
        formdata=None, role=Role.DEVELOPER, locale="nb", organisation_id=organisation_id,
        region_ids=[regions[0].id] if len(regions) == 1 else [],
    )  # fmt: skip
    return _invite_page(_choices(form))


def _invite_page(form: PersonForm) -> str:
    has_regions = bool(form.region_ids.choices)
    return page("admin/invite.html", form=form, has_regions=has_regions)


@bp.post("/personer/ny")
@requires(Permission.ADMIN)
def invite() -> ResponseReturnValue:
    form = _choices(PersonForm())
    if not form.validate():
        return _invite_page(form), 422
    site = public_address()["site"]
    try:
        user, link = accounts.invite(db.session, current_actor(), form.given(), site=site)
    except RuleBroken as no:
        explain(form, no)
        return _invite_page(form), 422
    return _invited(user, link)


def _invited(user: User, link: str) -> ResponseReturnValue:
    """Go on; where no mail leaves, show the link, this once, so that it can be handed over."""
    settings = kept.with_mail(db.session, current_app.config["SETTINGS"])
    if settings.mail_server is None:
        return page("admin/invited.html", user=user, link=link, days=accounts.INVITED_FOR.days)
    flash(_("%(name)s is invited: a link is on its way to %(email)s.", name=user.name,
            email=user.email), "success")  # fmt: skip
    return go_to(f"{HERE}/{user.id}")


@bp.get("/personer/<int:user_id>")
@requires(Permission.ADMIN)
def person(user_id: int) -> ResponseReturnValue:
    user = queries.get_user(db.session, user_id)
    form = PersonForm(
        formdata=None, name=user.name, email=user.email, role=user.role, locale=user.locale,
        organisation_id=user.organisation_id,
        region_ids=queries.region_ids_of(db.session, user.id),
        seen=changes.latest_of(db.session, "user", user.id),
    )  # fmt: skip
    return _person_page(user, _choices(form))


def _person_page(user: User, form: PersonForm) -> str:
    return page(
        "admin/person.html",
        user=user,
        form=form,
        is_me=user.id == current_actor().id,
        invitation=queries.invitation_of(db.session, user.id),
        passkeys=second.passkeys_of(db.session, user.id),
        now=clock.now(),
    )


@bp.post("/personer/<int:user_id>")
@requires(Permission.ADMIN)
def edit_person(user_id: int) -> ResponseReturnValue:
    user = queries.get_user(db.session, user_id)
    form = _choices(PersonForm())
    if not form.validate():
        return _person_page(user, form), 422
    try:
        seen = whole_number(form.seen.data)
        renaming.edit_person(db.session, current_actor(), user, form.given(), seen=seen)
    except Stale as late:
        # What was typed stays; sent once more, it is meant for what is stored now.
        form.add_error("", sentence(late.code, late.details))
        form.seen.data = str(changes.latest_of(db.session, "user", user.id))
        return _person_page(queries.get_user(db.session, user_id), form), 409
    except RuleBroken as no:
        explain(form, no)
        return _person_page(user, form), 422
    flash(_("Saved."), "success")
    return go_to(f"{HERE}/{user_id}")


@bp.post("/personer/<int:user_id>/inviter")
@requires(Permission.ADMIN)
def invite_again(user_id: int) -> ResponseReturnValue:
    user = queries.get_user(db.session, user_id)
    link = accounts.invite_again(db.session, current_actor(), user, site=public_address()["site"])
    return _invited(user, link)


@bp.get("/personer/<int:user_id>/steng")
@requires(Permission.ADMIN)
def close_form(user_id: int) -> ResponseReturnValue:
    user = queries.get_user(db.session, user_id)
    return _close_page(user, _heirs(LeaveForm(formdata=None), user))


def _heirs(form: LeaveForm, user: User) -> LeaveForm:
    form.load = leaving.load_of(db.session, user.id)
    form.to_id.choices = [
        SelectChoice("", "–"),
        *(SelectChoice(*one) for one in leaving.heirs(db.session, user.id, form.load)),
        SelectChoice(leaving.NOBODY, _("Nobody: it stands without a name")),
    ]
    return form


def _close_page(user: User, form: LeaveForm, **more: Any) -> str:
    return page("admin/close_person.html", user=user, form=form, load=form.load, **more)


@bp.post("/personer/<int:user_id>/steng")
@requires(Permission.ADMIN)
def close_person(user_id: int) -> ResponseReturnValue:
    user = queries.get_user(db.session, user_id)
    form = _heirs(LeaveForm(), user)
    if not form.validate():
        return _close_page(user, form), 422
    try:
        leaving.close_person(db.session, current_actor(), user, to_id=form.to_id.data)
    except RuleBroken as no:
        explain(form, no)
        return _close_page(user, form), 422
    flash(_("%(name)s can sign in no more.", name=user.name), "success")
    return go_to(f"{HERE}/{user_id}")


@bp.post("/personer/<int:user_id>/apne")
@requires(Permission.ADMIN)
def open_person(user_id: int) -> ResponseReturnValue:
    user = queries.get_user(db.session, user_id)
    accounts.open_account(db.session, current_actor(), user)
    flash(_("%(name)s can sign in again.", name=user.name), "success")
    return go_to(f"{HERE}/{user_id}")


@bp.post("/personer/<int:user_id>/nullstill")
@requires(Permission.ADMIN)
def reset_second_factor(user_id: int) -> ResponseReturnValue:
    user = queries.get_user(db.session, user_id)
    second.reset(db.session, current_actor(), user, site=public_address()["site"])
    flash(_("%(name)s signs in with the password alone, and is told so by e-mail.",
            name=user.name), "success")  # fmt: skip
    return go_to(f"{HERE}/{user_id}")


@bp.post("/personer/<int:user_id>/passnokler/<int:passkey_id>/fjern")
@requires(Permission.ADMIN)
def remove_passkey(user_id: int, passkey_id: int) -> ResponseReturnValue:
    user = queries.get_user(db.session, user_id)
    site = public_address()["site"]
    second.remove_passkey(db.session, current_actor(), user, passkey_id, site=site)
    flash(_("The passkey is removed, and %(name)s is told so by e-mail.", name=user.name),
          "success")  # fmt: skip
    return go_to(f"{HERE}/{user_id}")
