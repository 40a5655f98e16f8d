"""Every metric equals what is counted by hand, at 24 past month ends, live and as known then.

Each kind of database is asked at a quarter of them; in a thorough run at all.
"""

from collections import Counter
from datetime import date, timedelta
from itertools import cycle
from typing import Any

from incubator.accounts.models import Role
from incubator.core.access import command_line
from incubator.core.clock import Period
from incubator.core.many import count_rows_anew
from incubator.core.scope import View
from incubator.goals import queries
from incubator.goals.metrics import METRICS
from incubator.ideas import operations as ideas
from incubator.pipeline.undo import undo_change
from incubator.reference.queries import list_regions
from incubator.transfer import operations as transfer
from incubator.transfer.bulk import Source
from incubator.transfer.lists import read_list
from tests import make
from tests.goals.brute_force import Asked, Count, midnight_after, month_ends
from tests.thorough import dealt
from tests.transfer.lists import FILES

MONTHS = 24
TODAY = date(2026, 11, 20)


def month_ends_for(kind: str, today: date) -> list[date]:
    return list(dealt(list(month_ends(today, MONTHS)), kind, of=4))


def questions(regions: list[int], today: date, kind: str):
    """Ask at each month end, live and as known then, of the year that ends there in all regions
    and in one of them, another each month; and of the month itself, live in all.
    """
    for end, one in zip(month_ends_for(kind, today), cycle(regions), strict=False):
        yield Asked(end.replace(day=1), end, end)
        for known_at in (None, midnight_after(end)):
            for region in (None, one):
                yield Asked(end - timedelta(days=364), end, end, known_at, region)


def compare(session: Any, today: date, kind: str) -> tuple[Counter[str], list[tuple[Asked, Any]]]:
    """Hold the program against the count by hand; say what was not nothing, and all figures."""
    regions = [region.id for region in list_regions(session)]
    counted, seen, found = Count(session.connection()), Counter[str](), []
    for asked in questions(regions, today, kind):
        here = None if asked.region is None else (asked.region,)
        view, period = View(asked.as_of, asked.known_at, here), Period(asked.first, asked.last)
        figures = queries.all_values(session, view, period)
        assert figures == counted.figures(asked), asked
        if asked.region is None:
            unknown = queries.all_unknown(session, view, period)
            assert unknown == {"ideas_from_industry": counted.unknown(asked)}, asked
        seen.update(key for key, value in figures.items() if value)
        found.append((asked, figures))
    assert counted.voided() > 0  # what was undone or corrected must be there to be left out
    return seen, found


def said_otherwise(found: list[tuple[Asked, Any]]) -> int:
    """Count the questions to which what was known then is another answer than what is now."""
    now = {(a.first, a.last, a.region): figures for a, figures in found if a.known_at is None}
    then = [(a, figures) for a, figures in found if a.known_at is not None]
    return sum(figures != now[a.first, a.last, a.region] for a, figures in then)


def test_the_demo_is_counted_as_by_hand(session, clock, kind, demo_world):
    clock.set(demo_world)
    count_rows_anew(session)
    seen, found = compare(session, TODAY, kind)
    assert len(found) == len(month_ends_for(kind, TODAY)) * (1 + 2 * 2)
    assert set(seen) == {metric.key for metric in METRICS}
    assert said_otherwise(found) > 5


def test_an_imported_list_is_counted_as_by_hand(session, clock, kind):
    """Imported in November, worked on and corrected afterwards, asked about in the next June."""
    clock.set(date(2026, 11, 22))
    region, by = make.region(session), make.actor(session)
    listed = read_list(FILES["ideliste"], date(2026, 11, 22))
    done = transfer.import_ideas(session, by, region.id, listed, Source("ideliste.xlsx", "0"))
    assert len(done.plan.rows) == 66
    work_on_it(session, by, clock)
    today = date(2027, 6, 3)
    clock.set(today)
    seen, found = compare(session, today, kind)
    assert set(seen) >= {
        "ideas_registered", "ideas_from_industry", "cases_opened", "incubator_admissions",
        "incubator_active", "applications_sent", "ideas_commercialised", "jobs_created",
        "company_visits", "companies_visited",
    }  # fmt: skip
    assert said_otherwise(found) > 5


def work_on_it(session: Any, by: Any, clock: Any) -> None:
    """Add to an imported list, and take some of it back later."""
    clock.set(date(2027, 1, 8))
    made = [make.idea(session, on=date(2026, 12, day)) for day in (4, 5, 6)]
    company = make.company(session, industry_section="C", founded_on=date(1990, 1, 1))
    old = make.ripe_idea(session, on=date(2026, 10, 1), company_id=company.id)
    moved = make.move(session, old, "case", date(2026, 12, 1))
    jobs = [make.jobs(session, on=date(2026, 12, 31)) for _ in range(2)]
    for day in (3, 9):
        make.visit(session, company_id=company.id, occurred_on=date(2026, 12, day))
    clock.set(date(2027, 3, 2))
    for change_id in (made[0].change_id, moved.id, jobs[0].change_id):
        undo_change(session, make.actor(session, Role.ADMIN), change_id)
    ideas.stop_idea(
        session, command_line(), made[1], on=date(2027, 2, 1), reason="Nei", learnt="Litt"
    )
