"""Forms of follow-ups. Choices are handed in."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length, Optional

from incubator.core.forms import ChoiceField, DayField, Form

LONGEST = 300


class NextForm(Form):
    """What is promised next; nothing needs to be."""

    what = StringField(_l("What is to be done"), [Length(max=LONGEST)])
    due_on = DayField(_l("By when"), [Optional()])
    responsible_id = ChoiceField(_l("Who does it"), validators=[Optional()])


class NewForm(NextForm):
    """Something promised to a company."""

    region = ChoiceField(_l("Region"), validators=[Optional()])
    company = StringField(_l("Company"), [InputRequired(_l("Choose a company."))])


class MoveForm(Form):
    """Another day: one of those offered, or one that is written."""

    due_on = DayField(_l("New date"), [Optional()])
    reason = StringField(_l("Why"), [Length(max=LONGEST)])
    seen_on = HiddenField()


class HandOverForm(Form):
    """Another person."""

    responsible_id = ChoiceField(
        _l("Who takes over"), validators=[InputRequired(_l("Choose who takes over."))]
    )
    reason = StringField(_l("A word to them"), [Length(max=LONGEST)])
    seen_id = HiddenField()


class EditForm(Form):
    """What a promise says, and what it said when the form was filled."""

    what = StringField(
        _l("What is to be done"),
        [InputRequired(_l("Write what is to be done.")), Length(max=LONGEST)],
    )
    due_on = DayField(_l("By when"), [Optional()])
    responsible_id = ChoiceField(_l("Who does it"), validators=[Optional()])
    was_what = HiddenField()
    was_due_on = HiddenField()
    was_responsible_id = HiddenField()
