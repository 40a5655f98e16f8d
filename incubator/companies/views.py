"""Companies: new ones, the people there, what was changed, and the names that a field offers."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.companies import log, operations, queries
from incubator.companies.forms import CompanyForm, ContactForm, MoveContactForm, section_choices
from incubator.companies.models import Company, Contact
from incubator.companies.rules import dialled
from incubator.companies.words import FIELD_LABELS, VERB_LABELS, VIA_LABELS, shown
from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import Moved, RuleBroken
from incubator.core.forms import Form, whole_number
from incubator.core.merge import Conflict, merge
from incubator.core.refusals import sentence
from incubator.core.web import go_to, is_htmx, page, paging
from incubator.reference import queries as reference

bp = Blueprint("companies", __name__, url_prefix="/bedrifter")


@bp.app_errorhandler(Moved)
def lead_on(moved: Moved) -> ResponseReturnValue:
    """Lead from the address of a company that was merged to the same page of the other one."""
    view: dict[str, Any] = dict(request.view_args or {})
    if request.method != "GET" or "company_id" not in view or not request.endpoint:
        return page("errors/error.html", code=moved.code, status=404,
                    sentence=sentence(moved.code, moved.details)), 404  # fmt: skip
    # Not for good: a merge can be undone.
    view["company_id"] = moved.details["company_id"]
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    return redirect(url_for(request.endpoint, **view) + query)


@bp.get("/forslag")
@requires(Permission.COMPANY_SEE)
def suggestions() -> ResponseReturnValue:
    asked = (request.args.get(name, "") for name in ("company", "company_name", "q"))
    text = next(filter(None, asked), "")[:100]
    found = queries.list_companies(db.session, text)[:10] if text.strip() else []
    return page("companies/_suggestions.html", companies=found)


@bp.get("/lignende")
@requires(Permission.COMPANY_SEE)
def alike() -> ResponseReturnValue:
    name = request.args.get("name", "")[:200]
    return page("companies/_alike.html", alike=queries.list_alike(db.session, name))


@bp.get("/ny")
@requires(Permission.COMPANY_EDIT)
def new_form() -> ResponseReturnValue:
    return _new_dialog(CompanyForm(formdata=None))


@bp.post("/ny")
@requires(Permission.COMPANY_EDIT)
def new() -> ResponseReturnValue:
    form = CompanyForm()
    _set_choices(form)
    if not form.validate():
        return _new_dialog(form), 422
    values = form.answers()
    namesakes = queries.list_alike(db.session, values["name"] or "", orgnr=values["orgnr"])
    if namesakes and not form.is_another.data:
        return _new_dialog(form, namesakes), 422
    try:
        company = operations.new_company(db.session, current_actor(), values)
    except RuleBroken as no:
        put_errors(form, no)
        return _new_dialog(form), 422
    return go_to(f"/bedrifter/{company.id}")


def _new_dialog(form: CompanyForm, namesakes: Any = ()) -> str:
    _set_choices(form)
    return page(
        "companies/edit.html",
        block="dialog" if is_htmx() else None,
        company=None,
        form=form,
        alike=namesakes,
        conflicts=(),
        title=_("New company"),
        action="/bedrifter/ny",
        back="/bedrifter",
    )


def _set_choices(form: CompanyForm) -> None:
    viewer = current_actor()
    places = reference.municipalities_in(db.session, viewer)
    form.municipality_id.choices = [("", "–"), *places]
    form.industry_section.choices = [("", "–"), *section_choices()]


def put_errors(form: Form, no: RuleBroken) -> None:
    """Put a refusal beside the fields that it is about."""
    for field in no.fields or ("",):
        form.add_error(field, sentence(no.code, no.details))


@bp.get("/<int:company_id>/kontakter")
@requires(Permission.COMPANY_SEE)
def contacts(company_id: int) -> ResponseReturnValue:
    return _contacts(queries.get_company(db.session, company_id), ContactForm(formdata=None))


def _contacts(company: Company, form: ContactForm) -> str:
    found = queries.list_contacts(db.session, company.id)
    return page(
        "companies/contacts.html",
        company=company,
        contacts=[(one, dialled(one.telephone or "")) for one in found],
        form=form,
    )


@bp.post("/<int:company_id>/kontakter")
@requires(Permission.COMPANY_EDIT)
def add_contact(company_id: int) -> ResponseReturnValue:
    company = queries.get_to_write(db.session, company_id)
    form = ContactForm()
    if not form.validate():
        return _contacts(company, form), 422
    try:
        operations.new_contact(db.session, current_actor(), company, form.answers())
    except RuleBroken as no:
        put_errors(form, no)
        return _contacts(company, form), 422
    return go_to(f"/bedrifter/{company_id}/kontakter")


@bp.get("/<int:company_id>/kontakter/<int:contact_id>")
@requires(Permission.COMPANY_EDIT)
def edit_contact_form(company_id: int, contact_id: int) -> ResponseReturnValue:
    company = queries.get_company(db.session, company_id)
    contact = queries.get_contact(db.session, company_id, contact_id)
    stored = _stored(contact)
    form = ContactForm(formdata=None, data={**stored, **{f"was_{f}": v for f, v in stored.items()}})
    return _contact_dialog(company, contact, form, MoveContactForm(formdata=None))


def _stored(contact: Contact) -> dict[str, Any]:
    return {field: getattr(contact, field) for field in operations.OF_A_CONTACT}


def _contact_dialog(
    company: Company, contact: Contact, form: ContactForm, move: MoveContactForm,
    conflicts: list[Conflict] | None = None,
) -> str:  # fmt: skip
    return page(
        "companies/contact.html",
        block="dialog" if is_htmx() else None,
        company=company,
        contact=contact,
        href=f"/bedrifter/{company.id}/kontakter/{contact.id}",
        back=f"/bedrifter/{company.id}/kontakter",
        form=form,
        move=move,
        conflicts=[
            {"label": form[c.field].label.text, "stored": c.stored} for c in conflicts or ()
        ],
    )


@bp.post("/<int:company_id>/kontakter/<int:contact_id>")
@requires(Permission.COMPANY_EDIT)
def edit_contact(company_id: int, contact_id: int) -> ResponseReturnValue:
    company = queries.get_company(db.session, company_id)
    contact = queries.get_contact(db.session, company_id, contact_id, to_change=True)
    form, move = ContactForm(), MoveContactForm(formdata=None)
    if not form.validate():
        return _contact_dialog(company, contact, form, move), 422
    values, conflicts = merge(form.original(), form.answers(), _stored(contact))
    if conflicts:
        seen(form, conflicts)
        return _contact_dialog(company, contact, form, move, conflicts), 409
    try:
        operations.edit_contact(db.session, current_actor(), contact, values)
    except RuleBroken as no:
        put_errors(form, no)
        return _contact_dialog(company, contact, form, move), 422
    return go_to(f"/bedrifter/{company_id}/kontakter")


def seen(form: Form, conflicts: list[Conflict]) -> None:
    """Let a form know what is stored now: saving it again keeps what was typed."""
    for conflict in conflicts:
        form[f"was_{conflict.field}"].data = conflict.stored


@bp.post("/<int:company_id>/kontakter/<int:contact_id>/flytt")
@requires(Permission.COMPANY_EDIT)
def move_contact(company_id: int, contact_id: int) -> ResponseReturnValue:
    move = MoveContactForm()
    name = (move.company_name.data or "") if move.validate() else ""
    to = queries.find_by_name(db.session, name)
    for touched in sorted({company_id, to.id if to else company_id}):
        queries.get_to_write(db.session, touched)
    company = queries.get_company(db.session, company_id)
    contact = queries.get_contact(db.session, company_id, contact_id, to_change=True)
    try:
        if to is None:
            raise RuleBroken("no_such_company", fields=["company_name"])
        operations.move_contact(db.session, current_actor(), contact, to)
    except RuleBroken as no:
        put_errors(move, no)
        stored = _stored(contact)
        kept = {**stored, **{f"was_{f}": v for f, v in stored.items()}}
        return _contact_dialog(company, contact, ContactForm(formdata=None, data=kept), move), 422
    flash(_("%(name)s works at %(company)s now.", name=contact.name, company=to.name), "success")
    return go_to(f"/bedrifter/{to.id}/kontakter")


@bp.post("/<int:company_id>/kontakter/<int:contact_id>/fjern")
@requires(Permission.COMPANY_EDIT)
def remove_contact(company_id: int, contact_id: int) -> ResponseReturnValue:
    queries.get_company(db.session, company_id)
    contact = queries.get_contact(db.session, company_id, contact_id, to_change=True)
    operations.remove_contact(db.session, current_actor(), contact)
    flash(_("%(name)s was taken off the list.", name=contact.name), "success")
    return go_to(f"/bedrifter/{company_id}/kontakter")


@bp.get("/<int:company_id>/logg")
@requires(Permission.COMPANY_SEE)
def changes(company_id: int) -> ResponseReturnValue:
    company = queries.get_company(db.session, company_id)
    number = max(1, whole_number(request.args.get("side")) or 1)
    found = log.log_of(db.session, company_id, (number - 1) * log.PAGE)

    def address(side: int) -> str:
        return f"/bedrifter/{company_id}/logg?{urlencode({'side': side})}"

    return page(
        "companies/log.html",
        company=company,
        lines=found.lines,
        verbs=VERB_LABELS,
        fields=FIELD_LABELS,
        vias=VIA_LABELS,
        shown=shown,
        pages=paging(number, log.PAGE, found.total, address),
    )
