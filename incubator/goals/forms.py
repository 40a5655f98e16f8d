"""Forms of programmes, of their goals, and of who claims a result."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from incubator.core.forms import ChoiceField, DayField, Form, NokField
from incubator.goals.metrics import BY_KEY, METRICS
from incubator.goals.models import PeriodKind
from incubator.goals.operations import Area, Claim, GoalValues, ProgrammeValues
from incubator.goals.words import PERIOD_LABELS

MORE_LINES = 2  # empty ones below those that are filled
MOST_LINES = 60


class WholeField(NokField):
    """A whole number, also as 1 200."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_l("Write a whole number.")) from None


class Part(Form):
    """A line of a form: it has no token of its own."""

    class Meta(Form.Meta):
        csrf = False


class WithLines(Form):
    """A form with lines: what is wrong with one of them is said of them all."""

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        for field in self:
            if isinstance(field, FieldList) and field.errors:
                field.errors = [_first_of(field)]
        return bool(is_valid)


def _first_of(lines: "FieldList[Any]") -> str:
    for nth, line in enumerate(lines, 1):
        for sentences in line.form.errors.values():
            return str(_("Line %(nth)s: %(text)s", nth=nth, text=sentences[0]))
    return str(lines.errors[0])


class FunderLine(Part):
    organisation_id = ChoiceField(_l("Funder"))
    amount_nok = NokField(_l("Amount (NOK)"), [Optional()])


class AreaLine(Part):
    id = HiddenField()
    name = StringField(_l("Name"), [Length(max=120)])
    valid_from = DayField(_l("From"), [Optional()])
    valid_to = DayField(_l("To"), [Optional()])


class ProgrammeForm(WithLines):
    """What a programme says of itself; `seen` marks what the form was filled from."""

    name = StringField(_l("Name"), [InputRequired(_l("Write a name.")), Length(max=200)])
    owner_id = ChoiceField(
        _l("Owner organisation"), validators=[InputRequired(_l("Choose the owner."))]
    )
    starts_on = DayField(_l("First day"), [InputRequired(_l("Write the first day."))])
    ends_on = DayField(_l("Last day"), [InputRequired(_l("Write the last day."))])
    amount_nok = NokField(_l("Amount (NOK)"), [Optional()])
    funders = FieldList(FormField(FunderLine), _l("Funders"), max_entries=MOST_LINES)
    region_ids = SelectMultipleField(_l("Regions"), coerce=int)
    county = SelectField(_l("The whole county"))
    municipality_ids = SelectMultipleField(_l("Municipalities"), coerce=int)
    areas = FieldList(FormField(AreaLine), _l("Focus areas"), max_entries=MOST_LINES)
    description = TextAreaField(_l("Description"), [Length(max=4000)])
    seen = HiddenField()

    def values(self) -> ProgrammeValues:
        """Give what was written; a line without a name or a funder is none."""
        first, last = self.starts_on.data, self.ends_on.data
        assert first and last and self.owner_id.data, "the form was validated"
        funders = [line.form for line in self.funders if line.form.organisation_id.data]
        areas = [line.form for line in self.areas if (line.form.name.data or "").strip()]
        return ProgrammeValues(
            self.name.data or "", self.owner_id.data, first, last, self.amount_nok.data,
            (self.description.data or "").strip() or None,
            tuple((one.organisation_id.data, one.amount_nok.data) for one in funders),
            tuple(self.region_ids.data or ()), tuple(self.municipality_ids.data or ()),
            self.county.data or None, tuple(_area(one) for one in areas),
        )  # fmt: skip


def _area(line: Any) -> Area:
    number = line.id.data or ""
    name = " ".join(line.name.data.split())
    known = int(number) if number.isdecimal() else None
    return Area(name, line.valid_from.data, line.valid_to.data, known)


class YearLine(Part):
    year = HiddenField()
    target = WholeField(_l("Target"), [Optional()])


class GoalForm(WithLines):
    """What a goal says. A place is written as r1 (region), m1 (municipality), c34 (county)."""

    metric = SelectField(_l("Figure"), choices=[SelectChoice(m.key, m.label) for m in METRICS])
    place = SelectField(_l("Place"))
    focus_area_id = ChoiceField(_l("Focus area"))
    from_on = DayField(_l("First day"), [InputRequired(_l("Write the first day."))])
    to_on = DayField(_l("Last day"), [InputRequired(_l("Write the last day."))])
    period = SelectField(
        _l("How often it begins anew"),
        choices=[SelectChoice(kind.value, label) for kind, label in PERIOD_LABELS.items()],
    )
    target = WholeField(_l("Target"), [InputRequired(_l("Write the target."))])
    baseline = WholeField(_l("Baseline"), [Optional()])
    counting = SelectField(
        _l("Gross or net"),
        choices=[
            SelectChoice("gross", _l("Gross: what was lost is not taken away")),
            SelectChoice("net", _l("Net: new less lost (new jobs only)")),
        ],
    )
    years = FieldList(FormField(YearLine), _l("Target for each year"), max_entries=MOST_LINES)
    rule = TextAreaField(_l("Counting rule in words"), [Length(max=1000)])
    rule_from = DayField(_l("A changed rule counts from"), [Optional()])
    seen = HiddenField()

    def values(self) -> GoalValues:
        """Give what was written; years without a target are no path."""
        first, last, place = self.from_on.data, self.to_on.data, self.place.data or ""
        assert first and last, "the form was validated"
        number = int(place[1:]) if place[1:].isdecimal() else None
        years = [line.form for line in self.years if line.form.target.data is not None]
        return GoalValues(
            self.metric.data, first, last, self.target.data or 0,
            number if place.startswith("r") else None,
            number if place.startswith("m") else None,
            place[1:] if place.startswith("c") else None,
            self.focus_area_id.data, PeriodKind(self.period.data), self.baseline.data or 0,
            self.counting.data != "net",
            tuple(sorted((int(one.year.data), one.target.data) for one in years)),
            self.rule.data or "", self.rule_from.data,
        )  # fmt: skip


def goal_data(values: GoalValues, years: Sequence[int]) -> dict[str, Any]:
    """Give what a form of a goal is filled with."""
    path = dict(values.path)
    return {
        "metric": values.metric if values.metric in BY_KEY else None,
        "place": place_of(values),
        "focus_area_id": values.focus_area_id,
        "from_on": values.from_on,
        "to_on": values.to_on,
        "period": values.period.value,
        "target": values.target,
        "baseline": values.baseline,
        "counting": "gross" if values.is_gross else "net",
        "years": [{"year": year, "target": path.get(year)} for year in years],
        "rule": values.rule,
        "rule_from": values.rule_from,
    }


def place_of(values: GoalValues) -> str:
    """Write the place of a goal as the form does."""
    for mark, value in (
        ("r", values.region_id), ("m", values.municipality_id), ("c", values.county)
    ):  # fmt: skip
        if value:
            return f"{mark}{value}"
    return ""


def programme_data(values: ProgrammeValues) -> dict[str, Any]:
    """Give what a form of a programme is filled with, and some empty lines."""
    funders: list[dict[str, Any]] = [
        {"organisation_id": number, "amount_nok": part} for number, part in values.funders
    ]
    areas: list[dict[str, Any]] = [
        {"id": a.id, "name": a.name, "valid_from": a.valid_from, "valid_to": a.valid_to}
        for a in values.areas
    ]
    empty: list[dict[str, Any]] = [{} for _nth in range(MORE_LINES)]
    return {
        "name": values.name, "owner_id": values.owner_id, "starts_on": values.starts_on,
        "ends_on": values.ends_on, "amount_nok": values.amount_nok,
        "funders": [*funders, *empty], "region_ids": list(values.region_ids),
        "county": values.county or "", "municipality_ids": list(values.municipality_ids),
        "areas": [*areas, *empty], "description": values.description,
    }  # fmt: skip


class ClaimLine(Part):
    programme_id = ChoiceField(_l("Programme"))
    share = WholeField(_l("Share (%)"), [Optional()])
    is_lead = BooleanField(_l("Leads"))


class ClaimsForm(WithLines):
    """Which programmes a result is attributed to; `seen` is what it was when it was opened."""

    claims = FieldList(FormField(ClaimLine), _l("Programmes"), max_entries=MOST_LINES)
    seen = HiddenField()

    def wanted(self) -> list[Claim]:
        """Give the claims that were written; a line without a programme is none."""
        return [
            Claim(line.form.programme_id.data, bool(line.form.is_lead.data),
                  0 if line.form.share.data is None else line.form.share.data)
            for line in self.claims
            if line.form.programme_id.data
        ]  # fmt: skip

    def was(self) -> list[Claim]:
        """Give the claims that the form was filled from."""
        found = []
        for part in (self.seen.data or "").split(","):
            numbers = part.split(":")
            if len(numbers) == 3 and all(number.isdecimal() for number in numbers):
                found.append(Claim(int(numbers[0]), numbers[1] == "1", int(numbers[2])))
        return found


def as_seen(claims: Sequence[Claim]) -> str:
    """Write claims as the hidden field of the form keeps them."""
    return ",".join(f"{c.programme_id}:{int(c.is_lead)}:{c.share}" for c in sorted(claims))
