"""Make words of text, the same when something is written down as when it is looked for.

Case, accents and endings are taken off in Python, since neither database does it as Norwegian
needs it. A stem stands in the index behind the letter of its place:

    t  in the name of the record
    o  elsewhere in what everybody may read who may read the record
    i  in what partners may not read though the record is shared: comments, tags, numbers
    n  in the notes of a visit, which not everybody may read
    p  inside a long word of the name: "varmegjenvinning" is found by "gjenvinning", too

Tokens that are no words: `r` and a region, `u` and a user, `g` and an organisation, `h1` for
ideas and notes that are shared. Before each of all these stands the letter of the kind, so that
who looks for companies does not go through the visits.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import snowballstemmer

from incubator.core.texts import fold

NAME, OPEN, INNER, NOTES, PART = "toinp"
SHARED = "h1"
LONG, SHORTEST_PART = 6, 4
MOST_WORDS = 8  # of a question
_LIKE = str.maketrans({"ä": "æ", "ö": "ø", "ð": "d", "đ": "d", "þ": "th", "œ": "ø"})
_NUMBER = re.compile(r"\b\d{2,3}(?: \d{2,3}){2,3}\b")  # as telephone and organisation numbers are
_own = threading.local()


def plain(text: str) -> list[str]:
    """Give the words of a text without case and accents; æ, ø and å stay, and aa is å."""
    seen = fold(text).translate(_LIKE).replace("aa", "å")
    letters = "".join(letter if letter in "æøå" else _without_accent(letter) for letter in seen)
    return _NUMBER.sub(lambda found: found[0].replace(" ", ""), " ".join(letters.split())).split()


@lru_cache(maxsize=4096)
def _without_accent(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isalnum() else " "


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Give a word without its Norwegian ending."""
    if not hasattr(_own, "stemmer"):  # it keeps the word at hand in itself: one for each thread
        _own.stemmer = snowballstemmer.stemmer("norwegian")
    found: str = _own.stemmer.stemWord(word)
    return found


def stems(*texts: str | None) -> list[str]:
    """Give the stems of some texts, in their order."""
    return [stem(word) for text in texts if text for word in plain(text)]


def parts(found: Iterable[str]) -> list[str]:
    """Give what stands inside long words, from each of its letters on."""
    return [
        word[start:]
        for word in found
        if len(word) >= LONG
        for start in range(2, len(word) - SHORTEST_PART + 1)
    ]


def asked(text: str) -> list[str]:
    """Give the stems that somebody looks for; the last one may be the beginning of a word."""
    found = [stem(word) for word in plain(text)][:MOST_WORDS]
    return found if any(len(word) > 1 for word in found) else []
