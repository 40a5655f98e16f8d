"""Fields take dates, kroner and choices as people write them, and say what to do when not."""

from datetime import date

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from incubator.core.forms import ChoiceField, DayField, Form, NokField, parse_day, whole_number


class Sample(Form):
    """One of each."""

    on = DayField()
    amount_nok = NokField()
    owner_id = ChoiceField()


@pytest.fixture
def form(app: Flask):
    """Give a function that fills in a form."""

    def fill(**values):
        with app.test_request_context():
            filled = Sample(MultiDict(values), meta={"csrf": False})
            filled.owner_id.choices = [("", ""), (7, "Kari"), (8, "Ola")]
            filled.validate()
            return filled

    return fill


@pytest.mark.parametrize(
    "text",
    ["2026-11-02", "02.11.2026", "2.11.26", "2/11-26", "2 11 2026", "  02.11.2026 "],
)
def test_a_date_is_taken_as_it_is_written(form, text):
    filled = form(on=text)
    assert filled.on.data == date(2026, 11, 2) and not filled.on.errors


@pytest.mark.parametrize("text", ["31.02.2026", "i går", "2026-13-01", "1.1", "99.99.99", "²"])
def test_what_is_no_date_is_refused(form, text):
    filled = form(on=text)
    assert filled.on.data is None and filled.on.errors


def test_no_date_is_none_and_no_error(form):
    filled = form(on="")
    assert filled.on.data is None and not filled.on.errors


@pytest.mark.parametrize(
    "text",
    ["1200000", "1 200 000", "1.200.000", "kr 1.200.000,-", "1\u00a0200\u202f000 kr", "KR 1200000"],
)
def test_kroner_are_taken_as_they_are_written(form, text):
    filled = form(amount_nok=text)
    assert filled.amount_nok.data == 1_200_000 and not filled.amount_nok.errors


@pytest.mark.parametrize("text", ["-5", "1,5", "mye", "1e6", "½", "٣"])
def test_what_is_no_whole_amount_is_refused(form, text):
    filled = form(amount_nok=text)
    assert filled.amount_nok.data is None and filled.amount_nok.errors


def test_nothing_is_unknown_and_not_zero(form):
    assert form(amount_nok="").amount_nok.data is None
    assert form(amount_nok="0").amount_nok.data == 0


def test_an_amount_too_large_to_keep_is_refused(form):
    assert form(amount_nok="9" * 25).amount_nok.errors


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("", None), ("x", None)])
def test_a_choice_is_a_number_or_none(form, text, number):
    filled = form(owner_id=text)
    assert filled.owner_id.data == number and not filled.owner_id.errors


def test_a_choice_that_was_not_offered_is_refused(form):
    assert form(owner_id="9").owner_id.errors


def test_an_error_of_no_field_stands_on_top(form):
    filled = form()
    filled.add_error("nowhere", "Nei.")
    filled.add_error("on", "Feil.")
    assert filled.form_errors == ["Nei."] and filled.on.errors == ["Feil."]


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("0", 0), (None, None), ("", None), ("-1", None), ("1e3", None), ("²", None),
     ("1234567890", None)],
)  # fmt: skip
def test_a_number_in_an_address_is_one_or_none(text, number):
    assert whole_number(text) == number


def test_a_two_digit_year_is_of_this_century():
    assert parse_day("1.2.03") == date(2003, 2, 1)
