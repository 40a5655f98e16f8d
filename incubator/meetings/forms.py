"""Forms of the meeting."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from incubator.core.forms import ChoiceField, DayField, Form


class PresentForm(Form):
    """Who is there."""

    user_ids = SelectMultipleField(_l("Present"), coerce=int, choices=[])
    guests = StringField(_l("Others who are present"), [Length(max=2000)])


class BeginForm(PresentForm):
    """Who is there when a meeting begins, and how far back it looks."""

    since_on = DayField(_l("Changed since"), [Optional()])


class MinutesForm(PresentForm):
    """What is corrected in the minutes before the meeting is closed."""

    note = TextAreaField(_l("Beside the agenda"), [Length(max=10_000)])
    was_note = HiddenField()


class AssignForm(Form):
    owner_id = ChoiceField(_l("Owner"))
    was_owner_id = HiddenField()


class NextStepForm(Form):
    what = StringField(_l("What is to be done"), [Length(max=300)])
    due_on = DayField(_l("By when"), [Optional()])
    responsible_id = ChoiceField(_l("Who does it"))
