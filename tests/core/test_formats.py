"""How days, numbers and kroner are written, in bokmål and in English."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import g
from flask_babel import refresh

from incubator.core import formats
from incubator.core.access import Actor

NBSP = "\u00a0"
TODAY = date(2026, 11, 21)


@pytest.fixture(params=["nb"])
def language(app, request):
    """Write in a language."""
    with app.test_request_context(headers={"Accept-Language": request.param}):
        refresh()
        yield request.param


english = pytest.mark.parametrize("language", ["en"], indirect=True)


def test_days_are_written_in_full(language):
    assert formats.day(date(2026, 1, 2)) == "02.01.2026"
    assert formats.day(None) == ""


@pytest.mark.parametrize(
    "day, written",
    [
        (date(2026, 11, 21), "21. nov."),
        (date(2026, 5, 1), "1. mai"),
        (date(2025, 12, 31), "31.12.2025"),
        (None, ""),
    ],
)
def test_near_days_are_short(language, day, written):
    assert formats.short_day(day, TODAY) == written


@english
def test_near_days_are_short_in_english_too(language):
    assert formats.short_day(date(2026, 5, 1), TODAY) == "1 May"


@pytest.mark.parametrize(
    "first, last, written",
    [
        (date(2026, 1, 1), date(2026, 12, 31), "2026"),
        (date(2015, 1, 1), date(2018, 12, 31), "2015–2018"),
        (date(2026, 1, 1), date(2026, 11, 21), "01.01.2026–21.11.2026"),
    ],
)
def test_whole_years_are_written_as_such(language, first, last, written):
    assert formats.span(first, last) == written


@pytest.mark.parametrize(
    "moment, written",
    [
        (datetime(2026, 11, 21, 13, 5, tzinfo=UTC), "21.11.2026 kl. 14.05"),
        (datetime(2026, 6, 30, 22, 0, tzinfo=UTC), "01.07.2026 kl. 00.00"),
        (None, ""),
    ],
)
def test_instants_are_those_of_norway(language, moment, written):
    assert formats.moment(moment) == written


@english
def test_instants_in_english(language):
    assert formats.moment(datetime(2026, 11, 21, 13, 5, tzinfo=UTC)) == "21.11.2026 14:05"


@pytest.mark.parametrize(
    "value, written",
    [
        (0, "0"),
        (999, "999"),
        (1200000, f"1{NBSP}200{NBSP}000"),
        (-2, "\u22122"),
        (12.5, "12,5"),
        (12.0, "12"),
        (Decimal("0.75"), "0,75"),
        (Decimal("100"), "100"),
        (Decimal("1E+3"), f"1{NBSP}000"),
        (None, ""),
    ],
)
def test_numbers_are_grouped_with_spaces_that_hold(language, value, written):
    assert formats.number(value) == written


@english
def test_numbers_in_english(language):
    assert formats.number(1200000.5) == "1,200,000.5"
    assert formats.nok(1200) == f"NOK{NBSP}1,200"


def test_kroner_and_shares(language):
    assert formats.nok(1200000) == f"1{NBSP}200{NBSP}000{NBSP}kr"
    assert formats.nok(None) == ""
    assert formats.percent(0.125) == f"12,5{NBSP}%"
    assert formats.percent(1) == f"100{NBSP}%"


@pytest.mark.parametrize(
    "asked, chosen",
    [
        ("nb", "nb"), ("no", "nb"), ("nn-NO", "nb"), ("en-GB", "en"), ("de", "nb"), ("", "nb"),
        ("de, en;q=0.5", "en"), ("en;q=0.5, nb", "nb"), ("*", "nb"), ("x" * 500, "nb"),
    ],
)  # fmt: skip
def test_the_browser_says_the_language_until_somebody_signs_in(app, asked, chosen):
    with app.test_request_context(headers={"Accept-Language": asked}):
        assert formats.choose_locale() == chosen
        g.actor = Actor(1, "Kari", "developer", frozenset(), frozenset(), locale="en")
        assert formats.choose_locale() == "en"


def test_without_a_request_it_is_bokmål(app):
    with app.app_context():
        assert formats.choose_locale() == "nb"
        assert formats.number(1.5) == "1,5"
