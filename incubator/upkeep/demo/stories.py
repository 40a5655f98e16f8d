"""What is told of each idea: its life, the company it comes from, its words and its owner."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from incubator.ideas.models import StageKind
from incubator.upkeep.demo import data
from incubator.upkeep.demo.firms import Firm, Registry, firms_of
from incubator.upkeep.demo.lives import Life, lives_of

# Kinds of work that people begin on their own, without a company.
OF_FOUNDERS = frozenset({"digital", "mat", "reiseliv", "landbruk", "tre"})


@dataclass(frozen=True)
class Words:
    """What an idea is called, the problem, and what would be sold."""

    kind: str
    title: str
    problem: str
    product: str


@dataclass(frozen=True)
class Story:
    """One idea of the demo, ready to be told."""

    region: str
    life: Life
    words: Words
    firm: Firm | None
    founder: str | None  # who had the idea, where no company did
    municipality: str
    owner: str
    dice: random.Random


class Library:
    """Hands out the ideas of the file, the least used first, so that few are told twice."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._told: Counter[str] = Counter()
        self._words = [
            Words(kind, one["title"], one["problem"], one["product"])
            for kind, ideas in data.read("ideas").items()
            for one in ideas
        ]

    def for_region(self, kinds: set[str]) -> Iterator[Words]:
        """Give ideas that the companies of a region could have, without end."""
        while True:
            fitting = [words for words in self._words if words.kind in kinds]
            self._rng.shuffle(fitting)
            for words in sorted(fitting, key=lambda words: self._told[words.title]):
                self._told[words.title] += 1
                yield Words(
                    words.kind,
                    words.title,
                    data.spell_out(self._rng, words.problem),
                    words.product,
                )


def stories_of(
    rng: random.Random, registry: Registry, library: Library, region: Mapping[str, Any], today: date
) -> Iterator[Story]:
    """Tell all ideas of a region."""
    firms = firms_of(registry, data.dice(rng), region)
    by_kind = {
        kind: [firm for firm in firms if firm.kind == kind] for kind in {f.kind for f in firms}
    }
    texts = library.for_region(set(by_kind))
    lives = list(lives_of(data.dice(rng), region, today))
    # The oldest first, so that a company's ideas are spread over the years.
    lives.sort(key=lambda life: -life.days_ago)
    owners = data.dealt(rng, data.read("world")["owners"][region["name"]], len(lives))
    used: Counter[str] = Counter()
    for life, owner in zip(lives, owners, strict=True):
        dice = data.dice(rng)
        words = next(texts)
        least = min(used[firm.name] for firm in by_kind[words.kind])
        firm = dice.choice([f for f in by_kind[words.kind] if used[f.name] == least])
        lot, place = dice.random(), dice.choice(region["municipalities"])
        founder = registry.person() if words.kind in OF_FOUNDERS and lot < 0.3 else None
        if founder is None:
            used[firm.name] += 1
            yield Story(region["name"], life, words, firm, None, firm.municipality, owner, dice)
        else:
            company = _start_up(registry, life, words.kind, place)
            yield Story(region["name"], life, words, company, founder, place, owner, dice)


def _start_up(registry: Registry, life: Life, kind: str, place: str) -> Firm | None:
    """Make the company that a founder needs before the incubator, an application or a sale."""
    stages = (StageKind.INCUBATOR, StageKind.APPLICATION, StageKind.MARKET)
    days = [day for day in map(life.first, stages) if day is not None]
    if not days:
        return None
    return registry.start_up(kind, place, min(days) - timedelta(days=20))
