"""What a kind of list calls its columns, and what a column may hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

from incubator.transfer import values
from incubator.transfer.words import (
    AMOUNT,
    DATE_COLUMNS,
    DAY_VERBS,
    FILLERS,
    HEADER_WORDS,
    JOBS,
    NEEDED_KEYS,
    ORGNR,
    OTHER_NUMBERS,
    REMARK,
    STAGE,
    STATUS_WORD,
    TOTAL_WORDS,
    plain,
    squeezed,
)

Reader = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words of one kind of list, and what is needed before it can be read."""

    header_words: Mapping[str, tuple[str, ...]]
    beside: Mapping[str, frozenset[str]]  # what may stand by a word without saying anything else
    needed: tuple[str, ...]
    date_keys: frozenset[str]
    no_header: str  # the problem when no row has such words
    readers: Mapping[str, Reader] = field(default_factory=dict)  # a column of other texts fits too
    choices: Mapping[str, Reader] = field(default_factory=dict)  # most of its cells are one of few
    other_numbers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    day_verbs: tuple[str, ...] = ()
    alone: frozenset[str] = frozenset()  # these say nothing within a longer header
    sums: frozenset[str] = frozenset()  # a row of nothing but numbers in these is a total
    totals: frozenset[str] = TOTAL_WORDS

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys in the order in which a person is asked for them."""
        return tuple(self.header_words)

    @cached_property
    def words(self) -> dict[str, frozenset[str]]:
        """The words of each key as they are compared."""
        return {key: frozenset(map(squeezed, words)) for key, words in self.header_words.items()}

    @cached_property
    def words_within(self) -> dict[str, frozenset[str]]:
        """The words of each key that name it within a longer header too."""
        return {key: words - self.alone for key, words in self.words.items()}

    @cached_property
    def all_words(self) -> frozenset[str]:
        """The words of all keys as they are compared."""
        return frozenset(chain.from_iterable(self.words.values()))

    @cached_property
    def fillers(self) -> dict[str, frozenset[str]]:
        """What may stand beside the words of each key, as it is compared."""
        return {key: frozenset(map(squeezed, words)) for key, words in self.beside.items()}

    @cached_property
    def total_words(self) -> frozenset[str]:
        """The words that a row of totals is made of."""
        return frozenset(map(plain, self.totals))


IDEAS = Vocabulary(
    header_words={**HEADER_WORDS, REMARK: (*HEADER_WORDS[REMARK], STATUS_WORD)},
    beside=FILLERS,
    needed=NEEDED_KEYS,
    date_keys=frozenset(DATE_COLUMNS.values()),
    no_header="no_header",
    readers={AMOUNT: values.read_amount, JOBS: values.read_jobs, ORGNR: values.read_orgnr},
    choices={STAGE: values.read_stage},
    other_numbers=OTHER_NUMBERS,
    day_verbs=DAY_VERBS,
    sums=frozenset({AMOUNT, JOBS}),
)
