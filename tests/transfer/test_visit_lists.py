"""A list of visits is read: which column is what, what each row says, what is wrong with it."""

import io
from datetime import date, datetime

import pytest
from hypothesis import given, settings, strategies as st

from incubator.core.sheets import SheetError
from incubator.transfer.headers import HeaderError
from incubator.transfer.kinds import guess_kind
from incubator.transfer.visits.cells import Person, read_notes, read_people
from incubator.transfer.visits.rows import VISITS, read_visits
from incubator.transfer.visits.words import ACCEPTED_KINDS, VISIT_HEADER_WORDS
from incubator.visits.models import VisitKind
from tests.transfer.lists import FILES as IDEA_FILES, TODAY, idea, xlsx
from tests.transfer.visit_lists import FILES, HEADER, parse, visit, visits_csv

KEYS = (
    *("occurred_on", "company", "orgnr", "municipality", "kind", "visitor", "contacts", "about"),
    *("notes", "needs"),
)
VALUES = (
    *("01.02.2024", "Granmo", "389078662", "Elverum", "Besøk", "Kari", "Ola Lund", "Bark", "Ja"),
    "Kapital",
)


def errors(visits):
    """Return the wrong cells of each bad row with their reasons."""
    return {row.number: {error.column: error.reason for error in row.errors} for row in visits.bad}


def labels(header, values=VALUES, **options):
    found = parse(values, header=header, **options).header
    return {key: found.label(key) for key in found.columns}


def only(*row, **options):
    """Return the one good visit of a list with one row."""
    (good,) = parse(*row, **options).good
    return good.visit


# --- the columns -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "texts",
    [
        "Dato|Bedrift|Org.nr|Kommune|Kontaktform|Hvem|Kontaktperson|Tema|Notat|Behov",
        "BESØKSDATO|FIRMA|ORGNR.|STED|TYPE|RÅDGIVER|DELTAKERE|HVA|MERKNAD|BEHOV",
        "Besøkt|Virksomhet|Organisasjonsnummer|Kommune|Form|Besøkt av|Møtte|Om|Referat|Behov",
        "Når|Selskap|Org nr|Sted|Hva slags|Ansvarlig|Til stede|Gjelder|Kommentar|Bedriftens behov",
        "Dato for besøk|Bedriftens navn|Bedriftens org.nr|Kommune|Type besøk|Ansvarlig rådgiver|"
        "Hvem møtte vi|Hva vi snakket om|Notat fra besøket|Behov hos bedriften",
        "Dato|Besøkt bedrift|Org.nr|Kommune|Besøkstype|Av|Kontakt hos bedriften|Innhold|Notater|"
        "Ønsker",
        "Date|Company|Org. no.|Municipality|Kind|Who|Contact person|About|Notes|Needs",
        "Visit date|Company name|Organisation number|Municipality|Type|Advisor|Participants|Topic|"
        "Comments|Needs",
        # The application's own export.
        "Dato|Bedrift|Organisasjonsnummer|Kommune|Type|Hvem|Fra bedriften|Om hva|Notat|Behov",
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_the_columns_are_known_by_their_words(texts, order):
    texts = texts.split("|")
    assert labels(texts[::order], VALUES[::order]) == dict(zip(KEYS, texts, strict=True))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_mixture_of_words_in_any_order_is_found(data):
    texts = [data.draw(st.sampled_from(VISIT_HEADER_WORDS[key]), label=key) for key in KEYS]
    texts = [data.draw(st.sampled_from([str, str.upper, str.title]))(text) for text in texts]
    order = data.draw(st.permutations(range(len(KEYS))))
    found = labels([texts[n] for n in order], [VALUES[n] for n in order])
    assert found == dict(zip(KEYS, texts, strict=True))


def test_the_keys_are_those_of_the_contract():
    assert set(VISITS.keys) == set(KEYS)
    assert VISITS.needed == ("occurred_on", "company")


@pytest.mark.parametrize(
    "header, ignored",
    [
        ("Neste besøk", "1.3.2027"),
        ("Frist for oppfølging", "1.3.2027"),
        ("Registrert dato", "1.3.2024"),
        ("Type bedrift", "Industri"),
        ("Bransje", "Industri"),
        ("Antall ansatte", 12),
        ("Organisasjon", "Klosser"),
    ],
)
def test_a_column_that_tells_of_something_else_is_not_read(header, ignored):
    found = parse(("1.2.2024", "Granmo", ignored), header=("Dato", "Bedrift", header))
    assert found.header.ignored == [header]
    assert len(found.good) == 1


def test_a_bare_om_or_av_names_a_column_only_when_it_is_the_whole_header():
    header = ("Dato", "Bedrift", "Litt om firmaet", "Godkjent av sjef")
    found = parse(("1.2.2024", "Granmo", "Stort", "Per"), header=header)
    assert set(found.header.columns) == {"occurred_on", "company"}


def problem(*rows, header, **options):
    with pytest.raises(HeaderError) as caught:
        parse(*rows, header=header, **options)
    return caught.value


def test_what_cannot_be_told_is_asked_for():
    missing = problem(("1.2.2024", "Kari"), header=("Dato", "Hvem"))
    assert (missing.code, missing.details["missing"]) == ("mapping_needed", ["company"])
    row = ("1.2.2024", "2.2.2024", "Granmo")
    twice = problem(row, header=("Dato", "Dato", "Bedrift"))
    assert twice.details["ambiguous"] == {"occurred_on": [("A", "Dato"), ("B", "Dato")]}
    told = parse(row, header=("Dato", "Dato", "Bedrift"), mapping={"occurred_on": "[B]"})
    assert told.good[0].visit.occurred_on == date(2024, 2, 2)
    assert problem(("a", "b"), header=("Farge", "Form")).code == "no_visit_header"
    wrong = problem(visit(), header=HEADER, mapping={"title": "Dato"})
    assert (wrong.code, wrong.details["known"]) == ("unknown_key", VISITS.keys)


# --- what a list holds -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content, kind",
    [
        *((path.read_bytes(), "visits") for path in FILES.values()),
        *((path.read_bytes(), "ideas") for path in IDEA_FILES.values()),
        (b"Dato;Bedrift\n1.2.2024;Granmo\n", "visits"),
        (b"Tittel;Fase;Dato;Bedrift\nBiokull;Case;1.2.2024;Granmo\n", "ideas"),
        (b"Dato;Hvem;Notat\n1.2.2024;Kari;Ja\n", "visits"),
        ("Idé;Tittel;Nivå;Dato\nlangt;Biokull;Idé;1.2.2024\n".encode(), "ideas"),
    ],
)
def test_what_a_list_holds_is_told_by_its_headers(content, kind):
    assert guess_kind(io.BytesIO(content)).name == kind


def test_a_list_of_neither_kind_is_refused():
    with pytest.raises(HeaderError) as caught:
        guess_kind(io.BytesIO(b"a;b\nc;d\n"))
    assert caught.value.code == "no_list_header"
    with pytest.raises(SheetError):
        guess_kind(io.BytesIO(b""))


# --- the cells ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, kind",
    [
        ("Besøk", "visit"),
        ("BEDRIFTSBESØK", "visit"),
        ("fysisk møte", "visit"),
        (None, "visit"),
        (" - ", "visit"),
        ("tlf.", "telephone"),
        ("Ringte", "telephone"),
        ("Telefon", "telephone"),
        ("Teams", "video"),
        ("Teams-møte", "video"),
        ("Digitalt møte", "video"),
        ("video", "video"),
        ("Company visit", "visit"),
        ("Phone call", "telephone"),
        ("Online meeting", "video"),
    ],
)
def test_the_kind_is_read_from_its_many_words(text, kind):
    assert only(visit(Kontaktform=text)).kind == kind


@pytest.mark.parametrize("text", ["Brevdue", "E-post", 7, "#REF!", date(2024, 1, 1)])
def test_an_unknown_kind_is_an_error_that_names_the_accepted_words(text):
    (bad,) = parse(visit(Kontaktform=text)).bad
    (error,) = bad.errors
    assert error.column == "kind"
    if error.reason == "unknown_kind":
        words = [word for both in ACCEPTED_KINDS.values() for word in both]
        assert all(word in error.details["accepted"] for word in words)
    else:
        assert (text, error.reason) == ("#REF!", "broken_cell")


def test_every_accepted_word_is_accepted():
    for kind in VisitKind:
        for word in ACCEPTED_KINDS[kind]:
            assert only(visit(Kontaktform=word)).kind == kind


@pytest.mark.parametrize(
    "day, reason",
    [
        (date(2026, 11, 23), "future_date"),
        ("1.1.2027", "future_date"),
        ("31.12.1989", "too_long_ago"),
        ("31.2.2024", "no_such_day"),
        ("i fjor", "bad_date"),
        (None, "missing"),
    ],
)
def test_a_day_is_one_on_which_a_visit_can_have_been(day, reason):
    visits = parse(visit(on=day))
    assert (visits.good, errors(visits)) == ([], {2: {"occurred_on": reason}})


@pytest.mark.parametrize(
    "day",
    [TODAY, date(1990, 1, 1), datetime(2024, 1, 2, 13, 5), "2/1-24", "2024-01-02", "2 jan 2024"],
)
def test_a_day_is_read_in_every_writing(day):
    found = only(visit(on=day)).occurred_on
    assert found == (day if type(day) is date else date(2024, 1, 2))


@pytest.mark.parametrize(
    "company, orgnr, wrong",
    [
        ("Granmo", None, {}),
        (None, "389078662", {}),
        (None, None, {"company": "missing"}),
        ("?", None, {"company": "no_name"}),
        (date(2024, 1, 1), None, {"company": "not_text"}),
        ("x" * 301, None, {"company": "too_long"}),
        ("Granmo", "389078663", {"orgnr": "orgnr_check_digit"}),
        (None, "12", {"orgnr": "bad_orgnr"}),
    ],
)
def test_a_visit_was_to_a_company(company, orgnr, wrong):
    found = parse(visit(company=company, **{"Org.nr": orgnr}))
    assert errors(found).get(2, {}) == wrong


def names(text):
    return [person.name for person in read_people(text) or ()]


@pytest.mark.parametrize(
    "text, found",
    [
        ("Ola Lund", ["Ola Lund"]),
        ("Ola Lund, Siri Dahl; Per Moen og Kari Berg", "Ola Lund|Siri Dahl|Per Moen|Kari Berg"),
        ("Ola Lund\nSiri Dahl", "Ola Lund|Siri Dahl"),
        ("Ola Lund and Siri Dahl", "Ola Lund|Siri Dahl"),
        ("Ola Lund / Siri Dahl & Per", "Ola Lund|Siri Dahl|Per"),
        ("OLA  LUND, ola lund", ["OLA LUND"]),
        ("Ingrid Ogland, Sandor", "Ingrid Ogland|Sandor"),
        (" , ; - ", []),
        ("–", []),
        (None, []),
    ],
)
def test_several_people_may_stand_in_one_cell(text, found):
    assert names(text) == (found.split("|") if isinstance(found, str) else found)


def test_what_somebody_is_there_is_kept_with_the_name():
    text = "Ola Lund (daglig leder, eier), Siri Dahl, produksjonssjef og Per Moen"
    assert read_people(text) == (
        Person("Ola Lund", "daglig leder, eier"),
        Person("Siri Dahl", "produksjonssjef"),
        Person("Per Moen"),
    )


@pytest.mark.parametrize(
    "text, reason",
    [
        (", ".join(f"Per {n}" for n in range(60)), "too_many_people"),
        ("x" * 301, "too_long"),
        (3, "not_text"),
        ("#N/A", "broken_cell"),
    ],
)
def test_a_cell_of_people_that_cannot_be_one(text, reason):
    assert errors(parse(visit(Kontaktperson=text))) == {2: {"contacts": reason}}


def test_what_was_written_down_keeps_its_lines():
    assert read_notes("  En \t linje \r\n\n\n\n  en til  \n") == "En linje\n\nen til"
    found = only(visit(Tema="Bark", Notat="To\nlinjer", Behov="Kapital"))
    assert (found.about, found.needs) == ("Bark\nTo\nlinjer", "Kapital")
    assert only(visit()).about is None
    long = parse(visit(Notat="x\n" * 6_000))
    assert errors(long) == {2: {"notes": "too_long"}}


# --- whole lists -------------------------------------------------------------------------------


def test_the_messy_workbook_becomes_what_it_must():
    found = read_visits(FILES["besok"], TODAY)
    assert (found.sheet, found.header.row, found.header.ignored) == ("Besøk", 3, ["Neste besøk"])
    assert [(row.number, row.visit.occurred_on.isoformat()) for row in found.good] == [
        (5, "2024-03-12"), (6, "2024-04-02"), (7, "2024-04-15"), (9, "2024-05-01"),
        (10, "2024-05-02"), (11, "2024-03-12"), (16, "2024-06-04"),
    ]  # fmt: skip
    assert errors(found) == {
        12: {"occurred_on": "no_such_day", "kind": "unknown_kind"},
        13: {"occurred_on": "future_date"},
        14: {"occurred_on": "missing"},
        15: {"occurred_on": "too_long_ago", "company": "no_name", "orgnr": "orgnr_check_digit"},
    }
    skipped = [(one.first, one.last, one.reason) for one in found.skipped]
    assert skipped == [(4, 4, "blank"), (8, 8, "blank"), (17, 17, "header"), (18, 18, "total")]
    glommali = {row.company for row in found.good if row.number in (5, 6, 7, 11)}
    assert [(one.name, one.orgnr) for one in glommali] == [("Glommali Sagbruk AS", "389078662")]


def test_the_messy_csv_becomes_what_it_must():
    found = read_visits(FILES["visits"], TODAY)
    assert [row.visit.visitor for row in found.good] == [
        "Kari Nordmann", "ola@example.no", "Ola Hansen",
    ]  # fmt: skip
    assert [row.visit.kind for row in found.good] == ["visit", "telephone", "video"]
    assert errors(found) == {5: {"kind": "unknown_kind"}}
    assert found.skipped_count == 1


@pytest.mark.parametrize(
    "text, is_total",
    [("Sum 12 besøk", True), ("Totalt", True), ("Total: 4 visits", True), ("Sum Bygg AS", False)],
)
def test_totals_are_passed_over_and_companies_are_not(text, is_total):
    found = parse(visit(), visit(on=None, company=text))
    assert (found.skipped_count, len(found.bad)) == ((1, 0) if is_total else (0, 1))


def test_a_row_with_nothing_but_a_number_is_a_sum():
    assert parse(visit(), visit(on=None, company=47)).skipped_count == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_csv_is_read_in_every_encoding(encoding):
    source = visits_csv(visit(company="Østmo Såle ENK"), encoding=encoding)
    assert read_visits(source, TODAY).good[0].company.name == "Østmo Såle ENK"


def test_a_list_has_no_more_rows_than_can_be_read(monkeypatch):
    monkeypatch.setattr("incubator.transfer.lists.MAX_ROWS", 2)
    with pytest.raises(SheetError, match="too_many_rows"):
        parse(visit(), visit(), visit())


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://x")', "@SUM(A1)", "'+1", "<b>x</b>"])
def test_a_hostile_text_stays_a_text(text):
    found = only(visit(company=text + " AS", Hvem=text, Notat=text))
    assert (found.company, found.visitor, found.about) == (text + " AS", text, text)


CELLS = st.one_of(
    st.none(),
    st.text(max_size=40),
    st.sampled_from(
        ["1.2.2024", "Granmo", "Telefon", "A og B", "((x)", "\0", "#REF!", "og og", "-"]
    ),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(date(1900, 3, 1), date(2100, 1, 1)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=len(HEADER), max_size=len(HEADER)), max_size=4))
def test_whatever_stands_in_a_row_it_is_good_or_bad_or_passed_over(rows):
    found = parse(visit(), *rows, mapping=dict(zip(KEYS, HEADER, strict=True)))
    seen = [row.number for row in (*found.good, *found.bad)]
    seen += [n for one in found.skipped for n in range(one.first, one.last + 1)]
    assert sorted(seen) == list(range(2, max(seen) + 1))
    for row in found.good:
        assert row.visit.occurred_on <= TODAY
        assert all(person.name and person.key for person in row.visit.contacts)


def test_a_list_of_ideas_is_no_list_of_visits():
    with pytest.raises(HeaderError) as caught:
        read_visits(xlsx(idea()), TODAY)
    assert caught.value.code == "mapping_needed"
