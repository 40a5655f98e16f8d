"""The programmes: the list, one of them, and the form that makes or changes one."""

from typing import Any

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import RuleBroken, Stale
from incubator.core.formats import span
from incubator.core.forms import Form, whole_number
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page
from incubator.goals import operations, programmes, progress, queries
from incubator.goals.forms import ProgrammeForm, programme_data
from incubator.goals.views.pages import show_goals
from incubator.goals.words import COUNTIES
from incubator.reference.models import Programme
from incubator.reference.queries import list_organisations

bp = Blueprint("programmes", __name__, url_prefix="/programmer")


@bp.get("")
@requires(Permission.COUNTS_SEE)
def index() -> ResponseReturnValue:
    viewer, today = current_actor(), clock.today()
    asked = whole_number(request.args.get("region"))
    found = programmes.list_seen(
        db.session, viewer, asked if asked in viewer.region_names else None
    )
    ids = [one.id for one in found]
    details = queries.programme_details(db.session, ids)
    counts = programmes.count_goals(db.session, ids)
    shown = [
        {
            "name": one.name,
            "href": f"/programmer/{one.id}",
            "owner": details[one.id].owner,
            "funders": details[one.id].funders,
            "period": span(one.starts_on, one.ends_on),
            "amount_nok": one.amount_nok,
            "goals": counts.get(one.id, 0),
            "is_ended": one.ends_on < today,
        }
        for one in sorted(found, key=lambda one: one.ends_on < today)
    ]
    return page(
        "goals/programmes.html", programmes=shown, may_edit=viewer.may(Permission.GOAL_EDIT)
    )


@bp.get("/<int:programme_id>")
@requires(Permission.COUNTS_SEE)
def programme(programme_id: int) -> ResponseReturnValue:
    viewer, today = current_actor(), clock.today()
    one = programmes.get_seen(db.session, viewer, programme_id)
    aims = queries.aims_of_programme(db.session, viewer, programme_id)
    lines = queries.lines(db.session, aims, today)
    rules = queries.rules_of(db.session, [line.goal.id for line in lines], today)
    outlooks = progress.outlooks(db.session, lines, today)
    details = programmes.page_details(db.session, programme_id)
    return page(
        "goals/programme.html",
        programme=one,
        details=details,
        counties=COUNTIES,
        is_ended=one.ends_on < today,
        is_invented=any(line.goal.is_invented for line in lines),
        period=span(one.starts_on, one.ends_on),
        goals=show_goals(lines, outlooks, rules, next(iter(viewer.region_names), 0)),
        may_edit=viewer.may(Permission.GOAL_EDIT),
    )


@bp.get("/ny")
@requires(Permission.GOAL_EDIT)
def new_form() -> ResponseReturnValue:
    empty: list[dict[str, Any]] = [{}, {}, {}]
    form = ProgrammeForm(formdata=None, data={"funders": empty, "areas": empty})
    return _form(form, None)


@bp.post("/ny")
@requires(Permission.GOAL_EDIT)
def new() -> ResponseReturnValue:
    form = ProgrammeForm()
    _set_choices(form, current_actor(), None)
    if not form.validate():
        return _form(form, None), 422
    wanted = form.values()
    try:
        made = operations.create_programme(
            db.session, current_actor(), name=wanted.name, owner_id=wanted.owner_id,
            starts_on=wanted.starts_on, ends_on=wanted.ends_on, amount_nok=wanted.amount_nok,
            funders=wanted.funders, region_ids=wanted.region_ids,
            municipality_ids=wanted.municipality_ids, county=wanted.county,
            description=wanted.description, focus_areas=wanted.areas, needs_place=True,
        )  # fmt: skip
    except RuleBroken as no:
        return _refused(form, None, no)
    flash(_("Saved."), "success")
    return go_to(f"/programmer/{made.id}")


@bp.get("/<int:programme_id>/rediger")
@requires(Permission.GOAL_EDIT)
def edit_form(programme_id: int) -> ResponseReturnValue:
    one = programmes.get_seen(db.session, current_actor(), programme_id)
    stored = operations.stored_values(db.session, one)
    seen = operations.mark_of_programme(stored)
    return _form(ProgrammeForm(formdata=None, data={**programme_data(stored), "seen": seen}), one)


@bp.post("/<int:programme_id>/rediger")
@requires(Permission.GOAL_EDIT)
def edit(programme_id: int) -> ResponseReturnValue:
    viewer, form = current_actor(), ProgrammeForm()
    one = programmes.get_seen(db.session, viewer, programme_id)
    _set_choices(form, viewer, one)
    if not form.validate():
        return _form(form, one), 422
    try:
        operations.edit_programme(
            db.session, viewer, one, form.values(), seen=form.seen.data or ""
        )  # fmt: skip
    except (RuleBroken, Stale) as no:
        return _refused(form, one, no)
    flash(_("Saved."), "success")
    return go_to(f"/programmer/{one.id}")


def _refused(
    form: ProgrammeForm, one: Programme | None, no: RuleBroken | Stale
) -> ResponseReturnValue:
    say_no(form, no)
    if isinstance(no, Stale) and one is not None:
        # It has been said; to save again is to mean it.
        form.seen.data = operations.mark_of_programme(operations.stored_values(db.session, one))
    return _form(form, one), 409 if isinstance(no, Stale) else 422


def say_no(form: Form, no: RuleBroken | Stale) -> None:
    """Put a refusal beside the fields that it names, or on top."""
    fields: Any = getattr(no, "fields", None) or ("",)
    for name in fields:
        form.add_error(name, sentence(no.code, no.details))


def _form(form: ProgrammeForm, one: Programme | None) -> str:
    _set_choices(form, current_actor(), one)
    return page(
        "goals/programme_form.html",
        form=form,
        programme=one,
        action=f"/programmer/{one.id}/rediger" if one else "/programmer/ny",
        back=f"/programmer/{one.id}" if one else "/programmer",
    )


def _set_choices(form: ProgrammeForm, viewer: Actor, one: Programme | None) -> None:
    """Offer one's own regions and their municipalities, and what the programme has already."""
    places = programmes.place_choices(db.session, viewer, one.id if one else None)
    organisations = [(found.id, found.name) for found in list_organisations(db.session)]
    form.owner_id.choices = [("", "–"), *organisations]
    for line in form.funders:
        line.form.organisation_id.choices = [("", "–"), *organisations]
    form.region_ids.choices = [SelectChoice(number, name) for number, name in places.regions]
    form.municipality_ids.choices = [
        SelectChoice(number, name) for number, name in places.municipalities
    ]
    form.county.choices = [
        SelectChoice("", "–"),
        *(SelectChoice(number, COUNTIES.get(number, number)) for number in places.counties),
    ]
