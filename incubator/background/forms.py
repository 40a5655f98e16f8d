"""Forms of background figures: their shape."""

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from incubator.background.loading import read_day, read_number
from incubator.core.forms import ChoiceField, DayField, Form

NAME = 200


class SeriesForm(Form):
    """What a series is called, in what it counts, and where it comes from."""

    name = StringField(_l("Name"), [InputRequired(), Length(max=NAME)])
    key = StringField(_l("Key"), [InputRequired(), Length(max=40)])
    unit = StringField(_l("Unit"), [Length(max=80)])
    source = StringField(_l("Source"), [InputRequired(), Length(max=NAME)])
    source_url = StringField(_l("Address of the source"), [Length(max=500)])
    note = TextAreaField(_l("Note"), [Length(max=2000)])

    def values(self) -> dict[str, Any]:
        return {
            name: self[name].data or "" for name in ("name", "unit", "source", "source_url", "note")
        }


class FigureForm(Form):
    """One figure."""

    municipality_id = ChoiceField(_l("Municipality"), validators=[InputRequired()])
    on = StringField(_l("Date or year"), [InputRequired(), Length(max=20)])
    value = StringField(_l("Value"), [InputRequired(), Length(max=30)])
    source = StringField(_l("Source, where it differs from that of the series"), [Length(max=NAME)])
    retrieved_on = DayField(_l("Retrieved"), [Optional()])

    def validate_on(self, field: Any) -> None:
        if read_day((field.data or "").strip()) is None:
            raise ValidationError(_l("This is no date and no year."))

    def validate_value(self, field: Any) -> None:
        if read_number(field.data) is None:
            raise ValidationError(_l("Write a number with at most two decimals."))

    def figure(self) -> tuple[date, Decimal]:
        """Give the day and the value."""
        on, value = read_day(self.on.data.strip()), read_number(self.value.data)
        assert on is not None and value is not None, "the form was validated"
        return on, value


class LoadForm(Form):
    """A file of figures; looked at, its content travels along in the form."""

    file = FileField(_l("File with figures"))
    retrieved_on = DayField(_l("Retrieved"), [Optional()])
    content = HiddenField()
    file_name = HiddenField()


class VoidForm(Form):
    """Why a figure is taken back."""

    reason = StringField(_l("Why?"), [InputRequired(), Length(max=NAME)])
