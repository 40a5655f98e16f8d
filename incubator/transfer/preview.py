"""Show, row by row, what an import would do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l

from incubator.transfer.bulk import ListPlan
from incubator.transfer.kinds import IDEAS, VISITS, Kind
from incubator.transfer.messages import explain_warning, stage_label
from incubator.transfer.plan import PlannedRow, Repeated
from incubator.transfer.report import reasons
from incubator.transfer.rows import BadRow
from incubator.transfer.values import show
from incubator.transfer.visits.plan import PlannedVisit, RepeatedVisit
from incubator.transfer.visits.words import KIND, OCCURRED_ON, VISITOR
from incubator.transfer.words import COMPANY, STAGE, TITLE
from incubator.visits.words import KIND_LABELS

PAGE = 100

Entry = PlannedRow | PlannedVisit | BadRow | Repeated | RepeatedVisit


class Outcome(StrEnum):
    """What becomes of a row."""

    NEW = "nye"
    WRONG = "feil"
    REPEATED = "finnes"


@dataclass(frozen=True)
class Line:
    """A row of the list as the preview shows it, under the heads of its kind."""

    number: int
    outcome: Outcome
    cells: tuple[str, ...]
    notes: tuple[str, ...]
    href: str | None = None


@dataclass(frozen=True)
class Look:
    """How the rows of a kind of list are shown."""

    heads: tuple[Any, ...]
    keys: tuple[str, ...]  # of the same cells in a row that could not be read
    cells: Callable[[Any, str], tuple[str, ...]]
    href: Callable[[Any], str | None]


def _of_idea(row: Any, company: str) -> tuple[str, ...]:
    return row.idea.title, company, stage_label(row.idea.stage)


def _of_visit(row: Any, company: str) -> tuple[str, ...]:
    visit = row.visit
    day, kind = show(visit.occurred_on), str(KIND_LABELS[visit.kind])
    return company, day, kind, visit.visitor or ""


def _idea_href(repeated: Repeated) -> str | None:
    return f"/ideer/{repeated.idea_id}" if repeated.idea_id else None


def _visit_href(repeated: RepeatedVisit) -> str | None:
    return f"/besok/{repeated.visit_id}" if repeated.visit_id else None


LOOKS: Mapping[str, Look] = {
    IDEAS.name: Look(
        (_l("Idea"), _l("Company"), _l("Stage")), (TITLE, COMPANY, STAGE), _of_idea, _idea_href
    ),
    VISITS.name: Look(
        (_l("Company"), _l("Date"), _l("Kind of visit"), _l("Who visited")),
        (COMPANY, OCCURRED_ON, KIND, VISITOR),
        _of_visit,
        _visit_href,
    ),
}


def counts(plan: ListPlan) -> dict[Outcome, int]:
    """Count the rows by what becomes of them."""
    return {
        Outcome.NEW: len(plan.rows),
        Outcome.WRONG: len(plan.listed.bad),
        Outcome.REPEATED: len(plan.repeated),
    }


def lines(kind: Kind, plan: ListPlan, outcome: Outcome | None, offset: int) -> list[Line]:
    """Give a page of the rows in the order of the list, all of them or those of one outcome."""
    heaps: dict[Outcome, Sequence[Entry]] = {
        Outcome.NEW: plan.rows,
        Outcome.WRONG: plan.listed.bad,
        Outcome.REPEATED: plan.repeated,
    }
    chosen = [outcome] if outcome else list(Outcome)
    found = sorted((row for one in chosen for row in heaps[one]), key=_number)
    return [_line(LOOKS[kind.name], plan, row) for row in found[offset : offset + PAGE]]


def _number(row: Entry) -> int:
    return row.number if isinstance(row, BadRow) else row.row.number


def _line(look: Look, plan: ListPlan, row: Entry) -> Line:
    if isinstance(row, BadRow):
        return _wrong(look, plan, row)
    if isinstance(row, (PlannedRow, PlannedVisit)):
        notes = tuple(explain_warning(one.code, one.value) for one in row.warnings)
        name = row.company.name if row.company else ""
        return Line(row.row.number, Outcome.NEW, look.cells(row.row, name), notes)
    note = (
        _("The same as row %(row)s.", row=row.of_row) if row.of_row else _("Stands here already.")
    )
    name = (row.row.company.name if row.row.company else "") or ""
    cells = look.cells(row.row, name)
    return Line(row.row.number, Outcome.REPEATED, cells, (note,), look.href(row))


def _wrong(look: Look, plan: ListPlan, bad: BadRow) -> Line:
    columns = plan.listed.header.columns
    cells = (show(bad.row.cell(columns[key])) if key in columns else "" for key in look.keys)
    return Line(bad.number, Outcome.WRONG, tuple(cells), tuple(reasons(plan.listed, bad)))


def skipped(plan: ListPlan) -> str:
    """Say which rows are passed over."""
    spans = (
        str(one.first) if one.first == one.last else f"{one.first}–{one.last}"
        for one in plan.listed.skipped
    )
    return ", ".join(spans)
