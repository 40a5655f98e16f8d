"""The companies of the demo: invented, with numbers that no real company has."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from incubator.core.texts import company_key
from incubator.upkeep.demo import data

WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)


@dataclass(frozen=True)
class Firm:
    """A company as it will be entered; None is what nobody has found out."""

    name: str
    kind: str
    municipality: str
    orgnr: str
    has_orgnr_at_once: bool
    industry_code: str | None
    industry_section: str | None
    founded_on: date | None
    employees: int | None
    contact: str
    contact_title: str


class Registry:
    """Gives out names and numbers, each once."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._names: set[str] = set()
        self._numbers = self._synthetic_numbers()
        self._told = data.read("companies")

    def _synthetic_numbers(self) -> Iterator[str]:
        # Real numbers begin with 8 or 9.
        used: set[int] = set()
        while True:
            eight = self._rng.randrange(20_000_000, 40_000_000)
            check = -sum(int(d) * w for d, w in zip(str(eight), WEIGHTS, strict=True)) % 11
            if eight not in used and check < 10:
                used.add(eight)
                yield f"{eight}{check}"

    def name(self, kind: str) -> str:
        """Make a company name of a kind that is not taken."""
        while True:
            first, ending, trade = (
                self._rng.choice(words)
                for words in (
                    self._told["first"],
                    self._told["ending"],
                    self._told["kind"][kind]["trades"],
                )
            )
            found = f"{first}{ending} {trade} AS"
            # Two firms of a place are told apart by their first word as well.
            if not {company_key(found), first + ending} & self._names:
                self._names |= {company_key(found), first + ending}
                return found

    def orgnr(self) -> str:
        """Give a synthetic organisation number: first digit 2 or 3, valid check digit."""
        return next(self._numbers)

    def person(self) -> str:
        """Make the name of somebody at a company."""
        people = self._told["people"]
        return f"{self._rng.choice(people['first'])} {self._rng.choice(people['last'])}"

    def firm(self, kind: str, municipality: str, *, founded_on: date | None) -> Firm:
        """Make a company that has existed for long, of which most is known."""
        told: Mapping[str, Any] = self._told["kind"][kind]
        is_classified = self._rng.random() >= 0.07
        has_age = self._rng.random() >= 0.03
        least, most = told["employees"]
        employees = int(least + (most - least) * self._rng.random() ** 2)
        return Firm(
            name=self.name(kind),
            kind=kind,
            municipality=municipality,
            orgnr=self.orgnr(),
            has_orgnr_at_once=self._rng.random() >= 0.15,
            industry_code=told["code"] if is_classified else None,
            industry_section=told["section"] if is_classified else None,
            founded_on=founded_on if has_age else None,
            employees=employees if self._rng.random() >= 0.12 else None,
            contact=self.person(),
            contact_title=self._rng.choice(self._told["people"]["titles"]),
        )

    def start_up(self, kind: str, municipality: str, founded_on: date) -> Firm:
        """Make a company that a founder makes of an idea."""
        told: Mapping[str, Any] = self._told["kind"][kind]
        return Firm(
            name=self.name(kind),
            kind=kind,
            municipality=municipality,
            orgnr=self.orgnr(),
            has_orgnr_at_once=False,
            industry_code=told["code"],
            industry_section=told["section"],
            founded_on=founded_on,
            employees=self._rng.randint(1, 3),
            contact=self.person(),
            contact_title="gründer",
        )


def firms_of(registry: Registry, rng: random.Random, region: Mapping[str, Any]) -> list[Firm]:
    """Make the companies of a region: kinds and municipalities by their shares."""
    number = region["companies"]
    told = data.read("companies")["kind"]
    kinds = data.dealt(rng, {kind: told[kind]["share"] for kind in told}, number)
    places = data.dealt(
        rng, dict(zip(region["municipalities"], region["weights"], strict=True)), number
    )
    return [
        registry.firm(kind, place, founded_on=_long_ago(rng))
        for kind, place in zip(kinds, places, strict=True)
    ]


def _long_ago(rng: random.Random) -> date:
    first, last = date(1952, 1, 1), date(2014, 6, 30)
    return first + timedelta(days=int((last - first).days * rng.random() ** 0.6))
