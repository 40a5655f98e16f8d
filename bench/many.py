"""A region with a long history, alone or among hundreds of others in one database.

The region is seeded as `bench.seed` does, and given more moves. The others are made of it in
bulk by the database itself, each of its first ideas, and all facts are written anew in the order
of their days, so that those of one region lie scattered among all, as they would in use.
Run as `python -m bench.many IDEAS EVENTS REGIONS ALL_IDEAS` with DATABASE_URL and INSTANCE set.
"""

import json
import random
import sys
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bench.seed import CLOSED_SHARE, Seeder
from incubator.app import create_app
from incubator.cli import bring_up_to_date
from incubator.core.db import db, unit_of_work
from incubator.ideas.models import Idea, Stage, StageEvent, StatusEvent
from incubator.reference.models import Region

COMPANIES = 1500  # of each further region
VISITS = 2500


def add_moves(session: sa.orm.Session, wanted: int) -> None:
    """Let ideas have begun earlier and gone to and fro, until there are as many facts."""
    chance = random.Random(wanted)
    stages = list(session.scalars(sa.select(Stage.id).order_by(Stage.nth)))
    events = session.scalar(sa.select(sa.func.count()).select_from(StageEvent)) or 0
    events += session.scalar(sa.select(sa.func.count()).select_from(StatusEvent)) or 0
    ideas = session.execute(
        sa.select(Idea.id, Idea.region_id, Idea.registered_on, Idea.change_id, Idea.recorded_at)
        .order_by(Idea.id)
    ).all()  # fmt: skip
    rows, moved = [], []
    for nth in range(max(0, wanted - events)):
        idea = ideas[nth % len(ideas)]
        if nth < len(ideas):
            moved.append({"number": idea.id, "day": idea.registered_on - timedelta(days=400)})
        earlier = 400 - 60 * (nth // len(ideas)) - chance.randrange(50)
        day = moved[nth % len(ideas)]["day"] if nth < len(ideas) else None
        rows.append(
            {
                "idea_id": idea.id, "region_id": idea.region_id,
                "occurred_on": day or idea.registered_on - timedelta(earlier),
                "stage_id": stages[nth // len(ideas) % 3], "nth": 1, "is_estimated": False,
                "change_id": idea.change_id, "recorded_at": idea.recorded_at,
            }
        )  # fmt: skip
    session.execute(sa.insert(StageEvent), rows)
    was = sa.bindparam("number")
    session.connection().execute(
        sa.update(Idea.__table__).where(Idea.id == was).values(registered_on=sa.bindparam("day")),
        moved,
    )
    opened = sa.select(sa.func.min(StatusEvent.id)).where(StatusEvent.idea_id == was)
    session.connection().execute(
        sa.update(StatusEvent.__table__)
        .where(StatusEvent.__table__.c.id == opened.scalar_subquery())
        .values(occurred_on=sa.bindparam("day")),
        moved,
    )


class Multiplied:
    """Makes hundreds of regions of one, on PostgreSQL."""

    def __init__(self, connection: sa.Connection, regions: int, ideas: int) -> None:
        self._connection = connection
        self._regions = regions
        self._ideas = ideas

    def run(self, first: int) -> None:
        """Write the tables anew; the further regions are numbered from `first` on."""
        each = self._ideas // self._regions
        of_idea = f"idea_id IN (SELECT id FROM s_ideas ORDER BY id LIMIT {each})"
        firm = f"mod(company_id, {COMPANIES}) + 1"
        self._say("SET session_replication_role = replica")  # no look at foreign keys
        self._say("SET synchronous_commit = off")
        self._say("SET maintenance_work_mem = '512MB'")
        self._say("SET work_mem = '256MB'")
        indexes = self._drop_indexes(TABLES)
        for table in TABLES:
            self._say(f"CREATE TEMP TABLE s_{table} AS TABLE {table}")
            self._say(f"DELETE FROM {table}")
        numbers = {"region_id": f"CASE k WHEN 0 THEN region_id ELSE {first - 1} + k END"}
        self._write("companies", "id", {"orgnr": "CASE k WHEN 0 THEN orgnr END"},
                    f"id <= {COMPANIES}")  # fmt: skip
        self._write("ideas", "registered_on", {
            **numbers, "company_id": self._key(f"CASE k WHEN 0 THEN company_id ELSE {firm} END"),
        }, f"id IN (SELECT id FROM s_ideas ORDER BY id LIMIT {each})")  # fmt: skip
        for table in ("stage_events", "status_events"):
            keys = {"idea_id": self._key("idea_id"), "id": ORDER, **numbers}
            self._write(table, "occurred_on", keys, of_idea)
        self._write("visits", "occurred_on", {
            **numbers, "id": ORDER,
            "company_id": self._key(f"CASE k WHEN 0 THEN company_id ELSE {firm} END"),
        }, f"id <= {VISITS}")  # fmt: skip
        self._write("applications", "id", {
            **numbers, "idea_id": self._key("idea_id"), "company_id": self._key("company_id"),
        }, of_idea)  # fmt: skip
        self._write("application_events", "occurred_on", {
            **numbers, "id": ORDER, "application_id": self._key("application_id"),
        }, f"application_id IN (SELECT id FROM s_applications WHERE {of_idea})")  # fmt: skip
        self._write("incubations", "id", {**numbers, "company_id": self._key("company_id")},
                    f"company_id <= {COMPANIES // 5}")  # fmt: skip
        for statement in indexes:
            self._say(statement)
        self._say("SET session_replication_role = origin")

    def _say(self, statement: str) -> None:
        self._connection.exec_driver_sql(statement)

    def _key(self, value: str) -> str:
        """Number what several regions have: no two of them the same."""
        return f"({value}) * {self._regions} + k"

    def _drop_indexes(self, tables: Iterable[str]) -> list[str]:
        found = self._connection.execute(
            sa.text(
                "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(:tables)"
                " AND schemaname = 'public'"
                " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
            ),
            {"tables": list(tables)},
        ).all()
        for name, _statement in found:
            self._say(f'DROP INDEX "{name}"')
        return [statement for _name, statement in found]

    def _write(self, table: str, order: str, values: dict[str, str], others: str) -> None:
        columns = [one["name"] for one in sa.inspect(self._connection).get_columns(table)]
        given: dict[str, Any] = {"id": self._key("id"), **values}
        order += f", md5(k::text || s_{table}.id::text)"
        chosen = ", ".join(given.get(name, name).replace("$order", order) for name in columns)
        self._say(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM s_{table},"
            f" generate_series(0, {self._regions - 1}) AS k WHERE k = 0 OR ({others})"
            f" ORDER BY {order}"
        )


ORDER = "row_number() OVER (ORDER BY $order)"
TABLES = (
    "companies", "ideas", "stage_events", "status_events", "visits", "applications",
    "application_events", "incubations",
)  # fmt: skip


def main() -> None:
    """Seed, and print what the measurements need to know."""
    ideas, events, regions, everything = map(int, sys.argv[1:5])
    app = create_app()
    with app.app_context():
        bring_up_to_date()
        with unit_of_work() as session:
            told = Seeder(session, round(ideas / (1 + CLOSED_SHARE))).run()
            add_moves(session, events)
        if regions > 1:
            _multiply(regions, everything - ideas)
        if db.writer.dialect.name == "postgresql":
            # What autovacuum would do within some minutes.
            with db.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
    print(json.dumps(told))


def _multiply(regions: int, ideas: int) -> None:
    with unit_of_work() as session:
        first = (session.scalar(sa.select(sa.func.max(Region.id))) or 0) + 1
        numbers = range(first, first + regions - 1)
        session.execute(
            sa.insert(Region),
            [
                {"id": n, "name": f"Region {n}", "name_key": f"region {n}", "sort_key": f"{n:06}"}
                for n in numbers
            ],
        )
        each = ideas // (regions - 1)
        Multiplied(session.connection(), regions, each * regions).run(first)


if __name__ == "__main__":
    main()
