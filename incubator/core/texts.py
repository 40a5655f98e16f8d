"""Names and words: folded for matching, keyed for sorting, the same on every database."""

import re
import unicodedata

# The forms that a Norwegian company name may end in and that nobody is consistent about. Forms
# that are also ordinary words (IS, STI, SE, PRE) are left out: they would eat a part of the name.
LEGAL_FORMS = frozenset(
    "as asa enk ans da ba sa sus nuf ks iks kf fkf sf brl bbl al ab aps ltd gmbh oy oyj inc".split()
)

SORT_KEY_LENGTH = 240

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_LEGAL_FORM_AT_END = re.compile(
    r"^(?P<base>.*\S)[\s,]+\(?(?P<form>a/s|a\.\s?s\.?|"
    + "|".join(sorted(LEGAL_FORMS))
    + r")\)?\.?$",
    re.IGNORECASE,
)
_LEGAL_FORM_FIRST = re.compile(r"^(?:as|a/s|a\.s\.?)\s+(?P<base>\S.*)$", re.IGNORECASE)
_NOT_IN_A_KEY = re.compile(r"[^\w&+]|_")

_SORTED_AS = str.maketrans({"ä": "æ", "ö": "ø", "ü": "y", "ð": "d", "đ": "d", "þ": "th", "œ": "ø"})
_PLACES = {
    character: f"{place:02d}"
    for place, character in enumerate(" 0123456789abcdefghijklmnopqrstuvwxyzæøå", start=10)
}


def collapse(text: str) -> str:
    """Return the text on one line: single spaces, none at the ends, nothing invisible."""
    seen = text if text.isascii() else text.translate(_INVISIBLE)
    return " ".join(seen.split())


def fold(text: str) -> str:
    """Return what two texts have in common that differ in case, spaces and encoding alone."""
    same = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return collapse(same.casefold())


def split_legal_form(name: str) -> tuple[str, str]:
    """Return a company name without its legal form, and the form as AS, ENK … or empty."""
    name = collapse(name)
    found = _LEGAL_FORM_AT_END.match(name)
    if found is None:
        return name, ""
    form = re.sub(r"[^a-z]", "", found["form"].casefold())
    return found["base"].rstrip(" ,"), form.upper()


def company_key(name: str) -> str:
    """Return the key that one company's spellings share: no case, spaces or legal form."""
    base, _ = split_legal_form(fold(name))
    if leading := _LEGAL_FORM_FIRST.match(base):
        base = leading["base"]
    return _NOT_IN_A_KEY.sub("", base) or _NOT_IN_A_KEY.sub("", fold(name))


def sort_key(name: str) -> str:
    """Return digits that sort as Norwegians sort names: æ, ø, å last, aa as å.

    Two digits stand for a character, because digits are the one alphabet that every collation of
    every database sorts alike.
    """
    text = fold(name).translate(_SORTED_AS).replace("aa", "å")
    words = "".join(_sorted_character(character) for character in text)
    return "".join(_place(character) for character in collapse(words))[:SORT_KEY_LENGTH]


def _sorted_character(character: str) -> str:
    if character in _PLACES:
        return character
    base = unicodedata.normalize("NFD", character)[0]
    if base in _PLACES:
        return base
    return character if character.isalnum() else " "


def _place(character: str) -> str:
    # A letter of another alphabet comes after å, in the order of Unicode.
    return _PLACES.get(character) or f"99{ord(character):07d}"
