"""Organisation numbers, however they are written."""

import pytest
from hypothesis import given, strategies as st

from incubator.companies.rules import valid_orgnr
from tests import make

NUMBER = make.orgnr(4711)


def spaced(number):
    return f"{number[:3]} {number[3:6]} {number[6:]}"


@pytest.mark.parametrize(
    "write",
    [
        str, spaced, "NO {} MVA".format, "no{}mva".format, " {} ".format,
        lambda n: spaced(n).replace(" ", "\u00a0"), lambda n: f"NO {spaced(n)} MVA",
    ],
)  # fmt: skip
def test_a_number_is_read_however_it_is_written(write):
    assert valid_orgnr(write(NUMBER)) == NUMBER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        NUMBER[:-1],
        NUMBER + "0",
        "000000001",
        NUMBER.replace(NUMBER[0], "\u0662"),
        "1" * 5000,
    ],
)
def test_what_is_no_number_is_none(text):
    assert valid_orgnr(text) is None


@given(st.integers(0, 8), st.integers(1, 9))
def test_a_digit_that_is_mistyped_is_noticed(place, shift):
    digits = [int(digit) for digit in NUMBER]
    digits[place] = (digits[place] + shift) % 10
    assert valid_orgnr("".join(map(str, digits))) is None


@given(st.text())
def test_nothing_that_is_typed_breaks_it(text):
    assert valid_orgnr(text) in (None, text) or valid_orgnr(text).isdigit()
