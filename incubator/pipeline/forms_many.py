"""Forms for many cards at once."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import Length, Optional

from incubator.core.forms import ChoiceField, DayField, Form

WAYS = [SelectChoice("gi", _l("Give")), SelectChoice("ta", _l("Take away"))]


class ManyMoveForm(Form):
    """Where the cards go, on which day, and why where that is asked."""

    to_stage = RadioField(_l("Stage"), coerce=int, validate_choice=False)
    on = DayField(_l("Date"))
    reason = TextAreaField(_l("Why?"), [Length(max=2000)])


class AssignForm(Form):
    owner_id = ChoiceField(_l("Owner"))


class AreaForm(Form):
    way = RadioField(_l("What is to be done?"), choices=WAYS, default="gi")
    area_id = ChoiceField(_l("Focus area"))


class TagForm(Form):
    way = RadioField(_l("What is to be done?"), choices=WAYS, default="gi")
    tag = StringField(_l("Tag"), [Length(max=60)])
    known: tuple[str, ...] = ()


class PromiseForm(Form):
    what = StringField(_l("What is to be done"), [Length(max=300)])
    due_on = DayField(_l("By when"), [Optional()])
    responsible_id = ChoiceField(_l("Who does it"))


class ManyParkForm(Form):
    on = DayField(_l("Date"))
    reason = TextAreaField(_l("Why are they put aside?"), [Length(max=2000)])
    look_again_on = DayField(_l("Look again on"), [Optional()])


class ManyStopForm(Form):
    on = DayField(_l("Date"))
    reason = TextAreaField(_l("Why are they stopped?"), [Length(max=2000)])
    learnt = TextAreaField(_l("What was learnt?"), [Length(max=4000)])
