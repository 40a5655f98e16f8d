"""Build and queue the reports of a month for the whole national structure, on PostgreSQL.

75 operators with a region each, 400 agreements on municipalities, five recipients each; for each
four ideas a company with three visits, and so on. The month before was told, so that what was
corrected since is looked for. Run as
`python -m bench.reports [REGIONS AGREEMENTS RECIPIENTS IDEAS]`; prints what it cost.
"""

import gc
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.databases import Databases, environment, module
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.core import clock
from incubator.core.access import Via, command_line
from incubator.core.db import Base, db, unit_of_work
from incubator.core.links import Place
from incubator.funding.models import Application, ApplicationEvent, ApplicationStatus
from incubator.ideas.models import Idea, StageEvent, StatusEvent
from incubator.incubation.models import Incubation
from incubator.jobs.models import Evidence, JobKind, JobRecord, JobState, JobUnit
from incubator.mail.models import Message
from incubator.reference.models import (
    Municipality,
    Organisation,
    OrganisationKind,
    Region,
    RegionMunicipality,
)
from incubator.summaries import files, operations, queries, tasks
from incubator.summaries.drawing import Drawn
from incubator.summaries.models import (
    Partner,
    PartnerMunicipality,
    Recipient,
    SummaryStatus,
)  # fmt: skip
from incubator.summaries.rules import month_before
from incubator.visits.models import Visit, VisitKind
from incubator.worker import DRAWN_TOGETHER

REGIONS, AGREEMENTS, RECIPIENTS, IDEAS = 75, 400, 2000, 100_000
PLACE = Place("https://loypa.example.no", "measured")


def seed(session: Session, regions: int, agreements: int, recipients: int, ideas: int) -> None:
    """Make the regions with their municipalities and ideas, the agreements and recipients."""
    change = Change(verb="seeded", via=Via.DEMO, recorded_at=clock.now(), subject_kind="bench")
    session.add(change)
    session.flush()
    known = {"change_id": change.id, "recorded_at": change.recorded_at}
    places = list(
        session.scalars(sa.select(Municipality.id).where(Municipality.valid_to.is_(None)))
    )
    number = range(1, regions + 1)
    _insert(session, Region, ({"id": n, "name": f"Region {n}", "name_key": f"region{n}",
                               "sort_key": f"{n:04}"} for n in number))  # fmt: skip
    of_region = {n: places[(n - 1) * len(places) // regions : n * len(places) // regions]
                 for n in number}  # fmt: skip
    _insert(session, RegionMunicipality, (
        {"municipality_id": place, "region_id": n} for n, there in of_region.items()
        for place in there))  # fmt: skip

    def place_in(region: int, nth: int) -> int:
        there = of_region[region]
        return there[nth % len(there)]

    today, month = clock.today(), timedelta(days=30)
    day = [today - month * (n % 18) - timedelta(days=n % 28) for n in range(ideas)]
    _insert(session, Idea, (
        {"id": n + 1, "region_id": 1 + n % regions, "title": f"Idé {n}", "title_key": f"idé {n}",
         "municipality_id": place_in(1 + n % regions, n // regions),
         "search_key": f"idé {n}", "registered_on": day[n], "stage_id": 1 + n % 5,
         "stage_on": day[n], "status": "open", "status_on": day[n], "latest_on": day[n],
         "position": n << 20, "is_shared": n % 10 == 0, "last_change_id": change.id, "version": 1,
         **known} for n in range(ideas)))  # fmt: skip
    fact = [
        {"idea_id": n + 1, "region_id": 1 + n % regions, "occurred_on": day[n], "nth": 1, **known}
        for n in range(ideas)
    ]  # fmt: skip
    _insert(session, StageEvent, ({**one, "stage_id": 1} for one in fact))
    _insert(session, StatusEvent, ({**one, "status": "open"} for one in fact))
    _seed_companies(session, ideas, regions, place_in, day, known)
    organisation = Organisation(name="Kommunen", name_key="kommunen", sort_key="k",
                                kind=OrganisationKind.MUNICIPALITY)  # fmt: skip
    session.add(organisation)
    session.flush()
    _insert(session, Partner, (
        {"id": n, "organisation_id": organisation.id, "region_id": 1 + n % regions,
         "cadence": "monthly", "hides_small": n % 4 == 0, **known}
        for n in range(1, agreements + 1)))  # fmt: skip
    _insert(session, PartnerMunicipality, (
        {"partner_id": n, "municipality_id": place_in(1 + n % regions, n // regions), **known}
        for n in range(1, agreements + 1)))  # fmt: skip
    _insert(session, Recipient, (
        {"partner_id": 1 + n % agreements, "name": f"Person {n}", "email": f"p{n}@example.no",
         "locale": "nb", **known} for n in range(recipients)))  # fmt: skip


def _seed_companies(
    session: Session,
    ideas: int,
    regions: int,
    place_in: Any,
    day: list[date],
    known: dict[str, Any],
) -> None:
    """Make companies with visits, some in the incubator, with applications and jobs."""

    def there(n: int) -> dict[str, Any]:
        region = 1 + n % regions
        return {"region_id": region, "municipality_id": place_in(region, n // regions), **known}

    companies = range(1, ideas // 4 + 1)
    _insert(session, Company, (
        {"id": n, "name": f"Bedrift {n}", "match_key": f"bedrift{n}", "sort_key": f"bedrift{n}",
         "municipality_id": there(n)["municipality_id"], "version": 1, **known}
        for n in companies))  # fmt: skip
    _insert(session, Visit, (
        {"company_id": 1 + n % len(companies), "kind": VisitKind.VISIT, "is_shared": False,
         "occurred_on": day[n], **there(1 + n % len(companies))}
        for n in range(3 * len(companies))))  # fmt: skip
    _insert(
        session,
        Incubation,
        ({"company_id": n, "occurred_on": day[n], **there(n)} for n in companies if n % 20 == 0),
    )
    applied = [n for n in range(ideas) if n % 10 == 0]
    _insert(session, Application, (
        {"id": n + 1, "idea_id": n + 1, "status": ApplicationStatus.GRANTED, **there(n)}
        for n in applied))  # fmt: skip
    for nth, (status, amount) in enumerate(
        ((ApplicationStatus.SENT, None), (ApplicationStatus.GRANTED, 400_000)), start=1
    ):
        _insert(session, ApplicationEvent, (
            {"application_id": n + 1, "status": status, "nth": nth, "amount_nok": amount,
             "occurred_on": day[n], "region_id": there(n)["region_id"], **known}
            for n in applied))  # fmt: skip
    _insert(session, JobRecord, (
        {"idea_id": n + 1, "kind": JobKind.NEW, "state": JobState.REALISED, "unit": JobUnit.HEADS,
         "number": 2, "evidence": Evidence.TOLD, "occurred_on": day[n], **there(n)}
        for n in applied[::2]))  # fmt: skip


def _insert(session: Session, table: type[Base], rows: Any) -> None:
    session.execute(sa.insert(table), list(rows))


def main() -> None:
    """Seed, build, approve; say how long, how many statements, how much memory."""
    given = [int(word) for word in sys.argv[1:]]
    sizes = tuple(given + [REGIONS, AGREEMENTS, RECIPIENTS, IDEAS][len(given) :])
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = Databases(Path(folder), stack).empty("postgresql", "reports")
        module("flask", "--app", "wsgi", "db", "upgrade", env=environment(Path(folder), url))
        db.connect(url)
        with unit_of_work() as session:
            seed(session, *sizes)
        with db.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
        last = month_before(clock.today())
        _tell_of(month_before(last))
        gc.collect()
        _forget_memory()
        _measure(last)
        db.writer.dispose()
        db.reader.dispose()


def _tell_of(month: date) -> None:
    """Let each partner have been told of a month, and a tenth of the visits come in later."""
    with unit_of_work() as session:
        for agreement in queries.agreements(session):
            built = operations.build_one(session, command_line(Via.WORKER), month, agreement)
            assert built is not None
            built.status = SummaryStatus.APPROVED
    with unit_of_work() as session:
        late = sa.update(Visit).where(Visit.id % 10 == 0).values(recorded_at=clock.now())
        session.execute(late)


def _measure(month: date) -> None:
    """Do as the worker does: a unit of work for each draft, and for each that is approved."""
    sent = [0]

    def note(*_: Any) -> None:
        sent[0] += 1

    sa.event.listen(db.writer, "before_cursor_execute", note)
    with unit_of_work() as session:
        agreed = [one.partner.id for one in queries.agreements(session)]
    made: list[int] = []

    def build(partner_id: int) -> None:
        with unit_of_work() as session:
            [about] = queries.agreements(session, partner_id=partner_id)
            built = operations.build_one(session, command_line(Via.WORKER), month, about)
            assert built is not None
            made.append(built.id)

    _tell("built", agreed, build, sent)
    _tell_what_it_takes_to_send(made, sent)


def _tell_what_it_takes_to_send(made: Sequence[int], sent: list[int]) -> None:
    drawn: dict[str, Drawn] = {}
    begun = time.perf_counter()

    def approve(summary_id: int) -> None:
        with unit_of_work() as session:
            tasks.send_by_itself(session, summary_id, PLACE, drawn)

    for first in range(0, len(made), DRAWN_TOGETHER):
        with unit_of_work() as session:
            jobs = files.jobs_of(session, made[first : first + DRAWN_TOGETHER])
        drawn |= files.draw_before(jobs)
    seconds = time.perf_counter() - begun
    sys.stdout.write(f"drawn: {seconds:.1f} s ({seconds / len(made) * 1000:.0f} ms each)\n")
    _tell("approved", made, approve, sent)
    with unit_of_work() as session:
        mails = session.scalar(sa.select(sa.func.count(Message.id)))
    sys.stdout.write(f"{mails} mails queued; {_most_memory()} MiB at most since the seeding\n")


def _forget_memory() -> None:
    """Let the most that this process has held be counted anew; what seeded it was large."""
    Path("/proc/self/clear_refs").write_text("5")


def _most_memory() -> int:
    told = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", told)[0]) // 1024


def _tell(what: str, numbers: Sequence[int], do: Callable[[int], None], sent: list[int]) -> None:
    begun, counts, slowest = time.perf_counter(), [], 0.0
    for number in numbers:
        before, started = sent[0], time.perf_counter()
        do(number)
        counts.append(sent[0] - before)
        slowest = max(slowest, time.perf_counter() - started)
    seconds = time.perf_counter() - begun
    sys.stdout.write(
        f"{what}: {len(numbers)} in {seconds:.1f} s ({seconds / len(numbers) * 1000:.0f} ms each,"
        f" {slowest * 1000:.0f} at most), {min(counts)} to {max(counts)} statements each\n"
    )


if __name__ == "__main__":
    main()
