"""Show, row by row, what an import would do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l

from incubator.core.formats import nok
from incubator.funding.words import STATUS_LABELS
from incubator.jobs.words import KIND_LABELS as JOB_LABELS, STATE_LABELS as JOB_STATES
from incubator.transfer.bulk import ListPlan
from incubator.transfer.companies import rows as company_words
from incubator.transfer.kinds import APPLICATIONS, ARCHIVE, COMPANIES, IDEAS, JOBS, VISITS, Kind
from incubator.transfer.messages import explain_warning, stage_label
from incubator.transfer.records import applications as application_words, jobs as job_words
from incubator.transfer.report import reasons
from incubator.transfer.rows import BadRow
from incubator.transfer.values import show
from incubator.transfer.visits.words import KIND, OCCURRED_ON, VISITOR
from incubator.transfer.words import AMOUNT, COMPANY, ORGNR, STAGE, TITLE
from incubator.visits.words import KIND_LABELS

PAGE = 100

Entry = Any  # a planned row of any kind, a repeated one, or a bad one


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


def _of_archive(row: Any, company: str) -> tuple[str, ...]:
    return row.title, company, row.stages[-1]["verdi"]


def _of_company(row: Any, company: str) -> tuple[str, ...]:
    said = row.said
    contact = said.contact.name if said.contact else ""
    return company, said.orgnr or "", show(said.employees), contact


def _of_application(row: Any, company: str) -> tuple[str, ...]:
    said = row.said
    return said.title, company, str(STATUS_LABELS[said.steps[-1].status]), nok(said.sought_nok)


def _of_jobs(row: Any, company: str) -> tuple[str, ...]:
    said = row.said
    amount = f"{said.amount.normalize():f}".replace(".", ",")
    kind = f"{JOB_LABELS[said.kind]}, {JOB_STATES[said.state]}"
    return company, show(said.occurred_on), amount, kind


def _idea_href(repeated: Any) -> str | None:
    return f"/ideer/{repeated.idea_id}" if repeated.idea_id else None


def _visit_href(repeated: Any) -> str | None:
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
    COMPANIES.name: Look(
        (_l("Company"), _l("Organisation number"), _l("Employees"), _l("Contact")),
        (COMPANY, ORGNR, company_words.EMPLOYEES, company_words.CONTACT),
        _of_company,
        lambda one: f"/bedrifter/{one.company_id}" if one.company_id else None,
    ),
    APPLICATIONS.name: Look(
        (_l("Application"), _l("Company"), _l("Status"), _l("Sought")),
        (TITLE, COMPANY, application_words.STATUS, AMOUNT),
        _of_application,
        lambda one: f"/soknader/{one.record_id}" if one.record_id else None,
    ),
    JOBS.name: Look(
        (_l("Company"), _l("Date"), _l("Number"), _l("Kind")),
        (COMPANY, job_words.OCCURRED_ON, job_words.NUMBER, job_words.KIND),
        _of_jobs,
        lambda one: f"/arbeidsplasser/{one.record_id}" if one.record_id else None,
    ),
    ARCHIVE.name: Look(
        (_l("Idea"), _l("Company"), _l("Stage")), (TITLE, COMPANY, STAGE), _of_archive, _idea_href
    ),
}


def counts(plan: ListPlan) -> dict[Outcome, int]:
    """Count the rows by what becomes of them."""
    return {
        Outcome.NEW: len(plan.rows),
        Outcome.WRONG: len(plan.listed.bad),
        Outcome.REPEATED: len(plan.repeated),
    }


def all_lines(kind: Kind, plan: ListPlan) -> list[dict[str, Any]]:
    """Give all rows in the order of the list, as they are kept and shown."""
    heaps: dict[Outcome, Sequence[Entry]] = {
        Outcome.NEW: plan.rows,
        Outcome.WRONG: plan.listed.bad,
        Outcome.REPEATED: plan.repeated,
    }
    found = sorted(
        ((row, outcome) for outcome, heap in heaps.items() for row in heap),
        key=lambda pair: _number(pair[0]),
    )
    look = LOOKS[kind.name]
    return [vars(_line(look, plan, row, outcome)) for row, outcome in found]


def _number(row: Entry) -> int:
    number: int = row.number if isinstance(row, BadRow) else row.row.number
    return number


def _line(look: Look, plan: ListPlan, row: Entry, outcome: Outcome) -> Line:
    if outcome == Outcome.WRONG:
        return _wrong(look, plan, row)
    if outcome == Outcome.NEW:
        notes = tuple(explain_warning(one.code, one.value) for one in row.warnings)
        name = row.company.name if row.company else ""
        return Line(row.row.number, Outcome.NEW, look.cells(row.row, name), notes)
    note: str = (
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
