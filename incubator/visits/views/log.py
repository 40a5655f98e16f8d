"""Log a visit: the screen, what it sends, and what a device keeps to do it without coverage."""

from typing import Any
from uuid import uuid4

from flask import Response, json, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from incubator.accounts.guard import signed_in
from incubator.companies import queries as companies
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, public, requires
from incubator.core.errors import NotFound, RuleBroken, Stale
from incubator.core.forms import whole_number
from incubator.core.refusals import sentence
from incubator.core.web import etag_of, go_to, has, page
from incubator.reference.queries import choose_region
from incubator.visits import device, operations
from incubator.visits.forms import VisitForm
from incubator.visits.models import VisitKind
from incubator.visits.operations import Logged
from incubator.visits.views.blueprint import bp

NOT_KEPT = {"Cache-Control": "private, no-store"}


@bp.get("/logg")
@requires(Permission.VISIT_LOG)
def log_form() -> ResponseReturnValue:
    viewer = current_actor()
    form = VisitForm(
        formdata=None,
        region=choose_region(viewer, whole_number(request.args.get("region"))),
        company_id=whole_number(request.args.get("bedrift")),
        kind=VisitKind.VISIT.value,
        occurred_on=clock.today(),
        client_key=str(uuid4()),
    )
    return _screen(viewer, form)


@bp.post("")
@requires(Permission.VISIT_LOG)
def log() -> ResponseReturnValue:
    viewer = current_actor()
    _must_be_the_writer(viewer)
    form = VisitForm()
    form.region.choices = list(viewer.region_names.items())
    if not form.validate():
        return _refused(viewer, form)
    try:
        logged = _log(viewer, form)
    except RuleBroken as no:
        db.start_over()
        for field in no.fields or ("",):
            form.add_error(field, sentence(no.code, no.details))
        return _refused(viewer, form)
    return _stored(logged)


def _must_be_the_writer(viewer: Actor) -> None:
    """Raise Stale where a device sends what somebody else wrote on it."""
    writer = whole_number(request.form.get("user_id"))
    if writer is not None and writer != viewer.id:
        raise Stale("other_person")


def _log(viewer: Actor, form: VisitForm) -> Logged:
    region_id = choose_region(viewer, form.region.data)
    entry = form.entry()
    try:
        return operations.log_visit(db.session, viewer, region_id, entry)
    except Stale:
        # The company was made, or changed, in the same instant; it stands there now.
        db.start_over()
        return operations.log_visit(db.session, viewer, region_id, entry)


def _stored(logged: Logged) -> ResponseReturnValue:
    href = f"/besok/{logged.visit.id}"
    if not _wants_json():
        return go_to(href)
    idea = f"/ideer/{logged.idea.id}" if logged.idea else None
    return jsonify(visit=logged.visit.id, href=href, idea=idea), 201 if logged.is_new else 200


def _refused(viewer: Actor, form: VisitForm) -> ResponseReturnValue:
    if _wants_json():
        return jsonify(errors={name or "": str(told[0]) for name, told in form.errors.items()}), 422
    return _screen(viewer, form), 422


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _screen(viewer: Actor, form: VisitForm) -> str:
    form.region.choices = list(viewer.region_names.items())
    chosen = _chosen(form)
    offered = device.list_offered(db.session, viewer, clock.today())
    contacts = device.list_contacts(db.session, chosen.id) if chosen else []
    return page(
        "visits/log.html",
        form=form,
        chosen=chosen,
        offered=[row for row in offered if chosen is None or row.id != chosen.id],
        contacts=contacts,
        colleagues=device.list_colleagues(db.session, viewer),
        today=clock.today(),
    )


def _chosen(form: VisitForm) -> Any:
    """Give the company that is chosen already, if it still stands."""
    number = whole_number(str(form.company_id.data or ""))
    if number is None:
        return None
    try:
        return companies.get_company(db.session, number)
    except NotFound:
        return None


@bp.get("/tilgang.json")
@public
def access() -> ResponseReturnValue:
    """Tell a device who is signed in, if anybody is, and the token that its forms need."""
    actor = signed_in()
    if actor is None or not actor.may(Permission.VISIT_LOG):
        return jsonify(user=None), NOT_KEPT
    return jsonify(user={"id": actor.id, "name": actor.name}, token=generate_csrf()), NOT_KEPT


@bp.get("/enhet.json")
@requires(Permission.VISIT_LOG)
def contents() -> ResponseReturnValue:
    """Give what a device keeps. It keeps the tag too: no cache of the browser holds any of it."""
    viewer = current_actor()
    text = json.dumps(device.contents(db.session, viewer, clock.today()), separators=(",", ":"))
    etag = etag_of(text)
    headers = {"ETag": etag, **NOT_KEPT}
    if has(etag):
        return Response(status=304, headers=headers)
    return Response(text, headers=headers, content_type="application/json")
