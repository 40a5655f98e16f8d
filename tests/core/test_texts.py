from hypothesis import given, strategies as st

from incubator.core.texts import collapse, company_key, fold, sort_key, split_legal_form


def test_folding_takes_away_case_spaces_and_encoding_but_no_norwegian_letter():
    assert fold("  Idé\u00a0 LISTE\t\n") == fold("ide\u0301 liste") == "idé liste"
    assert fold("Østli") != fold("Ostli")
    assert fold("bl\u00e5b\u00e6r") != fold("blabaer")
    assert collapse("soft\u00adhyphen\u200b and\u202fnarrow") == "softhyphen and narrow"


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


def test_one_company_has_one_key_however_it_is_written():
    spellings = [
        "Granmoen Trevare AS",
        "GRANMOEN TREVARE AS",
        "  Granmoen Trevare A/S",
        "Granmoen Trevare",
        "granmoen  trevare, as",
        "Granmoen\u00a0Trevare A.S.",
        "AS Granmoen Trevare",
        "Granmoen-Trevare (AS)",
    ]
    assert {company_key(name) for name in spellings} == {"granmoentrevare"}


def test_different_companies_keep_different_keys():
    names = ["Granheim Limtre AS", "Granheim Elektro AS", "Granheim", "Masa AS", "Mas AS", "Ås AS"]
    assert len({company_key(name) for name in names}) == len(names)


def test_a_legal_form_is_one_only_where_it_stands_alone_at_the_end():
    assert split_legal_form(" Østli  Elektro A/S ") == ("Østli Elektro", "AS")
    assert split_legal_form("Ola Nordmann ENK") == ("Ola Nordmann", "ENK")
    assert split_legal_form("Glomma Vekst SA.") == ("Glomma Vekst", "SA")
    assert split_legal_form("Atlas") == ("Atlas", "")
    assert split_legal_form("AS") == ("AS", "")
    assert company_key("AS") == "as"


def test_names_sort_as_norwegians_sort_them():
    names = ["Zeta", "Østli", "Aasen", "Ærlig", "Ås", "Berg", "berg 2", "Bergmo", "3D", "Édouard"]
    expected = [
        "3D",
        "Berg",
        "berg 2",
        "Bergmo",
        "Édouard",
        "Zeta",
        "Ærlig",
        "Østli",
        "Ås",
        "Aasen",
    ]
    assert sorted(names, key=lambda name: (sort_key(name), name == "Aasen")) == expected


def test_swedish_and_german_letters_sort_with_their_norwegian_kin():
    assert sort_key("Österlund") == sort_key("Østerlund")
    assert sort_key("Ätran") == sort_key("Ætran")
    assert sort_key("Müller") == sort_key("Myller")


@given(st.text(max_size=200))
def test_a_sort_key_is_digits_of_limited_length(text):
    key = sort_key(text)
    assert len(key) <= 240
    assert key == "" or (key.isascii() and key.isdigit())


@given(st.text(alphabet="abcxyzæøå 09", max_size=8), st.text(alphabet="abcxyzæøå 09", max_size=8))
def test_sort_keys_order_like_the_alphabet(one, other):
    alphabet = " 0123456789abcdefghijklmnopqrstuvwxyzæøå"

    def by_letters(text):
        return [alphabet.index(letter) for letter in collapse(text).replace("aa", "å")]

    assert (sort_key(one) < sort_key(other)) == (by_letters(one) < by_letters(other))
