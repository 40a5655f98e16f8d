"""Tell which rows of an archive are new, beside the ideas: nothing that stands comes again."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.core.texts import fold
from incubator.funding.models import Application
from incubator.incubation.models import Incubation
from incubator.jobs.models import JobRecord
from incubator.transfer.archive.plan import ArchivePlan
from incubator.transfer.archive.reading import Line
from incubator.transfer.queries import chunks
from incubator.visits.models import Visit


@dataclass
class Fresh:
    """The rows that are new, and the incubations that the others stand for already."""

    incubations: list[Line] = field(default_factory=list)
    standing: dict[int, int] = field(default_factory=dict)  # by number in the file
    applications: list[Line] = field(default_factory=list)
    jobs: list[Line] = field(default_factory=list)
    visits: list[Line] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any((self.incubations, self.applications, self.jobs, self.visits))


def find_fresh(session: Session, region_id: int, plan: ArchivePlan) -> Fresh:
    """Compare an archive with what stands in the region, by a fixed number of queries each."""
    archive = plan.listed.archive
    ids = sorted({one.known.id for one in plan.companies.values() if one.known})
    brought = {row.row.line["idé_nr"] for row in plan.rows}
    fresh = Fresh()
    _sort_incubations(session, region_id, plan, fresh, ids)
    fresh.applications = list(_new(
        archive["soknader"], plan, brought, _applications(session, region_id, ids),
        lambda line: (fold(line["tittel"] or ""), line["søkt_kr"]),
    ))  # fmt: skip
    fresh.jobs = list(_new(
        archive["arbeidsplasser"], plan, brought, _jobs(session, region_id, ids),
        lambda line: (
            line["dato"], line["type"], line["tilstand"], line["enhet"], float(line["antall"])
        ),
    ))  # fmt: skip
    fresh.visits = list(_new(
        archive["besok"], plan, brought, _visits(session, region_id, ids),
        lambda line: (line["dato"], line["type"], fold(line["besøkende"] or "")),
    ))  # fmt: skip
    return fresh


def _new(
    lines: Iterable[Line],
    plan: ArchivePlan,
    brought: set[int],
    standing: Counter[Any],
    identity_of: Any,
) -> Iterator[Line]:
    """Yield the rows of ideas that are brought, and those of companies that do not stand yet."""
    for line in lines:
        idea = line.values.get("idé_nr")
        if idea is not None:
            if idea in brought:
                yield line
            continue
        company = plan.companies.get(line["bedrift_nr"])
        known = company.known.id if company and company.known else None
        identity = (known, *identity_of(line))
        if (company is None or known is not None) and standing[identity] > 0:
            standing[identity] -= 1
        else:
            yield line


def _sort_incubations(
    session: Session, region_id: int, plan: ArchivePlan, fresh: Fresh, ids: list[int]
) -> None:
    """Tell new incubations from those that stand: by company and day, or running already."""
    by_day: dict[tuple[int, date], int] = {}
    running: dict[int, int] = {}
    for chunk in chunks(ids):
        query = sa.select(
            Incubation.id, Incubation.company_id, Incubation.occurred_on, Incubation.left_on,
            Incubation.region_id,
        ).where(Incubation.company_id.in_(chunk), Incubation.known())  # fmt: skip
        for incubation_id, company_id, day, left_on, where in session.execute(query):
            if where == region_id:
                by_day[company_id, day] = incubation_id
            if left_on is None:
                running[company_id] = incubation_id
    for line in plan.listed.archive["inkubasjoner"]:
        company = plan.companies[line["bedrift_nr"]]
        known = company.known.id if company.known else 0
        stands = by_day.get((known, line["opptatt"]))
        if stands is None and line["sluttet"] is None:
            stands = running.get(known)
        if stands is not None:
            fresh.standing[line["inkubasjon_nr"]] = stands
        else:
            fresh.incubations.append(line)


def _counted(session: Session, ids: list[int], column: Any, query: Any) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for row in session.execute(query.where(column.is_(None))):
        found[tuple(row)] += 1
    for chunk in chunks(ids):
        for row in session.execute(query.where(column.in_(chunk))):
            found[tuple(row)] += 1
    return found


def _applications(session: Session, region_id: int, ids: list[int]) -> Counter[Any]:
    query = sa.select(Application.company_id, Application.title, Application.sought_nok).where(
        Application.region_id == region_id, Application.known(), Application.idea_id.is_(None)
    )
    found: Counter[Any] = Counter()
    for (company_id, title, sought), number in _counted(
        session, ids, Application.company_id, query
    ).items():
        found[company_id, fold(title or ""), sought] += number
    return found


def _jobs(session: Session, region_id: int, ids: list[int]) -> Counter[Any]:
    job = JobRecord
    query = sa.select(
        job.company_id, job.occurred_on, job.kind, job.state, job.unit, job.number
    ).where(job.region_id == region_id, job.known(), job.idea_id.is_(None))
    found: Counter[Any] = Counter()
    for row, number in _counted(session, ids, job.company_id, query).items():
        *head, amount = row
        found[(*head, float(amount))] += number
    return found


def _visits(session: Session, region_id: int, ids: list[int]) -> Counter[Any]:
    who = sa.func.coalesce(User.name, Visit.visitor_name)
    query = (
        sa.select(Visit.company_id, Visit.occurred_on, Visit.kind, who)
        .outerjoin(User, User.id == Visit.visitor_id)
        .where(Visit.region_id == region_id, Visit.known())
    )
    found: Counter[Any] = Counter()
    for row, number in _counted(session, ids, Visit.company_id, query).items():
        *head, name = row
        found[(*head, fold(name or ""))] += number
    return found


def links(lines: Iterable[Line], one: Mapping[int, int], other: Mapping[int, int], *names: str
          ) -> Iterator[tuple[int, int]]:  # fmt: skip
    """Yield the pairs that both stand, by the numbers they have here."""
    for line in lines:
        pair = one.get(line[names[0]]), other.get(line[names[1]])
        if pair[0] is not None and pair[1] is not None:
            yield pair[0], pair[1]
