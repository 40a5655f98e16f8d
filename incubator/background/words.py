"""What is wrong with a row of a file of figures, in words."""

from typing import Any

from flask_babel import lazy_gettext as _l

from incubator.core.sheets import SheetError, message

ROW_PROBLEMS: dict[str, Any] = {
    "bad_day": _l("There is no date and no year."),
    "future_day": _l("The day lies ahead."),
    "bad_value": _l("There is no number with at most two decimals."),
    "bad_place": _l("There is no such municipality, or two have this name. Write its number."),
    "said_twice": _l("The same municipality and day stand in the file with another value."),
}
NO_FIGURES = _l(
    "The first row must name the columns: municipality, date or year, and value "
    "(kommune, år, verdi)."
)


def explain(error: SheetError) -> str:
    """Say why a file cannot be read."""
    return str(NO_FIGURES) if error.code == "no_figures" else message(error)
