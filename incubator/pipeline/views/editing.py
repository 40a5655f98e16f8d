"""Edit an idea: all its words in one form, or one field where it stands on the page.

A form carries what it was filled from. Where two people changed different fields, both stand;
where they changed the same, whoever comes second chooses for each field which of the two stands.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.accounts import queries as accounts
from incubator.audit.models import Change
from incubator.companies import operations as companies
from incubator.companies.models import Company, Contact
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.formats import day as write_day
from incubator.core.forms import parse_day
from incubator.core.merge import Conflict, merge
from incubator.core.refusals import sentence
from incubator.core.web import is_htmx, page
from incubator.ideas import focus, operations, queries as ideas
from incubator.ideas.models import Idea
from incubator.pipeline.forms import EditForm
from incubator.pipeline.views.blueprint import Toast, behind_others, bp
from incubator.pipeline.views.card import answered
from incubator.reference import queries as reference

FIELDS = (
    "title", "problem", "description", "company_name", "owner_id", "municipality_id",
    "focus_area_ids", "founder", "launched_what", "first_sale_planned_on",
)  # fmt: skip
STORED = "stored"  # what is chosen where what is stored now shall stand


@dataclass(frozen=True)
class Choice:
    """A field that two people changed: what each wrote, and what it was before."""

    field: str
    label: str
    mine: str
    stored: str
    original: str


@bp.get("/ideer/<int:idea_id>/rediger")
@requires(Permission.IDEA_MOVE)
def edit_form(idea_id: int) -> ResponseReturnValue:
    return _open(idea_id, None)


@bp.get("/ideer/<int:idea_id>/felt/<idea_field>")
@requires(Permission.IDEA_MOVE)
def field_form(idea_id: int, idea_field: str) -> ResponseReturnValue:
    return _open(idea_id, _known(idea_field))


@bp.post("/ideer/<int:idea_id>/rediger")
@requires(Permission.IDEA_MOVE)
@behind_others
def edit(idea_id: int) -> ResponseReturnValue:
    return _store(idea_id, None)


@bp.post("/ideer/<int:idea_id>/felt/<idea_field>")
@requires(Permission.IDEA_MOVE)
@behind_others
def edit_field(idea_id: int, idea_field: str) -> ResponseReturnValue:
    return _store(idea_id, _known(idea_field))


def _known(field: str) -> str:
    if field not in FIELDS:
        raise NotFound("not_found")
    return field


def _open(idea_id: int, only: str | None) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    operations.must_be_allowed(viewer, found)
    stored = _values(found)
    hidden = {f"was_{field}": _hidden(value) for field, value in stored.items()}
    form = _narrow(EditForm(formdata=None, data={**stored, **hidden}), only)
    return _answer(found, form, only)


def _narrow(form: EditForm, only: str | None) -> EditForm:
    """Leave one field of the form, with its own rules; nothing else is read or written then."""
    for field in FIELDS:
        if only not in (None, field):
            del form[field]
            del form[f"was_{field}"]
    return form


def _store(idea_id: int, only: str | None) -> ResponseReturnValue:
    viewer = current_actor()
    found = ideas.get_visible(db.session, viewer, idea_id)
    form = _narrow(EditForm(), only)
    _set_choices(form, found)
    if not form.validate():
        return _answer(found, form, only), 422
    stored = {field: value for field, value in _values(found).items() if field in form}
    original = {field: _was(form, field) for field in stored}
    mine = {field: _mine(form, field, original[field]) for field in stored}
    values, conflicts = merge(original, mine, stored)
    if conflicts:
        for conflict in conflicts:
            # What is stored now has been seen: saving again keeps what is chosen.
            form[f"was_{conflict.field}"].data = _hidden(conflict.stored)
        return _answer(found, form, only, conflicts), 409
    try:
        _save(viewer, found, values)
    except RuleBroken as no:
        for field in no.fields or ("",):
            form.add_error(field, sentence(no.code, no.details))
        return _answer(found, form, only), 422
    return answered(viewer, found, Toast(_("Saved.")))


def _mine(form: EditForm, field: str, original: Any) -> Any:
    """Give what somebody wants a field to be; what is stored already where they chose that."""
    if request.form.get(f"keep_{field}") == STORED:
        return original
    data = form[field].data
    if field == "focus_area_ids":
        return tuple(sorted(data or ()))
    # A browser sends each line of a text with two signs at its end.
    return data.replace("\r\n", "\n") if isinstance(data, str) else data


def _answer(
    found: Idea, form: EditForm, only: str | None, conflicts: list[Conflict] | None = None
) -> str:
    _set_choices(form, found)
    return page(
        "ideas/field.html" if only else "ideas/edit.html",
        block=("field" if only else "dialog") if is_htmx() else None,
        idea={"id": found.id, "title": found.title, "href": f"/ideer/{found.id}"},
        form=form,
        only=only,
        conflicts=[
            Choice(
                c.field, str(form[c.field].label.text),
                *(_written(form, c.field, value) for value in (c.mine, c.stored, c.original)),
            )
            for c in conflicts or ()
        ],
    )  # fmt: skip


def _written(form: EditForm, field: str, value: Any) -> str:
    """Write a value as the form shows it."""
    choices = dict(getattr(form[field], "choices", None) or ())
    if isinstance(value, date):
        return write_day(value)
    if isinstance(value, tuple):
        return ", ".join(str(choices.get(number, number)) for number in value)
    return str(choices.get(value, value) or "")


def _values(found: Idea) -> dict[str, Any]:
    company = db.session.get(Company, found.company_id) if found.company_id else None
    founder_id = found.founder_contact_id
    founder = db.session.get(Contact, founder_id) if founder_id else None
    return {
        "title": found.title,
        "problem": found.problem or "",
        "description": found.description or "",
        "company_name": company.name if company else "",
        "owner_id": found.owner_id,
        "municipality_id": found.municipality_id,
        "focus_area_ids": tuple(sorted(n for n, _name in focus.areas_of(db.session, found.id))),
        "founder": founder.name if founder else "",
        "launched_what": found.launched_what or "",
        "first_sale_planned_on": found.first_sale_planned_on,
    }


def _hidden(value: Any) -> Any:
    """Write a value as a hidden field holds it."""
    if isinstance(value, date):
        return value.isoformat()
    return ",".join(map(str, value)) if isinstance(value, tuple) else value


def _set_choices(form: EditForm, found: Idea) -> None:
    none = [("", "–")]
    if "owner_id" in form:
        form.owner_id.choices = [*none, *accounts.owner_choices(db.session, found.region_id)]
        _keep_choice(form.owner_id, found.owner_id, _("(works elsewhere now)"))
    if "municipality_id" in form:
        places = reference.municipalities_of(db.session, found.region_id)
        form.municipality_id.choices = [*none, *((place[0], place[2]) for place in places)]
        _keep_choice(form.municipality_id, found.municipality_id, _("(outside the region)"))
    if "focus_area_ids" in form:
        form.focus_area_ids.choices = _area_choices(found)


def _area_choices(found: Idea) -> list[tuple[int, str]]:
    """List the focus areas on offer, with the programme where two have the same name."""
    offered = reference.focus_areas_in(db.session, found.region_id, clock.today())
    names = [area.name for area in offered]
    choices = [
        (a.id, f"{a.name} – {a.programme}" if names.count(a.name) > 1 else a.name) for a in offered
    ]
    known = {number for number, _name in choices}
    stored = focus.areas_of(db.session, found.id)
    return choices + [(number, name) for number, name in stored if number not in known]


def _keep_choice(field: Any, value: int | None, label: str) -> None:
    if value is not None and value not in {choice[0] for choice in field.choices}:
        field.choices.append((value, label))


def _was(form: EditForm, field: str) -> Any:
    text = form[f"was_{field}"].data or ""
    if field in ("owner_id", "municipality_id"):
        return int(text) if str(text).isdecimal() else None
    if field == "first_sale_planned_on":
        return parse_day(str(text))
    if field == "focus_area_ids":
        return tuple(sorted(int(part) for part in str(text).split(",") if part.isdecimal()))
    return str(text).replace("\r\n", "\n")


def _save(viewer: Actor, found: Idea, values: dict[str, Any]) -> None:
    name, areas = values.pop("company_name", None), values.pop("focus_area_ids", None)
    person = values.pop("founder", None)
    texts = {k: v if v or k == "title" else None for k, v in values.items()}

    def company(change: Change) -> Company | None:
        return companies.company_named(db.session, change, name) if name.strip() else None

    def founder(change: Change) -> Contact | None:
        given = person.strip()
        return companies.add_contact(db.session, change, name=given) if given else None

    operations.edit_idea(
        db.session, viewer, found, texts, focus_area_ids=areas,
        company=None if name is None else company, founder=None if person is None else founder,
    )  # fmt: skip
