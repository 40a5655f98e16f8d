"""What the course of two ideas was that are one: decided from what happened to each.

The idea that is kept leads. Of the other one it gets each stage that it entered earlier, or that
the kept one never came to, so that every first entry is the earlier of the two. It is open while
either of them was, and launched once either was; closed while both were, as the later one said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from incubator.ideas.models import StageEvent, Status, StatusEvent

Event = StageEvent | StatusEvent


@dataclass(frozen=True)
class Step:
    """What the merged idea came to on a day: the event that says so, and whose it was."""

    on: date
    event: Any
    is_own: bool  # an event of the kept idea, on its own day
    nth: int = 1

    @property
    def stays(self) -> bool:
        """Say whether it is a row of the kept idea that can stand as it is."""
        return self.is_own and self.event.nth == self.nth


def joined_stages(kept: Sequence[StageEvent], other: Sequence[StageEvent]) -> list[Step]:
    """Give the stages of the merged idea in order, from those of each in order."""
    known, new = _first_days(kept), _first_days(other)
    earlier = {stage for stage, day in new.items() if stage not in known or day < known[stage]}
    added = []
    for event in other:
        if event.stage_id in earlier:
            earlier.discard(event.stage_id)
            added.append(event)
    found: list[Step] = []
    for event, is_own in _in_order(kept, added):
        if not found or found[-1].event.stage_id != event.stage_id:
            found.append(Step(event.occurred_on, event, is_own))
    return _numbered(found)


def joined_statuses(kept: Sequence[StatusEvent], other: Sequence[StatusEvent]) -> list[Step]:
    """Give the statuses of the merged idea in order, from those of each in order."""
    latest: dict[bool, StatusEvent] = {}  # by whether it is the kept one's
    found: list[Step] = []
    for cause, is_own in _in_order(kept, other):
        latest[is_own] = cause
        event = _ruling(cause, latest.get(not is_own))
        if not found or found[-1].event.status != event.status:
            found.append(Step(cause.occurred_on, event, is_own and event is cause))
    return _numbered(found)


def _ruling(cause: StatusEvent, beside: StatusEvent | None) -> StatusEvent:
    """Give which of two statuses holds; where both are closed, what was said last."""
    if beside is None:
        return cause
    for status in (Status.LAUNCHED, Status.OPEN):
        for event in (cause, beside):
            if event.status == status:
                return event
    return cause


def _first_days(events: Sequence[StageEvent]) -> dict[int, date]:
    days: dict[int, date] = {}
    for event in events:
        days.setdefault(event.stage_id, event.occurred_on)
    return days


def _in_order(kept: Iterable[Any], other: Iterable[Any]) -> list[tuple[Any, bool]]:
    """Put the events of both in order: within a day those of the kept one come first."""
    every = [(event, True) for event in kept] + [(event, False) for event in other]
    return sorted(every, key=lambda one: (one[0].occurred_on, not one[1]))


def _numbered(steps: Sequence[Step]) -> list[Step]:
    """Give each its order within its day; an event of the kept one keeps its own if it can."""
    found: list[Step] = []
    for step in steps:
        last = found[-1].nth if found and found[-1].on == step.on else 0
        nth = step.event.nth if step.is_own and step.event.nth > last else last + 1
        found.append(Step(step.on, step.event, step.is_own, nth))
    return found
