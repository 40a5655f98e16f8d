"""How long one search over everything takes in a large installation, on each database.

Run as `python -m bench.finding [IDEAS]`: 100,000 ideas with texts, as many visits, 20,000
companies. What is measured is all that the page asks of the database, words made of the text
and ranking included. It fails where any search takes 100 ms or more, or asks more than one question
for each kind.
"""

import gc
import os
import random
import statistics
import sys
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bench.databases import KINDS, databases, environment, module
from bench.words import PLACES, PURPOSES, STEPS, THINGS, TRADES

MOST_MS = 100
ROUNDS = 5
ASKED = (
    "biokull", "bio", "b sagbruk", "varmegjenvinning fjell", "gjenvinning", "sag", "finnes ikke",
    "limtrebru til eksport", "idé 4711", "støperiene med energibruk", "glomma sagbruk 12", "må",
)  # fmt: skip


def seed(cards: int) -> None:
    """Fill an empty database, in bulk, and write its index."""
    from incubator.app import create_app  # noqa: PLC0415 - in a process of its own
    from incubator.cli import bring_up_to_date  # noqa: PLC0415
    from incubator.core.db import unit_of_work  # noqa: PLC0415
    from incubator.search import indexing  # noqa: PLC0415

    with create_app().app_context():
        bring_up_to_date()
        with unit_of_work() as session:
            _fill(session, cards)
            began = time.perf_counter()
            number = indexing.rebuild(session)
        print(f"{number} {time.perf_counter() - began:.0f}")


def _fill(session: Any, cards: int) -> None:
    from incubator.audit.models import Change  # noqa: PLC0415
    from incubator.companies.models import Company  # noqa: PLC0415
    from incubator.core.texts import company_key, fold, sort_key  # noqa: PLC0415
    from incubator.ideas.models import Idea, Stage, Status  # noqa: PLC0415
    from incubator.reference.models import Region  # noqa: PLC0415
    from incubator.visits.models import Visit, VisitKind  # noqa: PLC0415

    chance, at, day = random.Random(cards), datetime.now(UTC), date(2026, 1, 1)
    change = Change(verb="seeded", via="demo", recorded_at=at, subject_kind="idea")
    regions = [Region(name=f"Region {n}", name_key=f"region {n}", sort_key=str(n)) for n in "1234"]
    session.add_all([change, *regions])
    session.flush()
    made = {"change_id": change.id, "recorded_at": at}
    names = [f"{chance.choice(PLACES)} {chance.choice(TRADES)} {n} AS" for n in range(cards // 5)]
    companies = [
        {"id": n, "name": name, "match_key": company_key(name), "sort_key": sort_key(name), **made}
        for n, name in enumerate(names, start=1)
    ]
    session.execute(sa.insert(Company.__table__), [{**c, "version": 1} for c in companies])
    stages = list(session.scalars(sa.select(Stage.id)))
    ideas, visits = [], []
    for n in range(1, cards + 1):
        title = f"{chance.choice(THINGS).capitalize()} {chance.choice(PURPOSES)} {n}"
        text = " ".join(chance.choice(THINGS + PURPOSES + STEPS) for _ in range(12))
        place = {"region_id": regions[n % 4].id, "company_id": chance.randrange(1, len(names) + 1)}
        ideas.append(
            {
                "id": n, **place, "title": title, "title_key": fold(title),
                "search_key": fold(title), "problem": text, "registered_on": day,
                "stage_id": stages[n % len(stages)], "stage_on": day, "status": Status.OPEN,
                "status_on": day, "latest_on": day, "position": n, "is_shared": n % 10 == 0,
                "last_change_id": change.id, "version": 1, **made,
            }
        )  # fmt: skip
        visits.append(
            {
                "id": n, **place, "kind": VisitKind.VISIT, "about": text, "is_shared": n % 3 == 0,
                "occurred_on": day + timedelta(n % 300), **made,
            }
        )  # fmt: skip
    for table, rows in ((Idea, ideas), (Visit, visits)):
        for start in range(0, cards, 5000):
            session.execute(sa.insert(table.__table__), rows[start : start + 5000])


def measure() -> None:
    """Search as somebody who types, in one region and in all, and as a partner."""
    from dataclasses import replace  # noqa: PLC0415

    from incubator.accounts.models import Role  # noqa: PLC0415
    from incubator.accounts.permissions import PERMISSIONS  # noqa: PLC0415
    from incubator.app import create_app  # noqa: PLC0415
    from incubator.core.access import command_line  # noqa: PLC0415
    from incubator.core.db import db, reading  # noqa: PLC0415
    from incubator.search import queries  # noqa: PLC0415

    everything = command_line()
    readers = {
        "all regions": everything,
        "one region": replace(
            everything, permissions=PERMISSIONS[Role.DEVELOPER], region_ids=frozenset({1}), id=1
        ),
        "partner": replace(
            everything, permissions=PERMISSIONS[Role.PARTNER], region_ids=frozenset({1}), id=1
        ),
    }
    app = create_app()
    gc.collect()
    gc.freeze()  # as the server does: to look through all that is loaded takes 200 ms
    with app.app_context(), reading() as session:
        sent: list[str] = []
        sa.event.listen(db.reader, "before_cursor_execute", lambda *told: sent.append(str(told[2])))
        for label, reader in readers.items():
            for word in ASKED:
                queries.search(session, reader, word, 6)
            took: list[tuple[float, str]] = []
            most = 0
            for word in ASKED * ROUNDS:
                sent.clear()
                began = time.perf_counter()
                queries.search(session, reader, word, 6)
                took.append(((time.perf_counter() - began) * 1000, word))
                most = max(most, len([one for one in sent if "search_entries" in one]))
            times = [one for one, _ in took]
            late = statistics.quantiles(times, n=20)[18]
            print(
                f"{label}|{statistics.median(times):.1f}|{late:.1f}|{max(took)[0]:.1f}"
                f"|{max(took)[1]}|{most}"
            )


def main(cards: int) -> int:
    """Seed and measure each database; give the exit code."""
    is_well = True
    print(f"search over {cards:,} ideas, {cards:,} visits, {cards // 5:,} companies")
    with databases() as made:
        for kind in KINDS:
            instance = made.folder / f"{kind}-finding"
            instance.mkdir()
            env = environment(instance, made.empty(kind, "finding"))
            entries, seconds = module("bench.finding", "seed", str(cards), env=env).split()
            print(f"{kind}: {int(entries):,} entries indexed in {seconds} s")
            for line in module("bench.finding", "measure", env=env).splitlines():
                label, median, late, longest, word, most = line.split("|")
                is_well &= float(longest) < MOST_MS and int(most) <= 5
                print(
                    f"  {label:12} median {median:>6} ms  95 % {late:>6} ms"
                    f"  longest {longest:>6} ms ({word})  {most} statements"
                )
    return 0 if is_well else 1


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["seed", cards] if "DATABASE_URL" in os.environ:
            seed(int(cards))
        case ["measure"] if "DATABASE_URL" in os.environ:
            measure()
        case more:
            sys.exit(main(int(more[0]) if more else 100_000))
