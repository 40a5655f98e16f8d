import io

import pytest
from hypothesis import given, settings, strategies as st

from incubator.core.sheets import SheetError, SheetOut, open_tables, write_xlsx
from incubator.transfer import headers
from incubator.transfer.headers import HeaderError
from incubator.transfer.words import HEADER_WORDS, KEYS
from tests.transfer.lists import FILES

DAY = "01.02.2024"


def find(*rows, mapping=None, **more_sheets):
    """Find the header in rows as they stand; return its row and the header of each key."""
    book = [rows, *more_sheets.values()]
    target = io.BytesIO()
    titles = ["Ark", *more_sheets]
    write_xlsx(
        target, [SheetOut(t, r[0] if r else [], r[1:]) for t, r in zip(titles, book, strict=True)]
    )
    with open_tables(io.BytesIO(target.getvalue())) as tables:
        found = headers.find_header(tables, mapping)
        return found.header, {key: found.header.label(key) for key in found.header.columns}


def problem(*rows, mapping=None):
    with pytest.raises(HeaderError) as caught:
        find(*rows, mapping=mapping)
    return caught.value


VALUES = ["x", "Granmo", "389078662", "Elverum", "Case", "Ola", DAY, DAY, DAY, DAY, DAY, 1, 2, "x"]


@pytest.mark.parametrize(
    "texts",
    [
        "Idé|Bedrift|Org.nr|Kommune|Fase|Ansvarlig|Registrert|Case fra|Inkubator fra|Søknad sendt|"
        "Kommersialisert|Omsøkt beløp|Forventede arbeidsplasser|Status",
        "Tittel på idé|Firma|Organisasjonsnummer|Sted|Steg|Rådgiver|Dato registrert|Case|Opptak|"
        "FoU sendt|I markedet|Søknadsbeløp|Arb.plasser|Merknad",
        "NAVN PÅ IDÉ:|VIRKSOMHET|ORG.NR.|KOMMUNE|STATUS I LØYPA|SAKSBEHANDLER|DATO|CASE-DATO|"
        "INKUBATOR|SØKNAD|KOMMERSIALISERT DATO|SUM SØKT|ARBEIDSPLASSER|STATUS",
        "innovasjonsidé|selskap|orgnr|kommune|fase|eier|opprettet|dato case|dato opptak|fou|"
        "kommersialisert|omsøkt|arbeidsplasser|kommentar",
        "Innovasjonsidé|Bedriftsnavn|Org nr|Kommunenavn|Fase nå|Kontakt hos oss|Opprettet dato|"
        "Casedato|Inkubatordato|Søknadsdato|Kommersialisert fra|Omsøkt (NOK)|Antall arb.plasser|"
        "Kommentarer",
        "Title|Company|Org. no.|Municipality|Stage|Owner|Registered|Case since|Incubator since|"
        "Application sent|Commercialised|Amount sought|Expected jobs|Remark",
        "Idea|Company name|Organisation number|Municipality|Stage|Responsible|Created|Case date|"
        "Incubator date|Application date|Commercialised since|Amount|Jobs|Comment",
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_every_word_is_found_in_any_case_and_order(texts, order):
    texts = texts.split("|")
    header, labels = find(texts[::order], VALUES[::order])
    assert labels == dict(zip(KEYS_IN_ORDER, texts, strict=True))
    assert header.ignored == []


KEYS_IN_ORDER = (
    *("title", "company", "orgnr", "municipality", "stage", "owner", "registered_on", "case_on"),
    *("incubator_company_on", "rd_application_on", "commercialisation_on", "amount_nok"),
    *("expected_jobs", "remark"),
)


MORE_WORDS = {
    "title": "Kort tittel|Idétittel|Name of the idea|Idéens tittel",
    "company": "Navn på bedrift|Bedriftens navn|Bedrift/virksomhet",
    "orgnr": "Bedriftens org.nr|Org.nr (9 siffer)",
    "municipality": "Kommune/sted|Bedriftens kommune|Kommunens navn",
    "stage": "Nåværende fase|Fase i løypa|Current stage|Steg i prosessen",
    "owner": "Ansvarlig hos Klosser|Idéeier|Responsible person|Ansvarlig rådgiver",
    "registered_on": "Idé registrert|Dato for registrering|Date registered|Dato idé",
    "case_on": "Utviklingscase fra|Ble case|Case since",
    "incubator_company_on": "Opptak i inkubator|Tatt opp i inkubator|Opptaksdato",
    "rd_application_on": "FoU-søknad sendt|Dato søknad|Application sent",
    "commercialisation_on": "I markedet siden|Dato kommersialisert|Kommersialiseringsdato",
    "amount_nok": "Beløp i søknad|Søkt beløp (kr)|Beløp omsøkt",
    "expected_jobs": "Nye arb.plasser|Arbeidsplasser (forventet)",
    "remark": "Intern kommentar|Status/merknad|Kommentar til idé",
}


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_mixture_of_words_in_any_order_is_found(data):
    choices = {key: (*HEADER_WORDS[key], *MORE_WORDS[key].split("|")) for key in KEYS_IN_ORDER}
    texts = [data.draw(st.sampled_from(choices[key]), label=key) for key in KEYS_IN_ORDER]
    texts = [data.draw(st.sampled_from([str, str.upper, str.title]))(text) for text in texts]
    order = data.draw(st.permutations(range(len(KEYS_IN_ORDER))))
    _, labels = find([texts[n] for n in order], [VALUES[n] for n in order])
    assert labels == dict(zip(KEYS_IN_ORDER, texts, strict=True))


def test_the_keys_are_those_of_the_contract():
    assert set(KEYS_IN_ORDER) == set(KEYS)


@pytest.mark.parametrize("name, row, sheet", [("ideliste", 4, "Ideer"), ("ideas", 1, "")])
def test_the_headers_of_the_lists_are_found(name, row, sheet):
    with open_tables(FILES[name]) as tables:
        found = headers.find_header(tables)
        assert (found.header.row, found.sheet) == (row, sheet)
        assert set(found.header.columns) == set(KEYS)


def test_the_header_may_stand_as_low_as_row_20_but_no_lower():
    table = [["Tittel", "Fase"], ["a", "Idé"]]
    assert find(*([["Idéliste"]] * 19), *table)[0].row == 20
    assert problem(*([["Idéliste"]] * 20), *table).code == "no_header"


def test_titles_and_group_headers_above_are_not_the_header():
    header, labels = find(
        ["Liste over idéer i bedrifter i kommunen"],
        ["Idé", None, "Bedrift", None, "Datoer"],
        ["Tittel", "Fase", "Navn", "Org.nr", "Registrert", "Case"],
        ["x", "Case", "Granmo", "389078662", DAY, DAY],
    )
    assert header.row == 3
    assert labels["title"] == "Tittel"
    assert header.ignored == ["Navn"]


def test_rows_of_data_are_no_header():
    assert problem(["x", "Idé", "Granmo", DAY], ["y", "Case", "Furumo", DAY]).code == "no_header"


def test_status_alone_is_the_stage_where_nothing_else_is_and_its_values_are_stages():
    _, labels = find(["Tittel", "Status", "Merknad"], ["a", "Idé", "x"], ["b", "Case", "y"])
    assert (labels["stage"], labels["remark"]) == ("Status", "Merknad")
    _, labels = find(["Tittel", "Fase", "Status"], ["a", "Idé", "Case"])
    assert (labels["stage"], labels["remark"]) == ("Fase", "Status")
    missing = problem(["Tittel", "Status", "Bedrift"], ["a", "venter", "x"])
    assert missing.details["missing"] == ["stage"]


def test_two_columns_that_fit_equally_are_asked_about():
    tie = problem(["Tittel", "Idé", "Fase"], ["a", "b", "Idé"])
    assert tie.code == "mapping_needed"
    assert tie.details["ambiguous"] == {"title": [("A", "Tittel"), ("B", "Idé")]}
    _, labels = find(["Tittel", "Idé", "Fase"], ["a", "b", "Idé"], mapping={"title": "tittel"})
    assert labels["title"] == "Tittel"
    same = problem(["Registrert", "Opprettet", "Tittel", "Fase"], [DAY, DAY, "a", "Idé"])
    assert list(same.details["ambiguous"]) == ["registered_on"]


def test_a_tie_is_no_tie_where_only_one_column_holds_anything():
    _, labels = find(["Registrert", "Opprettet", "Tittel", "Fase"], [DAY, None, "a", "Idé"])
    assert labels["registered_on"] == "Registrert"


@pytest.mark.parametrize(
    "texts, row, missing",
    [
        (["Tittel", "Bedrift", "Kommune"], ["a", "b", "c"], ["stage"]),
        (["Bedrift", "Fase", "Kommune"], ["a", "Idé", "c"], ["title"]),
        (["Bedrift", "Kommune"], ["a", "c"], ["title", "stage"]),
    ],
)
def test_a_missing_title_or_stage_is_asked_for(texts, row, missing):
    error = problem(texts, row)
    assert (error.code, error.details["missing"]) == ("mapping_needed", missing)
    assert [text for _, text in error.details["headers"]] == texts


def test_a_mapping_names_a_header_or_a_column_or_leaves_the_key_out():
    table = (["Prosjektnavn", "Beskrivelse", "Nivå", "Dato"], ["a", "b", "Idé", DAY])
    assert problem(*table).code == "no_header"
    _, labels = find(*table, mapping={"title": "PROSJEKTNAVN", "stage": "[C]"})
    assert labels == {"title": "Prosjektnavn", "stage": "Nivå", "registered_on": "Dato"}
    _, labels = find(
        *table, mapping={"title": "Prosjektnavn", "stage": "nivå", "registered_on": ""}
    )
    assert "registered_on" not in labels


def test_a_mapping_to_what_is_not_there_is_refused():
    table = (["Tittel", "Fase"], ["a", "Idé"])
    assert problem(*table, mapping={"stage": "Nivå"}).code == "unknown_header"
    assert problem(*table, mapping={"colour": "Fase"}).code == "unknown_key"


@pytest.mark.parametrize(
    "texts, row, key, label",
    [
        # The word that a header is about stands last, or before a preposition.
        (["Idea owner", "Idea title", "Stage"], ["Ola", "x", "Idea"], "owner", "Idea owner"),
        (["Ansvarlig for case", "Tittel", "Fase"], ["Ola", "x", "Case"], "owner",
         "Ansvarlig for case"),
        (["Company contact", "Company", "Title", "Stage"], ["P", "G", "x", "Idea"], "company",
         "Company"),
        (["Bedrift (navn og sted)", "Sted", "Tittel", "Fase"], ["G", "E", "x", "Idé"], "company",
         "Bedrift (navn og sted)"),
        # A column that holds no days is not the day of a stage, unless it says so.
        (["Søknad", "Søknad sendt", "Tittel", "Fase"], ["SkatteFUNN", DAY, "x", "Idé"],
         "rd_application_on", "Søknad sendt"),
        (["Søknad sendt til", "Tittel", "Fase"], ["Fylket", "x", "Idé"], "rd_application_on", None),
        (["Case fra", "Tittel", "Fase"], ["snart", "x", "Case"], "case_on", "Case fra"),
        (["Registrert av", "Registrert", "Tittel", "Fase"], ["Ola", DAY, "x", "Idé"],
         "registered_on", "Registrert"),
        # An idea with a day is the day it was registered.
        (["Idé", "Case", "Tittel", "Fase"], [DAY, DAY, "x", "Case"], "registered_on", "Idé"),
        (["Idé", "Idé dato", "Fase"], ["x", DAY, "Idé"], "registered_on", "Idé dato"),
        # Dato counts alone, and less than a word that says more.
        (["Dato", "Tittel", "Fase"], [DAY, "x", "Idé"], "registered_on", "Dato"),
        (["Dato", "Registrert", "Tittel", "Fase"], [DAY, DAY, "x", "Idé"], "registered_on",
         "Registrert"),
        (["Sist endret dato", "Tittel", "Fase"], [DAY, "x", "Idé"], "registered_on", None),
        # Other numbers than those sought and expected.
        (["Innvilget beløp", "Tittel", "Fase"], [5, "x", "Idé"], "amount_nok", None),
        (["Realiserte arbeidsplasser", "Tittel", "Fase"], [5, "x", "Idé"], "expected_jobs", None),
        # A word within a word says what it is at its end only.
        (["Prosjekttittel", "Fase"], ["x", "Idé"], "title", "Prosjekttittel"),
        (["Ident", "Tittel", "Fase"], ["x", "y", "Idé"], "title", "Tittel"),
        (["Bedriftens navn", "Tittel", "Fase"], ["Granmo", "x", "Idé"], "company",
         "Bedriftens navn"),
        (["Bedriftens kontakt", "Tittel", "Fase"], ["Per", "x", "Idé"], "company", None),
        (["Bedriftskontakt", "Tittel", "Fase"], ["Per", "x", "Idé"], "company", None),
        (["Inkubatorbedrift", "Tittel", "Fase"], ["Granmo", "x", "Idé"], "company",
         "Inkubatorbedrift"),
    ],
)  # fmt: skip
def test_the_best_match_wins(texts, row, key, label):
    _, labels = find(texts, row)
    assert labels.get(key) == label


def test_the_unit_of_the_amount_stands_in_its_header():
    for text, unit in [
        ("Beløp (MNOK)", 1_000_000),
        ("Omsøkt mill. kr", 1_000_000),
        ("Beløp i 1000 kr", 1_000),
        ("Beløp i hele 1 000 kr", 1_000),
        ("Søkt (tkr)", 1_000),
        ("Beløp kr", 1),
    ]:
        assert find([text, "Tittel", "Fase"], [5, "x", "Idé"])[0].amount_unit == unit


def test_the_first_sheet_with_a_header_is_read_and_a_summary_before_it_is_not_it():
    summary = [["Kommune", "Antall"], ["Elverum", 4]]
    ideas = [["Tittel", "Fase", "Bedrift", "Kommune"], ["x", "Idé", "Granmo", "Elverum"]]
    _, labels = find(*summary, Ideer=ideas)
    assert labels["title"] == "Tittel"
    notes = [["Her er en lang merknad om idéer, bedrifter og alt annet som ikke er en liste"]]
    _, labels = find(*notes, Ideer=ideas)
    assert labels["title"] == "Tittel"


def test_a_sheet_that_lacks_the_stage_is_asked_about_and_not_passed_over():
    first = [["Tittel", "Bedrift", "Kommune", "Ansvarlig"], ["x", "Granmo", "Elverum", "Ola"]]
    old = [["Tittel", "Fase", "Bedrift"], ["y", "Idé", "Granmo"]]
    with pytest.raises(HeaderError) as caught:
        find(*first, Gammel=old)
    assert caught.value.details["missing"] == ["stage"]
    assert caught.value.details["sheet"] == "Ark"


def test_a_workbook_with_nothing_in_it_is_empty():
    with pytest.raises(SheetError, match="empty"):
        find()
