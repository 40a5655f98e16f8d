import io
import time
from datetime import date, timedelta

import openpyxl
import pytest
from hypothesis import given, settings, strategies as st

from incubator.core.sheets import SheetError
from incubator.ideas.models import StageKind
from incubator.transfer.headers import HeaderError
from incubator.transfer.lists import admissions, best_spelling, read_list
from tests.transfer.lists import FILES, HEADER, TODAY, csv_file, expected, idea, parse, xlsx

CASE, INCUBATOR = StageKind.CASE, StageKind.INCUBATOR
APPLICATION, MARKET = StageKind.APPLICATION, StageKind.MARKET
PLACES = {
    "3419": "Våler",
    "3420": "Elverum",
    "3421": "Trysil",
    "3422": "Åmot",
    "3423": "Stor-Elvdal",
    "3425": "Engerdal",
}


def as_expected(row):
    """Write a good row as the expected files do, but for the municipality's number."""
    return {
        "row": row.number,
        "title": row.idea.title,
        "company": row.company.name,
        "orgnr": row.idea.orgnr,
        "municipality": row.idea.place.name,
        "owner": row.idea.owner,
        "stage": row.idea.stage,
        "dates": {kind: day.isoformat() for kind, day in row.idea.dates.items()},
        "estimated": sorted(row.idea.estimated),
        "amount_nok": row.idea.amount_nok,
        "expected_jobs": row.idea.expected_jobs,
        "parked": row.idea.parked_on is not None,
    }


def errors(ideas):
    """Return the wrong cells of each bad row with their reasons."""
    return {row.number: {error.column: error.reason for error in row.errors} for row in ideas.bad}


# --- the two lists -----------------------------------------------------------------------------

# One company of the list never has its legal form beside its name, and none is invented for it.
NEVER_SPELLED = {"Finnskogbruk Mek AS": "Finnskogbruk Mek"}


@pytest.mark.parametrize("name", FILES)
def test_the_good_rows_of_a_list_are_what_they_must_become(name):
    rows = [as_expected(row) for row in read_list(FILES[name], TODAY).good]
    wanted = [
        {
            **row,
            "municipality": PLACES[row["municipality"]],
            "company": NEVER_SPELLED.get(row["company"], row["company"]),
        }
        for row in expected(name)["accepted"]
    ]
    assert rows == wanted


@pytest.mark.parametrize("name", FILES)
def test_the_bad_rows_of_a_list_name_every_wrong_cell(name):
    bad = read_list(FILES[name], TODAY).bad
    found = [
        {"row": row.number, "columns": sorted(error.column for error in row.errors)} for row in bad
    ]
    assert found == expected(name)["rejected"]


@pytest.mark.parametrize("name", FILES)
def test_the_sums_of_a_list_are_what_they_must_be(name):
    ideas, summary = read_list(FILES[name], TODAY), expected(name)["summary"]
    open_rows = [row.idea for row in ideas.good if not row.idea.parked_on]
    by_stage = {kind: sum(1 for row in open_rows if row.stage == kind) for kind in StageKind}
    assert {
        "accepted": len(ideas.good),
        "rejected": len(ideas.bad),
        "duplicates": len(ideas.duplicates),
        "skipped": ideas.skipped_count,
        "companies": len({row.company for row in ideas.good}),
        "incubations": len(admissions(ideas.good)),
        "open_by_stage": by_stage,
        "parked": len(ideas.good) - len(open_rows),
    } == summary


@pytest.mark.parametrize("name", FILES)
def test_companies_were_admitted_at_the_earliest_day_of_their_rows(name):
    found = admissions(read_list(FILES[name], TODAY).good)
    assert sorted(
        (
            {"company": company.name, "admitted_on": day.isoformat()}
            for company, day in found.items()
        ),
        key=lambda one: one["company"],
    ) == sorted(expected(name)["incubations"], key=lambda one: one["company"])


def test_the_same_rows_as_csv_in_any_encoding_and_order_say_the_same():
    book = openpyxl.load_workbook(FILES["ideliste"])["Ideer"]
    rows = [[cell.value for cell in row] for row in book.iter_rows(min_row=5)]
    rows = [
        [value.date() if hasattr(value, "date") else value for value in row[::-1]] for row in rows
    ]
    whole = read_list(FILES["ideliste"], TODAY)
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        source = csv_file(*rows, header=HEADER[:12][::-1] + HEADER[12:], encoding=encoding)
        with pytest.raises((HeaderError, AssertionError)):
            # The header is in another order than the rows: what is read must differ.
            assert len(read_list(source, TODAY).good) == len(whole.good)
        header = [*HEADER][::-1]
        ideas = read_list(csv_file(*rows, header=header, encoding=encoding), TODAY)
        found = [{**as_expected(row), "row": row.number + 3} for row in ideas.good]
        assert found == [as_expected(row) for row in whole.good]


# --- days --------------------------------------------------------------------------------------


def test_a_day_in_a_stages_column_is_an_event_and_an_earlier_stage_without_one_was_skipped():
    row = idea(stage="FoU-søknad", **{"Søknad sendt": "1.6.2024"})
    (good,) = parse(row).good
    assert good.idea.dates == {StageKind.IDEA: date(2024, 2, 1), APPLICATION: date(2024, 6, 1)}
    assert good.idea.estimated == frozenset()


def test_the_rows_own_stage_without_a_day_gets_the_latest_earlier_one_as_an_estimate():
    row = idea(stage="Kommersialisering", **{"Case fra": "1.3.2024", "Inkubator fra": "1.5.2024"})
    (good,) = parse(row).good
    assert good.idea.dates[MARKET] == date(2024, 5, 1)
    assert APPLICATION not in good.idea.dates
    assert good.idea.estimated == {MARKET}


def test_every_day_that_is_beyond_the_stage_or_runs_backwards_is_an_error_of_the_later_cell():
    beyond = idea(stage="Case", **{"Inkubator fra": "1.5.2024", "Kommersialisert": "1.6.2024"})
    backwards = idea(
        title="Annen",
        stage="FoU-søknad",
        **{"Case fra": "1.5.2024", "Inkubator fra": "1.4.2024", "Søknad sendt": "1.6.2024"},
    )
    same_day = idea(title="Tredje", stage="Case", **{"Case fra": "1.2.2024"})
    ideas = parse(beyond, backwards, same_day)
    assert errors(ideas) == {
        2: {"incubator_company_on": "beyond_stage", "commercialisation_on": "beyond_stage"},
        3: {"incubator_company_on": "runs_backwards"},
    }
    assert ideas.bad[1].errors[0].details["other"] == "case_on"
    assert len(ideas.good) == 1


def test_a_day_in_the_future_is_an_error_and_today_is_not():
    tomorrow = TODAY + timedelta(days=1)
    ideas = parse(idea(registered=tomorrow), idea(title="I dag", registered=TODAY))
    assert errors(ideas) == {2: {"registered_on": "future_date"}}


def test_a_row_without_any_day_is_refused_and_one_without_the_first_is_not():
    ideas = parse(
        idea(registered=None),
        idea(title="Annen", stage="Case", registered=None, **{"Case fra": "1.3.2024"}),
        idea(title="Tredje", stage="Case", registered=None, **{"Case fra": "31.2.2024"}),
    )
    assert errors(ideas) == {2: {"registered_on": "no_date"}, 4: {"case_on": "no_such_day"}}
    (good,) = ideas.good
    assert good.idea.dates == {CASE: date(2024, 3, 1)}
    assert good.idea.registered_on == date(2024, 3, 1)


def test_parked_is_from_the_latest_day_of_the_row():
    row = idea(stage="Case", Status="Skrinlagt i mai", **{"Case fra": "1.3.2024"})
    (good,) = parse(row).good
    assert good.idea.parked_on == date(2024, 3, 1)


# --- rows --------------------------------------------------------------------------------------


def test_all_errors_of_a_row_are_told_in_the_order_of_the_sheet():
    row = idea(
        title="-",
        stage="Kanskje",
        registered="31.02.2024",
        **{
            "Org.nr": "389078663",
            "Omsøkt beløp": "mye",
            "Arbeidsplasser": "2,5",
            "Case fra": "#REF!",
            "Ansvarlig": True,
        },
    )
    (bad,) = parse(row).bad
    assert [(error.column, error.reason) for error in bad.errors] == [
        ("title", "missing"),
        ("orgnr", "orgnr_check_digit"),
        ("stage", "unknown_stage"),
        ("owner", "not_text"),
        ("registered_on", "no_such_day"),
        ("case_on", "broken_cell"),
        ("amount_nok", "bad_amount"),
        ("expected_jobs", "not_whole"),
    ]


def test_a_formula_without_a_result_is_an_error_and_not_a_blank():
    book = openpyxl.Workbook()
    book.active.append(["Tittel", "Fase", "Registrert", "Beløp"])
    book.active.append(["Biokull", "Idé", date(2024, 2, 1), "=SUM(D3:D9)"])
    target = io.BytesIO()
    book.save(target)
    assert errors(read_list(target, TODAY)) == {2: {"amount_nok": "formula"}}


def test_blank_and_total_rows_are_skipped_wherever_they_stand_and_counted():
    blank = [None] * len(HEADER)
    only_sums = [None] * 11 + [1_200_000, 4, None]
    totals = [
        ["Sum"],
        ["Totalt", None, None, None, None, None, None, None, None, None, None, 5, 74],
        ["SUM:", "66 ideer"],
        [None, None, None, "Totalt antall: 12"],
        ["Sum søkt beløp"],
        only_sums,
    ]
    ideas = parse(idea(), blank, *totals, blank, blank, idea(title="Annen"), ["Total"])
    assert len(ideas.good) == 2
    assert ideas.bad == []
    assert ideas.skipped_count == 3 + len(totals) + 1
    assert {one.reason for one in ideas.skipped} == {"blank", "total"}


def test_an_idea_that_begins_like_a_total_is_an_idea():
    titles = ["Summetone for dører", "Total rehabilitering av tak", "Sumo", "Sum"]
    assert [
        row.idea.title for row in parse(*(idea(title=title) for title in titles)).good
    ] == titles


def test_a_header_that_is_repeated_on_each_page_is_skipped():
    ideas = parse(idea(), list(HEADER), idea(title="Annen"))
    assert [one.reason for one in ideas.skipped] == ["header"]
    assert (len(ideas.good), ideas.bad) == (2, [])


def test_rows_with_nothing_but_a_running_number_are_blank():
    header = ("Nr", "Tittel", "Fase", "Registrert")
    ideas = parse([1, "Biokull", "Idé", "1.2.2024"], [2], [3], header=header)
    assert (len(ideas.good), ideas.skipped_count, ideas.bad) == (1, 2, [])


def test_trailing_empty_columns_and_cells_beyond_the_header_are_nothing():
    row = [*idea(), None, "", "  ", None]
    assert len(parse(row, header=(*HEADER, "", "  ")).good) == 1


# --- duplicates and companies ------------------------------------------------------------------


def test_the_same_title_of_the_same_company_is_a_duplicate_whatever_its_case_and_spaces():
    ideas = parse(
        idea(title="Biokull fra bark", Bedrift="Granmo AS"),
        idea(title="BIOKULL  fra bark ", Bedrift="GRANMO A/S", stage="Case"),
        idea(title="Biokull fra bark", Bedrift="Furumo AS"),
        idea(title="Biokull fra bark", Bedrift=None),
        idea(title="biokull fra bark", Bedrift=None),
    )
    assert [(one.row.number, one.of) for one in ideas.duplicates] == [(3, 2), (6, 5)]
    assert len(ideas.good) == 3


def test_a_bad_row_is_told_as_bad_though_its_idea_stands_already_and_takes_no_place():
    ideas = parse(
        idea(registered="31.2.2024"),
        idea(),
        idea(registered="32.1.2024"),
    )
    assert list(errors(ideas)) == [2, 4]
    assert [row.number for row in ideas.good] == [3]
    assert ideas.duplicates == []


def test_a_row_without_a_number_belongs_to_the_company_that_has_one_under_its_name():
    ideas = parse(
        idea(title="a", Bedrift="Granmo"),
        idea(title="b", Bedrift="GRANMO AS", **{"Org.nr": "389 078 662"}),
        idea(title="c", Bedrift="Granmo Bioenergi AS", **{"Org.nr": "389078662"}),
        idea(title="d", Bedrift=None, **{"Org.nr": "NO389078662MVA"}),
        idea(title="A", Bedrift="Granmo AS", **{"Org.nr": "389078662"}),
    )
    assert len({row.company for row in ideas.good}) == 1
    assert {row.company.orgnr for row in ideas.good} == {"389078662"}
    assert [row.idea.orgnr for row in ideas.good] == [None, *["389078662"] * 3]
    assert [one.row.number for one in ideas.duplicates] == [6]


def test_two_companies_of_one_name_with_numbers_of_their_own_are_two():
    ideas = parse(
        idea(Bedrift="Granmo AS", **{"Org.nr": "389078662"}),
        idea(Bedrift="Granmo AS", **{"Org.nr": "375291703"}),
    )
    assert len({row.company for row in ideas.good}) == 2
    assert ideas.duplicates == []


@pytest.mark.parametrize(
    "spellings, name",
    [
        (["GRANMOEN TREVARE AS", "Granmoen Trevare", "  Granmoen Trevare A/S"],
         "Granmoen Trevare AS"),
        (["GRANMOEN TREVARE AS", "Granmoen Trevare"], "Granmoen Trevare AS"),
        (["granmoen trevare", "GRANMOEN TREVARE"], "granmoen trevare"),
        (["Granmoen Trevare"], "Granmoen Trevare"),
        (["GRANMOEN TREVARE AS"], "GRANMOEN TREVARE AS"),
        (["Nor-Dan as", "NOR-DAN AS", "Nor-dan", "Nor-Dan"], "Nor-Dan AS"),
        (["Ola Nordmann ENK"], "Ola Nordmann ENK"),
    ],
)  # fmt: skip
def test_a_company_is_written_as_its_best_spelling(spellings, name):
    assert best_spelling(spellings) == name


# --- files -------------------------------------------------------------------------------------


def test_a_list_of_20_000_rows_is_read_in_bounded_time_and_one_more_is_refused():
    rows = [idea(title=f"Idé nummer {n}") for n in range(20_001)]
    counted = []
    start = time.monotonic()
    ideas = read_list(xlsx(*rows[:-1]), TODAY, progress=counted.append)
    assert time.monotonic() - start < 30
    assert len(ideas.good) == 20_000
    assert counted[-1] == 20_000
    assert len(counted) >= 20
    with pytest.raises(SheetError) as caught:
        read_list(xlsx(*rows), TODAY)
    assert (caught.value.code, caught.value.details["limit"]) == ("too_many_rows", 20_000)


def test_a_list_with_only_a_header_has_no_rows():
    ideas = parse()
    assert (ideas.good, ideas.bad, ideas.duplicates, ideas.skipped_count) == ([], [], [], 0)


def test_the_days_of_excel_in_csv_are_days():
    row = ["Biokull", "Case", "45323", "45352,0"]
    header = ("Tittel", "Fase", "Registrert", "Case")
    (good,) = read_list(csv_file(row, header=header), TODAY).good
    assert good.idea.dates == {StageKind.IDEA: date(2024, 2, 1), CASE: date(2024, 3, 1)}


def test_the_regions_own_stage_labels_are_read():
    words = {"forprosjekt": CASE}
    header = ("Tittel", "Fase", "Registrert")
    ideas = parse(["Biokull", "Forprosjekt", "1.2.2024"], header=header, stage_words=words)
    assert ideas.good[0].idea.stage is CASE


cells = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers(-10, 10**10),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    st.sampled_from(["Idé", "Case", "Inkubator", "1.2.2024", "389078662", "1,2 mill", "Sum"]),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(cells, max_size=len(HEADER)), max_size=12))
def test_every_row_below_the_header_is_in_exactly_one_heap(rows):
    ideas = parse(*rows)
    numbers = [row.number for row in (*ideas.good, *ideas.bad)]
    numbers += [one.row.number for one in ideas.duplicates]
    for one in ideas.skipped:
        numbers += range(one.first, one.last + 1)
    assert sorted(numbers) == list(range(2, max(numbers, default=1) + 1))
    assert all(bad.errors for bad in ideas.bad)
    for row in ideas.good:
        days = [row.idea.dates[kind] for kind in StageKind if kind in row.idea.dates]
        assert days == sorted(days)
        assert row.idea.stage in row.idea.dates
        assert max(days) <= TODAY
