"""Count every metric by hand: from rows as the database stores them, in plain Python.

Nothing here asks the program: no query, View, type or model of it. Whole tables are read, and what
`product.md` says of a metric is written out once more. Slow and simple on purpose.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

NORWAY = ZoneInfo("Europe/Oslo")
INDUSTRY = frozenset("ABCDEF")
Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A period, the day it is looked at from, what was known, and in which region (None: all)."""

    first: date
    last: date
    as_of: date
    known_at: datetime | None = None
    region: int | None = None

    def has(self, day: date) -> bool:
        return self.first <= day <= min(self.last, self.as_of)


def month_ends(today: date, months: int) -> list[date]:
    """List the last days of the months before the one that `today` lies in, the latest first."""
    found = []
    for _ in range(months):
        today = today.replace(day=1) - timedelta(days=1)
        found.append(today)
    return found


def midnight_after(day: date) -> datetime:
    """Give the instant at which a day is over in Norway."""
    return datetime.combine(day + timedelta(days=1), time(), NORWAY).astimezone(UTC)


def as_day(stored: Any) -> date | None:
    """Read a day: SQLite keeps it as text."""
    return date.fromisoformat(stored) if isinstance(stored, str) else stored


def as_instant(stored: Any) -> datetime | None:
    """Read an instant: SQLite keeps it as text, in UTC."""
    if isinstance(stored, str):
        stored = datetime.fromisoformat(stored)
    if stored is not None and stored.tzinfo is None:
        return stored.replace(tzinfo=UTC)
    return stored


def read(connection: sa.Connection, table: str) -> list[Row]:
    """Read a whole table; its days and instants are told by the names of its columns."""
    found = []
    for stored in connection.execute(sa.text(f"SELECT * FROM {table}")).mappings():
        row = dict(stored)
        for name in row:
            if name.endswith("_on"):
                row[name] = as_day(row[name])
            elif name.endswith("_at"):
                row[name] = as_instant(row[name])
        found.append(row)
    return found


def by(rows: Iterable[Row], column: str) -> dict[Any, list[Row]]:
    """Group rows by what stands in a column."""
    found = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found


def stands(row: Row, asked: Asked) -> bool:
    """Say whether a row counts: not voided, or not yet as far as was known at the instant."""
    if asked.known_at is None:
        return row["voided_at"] is None
    if row["recorded_at"] > asked.known_at:
        return False
    return row["voided_at"] is None or row["voided_at"] > asked.known_at


class Count:
    """The tables of a database, read once, and every metric counted from them."""

    def __init__(self, connection: sa.Connection) -> None:
        self.ideas = read(connection, "ideas")
        self.companies = {row["id"]: row for row in read(connection, "companies")}
        self.entries = by(read(connection, "stage_events"), "idea_id")
        self.kinds = {row["id"]: row["kind"] for row in read(connection, "stages")}
        self.incubations = read(connection, "incubations")
        self.ends = by(read(connection, "incubation_ends"), "incubation_id")
        self.applications = read(connection, "applications")
        self.decisions = by(read(connection, "application_events"), "application_id")
        self.jobs = read(connection, "job_records")
        self.visits = read(connection, "visits")

    def figures(self, asked: Asked) -> dict[str, int | float]:
        """Count every metric; give the numbers by key."""
        registered = self._registered(asked)
        granted = self._first_decisions(asked, "granted")
        visits = [row for row in self._here(self.visits, asked) if asked.has(row["occurred_on"])]
        admitted = self._here(self.incubations, asked)
        return {
            "ideas_registered": len(registered),
            "ideas_from_industry": sum(self._of_industry(idea) is True for idea in registered),
            "cases_opened": self._entered(asked, "case"),
            "incubator_admissions": sum(asked.has(row["occurred_on"]) for row in admitted),
            "incubator_active": sum(self._runs(row, asked) for row in admitted),
            "applications_sent": len(self._first_decisions(asked, "sent")),
            "applications_granted": len(granted),
            "amount_granted": sum(granted),
            "rd_projects_completed": len(self._first_decisions(asked, "reported")),
            "ideas_commercialised": self._entered(asked, "commercialisation"),
            "jobs_created": self._work_places(asked, "new"),
            "jobs_secured": self._work_places(asked, "secured"),
            "company_visits": len(visits),
            "companies_visited": len({row["company_id"] for row in visits}),
        }

    def unknown(self, asked: Asked) -> int:
        """Count the ideas of which nobody can say whether they came from industry."""
        return sum(self._of_industry(idea) is None for idea in self._registered(asked))

    def voided(self) -> int:
        """Say how many rows are voided: without any, nothing is proved about them."""
        tables = (self.ideas, self.incubations, self.applications, self.jobs, self.visits)
        facts = (*self.entries.values(), *self.ends.values(), *self.decisions.values())
        return sum(row["voided_at"] is not None for rows in (*tables, *facts) for row in rows)

    def _here(self, rows: Iterable[Row], asked: Asked) -> list[Row]:
        return [
            row
            for row in rows
            if stands(row, asked) and asked.region in (None, row["region_id"])
        ]  # fmt: skip

    def _registered(self, asked: Asked) -> list[Row]:
        return [row for row in self._here(self.ideas, asked) if asked.has(row["registered_on"])]

    def _of_industry(self, idea: Row) -> bool | None:
        """Say whether an idea came from an industry firm older than itself; None: not known."""
        if idea["company_id"] is None:
            return False
        company = self.companies[idea["company_id"]]
        section, founded = company["industry_section"], company["founded_on"]
        if section is not None and section not in INDUSTRY:
            return False
        if founded is not None and founded >= idea["registered_on"]:
            return False
        return None if section is None or founded is None else True

    def _entered(self, asked: Asked, kind: str) -> int:
        return sum(self._first_entry(row, asked, kind) for row in self._here(self.ideas, asked))

    def _first_entry(self, idea: Row, asked: Asked, kind: str) -> bool:
        days = [
            entry["occurred_on"]
            for entry in self.entries.get(idea["id"], ())
            if self.kinds[entry["stage_id"]] == kind
            and entry["occurred_on"] <= asked.as_of
            and stands(entry, asked)
        ]
        return bool(days) and asked.has(min(days))

    def _runs(self, incubation: Row, asked: Asked) -> bool:
        if incubation["occurred_on"] > asked.as_of:
            return False
        return not any(
            end["occurred_on"] <= asked.as_of and stands(end, asked)
            for end in self.ends.get(incubation["id"], ())
        )

    def _first_decisions(self, asked: Asked, status: str) -> list[int]:
        """Give the kroner of each application whose first event of a status is in the period."""
        found = []
        for application in self._here(self.applications, asked):
            events = [
                event
                for event in self.decisions.get(application["id"], ())
                if event["status"] == status
                and event["occurred_on"] <= asked.as_of
                and stands(event, asked)
            ]
            if events and asked.has(min(event["occurred_on"] for event in events)):
                found.append(sum(event["amount_nok"] or 0 for event in events))
        return found

    def _work_places(self, asked: Asked, kind: str) -> int | float:
        """Add the realised ones up; the database keeps hundredths."""
        hundredths = sum(
            row["number"]
            for row in self._here(self.jobs, asked)
            if (row["kind"], row["state"]) == (kind, "realised") and asked.has(row["occurred_on"])
        )
        return hundredths // 100 if hundredths % 100 == 0 else hundredths / 100
