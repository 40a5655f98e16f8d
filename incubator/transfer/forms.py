"""The forms of the import: a file, and which column is which."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField

from incubator.core.forms import Form
from incubator.transfer.messages import KEY_LABELS

NONE = ""


class UploadForm(Form):
    """A list of ideas as a file."""

    file = FileField(_l("The list"), validators=[FileRequired(_l("Choose a file."))])


class MappingForm(Form):
    """A choice of column for each key; its values are what a mapping holds."""

    def mapping(self) -> dict[str, str]:
        """Give the column of each key, or nothing for one that is left out."""
        return {key: self[key].data or "" for key in KEY_LABELS}


for _key, _label in KEY_LABELS.items():
    setattr(MappingForm, _key, SelectField(_label, validate_choice=True))


def mapping_form(
    columns: list[tuple[str, str]], chosen: Mapping[str, str] | None = None
) -> MappingForm:
    """Make the form with the columns of a list; `chosen` gives the column of a key, as `[C]`."""
    form: Any = MappingForm(data=dict(chosen)) if chosen is not None else MappingForm()
    for key in KEY_LABELS:
        form[key].choices = [(NONE, "–"), *((f"[{letter}]", text) for letter, text in columns)]
    return form  # type: ignore[no-any-return]
