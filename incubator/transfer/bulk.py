"""Write what the rows of a list say, many at a time, as parts of one change.

The facts are those that moving a card by hand would leave; they are written in bulk, because a
list of 20,000 rows would take minutes one by one. `flask check` holds them to the same rules.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.audit.models import Change
from incubator.companies import operations as companies
from incubator.companies.models import Company
from incubator.core.db import Base, flush
from incubator.core.many import count_rows_anew
from incubator.core.texts import company_key, fold, sort_key
from incubator.funding.models import Application, ApplicationEvent, ApplicationStatus
from incubator.ideas import order
from incubator.ideas.models import Idea, Stage, StageEvent, StageKind, Status, StatusEvent
from incubator.incubation.models import Incubation, IncubationIdea
from incubator.jobs.models import Evidence, JobKind, JobRecord, JobState, JobUnit
from incubator.transfer import queries
from incubator.transfer.lists import ListedCompany, ListOf
from incubator.transfer.models import ImportRun
from incubator.transfer.plan import PlannedCompany, PlannedRow
from incubator.transfer.words import STAGES

Rows = list[dict[str, Any]]
MANY = 500  # rows in one list, after which the database must know that it has grown


@dataclass(frozen=True)
class Source:
    """The file that a list came in."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Work:
    """What every step of an import needs."""

    session: Session
    change: Change
    region_id: int
    stages: dict[StageKind, Stage] = field(default_factory=dict)

    @property
    def stamp(self) -> dict[str, Any]:
        return {
            "change_id": self.change.id,
            "recorded_at": self.change.recorded_at,
            "recorded_by_id": self.change.actor_id,
        }

    def insert(self, table: type[Base], rows: Rows) -> None:
        """Insert many rows."""
        if rows:
            self.session.execute(sa.insert(cast("sa.Table", table.__table__)), rows)

    def made(self, table: type[Any], *columns: Any) -> dict[tuple[Any, ...], int]:
        """Give the ids of the rows of this change by columns that tell them apart.

        To have the insert return them in order would insert row by row on SQLite.
        """
        query = sa.select(table.id, *columns).where(table.change_id == self.change.id)
        return {tuple(row[1:]): row[0] for row in self.session.execute(query)}


class OfCompany(Protocol):
    """A planned row that says which company it is of, and where it lies."""

    @property
    def company(self) -> PlannedCompany | None: ...
    @property
    def municipality_id(self) -> int | None: ...


class ListPlan(Protocol):
    """What an import would do with a list of any kind."""

    @property
    def listed(self) -> ListOf[Any]: ...
    @property
    def rows(self) -> Sequence[Any]: ...
    @property
    def repeated(self) -> Sequence[Any]: ...


def write_run(work: Work, plan: ListPlan, source: Source) -> ImportRun:
    """Write down which list was imported; the change leads to it."""
    run = ImportRun(
        region_id=work.region_id,
        change_id=work.change.id,
        file_name=source.name,
        file_sha256=source.sha256,
        recorded_at=work.change.recorded_at,
        recorded_by_id=work.change.actor_id,
        accepted=len(plan.rows),
        rejected=len(plan.listed.bad),
        duplicates=len(plan.repeated),
        skipped=plan.listed.skipped_count,
    )
    work.session.add(run)
    flush(work.session)
    work.change.subject_id = run.id
    if run.accepted >= MANY:
        count_rows_anew(work.session)
    return run


def write_companies(work: Work, rows: Iterable[OfCompany]) -> dict[ListedCompany, int]:
    """Make the companies that are new, and give a number to those that get one."""
    ids: dict[ListedCompany, int] = {}
    new: dict[ListedCompany, tuple[PlannedCompany, int | None]] = {}
    for row in rows:
        company = row.company
        if company is None or company.listed in ids:
            continue
        if company.known is None:
            _, place = new.get(company.listed, (company, None))
            new[company.listed] = company, place or row.municipality_id
            continue
        ids[company.listed] = company.known.id
        if company.gets_orgnr and company.listed.orgnr:
            known = work.session.get_one(Company, company.known.id)
            companies.set_orgnr(work.session, work.change, known, company.listed.orgnr)
    work.insert(Company, [_company(work, *planned) for planned in new.values()])
    made = work.made(Company, Company.orgnr, Company.match_key)
    return ids | {
        listed: made[listed.orgnr, company_key(company.name)]
        for listed, (company, _) in new.items()
    }


def _company(work: Work, company: PlannedCompany, municipality_id: int | None) -> dict[str, Any]:
    return {
        "name": company.name,
        "match_key": company_key(company.name),
        "sort_key": sort_key(company.name),
        "orgnr": company.listed.orgnr,
        "municipality_id": municipality_id,
        **work.stamp,
    }


def write_ideas(
    work: Work, rows: Sequence[PlannedRow], company_ids: dict[ListedCompany, int]
) -> Sequence[int]:
    owner_ids = {row.owner_id for row in rows if row.owner_id}
    owners = {
        user.id: user.name
        for user in work.session.scalars(sa.select(User).where(User.id.in_(owner_ids)))
    }
    positions = _positions(work, [row.row.idea.stage for row in rows])
    ideas = [
        _idea(work, row, _id_of(row, company_ids), owners.get(row.owner_id or 0), position)
        for row, position in zip(rows, positions, strict=True)
    ]
    work.insert(Idea, ideas)
    made = work.made(Idea, Idea.stage_id, Idea.position)
    return [made[idea["stage_id"], idea["position"]] for idea in ideas]


def _idea(
    work: Work, row: PlannedRow, company_id: int | None, owner: str | None, position: int
) -> dict[str, Any]:
    idea = row.row.idea
    names = (idea.title, row.company.name if row.company else "", owner or row.owner_name or "")
    return {
        "region_id": work.region_id,
        "municipality_id": row.municipality_id,
        "company_id": company_id,
        "owner_id": row.owner_id,
        "owner_name": row.owner_name,
        "title": idea.title,
        "title_key": row.row.title_key,
        "search_key": fold(" ".join(names)),
        "description": _description(row),
        "registered_on": idea.registered_on,
        "stage_id": work.stages[idea.stage].id,
        "stage_on": idea.dates[idea.stage],
        "status": Status.PARKED if idea.parked_on else Status.OPEN,
        "status_on": idea.parked_on or min(idea.dates.values()),
        "latest_on": idea.latest_on,
        "position": position,
        "is_shared": False,
        "last_change_id": work.change.id,
        "version": 1,
        **work.stamp,
    }


def _description(row: PlannedRow) -> str | None:
    """Keep on the card what no field of it takes: the remark, and a place that nobody knows."""
    lines = [row.row.idea.remark or ""]
    lines += [
        f"Sted i lista: {warned.value}"
        for warned in row.warnings
        if warned.code in ("many_municipalities", "unknown_municipality")
    ]
    return "\n".join(line for line in lines if line) or None


def _positions(work: Work, stages: Sequence[StageKind]) -> list[int]:
    """Place the cards of each column above those that stand there, in the order of the list."""
    tops: dict[StageKind, int] = {}
    for kind in set(stages):
        first = order.top_position(work.session, work.region_id, work.stages[kind].id)
        tops[kind] = first - order.STRIDE * (stages.count(kind) - 1)
    positions = []
    for kind in stages:
        positions.append(tops[kind])
        tops[kind] += order.STRIDE
    return positions


def write_stage_events(work: Work, rows: Sequence[PlannedRow], idea_ids: Sequence[int]) -> None:
    events: Rows = []
    for row, idea_id in zip(rows, idea_ids, strict=True):
        dates = row.row.idea.dates
        days: list[date] = []
        for kind in (kind for kind in STAGES if kind in dates):
            days.append(dates[kind])
            events.append(
                {
                    "idea_id": idea_id,
                    "region_id": work.region_id,
                    "stage_id": work.stages[kind].id,
                    "occurred_on": dates[kind],
                    "nth": days.count(dates[kind]),
                    "is_estimated": kind in row.row.idea.estimated,
                    **work.stamp,
                }
            )
    work.insert(StageEvent, events)


def write_status_events(work: Work, rows: Sequence[PlannedRow], idea_ids: Sequence[int]) -> None:
    events: Rows = []
    for row, idea_id in zip(rows, idea_ids, strict=True):
        first, parked_on = min(row.row.idea.dates.values()), row.row.idea.parked_on
        common = {"idea_id": idea_id, "region_id": work.region_id, **work.stamp}
        events.append(
            {**common, "status": Status.OPEN, "occurred_on": first, "nth": 1, "reason": None}
        )
        if parked_on:
            events.append(
                {
                    **common,
                    "status": Status.PARKED,
                    "occurred_on": parked_on,
                    "nth": 2 if parked_on == first else 1,
                    "reason": row.row.idea.remark,
                }
            )
    work.insert(StatusEvent, events)


def write_incubations(
    work: Work,
    rows: Sequence[PlannedRow],
    idea_ids: Sequence[int],
    company_ids: dict[ListedCompany, int],
) -> None:
    """Let ideas join their company's incubation, opened at the earliest day of its rows."""
    joining: dict[int, list[tuple[date, int, PlannedRow]]] = {}
    for row, idea_id in zip(rows, idea_ids, strict=True):
        day = row.row.idea.dates.get(StageKind.INCUBATOR)
        company_id = _id_of(row, company_ids)
        if day and company_id:
            joining.setdefault(company_id, []).append((day, idea_id, row))
    standing = queries.incubations_of(work.session, joining)
    new: dict[int, dict[str, Any]] = {}
    links: list[tuple[int, int | None, int]] = []  # company, incubation if it stands, idea
    for company_id, ideas in joining.items():
        for day, idea_id, row in sorted(ideas, key=lambda one: (one[0], one[1])):
            running = _incubation_on(day, standing.get(company_id, []))
            links.append((company_id, running, idea_id))
            if running is None and company_id not in new:
                new[company_id] = {
                    "company_id": company_id,
                    "region_id": work.region_id,
                    "municipality_id": row.municipality_id,
                    "occurred_on": day,
                    **work.stamp,
                }
    work.insert(Incubation, list(new.values()))
    opened = work.made(Incubation, Incubation.company_id)
    work.insert(
        IncubationIdea,
        [
            {
                "incubation_id": running or opened[(company_id,)],
                "idea_id": idea_id,
                **work.stamp,
            }
            for company_id, running, idea_id in links
        ],
    )


def _incubation_on(day: date, standing: Iterable[Incubation]) -> int | None:
    """Find the incubation that an idea joins: the running one, or one that had not ended yet."""
    fitting = (one for one in standing if one.left_on is None or day <= one.left_on)
    found = next(fitting, None)
    return found.id if found else None


def write_applications(
    work: Work,
    rows: Sequence[PlannedRow],
    idea_ids: Sequence[int],
    company_ids: dict[ListedCompany, int],
) -> None:
    """Write down what was sent; an amount without a day it was sent on is a draft."""
    applications: Rows = []
    events: Rows = []
    for row, idea_id in zip(rows, idea_ids, strict=True):
        idea = row.row.idea
        sent_on = idea.dates.get(StageKind.APPLICATION)
        if sent_on is None and not idea.amount_nok:
            continue
        status = ApplicationStatus.SENT if sent_on else ApplicationStatus.DRAFT
        applications.append(
            {
                "idea_id": idea_id,
                "company_id": _id_of(row, company_ids),
                "region_id": work.region_id,
                "municipality_id": row.municipality_id,
                "sought_nok": idea.amount_nok,
                "status": status,
                **work.stamp,
            }
        )
        events.append(
            {
                "idea_id": idea_id,
                "region_id": work.region_id,
                "status": status,
                "occurred_on": sent_on or idea.latest_on,
                "nth": 1,
                "is_estimated": StageKind.APPLICATION in idea.estimated,
                **work.stamp,
            }
        )
    work.insert(Application, applications)
    made = work.made(Application, Application.idea_id)
    for event in events:
        event["application_id"] = made[(event.pop("idea_id"),)]
    work.insert(ApplicationEvent, events)


def write_jobs(
    work: Work,
    rows: Sequence[PlannedRow],
    idea_ids: Sequence[int],
    company_ids: dict[ListedCompany, int],
    source: Source,
) -> None:
    work.insert(
        JobRecord,
        [
            {
                "region_id": work.region_id,
                "municipality_id": row.municipality_id,
                "company_id": _id_of(row, company_ids),
                "idea_id": idea_id,
                "occurred_on": row.row.idea.registered_on,
                "kind": JobKind.NEW,
                "state": JobState.EXPECTED,
                "unit": JobUnit.HEADS,
                "number": Decimal(row.row.idea.expected_jobs),
                "source": source.name,
                "evidence": Evidence.TOLD,
                **work.stamp,
            }
            for row, idea_id in zip(rows, idea_ids, strict=True)
            if row.row.idea.expected_jobs
        ],
    )


def _id_of(row: PlannedRow, company_ids: dict[ListedCompany, int]) -> int | None:
    return company_ids[row.company.listed] if row.company else None
