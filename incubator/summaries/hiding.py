"""Hide small counts where an agreement asks for it, also in what they could be worked out from.

A count below the number of the settings (one or two, below three) is not told. So nothing else
that is told may depend on which it was: totals are made of the periods that were told in full
and rounded down to whole fives, levels are rounded alike, sums of a total are left out, the
smaller part of a told pair is left out where the rest would be small, and so is a figure that a
new version would change by less than that number.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from incubator.goals.metrics import BY_KEY, Unit
from incubator.summaries.models import Cadence
from incubator.summaries.rules import FrozenRow, at_least, too_small

# What lies within what: the rest would be told by the two together.
PARTS = (("ideas_from_industry", "ideas_registered"),)


def hide_figures(
    figures: Iterable[dict[str, Any]],
    inside: Mapping[str, Sequence[FrozenRow]],
    in_year: Mapping[str, Sequence[FrozenRow]],
    cadence: Cadence,
    earlier: Iterable[Mapping[str, Any]],
    small: int,
) -> list[dict[str, Any]]:
    """Give figures as they may be told; `earlier` are those of the version before this one."""
    before = {one["metric"]: one for one in earlier}
    hidden = {
        key: _figure(one, inside[key], in_year[key], cadence, before.get(key), small)
        for one in figures
        if (key := one["metric"])
    }
    for part, whole in PARTS:
        hidden[part] = _part(hidden[part], hidden[whole]["now"], in_year[part], small)
    return list(hidden.values())


def _part(
    part: dict[str, Any], whole: float | None, in_year: Sequence[FrozenRow], small: int
) -> dict[str, Any]:
    """Leave a part out where it or the rest is small, without saying which of the two it is."""
    told = {**part, "at_least": None if in_year else 0}
    is_hidden = part["is_small"] and whole is not None
    is_told = part["now"] is not None and whole is not None
    is_rest_small = is_told and too_small(whole - part["now"], small)
    if not is_rest_small and not is_hidden:
        return told
    return {
        **told, "now": None, "year": None, "is_rounded": True, "is_small": False,
        "is_withheld": True,
    }  # fmt: skip


def _figure(
    one: dict[str, Any],
    inside: Sequence[FrozenRow],
    in_year: Sequence[FrozenRow],
    cadence: Cadence,
    before: Mapping[str, Any] | None,
    small: int,
) -> dict[str, Any]:
    one = {**one, "year": None, "unknown": 0, "is_rounded": True, "is_withheld": False,
           "small": small}  # fmt: skip
    if one["is_level"]:
        return {**one, "now": None, "at_least": rounded(one["now"], one["now"])}
    is_few_jobs = one["unit"] == Unit.JOBS.value and too_small(abs(one["now"]), small)
    is_small = too_small(len(inside), small) or is_few_jobs
    is_withheld = not is_small and before is not None and gives_away(one, before, small)
    if len(in_year) == len(inside) and not is_small and not is_withheld:
        return {**one, "year": one["now"], "is_rounded": False}  # nothing else in the year
    total = None
    if not one["is_sum"] and BY_KEY[one["metric"]].of_period is None:
        total = rounded(told_in_full(in_year, cadence, small), len(in_year))
    return {
        **one, "now": None if is_small or is_withheld else one["now"], "at_least": total,
        "is_small": is_small, "is_withheld": is_withheld,
    }  # fmt: skip


def gives_away(one: Mapping[str, Any], before: Mapping[str, Any], small: int) -> bool:
    """Say whether a number beside the one that was told first tells of one or two rows."""
    now, told = one["now"], before["now"]
    if told is None or now == told:
        return False
    return bool(one["is_sum"]) or too_small(abs(now - told), small)


def told_in_full(
    rows: Iterable[FrozenRow], cadence: Cadence, small: int, *, is_sum: bool = False
) -> int:
    """Count or add the rows of the periods that have enough of them."""
    periods: dict[tuple[int, int], list[FrozenRow]] = defaultdict(list)
    for row in rows:
        periods[_period(row.day, cadence)].append(row)
    told = [found for found in periods.values() if not too_small(len(found), small)]
    if is_sum:
        return sum(row.amount or 0 for found in told for row in found)
    return sum(len(found) for found in told)


def _period(day: date, cadence: Cadence) -> tuple[int, int]:
    return day.year, day.month if cadence == Cadence.MONTHLY else (day.month - 1) // 3


def rounded(told: float, true: float) -> int | None:
    """Round what was told down to whole fives; None where that says nothing, 0 for nothing."""
    return 0 if true == 0 else at_least(told) or None
