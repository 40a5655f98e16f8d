"""Forms of an agreement with the incubator."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from incubator.core.forms import DayField, Form, parse_day
from incubator.incubation.models import EndReason
from incubator.incubation.words import REASON_LABELS


class EndForm(Form):
    """When a company left the incubator, and why."""

    on = DayField(_l("Last day"), [InputRequired(_l("Write the day on which it left."))])
    reason = SelectField(
        _l("Reason"),
        [InputRequired(_l("Choose a reason."))],
        choices=[
            SelectChoice("", "–"),
            *(SelectChoice(reason.value, label) for reason, label in REASON_LABELS.items()),
        ],
    )
    note = TextAreaField(_l("Note (optional)"), [Length(max=2000)])

    def day(self) -> date:
        assert self.on.data is not None, "the form was validated"
        return self.on.data

    def chosen(self) -> EndReason:
        return EndReason(self.reason.data)


class PhaseForm(Form):
    """How far an agreement has come, and since when its present programme period runs."""

    phase = StringField(_l("Phase"), [Length(max=80)])
    period_started_on = DayField(_l("Programme period since (optional)"), [Optional()])
    was_phase = HiddenField()
    was_period = HiddenField()

    def seen(self) -> tuple[str | None, Any]:
        """Give what stood in the form when it was opened."""
        return self.was_phase.data or None, parse_day(self.was_period.data or "")
