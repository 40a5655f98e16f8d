"""How it is run: the mail server with a test mail, and whose password alone is not enough."""

from flask import current_app, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import (
    EmailField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
)  # fmt: skip
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional, Regexp

from config import Settings
from incubator.accounts.models import Role
from incubator.accounts.permissions import ROLE_LABELS
from incubator.admin import operations, queries
from incubator.admin.views.blueprint import bp, explain
from incubator.admin.views.numbers import renewed
from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken, Stale
from incubator.core.forms import Form, whole_number
from incubator.core.web import go_to, page
from incubator.reference import kept
from incubator.reference.kept import MAIL, SECRET, STRONG_ROLES, Lock

PLAIN = tuple(f"mail_{name}" for name in MAIL if name != "password")
ONE_LINE = Regexp(r"^[^\r\n]*$")


class MailForm(Form):
    """Where mail is handed over, and from whom it comes."""

    mail_server = StringField(_l("Mail server"), [Length(max=200), Regexp(r"^[\w.:-]*$")])
    mail_port = IntegerField(_l("Port"), [Optional(), NumberRange(1, 65535)], default=587)
    mail_security = SelectField(
        _l("Encryption"),
        choices=[
            SelectChoice("starttls", "STARTTLS"),
            SelectChoice("tls", "TLS"),
            SelectChoice("none", _l("None")),
        ],
    )
    mail_username = StringField(_l("User name"), [Length(max=200), ONE_LINE])
    mail_password = PasswordField(_l("Password"), [Length(max=500), ONE_LINE])
    mail_sender = StringField(_l("Sender"), [Length(max=200), ONE_LINE])
    mail_reply_to = EmailField(_l("Answers go to"), [Length(max=200), ONE_LINE])
    seen = HiddenField()


class TestForm(Form):
    """Where a test mail goes."""

    to = EmailField(_l("Send it to"), [Length(max=200)])


class SignInForm(Form):
    """Whose password alone is not enough."""

    roles = SelectMultipleField(_l("These need more than a password"))
    seen = HiddenField()


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _mail_page(form: MailForm, test: TestForm, stored: MailForm | None = None) -> str:
    settings = _settings()
    return page(
        "admin/mail.html",
        form=form,
        stored=stored,
        test=test,
        given=settings if settings.mail_server else None,
        has_password=SECRET in kept.all_settings(db.session),
        sent=queries.latest_mail(db.session),
        is_set=kept.with_mail(db.session, settings).mail_server is not None,
    )


def _filled() -> MailForm:
    stored = kept.all_settings(db.session)
    given = {key: stored[key] for key in PLAIN if key in stored}
    given = {"mail_sender": _settings().mail_sender, **given}
    return MailForm(formdata=None, seen=kept.mark_of(db.session, [*PLAIN, SECRET]), **given)


def _to_me() -> TestForm:
    return TestForm(formdata=None, to=current_actor().email)


@bp.get("/e-post")
@requires(Permission.ADMIN)
def mail() -> ResponseReturnValue:
    return _mail_page(_filled(), _to_me())


@bp.post("/e-post")
@requires(Permission.ADMIN)
def set_mail() -> ResponseReturnValue:
    form = MailForm()
    if not form.validate():
        return _mail_page(form, _to_me()), 422
    wanted = {key: str(form[key].data or "").strip() for key in PLAIN}
    if form.mail_password.data:
        wanted[SECRET] = Lock(_settings()).close(form.mail_password.data)
    if not wanted["mail_server"]:
        wanted = dict.fromkeys([*PLAIN, SECRET], "")
    try:
        operations.set_mail(
            db.session, current_actor(), _settings(), wanted, seen=whole_number(form.seen.data)
        )
    except RuleBroken as no:
        explain(form, no)
        return _mail_page(form, _to_me()), 422
    except Stale as late:
        db.start_over()
        return _mail_page(form, _to_me(), renewed(form, _filled(), late)), 409
    flash(_("Saved."), "success")
    return go_to("/oppsett/e-post")


@bp.post("/e-post/test")
@requires(Permission.ADMIN)
def send_test() -> ResponseReturnValue:
    form = TestForm()
    if not form.validate():
        return _mail_page(_filled(), form), 422
    try:
        operations.send_test(db.session, current_actor(), to=form.to.data or "")
    except RuleBroken as no:
        explain(form, no)
        return _mail_page(_filled(), form), 422
    told = _("A test mail leaves within a minute. Load the page anew then to see how it went.")
    flash(told, "success")
    return go_to("/oppsett/e-post")


def _sign_in_form(*, is_posted: bool = False) -> SignInForm:
    stored = kept.all_settings(db.session).get(STRONG_ROLES, "")
    chosen = [one for one in stored.split(",") if one]
    form = (
        SignInForm()
        if is_posted
        else SignInForm(formdata=None, roles=chosen, seen=kept.mark_of(db.session, [STRONG_ROLES]))
    )
    form.roles.choices = [SelectChoice(one.value, str(text)) for one, text in ROLE_LABELS.items()]
    return form


@bp.get("/innlogging")
@requires(Permission.ADMIN)
def sign_in_rules() -> ResponseReturnValue:
    return page("admin/sign_in.html", form=_sign_in_form(), oidc=_settings().oidc_issuer)


@bp.post("/innlogging")
@requires(Permission.ADMIN)
def set_sign_in_rules() -> ResponseReturnValue:
    form = _sign_in_form(is_posted=True)
    if not form.validate():
        return page("admin/sign_in.html", form=form, oidc=_settings().oidc_issuer), 422
    chosen = set(form.roles.data or ())
    wanted = ",".join(role.value for role in Role if role.value in chosen)
    try:
        kept.change_settings(
            db.session, current_actor(), {STRONG_ROLES: wanted}, seen=whole_number(form.seen.data)
        )
    except Stale as late:
        db.start_over()
        stored = renewed(form, _sign_in_form(), late)
        return page(
            "admin/sign_in.html", form=form, stored=stored, oidc=_settings().oidc_issuer
        ), 409
    flash(_("Saved."), "success")
    return go_to("/oppsett/innlogging")
