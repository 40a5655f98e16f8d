"""The settings that are numbers: small numbers, retention, the API."""

from contextlib import suppress
from typing import Any

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import HiddenField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from incubator.admin import operations
from incubator.admin.number_words import GROUPS, Group
from incubator.admin.views.blueprint import bp, explain
from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken, Stale
from incubator.core.forms import Form, whole_number
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page
from incubator.reference import kept, numbers


class NumberField(IntegerField):
    """A whole number; what is none is refused in the same words as one beyond the limits."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        with suppress(ValueError):
            super().process_formdata(valuelist)


class NumbersForm(Form):
    """Some numbers; `seen` marks what the form was filled from."""

    seen = HiddenField()


def _form(group: Group, **filled: Any) -> NumbersForm:
    fields = {number.key: _field(number, label) for number, label, _text in group.fields}
    made: NumbersForm = type("GroupForm", (NumbersForm,), fields)(**filled)
    return made


def _field(number: numbers.Number, label: Any) -> NumberField:
    told = _l("Write a whole number from %(least)s to %(most)s.", least=number.least,
              most=number.most)  # fmt: skip
    return NumberField(
        label, [InputRequired(told), NumberRange(number.least, number.most, message=told)]
    )


def _filled(group: Group) -> NumbersForm:
    found = [number for number, _label, _text in group.fields]
    stored = numbers.values(db.session, found)
    return _form(group, formdata=None, seen=kept.mark_of(db.session, stored), **stored)


def _page(name: str, form: NumbersForm, stored: NumbersForm | None = None) -> str:
    return page("admin/numbers.html", name=name, group=GROUPS[name], form=form, stored=stored)


@bp.get("/<any('sma-tall', lagringstid, api):group>")
@requires(Permission.ADMIN)
def numbers_form(group: str) -> ResponseReturnValue:
    return _page(group, _filled(GROUPS[group]))


@bp.post("/<any('sma-tall', lagringstid, api):group>")
@requires(Permission.ADMIN)
def set_numbers(group: str) -> ResponseReturnValue:
    form = _form(GROUPS[group])
    if not form.validate():
        return _page(group, form), 422
    wanted = {number: form[number.key].data for number, _label, _text in GROUPS[group].fields}
    try:
        change = operations.set_numbers(
            db.session, current_actor(), wanted, seen=whole_number(form.seen.data)
        )
    except RuleBroken as no:
        explain(form, no)
        return _page(group, form), 422
    except Stale as late:
        db.start_over()
        return _page(group, form, renewed(form, _filled(GROUPS[group]), late)), 409
    flash(_("Saved.") if change else _("Nothing was different."), "success")
    return go_to(f"/oppsett/{group}")


def renewed(form: Any, stored: Any, late: Stale) -> Any:
    """Keep what was typed, to be sent once more, beside what somebody else has stored."""
    form.add_error("", sentence(late.code, late.details))
    form.seen.data = str(stored.seen.data)
    form.seen.raw_data = None
    return stored
