"""A figure of the analysis: a chart and the table beside it, with the same numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from incubator.analysis.look import Look, share
from incubator.core.access import Actor, Permission
from incubator.ideas.models import Stage, Status
from incubator.pipeline.card import STATUS_LABELS

LONG = 25  # lines of a table
CLOSED = (Status.LAUNCHED, Status.PARKED, Status.STOPPED)


@dataclass(frozen=True)
class Cell:
    """A number of the table; a count leads to its rows, with its share where there are enough."""

    value: int | float | None
    href: str = ""
    share: float | None = None
    is_few: bool = False


@dataclass(frozen=True)
class Figure:
    """A chart (where there is one) and its table; `how` says in a sentence what is counted."""

    key: str
    title: str
    how: str
    header: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    spec: dict[str, Any] | None = None
    legend: Sequence[tuple[str, str]] = ()  # the colours with their names
    source: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(cell.value and cell.href for _label, cells in self.rows for cell in cells)

    @property
    def is_long(self) -> bool:
        """Say whether the table would push the next figure out of sight: then it is folded."""
        return self.spec is not None and len(self.rows) > LONG

    @property
    def has_few(self) -> bool:
        """Say whether some share is left out because there are too few behind it."""
        return any(cell.is_few for _label, cells in self.rows for cell in cells)

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Give the heads of the table: a name first, then numbers."""
        return [(label, "num" if nth else "") for nth, label in enumerate(self.header)]

    def lines(self) -> list[list[Any]]:
        """Give the table as the lines of a file."""
        return [[label, *(cell.value for cell in cells)] for label, cells in self.rows]


@dataclass(frozen=True)
class Reader:
    """Who looks, and what the stages are called in their language."""

    viewer: Actor
    stages: Sequence[Stage]
    region_names: Mapping[int, str] = field(default_factory=dict)

    @property
    def sees_text(self) -> bool:
        return self.viewer.may(Permission.IDEA_SEE)

    def stage(self, stage_id: int) -> str:
        return next(s.label(self.viewer.locale) for s in self.stages if s.id == stage_id)

    @property
    def states(self) -> dict[str, str]:
        """Give the states that ideas are counted under, with their names, in their order."""
        found = {str(stage.id): stage.label(self.viewer.locale) for stage in self.stages}
        return found | {status.value: str(STATUS_LABELS[status]) for status in CLOSED}


def counted(value: int, href: str) -> Cell:
    """Make the cell of a count: a link to its rows."""
    return Cell(value, href)


def part_of(value: int, href: str, whole: int, look: Look) -> Cell:
    """Make the cell of a count with its share of a whole, where there are enough to say."""
    few = look.few
    return Cell(value, href, share(value, whole, few), is_few=value > 0 and whole < few)
