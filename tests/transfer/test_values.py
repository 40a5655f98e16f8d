from datetime import date, datetime, time

import pytest
from hypothesis import given, strategies as st

from incubator.core.sheets import Broken
from incubator.ideas.models import StageKind
from incubator.transfer import values
from incubator.transfer.values import Place, Unreadable

NBSP, NARROW, THIN = "\u00a0", "\u202f", "\u2009"


def reason(reader, cell, **options):
    with pytest.raises(Unreadable) as caught:
        reader(cell, **options)
    return caught.value.reason


# --- days --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        date(2024, 3, 5),
        datetime(2024, 3, 5, 14, 30),
        "05.03.2024",
        "5.3.24",
        "5/3-24",
        "5/3-2024",
        "5/3 24",
        "05-03-2024",
        "5. 3. 2024",
        "5.3.2024.",
        f"{NBSP}05.03.2024{NBSP}",
        "2024-03-05",
        "2024-3-5",
        "20240305",
        20240305,
        "2024-03-05T14:30:00",
        "2024-03-05 14:30",
        "05.03.2024 kl. 14.30",
        "5. mars 2024",
        "5 March 2024",
        "5.mar.24",
        45_356,
        45_356.6,
        "45356",
    ],
)
def test_a_day_is_read_however_it_is_written(cell):
    assert values.read_date(cell) == date(2024, 3, 5)


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("31.02.2024", "no_such_day"),
        ("29.2.2023", "no_such_day"),
        ("1.13.24", "no_such_day"),
        ("0.1.24", "no_such_day"),
        ("1.1.2024 25:00", "no_such_day"),
        ("1.1.70", "unclear_year"),
        ("31.12.99", "unclear_year"),
        ("snart", "bad_date"),
        ("våren 2024", "bad_date"),
        ("mars 2024", "bad_date"),
        ("16.8.", "bad_date"),
        ("2024", "bad_date"),
        (2024, "bad_date"),
        (16.8, "bad_date"),
        ("uke 12", "bad_date"),
        ("ca. 1.2.2024", "bad_date"),
        (True, "bad_date"),
        (time(8, 0), "bad_date"),
        (date(1899, 12, 31), "bad_date"),
        ("1.1.0001", "bad_date"),
        (Broken("#REF!"), "broken_cell"),
        ("#N/A", "broken_cell"),
        ("########", "broken_cell"),
        ("#I/T", "broken_cell"),
        (Broken("="), "formula"),
    ],
)
def test_what_is_no_day_is_refused_and_not_guessed(cell, expected):
    assert reason(values.read_date, cell) == expected


def test_two_digit_years_are_of_this_century_up_to_69():
    assert values.read_date("1.1.00") == date(2000, 1, 1)
    assert values.read_date("1.1.69") == date(2069, 1, 1)
    assert values.read_date("1.1.1970") == date(1970, 1, 1)


def test_an_instant_with_a_zone_is_the_day_it_was_in_norway():
    assert values.read_date("2024-06-30T22:30:00Z") == date(2024, 7, 1)
    assert values.read_date("2024-06-30T22:30:00+02:00") == date(2024, 6, 30)


@pytest.mark.parametrize("cell", [None, "", "  ", NBSP, "-", "–", " — "])
def test_blank_is_unknown_in_every_column(cell):
    readers = (
        *(values.read_date, values.read_amount, values.read_jobs, values.read_orgnr),
        *(values.read_stage, values.read_place, values.read_text),
    )
    assert [reader(cell) for reader in readers] == [None] * len(readers)


@given(
    st.dates(date(2000, 1, 1), date(2069, 12, 31)),
    st.sampled_from(["{0:%d.%m.%Y}", "{0.day}.{0.month}.{0:%y}", "{0.day}/{0.month}-{0:%y}",
                     "{0:%Y-%m-%d}", "{0:%Y%m%d}", "{0.day}/{0.month}-{0.year}"]),
)  # fmt: skip
def test_every_day_of_the_century_is_read_from_every_format(day, form):
    assert values.read_date(form.format(day)) == day


# --- amounts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        1_200_000,
        1_200_000.0,
        "1200000",
        "1 200 000",
        f"1{NBSP}200{NBSP}000",
        f"1{NARROW}200{NARROW}000",
        f"1{THIN}200{THIN}000",
        "kr 1.200.000,-",
        "kr. 1 200 000",
        "kr1.200.000",
        "1.200.000,00",
        "1,200,000",
        "1,200,000.00",
        "1 200 000,- kr",
        "NOK 1 200 000",
        "1 200 000 NOK",
        "1,2 mill",
        "1.2 mill.",
        "1,2 mill kr",
        "kr 1,2 mill.",
        "1,2 millioner",
        "1,200 mill",
        "1.2 MNOK",
        "1,2M",
        "1200'",
        "1200´",
        "1 200’",
        "1 200 tkr",
        "1.200 TNOK",
        "1200k",
        "0,0012 mrd",
    ],
)
def test_an_amount_is_read_however_it_is_written(cell):
    assert values.read_amount(cell) == 1_200_000


@pytest.mark.parametrize(
    "cell, amount",
    [
        ("0,15 mill", 150_000),
        ("500'", 500_000),
        ("0", 0),
        (0, 0),
        ("500,-", 500),
        ("1.500", 1_500),
        ("1250,50", 1_251),
        (1_234_567.5, 1_234_568),
        ("0,1234567 mill", 123_457),
    ],
)
def test_amounts_are_whole_kroner(cell, amount):
    assert values.read_amount(cell) == amount


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("ca 500 000", "bad_amount"),
        ("200-300 000", "bad_amount"),
        ("?", "bad_amount"),
        ("100 EUR", "bad_amount"),
        ("€ 100", "bad_amount"),
        ("12 00 000", "bad_amount"),
        ("1.200.00", "bad_amount"),
        ("1 mill 200 tusen", "bad_amount"),
        (date(2024, 1, 2), "bad_amount"),
        (True, "bad_amount"),
        (-1, "negative"),
        ("-500", "negative"),
        ("kr -500", "negative"),
        ("1,2", "amount_unit"),
        (1.2, "amount_unit"),
        ("10 mrd", "amount_too_large"),
        (Broken("#VALUE!"), "broken_cell"),
    ],
)
def test_what_is_no_amount_is_refused_and_not_guessed(cell, expected):
    assert reason(values.read_amount, cell) == expected


def test_the_unit_of_the_column_counts_for_bare_numbers_only():
    assert values.read_amount(1.2, unit=1_000_000) == 1_200_000
    assert values.read_amount("500", unit=1_000) == 500_000
    assert values.read_amount("1,5 mill", unit=1_000) == 1_500_000


@given(
    st.integers(0, values.MAX_AMOUNT_NOK),
    st.sampled_from([" ", NBSP, NARROW, ".", ""]),
    st.sampled_from(["{}", "kr {}", "{} kr", "kr {},-", "NOK {}"]),
)
def test_every_amount_comes_back_from_every_format(amount, mark, form):
    written = f"{amount:,}".replace(",", mark)
    assert values.read_amount(form.format(written)) == amount


@given(st.integers(0, 2_000_000))
def test_every_amount_in_millions_comes_back(thousands):
    written = f"{thousands / 1000:.3f}".replace(".", ",")
    assert values.read_amount(f"{written} mill") == thousands * 1_000


# --- the rest ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell", [4, 4.0, "4", " 4 ", "4,0", "4 stk", "4 årsverk", "4 nye arbeidsplasser"]
)
def test_jobs_are_whole_numbers(cell):
    assert values.read_jobs(cell) == 4


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("2,5", "not_whole"),
        (2.5, "not_whole"),
        ("2-3", "bad_number"),
        ("noen", "bad_number"),
        (True, "bad_number"),
        (date(2024, 3, 2), "bad_number"),
        (-1, "negative"),
        ("-1", "negative"),
        (1_000_000, "too_many_jobs"),
    ],
)
def test_what_is_no_number_of_jobs_is_refused(cell, expected):
    assert reason(values.read_jobs, cell) == expected


@pytest.mark.parametrize(
    "cell",
    [
        389078662,
        389078662.0,
        "389078662",
        "389 078 662",
        f"389{NBSP}078{NBSP}662",
        "NO389078662MVA",
        "NO 389 078 662 MVA",
        "no389078662mva",
        "389078662 MVA",
        "389.078.662",
        "'389078662",
    ],
)
def test_an_organisation_number_is_read_however_it_is_written(cell):
    assert values.read_orgnr(cell) == "389078662"


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("389078663", "orgnr_check_digit"),
        (389078663, "orgnr_check_digit"),
        ("38907866", "bad_orgnr"),
        ("3890786621", "bad_orgnr"),
        ("000000000", "bad_orgnr"),
        ("mangler", "bad_orgnr"),
        ("٣٨٩٠٧٨٦٦٢", "bad_orgnr"),
        (3.5, "bad_orgnr"),
        (True, "bad_orgnr"),
        (Broken("#REF!"), "broken_cell"),
    ],
)
def test_what_is_no_organisation_number_is_refused(cell, expected):
    assert reason(values.read_orgnr, cell) == expected


@pytest.mark.parametrize(
    "stage, words",
    [
        (StageKind.IDEA, "Idé| Idé |IDE|idé|Ide|Idéfase|idea|Idea|ide\u0301|1. Idé"),
        (StageKind.CASE, "Case|CASE|Utviklingscase|utviklings-case|Development case"),
        (StageKind.INCUBATOR, "Inkubator|Inkubatorbedrift|inkubator-bedrift|I inkubator"),
        (StageKind.INCUBATOR, "Incubator|Incubator company|3 - Inkubator"),
        (StageKind.APPLICATION, "FoU-søknad|FoU søknad|Fou-søknad|FOU|Forskningssøknad|FoU–søknad"),
        (StageKind.APPLICATION, "R&D Application|R&D application|FoU  søknad"),
        (StageKind.MARKET, "Kommersialisering |I markedet|kommersialisert|Commercialization"),
        (StageKind.MARKET, "Commercialisation|commercialised"),
    ],
)
def test_a_stage_is_read_in_its_many_spellings(stage, words):
    assert {values.read_stage(word) for word in words.split("|")} == {stage}


@pytest.mark.parametrize("cell", ["Venter på svar??", "Case?", "Ferdig", 3, True, date(2024, 1, 1)])
def test_any_other_stage_is_refused_with_the_words_that_are_accepted(cell):
    with pytest.raises(Unreadable) as caught:
        values.read_stage(cell)
    assert caught.value.reason == "unknown_stage"
    assert "Inkubatorbedrift" in caught.value.details["accepted"]
    assert "Commercialisation" in caught.value.details["accepted"]


def test_the_regions_own_labels_are_stages_too():
    words = {"forprosjekt": StageKind.CASE}
    assert values.read_stage("For-prosjekt", words) is StageKind.CASE


@pytest.mark.parametrize(
    "cell, place",
    [
        ("Våler", Place("Våler")),
        (" Stor-Elvdal ", Place("Stor-Elvdal")),
        ("Våler (Innlandet)", Place("Våler", None, "Innlandet")),
        ("Våler, Innlandet", Place("Våler", None, "Innlandet")),
        ("3419 Våler", Place("Våler", "3419")),
        ("Våler (3419)", Place("Våler", "3419")),
        ("Åmot kommune", Place("Åmot")),
        ("3420", Place("", "3420")),
        (3420, Place("", "3420")),
        (427, Place("", "0427")),
        ("Nordre Follo", Place("Nordre Follo")),
    ],
)
def test_a_municipality_is_a_name_a_number_or_both(cell, place):
    assert values.read_place(cell) == place


def test_texts_take_what_excel_makes_of_them():
    assert values.read_text("  Sensor \n for\u00a0tømmer ") == "Sensor for tømmer"
    assert values.read_text(3000) == "3000"
    assert values.read_text(date(2024, 2, 3)) == "03.02.2024"
    assert reason(values.read_text, True) == "not_text"
    assert reason(values.read_name, date(2024, 2, 3)) == "not_text"
    assert reason(values.read_text, "x" * 301) == "too_long"
    assert reason(values.read_text, Broken("#NAME?")) == "broken_cell"


@pytest.mark.parametrize(
    "remark", ["Skrinlagt", "skrinlagt: for dyrt", "Parkert!", "- parked", "PARKED"]
)
def test_a_remark_that_begins_so_means_parked(remark):
    assert values.says_parked(remark)


@pytest.mark.parametrize("remark", [None, "", "Ikke parkert", "Parkering", "Se skrinlagt idé"])
def test_no_other_remark_means_parked(remark):
    assert not values.says_parked(remark)
