"""The form that sets or changes a goal, and the question before it is removed."""

from dataclasses import replace
from datetime import date

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import RuleBroken, Stale
from incubator.core.web import go_to, is_htmx, page
from incubator.goals import operations, programmes, progress, rules
from incubator.goals.forms import GoalForm, goal_data
from incubator.goals.metrics import BY_KEY
from incubator.goals.models import PeriodKind
from incubator.goals.operations import GoalValues
from incubator.goals.queries import Aim
from incubator.goals.views.blueprint import bp
from incubator.goals.views.programmes import bp as of_programmes, say_no
from incubator.goals.words import COUNTIES
from incubator.reference.models import Programme


@of_programmes.get("/<int:programme_id>/mal/nytt")
@requires(Permission.GOAL_EDIT)
def new_goal_form(programme_id: int) -> ResponseReturnValue:
    one = programmes.get_seen(db.session, current_actor(), programme_id)
    values = GoalValues("ideas_registered", one.starts_on, one.ends_on, 0)
    data = goal_data(values, _years(one))
    return _form(GoalForm(formdata=None, data={**data, "target": None}), one, None)


@of_programmes.post("/<int:programme_id>/mal/nytt")
@requires(Permission.GOAL_EDIT)
def new_goal(programme_id: int) -> ResponseReturnValue:
    viewer, form = current_actor(), GoalForm()
    one = programmes.get_seen(db.session, viewer, programme_id)
    _set_choices(form, viewer, one, None)
    if not form.validate():
        return _form(form, one, None), 422
    wanted = form.values()
    try:
        made = operations.set_goal(
            db.session, viewer, one, metric=wanted.metric, from_on=wanted.from_on,
            to_on=wanted.to_on, target=wanted.target, region_id=wanted.region_id,
            county=wanted.county, municipality_id=wanted.municipality_id,
            focus_area_id=wanted.focus_area_id, is_everywhere=not form.place.data,
            period=wanted.period, path=dict(wanted.path), baseline=wanted.baseline,
            is_gross=wanted.is_gross, counting_rule=" ".join(wanted.rule.split()) or None,
        )  # fmt: skip
    except RuleBroken as no:
        return _refused(form, one, None, no)
    flash(_("Saved."), "success")
    return go_to(f"/mal/{made.id}")


@bp.get("/<int:goal_id>/rediger")
@requires(Permission.GOAL_EDIT)
def edit_goal_form(goal_id: int) -> ResponseReturnValue:
    aim = progress.get_aim(db.session, current_actor(), goal_id)
    stored = operations.values_of(db.session, aim.goal)
    data = goal_data(stored, _years(aim.programme))
    data |= {"seen": operations.mark_of_goal(stored), "rule_from": _rule_day(stored)}
    return _form(GoalForm(formdata=None, data=data), aim.programme, aim)


def _rule_day(stored: GoalValues) -> date:
    """Give the day that another rule would count from: today, within the goal's days."""
    first = stored.rule_from or stored.from_on
    return min(max(clock.today(), first), stored.to_on)


@bp.post("/<int:goal_id>/rediger")
@requires(Permission.GOAL_EDIT)
def edit_goal(goal_id: int) -> ResponseReturnValue:
    viewer, form = current_actor(), GoalForm()
    aim = progress.get_aim(db.session, viewer, goal_id)
    _set_choices(form, viewer, aim.programme, aim)
    if not form.validate():
        return _form(form, aim.programme, aim), 422
    try:
        operations.edit_goal(
            db.session, viewer, aim.goal, form.values(), seen=form.seen.data or ""
        )  # fmt: skip
    except (RuleBroken, Stale) as no:
        return _refused(form, aim.programme, aim, no)
    flash(_("Saved."), "success")
    return go_to(f"/mal/{goal_id}")


@bp.get("/<int:goal_id>/fjern")
@requires(Permission.GOAL_EDIT)
def remove_goal_form(goal_id: int) -> ResponseReturnValue:
    aim = progress.get_aim(db.session, current_actor(), goal_id)
    return page(
        "goals/remove_goal.html",
        block="dialog" if is_htmx() else None,
        label=BY_KEY[aim.goal.metric].label if aim.goal.metric in BY_KEY else "",
        programme=aim.programme,
        back=f"/mal/{goal_id}",
        action=f"/mal/{goal_id}/fjern",
    )


@bp.post("/<int:goal_id>/fjern")
@requires(Permission.GOAL_EDIT)
def remove_goal(goal_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    aim = progress.get_aim(db.session, viewer, goal_id)
    operations.remove_goal(db.session, viewer, aim.goal)
    flash(_("The goal was removed. What it was stays in the log."), "success")
    return go_to(f"/programmer/{aim.programme.id}")


def _refused(
    form: GoalForm, one: Programme, aim: Aim | None, no: RuleBroken | Stale
) -> ResponseReturnValue:
    if isinstance(no, RuleBroken):
        no.details["fields"] = [_FIELDS.get(name, name) for name in no.fields]
    say_no(form, no)
    if isinstance(no, Stale) and aim is not None:
        # It has been said; to save again is to mean it.
        form.seen.data = operations.mark_of_goal(operations.values_of(db.session, aim.goal))
    return _form(form, one, aim), 409 if isinstance(no, Stale) else 422


_FIELDS = {"region_id": "place", "path": "years", "is_gross": "counting"}


def _form(form: GoalForm, one: Programme, aim: Aim | None) -> str:
    _set_choices(form, current_actor(), one, aim)
    return page(
        "goals/goal_form.html",
        form=form,
        programme=one,
        goal=aim.goal if aim else None,
        has_path=any(line.form.target.data for line in form.years),
        action=f"/mal/{aim.goal.id}/rediger" if aim else f"/programmer/{one.id}/mal/nytt",
        back=f"/mal/{aim.goal.id}" if aim else f"/programmer/{one.id}",
    )


def _years(one: Programme) -> range:
    return rules.years_of(one.starts_on, one.ends_on)


def _set_choices(form: GoalForm, viewer: Actor, one: Programme, aim: Aim | None) -> None:
    """Offer the places and the focus areas of the programme."""
    found = programmes.goal_places(db.session, viewer, one)
    places = [("", _("All places of the programme"))]
    places += [(f"r{number}", name) for number, name in found.regions]
    places += [(f"m{number}", name) for number, name in found.municipalities]
    places += [(f"c{number}", _("The whole county %(name)s", name=COUNTIES.get(number, number)))
               for number in found.counties]  # fmt: skip
    form.place.choices = [SelectChoice(value, label) for value, label in places]
    if aim is not None:
        _keep_place(form, operations.values_of(db.session, aim.goal))
    areas = programmes.page_details(db.session, one.id).areas
    form.focus_area_id.choices = [("", "–"), *((area.id, area.name) for area in areas)]


def _keep_place(form: GoalForm, stored: GoalValues) -> None:
    """Offer the place that a goal has, wherever it is."""
    value = goal_data(replace(stored, period=PeriodKind.WHOLE), [])["place"]
    if value not in {choice.value for choice in form.place.choices}:
        form.place.choices.append(SelectChoice(value, _("As it is now")))
