from babel.messages.catalog import Catalog

from tools import check_texts


def catalogs(ours: str, theirs: str | None, flags: tuple[str, ...] = ()) -> list[str]:
    wanted, translated = Catalog(), Catalog()
    wanted.add(ours, locations=[("a.html", 3)])
    if theirs is not None:
        translated.add(ours, theirs, flags=flags)
    return check_texts.complaints(wanted, translated)


def test_a_translated_text_is_in_order():
    assert catalogs("Move to …", "Flytt til …") == []


def test_a_text_without_bokmaal_is_named_with_its_place():
    assert catalogs("Move to …", None) == ["a.html:3: missing: 'Move to …'"]
    assert catalogs("Move to …", "") == ["a.html:3: empty: 'Move to …'"]


def test_a_fuzzy_translation_is_not_one():
    assert catalogs("Move", "Flytte?", flags=("fuzzy",)) == ["a.html:3: fuzzy: 'Move'"]


def test_a_translation_may_not_ask_for_what_the_original_does_not_give():
    assert len(catalogs("%(n)s ideas", "%(antall)s ideer")) == 1
    assert catalogs("%(n)s ideas of %(all)s", "%(n)s ideer") == []


def test_a_translation_that_nothing_uses_is_named():
    translated = Catalog()
    translated.add("Gone", "Borte")
    assert check_texts.complaints(Catalog(), translated) == ["not used any more: 'Gone'"]
