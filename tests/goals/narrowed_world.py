"""Some results of every kind, and plain Python that says which of them belong where."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import Role, User
from incubator.audit import operations as audit
from incubator.core.access import command_line
from incubator.funding import operations as funding
from incubator.funding.models import Application, ApplicationEvent, ApplicationStatus
from incubator.goals.models import AttributedKind, Attribution
from incubator.goals.operations import Claim, attribute
from incubator.ideas.models import Idea, IdeaFocusArea, StageEvent
from incubator.incubation.models import Incubation, IncubationEnd, IncubationIdea
from incubator.jobs.models import JobKind, JobRecord
from incubator.reference.models import (
    FocusArea,
    Municipality,
    Organisation,
    Programme,
    Region,
)
from incubator.visits.models import Visit, VisitIdea
from tests import make

ME = command_line()
FIRST, LAST = date(2025, 6, 1), date(2026, 5, 1)
YES, NO, UNKNOWN = True, False, None


@dataclass
class World:
    """Two regions, three programmes with focus areas, and what has come of the work."""

    session: Session
    chance: random.Random
    programmes: list[Programme] = field(default_factory=list)
    areas: list[FocusArea] = field(default_factory=list)
    organisations: list[Organisation] = field(default_factory=list)
    places: list[Municipality | None] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)

    def build(self, times: int = 36) -> "World":
        session = self.session
        self.regions = [make.region(session), make.region(session, "Hamarregionen")]
        self.regions[0].operator_id = make.organisation(session).id
        names = ("3420", "3422", "3403")
        self.places = [*(make.municipality(session, one) for one in names), None]
        one = [self.regions[0].id]
        self.programmes = [
            make.programme(session, region_ids=one, focus_areas=["Bioøkonomi", "Reiseliv"]),
            make.programme(
                session, region_ids=[], municipality_ids=[self.places[0].id],
                focus_areas=["Bioøkonomi"], starts_on=date(2026, 1, 1),
            ),
            make.programme(session, region_ids=[], county="34", ends_on=date(2025, 12, 31)),
        ]  # fmt: skip
        session.flush()
        self.areas = list(session.scalars(sa.select(FocusArea).order_by(FocusArea.id)))
        self.organisations = [make.organisation(session), make.organisation(session, "ERNU")]
        owners = [make.user(session, Role.DEVELOPER, organisation_id=one.id).id
                  for one in self.organisations]  # fmt: skip
        owners += [make.user(session).id]
        for _ in range(times):
            self._something(owners)
        session.flush()
        return self

    def _day(self) -> date:
        return FIRST + timedelta(days=self.chance.randrange((LAST - FIRST).days))

    def _something(self, owners: list[int]) -> None:
        chance, session, on = self.chance, self.session, self._day()
        region = chance.choice(("Elverumregionen", "Elverumregionen", "Hamarregionen"))
        place = chance.choice(self.places)
        company = make.company(session, municipality_id=place.id if place else None)
        company.industry_section = chance.choice(("C", "C", "J", None))
        company.founded_on = chance.choice((date(1990, 1, 1), None))
        given = {"on": on, "region_name": region, "company_id": company.id,
                 "municipality_id": place.id if place else None}  # fmt: skip
        idea = make.ripe_idea(session, owner_id=chance.choice(owners), **given)
        self._areas(idea)
        if chance.random() < 0.8:
            make.move(session, idea, "case", on + timedelta(days=1))
        if chance.random() < 0.6:
            make.move(session, idea, "incubator_company", on + timedelta(days=2))
        if chance.random() < 0.6:
            make.move(session, idea, "rd_application", on + timedelta(days=3))
            self._decide(idea, on + timedelta(days=4))
        if chance.random() < 0.5:
            make.move(session, idea, "commercialisation", on + timedelta(days=8))
        self._jobs_and_visits(idea, company.id, region, on)
        session.flush()
        self._claims(idea)

    def _areas(self, idea: Idea) -> None:
        for area in self.chance.sample(self.areas, self.chance.choice((0, 0, 1, 2))):
            row = IdeaFocusArea(idea_id=idea.id, focus_area_id=area.id)
            audit.stamp(row, make.a_change(self.session))
            self.session.add(row)

    def _decide(self, idea: Idea, on: date) -> None:
        query = sa.select(Application).where(Application.idea_id == idea.id)
        one = self.session.scalars(query).one()
        for nth, status in enumerate(
            (ApplicationStatus.SENT, ApplicationStatus.PROCESSING, ApplicationStatus.GRANTED)
        ):
            more = {"amount_nok": 1000 * self.chance.randrange(1, 90)} if nth == 2 else {}
            funding.set_status(
                self.session, ME, one, status, on=on + timedelta(days=nth), **more
            )  # fmt: skip

    def _jobs_and_visits(self, idea: Idea, company_id: int, region: str, on: date) -> None:
        chance, session = self.chance, self.session
        if chance.random() < 0.7:
            make.jobs(
                session, region_id=idea.region_id, municipality_id=idea.municipality_id, on=on,
                idea_id=chance.choice((idea.id, None)), company_id=company_id,
                kind=chance.choice((JobKind.NEW, JobKind.NEW, JobKind.SECURED, JobKind.LOST)),
            )  # fmt: skip
        if chance.random() < 0.7:
            whose = chance.choice((*self.organisations, None))
            number = whose.id if whose else None
            by = make.actor(session, region_name=region, organisation_id=number)
            visit = make.visit(
                session, by=by, region_name=region, company_id=company_id, occurred_on=on,
                idea_title=chance.choice(("", "Fra besøket")),
            )  # fmt: skip
            if link := session.scalar(sa.select(VisitIdea).where(VisitIdea.visit_id == visit.id)):
                self._areas(session.get_one(Idea, link.idea_id))

    def _claims(self, idea: Idea) -> None:
        results: list[tuple[AttributedKind, int]] = [(AttributedKind.IDEA, idea.id)]
        for kind, table, key in (
            (AttributedKind.APPLICATION, Application, Application.idea_id),
            (AttributedKind.JOBS, JobRecord, JobRecord.idea_id),
            (AttributedKind.INCUBATION, IncubationIdea, IncubationIdea.idea_id),
        ):
            rows = self.session.scalars(sa.select(table).where(key == idea.id))
            results += [(kind, getattr(row, "incubation_id", row.id)) for row in rows]
        for kind, number in results:
            if self.chance.random() < 0.4:
                named = self.chance.sample(self.programmes, self.chance.choice((1, 2, 2, 3)))
                claims = [Claim(one.id, nth == 0, self.chance.choice((30, 50, 70, 100)))
                          for nth, one in enumerate(named)]  # fmt: skip
                attribute(self.session, ME, kind, number, claims)


@dataclass(frozen=True)
class Result:
    """A row behind a metric, in plain values."""

    id: int
    kind: str
    day: date
    region_id: int
    municipality_id: int | None
    size: float
    idea_ids: tuple[int, ...]
    organisation_id: int | None
    company_id: int | None = None


@dataclass(frozen=True)
class Asked:
    """What is narrowed to, in plain values."""

    regions: tuple[int, ...] | None = None
    municipality: int | None = None
    county: str | None = None
    programme: int | None = None
    area: int | None = None
    organisation: int | None = None


class Plain:
    """All rows of all tables, counted without the program's queries."""

    def __init__(self, session: Session, first: date, last: date) -> None:
        def rows(table: Any) -> list[Any]:
            return [r for r in session.scalars(sa.select(table)) if not getattr(r, "voided_at", 0)]

        self.first, self.last = first, last
        self.ideas = {row.id: row for row in rows(Idea)}
        self.people = {row.id: row.organisation_id for row in session.scalars(sa.select(User))}
        self.regions = {row.id: row for row in session.scalars(sa.select(Region))}
        self.places = {row.id: row for row in session.scalars(sa.select(Municipality))}
        self.programmes = {row.id: row for row in session.scalars(sa.select(Programme))}
        self.area_of = {row.id: row.programme_id for row in session.scalars(sa.select(FocusArea))}
        self.focus, self.claims = rows(IdeaFocusArea), rows(Attribution)
        self.joined, self.came = rows(IncubationIdea), rows(VisitIdea)
        self.incubations, self.ends = rows(Incubation), rows(IncubationEnd)
        self.applications, self.events = rows(Application), rows(ApplicationEvent)
        self.jobs, self.visits, self.stages = rows(JobRecord), rows(Visit), rows(StageEvent)
        self.stage_keys = {one.id: one.key for one in make.stages(session).values()}
        self.companies = {idea.company_id for idea in self.ideas.values()}
        self.works: Mapping[int, set[str]] = {}

    def owner_of(self, idea: Any) -> int | None:
        return self.people.get(idea.owner_id) if idea else None

    def of_ideas(self, key: str) -> list[tuple[Result, bool | None]]:
        found = []
        for idea in self.ideas.values():
            day, classified = self._idea_day(idea, key)
            if day is not None and classified is not NO:
                found.append((
                    Result(idea.id, "idea", day, idea.region_id, idea.municipality_id, 1,
                           (idea.id,), self.owner_of(idea)), classified,
                ))  # fmt: skip
        return found

    def _idea_day(self, idea: Any, key: str) -> tuple[date | None, bool | None]:
        if key == "ideas_registered":
            return idea.registered_on, YES
        stage = {"cases_opened": "case", "ideas_commercialised": "commercialisation"}[key]
        days = [e.occurred_on for e in self.stages
                if e.idea_id == idea.id and self.stage_keys[e.stage_id] == stage]  # fmt: skip
        return (min(days), YES) if days else (None, NO)

    def results(self, key: str) -> list[tuple[Result, bool | None]]:
        if key in ("ideas_registered", "cases_opened", "ideas_commercialised"):
            return self.of_ideas(key)
        if key.startswith("incubator"):
            return [(self._incubation(one), YES) for one in self.incubations]
        if key.startswith(("applications", "amount", "rd")):
            return [(one, YES) for one in self._applications(key)]
        if key.startswith("jobs"):
            kind = {"jobs_created": "new", "jobs_secured": "secured"}[key]
            return [(self._job(one), YES) for one in self.jobs if one.kind == kind]
        return [(self._visit(one), YES) for one in self.visits]

    def _incubation(self, one: Any) -> Result:
        ideas = tuple(link.idea_id for link in self.joined if link.incubation_id == one.id)
        whose = one.operator_id or self.regions[one.region_id].operator_id
        return Result(one.id, "incubation", one.occurred_on, one.region_id, one.municipality_id, 1,
                      ideas, whose)  # fmt: skip

    def _applications(self, key: str) -> Iterable[Result]:
        status = {"applications_sent": "sent", "rd_projects_completed": "reported"}.get(
            key, "granted"
        )
        for one in self.applications:
            events = [e for e in self.events if (e.application_id, e.status) == (one.id, status)]
            if events:
                size = sum(e.amount_nok or 0 for e in events) if key == "amount_granted" else 1
                whose = self.people.get(one.owner_id) or self.owner_of(self.ideas.get(one.idea_id))
                yield Result(
                    one.id, "application", min(e.occurred_on for e in events), one.region_id,
                    one.municipality_id, size, (one.idea_id,), whose,
                )  # fmt: skip

    def _job(self, one: Any) -> Result:
        ideas = (one.idea_id,) if one.idea_id else ()
        whose = self.owner_of(self.ideas.get(one.idea_id))
        return Result(one.id, "job_record", one.occurred_on, one.region_id, one.municipality_id,
                      float(one.number), ideas, whose)  # fmt: skip

    def _visit(self, one: Any) -> Result:
        ideas = tuple(link.idea_id for link in self.came if link.visit_id == one.id)
        return Result(one.id, "visit", one.occurred_on, one.region_id, one.municipality_id, 1,
                      ideas, one.organisation_id, one.company_id)  # fmt: skip

    # where a result belongs: yes, no, or one cannot tell

    def inside(self, one: Result, numbers: set[str], *, every: set[int] = frozenset()) -> Any:
        """Say whether a result lies in municipalities, or in a region that counts as a whole."""
        if one.region_id in every:
            return YES
        if one.municipality_id is not None:
            return self.places[one.municipality_id].number in numbers
        members = self.works[one.region_id]
        if members <= numbers:
            return YES
        return UNKNOWN if members & numbers else NO

    def of_programme(self, one: Result, number: int, level_on: date | None = None) -> bool | None:
        named = {c.programme_id for c in self.claims
                 if (c.subject_kind, c.subject_id) == (one.kind, one.id)}  # fmt: skip
        if named:
            return number in named
        programme = self.programmes[number]
        if not programme.starts_on <= (level_on or one.day) <= programme.ends_on:
            return NO
        return self.where[number](one)

    def verdict(self, one: Result, asked: Asked, level_on: date | None = None) -> bool | None:
        found: list[bool | None] = []
        if asked.regions is not None:
            found.append(one.region_id in asked.regions)
        if asked.municipality is not None:
            found.append(self.inside(one, {self.places[asked.municipality].number}))
        if asked.county is not None:
            numbers = {p.number for p in self.places.values() if p.number[:2] == asked.county}
            found.append(self.inside(one, numbers))
        if asked.programme is not None:
            found.append(self.of_programme(one, asked.programme, level_on))
        if asked.area is not None:
            areas = {f.focus_area_id for f in self.focus if f.idea_id in one.idea_ids}
            siblings = {a for a in areas if self.area_of[a] == self.area_of[asked.area]}
            found.append(asked.area in areas if siblings else UNKNOWN)
        if asked.organisation is not None:
            whose = one.organisation_id
            found.append(UNKNOWN if whose is None else whose == asked.organisation)
        return NO if NO in found else UNKNOWN if UNKNOWN in found else YES

    def answer(self, key: str, asked: Asked) -> tuple[float, int]:
        """Give the number, and how many cannot be told of."""
        level_on = self.last if key == "incubator_active" else None
        told: list[tuple[Result, bool | None]] = []
        for one, _classified in self.results(key):
            if key == "incubator_active":
                if one.day > self.last or any(e.incubation_id == one.id for e in self.ends):
                    continue
            elif not self.first <= one.day <= self.last:
                continue
            told.append((one, self.verdict(one, asked, level_on)))
        if key == "companies_visited":
            yes = {one.company_id for one, verdict in told if verdict is YES}
            maybe = {one.company_id for one, verdict in told if verdict is UNKNOWN}
            return len(yes), len(maybe - yes)
        return (
            sum(one.size for one, verdict in told if verdict is YES),
            sum(1 for _one, verdict in told if verdict is UNKNOWN),
        )
