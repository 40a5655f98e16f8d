"""Show, row by row, what an import would do."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext as _

from incubator.transfer.messages import explain_warning, stage_label
from incubator.transfer.plan import Plan, PlannedRow, Repeated
from incubator.transfer.report import reasons
from incubator.transfer.rows import BadRow
from incubator.transfer.values import show
from incubator.transfer.words import COMPANY, STAGE, TITLE

PAGE = 100

Entry = PlannedRow | BadRow | Repeated


class Outcome(StrEnum):
    """What becomes of a row."""

    NEW = "nye"
    WRONG = "feil"
    REPEATED = "finnes"


@dataclass(frozen=True)
class Line:
    """A row of the list as the preview shows it."""

    number: int
    outcome: Outcome
    title: str
    company: str
    stage: str
    notes: tuple[str, ...]
    idea_id: int | None = None


def counts(plan: Plan) -> dict[Outcome, int]:
    """Count the rows by what becomes of them."""
    return {
        Outcome.NEW: len(plan.rows),
        Outcome.WRONG: len(plan.ideas.bad),
        Outcome.REPEATED: len(plan.repeated),
    }


def lines(plan: Plan, outcome: Outcome | None, offset: int) -> list[Line]:
    """Give a page of the rows in the order of the list, all of them or those of one outcome."""
    heaps: dict[Outcome, Sequence[Entry]] = {
        Outcome.NEW: plan.rows,
        Outcome.WRONG: plan.ideas.bad,
        Outcome.REPEATED: plan.repeated,
    }
    chosen = [outcome] if outcome else list(Outcome)
    found = sorted((row for one in chosen for row in heaps[one]), key=_number)
    return [_line(plan, row) for row in found[offset : offset + PAGE]]


def _number(row: Entry) -> int:
    return row.number if isinstance(row, BadRow) else row.row.number


def _line(plan: Plan, row: Entry) -> Line:
    if isinstance(row, BadRow):
        return _wrong(plan, row)
    idea = row.row.idea
    if isinstance(row, PlannedRow):
        notes = tuple(explain_warning(one.code, one.value) for one in row.warnings)
        company = row.company.name if row.company else ""
        return Line(idea.number, Outcome.NEW, idea.title, company, stage_label(idea.stage), notes)
    note = (
        _("The same as row %(row)s.", row=row.of_row) if row.of_row else _("Stands here already.")
    )
    company = (row.row.company.name if row.row.company else "") or ""
    return Line(
        idea.number, Outcome.REPEATED, idea.title, company, stage_label(idea.stage), (note,),
        row.idea_id,
    )  # fmt: skip


def _wrong(plan: Plan, bad: BadRow) -> Line:
    columns = plan.ideas.header.columns
    title, company, stage = (
        show(bad.row.cell(columns[key])) if key in columns else ""
        for key in (TITLE, COMPANY, STAGE)
    )
    return Line(bad.number, Outcome.WRONG, title, company, stage, tuple(reasons(plan.ideas, bad)))


def skipped(plan: Plan) -> str:
    """Say which rows are no ideas."""
    spans = (
        str(one.first) if one.first == one.last else f"{one.first}–{one.last}"
        for one in plan.ideas.skipped
    )
    return ", ".join(spans)
