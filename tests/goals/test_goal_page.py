"""The page of a goal: its course, its forecast, and what it says when it cannot tell."""

import html
import json
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from incubator.accounts.models import Role
from incubator.core import clock as clock_module
from incubator.core.scope import View
from incubator.goals import progress
from incubator.goals.metrics import BY_KEY, METRICS, Period, Question
from tests import make

TODAY = date(2026, 5, 12)
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def region(session, clock):
    return make.region(session)


@pytest.fixture
def developer(client, session, region):
    return client.sign_in(make.user(session))


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(page)).replace("\u00a0", " ").split())


def spec_of(page):
    return json.loads(html.unescape(re.search(r'data-chart="([^"]*)"', page)[1]))


def ideas_on(session, *days):
    for day in days:
        make.idea(session, on=day)


def one_a_month(session, count):
    ideas_on(session, *(TODAY - timedelta(days=30 * nth) for nth in range(count)))


def question(region, key="ideas_registered", day=TODAY):
    return Question(BY_KEY[key], View(day, None, (region.id,)), YEAR)


def test_throughput_is_what_the_last_twelve_months_brought(session, region):
    ideas_on(session, TODAY - timedelta(days=365), TODAY - timedelta(days=364), TODAY)
    (seen,) = progress.throughputs(session, [question(region)])
    assert (seen.events, seen.total, seen.days) == (2, 2, 365)


def test_a_young_list_is_not_taken_for_a_slow_one(session, region):
    ideas_on(session, *(TODAY - timedelta(days=10 * nth) for nth in range(10)))
    (seen,) = progress.throughputs(session, [question(region)])
    assert (seen.events, seen.days) == (10, 91)
    assert round(seen.per_month, 1) == 3.3


def test_work_places_are_summed_as_they_are_written(session, region):
    for number in ("2.5", "4", "0.5"):
        make.jobs(session, on=TODAY, number=Decimal(number))
    ideas_on(session, TODAY - timedelta(days=400))
    (seen,) = progress.throughputs(session, [question(region, "jobs_created")])
    assert (seen.events, seen.total) == (3, 7.0)
    assert seen.squares == 2.5**2 + 4**2 + 0.5**2


def test_a_level_has_no_throughput(session, region):
    asked = [question(region, "incubator_active"), question(region)]
    assert [seen is None for seen in progress.throughputs(session, asked)] == [True, False]


def test_the_course_adds_up_to_the_number(developer, session, region):
    ideas_on(session, date(2026, 1, 5), date(2026, 1, 5), date(2026, 3, 2), date(2025, 12, 31))
    goal = make.goal(session, "ideas_registered", target=30)
    line = progress.get_line(session, make.actor(session, Role.ADMIN), goal.id, TODAY)
    points = [(point.on, point.value) for point in progress.course(session, line, TODAY)]
    assert points == [
        (date(2026, 1, 1), 0), (date(2026, 1, 5), 2), (date(2026, 3, 2), 3), (TODAY, 3),
    ]  # fmt: skip
    assert points[-1][1] == line.standing.so_far


def test_a_level_is_told_month_by_month(session, region):
    make.incubation(session, date(2026, 2, 10))
    goal = make.goal(session, "incubator_active", target=5)
    line = progress.get_line(session, make.actor(session, Role.ADMIN), goal.id, TODAY)
    points = [(point.on, point.value) for point in progress.course(session, line, TODAY)]
    assert points == [
        (date(2026, 1, 31), 0), (date(2026, 2, 28), 1), (date(2026, 3, 31), 1),
        (date(2026, 4, 30), 1), (TODAY, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "ends"),
    [
        (date(2026, 1, 31), date(2026, 1, 31), ["2026-01-31"]),
        (date(2026, 2, 1), date(2026, 3, 1), ["2026-02-28", "2026-03-01"]),
        (date(2025, 12, 15), date(2026, 1, 31), ["2025-12-31", "2026-01-31"]),
        (date(2026, 3, 2), date(2026, 3, 1), []),
    ],
)
def test_months_end_where_the_calendar_says(first, last, ends):
    assert [day.isoformat() for day in progress.month_ends(first, last)] == ends


def test_with_too_few_events_it_says_so_with_number_and_minimum(developer, session, region):
    one_a_month(session, 4)
    goal = make.goal(session, "ideas_registered", target=30)
    page = developer.get(f"/mal/{goal.id}").text
    assert "For få hendelser til en prognose (4 av minst 8)." in text_of(page)
    assert "Sjanse for å nå det" not in text_of(page)
    # So far, the straight line, the target; no fan.
    assert len(spec_of(page)["layer"]) == 3
    assert "(4 av minst 8)" in text_of(developer.get("/mal").text)


def test_with_enough_events_it_forecasts_the_end(developer, session, region):
    one_a_month(session, 12)
    goal = make.goal(session, "ideas_registered", target=30)
    page = developer.get(f"/mal/{goal.id}").text
    assert len(spec_of(page)["layer"]) == 6
    # 5 this year, and 12 a year go on for 233 days: about 8 more.
    assert re.search(r"Prognose for slutten 1[34] 8 av 10: (9|10) til 1[789]", text_of(page))
    assert "Sjanse for å nå det under 1 %" in text_of(page)


def test_an_ended_goal_is_not_forecast(developer, session, region):
    one_a_month(session, 12)
    goal = make.goal(
        session, "ideas_registered", from_on=date(2025, 1, 1), to_on=date(2025, 12, 31)
    )
    page = developer.get(f"/mal/{goal.id}").text
    assert "Perioden er over." in text_of(page)
    assert "Prognose for slutten" not in text_of(page)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.key)
def test_every_metric_has_a_goal_page(developer, session, metric):
    make.jobs(session)
    make.incubation(session)
    goal = make.goal(session, metric.key, target=30)
    page = developer.get(f"/mal/{goal.id}")
    assert page.status_code == 200
    assert str(metric.label) in text_of(page.text)


def test_a_goal_of_elsewhere_is_not_found(client, session, region):
    make.region(session, "Hamarregionen")
    goal = make.goal(session)
    client.sign_in(make.user(session, region_name="Hamarregionen"))
    assert client.get(f"/mal/{goal.id}").status_code == 404
    assert client.get("/mal/999999").status_code == 404


def test_a_goal_of_the_county_is_shown_where_its_programme_works(client, session, region):
    programme = make.programme(session, region_ids=[], county="34")
    goal = make.goal(session, "jobs_created", of=programme, target=100)
    client.sign_in(make.user(session))
    assert client.get(f"/mal/{goal.id}").status_code == 200


def test_the_page_costs_the_same_for_few_and_for_many(developer, session, region, queries):
    one_a_month(session, 3)
    goal = make.goal(session, "ideas_registered", target=30)
    address = f"/mal/{goal.id}"
    few = queries.of(lambda: developer.get(address))
    one_a_month(session, 14)
    many = queries.of(lambda: developer.get(address))
    assert len(many) == len(few) <= 8, "\n".join(many)


def test_the_forecast_of_the_list_is_that_of_the_page(developer, session, region):
    one_a_month(session, 12)
    goal = make.goal(session, "ideas_registered", target=15)
    shown = re.search(
        r"Prognose (\d+), 8 av 10: (\d+) til (\d+)", text_of(developer.get("/mal").text)
    )
    page = text_of(developer.get(f"/mal/{goal.id}").text)
    assert f"Prognose for slutten {shown[1]} 8 av 10: {shown[2]} til {shown[3]}" in page


def test_the_day_of_the_forecast_is_the_day_of_the_clock(developer, session, region):
    one_a_month(session, 12)
    goal = make.goal(session, "ideas_registered", target=15)
    assert clock_module.today() == TODAY
    assert "233 dager igjen" in text_of(developer.get(f"/mal/{goal.id}").text)
