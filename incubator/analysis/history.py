"""How each idea stood over time, built from its facts: what every figure here is counted from.

An idea is in a state (a stage with a status) from one day up to, but not on, another. What came
and went within one day is no state, since how a day ended is what counts. Days are numbers here,
as `date.toordinal` gives them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from incubator.ideas.models import Status

FOREVER = date.max.toordinal()
OPEN = Status.OPEN.value


class Event(NamedTuple):
    """A standing fact: an idea came to a stage, or to a status, on a day."""

    idea_id: int
    value: int | str
    day: int
    id: int


class State(NamedTuple):
    """A stage with a status, since when and until when; the stage entered on a day."""

    stage_id: int
    status: str
    entered: int
    since: int
    until: int
    stage_event_id: int
    status_event_id: int

    def holds_on(self, day: int) -> bool:
        return self.since <= day < self.until

    @property
    def name(self) -> str:
        """The stage while it is open, else the status: what one counts it under."""
        return str(self.stage_id) if self.status == OPEN else self.status


class Stay(NamedTuple):
    """A stay in a stage: its open days, and the day it was over, if it is."""

    stage_id: int
    entered: int
    days: int
    over: int | None


@dataclass(slots=True)
class Course:
    """An idea with all its states in their order, and the stages that it ever came to."""

    idea_id: int
    region_id: int
    municipality_id: int | None
    owner: str  # the number of a user, the name of somebody who is none, or nothing
    registered: int
    is_shared: bool
    states: Sequence[State] = ()
    reached: frozenset[int] = frozenset()

    def on(self, day: int) -> State | None:
        """Give the state that the idea was in when a day ended."""
        return next((state for state in reversed(self.states) if state.holds_on(day)), None)


def states(stages: Sequence[Event], statuses: Sequence[Event]) -> list[State]:
    """Build the states of one idea from its facts, each kind in its order."""
    found = []
    stage = status = None
    nth = mth = 0
    days = sorted({event.day for event in (*stages, *statuses)})
    for day, until in zip(days, [*days[1:], FOREVER], strict=False):
        while nth < len(stages) and stages[nth].day <= day:
            stage, nth = stages[nth], nth + 1
        while mth < len(statuses) and statuses[mth].day <= day:
            status, mth = statuses[mth], mth + 1
        if stage is None or status is None:
            continue
        found.append(
            State(int(stage.value), str(status.value), stage.day, day, until, stage.id, status.id)
        )
    return found


def stays(course: Course, as_of: int) -> Iterator[Stay]:
    """Give the stays of an idea in stages, as far as they had come by a day.

    A stay begins when the idea enters the stage, and is over when it leaves it, or is parked,
    stopped or launched; opened again in the stage it goes on. Days in which the idea was not
    open are left out. An idea that comes back to a stage begins a new stay.
    """
    for _stage_event, group in groupby(course.states, key=lambda state: state.stage_event_id):
        opened = [state for state in group if state.status == OPEN]
        if not opened:
            continue
        days = sum(min(state.until, as_of) - state.since for state in opened)
        last = opened[-1].until
        yield Stay(opened[0].stage_id, opened[0].entered, days, None if last == FOREVER else last)
