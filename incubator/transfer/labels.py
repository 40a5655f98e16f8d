"""Take a header apart and say which key its words name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from incubator.core.texts import collapse, fold
from incubator.transfer.vocabulary import IDEAS, Vocabulary
from incubator.transfer.words import (
    DATE_FILLERS,
    DATE_WORDS,
    IDEA_WORDS,
    NOT_A_DAY,
    PREPOSITIONS,
    REGISTERED,
    plain,
    squeezed,
)

_LONGEST_WORD = 4
_SAFE_SUFFIX = 5
_ENDINGS = ("s", "n", "ns", "en", "ens", "et", "ets", "a", "as")
_BOUNDARY = re.compile(r"[(\[/,;:|]")
_PREPOSITIONS = frozenset(squeezed(word) for word in PREPOSITIONS)
_DATE_FILLERS = frozenset(squeezed(word) for word in DATE_FILLERS)


@dataclass(frozen=True)
class Label:
    """A cell of a header row, taken apart."""

    text: str
    tokens: tuple[str, ...]
    first_part: int  # so many tokens stand before the first bracket, comma or slash

    @property
    def squeezed(self) -> str:
        return "".join(self.tokens)


def make_label(text: str) -> Label:
    """Take a header apart: its words, and where its main part ends."""
    parts = [plain(part).split() for part in _BOUNDARY.split(fold(text))]
    first = next((len(part) for part in parts if part), 0)
    return Label(collapse(text), tuple(chain.from_iterable(parts)), first)


def match_label(label: Label, key: str, vocabulary: Vocabulary = IDEAS) -> tuple[int, bool] | None:
    """Say how a header names a key: the level and whether it is the head of the header."""
    if label.squeezed in vocabulary.words[key]:
        return 4, True
    if key == REGISTERED and (special := _match_registered(label)):
        return special
    if key in vocabulary.date_keys and label.tokens[-1] in NOT_A_DAY:
        return None
    if vocabulary.other_numbers.get(key, frozenset()) & set(label.tokens):
        return None
    whole, parts = _spans(label.tokens, key, vocabulary)
    if not whole and not parts:
        return None
    covered = {index for start, end in whole for index in range(start, end)}
    rest = [token for index, token in enumerate(label.tokens) if index not in covered]
    if whole and all(token in vocabulary.fillers[key] for token in rest):
        return 3, True
    head = _head(label, vocabulary.fillers[key], covered)
    return (2 if whole else 1), any(start <= head < end for start, end in whole or parts)


def _match_registered(label: Label) -> tuple[int, bool] | None:
    if label.squeezed in DATE_WORDS:
        return 2, True
    ideas = [token for token in label.tokens if token in map(squeezed, IDEA_WORDS)]
    rest = [token for token in label.tokens if token not in ideas]
    is_dated = any(token in _DATE_FILLERS for token in rest)
    if ideas and all(token in IDEAS.fillers[REGISTERED] for token in rest):
        return (3 if is_dated else 1), True
    return None


def _spans(
    tokens: Sequence[str], key: str, vocabulary: Vocabulary
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Find where words of the key stand: as words of the header, and within words."""
    whole = [
        (start, end)
        for start in range(len(tokens))
        for end in range(start + 1, min(start + _LONGEST_WORD, len(tokens)) + 1)
        if "".join(tokens[start:end]) in vocabulary.words_within[key]
    ]
    parts = []
    for index, token in enumerate(tokens):
        others = (*tokens[:index], *tokens[index + 1 :])
        is_alone = all(other in vocabulary.fillers[key] for other in others)
        if is_alone and _is_inflected(token, vocabulary.words_within[key]):
            whole.append((index, index + 1))
        match _compound(token, key, vocabulary):
            case "with_filler":
                whole.append((index, index + 1))
            case "suffix":
                parts.append((index, index + 1))
    return whole, parts


def _is_inflected(token: str, words: frozenset[str]) -> bool:
    """Tell whether a word is one of the key's with an ending: Bedriftens navn, Fasen nå."""
    stems = (token.removesuffix(ending) for ending in _ENDINGS if token.endswith(ending))
    return any(stem in words for stem in stems)


def _compound(token: str, key: str, vocabulary: Vocabulary) -> str | None:
    """Tell how a word of the key is a part of one word: Søknadsdato, Bedriftsnavn, Prosjekttittel.

    The last part says what such a word is, so Bedriftskontakt is no company.
    """
    words, fillers = vocabulary.words_within[key], vocabulary.fillers[key]
    for word in words:
        if len(token) <= len(word):
            continue
        if token.startswith(word) and _unlinked_start(token[len(word) :]) in fillers:
            return "with_filler"
        if token.endswith(word):
            before = token[: -len(word)]
            stem = before if before in vocabulary.all_words else before.rstrip("se")
            if stem in vocabulary.all_words or before in fillers:
                is_own = stem in words or before in fillers
                return "with_filler" if is_own else "suffix"
            if len(word) >= _SAFE_SUFFIX:
                return "suffix"
    return None


def _unlinked_start(rest: str) -> str:
    return rest[1:] if rest[:1] in ("s", "e") and len(rest) > 2 else rest


def _head(label: Label, fillers: frozenset[str], covered: set[int]) -> int:
    """Return the place of the word that the header is about.

    It is the last one before a bracket or a preposition: the owner in "Idea owner", the title in
    "Tittel på idé". Prepositions within a word of the key ("kontakt hos oss") do not count.
    """
    end = label.first_part
    for index in range(1, end):
        if label.tokens[index] in _PREPOSITIONS and index not in covered:
            end = index
            break
    while end > 1 and label.tokens[end - 1] in fillers and end - 1 not in covered:
        end -= 1
    return end - 1


def is_named_as_day(label: Label, day_verbs: Sequence[str] = IDEAS.day_verbs) -> bool:
    """Tell whether a header says that its column holds days, even where none can be read."""
    words = set(label.tokens)
    has_filler = bool(words & _DATE_FILLERS) or any(word.endswith("dato") for word in words)
    return has_filler or label.squeezed in day_verbs
