"""The first page of an empty installation, and the choice of language."""

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security.utils import login_user
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import DataRequired

from incubator.accounts import operations, queries
from incubator.core import db
from incubator.core.access import public
from incubator.core.errors import RuleBroken
from incubator.core.refusals import sentence
from incubator.core.web import page

bp = Blueprint("accounts", __name__)


class FirstRunForm(FlaskForm):
    """Who the administrator of a new installation is."""

    name = StringField(validators=[DataRequired()])
    email = EmailField(validators=[DataRequired()])
    password = PasswordField(validators=[DataRequired()])


@bp.get("/kom-i-gang")
@public
def first_run() -> ResponseReturnValue:
    if not queries.is_empty(db.session):
        return redirect(url_for("security.login"))
    return page("accounts/first_run.html", form=FirstRunForm(), errors={})


@bp.post("/kom-i-gang")
@public
def make_first_admin() -> ResponseReturnValue:
    form = FirstRunForm()
    if not form.validate():
        return page("accounts/first_run.html", form=form, errors=form.errors), 422
    try:
        user = operations.make_first_admin(
            db.session,
            email=str(form.email.data),
            name=str(form.name.data),
            password=str(form.password.data),
        )
    except RuleBroken as no:
        errors = {field: [sentence(no.code, no.details)] for field in no.fields}
        if not errors:
            return redirect(url_for("security.login"), 303)
        return page("accounts/first_run.html", form=form, errors=errors), 422
    login_user(user)
    return redirect(url_for("admin.settings"), 303)


@bp.before_app_request
def send_to_first_run() -> ResponseReturnValue | None:
    """Lead the first visitor of an empty installation to the page that makes the administrator."""
    if request.endpoint != "security.login" or g.get("actor") is not None:
        return None
    if queries.is_empty(db.session):
        return redirect(url_for("accounts.first_run"))
    return None
