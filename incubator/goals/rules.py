"""Where a goal stands against a straight line from its baseline to its target."""

from dataclasses import dataclass
from datetime import date

from incubator.core.clock import Period


@dataclass(frozen=True)
class Standing:
    """So far, and what a straight line would have by the day."""

    so_far: float
    target: int
    expected: int
    is_over: bool

    @property
    def behind(self) -> float:
        """How many are missing on the straight line; 0 or less is on track."""
        return (self.target if self.is_over else self.expected) - self.so_far

    @property
    def is_on_track(self) -> bool:
        return self.behind <= 0

    @property
    def is_reached(self) -> bool:
        return self.so_far >= self.target

    @property
    def percent(self) -> int:
        return max(0, min(100, int(self.so_far * 100 / self.target)))


def standing(so_far: float, target: int, baseline: int, period: Period, day: date) -> Standing:
    """Compare a value with the straight line; the line is rounded down to whole ones."""
    expected = baseline + (target - baseline) * period.days_passed(day) // period.days
    return Standing(so_far, target, expected, is_over=day > period.last)
