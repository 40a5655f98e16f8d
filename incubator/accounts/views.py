"""Pages for those who come: the first administrator, and whoever is invited."""

from flask import Blueprint, flash, g, redirect, request, session as cookie, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security.utils import login_user

from incubator.accounts import elsewhere, guard, operations, people, queries, second, sessions
from incubator.accounts.forms import FirstRun, Welcome
from incubator.accounts.models import User
from incubator.accounts.store import public_address
from incubator.core import db
from incubator.core.access import Permission, current_actor, public, requires
from incubator.core.errors import NotFound, RuleBroken
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


@bp.get("/velkommen/<token>")
@public
def welcome(token: str) -> ResponseReturnValue:
    return _welcome_page(token, Welcome(formdata=None))


def _welcome_page(token: str, form: Welcome) -> str:
    user = queries.invited_by(db.session, token)
    if user is None:
        raise NotFound("bad_invitation")
    return page("accounts/welcome.html", user=user, form=form)


@bp.post("/velkommen/<token>")
@public
def accept(token: str) -> ResponseReturnValue:
    form = Welcome()
    if not form.validate():
        return _welcome_page(token, form), 422
    try:
        user = people.accept(db.session, token, password=form.password.data or "")
    except RuleBroken as no:
        for field in no.fields:
            form.add_error(field, sentence(no.code, no.details))
        return _welcome_page(token, form), 422
    if user.has_second_factor:  # set up by who came through their organisation before
        return go_to(url_for("security.login"))
    login_user(user)
    return go_to(url_for("pipeline.board"))


@bp.get("/logg-inn/egen")
@public
def sign_in_elsewhere() -> ResponseReturnValue:
    """Lead to one's own organisation, which leads back."""
    client = elsewhere.client()
    if client is None:
        raise NotFound("not_found")
    back = public_address()["site"] + url_for("accounts.back_from_elsewhere")
    try:
        answer: ResponseReturnValue = client.authorize_redirect(back)
    except elsewhere.FAILURES:
        return _not_signed_in("elsewhere_failed")
    return answer


@bp.get("/logg-inn/egen/svar")
@public
def back_from_elsewhere() -> ResponseReturnValue:
    """Sign in whom the organisation vouches for. It comes by GET, and writes the sign-in."""
    client = elsewhere.client()
    if client is None:
        raise NotFound("not_found")
    try:
        token = client.authorize_access_token()
        claims = token["userinfo"]
    except elsewhere.FAILURES:
        return _not_signed_in("elsewhere_failed")
    try:
        with db.unit_of_work() as work:
            g.writing = work
            login_user(elsewhere.person_of(work, claims), authn_via=["oidc"])
            sessions.keep_id_token(work, cookie[guard.SIGN_IN], token["id_token"])
    except RuleBroken as no:
        return _not_signed_in(no.code)
    finally:
        g.pop("writing", None)
    return redirect(url_for("pipeline.board"))


@bp.get("/logg-inn/egen/ut")
@public
def leave_elsewhere() -> ResponseReturnValue:
    """Lead whoever signed out here to their organisation, to sign out there.

    By a page of its own: a form may lead nowhere but to this site.
    """
    token = cookie.pop(elsewhere.LEAVING, None)
    entrance = url_for("security.login")
    if token is None:
        return redirect(entrance)
    there = elsewhere.way_out(token, back=public_address()["site"] + entrance)
    return page("accounts/leave.html", there=there) if there else redirect(entrance)


def _not_signed_in(code: str) -> ResponseReturnValue:
    flash(sentence(code), "error")
    return redirect(url_for("security.login"))


@bp.get("/konto")
@requires(Permission.SIGNED_IN)
def account() -> ResponseReturnValue:
    me = _me()
    _actor, lacks_second = guard.who_and_how()
    return page(
        "accounts/account.html",
        user=me,
        lacks_second=lacks_second,
        passkeys=second.passkeys_of(db.session, me.id),
        sign_ins=sessions.list_running(db.session, me.id),
        here=sessions.hash_of(cookie.get(guard.SIGN_IN, "")),
    )


def _me() -> User:
    return queries.get_user(db.session, current_actor().id or 0)


@bp.post("/konto/logg-ut/<int:sign_in_id>")
@requires(Permission.SIGNED_IN)
def sign_out_one(sign_in_id: int) -> ResponseReturnValue:
    if sessions.end(db.session, _me().id, sign_in_id):
        flash(_("That browser is signed out."), "success")
    return go_to(url_for("accounts.account"))


@bp.post("/konto/logg-ut-andre")
@requires(Permission.SIGNED_IN)
def sign_out_others() -> ResponseReturnValue:
    sessions.end_all(db.session, _me().id, but=cookie.get(guard.SIGN_IN, ""))
    flash(_("You are signed out everywhere else."), "success")
    return go_to(url_for("accounts.account"))


@bp.before_app_request
def send_to_first_run() -> ResponseReturnValue | None:
    """Lead the first visitor of an empty installation to the page that makes the administrator."""
    asks_to_sign_in = request.endpoint == "security.login" and request.method == "GET"
    if asks_to_sign_in and g.get("actor") is None and queries.is_empty(db.session):
        return redirect(url_for("accounts.first_run"))
    return None
