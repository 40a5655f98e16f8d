"""A new application, and what one says."""

from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.accounts.queries import owner_choices
from incubator.companies.models import Company
from incubator.companies.queries import find_by_name, get_company
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import RuleBroken, Stale
from incubator.core.forms import whole_number
from incubator.core.merge import Conflict
from incubator.core.web import go_to, is_htmx, page
from incubator.funding import operations, queries
from incubator.funding.forms import NewForm, PlanForm, as_text
from incubator.funding.models import Application
from incubator.funding.operations import EDITABLE, Plan
from incubator.funding.views.answers import put_errors
from incubator.funding.views.blueprint import bp
from incubator.ideas import queries as ideas
from incubator.ideas.models import Idea
from incubator.reference.queries import choose_region

OF_NEW = tuple(field for field in EDITABLE if field != "report_due_on")


@bp.get("/soknader/ny")
@requires(Permission.IDEA_MOVE)
def new_form() -> ResponseReturnValue:
    viewer, idea = current_actor(), _idea_asked()
    company_id = whole_number(request.args.get("bedrift"))
    known = get_company(db.session, company_id) if company_id else None
    form = NewForm(
        formdata=None,
        data={
            "company": known.name if known else "", "owner_id": viewer.id, "on": clock.today(),
            "region": choose_region(viewer, whole_number(request.args.get("region"))),
        },
    )  # fmt: skip
    return _new_dialog(viewer, form, idea)


def _idea_asked() -> Idea | None:
    idea_id = whole_number(request.args.get("ide"))
    return ideas.get_visible(db.session, current_actor(), idea_id) if idea_id else None


def _new_dialog(viewer: Actor, form: NewForm, idea: Idea | None) -> str:
    form.region.choices = list(viewer.region_names.items())
    region_id = idea.region_id if idea else choose_region(viewer, form.region.data)
    _set_choices(form, region_id)
    return page(
        "funding/write.html",
        block="dialog" if is_htmx() else None,
        form=form,
        idea=idea,
        application=None,
        conflicts=(),
        action="/soknader/ny" + (f"?ide={idea.id}" if idea else ""),
        back=f"/ideer/{idea.id}" if idea else f"/soknader?region={region_id}",
    )


def _set_choices(form: PlanForm, region_id: int, record: Application | None = None) -> None:
    none = [("", "–")]
    form.instrument_id.choices = [*none, *queries.instrument_choices(db.session)]
    form.owner_id.choices = [*none, *owner_choices(db.session, region_id)]
    owner_id = record.owner_id if record else None
    if owner_id is not None and owner_id not in {one[0] for one in form.owner_id.choices}:
        form.owner_id.choices.append((owner_id, _("(works elsewhere now)")))


@bp.post("/soknader/ny")
@requires(Permission.IDEA_MOVE)
def add() -> ResponseReturnValue:
    viewer, idea, form = current_actor(), _idea_asked(), NewForm()
    form.region.choices = list(viewer.region_names.items())
    region_id = idea.region_id if idea else choose_region(viewer, form.region.data)
    _set_choices(form, region_id)
    if not form.validate():
        return _new_dialog(viewer, form, idea), 422
    assert form.on.data is not None, "validated"
    try:
        made = operations.add_application(
            db.session, viewer, Plan(**form.answers(OF_NEW)), region_id=region_id,
            on=form.on.data, idea=idea, company=_named(form.company.data or "", idea),
        )  # fmt: skip
    except RuleBroken as no:
        put_errors(form, no)
        return _new_dialog(viewer, form, idea), 422
    flash(_("The application is entered."), "success")
    return go_to(f"/soknader/{made.id}")


def _named(name: str, idea: Idea | None) -> Company | None:
    """Give the company of this name. Raises RuleBroken: a slip must not make a new one."""
    if idea is not None or not name.strip():
        return None
    found = find_by_name(db.session, name)
    if found is None:
        raise RuleBroken("no_such_company", fields=["company"])
    return found


@bp.get("/soknader/<int:application_id>/rediger")
@requires(Permission.IDEA_MOVE)
def edit_form(application_id: int) -> ResponseReturnValue:
    record = queries.get_application(db.session, current_actor(), application_id)
    stored = {field: getattr(record, field) for field in EDITABLE}
    was = {f"was_{field}": as_text(value) for field, value in stored.items()}
    return _edit_dialog(record, PlanForm(formdata=None, data={**stored, **was}))


def _edit_dialog(
    record: Application, form: PlanForm, conflicts: list[Conflict] | None = None
) -> str:
    _set_choices(form, record.region_id, record)
    return page(
        "funding/write.html",
        block="dialog" if is_htmx() else None,
        form=form,
        idea=record.idea_id,
        application=record,
        conflicts=[
            {"label": form[one.field].label.text, "stored": _shown(form, one)}
            for one in conflicts or ()
        ],
        action=f"/soknader/{record.id}/rediger",
        back=f"/soknader/{record.id}",
    )


def _shown(form: PlanForm, conflict: Conflict) -> Any:
    names = dict(getattr(form[conflict.field], "choices", None) or ())
    return names.get(conflict.stored, as_text(conflict.stored)) or "–"


@bp.post("/soknader/<int:application_id>/rediger")
@requires(Permission.IDEA_MOVE)
def edit(application_id: int) -> ResponseReturnValue:
    viewer, form = current_actor(), PlanForm()
    record = queries.get_application(db.session, viewer, application_id)
    _set_choices(form, record.region_id, record)
    if not form.validate():
        return _edit_dialog(record, form), 422
    asked = tuple(field for field in EDITABLE if field != "title" or record.idea_id is None)
    try:
        operations.edit_application(
            db.session, viewer, record, form.answers(asked), form.seen(asked)
        )
    except (RuleBroken, Stale) as no:
        conflicts = no.details.get("conflicts", [])
        for one in conflicts:  # seen now: to save again keeps what was typed
            form[f"was_{one.field}"].data = as_text(one.stored)
        put_errors(form, no)
        return _edit_dialog(record, form, conflicts), no.status
    flash(_("Saved."), "success")
    return go_to(f"/soknader/{application_id}")
