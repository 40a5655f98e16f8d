"""Two years of work in two regions, at random, and its figures counted anew in plain Python.

Everything happens through the operations, some of it entered late, some of it undone. The counting
reads whole tables and shares no line with the program's own.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.companies.models import Company
from incubator.core import clock
from incubator.core.access import command_line
from incubator.core.errors import Refusal
from incubator.core.facts import void
from incubator.funding import operations as funding
from incubator.funding.models import Application, ApplicationEvent, ApplicationStatus
from incubator.funding.rules import FOLLOWS
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea, Stage, StageEvent, Status, StatusEvent
from incubator.incubation import operations as incubation
from incubator.incubation.models import EndReason, Incubation, IncubationEnd
from incubator.jobs.models import JobKind, JobRecord, JobState
from incubator.pipeline.undo import undo_change
from incubator.visits import operations as visits
from incubator.visits.models import Visit, VisitKind
from tests import make

FIRST, LAST = date(2024, 6, 1), date(2026, 5, 12)
REGIONS = ("Elverumregionen", "Kongsvingerregionen")
STAGES = ("idea", "case", "incubator_company", "rd_application", "commercialisation")
ME = command_line()


@dataclass
class History:
    """A random history; the same for the same seed."""

    session: Session
    clock: Any
    chance: random.Random
    changes: list[int] = field(default_factory=list)
    companies: list[int] = field(default_factory=list)

    def happen(self, times: int) -> None:
        """Let that many things happen, one after the other."""
        self._found_companies()
        moments = sorted(self.chance.uniform(0, 1) for _ in range(times))
        span = (LAST - FIRST).days - 1
        for share in moments:
            self.clock.set(datetime(2024, 6, 1, 8, tzinfo=UTC) + timedelta(days=share * span))
            self._do(self.chance.choice(self._verbs()))
        self.clock.set(LAST)
        self.session.flush()

    def _verbs(self) -> list[Any]:
        return [self.add] * 4 + [self.move] * 8 + [
            self.park, self.stop, self.reopen, self.launch, *[self.decide] * 6, *[self.apply] * 3,
            self.leave, *[self.jobs] * 4, self.undo, self.correct, *[self.visit] * 6,
            *[self.correct_visit] * 2,
        ]  # fmt: skip

    def _do(self, verb: Any) -> None:
        point = self.session.begin_nested()
        try:
            verb()
            self.session.flush()
            point.commit()
        except Refusal:
            point.rollback()

    def _found_companies(self) -> None:
        for section, founded in (
            ("C", date(1998, 1, 1)), ("A", date(2025, 6, 1)), ("J", date(2010, 1, 1)),
            (None, date(1990, 1, 1)), ("F", None), (None, None), ("J", None),
        ):  # fmt: skip
            company = make.company(self.session)
            company.industry_section, company.founded_on = section, founded
            self.companies.append(company.id)

    def _earlier(self, since: date | None = None) -> date:
        """Give a day up to today, often today: much is entered late."""
        days = (clock.today() - (since or FIRST)).days
        late = self.chance.choice((0, 0, 0, 3, 20, 90))
        return clock.today() - timedelta(days=max(0, min(days, late)))

    def _some(self, table: Any) -> Any:
        rows = self.session.scalars(sa.select(table).where(table.known()).order_by(table.id)).all()
        return self.chance.choice(rows) if rows else None

    def add(self) -> None:
        region = self.chance.choice(REGIONS)
        places = make.MUNICIPALITIES[region]
        number = self.chance.choice((*places, None))
        place = make.municipality(self.session, number).id if number else None
        company = self.chance.choice((*self.companies, None))
        idea = make.idea(
            self.session, region_name=region, on=self._earlier(), company_id=company,
            municipality_id=place,
        )  # fmt: skip
        self.changes.append(idea.change_id)

    def move(self) -> None:
        idea = self._some(Idea)
        if idea is None:
            return
        here = self.session.get_one(Stage, idea.stage_id).key
        later = STAGES[STAGES.index(here) + 1 :] or STAGES
        to = self.chance.choice((later[0], later[0], self.chance.choice(STAGES)))
        more = {"problem": "Det lekker.", "founder": "Kari Ås", "orgnr": make.orgnr()}
        if idea.owner_id is None:
            more["owner_id"] = make.user(self.session).id
        if idea.company_id is None:
            more["company_id"] = self.chance.choice(self.companies)
        on = self._earlier(idea.latest_on)
        self.changes.append(make.move(self.session, idea, to, on, **more).id)

    def _status(self, change: Any, **more: Any) -> None:
        idea = self._some(Idea)
        if idea is not None:
            on = self._earlier(idea.latest_on)
            self.changes.append(change(self.session, ME, idea, on=on, **more).id)

    def park(self) -> None:
        self._status(ideas.park_idea, reason="Venter.", look_again_on=None)

    def stop(self) -> None:
        self._status(ideas.stop_idea, reason="Nei.", learnt="")

    def reopen(self) -> None:
        self._status(ideas.reopen_idea, reason="Likevel.")

    def launch(self) -> None:
        self._status(ideas.launch_idea)

    def apply(self) -> None:
        """Begin an application of a company, that no idea stands behind."""
        region = make.region(self.session, self.chance.choice(REGIONS))
        company = self.session.get_one(Company, self.chance.choice(self.companies))
        plan = funding.Plan(title=f"Søknad {self.chance.random()}", sought_nok=400_000)
        application = funding.add_application(
            self.session, ME, plan, region_id=region.id, on=self._earlier(), company=company
        )
        self.changes.append(application.change_id)

    def decide(self) -> None:
        application = self._some(Application)
        if application is None:
            return
        for _ in range(self.chance.choice((1, 4, 9))):
            latest = self.session.scalars(funding.newest_event(application.id)).one()
            if not (can := FOLLOWS[latest.status]):
                break
            # Most go on as they should; now and then somebody tries what cannot be.
            usual, odd = can[:1] * 9, self.chance.choice([*ApplicationStatus])
            event = funding.set_status(
                self.session, ME, application, self.chance.choice((*usual, *can, odd)),
                on=self._earlier(latest.occurred_on),
                amount_nok=self.chance.randrange(1, 900) * 1000, reason="Slik ble det.",
            )  # fmt: skip
            self.changes.append(event.change_id)

    def leave(self) -> None:
        running = self._some(Incubation)
        if running is not None:
            end = incubation.end_incubation(
                self.session, ME, running, on=self._earlier(running.occurred_on),
                reason=EndReason.COMPLETED,
            )  # fmt: skip
            self.changes.append(end.change_id)

    def jobs(self) -> None:
        region = self.chance.choice(REGIONS)
        record = make.jobs(
            self.session,
            region_id=make.region(self.session, region).id,
            on=self._earlier(),
            number=Decimal(self.chance.choice(("1", "2.5", "4", "0.75"))),
            kind=self.chance.choice(list(JobKind)),
            state=self.chance.choice((JobState.REALISED, *JobState)),
        )
        self.changes.append(record.change_id)

    def visit(self) -> None:
        visit = make.visit(
            self.session, region_name=self.chance.choice(REGIONS), occurred_on=self._earlier(),
            company_id=self.chance.choice(self.companies), kind=self.chance.choice(list(VisitKind)),
            idea_title=self.chance.choice(("", "", "Fra besøket")),
        )  # fmt: skip
        self.changes.append(visit.change_id)

    def correct_visit(self) -> None:
        visit = self._some(Visit)
        if visit is not None:
            right = {
                "occurred_on": self._earlier(),
                "company_id": self.chance.choice(self.companies),
            }
            if self.chance.random() < 0.2:
                change = visits.void_visit(self.session, ME, visit, reason="Ført to ganger")
                self.changes.append(change.id)
            else:
                corrected = visits.correct_visit(self.session, ME, visit, right)
                self.changes.append(corrected.change_id)

    def undo(self) -> None:
        if self.changes:
            undo_change(self.session, ME, self.chance.choice(self.changes[-8:]))

    def correct(self) -> None:
        """Void one fact of an application, as a correction does."""
        event = self._some(ApplicationEvent)
        if event is not None and event.status != ApplicationStatus.DRAFT:
            void(self.session, event, make.a_change(self.session))


@dataclass(frozen=True)
class Asked:
    """What is asked for, in plain values."""

    first: date
    last: date
    as_of: date
    known_at: datetime | None = None
    regions: frozenset[int] | None = None


class Tables:
    """All rows of all tables, and the figures counted from them by hand."""

    def __init__(self, session: Session) -> None:
        def rows(table: Any) -> list[Any]:
            return list(session.scalars(sa.select(table)))

        self.ideas, self.applications = rows(Idea), rows(Application)
        self.stage_events, self.status_events = rows(StageEvent), rows(StatusEvent)
        self.application_events = rows(ApplicationEvent)
        self.incubations, self.ends = rows(Incubation), rows(IncubationEnd)
        self.jobs, self.visits = rows(JobRecord), rows(Visit)
        self.companies = {company.id: company for company in rows(Company)}
        self.stages = {stage.id: stage for stage in rows(Stage)}

    def figures(self, asked: Asked) -> dict[str, Any]:
        """Count every metric."""
        granted = self._applications(asked, "granted")
        return {
            "ideas_registered": len(self._registered(asked)),
            "ideas_from_industry": len(self._industry(asked, "industry")),
            "cases_opened": self._first_entries(asked, "case"),
            "incubator_admissions": len([i for i in self._admitted(asked) if within(i, asked)]),
            "incubator_active": len([i for i in self._admitted(asked) if self._runs(i, asked)]),
            "applications_sent": len(self._applications(asked, "sent")),
            "applications_granted": len(granted),
            "amount_granted": sum(amount for _id, amount in granted),
            "rd_projects_completed": len(self._applications(asked, "reported")),
            "ideas_commercialised": self._first_entries(asked, "commercialisation"),
            "jobs_created": self._jobs(asked, "new"),
            "jobs_secured": self._jobs(asked, "secured"),
            "company_visits": len(self._visits(asked)),
            "companies_visited": len({visit.company_id for visit in self._visits(asked)}),
        }

    def unknown(self, asked: Asked) -> int:
        """Count the ideas whose company cannot be classified."""
        return len(self._industry(asked, "unknown"))

    def _here(self, rows: Iterable[Any], asked: Asked) -> list[Any]:
        return [
            row
            for row in rows
            if stands(row, asked) and (asked.regions is None or row.region_id in asked.regions)
        ]

    def _visits(self, asked: Asked) -> list[Any]:
        return [visit for visit in self._here(self.visits, asked) if within(visit, asked)]

    def _registered(self, asked: Asked) -> list[Any]:
        ideas = self._here(self.ideas, asked)
        return [idea for idea in ideas if in_period(idea.registered_on, asked)]

    def _industry(self, asked: Asked, kind: str) -> list[Any]:
        return [idea for idea in self._registered(asked) if self._kind_of(idea) == kind]

    def _kind_of(self, idea: Any) -> str:
        company = self.companies.get(idea.company_id)
        if company is None:
            return "founder"
        section, founded = company.industry_section, company.founded_on
        if section is not None and section not in "ABCDEF":
            return "other"
        if founded is not None and founded >= idea.registered_on:
            return "younger"
        return "unknown" if section is None or founded is None else "industry"

    def _first_entries(self, asked: Asked, kind: str) -> int:
        found = 0
        for idea in self._here(self.ideas, asked):
            days = [
                event.occurred_on
                for event in self.stage_events
                if event.idea_id == idea.id
                and stands(event, asked)
                and event.occurred_on <= asked.as_of
                and self.stages[event.stage_id].kind == kind
            ]
            found += bool(days) and in_period(min(days), asked)
        return found

    def _admitted(self, asked: Asked) -> list[Any]:
        here = self._here(self.incubations, asked)
        return [one for one in here if one.occurred_on <= asked.as_of]

    def _runs(self, one: Any, asked: Asked) -> bool:
        return not any(
            end.incubation_id == one.id and stands(end, asked) and end.occurred_on <= asked.as_of
            for end in self.ends
        )

    def _applications(self, asked: Asked, status: str) -> list[tuple[int, int]]:
        found = []
        for application in self._here(self.applications, asked):
            events = [
                event
                for event in self.application_events
                if event.application_id == application.id
                and event.status == status
                and stands(event, asked)
                and event.occurred_on <= asked.as_of
            ]
            if events and in_period(min(event.occurred_on for event in events), asked):
                amount = sum(event.amount_nok or 0 for event in events)
                found.append((application.id, amount))
        return found

    def _jobs(self, asked: Asked, kind: str) -> Any:
        return sum(
            (
                record.number
                for record in self._here(self.jobs, asked)
                if record.kind == kind
                and record.state == "realised"
                and in_period(record.occurred_on, asked)
            ),
            Decimal(0),
        )

    def board(self, asked: Asked) -> dict[str, Any]:
        """Count the open cards by stage and the closed ones by status, as a day ended."""
        found = {"stages": dict.fromkeys(STAGES, 0), "parked": 0, "stopped": 0, "launched": 0}
        for idea in self._here(self.ideas, asked):
            stage = self._latest(self.stage_events, idea, asked)
            status = self._latest(self.status_events, idea, asked)
            if stage is None or status is None:
                continue
            if status.status == Status.OPEN:
                found["stages"][self.stages[stage.stage_id].key] += 1
            else:
                found[status.status.value] += 1
        return found

    def _latest(self, events: list[Any], idea: Any, asked: Asked) -> Any:
        mine = [
            event
            for event in events
            if event.idea_id == idea.id
            and stands(event, asked)
            and event.occurred_on <= asked.as_of
        ]
        return max(mine, key=lambda event: (event.occurred_on, event.nth), default=None)


def stands(row: Any, asked: Asked) -> bool:
    if asked.known_at is None:
        return row.voided_at is None
    was_voided = row.voided_at is not None and row.voided_at <= asked.known_at
    return row.recorded_at <= asked.known_at and not was_voided


def in_period(day: date, asked: Asked) -> bool:
    return asked.first <= day <= asked.last and day <= asked.as_of


def within(row: Any, asked: Asked) -> bool:
    return in_period(row.occurred_on, asked)
