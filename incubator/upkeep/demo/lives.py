"""How the ideas of the demo went: when each entered its stages, and how it ended.

A life is planned backwards from today, so that the board of any day on which the demo is loaded
looks alike; what is drawn by lot never depends on the day.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from incubator.ideas.models import StageKind, Status
from incubator.upkeep.demo import data

DAYS_BACK = 1090  # three years

IDEA, CASE, INCUBATOR, APPLICATION, MARKET = (
    StageKind.IDEA,
    StageKind.CASE,
    StageKind.INCUBATOR,
    StageKind.APPLICATION,
    StageKind.MARKET,
)

# How many days ago an open card entered the stage where it stands: the newest, the oldest.
STANDS_FOR = {
    IDEA: (1, 96),
    CASE: (2, 140),
    INCUBATOR: (4, 290),
    APPLICATION: (3, 165),
    MARKET: (5, 205),
}
# How many days ago a card was closed.
CLOSED = {Status.PARKED: (6, 420), Status.STOPPED: (9, 1020), Status.LAUNCHED: (12, 690)}
# How long a card stands in a stage before it goes on.
STAYS = {
    IDEA: (12, 80),
    CASE: (30, 140),
    INCUBATOR: (60, 220),
    APPLICATION: (80, 230),
    MARKET: (20, 120),
}


@dataclass(frozen=True)
class Entry:
    """A card enters a stage on a day."""

    kind: StageKind
    on: date
    is_back: bool = False


@dataclass(frozen=True)
class Rest:
    """A card is parked for a while, between two stages."""

    parked_on: date
    reopened_on: date


@dataclass(frozen=True)
class Life:
    """The way of one card, from its registration to where it stands today."""

    entries: tuple[Entry, ...]
    status: Status
    closed_on: date | None
    rest: Rest | None
    days_ago: int  # that it was closed, or entered its last stage

    @property
    def registered_on(self) -> date:
        return self.entries[0].on

    @property
    def stage(self) -> StageKind:
        return self.entries[-1].kind

    def first(self, kind: StageKind) -> date | None:
        """Give the day of the first entry to a stage."""
        return next((entry.on for entry in self.entries if entry.kind == kind), None)


def lives_of(
    rng: random.Random, quotas: Mapping[str, Mapping[str, int]], today: date
) -> Iterator[Life]:
    """Plan the lives of a region by its quotas: status, then stage, to a number of cards."""
    for status in Status:
        numbers = quotas[status.value]
        places = [StageKind(key) for key, number in numbers.items() for _ in range(number)]
        shares = [(nth + 0.5) / len(places) for nth in range(len(places))]
        if status == Status.OPEN:
            shares = [(nth + 0.5) / number for number in numbers.values() for nth in range(number)]
        else:
            rng.shuffle(shares)
        for kind, share in zip(places, shares, strict=True):
            yield _life(data.dice(rng), kind, status, share, today)


def _life(rng: random.Random, kind: StageKind, status: Status, share: float, today: date) -> Life:
    path = _path(rng, kind, may_turn=status != Status.OPEN or kind == CASE)
    newest, oldest = STANDS_FOR[kind] if status == Status.OPEN else CLOSED[status]
    ended = int(newest + (oldest - newest) * share**1.35)
    stays = [rng.randint(*STAYS[stage]) for stage in path]
    stays = stays[:-1] if status == Status.OPEN else stays
    room = DAYS_BACK - rng.randint(0, 40) - ended
    if sum(stays) > room:
        stays = [max(2, stay * room // sum(stays)) for stay in stays]
    ago = [ended + sum(stays[nth:]) for nth in range(len(path))]
    days = [_work_day(today - timedelta(days=number)) for number in ago]
    entries = tuple(
        Entry(stage, day, is_back=nth > 0 and _nth(stage) < _nth(path[nth - 1]))
        for nth, (stage, day) in enumerate(zip(path, days, strict=True))
    )
    closed_on = None if status == Status.OPEN else _work_day(today - timedelta(days=ended))
    return Life(entries, status, closed_on, _rest(rng, days), ended)


def _path(rng: random.Random, kind: StageKind, *, may_turn: bool) -> list[StageKind]:
    """Choose the stages that a card passes through on its way, some of them twice."""
    way, turn = rng.random(), rng.random()
    path = [IDEA, CASE]
    if kind in (INCUBATOR, APPLICATION, MARKET) and (kind == INCUBATOR or way < 0.6):
        path.append(INCUBATOR)
    if kind == APPLICATION or (kind == MARKET and way < 0.35) or (kind == MARKET and way >= 0.6):
        path.append(APPLICATION)
    path = [*path, MARKET] if kind == MARKET else path
    path = [IDEA] if kind == IDEA else path
    if not may_turn or turn >= 0.12:
        return path
    if kind == CASE:
        return [*path, APPLICATION, CASE]
    if APPLICATION in path:
        nth = path.index(APPLICATION)
        return [*path[: nth + 1], CASE, *path[nth:]]
    return path


def _nth(kind: StageKind) -> int:
    return list(StageKind).index(kind)


def _rest(rng: random.Random, days: Sequence[date]) -> Rest | None:
    """Let a few cards rest in the middle of a long stay."""
    is_resting = rng.random() < 0.09
    long_stays = [(first, last) for first, last in pairwise(days) if (last - first).days > 75]
    if not (is_resting and long_stays):
        return None
    first, last = long_stays[-1]
    days_between = (last - first).days
    return Rest(
        _work_day(first + timedelta(days=days_between // 4)),
        _work_day(first + timedelta(days=days_between * 3 // 4)),
    )


def _work_day(day: date) -> date:
    """Give the day itself, or the Friday before a weekend: order is kept."""
    return day - timedelta(days=max(0, day.weekday() - 4))
