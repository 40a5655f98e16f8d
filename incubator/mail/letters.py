"""Write the mail that the worker sends: templates/mail/<name>, in the language of its reader."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from incubator.core.clock import OSLO
from incubator.core.formats import day

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Letter:
    """A mail, ready to be queued."""

    subject: str
    text: str
    html: str


def write(name: str, locale: str, **about: Any) -> Letter:
    """Write a mail by its templates; what they ask for and do not get is an error."""
    environment = _environment(locale)
    subject, text, html = (
        environment.get_template(f"mail/{name}/{part}")
        for part in ("subject.txt", "body.txt", "body.html")
    )
    about = {"locale": locale, **about}
    one_line = " ".join(subject.render(about).split())
    return Letter(one_line, text.render(about).strip() + "\n", html.render(about))


def words(name: str, locale: str) -> Any:
    """Give the macros of a template of words, for what says the same as a mail."""
    return _environment(locale).get_template(f"mail/{name}").module


@lru_cache(maxsize=8)
def texts_in(locale: str) -> NullTranslations:
    """Give the texts of a language, for what is written to somebody who is not signed in."""
    return Translations.load(str(ROOT / "translations"), [locale])


@lru_cache(maxsize=8)
def _environment(locale: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        texts_in(locale), newstyle=True
    )
    environment.filters.update({"day": day, "moment": _moment_in(locale)})
    return environment


def _moment_in(locale: str) -> Callable[[Any], str]:
    clock = "%H:%M" if locale == "en" else "kl. %H.%M"

    def moment(value: Any) -> str:
        local = value.astimezone(OSLO)
        return f"{day(local.date())} {local.strftime(clock)}"

    return moment
