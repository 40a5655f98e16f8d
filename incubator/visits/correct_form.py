"""The forms on the page of a visit: their shape."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from incubator.core.forms import DayField, Form
from incubator.visits.forms import KINDS, NAME, NamesField, NumbersField

MERGED = (
    "company", "kind", "occurred_on", "about", "needs", "is_shared", "contact_ids", "colleague_ids",
)  # fmt: skip
NOTES = ("about", "needs", "is_shared", "contact_ids", "colleague_ids", "new_contacts")


class CorrectForm(Form):
    """What a visit says, with what it said when the form was opened."""

    company = StringField(_l("Company"), [InputRequired(), Length(max=NAME)])
    kind = RadioField(_l("Kind"))
    occurred_on = DayField(_l("Date"), [InputRequired()])
    contact_ids = NumbersField(_l("Who from the company?"))
    new_contacts = NamesField(_l("Others from the company"), [Length(max=2000)])
    colleague_ids = NumbersField(_l("Colleagues"))
    about = TextAreaField(_l("What was it about?"), [Length(max=8000)])
    needs = TextAreaField(_l("Needs you heard"), [Length(max=8000)])
    is_shared = BooleanField(_l("Share the notes with the other organisations"))
    was_company = HiddenField()
    was_kind = HiddenField()
    was_occurred_on = HiddenField()
    was_about = HiddenField()
    was_needs = HiddenField()
    was_is_shared = HiddenField()
    was_contact_ids = HiddenField()
    was_colleague_ids = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = list(KINDS)

    def leave_notes_out(self) -> None:
        """Ask only for what counts, where the notes are another organisation's."""
        for name in NOTES:
            del self[name]
            if f"was_{name}" in self:
                del self[f"was_{name}"]

    def was(self, field: str) -> str:
        """Give what a field said when the form was opened, as text."""
        return str(self[f"was_{field}"].data or "")


def as_text(value: Any) -> str:
    """Write a value as the hidden field of a form keeps it."""
    if isinstance(value, tuple):
        return ",".join(map(str, sorted(value)))
    if isinstance(value, bool):
        return "1" if value else ""
    return str(value or "").replace("\r\n", "\n")


class IdeaForm(Form):
    """An idea that came up at a visit."""

    title = StringField(_l("What is the idea called?"), [InputRequired(), Length(max=NAME)])
    text = TextAreaField(_l("The idea in a sentence"), [Optional(), Length(max=2000)])


class VoidForm(Form):
    """Why a visit is taken back."""

    reason = StringField(_l("Why?"), [InputRequired(), Length(max=NAME)])
