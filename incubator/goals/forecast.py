"""What a period will probably end with: Gamma-Poisson from the throughput of the last 12 months.

Events come one by one at a rate that is not known exactly. With k events in T days the rate has
a Gamma(k + 1/2, T) distribution (Jeffreys' prior for a Poisson rate), and the number of events in
the h days that are left a negative binomial one with r = k + 1/2 and p = T / (T + h). It is
summed up here term by term, so no library for statistics is needed.

A sum (work places, kroner) is counted in events of equal size: with the amounts x, u = Σx² / Σx
each, and k = (Σx)² / Σx² of them, which keeps mean and variance of the compound Poisson sum
(Bohm and Zech, Statistics of weighted Poisson events, 2014).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MIN_EVENTS = 8
WINDOW_DAYS = 365
_FAR = 12.0  # standard deviations: what lies beyond them is less than a rounding error


@dataclass(frozen=True)
class Throughput:
    """What came in so many days: the number of events, their sum and the sum of their squares."""

    days: int
    events: int
    total: float
    squares: float

    @property
    def unit(self) -> float:
        """Give the size of the events of equal size that stand for these."""
        return self.squares / self.total if self.total else 1.0

    @property
    def count(self) -> float:
        """Give the number of events of equal size that stand for these."""
        return self.total * self.total / self.squares if self.squares else 0.0

    @property
    def is_enough(self) -> bool:
        return self.events >= MIN_EVENTS and self.days > 0 and self.total > 0

    @property
    def per_month(self) -> float:
        """Give the sum of an average month (a twelfth of 365 days)."""
        return self.total / self.days * WINDOW_DAYS / 12 if self.days else 0.0


@dataclass(frozen=True)
class Band:
    """The value that a day will probably have, with the bands of half and of 80 % of outcomes."""

    low80: float
    low50: float
    median: float
    high50: float
    high80: float


LEVELS = (0.10, 0.25, 0.50, 0.75, 0.90)


def band(so_far: float, seen: Throughput, days_ahead: int) -> Band:
    """Forecast the value that `so_far` becomes in so many days."""
    if days_ahead <= 0:
        return Band(so_far, so_far, so_far, so_far, so_far)
    more = _quantiles(_terms(seen, days_ahead), LEVELS)
    return Band(*(so_far + number * seen.unit for number in more))


def chance(so_far: float, target: float, seen: Throughput, days_ahead: int) -> float:
    """Give the probability, 0 to 1, that the value is at least `target` in so many days."""
    missing = target - so_far
    if missing <= 0:
        return 1.0
    if days_ahead <= 0:
        return 0.0
    needed = math.ceil(missing / seen.unit - 1e-9)
    return min(1.0, sum(share for number, share in _terms(seen, days_ahead) if number >= needed))


def _terms(seen: Throughput, days_ahead: int) -> Iterator[tuple[int, float]]:
    """Give each number of events that can come, and how probable it is; they add up to 1."""
    size = seen.count + 0.5
    ratio = days_ahead / seen.days
    mean = size * ratio
    spread = math.sqrt(mean * (1 + ratio))
    first = max(0, math.floor(mean - _FAR * spread))
    last = math.ceil(mean + _FAR * spread) + 20
    known, ahead = -size * math.log1p(ratio), math.log(ratio) - math.log1p(ratio)
    log_share = (
        math.lgamma(first + size) - math.lgamma(size) - math.lgamma(first + 1)
        + known + first * ahead
    )  # fmt: skip
    share, step = math.exp(log_share), math.exp(ahead)
    for number in range(first, last + 1):
        yield number, share
        share *= (number + size) / (number + 1) * step


def _quantiles(terms: Iterator[tuple[int, float]], levels: Sequence[float]) -> list[int]:
    """Give, for each level, the lowest number that is not exceeded with that probability."""
    found: list[int] = []
    below, number = 0.0, 0
    for number, share in terms:
        below += share
        while len(found) < len(levels) and below >= levels[len(found)]:
            found.append(number)
        if len(found) == len(levels):
            break
    return found + [number] * (len(levels) - len(found))
