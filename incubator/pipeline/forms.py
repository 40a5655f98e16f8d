"""Forms of the board and the card."""

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
)  # fmt: skip
from wtforms.validators import Length, Optional

from incubator.core.forms import ChoiceField, DayField, Form, NokField
from incubator.pipeline.operations import Answers

# A thing that a gate needs, and the fields that can give it.
ASKED_BY = {
    "company_or_founder": ("company_name", "founder"),
    "company": ("company_name",),
    "planned_on": ("deadline_on", "planned_on"),
    "first_sale_on": ("first_sale_on", "first_sale_planned_on"),
}


class MoveForm(Form):
    """Where a card goes, on which day, and what the gate asks for."""

    to_stage = RadioField(_l("Stage"), coerce=int, validate_choice=False)
    seen_stage = HiddenField()
    after_id = HiddenField()
    before_id = HiddenField()
    on = DayField(_l("Date"))
    reason = TextAreaField(_l("Why does it go back?"), [Length(max=2000)])
    owner_id = ChoiceField(_l("Owner"))
    company_id = HiddenField()
    company_name = StringField(_l("Company"), [Length(max=200)])
    founder = StringField(_l("Founder, if there is no company yet"), [Length(max=200)])
    problem = TextAreaField(_l("The problem, in one or two sentences"), [Length(max=2000)])
    orgnr = StringField(_l("Organisation number"), [Length(max=30)])
    instrument_id = ChoiceField(_l("Funding scheme"))
    deadline_on = DayField(_l("Deadline"), [Optional()])
    planned_on = DayField(_l("Planned date, if there is no deadline"), [Optional()])
    sought_nok = NokField(_l("Amount sought (NOK)"), [Optional()])
    launched_what = StringField(_l("What is launched"), [Length(max=500)])
    first_sale_on = DayField(_l("Date of the first sale"), [Optional()])
    first_sale_planned_on = DayField(_l("Planned first sale, if it is ahead"), [Optional()])

    def answers(self) -> Answers:
        """Give what was answered to the gate."""
        return Answers(
            owner_id=self.owner_id.data,
            company_name=self.company_name.data or "",
            founder=self.founder.data or "",
            problem=self.problem.data or "",
            orgnr=self.orgnr.data or "",
            instrument_id=self.instrument_id.data,
            deadline_on=self.deadline_on.data,
            planned_on=self.planned_on.data,
            sought_nok=self.sought_nok.data,
            launched_what=self.launched_what.data or "",
            first_sale_on=self.first_sale_on.data,
            first_sale_planned_on=self.first_sale_planned_on.data,
            reason=self.reason.data or "",
        )


class EditForm(Form):
    """The idea's own words and keepers; `was_…` is what the form was filled from."""

    title = StringField(_l("Title"), [Length(max=200)])
    problem = TextAreaField(_l("The problem, in one or two sentences"), [Length(max=4000)])
    description = TextAreaField(_l("More about it"), [Length(max=20000)])
    company_name = StringField(_l("Company"), [Length(max=200)])
    owner_id = ChoiceField(_l("Owner"))
    municipality_id = ChoiceField(_l("Municipality"))
    focus_area_ids = SelectMultipleField(_l("Focus areas"), coerce=int, choices=[])
    founder = StringField(_l("Founder"), [Length(max=200)])
    launched_what = StringField(_l("What is launched"), [Length(max=500)])
    first_sale_planned_on = DayField(_l("Planned first sale"), [Optional()])
    was_title = HiddenField()
    was_problem = HiddenField()
    was_description = HiddenField()
    was_company_name = HiddenField()
    was_owner_id = HiddenField()
    was_municipality_id = HiddenField()
    was_focus_area_ids = HiddenField()
    was_founder = HiddenField()
    was_launched_what = HiddenField()
    was_first_sale_planned_on = HiddenField()


class ParkForm(Form):
    on = DayField(_l("Date"))
    reason = TextAreaField(_l("Why is it put aside?"), [Length(max=2000)])
    look_again_on = DayField(_l("Look again on"), [Optional()])


class StopForm(Form):
    on = DayField(_l("Date"))
    reason = TextAreaField(_l("Why is it stopped?"), [Length(max=2000)])
    learnt = TextAreaField(_l("What was learnt?"), [Length(max=4000)])


class ReopenForm(Form):
    on = DayField(_l("Date"))
    reason = TextAreaField(_l("Why is it opened again?"), [Length(max=2000)])


class LaunchForm(Form):
    on = DayField(_l("Date of the first sale"))


class CorrectForm(Form):
    """What was wrong with an event in the history of a card."""

    what = RadioField(
        _l("What is wrong?"),
        choices=[
            SelectChoice("date", _l("The date")),
            SelectChoice("void", _l("It did not happen")),
        ],
    )
    on = DayField(_l("The right date"), [Optional()])
    reason = TextAreaField(_l("Why is it corrected?"), [Length(max=2000)])


class StepForm(Form):
    text = StringField(_l("What is to be done"), [Length(max=300)])
    due_on = DayField(_l("By when"), [Optional()])


class ViewForm(Form):
    """A view of the board under a name."""

    name = StringField(_l("Name"), [Length(max=60)])
    is_shared = BooleanField(_l("Shared with all who work in the region"))
    is_default = BooleanField(_l("The board opens with it"))
    takes_shown = BooleanField(_l("Replace what it shows with what the board shows now"))
    query = HiddenField()
