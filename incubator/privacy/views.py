"""Privacy: contacts that nobody needs any more, what is held about a person, erasure."""

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken
from incubator.core.forms import whole_number
from incubator.core.refusals import sentence
from incubator.core.web import download, go_to, page, paging
from incubator.privacy import operations, queries, report, traces
from incubator.privacy.forms import EraseForm
from incubator.privacy.queries import Kind, Person

bp = Blueprint("privacy", __name__, url_prefix="/personvern")
SHOWN = 50
KINDS = {"kontakt": Kind.CONTACT, "bruker": Kind.USER}


@bp.get("")
@requires(Permission.PRIVACY)
def index() -> ResponseReturnValue:
    number = max(1, whole_number(request.args.get("side")) or 1)
    found, total = queries.list_silent(db.session, number)
    return page(
        "privacy/index.html",
        contacts=found,
        total=total,
        since=queries.silent_since(db.session, clock.today()),
        pages=paging(number, queries.PAGE, total, lambda side: f"/personvern?side={side}"),
    )


@bp.get("/kontakt/<int:contact_id>")
@requires(Permission.PRIVACY)
def contact(contact_id: int) -> ResponseReturnValue:
    return _person(queries.get_person(db.session, Kind.CONTACT, contact_id), EraseForm(None))


@bp.get("/bruker/<int:user_id>")
@requires(Permission.ADMIN)
def user(user_id: int) -> ResponseReturnValue:
    return _person(queries.get_person(db.session, Kind.USER, user_id), EraseForm(None))


def _width() -> int:
    """Say how much beside a name is shown: to who sees every region's text, and to nobody else."""
    return report.WIDTH if current_actor().region_ids is None else 0


def _person(person: Person, form: EraseForm) -> str:
    words = queries.words_for(db.session, person)
    found = [] if person.is_erased else list(traces.find(db.session, words))
    return page(
        "privacy/person.html",
        person=person,
        facts=report.facts(person),
        places=list(report.rows(found[:SHOWN], words, width=min(_width(), 60))),
        number=len(found),
        form=form,
    )


@bp.get("/kontakt/<int:contact_id>/innsyn.xlsx")
@requires(Permission.PRIVACY)
def contact_report(contact_id: int) -> ResponseReturnValue:
    return _report(queries.get_person(db.session, Kind.CONTACT, contact_id))


@bp.get("/bruker/<int:user_id>/innsyn.xlsx")
@requires(Permission.ADMIN)
def user_report(user_id: int) -> ResponseReturnValue:
    return _report(queries.get_person(db.session, Kind.USER, user_id))


def _report(person: Person) -> ResponseReturnValue:
    words = queries.words_for(db.session, person)
    content = report.workbook(person, traces.find(db.session, words), words, width=_width())
    return download(content, f"{_('access')} {clock.today().isoformat()}.xlsx")


@bp.post("/kontakt/<int:contact_id>/slett")
@requires(Permission.PRIVACY)
def erase_contact(contact_id: int) -> ResponseReturnValue:
    return _erase(queries.get_person(db.session, Kind.CONTACT, contact_id))


@bp.post("/bruker/<int:user_id>/slett")
@requires(Permission.ADMIN)
def erase_user(user_id: int) -> ResponseReturnValue:
    return _erase(queries.get_person(db.session, Kind.USER, user_id))


def _erase(person: Person) -> ResponseReturnValue:
    form = EraseForm()
    if not form.validate():
        return _person(person, form), 422
    try:
        _change, number = operations.erase(
            db.session, current_actor(), person,
            confirmed=form.name.data or "", more=form.spellings(),
        )  # fmt: skip
    except RuleBroken as no:
        for field in no.fields or ("",):
            form.add_error(field, sentence(no.code, no.details))
        return _person(person, form), 422
    flash(_("The person is erased, in %(number)s texts.", number=number), "success")
    return go_to("/personvern")
