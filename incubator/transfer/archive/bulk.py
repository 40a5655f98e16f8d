"""Write the rows of an archive, many at a time, as parts of one change."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.companies import operations as company_operations
from incubator.companies.models import Company
from incubator.core.texts import company_key, fold, sort_key
from incubator.funding.models import (
    Application,
    ApplicationEvent,
    ApplicationStatus,
    Instrument,
    Payment,
    PaymentKind,
)  # fmt: skip
from incubator.ideas import order
from incubator.ideas.models import Idea, SharingEvent, Stage, StageEvent, Status, StatusEvent
from incubator.ideas.queries import list_stages
from incubator.ideas.rules import search_key
from incubator.incubation.models import EndReason, Incubation, IncubationEnd, IncubationIdea
from incubator.jobs.models import Evidence, JobKind, JobRecord, JobState, JobUnit
from incubator.reference.models import Municipality
from incubator.transfer import queries
from incubator.transfer.archive.fresh import Fresh, links
from incubator.transfer.archive.plan import ArchivedIdea, ArchiveList, ArchivePlan, PlannedIdea
from incubator.transfer.archive.reading import YES_NO, Line
from incubator.transfer.bulk import Rows, Work
from incubator.transfer.lists import ListedCompany

Ids = Mapping[int, int]  # the numbers in the file, and those here


@dataclass(frozen=True)
class ArchiveWork(Work):
    """What every step needs: also the places by number and the people by name and e-mail."""

    places: Mapping[str, int] = field(default_factory=dict)
    people: Mapping[str, int] = field(default_factory=dict)
    may_share: bool = False

    def write(self, table: type[Any], rows: Rows) -> list[int]:
        """Insert rows of a table that this change has none of yet; give their ids in order."""
        self.insert(table, rows)
        query = sa.select(table.id).where(table.change_id == self.change.id).order_by(table.id)
        ids = list(self.session.scalars(query)) if rows else []
        assert len(ids) == len(rows), "each table of an archive is written once"
        return ids

    def place(self, line: Line) -> int | None:
        return self.places.get(line["kommune_nr"] or "")

    def person(self, *said: str | None) -> int | None:
        """Find the person of the region who has an e-mail address, or a name."""
        return next((self.people[fold(one)] for one in said if one and fold(one) in self.people),
                    None)  # fmt: skip


def places(session: Session) -> dict[str, int]:
    """Give the municipalities by number; of those that shared one, the latest."""
    query = sa.select(Municipality.number, Municipality.id).order_by(Municipality.valid_from)
    return {row[0]: row[1] for row in session.execute(query)}


def people(session: Session, region_id: int) -> dict[str, int]:
    """Give the people of a region by what names one of them alone."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for user_id, name in queries.people_by_name(session, region_id):
        found[name].add(user_id)
    return {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1}


def listed_companies(ideas: ArchiveList) -> Iterator[ListedCompany]:
    """Yield the companies of an archive as a list names them."""
    for line in ideas.archive["bedrifter"]:
        yield ListedCompany(line["navn"], line["orgnr"])


def write_companies(work: ArchiveWork, plan: ArchivePlan) -> dict[int, int]:
    lines = {line["bedrift_nr"]: line for line in plan.listed.archive["bedrifter"]}
    ids: dict[int, int] = {}
    new: list[int] = []
    for number, company in plan.companies.items():
        if company.known is None:
            new.append(number)
            continue
        ids[number] = company.known.id
        if company.gets_orgnr and company.listed.orgnr:
            known = work.session.get_one(Company, company.known.id)
            company_operations.set_orgnr(work.session, work.change, known, company.listed.orgnr)
    made = work.write(Company, [_company(work, lines[number]) for number in new])
    return ids | dict(zip(new, made, strict=True))


def _company(work: ArchiveWork, line: Line) -> dict[str, Any]:
    return {
        "name": line["navn"],
        "match_key": company_key(line["navn"]),
        "sort_key": sort_key(line["navn"]),
        "orgnr": line["orgnr"],
        "municipality_id": work.place(line),
        "industry_code": line["næringskode"],
        "industry_section": line["næringsseksjon"],
        "founded_on": line["stiftet"],
        "employees": line["ansatte"],
        **work.stamp,
    }


def write_ideas(work: ArchiveWork, plan: ArchivePlan, company_ids: Ids) -> dict[int, int]:
    stages = {stage.key: stage for stage in list_stages(work.session)}
    places = _positions(work, plan.rows, stages)
    deadlines = _deadlines(plan)
    ideas = [
        _idea(work, row, stages, company_ids, places[row.row.line["idé_nr"]], deadlines)
        for row in plan.rows
    ]
    made = work.write(Idea, ideas)
    return {row.row.line["idé_nr"]: one for row, one in zip(plan.rows, made, strict=True)}


def _positions(
    work: ArchiveWork, rows: Sequence[PlannedIdea], stages: Mapping[str, Stage]
) -> dict[int, int]:
    """Place the cards of each column above those that stand there, in the order they had."""
    columns: defaultdict[str, list[PlannedIdea]] = defaultdict(list)
    for row in rows:
        columns[row.row.stages[-1]["verdi"]].append(row)
    found: dict[int, int] = {}
    for key, cards in columns.items():
        cards.sort(key=lambda row: (row.row.line["plassering"] or 0, row.row.number))
        first = order.top_position(work.session, work.region_id, stages[key].id)
        top = first - order.STRIDE * (len(cards) - 1)
        for nth, row in enumerate(cards):
            found[row.row.line["idé_nr"]] = top + nth * order.STRIDE
    return found


def _deadlines(plan: ArchivePlan) -> dict[int, Any]:
    """Give the nearest deadline of each idea's unsent applications."""
    archive = plan.listed.archive
    status = _latest(archive["soknadshendelser"])
    found: dict[int, Any] = {}
    for line in archive["soknader"]:
        idea, day = line["idé_nr"], line["frist"]
        if idea and day and status.get(line["søknad_nr"]) == ApplicationStatus.DRAFT:
            found[idea] = min(day, found.get(idea, day))
    return found


def _latest(lines: Iterable[Line]) -> dict[int, str]:
    """Give the status that each application entered last."""
    found: dict[int, Any] = {}
    for line in sorted(lines, key=lambda one: (one["dato"], one["nr_på_dagen"])):
        found[line["søknad_nr"]] = line["status"]
    return found


def _idea(
    work: ArchiveWork,
    row: PlannedIdea,
    stages: Mapping[str, Stage],
    company_ids: Ids,
    position: int,
    deadlines: Mapping[int, Any],
) -> dict[str, Any]:
    idea, line = row.row, row.row.line
    owner_id = work.person(line["ansvarlig_epost"], line["ansvarlig"])
    company = row.company.name if row.company else ""
    return {
        "region_id": work.region_id,
        "municipality_id": work.place(line),
        "company_id": company_ids.get(line["bedrift_nr"]),
        "owner_id": owner_id,
        "owner_name": None if owner_id else line["ansvarlig"],
        "title": idea.title,
        "title_key": idea.title_key,
        "search_key": search_key(idea.title, company, line["ansvarlig"]),
        "problem": line["problem"],
        "description": line["beskrivelse"],
        "registered_on": line["registrert"],
        "stage_id": stages[idea.stages[-1]["verdi"]].id,
        "stage_on": idea.stages[-1]["dato"],
        "status": Status(idea.statuses[-1]["verdi"]),
        "status_on": idea.statuses[-1]["dato"],
        "latest_on": idea.latest_on,
        "position": position,
        "is_shared": work.may_share and _is_shared(idea),
        "archived_on": line["arkivert"],
        "deadline_on": deadlines.get(line["idé_nr"]),
        "launched_what": line["hva_lanseres"],
        "first_sale_planned_on": line["planlagt_salg"],
        "last_change_id": work.change.id,
        "version": 1,
        **work.stamp,
    }


def _is_shared(idea: ArchivedIdea) -> bool:
    return bool(idea.sharings) and YES_NO[idea.sharings[-1]["verdi"]]


def write_events(work: ArchiveWork, plan: ArchivePlan, idea_ids: Ids) -> None:
    stages = {stage.key: stage.id for stage in list_stages(work.session)}
    ideas = [(idea_ids[row.row.line["idé_nr"]], row.row) for row in plan.rows]
    work.insert(StageEvent, [
        {
            **_event(work, idea_id, line),
            "region_id": work.region_id,
            "stage_id": stages[line["verdi"]],
            "is_estimated": bool(line["anslått"]),
            "note": line["merknad"],
        }
        for idea_id, idea in ideas for line in idea.stages
    ])  # fmt: skip
    work.insert(StatusEvent, [
        {
            **_event(work, idea_id, line),
            "region_id": work.region_id,
            "status": Status(line["verdi"]),
            "reason": line["merknad"],
            "learnt": line["lært"],
            "look_again_on": line["se_igjen"],
        }
        for idea_id, idea in ideas for line in idea.statuses
    ])  # fmt: skip
    if work.may_share:
        work.insert(SharingEvent, [
            {**_event(work, idea_id, line), "is_shared": YES_NO[line["verdi"]]}
            for idea_id, idea in ideas for line in idea.sharings
        ])  # fmt: skip


def _event(work: ArchiveWork, idea_id: int, line: Line) -> dict[str, Any]:
    return {
        "idea_id": idea_id, "occurred_on": line["dato"], "nth": line["nr_på_dagen"], **work.stamp
    }  # fmt: skip


def write_incubations(
    work: ArchiveWork, plan: ArchivePlan, fresh: Fresh, company_ids: Ids, idea_ids: Ids
) -> None:
    made = work.write(Incubation, [
        {
            "company_id": company_ids[line["bedrift_nr"]],
            "region_id": work.region_id,
            "municipality_id": work.place(line),
            "occurred_on": line["opptatt"],
            "period_started_on": line["periode_fra"],
            "phase": line["fase"],
            "left_on": line["sluttet"],
            **work.stamp,
        }
        for line in fresh.incubations
    ])  # fmt: skip
    work.insert(IncubationEnd, [
        {
            "incubation_id": incubation_id,
            "occurred_on": line["sluttet"],
            "reason": EndReason(line["sluttgrunn"] or EndReason.COMPLETED),
            "note": line["merknad"],
            **work.stamp,
        }
        for line, incubation_id in zip(fresh.incubations, made, strict=True)
        if line["sluttet"]
    ])  # fmt: skip
    numbers = (line["inkubasjon_nr"] for line in fresh.incubations)
    ids = fresh.standing | dict(zip(numbers, made, strict=True))
    pairs = links(plan.listed.archive["inkubasjon_ideer"], ids, idea_ids, "inkubasjon_nr", "idé_nr")
    work.insert(IncubationIdea, [
        {"incubation_id": one, "idea_id": idea_id, **work.stamp} for one, idea_id in pairs
    ])  # fmt: skip


def write_applications(
    work: ArchiveWork, plan: ArchivePlan, fresh: Fresh, company_ids: Ids, idea_ids: Ids
) -> None:
    archive = plan.listed.archive
    schemes = {
        row[0]: row[1] for row in work.session.execute(sa.select(Instrument.key, Instrument.id))
    }
    status = _latest(archive["soknadshendelser"])
    made = work.write(Application, [
        {
            "title": line["tittel"],
            "idea_id": idea_ids.get(line["idé_nr"]),
            "company_id": company_ids.get(line["bedrift_nr"]),
            "owner_id": work.person(line["ansvarlig_epost"]),
            "region_id": work.region_id,
            "municipality_id": work.place(line),
            "instrument_id": schemes.get(line["virkemiddel"] or ""),
            "deadline_on": line["frist"],
            "planned_on": line["planlagt"],
            "report_due_on": line["rapportfrist"],
            "sought_nok": line["søkt_kr"],
            "reference": line["saksnummer"],
            "status": ApplicationStatus(status[line["søknad_nr"]]),
            **work.stamp,
        }
        for line in fresh.applications
    ])  # fmt: skip
    numbers = (line["søknad_nr"] for line in fresh.applications)
    ids = dict(zip(numbers, made, strict=True))
    work.insert(ApplicationEvent, [
        {
            "application_id": ids[line["søknad_nr"]],
            "region_id": work.region_id,
            "occurred_on": line["dato"],
            "nth": line["nr_på_dagen"],
            "status": ApplicationStatus(line["status"]),
            "amount_nok": line["beløp_kr"],
            "is_estimated": bool(line["anslått"]),
            "reason": line["merknad"],
            **work.stamp,
        }
        for line in archive["soknadshendelser"] if line["søknad_nr"] in ids
    ])  # fmt: skip
    work.insert(Payment, [
        {
            "application_id": ids[line["søknad_nr"]],
            "occurred_on": line["dato"],
            "kind": PaymentKind(line["type"]),
            "amount_nok": line["beløp_kr"],
            "note": line["merknad"],
            **work.stamp,
        }
        for line in archive["betalinger"] if line["søknad_nr"] in ids
    ])  # fmt: skip


def write_jobs(work: ArchiveWork, fresh: Fresh, company_ids: Ids, idea_ids: Ids) -> None:
    made = work.write(JobRecord, [
        {
            "region_id": work.region_id,
            "municipality_id": work.place(line),
            "company_id": company_ids.get(line["bedrift_nr"]),
            "idea_id": idea_ids.get(line["idé_nr"]),
            "occurred_on": line["dato"],
            "kind": JobKind(line["type"]),
            "state": JobState(line["tilstand"]),
            "unit": JobUnit(line["enhet"]),
            "number": line["antall"],
            "women": line["kvinner"],
            "men": line["menn"],
            "source": line["kilde"],
            "evidence": Evidence(line["grunnlag"]),
            "next_check_on": line["neste_kontroll"],
            "note": line["merknad"],
            **work.stamp,
        }
        for line in fresh.jobs
    ])  # fmt: skip
    ids = {line["post_nr"]: one for line, one in zip(fresh.jobs, made, strict=True)}
    realised = [
        {"which": ids[line["post_nr"]], "of": ids[line["realiserer_nr"]]}
        for line in fresh.jobs if line["realiserer_nr"] in ids
    ]  # fmt: skip
    if realised:
        table = JobRecord.__table__
        work.session.connection().execute(
            sa.update(table)  # type: ignore[arg-type]
            .where(table.c.id == sa.bindparam("which"))
            .values(realises_id=sa.bindparam("of")),
            realised,
        )
