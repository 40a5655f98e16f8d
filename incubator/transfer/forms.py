"""The forms of the import: a file, and which column is which."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from incubator.core.forms import Form
from incubator.transfer.messages import LABELS_OF, LIST_LABELS

NONE = ""


class UploadForm(Form):
    """A list as a file, and what it holds where its user says so."""

    file = FileField(_l("The list"), validators=[FileRequired(_l("Choose a file."))])
    holds = SelectField(
        _l("What the list holds"),
        choices=[
            SelectChoice(NONE, _l("What its headers say")),
            *(SelectChoice(name, label) for name, label in LIST_LABELS.items() if LABELS_OF[name]),
        ],
        default=NONE,
    )


def _mapping_form(labels: Mapping[str, Any]) -> type[Form]:
    """Make the class of a form with a choice of column for each key."""
    fields = {key: SelectField(label, validate_choice=True) for key, label in labels.items()}
    return type("MappingForm", (Form,), fields)


_FORMS = {name: _mapping_form(labels) for name, labels in LABELS_OF.items()}


def mapping_form(
    holds: str, columns: list[tuple[str, str]], chosen: Mapping[str, str] | None = None
) -> Form:
    """Make the form with the columns of a list; `chosen` gives the column of a key, as `[C]`."""
    form: Any = _FORMS[holds](data=dict(chosen)) if chosen is not None else _FORMS[holds]()
    for key in LABELS_OF[holds]:
        form[key].choices = [(NONE, "–"), *((f"[{letter}]", text) for letter, text in columns)]
    return form  # type: ignore[no-any-return]
