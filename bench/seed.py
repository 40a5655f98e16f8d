"""Fill an empty database with a board of a size that is asked for, as years of work would.

Written in bulk, since ten thousand cards through the operations take minutes; what comes out
is what the operations would have left: changes, facts, positions, keys (`flask check` agrees).
Run as `python -m bench.seed CARDS` with DATABASE_URL and INSTANCE set.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from bench.visits import FOR_A_CARD, write_visits
from bench.words import PEOPLE, PLACES, PURPOSES, STEPS, THINGS, TRADES
from incubator.accounts.models import Role, User
from incubator.accounts.operations import create_user
from incubator.app import create_app
from incubator.audit.models import Change, ChangeValue
from incubator.cli import bring_up_to_date
from incubator.companies.models import Company
from incubator.companies.rules import valid_orgnr
from incubator.core import clock
from incubator.core.access import Via, command_line
from incubator.core.db import Base, Session, db, unit_of_work
from incubator.core.texts import company_key, fold, sort_key
from incubator.followups.models import FollowUp
from incubator.funding.models import (
    Application,
    ApplicationEvent,
    ApplicationStatus,
    Instrument,
)  # fmt: skip
from incubator.goals.operations import create_programme, set_goal
from incubator.ideas.models import Idea, Stage, StageEvent, StageKind, Status, StatusEvent
from incubator.ideas.order import STRIDE
from incubator.incubation.models import Incubation, IncubationIdea
from incubator.reference.models import OrganisationKind
from incubator.reference.operations import create_organisation, create_region
from incubator.reference.queries import municipalities_of
from incubator.search import indexing

PASSWORD = "maalestokk-og-vater"
REGION = "Elverumregionen"
MUNICIPALITIES = ("3420", "3419", "3422", "3421", "3418")
DAYS = 1000
# How many of a hundred cards stand in each stage: most ideas are young.
SHARES = {
    StageKind.IDEA: 52, StageKind.CASE: 20, StageKind.INCUBATOR: 12,
    StageKind.APPLICATION: 8, StageKind.MARKET: 8,
}  # fmt: skip
CLOSED_SHARE = 0.12  # on top of the open cards: parked, stopped, launched
PROMISED_SHARE = 0.4
GOALS = {"ideas_registered": 400, "cases_opened": 60, "incubator_admissions": 20,
         "applications_sent": 15}  # fmt: skip
ROLES = (
    Role.ADMIN, Role.MANAGER, *[Role.DEVELOPER] * 5, *[Role.ADVISOR] * 2, Role.PARTNER,
)  # fmt: skip


@dataclass
class Deed:
    """Something that somebody did with one card at one instant; it becomes a change."""

    at: datetime
    idea: int
    verb: str
    stage: Stage | None = None
    status: Status | None = None
    step: str | None = None
    due_on: date | None = None


@dataclass
class Plan:
    """A card before it is written."""

    number: int
    stage: Stage
    status: Status
    owner_id: int
    company: dict[str, Any]
    title: str
    deeds: list[Deed] = field(default_factory=list)
    change_ids: list[int] = field(default_factory=list)


class Rows:
    """The rows to be written, by table, each with its id."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._of: dict[type[Base], list[dict[str, Any]]] = {}
        self._last: Counter[type[Base]] = Counter()

    def next_id(self, table: Any) -> int:
        if table not in self._last:
            self._last[table] = self._session.scalar(sa.select(sa.func.max(table.id))) or 0
        self._last[table] += 1
        return self._last[table]

    def add(self, table: Any, **values: Any) -> int:
        row = {"id": self.next_id(table), **values}
        self._of.setdefault(table, []).append(row)
        return int(row["id"])

    def write(self, *tables: type[Base]) -> None:
        """Insert table by table, and let PostgreSQL count on from there."""
        for table in tables:
            columns = sa.inspect(table).columns
            rows = self._of.pop(table, [])
            named = {name for row in rows for name in row}
            blank = {c.key: None for c in columns if c.key in named}
            if rows:
                self._session.execute(sa.insert(table), [{**blank, **row} for row in rows])
            if self._session.get_bind().dialect.name == "postgresql":
                name = table.__tablename__
                self._session.execute(
                    sa.text(
                        f"SELECT setval(pg_get_serial_sequence('{name}', 'id'),"
                        f" greatest(1, (SELECT max(id) FROM {name})))"
                    )
                )


class Seeder:
    """Writes one board."""

    def __init__(self, session: Session, cards: int) -> None:
        self.session = session
        self.cards = cards
        self.rows = Rows(session)
        self.random = random.Random(cards)
        self.today = clock.today()
        self.stages = list(session.scalars(sa.select(Stage).order_by(Stage.nth)))

    def run(self) -> dict[str, Any]:
        """Write everything; give what the measurements need to know of it."""
        actor = command_line(Via.DEMO)
        operator = create_organisation(
            self.session, actor, name="Målebruket", kind=OrganisationKind.OPERATOR
        )
        region = create_region(
            self.session, actor, name=REGION, municipality_numbers=MUNICIPALITIES,
            operator_id=operator.id,
        )  # fmt: skip
        self.region_id = region.id
        self.places = [number for number, *_ in municipalities_of(self.session, region.id)]
        self.owners = [user for user in self._people(operator.id) if user.role in (Role.DEVELOPER,)]
        self._goals(operator.id)
        plans = self._plans()
        self._write(plans)
        people = [(user.id, operator.id) for user in self.owners]
        write_visits(self.session, region.id, people, self.cards * FOR_A_CARD)
        indexing.rebuild(self.session)
        return {"region": region.id, "password": PASSWORD, "emails": [u.email for u in self.owners]}

    def _people(self, organisation_id: int) -> list[User]:
        return [
            create_user(
                self.session, command_line(Via.DEMO),
                email=f"{name.split()[0].lower()}@example.org", name=name, role=role,
                password=PASSWORD, region_ids=[self.region_id], organisation_id=organisation_id,
            )
            for name, role in zip(PEOPLE, ROLES, strict=True)
        ]  # fmt: skip

    def _goals(self, owner_id: int) -> None:
        actor = command_line(Via.DEMO)
        first, last = date(self.today.year, 1, 1), date(self.today.year, 12, 31)
        programme = create_programme(
            self.session, actor, name="Måleprogrammet", owner_id=owner_id, starts_on=first,
            ends_on=last, amount_nok=3_000_000, region_ids=[self.region_id],
        )  # fmt: skip
        for metric, target in GOALS.items():
            set_goal(
                self.session, actor, programme, metric=metric, from_on=first, to_on=last,
                target=target, region_id=self.region_id, is_invented=True,
            )  # fmt: skip

    def _companies(self, number: int) -> list[dict[str, Any]]:
        rows = self.rows
        change_id = rows.next_id(Change)
        at = self._instant(self.today - timedelta(DAYS + 30))
        self._change(change_id, at, "company.added", "company", None)
        numbers = organisation_numbers()
        companies = []
        for nth in range(number):
            name = f"{self._one(PLACES)} {self._one(TRADES)} {nth + 1} AS"
            row = {
                "name": name, "match_key": company_key(name), "sort_key": sort_key(name),
                "orgnr": next(numbers), "municipality_id": self._one(self.places),
                "industry_section": self._one("AACCCFGM"), "founded_on": date(2005, 5, 17),
                "change_id": change_id, "recorded_at": at,
            }  # fmt: skip
            companies.append({**row, "id": rows.add(Company, **row)})
        return companies

    def _plans(self) -> list[Plan]:
        companies = self._companies(max(20, self.cards * 6 // 10))
        wanted = [
            (stage, Status.OPEN) for stage in self.stages
            for _ in range(self.cards * SHARES[stage.kind] // 100)
        ]  # fmt: skip
        closed = (Status.PARKED, Status.STOPPED, Status.STOPPED)
        wanted += [
            (self._one(self.stages[:3]), self._one(closed))
            for _ in range(int(self.cards * CLOSED_SHARE))
        ]
        self.random.shuffle(wanted)
        return [self._plan(nth, *place, companies) for nth, place in enumerate(wanted, start=1)]

    def _plan(
        self, number: int, stage: Stage, status: Status, companies: list[dict[str, Any]]
    ) -> Plan:
        title = f"{self._one(THINGS).capitalize()} {self._one(PURPOSES)} {number}"
        plan = Plan(number, stage, status, self._one(self.owners).id, self._one(companies), title)
        passed = [s for s in self.stages if s.nth <= stage.nth]
        needed = len(passed) + 2
        days = sorted(self.random.sample(range(1, DAYS), needed))
        instants = [self._instant(self.today - timedelta(day)) for day in reversed(days)]
        plan.deeds.append(Deed(instants[0], number, "idea.added", passed[0], Status.OPEN))
        for entered, at in zip(passed[1:], instants[1:], strict=False):
            plan.deeds.append(Deed(at, number, "idea.moved", entered))
        if status != Status.OPEN:
            plan.deeds.append(Deed(instants[-2], number, f"idea.{status}", None, status))
        elif self.random.random() < PROMISED_SHARE:
            due = self.today + timedelta(self.random.randrange(-20, 60))
            plan.deeds.append(
                Deed(instants[-1], number, "followup.promised", step=self._one(STEPS), due_on=due)
            )
        return plan

    def _write(self, plans: list[Plan]) -> None:
        deeds = sorted((deed for plan in plans for deed in plan.deeds), key=lambda d: d.at)
        of = {plan.number: plan for plan in plans}
        first_id = self.session.scalar(sa.select(sa.func.max(Idea.id))) or 0
        ids = {plan.number: first_id + plan.number for plan in plans}
        positions: Counter[int] = Counter()
        order = self.random.sample(plans, len(plans))
        place = {}
        for plan in order:
            positions[plan.stage.id] += 1
            place[plan.number] = positions[plan.stage.id] * STRIDE
        running: dict[int, int] = {}
        scheme = self.session.scalar(sa.select(Instrument.id).order_by(Instrument.id).limit(1))
        for deed in deeds:
            plan = of[deed.idea]
            change_id = self.rows.next_id(Change)
            plan.change_ids.append(change_id)
            self._change(change_id, deed.at, deed.verb, "idea", ids[deed.idea], plan.owner_id)
            self._facts(deed, plan, change_id, ids[deed.idea])
            if deed.stage and deed.stage.kind == StageKind.INCUBATOR:
                self._admit(deed, plan, change_id, ids[deed.idea], running)
            if deed.stage and deed.stage.kind == StageKind.APPLICATION:
                self._apply(deed, plan, change_id, ids[deed.idea], scheme)
        for plan in plans:
            self._idea(plan, ids[plan.number], place[plan.number])
        self.rows.write(
            Change, ChangeValue, Company, Idea, StageEvent, StatusEvent, FollowUp, Incubation,
            IncubationIdea, Application, ApplicationEvent,
        )  # fmt: skip

    def _change(
        self, change_id: int, at: datetime, verb: str, kind: str, subject_id: int | None,
        actor_id: int | None = None,
    ) -> None:  # fmt: skip
        self.rows._of.setdefault(Change, []).append(
            {
                "id": change_id, "verb": verb, "via": Via.DEMO, "recorded_at": at,
                "actor_id": actor_id, "region_id": self.region_id, "subject_kind": kind,
                "subject_id": subject_id,
            }
        )  # fmt: skip

    def _facts(self, deed: Deed, plan: Plan, change_id: int, idea_id: int) -> None:
        stamp = {
            "change_id": change_id, "recorded_at": deed.at, "recorded_by_id": plan.owner_id,
        }  # fmt: skip
        on = deed.at.date()
        fact = {
            **stamp, "idea_id": idea_id, "region_id": self.region_id, "occurred_on": on, "nth": 1,
        }  # fmt: skip
        note = {"change_id": change_id, "subject_kind": "idea", "subject_id": idea_id}
        if deed.stage:
            self.rows.add(StageEvent, stage_id=deed.stage.id, is_estimated=False, **fact)
            if deed.verb == "idea.moved":
                source = self.stages[deed.stage.nth - 2].key
                self.rows.add(ChangeValue, field="stage", old=source, new=deed.stage.key, **note)
            else:
                self.rows.add(ChangeValue, field="title", new=plan.title, **note)
        if deed.status:
            reason = "Markedet er for lite" if deed.status == Status.STOPPED else None
            self.rows.add(StatusEvent, status=deed.status, reason=reason, **fact)
        if deed.step:
            self.rows.add(
                FollowUp, region_id=self.region_id, idea_id=idea_id, what=deed.step,
                company_id=plan.company["id"], responsible_id=plan.owner_id, due_on=deed.due_on,
                **stamp,
            )  # fmt: skip

    def _idea(self, plan: Plan, idea_id: int, position: int) -> None:
        added, latest = plan.deeds[0], plan.deeds[-1]
        stage_on = [deed.at.date() for deed in plan.deeds if deed.stage][-1]
        status_on = [deed.at.date() for deed in plan.deeds if deed.status][-1]
        owner = next(user for user in self.owners if user.id == plan.owner_id)
        is_market = plan.stage.kind == StageKind.MARKET
        row = {
            "id": idea_id, "region_id": self.region_id,
            "municipality_id": plan.company["municipality_id"], "company_id": plan.company["id"],
            "owner_id": owner.id, "title": plan.title, "title_key": fold(plan.title),
            "search_key": fold(f"{plan.title} {plan.company['name']} {owner.name}"),
            "problem": "Kundene kaster det som kunne vært brukt, og betaler for det to ganger.",
            "registered_on": added.at.date(), "stage_id": plan.stage.id, "stage_on": stage_on,
            "status": plan.status, "status_on": status_on, "latest_on": max(stage_on, status_on),
            "position": position, "is_shared": False, "next_step": latest.step,
            "next_step_on": latest.due_on,
            "launched_what": "Første serie" if is_market else None,
            "first_sale_planned_on": self.today + timedelta(90) if is_market else None,
            "change_id": plan.change_ids[0], "last_change_id": plan.change_ids[-1],
            "recorded_at": added.at, "recorded_by_id": owner.id, "version": 1,
        }  # fmt: skip
        self.rows._of.setdefault(Idea, []).append(row)

    def _admit(
        self, deed: Deed, plan: Plan, change_id: int, idea_id: int, running: dict[int, int]
    ) -> None:
        stamp = {
            "change_id": change_id, "recorded_at": deed.at, "recorded_by_id": plan.owner_id,
        }  # fmt: skip
        company = plan.company
        if company["id"] not in running:
            running[company["id"]] = self.rows.add(
                Incubation, company_id=company["id"], region_id=self.region_id,
                municipality_id=company["municipality_id"], occurred_on=deed.at.date(), **stamp,
            )  # fmt: skip
        self.rows.add(
            IncubationIdea, incubation_id=running[company["id"]], idea_id=idea_id, **stamp
        )

    def _apply(
        self, deed: Deed, plan: Plan, change_id: int, idea_id: int, scheme: int | None
    ) -> None:
        stamp = {
            "change_id": change_id, "recorded_at": deed.at, "recorded_by_id": plan.owner_id,
        }  # fmt: skip
        on = deed.at.date()
        application_id = self.rows.add(
            Application, idea_id=idea_id, company_id=plan.company["id"], region_id=self.region_id,
            municipality_id=plan.company["municipality_id"], instrument_id=scheme,
            planned_on=on + timedelta(30), sought_nok=500_000, status=ApplicationStatus.SENT,
            **stamp,
        )  # fmt: skip
        for nth, status in enumerate((ApplicationStatus.DRAFT, ApplicationStatus.SENT), start=1):
            self.rows.add(
                ApplicationEvent, application_id=application_id, region_id=self.region_id,
                status=status, nth=nth,
                occurred_on=on, is_estimated=False, **stamp,
            )  # fmt: skip

    def _one(self, choices: Sequence[Any]) -> Any:
        return self.random.choice(choices)

    def _instant(self, day: date) -> datetime:
        at = time(self.random.randrange(8, 16), self.random.randrange(60))
        return datetime.combine(day, at, UTC) + timedelta(seconds=self.random.random() * 59)


def organisation_numbers() -> Iterator[str]:
    """Give synthetic organisation numbers with a valid check digit."""
    for eight in range(20_000_000, 40_000_000, 7):
        for check in range(10):
            if number := valid_orgnr(f"{eight}{check}"):
                yield number


def main() -> None:
    """Seed, and print what the measurements need to know."""
    app = create_app()
    with app.app_context():
        bring_up_to_date()
        with unit_of_work() as session:
            told = Seeder(session, int(sys.argv[1])).run()
        if db.writer.dialect.name == "postgresql":
            # What autovacuum would do within a minute.
            with db.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
    print(json.dumps(told))


if __name__ == "__main__":
    main()
