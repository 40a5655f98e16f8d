"""The rows behind the figures: each part says which there are, and under what each counts.

A figure is the number of rows under its keys, and its list shows exactly those.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from incubator.analysis.history import OPEN, Course, stays
from incubator.analysis.look import Look
from incubator.analysis.queries import Origin

UNKNOWN, NONE, OTHER = "ukjent", "ingen", "andre"
MOST_REASONS = 20
# Days in the stage beside the days after which a card is said to stand still there.
AGES = ("ny", "halv", "over", "dobbel")


class Row(NamedTuple):
    """An idea behind a figure: under what it counts, its day, and days where they are told."""

    idea_id: int
    is_shared: bool
    keys: tuple[str, ...]
    day: int | None
    days: int | None = None


# What the keys of each part are called in an address.
KEYS = {
    "flyt": ("stand",),
    "tid": ("ferdig", "fase", "eier", "i_region"),
    "alder": ("fase", "alder"),
    "kull": ("stand",),
    "nadd": ("fase",),
    "opphav": ("besok", "naering", "i_kommune", "organisasjon"),
    "stopp": ("fase", "grunn"),
}


def standing(courses: Iterable[Course], look: Look) -> Iterator[Row]:
    """Give the ideas that had come by the day, under the state they were in."""
    day = look.as_of.toordinal()
    for course in courses:
        if state := course.on(day):
            yield Row(
                course.idea_id, course.is_shared, (state.name,), state.since, day - state.since
            )


def stayed(courses: Iterable[Course], look: Look) -> Iterator[Row]:
    """Give the stays that were over in the span, and those that went on when the day ended."""
    first, last = look.span.first.toordinal(), look.last.toordinal()
    as_of = look.as_of.toordinal()
    for course in courses:
        for stay in stays(course, as_of):
            is_over = stay.over is not None
            if stay.over is not None and not first <= stay.over <= last:
                continue
            keys = ("1" if is_over else "0", str(stay.stage_id), course.owner or NONE,
                    str(course.region_id))  # fmt: skip
            yield Row(course.idea_id, course.is_shared, keys, stay.entered, stay.days)


def ageing(courses: Iterable[Course], look: Look, stale_days: dict[int, int]) -> Iterator[Row]:
    """Give the open ideas by the days since they came to their stage, as the board counts them."""
    day = look.as_of.toordinal()
    for course in courses:
        state = course.on(day)
        if state is not None and state.status == OPEN:
            days = day - state.entered
            keys = (str(state.stage_id), age_of(days, stale_days.get(state.stage_id, 0)))
            yield Row(course.idea_id, course.is_shared, keys, state.entered, days)


def age_of(days: int, stale_days: int) -> str:
    """Say how old a card is beside the days after which it is said to stand still."""
    if days >= 2 * stale_days:
        return "dobbel"
    if days >= stale_days:
        return "over"
    return "halv" if 2 * days >= stale_days else "ny"


def registered(courses: Iterable[Course], look: Look) -> list[Course]:
    """Pick the ideas that were registered in the span."""
    first, last = look.span.first.toordinal(), look.last.toordinal()
    return [course for course in courses if first <= course.registered <= last]


def where_now(courses: Iterable[Course], look: Look) -> Iterator[Row]:
    """Give the ideas registered in the span, under the state that they are in on the day."""
    day = look.as_of.toordinal()
    for course in registered(courses, look):
        state = course.on(day)
        keys = (state.name if state else UNKNOWN,)
        yield Row(course.idea_id, course.is_shared, keys, course.registered)


def ever_reached(courses: Iterable[Course], look: Look) -> Iterator[Row]:
    """Give the ideas registered in the span, once for each stage that they ever came to."""
    for course in registered(courses, look):
        for stage_id in course.reached:
            yield Row(course.idea_id, course.is_shared, (str(stage_id),), course.registered)


def stopped(
    courses: Iterable[Course], look: Look, reasons: dict[int, str] | None = None
) -> Iterator[Row]:
    """Give the ideas that were stopped in the span and still are, by stage and by reason.

    Reasons are told apart by the first fact that has the same words, however they are written.
    """
    first, last = look.span.first.toordinal(), look.last.toordinal()
    firsts = first_of_each(reasons or {})
    for course in courses:
        state = course.states[-1] if course.states else None
        if state is None or state.status != "stopped":
            continue
        day = _since(course)
        if first <= day <= last:
            reason = str(firsts.get(state.status_event_id, UNKNOWN))
            yield Row(course.idea_id, course.is_shared, (str(state.stage_id), reason), day)


def _since(course: Course) -> int:
    """Give the day since which an idea has had its last status."""
    last = course.states[-1].status_event_id
    return next(state.since for state in course.states if state.status_event_id == last)


def first_of_each(reasons: dict[int, str]) -> dict[int, int]:
    """Give for each reason the first fact with the same words, without case and spaces."""
    firsts: dict[str, int] = {}
    for number, text in sorted(reasons.items()):
        firsts.setdefault(" ".join(text.casefold().split()).rstrip("."), number)
    return {
        number: firsts[" ".join(text.casefold().split()).rstrip(".")]
        for number, text in reasons.items()
    }


def most_common(tally: Counter[str]) -> list[str]:
    """Pick the reasons that have a line of their own."""
    return sorted(tally, key=lambda key: (-tally[key], key))[:MOST_REASONS]


def origins(found: Iterable[Origin]) -> list[Row]:
    """Give the ideas that were registered in the span, under where they came from."""
    return [
        Row(
            one.idea_id, one.is_shared,
            (one.visit, one.section, one.municipality, one.organisation), one.registered,
        )
        for one in found
    ]  # fmt: skip


def picked(found: Iterable[Row], part: str, asked: Mapping[str, str]) -> list[Row]:
    """Pick the rows of a part that count under the keys that are asked for."""
    found = list(found)
    for nth, name in enumerate(KEYS[part]):
        wanted = asked.get(name)
        if wanted is None:
            continue
        if name == "grunn" and wanted == OTHER:
            common = most_common(Counter(row.keys[nth] for row in found))
            found = [row for row in found if row.keys[nth] not in common]
        else:
            found = [row for row in found if row.keys[nth] == wanted]
    return found


def count(rows: Iterable[Row], *which: int) -> Counter[tuple[str, ...]]:
    """Count rows by some of their keys."""
    return Counter(tuple(row.keys[nth] for nth in which) for row in rows)


def over_time(courses: Iterable[Course], days: Sequence[int]) -> dict[str, list[int]]:
    """Count for each of some days, in their order, the ideas by the state they were in.

    `days` are numbers. Each state is added where it begins to hold and taken away
    where it ends, so that years of months cost one look at each state.
    """
    steps: dict[str, list[int]] = {}
    for course in courses:
        for state in course.states:
            begin, end = bisect_left(days, state.since), bisect_left(days, state.until)
            if begin < end:
                change = steps.setdefault(state.name, [0] * (len(days) + 1))
                change[begin] += 1
                change[end] -= 1
    return {name: list(accumulate(change))[:-1] for name, change in steps.items()}
