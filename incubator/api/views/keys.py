"""The page on which people make tokens for their programs, and what they may do with them."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.accounts import guard
from incubator.accounts.store import public_address
from incubator.api import operations, queries, scopes
from incubator.api.document import written
from incubator.api.forms import KeyForm
from incubator.api.scopes import LABELS, Scope
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import RuleBroken
from incubator.core.problems import PREFIX
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page
from incubator.reference import numbers
from incubator.reference.numbers import API_KEY_DAYS, API_KEY_LONGEST_DAYS

ADDRESS = "/api-nokler"
bp = Blueprint("api_keys", __name__, url_prefix=ADDRESS)
bp.before_request(guard.ask_for_password)
about = Blueprint("api_about", __name__)


@bp.get("")
@requires(Permission.COUNTS_SEE)
def index() -> ResponseReturnValue:
    return _page(_empty(current_actor()))


def _empty(viewer: Actor) -> KeyForm:
    form = KeyForm(
        formdata=None, scopes=[Scope.COUNTS], region_ids=[],
        expires_on=clock.today() + timedelta(days=_lifetimes()[0]), seen=_seen(viewer),
    )  # fmt: skip
    return _with_choices(form, viewer)


def _lifetimes() -> tuple[int, int]:
    """Give for how many days a key lasts where nothing else is said, and at most."""
    longest = numbers.value(db.session, API_KEY_LONGEST_DAYS)
    return min(numbers.value(db.session, API_KEY_DAYS), longest), longest


def _with_choices(form: KeyForm, viewer: Actor) -> KeyForm:
    form.scopes.choices = [(s.value, str(LABELS[s])) for s in scopes.offered_to(viewer)]
    form.region_ids.choices = list(viewer.region_names.items())
    return form


def _seen(viewer: Actor) -> str:
    """Name the latest token that a person has, so that one press makes one."""
    newest = next(iter(queries.list_tokens(db.session, viewer)), None)
    return str(newest.id) if newest else ""


def _page(form: KeyForm, secret: str = "") -> str:
    viewer, now = current_actor(), clock.now()
    tokens = queries.list_tokens(db.session, viewer)
    regions = queries.regions_of(db.session, [token.id for token in tokens])
    return page(
        "api/keys.html",
        form=form,
        longest=_lifetimes()[1],
        secret=secret,
        tokens=[_shown(token, regions.get(token.id, []), viewer, now) for token in tokens],
        address=public_address()["site"] + PREFIX,
    )


def _shown(token: Any, region_ids: list[int], viewer: Actor, now: Any) -> dict[str, Any]:
    names = [name for number, name in viewer.region_names.items() if number in region_ids]
    return {
        "id": token.id,
        "name": token.name,
        "beginning": token.beginning,
        "scopes": [LABELS[Scope(word)] for word in token.scopes.split()],
        "regions": names,
        "made_at": token.made_at,
        "expires_on": clock.day_of(token.expires_at),
        "last_used_at": token.last_used_at,
        "is_revoked": token.revoked_at is not None,
        "is_over": token.expires_at <= now,
    }


@bp.post("")
@requires(Permission.COUNTS_SEE)
def make() -> ResponseReturnValue:
    """Answer with the page itself: the secret is shown this once and then never again."""
    viewer = current_actor()
    form = _with_choices(KeyForm(), viewer)
    if not form.validate() or form.expires_on.data is None:
        if not form.expires_on.errors and form.expires_on.data is None:
            form.add_error("expires_on", _("Write the day."))
        return _page(form), 422
    if (form.seen.data or "") != _seen(viewer):
        # The page was loaded anew: what it made the first time was shown then.
        flash(_("The key was made already. Make a new one if you have lost it."), "info")
        return go_to(ADDRESS)
    try:
        secret = operations.make_token(
            db.session,
            viewer,
            name=form.name.data or "",
            scopes=form.scopes.data or [],
            region_ids=form.region_ids.data or [],
            expires_at=clock.end_of(form.expires_on.data),
        )
    except RuleBroken as no:
        for field in no.fields or ("",):
            form.add_error(field, sentence(no.code, no.details))
        return _page(form), 422
    return _page(_empty(viewer), secret), 200, {"Cache-Control": "private, no-store"}


@bp.post("/<int:token_id>/trekk-tilbake")
@requires(Permission.COUNTS_SEE)
def revoke(token_id: int) -> ResponseReturnValue:
    operations.revoke_token(db.session, current_actor(), token_id)
    flash(_("The key is withdrawn. Programs that use it get nothing any more."), "success")
    return go_to(ADDRESS)


@about.get("/api")
@requires(Permission.COUNTS_SEE)
def docs() -> ResponseReturnValue:
    """Show the document as a page: its operations, their parameters and answers."""
    document = written()
    return page(
        "api/docs.html",
        address=public_address()["site"] + PREFIX,
        operations=_operations(document),
        schemas=document["components"]["schemas"],
        document_url=f"{PREFIX}openapi.json",
    )


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            if method == "parameters":
                continue
            body = said.get("requestBody", {}).get("content", {}).get("application/json")
            answers = said["responses"]
            good = next(answers[code] for code in ("200", "201") if code in answers)
            found.append(
                {
                    "id": said["operationId"],
                    "method": method.upper(),
                    "path": path,
                    "summary": said["summary"],
                    "parameters": said["parameters"],
                    "body": _name(body["schema"]) if body else None,
                    "answer": _name(good["content"]["application/json"]["schema"]),
                    "codes": [code for code in answers if code[0] == "4"],
                }
            )
    return found


def _name(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]
