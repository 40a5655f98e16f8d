"""What a company and a contact must be, and which two companies are likely one."""

import pytest

from incubator.companies import queries
from incubator.companies.rules import dialled, is_alike, is_email, is_industry_code, section_of
from incubator.core.texts import company_key
from tests import make


@pytest.mark.parametrize(
    ("written", "dials"),
    [
        ("62 41 00 00", "+4762410000"),
        ("+47 624 10 000", "+4762410000"),
        ("0047 62410000", "+4762410000"),
        ("(+47) 62.41.00.00", "+4762410000"),
        ("+44 (0)20 7946 0000", "+442079460000"),
        ("02800", "02800"),
        ("1881", None),
        ("ring sentralbordet", None),
        ("62410000 evt. 900", None),
        ("+" + "1" * 16, None),
        ("62+410000", None),
        ("", None),
    ],
)
def test_a_telephone_number_is_dialled_clean(written, dials):
    assert dialled(written) == dials


@pytest.mark.parametrize("text", ["a@b.no", "kari.nordmann@firma.example"])
def test_an_address_of_the_right_form_is_one(text):
    assert is_email(text)


@pytest.mark.parametrize(
    "text", ["a@b", "a b@c.no", "kari", "a@b.no,c@d.no", "<a@b.no>", "a@b.no."]
)
def test_an_address_of_another_form_is_none(text):
    assert not is_email(text)


@pytest.mark.parametrize(
    ("code", "section"),
    [("01", "A"), ("03.2", "A"), ("05.1", "B"), ("16.100", "C"), ("35.11", "D"), ("38", "E"),
     ("43.9", "F"), ("47.1", "G"), ("62.01", "J"), ("79.903", "N"), ("99", "U")],
)  # fmt: skip
def test_a_code_lies_in_a_section(code, section):
    assert is_industry_code(code)
    assert section_of(code) == section


@pytest.mark.parametrize("code", ["", "1", "00.1", "16.1000", "16,1", "C16", "１６", "ab"])
def test_what_is_no_code_lies_nowhere(code):
    assert not is_industry_code(code)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Glommali Sagbruk AS", "GLOMMALI SAGBRUK"),
        ("Glommali Sagbruk AS", "Glommali Sagbruk Elverum AS"),
        ("Seljeheim Fjellstue", "Seljeheim Fjellstua"),
    ],
)
def test_two_spellings_are_likely_one_company(session, one, other):
    assert is_alike(company_key(one), company_key(other))
    made = make.company(session, name=one)
    assert [found.id for found in queries.list_alike(session, other)] == [made.id]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Furumoen Støperi", "Furubruk Verktøy"),
        ("Elvli", "Elvdal Dører"),
        ("ABC", "ABC Maskin"),
    ],
)
def test_two_that_only_begin_alike_are_two(session, one, other):
    make.company(session, name=one)
    assert queries.list_alike(session, other) == []


def test_two_numbers_are_two_companies_unless_the_name_is_the_same(session):
    made = make.company(session, name="Seljeheim Fjellstue")
    assert queries.list_alike(session, "Seljeheim Fjellstua", orgnr=make.orgnr()) == []
    same = queries.list_alike(session, "Seljeheim Fjellstue AS", orgnr=make.orgnr())
    assert [(found.id, found.is_same_name) for found in same] == [(made.id, True)]


def test_a_company_is_not_like_itself(session):
    made = make.company(session, name="Seljeheim Fjellstue")
    assert queries.list_alike(session, made.name, but_not=made.id) == []
    assert queries.list_alike(session, " – ") == []
