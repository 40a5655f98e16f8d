"""The first page of an empty installation: it makes the administrator."""

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security.utils import login_user

from incubator.accounts import operations, queries
from incubator.accounts.forms import FirstRun
from incubator.core import db
from incubator.core.access import public
from incubator.core.errors import RuleBroken
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page

bp = Blueprint("accounts", __name__)


@bp.get("/kom-i-gang")
@public
def first_run() -> ResponseReturnValue:
    if not queries.is_empty(db.session):
        return redirect(url_for("security.login"))
    return page("accounts/first_run.html", form=FirstRun())


@bp.post("/kom-i-gang")
@public
def make_first_admin() -> ResponseReturnValue:
    form = FirstRun()
    if not form.validate():
        return page("accounts/first_run.html", form=form), 422
    try:
        user = operations.make_first_admin(
            db.session,
            email=form.email.data or "",
            name=form.name.data or "",
            password=form.password.data or "",
        )
    except RuleBroken as no:
        if no.code == "not_empty":
            return go_to(url_for("security.login"))
        for field in no.fields:
            form.add_error(field, sentence(no.code, no.details))
        return page("accounts/first_run.html", form=form), 422
    login_user(user)
    return go_to(url_for("admin.settings"))


@bp.before_app_request
def send_to_first_run() -> ResponseReturnValue | None:
    """Lead the first visitor of an empty installation to the page that makes the administrator."""
    asks_to_sign_in = request.endpoint == "security.login" and request.method == "GET"
    if asks_to_sign_in and g.get("actor") is None and queries.is_empty(db.session):
        return redirect(url_for("accounts.first_run"))
    return None
