"""Every figure equals what plain Python counts from the tables, on any day, as known at any."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.core.clock import Period
from incubator.core.facts import void
from incubator.core.scope import View
from incubator.funding import operations as funding
from incubator.funding.models import ApplicationStatus
from incubator.goals import metrics, queries
from incubator.goals.metrics import BY_KEY, METRICS, Question
from incubator.ideas import operations as ideas
from incubator.incubation import operations as incubation
from incubator.incubation.models import EndReason
from incubator.jobs.models import JobKind, JobState
from incubator.pipeline.queries import board_as_of
from incubator.pipeline.undo import undo_change
from incubator.reference.models import Municipality
from incubator.reference.places import places_of
from incubator.reference.queries import list_regions
from incubator.visits import operations as visits
from tests import make
from tests.databases import KINDS
from tests.goals.history import FIRST, LAST, ME, Asked, History, Tables
from tests.thorough import THOROUGH

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
TODAY = date(2026, 5, 12)


def number(session, key, as_of=TODAY, period=YEAR, *, unknown=False, **view):
    return metrics.value(
        session, Question(BY_KEY[key], View(as_of, **view), period, unknown=unknown)
    )


def questions(session, chance, times):
    """Give what is asked of a history: the edges of all kinds, and much at random."""
    regions = [frozenset({region.id}) for region in list_regions(session)]
    scopes = [None, *regions, frozenset().union(*regions)]
    instants = list(session.scalars(sa.select(Change.recorded_at)))
    span = (LAST - FIRST).days
    for _ in range(times):
        days = sorted(FIRST + timedelta(days=chance.randrange(span)) for _ in range(2))
        as_of = chance.choice((LAST, days[1], FIRST + timedelta(days=chance.randrange(span))))
        known_at = chance.choice((None, None, chance.choice(instants)))
        if known_at is not None:
            known_at += timedelta(microseconds=chance.choice((-1, 0, 1)))
        yield Asked(days[0], days[1], as_of, known_at, chance.choice(scopes))


def asked_of(asked):
    regions = None if asked.regions is None else tuple(sorted(asked.regions))
    return View(asked.as_of, asked.known_at, regions), Period(asked.first, asked.last)


@pytest.mark.parametrize("nth", range(3 if THOROUGH else 1))
def test_random_histories_are_counted_as_by_hand(session, clock, kind, nth):
    chance = random.Random(nth + KINDS.index(kind))
    history = History(session, clock, chance)
    history.happen(220)
    tables = Tables(session)
    seen = Counter()
    for asked in questions(session, chance, 25):
        view, period = asked_of(asked)
        found = queries.all_values(session, view, period)
        assert found == tables.figures(asked), asked
        unknown = queries.all_unknown(session, view, period)
        assert unknown == {"ideas_from_industry": tables.unknown(asked)}, asked
        assert board_as_of(session, view) == tables.board(asked), asked
        seen.update(key for key, value in found.items() if value)
    # What is nothing everywhere would prove nothing.
    assert seen.keys() == BY_KEY.keys()


@pytest.mark.parametrize("nth", range(2 if THOROUGH else 1))
def test_the_number_is_that_of_the_rows(session, clock, kind, nth):
    chance = random.Random(nth + KINDS.index(kind))
    History(session, clock, chance).happen(120)
    admin = make.actor(session, Role.ADMIN)
    for asked in questions(session, chance, 4):
        view, period = asked_of(asked)
        for metric in METRICS:
            question = Question(metric, view, period)
            page = queries.rows_page(session, admin, question, limit=1000)
            amounts = [row["amount"] or 0 for row in page.rows] if metric.is_sum else []
            assert page.total == (sum(amounts) if metric.is_sum else len(page.rows)), metric.key
            assert page.count == len(page.rows)
            assert (page.withheld, page.has_more) == (0, False)
            assert len({row["id"] for row in page.rows}) == page.count


# One rule at a time, in words.


def test_an_idea_counts_from_the_day_it_was_registered(session, clock):
    make.idea(session, on=date(2026, 3, 2))
    assert number(session, "ideas_registered", date(2026, 3, 1)) == 0
    assert number(session, "ideas_registered", date(2026, 3, 2)) == 1
    assert number(session, "ideas_registered", period=Period(date(2026, 3, 3), TODAY)) == 0


@pytest.mark.parametrize("closing", [ideas.park_idea, ideas.stop_idea])
def test_what_is_put_aside_still_counts(session, clock, closing):
    idea = make.idea(session, "case")
    more = {"look_again_on": None} if closing is ideas.park_idea else {"learnt": ""}
    closing(session, ME, idea, on=TODAY, reason="Nei", **more)
    assert number(session, "ideas_registered") == 1
    assert number(session, "cases_opened") == 1


def test_what_is_undone_counts_nowhere_but_in_what_was_known_then(session, clock):
    idea = make.idea(session, "case")
    clock.set(datetime(2026, 5, 12, 12, tzinfo=UTC))
    undo_change(session, ME, idea.change_id)
    for key in ("ideas_registered", "cases_opened"):
        assert number(session, key) == 0
        assert number(session, key, known_at=datetime(2026, 5, 12, 11, tzinfo=UTC)) == 1
        assert number(session, key, known_at=datetime(2026, 5, 12, 12, tzinfo=UTC)) == 0


def test_going_back_and_forth_is_one_first_entry(session, clock):
    idea = make.ripe_idea(session, on=date(2026, 1, 5))
    for to, day in (("case", 10), ("idea", 11), ("case", 20), ("idea", 21), ("case", 30)):
        make.move(session, idea, to, date(2026, 3, day))
    assert number(session, "cases_opened") == 1
    assert number(session, "cases_opened", period=Period(date(2026, 3, 11), TODAY)) == 0
    assert number(session, "cases_opened", date(2026, 3, 9)) == 0


@pytest.mark.parametrize(
    "section, founded, industry, unknown",
    [
        ("C", date(2025, 12, 31), 1, 0),
        ("A", date(1950, 1, 1), 1, 0),
        ("F", date(2026, 1, 14), 1, 0),
        ("G", date(1950, 1, 1), 0, 0),
        ("C", date(2026, 1, 15), 0, 0),  # founded on the very day
        ("C", date(2026, 2, 1), 0, 0),
        (None, date(1950, 1, 1), 0, 1),
        ("C", None, 0, 1),
        (None, None, 0, 1),
        ("G", None, 0, 0),
        (None, date(2026, 2, 1), 0, 0),
    ],
)
def test_from_industry_is_an_older_firm_of_those_sections(
    session, clock, section, founded, industry, unknown
):
    company = make.company(session)
    company.industry_section, company.founded_on = section, founded
    make.idea(session, on=date(2026, 1, 15), company_id=company.id)
    assert number(session, "ideas_from_industry") == industry
    assert number(session, "ideas_from_industry", unknown=True) == unknown


def test_a_founders_idea_is_neither_from_industry_nor_unknown(session, clock):
    make.idea(session)
    assert number(session, "ideas_from_industry") == 0
    assert number(session, "ideas_from_industry", unknown=True) == 0


def test_a_company_is_active_until_the_day_it_leaves(session, clock):
    running = make.incubation(session, date(2026, 2, 1))
    incubation.end_incubation(session, ME, running, on=date(2026, 4, 1), reason=EndReason.COMPLETED)
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 31), date(2026, 4, 1)]
    assert [number(session, "incubator_active", day) for day in days] == [0, 1, 1, 0]
    assert number(session, "incubator_admissions") == 1


def test_several_ideas_of_a_company_are_one_admission(session, clock):
    company = make.company(session)
    for day in (3, 4):
        idea = make.ripe_idea(session, company_id=company.id, on=date(2026, 2, 1))
        make.move(session, idea, "incubator_company", date(2026, 2, day))
    assert number(session, "incubator_admissions") == 1
    assert number(session, "incubator_active") == 1


def test_a_level_asks_for_no_period(session, clock):
    make.incubation(session, date(2026, 2, 1))
    old = Period(date(2020, 1, 1), date(2020, 12, 31))
    assert number(session, "incubator_active", period=old) == 1


def test_a_grant_counts_from_the_day_of_the_decision(session, clock):
    application = make.application(session)
    decide(session, application, ApplicationStatus.SENT, date(2026, 2, 1))
    decide(session, application, ApplicationStatus.GRANTED, date(2026, 4, 1), 300_000)
    assert number(session, "applications_sent", date(2026, 3, 31)) == 1
    assert number(session, "applications_granted", date(2026, 3, 31)) == 0
    assert number(session, "applications_granted") == 1
    assert number(session, "amount_granted") == 300_000
    assert number(session, "rd_projects_completed") == 0


def test_a_grant_in_two_parts_is_one_and_both_are_summed(session, clock):
    application = make.application(session)
    decide(session, application, ApplicationStatus.SENT, date(2026, 2, 1))
    decide(session, application, ApplicationStatus.GRANTED, date(2026, 3, 1), 300_000)
    decide(session, application, ApplicationStatus.GRANTED, date(2026, 4, 1), 50_000)
    assert number(session, "applications_granted") == 1
    assert number(session, "amount_granted") == 350_000
    assert number(session, "amount_granted", date(2026, 3, 31)) == 300_000


def test_a_refusal_is_sent_and_no_more(session, clock):
    application = make.application(session)
    decide(session, application, ApplicationStatus.SENT, date(2026, 2, 1))
    funding.set_status(
        session, ME, application, ApplicationStatus.REFUSED, on=TODAY, reason="Ikke nytt nok"
    )
    found = queries.all_values(session, View(TODAY), YEAR)
    assert (found["applications_sent"], found["applications_granted"]) == (1, 0)


def test_a_voided_decision_counts_nowhere(session, clock):
    application = make.application(session)
    decide(session, application, ApplicationStatus.SENT, date(2026, 2, 1))
    event = decide(session, application, ApplicationStatus.GRANTED, date(2026, 4, 1), 300_000)
    void(session, event, make.a_change(session))
    session.flush()
    assert number(session, "applications_granted") == 0
    assert number(session, "amount_granted") == 0


def decide(session, application, status, on, amount=None):
    return funding.set_status(session, ME, application, status, on=on, amount_nok=amount)


def test_only_realised_jobs_are_summed_and_halves_are_kept(session, clock):
    make.jobs(session, number=Decimal("1.5"))
    make.jobs(session, number=Decimal("2"))
    make.jobs(session, number=Decimal("4"), state=JobState.EXPECTED)
    make.jobs(session, number=Decimal("8"), state=JobState.PLANNED)
    make.jobs(session, number=Decimal("16"), kind=JobKind.SECURED)
    make.jobs(session, number=Decimal("32"), kind=JobKind.LOST)
    assert number(session, "jobs_created") == 3.5
    assert number(session, "jobs_secured") == 16


def test_what_was_entered_late_counts_on_its_own_day(session, clock):
    make.idea(session, on=date(2026, 1, 20))
    instant = datetime(2026, 5, 12, 9, tzinfo=UTC)
    assert number(session, "ideas_registered", date(2026, 1, 31)) == 1
    assert number(session, "ideas_registered", date(2026, 1, 31), known_at=instant) == 0


def test_a_region_counts_its_own(session, clock):
    make.idea(session)
    other = make.idea(session, region_name="Hamarregionen")
    assert number(session, "ideas_registered") == 2
    assert number(session, "ideas_registered", region_ids=(other.region_id,)) == 1
    assert number(session, "ideas_registered", region_ids=()) == 0


def test_a_county_counts_its_municipalities_of_today_and_before(session, clock):
    """Elverum was 0427 until 2020; what has no municipality lies where its whole region does."""
    before = session.scalars(sa.select(Municipality).where(Municipality.number == "0427")).all()
    for place in (make.municipality(session, "3420").id, before[-1].id, None):
        make.idea(session, municipality_id=place)
    make.idea(session, municipality_id=make.municipality(session, "0301").id)
    places = places_of(session, {"34", "03"})
    values = {
        county: metrics.value(
            session,
            Question(BY_KEY["ideas_registered"], View(TODAY).inside(place), YEAR),
        )
        for county, place in places.items()
    }
    assert values == {"34": 3, "03": 1}


def test_the_number_of_queries_is_the_same_for_many_questions(session, queries_of, clock):
    make.idea(session)
    one = [Question(METRICS[0], View(TODAY), YEAR)]
    many = [Question(metric, View(TODAY), YEAR) for metric in METRICS * 8]
    assert queries_of(lambda: metrics.values(session, one)) == 1
    assert queries_of(lambda: metrics.values(session, many)) == 1
    assert metrics.values(session, []) == []


@pytest.fixture
def queries_of(request):
    return request.getfixturevalue("queries").count


def test_no_two_metrics_share_a_key_and_each_has_a_name():
    assert len(BY_KEY) == len(METRICS)
    assert all(str(metric.label) for metric in METRICS)


def test_a_company_counts_once_in_a_period_by_its_first_visit_there(session, clock):
    company = make.company(session)
    days = [date(2025, 12, 1), date(2026, 2, 3), date(2026, 2, 3), date(2026, 4, 1)]
    for day in days:
        make.visit(session, company_id=company.id, occurred_on=day)
    make.visit(session, occurred_on=date(2026, 3, 1))
    assert number(session, "company_visits") == 4
    assert number(session, "companies_visited") == 2
    admin = make.actor(session, Role.ADMIN)
    question = Question(BY_KEY["companies_visited"], View(TODAY), YEAR)
    rows = queries.rows_page(session, admin, question).rows
    assert [(row["id"] == company.id, row["day"]) for row in rows] == [
        (False, date(2026, 3, 1)),
        (True, date(2026, 2, 3)),
    ]
    spring = Period(date(2026, 4, 1), TODAY)
    assert number(session, "companies_visited", period=spring) == 1
    assert number(session, "companies_visited", date(2026, 2, 2)) == 0


def test_a_company_that_two_regions_visit_is_one_company(session, clock):
    company = make.company(session)
    for name in ("Elverumregionen", "Kongsvingerregionen"):
        make.visit(session, company_id=company.id, region_name=name)
    regions = [region.id for region in list_regions(session)]
    assert number(session, "company_visits") == 2
    assert number(session, "companies_visited") == 1
    for region_id in regions:
        assert number(session, "companies_visited", region_ids=(region_id,)) == 1


def test_visits_are_narrowed_to_place_and_organisation(session, clock):
    klosser, ernu = make.organisation(session), make.organisation(session, "ERNU")
    place = make.municipality(session, "3420")
    company = make.company(session, municipality_id=place.id)
    for organisation in (klosser, ernu, ernu):
        by = make.actor(session, organisation_id=organisation.id)
        make.visit(session, by=by, company_id=company.id)
    make.visit(session)
    for key, count in (("company_visits", 2), ("companies_visited", 1)):
        assert number(session, key, organisation_id=ernu.id) == count
        assert number(session, key, municipality_ids=(place.id + 1,)) == 0
    assert number(session, "company_visits", municipality_ids=(place.id,)) == 3


def test_a_corrected_visit_counts_from_its_right_day_and_as_known_from_the_wrong_one(
    session, clock
):
    visit = make.visit(session, occurred_on=date(2026, 3, 2))
    then = visit.recorded_at
    clock.set(datetime(2026, 5, 12, 12, tzinfo=UTC))
    visits.correct_visit(session, ME, visit, {"occurred_on": date(2025, 3, 2)})
    for key in ("company_visits", "companies_visited"):
        assert number(session, key) == 0
        assert number(session, key, known_at=then) == 1
        assert number(session, key, date(2025, 12, 31), Period(date(2025, 1, 1), TODAY)) == 1
