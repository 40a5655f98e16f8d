"""The base of all forms, and fields that take Norwegian input as people write it."""

import re
from datetime import date
from functools import lru_cache
from typing import Any

from babel.support import Translations
from flask_babel import get_locale, lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, ValidationError
from wtforms.i18n import messages_path

MOST_DIGITS = 12  # kroner beyond a thousand billion are a slip of the finger
_DOTTED = re.compile(r"^(\d{1,2})[./ -](\d{1,2})[./ -](\d{4}|\d{2})$")


@lru_cache
def _own_texts(locale: str) -> Any:
    return Translations.load(messages_path(), [locale], domain="wtforms")


class _Texts:
    """What WTForms itself says, in the language of the request; its file is read once."""

    def gettext(self, text: str) -> str:
        return str(_own_texts(str(get_locale() or "nb")).ugettext(text))

    def ngettext(self, one: str, many: str, number: int) -> str:
        return str(_own_texts(str(get_locale() or "nb")).ungettext(one, many, number))


class Form(FlaskForm):
    """A form that says what to do when something in it is wrong."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, _form: Any) -> _Texts:
            return _Texts()

    def add_error(self, field: str, sentence: str) -> None:
        """Put an error beside a field, or on top when there is no such field."""
        if field in self:
            self[field].errors = [*self[field].errors, sentence]
        else:
            self.form_errors.append(sentence)


class DayField(DateField):
    """A date, as the browser sends it or as Norwegians write it (21.11.2026)."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = (valuelist[0] if valuelist else "").strip()
        self.data = None
        if text:
            self.data = parse_day(text)
            if self.data is None:
                raise ValueError(_l("This is no date. Write it as 21.11.2026."))


def parse_day(text: str) -> date | None:
    """Read 2026-11-21 or 21.11.2026; None when it is no date."""
    dotted = _DOTTED.match(text)
    try:
        if not dotted:
            return date.fromisoformat(text)
        day, month, year = (int(part) for part in dotted.groups())
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None


class NokField(IntegerField):
    """Whole kroner, also as 1 200 000 or 1.200.000."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = re.sub(r"[\s\u00a0\u202f.]|kr|,-", "", (valuelist[0] if valuelist else "").lower())
        self.data = None
        if text:
            if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS:
                raise ValueError(_l("Write whole kroner, such as 1 200 000."))
            self.data = int(text)


class ChoiceField(SelectField):
    """A choice by number, where the empty one is none."""

    def __init__(self, label: Any = None, **options: Any) -> None:
        super().__init__(label, coerce=_number, **options)

    def pre_validate(self, form: Any) -> None:
        if self.data is None:
            return
        if self.data not in {value for value, *_ in self.choices or ()}:
            raise ValidationError(_l("Choose one of the list."))


def _number(value: Any) -> int | None:
    return int(value) if str(value).isascii() and str(value).isdigit() else None


def whole_number(text: str | None) -> int | None:
    """Read a number from an address; None when it is none, or too large to be an id."""
    if text and text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    return None
