"""The ways in which texts name a person, and how they are found and blanked."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from incubator.core.texts import collapse, company_key, fold

BLANK = "(slettet)"
LONG_ENOUGH = 8  # of a key without spaces, which may stand within another
SHORTEST = 4  # characters of a word that is looked for: shorter ones are parts of others
_PLAIN = re.compile(r"[A-Za-z0-9@._-]+")
_BETWEEN_DIGITS = r"[\s\u00a0().+-]*"


@dataclass(frozen=True)
class Words:
    """What names a person: whole names, addresses and numbers, as they were written."""

    texts: tuple[str, ...] = ()
    telephones: tuple[str, ...] = ()

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = [_of_text(text) for text in self._spelt()]
        parts += [re.escape(key) for key in self._run_together()]
        parts += [_of_number(number) for number in self.telephones]
        # Longer ones first, so that an address goes whole and not by the name in it.
        return re.compile("|".join(sorted(parts, key=len, reverse=True)), re.IGNORECASE)

    def _spelt(self) -> list[str]:
        found: dict[str, None] = {}
        for text in self.texts:
            escaped = json.dumps(text)[1:-1]
            for way in (text, fold(text), escaped):
                found[way] = None
        return list(found)

    def _run_together(self) -> list[str]:
        """Give the names as they stand in keys that companies are matched by."""
        keys = {company_key(text) for text in self.texts if "@" not in text}
        return sorted(key for key in keys if len(key) >= LONG_ENOUGH)

    @property
    def is_empty(self) -> bool:
        return not self.texts and not self.telephones

    def likely(self) -> list[str]:
        """Give pieces of which one stands in every text that names the person (ASCII alone)."""
        pieces = {
            max(_PLAIN.findall(way), key=len, default="")
            for way in (*self._spelt(), *self._run_together())
        }
        pieces |= {digits[:2] for digits in map(_digits, self.telephones)}
        return sorted(pieces)

    def stand_in(self, text: str) -> bool:
        return not self.is_empty and self._pattern.search(text) is not None

    def blanked(self, text: str, blank: str = BLANK) -> str:
        """Give a text in which the person is named no more."""
        return text if self.is_empty else self._pattern.sub(blank, text)

    def around(self, text: str, width: int) -> str:
        """Give the part of a text that names the person, with some of what stands beside it."""
        found = self._pattern.search(text)
        if found is None:
            return ""
        begin, end = max(0, found.start() - width), min(len(text), found.end() + width)
        return f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}"


def _of_text(text: str) -> str:
    spaced = r"\s+".join(re.escape(part) for part in text.split())
    return rf"(?<!\w){spaced}s?(?!\w)"  # a genitive has an s, and no apostrophe


def _of_number(number: str) -> str:
    return r"(?<!\d)(?:(?:\+|00)?47" + _BETWEEN_DIGITS + ")?" + _BETWEEN_DIGITS.join(
        _digits(number)
    ) + r"(?!\d)"  # fmt: skip


def _digits(number: str) -> str:
    digits = re.sub(r"\D", "", number)
    return digits[-8:] if len(digits) > 8 else digits


def words_of(names: Iterable[str | None], telephones: Iterable[str | None] = ()) -> Words:
    """Gather what names a person; what is too short to be told from other words is left out."""
    texts = dict.fromkeys(collapse(name) for name in names if name)
    numbers = dict.fromkeys(one for one in telephones if one and len(_digits(one)) >= 5)
    return Words(tuple(text for text in texts if len(text) >= SHORTEST), tuple(numbers))
