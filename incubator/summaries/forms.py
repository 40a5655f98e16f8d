"""Forms of agreements on reporting, their recipients, and the editor's word."""

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional

from incubator.core.forms import ChoiceField, DayField, Form
from incubator.summaries.models import Cadence
from incubator.summaries.words import CADENCE_LABELS, LOCALE_LABELS


class PartnerForm(Form):
    """What an organisation is told, how often, and on what basis."""

    organisation_id = ChoiceField(_l("Organisation"))
    municipality_ids = SelectMultipleField(_l("Municipalities"), coerce=int)
    programme_id = ChoiceField(_l("Goals of one programme alone (optional)"))
    cadence = SelectField(
        _l("How often"),
        choices=[SelectChoice(one.value, label) for one, label in CADENCE_LABELS.items()],
    )
    hides_small = BooleanField(_l("Do not tell small counts"))
    sends_after_days = IntegerField(
        _l("Send by itself after so many days (optional)"),
        [Optional(), NumberRange(min=0, max=30, message=_l("Write a number from 0 to 30."))],
    )
    legal_basis = StringField(_l("Basis: agreement, decision (optional)"), [Length(max=500)])
    case_number = StringField(_l("The partner's case number (optional)"), [Length(max=80)])

    def chosen(self) -> Cadence:
        return Cadence(self.cadence.data)


class RecipientForm(Form):
    """A person who gets the summary."""

    name = StringField(_l("Name"), [InputRequired(_l("Write the name.")), Length(max=120)])
    email = StringField(
        _l("E-mail"),
        [
            InputRequired(_l("Write the e-mail address.")),
            Email(_l("This is no e-mail address.")),
            Length(max=200),
        ],
    )
    locale = SelectField(
        _l("Language"),
        choices=[SelectChoice(key, label) for key, label in LOCALE_LABELS.items()],
    )


class NoteForm(Form):
    """The editor's word on top of a summary."""

    note = TextAreaField(_l("A word from you (optional)"), [Length(max=2000)])


class BounceForm(Form):
    """Mail came back: when, and what it said."""

    occurred_on = DayField(_l("The day it came back"), [InputRequired(_l("Choose a day."))])
    reason = StringField(_l("What the answer said (optional)"), [Length(max=500)])


class CommentForm(Form):
    """A word about a report among ourselves."""

    text = TextAreaField(_l("Comment"), [InputRequired(_l("Write a comment.")), Length(max=2000)])
