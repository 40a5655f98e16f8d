"""Forms of applications and funding schemes. Choices are handed in."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from incubator.core.forms import ChoiceField, DayField, Form, NokField, parse_day, whole_number
from incubator.funding.models import ApplicationStatus, Intake
from incubator.funding.words import INTAKE_LABELS

LONGEST = 300
Values = dict[str, Any]


def as_text(value: Any) -> str:
    """Write a value into a hidden field."""
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


class PlanForm(Form):
    """What an application says, and what it said when the form was filled."""

    title = StringField(_l("What it is about"), [Length(max=LONGEST)])
    instrument_id = ChoiceField(_l("Funding scheme"), validators=[Optional()])
    sought_nok = NokField(_l("Amount sought (NOK)"), [Optional()])
    deadline_on = DayField(_l("Deadline"), [Optional()])
    planned_on = DayField(_l("Planned to be sent"), [Optional()])
    report_due_on = DayField(_l("Report due"), [Optional()])
    reference = StringField(_l("The funder's case number"), [Length(max=LONGEST)])
    owner_id = ChoiceField(_l("Who is responsible"), validators=[Optional()])
    was_title = HiddenField()
    was_instrument_id = HiddenField()
    was_sought_nok = HiddenField()
    was_deadline_on = HiddenField()
    was_planned_on = HiddenField()
    was_report_due_on = HiddenField()
    was_reference = HiddenField()
    was_owner_id = HiddenField()

    def answers(self, fields: tuple[str, ...]) -> Values:
        """Give what was typed."""
        return {field: self[field].data for field in fields}

    def seen(self, fields: tuple[str, ...]) -> Values:
        """Give what the form was filled with."""
        return {field: self._was(field) for field in fields}

    def _was(self, field: str) -> Any:
        text = self[f"was_{field}"].data or ""
        if field.endswith("_on"):
            return parse_day(text)
        if field == "sought_nok":
            return int(text) if text.isascii() and text.isdigit() else None
        return whole_number(text) if field.endswith("_id") else text or None


class NewForm(PlanForm):
    """A new application: of an idea, or of a company."""

    company = StringField(_l("Company"), [Length(max=LONGEST)])
    region = ChoiceField(_l("Region"), validators=[Optional()])
    on = DayField(_l("Begun on"), [InputRequired(_l("Write the day on which it was begun."))])


class TurnForm(Form):
    """What happened to an application, on which day."""

    on = DayField(_l("Date"), [InputRequired(_l("Write the date."))])
    amount_nok = NokField(_l("Amount granted (NOK)"), [Optional()])
    report_due_on = DayField(_l("Report due"), [Optional()])
    reason = TextAreaField(_l("Note"), [Length(max=2000)])
    seen = HiddenField()

    def shape_for(self, status: ApplicationStatus) -> None:
        """Ask for what belongs to a status, and for no more."""
        if status != ApplicationStatus.GRANTED:
            del self.amount_nok
        if status not in (
            ApplicationStatus.GRANTED, ApplicationStatus.ACCEPTED, ApplicationStatus.RUNNING,
        ):  # fmt: skip
            del self.report_due_on
        if status == ApplicationStatus.REFUSED:
            self.reason.label.text = _l("Why it was refused")


class PaymentForm(Form):
    """Money that came, or that went back."""

    on = DayField(_l("Date"), [InputRequired(_l("Write the date."))])
    amount_nok = NokField(_l("Amount (NOK)"), [InputRequired(_l("Write the amount."))])
    note = StringField(_l("Note"), [Length(max=LONGEST)])
    seen = HiddenField()


class VoidForm(Form):
    """Why something is taken away again."""

    reason = StringField(
        _l("What was the mistake?"),
        [InputRequired(_l("Write why, in a few words.")), Length(max=LONGEST)],
    )


class InstrumentForm(Form):
    """A funding scheme."""

    name = StringField(_l("Name"), [InputRequired(_l("Write a name.")), Length(max=LONGEST)])
    funder_id = ChoiceField(_l("Funder"), validators=[Optional()])
    intake = SelectField(
        _l("Intake"),
        choices=[SelectChoice(one.value, label) for one, label in INTAKE_LABELS.items()],
    )
    valid_from = DayField(_l("Valid from"), [Optional()])
    valid_to = DayField(_l("Valid to"), [Optional()])
    was_name = HiddenField()
    was_funder_id = HiddenField()
    was_intake = HiddenField()
    was_valid_from = HiddenField()
    was_valid_to = HiddenField()

    def answers(self) -> Values:
        return {
            "name": self.name.data or "",
            "funder_id": self.funder_id.data,
            "intake": Intake(self.intake.data),
            "valid_from": self.valid_from.data,
            "valid_to": self.valid_to.data,
        }

    def seen(self) -> Values:
        known = self.was_intake.data in set(Intake)
        return {
            "name": self.was_name.data or "",
            "funder_id": whole_number(self.was_funder_id.data),
            "intake": Intake(self.was_intake.data) if known else Intake.ROLLING,
            "valid_from": parse_day(self.was_valid_from.data or ""),
            "valid_to": parse_day(self.was_valid_to.data or ""),
        }


class FrameForm(Form):
    """The money of a funding scheme in a year, or for one deadline."""

    year = IntegerField(_l("Year"), [InputRequired(_l("Write the year with four digits."))])
    amount_nok = NokField(_l("Amount (NOK)"), [InputRequired(_l("Write the amount."))])
    deadline_on = DayField(_l("Deadline"), [Optional()])
    was_year = HiddenField()
    was_amount_nok = HiddenField()
    was_deadline_on = HiddenField()

    def answers(self) -> Values:
        return {
            "year": self.year.data,
            "amount_nok": self.amount_nok.data,
            "deadline_on": self.deadline_on.data,
        }

    def seen(self) -> Values:
        amount = self.was_amount_nok.data or ""
        return {
            "year": whole_number(self.was_year.data) or 0,
            "amount_nok": int(amount) if amount.isascii() and amount.isdigit() else -1,
            "deadline_on": parse_day(self.was_deadline_on.data or ""),
        }
