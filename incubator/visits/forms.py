"""The form on which a visit is logged: its shape. What is true, `operations` judges."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import Length, StopValidation

from incubator.core import clock
from incubator.core.forms import ChoiceField, DayField, Form, parse_day, whole_number
from incubator.visits.models import VisitKind
from incubator.visits.operations import Entry, Promise
from incubator.visits.words import KIND_LABELS

MOST = 30  # of people or promises at one visit; more is no visit
NAME = 200
SEPARATORS = re.compile(r"[,;\n]")
KINDS = tuple((kind.value, label) for kind, label in KIND_LABELS.items())


class NumbersField(Field):
    """Things that were ticked, by their numbers."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        numbers = (whole_number(text) for text in valuelist[:MOST])
        self.data = tuple(number for number in numbers if number is not None)


class NamesField(StringField):
    """Names on one line, with commas between them."""

    def names(self) -> tuple[str, ...]:
        parts = (" ".join(part.split())[:NAME] for part in SEPARATORS.split(self.data or ""))
        return tuple(filter(None, parts))[:MOST]


@dataclass(frozen=True)
class Row:
    """One promise as it was typed."""

    what: str = ""
    due_on: str = ""
    responsible_id: str = ""

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was typed: who is to keep it is chosen beforehand."""
        return not (self.what or self.due_on)


class PromisesField(Field):
    """Promises in rows; each row is three fields of one name."""

    rows: tuple[Row, ...] = ()

    def process(self, formdata: Any, *_given: Any, **_more: Any) -> None:
        self.process_errors: list[str] = []
        columns = [
            [str(text).strip() for text in formdata.getlist(f"promise_{name}")[: 2 * MOST]]
            for name in (("what", "due_on", "responsible_id") if formdata else ())
        ]
        rows = (Row(*texts) for texts in zip_longest(*columns, fillvalue=""))
        self.rows = tuple(row for row in rows if not row.is_empty)[:MOST]

    def pre_validate(self, form: Any) -> None:
        if any(len(row.what) > NAME for row in self.rows):
            raise StopValidation(_l("Write each promise in at most 200 characters."))
        if any(row.due_on and parse_day(row.due_on) is None for row in self.rows):
            raise StopValidation(_l("This is no date. Write it as 21.11.2026."))

    def promises(self) -> Iterator[Promise]:
        for row in self.rows:
            yield Promise(row.what, parse_day(row.due_on), whole_number(row.responsible_id))


class VisitForm(Form):
    """A visit, as one writes it down at the gate of the factory."""

    region = ChoiceField(_l("Region"))
    company_id = HiddenField()
    company = StringField(_l("Company"), [Length(max=NAME)])
    kind = RadioField(_l("Kind"), validate_choice=False)
    occurred_on = DayField(_l("Date"))
    contact_ids = NumbersField(_l("Who from the company?"))
    new_contacts = NamesField(_l("Others from the company"), [Length(max=2000)])
    colleague_ids = NumbersField(_l("Colleagues"))
    about = TextAreaField(_l("What was it about?"), [Length(max=8000)])
    needs = TextAreaField(_l("Needs you heard"), [Length(max=8000)])
    promises = PromisesField(_l("What was promised"))
    idea_title = StringField(_l("What is the idea called?"), [Length(max=NAME)])
    idea_text = TextAreaField(_l("The idea in a sentence"), [Length(max=2000)])
    is_shared = BooleanField(_l("Share the notes with the other organisations"))
    client_key = HiddenField(validators=[Length(max=64)])
    written_at = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = list(KINDS)

    def validate_kind(self, field: RadioField) -> None:
        if field.data not in set(VisitKind):
            raise StopValidation(_l("Choose one of the list."))

    def validate_occurred_on(self, field: DayField) -> None:
        if field.data is None:
            raise StopValidation(_l("Write the day."))

    def entry(self) -> Entry:
        """Give what was written down. A company that is typed goes before one that is ticked."""
        name = " ".join((self.company.data or "").split())
        day = self.occurred_on.data
        assert day is not None  # the form was found valid
        return Entry(
            kind=VisitKind(self.kind.data),
            occurred_on=day,
            company_id=None if name else whole_number(self.company_id.data),
            company_name=name,
            about=self.about.data or "",
            needs=self.needs.data or "",
            contact_ids=() if name else self.contact_ids.data or (),
            new_contacts=self.new_contacts.names(),
            colleague_ids=self.colleague_ids.data or (),
            promises=tuple(self.promises.promises()),
            idea_title=self.idea_title.data or "",
            idea_text=self.idea_text.data or "",
            is_shared=self.is_shared.data,
            client_key=self.client_key.data or None,
            written_at=_past_instant(self.written_at.data),
        )


def _past_instant(text: str | None) -> datetime | None:
    """Read when a device says that something was written; a clock that is ahead says nothing."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo and moment <= clock.now() else None
