"""The order in which the demo's facts are entered: day by day, each at an instant of its own."""

import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import groupby

from incubator.core import clock

OPENS, CLOSES = time(8), time(16)
# How many days after it happened something is entered: most at once, a few long after.
LATENESS = ((0.62, (0, 0)), (0.9, (1, 3)), (0.97, (4, 12)), (1.0, (20, 70)))


class Script:
    """Gathers what people enter, and lets it happen in the order of the days they do so."""

    def __init__(self, last_day: date) -> None:
        self.last_day = last_day
        self._acts: list[tuple[date, int, Callable[[], object]]] = []

    def add(self, day: date, do: Callable[[], object]) -> None:
        """Let something be entered on a day; what was added first comes first on its day."""
        self._acts.append((day, len(self._acts), do))

    def play(self) -> None:
        """Let everything happen, with the clock stopped at the instant of each."""
        self._acts.sort(key=lambda act: act[:2])
        for day, acts in groupby(self._acts, key=lambda act: act[0]):
            todays = list(acts)
            opening, closing = (datetime.combine(day, at, clock.OSLO) for at in (OPENS, CLOSES))
            step = (closing - opening) / len(todays)
            for nth, (_day, _nth, do) in enumerate(todays):
                with clock.at(opening + nth * step):
                    do()


class Diary:
    """Says on which day the facts of one idea are entered: in their order, some of them late."""

    def __init__(self, script: Script, dice: random.Random) -> None:
        self._script = script
        self._dice = dice
        self._latest = date.min

    def enter(self, on: date, do: Callable[[], object]) -> None:
        """Enter what happened on a day, on that day or later; what is yet to come is left out."""
        lot = self._dice.random()
        least, most = next(days for limit, days in LATENESS if lot <= limit)
        delay = self._dice.randint(least, most)
        if on > self._script.last_day:
            return
        entered = max(self._latest, next_work_day(on + timedelta(days=delay)))
        self._latest = min(entered, self._script.last_day)
        self._script.add(self._latest, do)


def next_work_day(day: date) -> date:
    """Give the day itself, or the Monday after a weekend."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day
