"""Norwegian dates, numbers and kroner on the screen; English beside them."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, format_date, get_locale, get_translations
from markupsafe import Markup

from incubator.core.clock import OSLO

LOCALES = ("nb", "en")
NARROW = "\u00a0"  # the space between thousands does not break


def choose_locale() -> str:
    """Give the person's language, or what the browser asks for when nobody is signed in."""
    if not has_request_context():
        return "nb"  # commands and the worker
    actor = g.get("actor")
    if actor is not None:
        return str(actor.locale)
    wanted = request.accept_languages.best_match(("nb", "no", "nn", "en"), "nb")
    return "en" if wanted == "en" else "nb"


def day(value: date | None) -> str:
    """Write a day as 21.11.2026."""
    return "" if value is None else f"{value.day:02}.{value.month:02}.{value.year}"


def short_day(value: date | None, today: date) -> str:
    """Write a near day as 21. nov., one of another year in full."""
    return "" if value is None else _short_day(value, today.year, str(get_locale() or "nb"))


@lru_cache(maxsize=2048)
def _short_day(value: date, year: int, locale: str) -> str:
    # Remembered: a board writes some hundred of them, and Babel takes its time for each.
    if value.year != year:
        return day(value)
    return str(format_date(value, "d. MMM" if locale != "en" else "d MMM"))


def span(first: date, last: date) -> str:
    """Write a period as 2025 or 2015–2018 when it is whole years, else by its days."""
    if (first.month, first.day, last.month, last.day) != (1, 1, 12, 31):
        return f"{day(first)}–{day(last)}"
    return str(first.year) if first.year == last.year else f"{first.year}–{last.year}"


def month_name(value: date) -> str:
    """Write the month of a day as oktober 2026."""
    return str(format_date(value, "LLLL y"))


def moment(value: datetime | None) -> str:
    """Write an instant in Norwegian time as 21.11.2026 kl. 14.05."""
    if value is None:
        return ""
    local = value.astimezone(OSLO)
    return (
        f"{day(local.date())} kl. {local:%H.%M}"
        if _is_nb()
        else f"{day(local.date())} {local:%H:%M}"
    )


def number(value: int | Decimal | float | None) -> str:
    """Write a number as 1 200 000 or 12,5."""
    if value is None:
        return ""
    amount = Decimal(str(value))
    whole, _, rest = f"{abs(amount):,f}".partition(".")
    rest = rest.rstrip("0")
    sign = "\u2212" if amount < 0 else ""
    point = "," if _is_nb() else "."
    grouped = whole.replace(",", NARROW if _is_nb() else ",")
    return sign + grouped + (point + rest if rest else "")


def nok(value: int | None) -> str:
    """Write whole kroner as 1 200 000 kr."""
    if value is None:
        return ""
    return f"{number(value)}{NARROW}kr" if _is_nb() else f"NOK{NARROW}{number(value)}"


def percent(share: float) -> str:
    """Write a share, 0 to 1, as 12,5 %."""
    return f"{number(round(share * 100, 1))}{NARROW}%"


def _is_nb() -> bool:
    return str(get_locale() or "nb") != "en"


def _texts() -> Any:
    """Give the texts of the request's language: looked for once, a page asks a hundred times."""
    if "texts" not in g:
        g.texts = get_translations()
    return g.texts


def _text(message: str, /, **values: Any) -> Markup:
    """Give a text for a template. What is filled in is escaped, the text itself is ours.

    Shorter than Jinja's own road to the same: a page asks for half a hundred texts.
    """
    found = Markup(_texts().ugettext(message))  # noqa: S704
    return found % values if "%" in found else found


def init_app(app: Flask) -> None:
    """Set the language of each request and the filters of the templates."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "nb")
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(app.root_path) + "/../translations")
    Babel(app, locale_selector=choose_locale)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _texts().ugettext(text),
        ngettext=lambda one, many, number: _texts().ungettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals.update(_=_text, gettext=_text)
    filters = {
        "day": day,
        "short_day": short_day,
        "moment": moment,
        "number": number,
        "nok": nok,
        "percent": percent,
        "month_name": month_name,
    }
    app.jinja_env.filters.update(filters)
