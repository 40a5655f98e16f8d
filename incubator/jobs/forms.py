"""Forms of the ledger of jobs: their shape."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    DecimalField,
    HiddenField,
    IntegerField,
    RadioField,
    StringField,
    TextAreaField,
)  # fmt: skip
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from incubator.core.forms import ChoiceField, DayField, Form
from incubator.jobs.models import Evidence, JobKind, JobState, JobUnit
from incubator.jobs.words import EVIDENCE_LABELS, KIND_LABELS, STATE_LABELS, UNIT_LABELS

NAME = 200


class NumberField(DecimalField):
    """A number as Norwegians write it: 2, 2,5 or 1 200."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = "".join((valuelist[0] if valuelist else "").split()).replace(",", ".")
        self.data = None
        if text:
            self.data = _decimal(text)
            if self.data is None:
                raise ValueError(_l("Write a number, such as 2 or 2,5."))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data.normalize():f}".replace(".", ",")


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and text.isascii() and len(text) < 15 else None


def _choices(labels: Any) -> list[SelectChoice]:
    return [SelectChoice(member.value, label) for member, label in labels.items()]


class _Told(Form):
    """What is said about a number; each form has the fields in the order of its page."""

    source: StringField
    evidence: RadioField
    next_check_on: DayField
    note: TextAreaField

    def said(self) -> dict[str, Any]:
        """Give what is said about the number."""
        return {
            "source": self.source.data or "",
            "evidence": Evidence(self.evidence.data),
            "next_check_on": self.next_check_on.data,
            "note": self.note.data or "",
        }


class _Counted(_Told):
    """The number, and what is said about it."""

    number = NumberField(_l("How many?"), [InputRequired(_l("Write how many jobs."))])
    women = IntegerField(_l("Of them women"), [Optional(), NumberRange(0, 100_000)])
    men = IntegerField(_l("Of them men"), [Optional(), NumberRange(0, 100_000)])
    on = DayField(_l("Date"), [InputRequired(_l("Write the date."))])
    source = StringField(_l("Source"), [Length(max=NAME)])
    evidence = RadioField(
        _l("How well is it known?"), [InputRequired()], choices=_choices(EVIDENCE_LABELS)
    )
    next_check_on = DayField(_l("Next check"), [Optional()])
    note = TextAreaField(_l("Note"), [Length(max=2000)])

    def day(self) -> date:
        assert self.on.data is not None, "the form was validated"
        return self.on.data

    def counted(self) -> dict[str, Any]:
        """Give the number with its division."""
        return {"number": self.number.data, "women": self.women.data, "men": self.men.data}


class JobsForm(_Counted):
    """A record of jobs, new or corrected."""

    kind = RadioField(_l("Kind"), [InputRequired()], choices=_choices(KIND_LABELS))
    state = RadioField(_l("State"), [InputRequired()], choices=_choices(STATE_LABELS))
    unit = RadioField(_l("Counted in"), [InputRequired()], choices=_choices(UNIT_LABELS))
    company = StringField(_l("Company"), [Length(max=NAME)])
    municipality_id = ChoiceField(_l("Municipality"))
    region = HiddenField()
    company_id = HiddenField()
    idea_id = HiddenField()
    was_company = HiddenField()

    def offer_municipalities(self, found: list[Any], kept: tuple[int, str] | None = None) -> None:
        """Offer the municipalities of the region, and one that stands in the record already."""
        rows = [(row[0], row[2]) for row in found]
        if kept is not None and kept[0] not in {value for value, _name in rows}:
            rows.append(kept)
        self.municipality_id.choices = [("", _l("As the company")), *rows]

    def kinds(self) -> dict[str, Any]:
        """Give what is counted, and in what."""
        return {
            "kind": JobKind(self.kind.data),
            "state": JobState(self.state.data),
            "unit": JobUnit(self.unit.data),
        }


class RealiseForm(_Counted):
    """What came of planned or expected jobs."""


class ConfirmForm(_Told):
    """How well a number is known by now, and when to look again."""

    evidence = RadioField(
        _l("How well is it known?"), [InputRequired()], choices=_choices(EVIDENCE_LABELS)
    )
    source = StringField(_l("Source"), [Length(max=NAME)])
    next_check_on = DayField(_l("Next check"), [Optional()])
    note = TextAreaField(_l("Note"), [Length(max=2000)])


class VoidForm(Form):
    """Why a record is taken back."""

    reason = StringField(_l("Why?"), [InputRequired(), Length(max=NAME)])
