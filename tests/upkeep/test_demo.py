"""The demo tells one story: the same in every database, honest about what is invented."""

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask_security.utils import verify_password
from sqlalchemy.orm import Session

from incubator.accounts import queries as people
from incubator.audit.models import Change
from incubator.background import queries as background
from incubator.background.models import Series
from incubator.companies.models import Company
from incubator.companies.rules import valid_orgnr
from incubator.core import clock, db, migrations
from incubator.core.clock import Period
from incubator.core.errors import RuleBroken
from incubator.core.scope import View
from incubator.followups.models import FollowUp
from incubator.funding.models import Application, Frame, Instrument
from incubator.funding.operations import load_instruments
from incubator.goals import queries as goals
from incubator.goals.models import AttributedKind, Attribution, Goal, GoalRule
from incubator.ideas.models import Idea, IdeaFocusArea, StageEvent, Status, StatusEvent
from incubator.incubation.models import IncubationEnd
from incubator.jobs.models import JobRecord
from incubator.pipeline.queries import board_as_of
from incubator.reference.models import FocusArea, Organisation, Programme
from incubator.reference.operations import load_municipalities
from incubator.reference.queries import list_regions, municipalities_of
from incubator.upkeep import check, demo
from incubator.upkeep.demo import data
from incubator.visits.models import Visit, VisitIdea, VisitKind
from tests import demo_worlds
from tests.conftest import new_database
from tests.thorough import THOROUGH

# Loading takes seconds, so one process does it for all of these tests.
pytestmark = pytest.mark.xdist_group("demo")

TODAY = date(2026, 11, 20)
LEAP_DAY = date(2028, 2, 29)
SOME_MONTHS = timedelta(days=120)  # later than this, nothing is entered any more
REGIONS = {"Elverumregionen", "Kongsvingerregionen", "Hamarregionen", "Tynsetregionen"}
# Who and what the articles name that the demo was drawn from.
REAL_NAMES = (
    "Sveen", "Gillund", "Svisdal", "Midthun", "Tone Lien", "Takeda", "Sperre", "Tofte",
    "Østlandske",
)  # fmt: skip


def loaded(connection, today):
    """Load the demo into a migrated database, in a transaction that is never committed."""
    work = Session(connection, expire_on_commit=False, autoflush=False)
    demo.load(work, today)
    work.flush()
    return work


@pytest.fixture(scope="module")
def told(app, kind):
    """Give the demo as it is on a day in November: what a process has played into an SQLite.

    In a thorough run PostgreSQL plays it itself.
    """
    with db.db.writer.connect() as connection, app.app_context():
        outer = connection.begin()
        if kind == "postgresql" and THOROUGH:
            with loaded(connection, TODAY) as work:
                yield work
        else:
            with Session(connection, expire_on_commit=False, autoflush=False) as work:
                demo_worlds.take_in(work, connection)
                yield work
        outer.rollback()


@dataclass(frozen=True)
class Elsewhere:
    """What the demo says in another database."""

    figures: Any
    standings: Any


@contextmanager
def a_database(app, kind, tmp_path_factory, request):
    """Give a connection to a new database that has its tables."""
    with new_database(kind, tmp_path_factory.mktemp("elsewhere"), request) as address:
        engine = db.make_engines(address)[0]
        with app.app_context(), engine.begin() as connection:
            migrations.upgrade(connection)
            yield connection
        engine.dispose()


@pytest.fixture(scope="module")
def elsewhere(app, tmp_path_factory, request):
    """Give what the demo says that another process has played into an SQLite database."""
    there = a_database(app, "sqlite", tmp_path_factory, request)
    with there as connection, Session(connection) as work:
        demo_worlds.take_in(work, connection)
        return Elsewhere(figures(work, TODAY), standings(work, TODAY))


@pytest.fixture(scope="module")
def on_a_leap_day(app, kind, tmp_path_factory, request):
    """Give what the demo says that is loaded on a day which only some years have."""
    with a_database(app, kind, tmp_path_factory, request) as connection:
        with Session(connection) as work:
            load_municipalities(work)
            load_instruments(work)
            work.flush()
        with loaded(connection, LEAP_DAY) as work:
            return Elsewhere(figures(work, LEAP_DAY), standings(work, LEAP_DAY))


def figures(session, day):
    """Give all numbers of board and metrics, of each region, by three days and as then known."""
    found = {}
    for region in list_regions(session):
        for back in (0, 180, 720):
            as_of = day - timedelta(days=back)
            for known_at in (None, clock.end_of(as_of)):
                view = View(as_of, known_at, (region.id,))
                year = Period(as_of - timedelta(days=364), as_of)
                found[region.name, as_of, known_at] = (
                    board_as_of(session, view),
                    goals.all_values(session, view, year),
                    goals.all_unknown(session, view, year),
                )
    return found


def running_goals(session, region, day):
    """List how the running goals of a region stand, without those of the whole county."""
    found = goals.lines(session, goals.goals_of_region(session, region.id, day), day)
    return [line for line in found if line.goal.region_id]


def standings(session, day):
    """Say for the running goals of each region whether they are on track."""
    return {
        region.name: [line.standing.is_on_track for line in running_goals(session, region, day)]
        for region in list_regions(session)
    }


def test_two_databases_are_told_the_same(told, elsewhere):
    assert figures(told, TODAY) == elsewhere.figures


def test_the_boards_hold_what_was_promised(told):
    for region in data.read("world")["region"]:
        row = next(found for found in list_regions(told) if found.name == region["name"])
        board = board_as_of(told, View(TODAY, None, (row.id,)))
        assert board["stages"] == dict(region["open"])
        for status in ("parked", "stopped", "launched"):
            assert board[status] == sum(region[status].values())
    assert {region.name for region in list_regions(told)} == REGIONS
    assert sum(data.read("world")["region"][0]["open"].values()) == 68
    assert 250 <= told.scalar(sa.select(sa.func.count(Idea.id))) <= 350


def test_every_region_has_running_goals_some_on_track_and_some_behind(told):
    for region, found in standings(told, TODAY).items():
        assert set(found) == {True, False}, region


@pytest.mark.thorough
def test_the_goals_hold_on_the_most_awkward_day_too(kind, on_a_leap_day):
    for region, found in on_a_leap_day.standings.items():
        assert set(found) == {True, False}, region


@pytest.mark.thorough
def test_the_board_is_the_same_on_any_day(kind, told, on_a_leap_day):
    assert boards(figures(told, TODAY), TODAY) == boards(on_a_leap_day.figures, LEAP_DAY)


def boards(found, day):
    """Give the boards of a day by region."""
    return {
        region: board
        for (region, as_of, known_at), (board, *_) in found.items()
        if as_of == day and known_at is None
    }


def test_the_public_programmes_stand_as_they_are_known(told):
    found = {programme.name: programme for programme in told.scalars(sa.select(Programme))}
    network, growth = (
        found["Industrinettverk i Elverumregionen"],
        found["Vekst i eksisterende næringsliv"],
    )
    assert (network.amount_nok, growth.amount_nok) == (3_000_000, 2_200_000)
    for programme in (network, growth):
        assert programme.ends_on.year - programme.starts_on.year == 2
        assert programme.ends_on < TODAY
        assert not told.scalars(sa.select(Goal).where(Goal.programme_id == programme.id)).all()
        assert "Ingen måltall er offentlige" in programme.description
    public = told.execute(
        sa.select(Goal.metric, Goal.from_on, Goal.to_on, Goal.target, Goal.county)
        .where(~Goal.is_invented)
        .order_by(Goal.id)
    ).all()
    assert [tuple(row) for row in public] == [
        ("jobs_created", date(2015, 1, 1), date(2018, 12, 31), 150, None),
        ("jobs_created", date(2019, 1, 1), date(2023, 12, 31), 50, None),
        ("jobs_created", date(2020, 1, 1), date(2029, 12, 31), 1000, "34"),
    ]


def test_the_frame_and_the_focus_areas_of_2018(told):
    frame = told.execute(
        sa.select(Instrument.key, Frame.year, Frame.amount_nok, Frame.deadline_on).join(
            Frame, Frame.instrument_id == Instrument.id
        )
    ).one()
    assert tuple(frame) == ("omstillingsmidler", 2018, 1_900_000, date(2018, 5, 15))
    assert set(told.scalars(sa.select(FocusArea.name))) == {
        "Reiseliv og opplevelsesnæringer",
        "Eksisterende næringsliv med vekstpotensial",
        "Bioøkonomi",
        "Sirkulær industri",
        "Reiseliv og opplevelser",
    }


def test_some_ideas_have_a_focus_area_and_some_results_are_claimed(told):
    classified = set(told.scalars(sa.select(IdeaFocusArea.idea_id).where(IdeaFocusArea.known())))
    assert 10 <= len(classified) <= 60
    sums = told.execute(
        sa.select(Attribution.subject_kind, sa.func.sum(Attribution.share))
        .where(Attribution.known())
        .group_by(Attribution.subject_kind, Attribution.subject_id)
    ).all()
    assert {row[0] for row in sums} == set(AttributedKind)
    assert {row[1] for row in sums} == {100, 130}


def test_a_goal_goes_by_years_one_begins_anew_and_one_has_an_older_rule(told):
    elverum = next(r for r in list_regions(told) if r.name == "Elverumregionen")
    found = goals.goals_of_region(told, elverum.id, TODAY)
    [by_years] = [aim for aim in found if aim.path]
    assert sum(more for _year, more in by_years.path) == by_years.goal.target == 18
    assert [a.goal.metric for a in found if a.goal.period == "month"] == ["company_visits"]
    rules = {aim.goal.metric: len(goals.all_rules(told, aim.goal.id)) for aim in found}
    assert rules["ideas_from_industry"] == 2


def test_what_is_invented_says_so(told):
    invented = told.scalars(sa.select(Goal).where(Goal.is_invented)).all()
    assert len(invented) == 50
    rules = dict(told.execute(sa.select(GoalRule.goal_id, GoalRule.text)).all())
    assert all("oppdiktet for demoen" in rules[goal.id] for goal in invented)
    amounts = told.scalars(sa.select(Programme.amount_nok).where(Programme.ends_on >= TODAY))
    assert set(amounts) == {None}
    early = told.scalars(sa.select(JobRecord).where(JobRecord.occurred_on < date(2023, 6, 1)))
    assert all("Oppdiktet for demoen" in record.source for record in early)


def test_the_ended_programme_counts_its_own_jobs(told):
    elverum = next(r for r in list_regions(told) if r.name == "Elverumregionen")
    every = goals.goals_of_region(told, elverum.id, TODAY, with_ended=True)
    lines = goals.lines(told, every, TODAY)
    so_far = {
        line.goal.target: line.standing.so_far for line in lines if line.goal.target in (150, 50)
    }
    told_of = data.read("programmes")["history"]
    jobs = {int(year): sum(row[1] for row in rows) for year, rows in told_of.items()}
    assert so_far == {
        150: sum(number for year, number in jobs.items() if year <= 2018),
        50: sum(number for year, number in jobs.items() if year >= 2019),
    }


def test_no_company_and_no_person_is_real(told):
    companies = told.scalars(sa.select(Company)).all()
    numbers = [company.orgnr for company in companies if company.orgnr]
    assert len(numbers) == len(set(numbers)) > 100
    assert all(number[0] in "23" and valid_orgnr(number) for number in numbers)
    assert len({company.match_key for company in companies}) == len(companies)
    names = [company.name for company in companies]
    names += [f"{idea.title} {idea.problem}" for idea in told.scalars(sa.select(Idea))]
    names += [login.name for login in demo.LOGINS]
    assert not [name for name in names if any(real in name for real in REAL_NAMES)]


def test_every_invariant_holds(told):
    assert list(check.broken(told)) == []


def test_nothing_is_entered_before_it_happened_or_after_today(told):
    began = datetime.combine(TODAY, time(), clock.OSLO)
    assert told.scalar(sa.select(sa.func.max(Change.recorded_at))) < began
    for table in (StageEvent, StatusEvent, IncubationEnd, JobRecord, Visit):
        for row in told.scalars(sa.select(table)):
            entered_on = row.recorded_at.astimezone(clock.OSLO).date()
            if "årsrapport" not in (getattr(row, "source", "") or ""):
                assert row.occurred_on <= entered_on <= row.occurred_on + SOME_MONTHS


def test_changes_are_numbered_in_the_order_in_which_they_were_entered(told):
    instants = list(told.scalars(sa.select(Change.recorded_at).order_by(Change.id)))
    assert instants == sorted(instants)


def test_some_facts_were_known_late(told):
    day = TODAY - timedelta(days=120)
    period = Period(day - timedelta(days=364), day)
    now, then = (
        goals.all_values(told, View(day, known_at), period)
        for known_at in (None, clock.end_of(day))
    )
    assert now["ideas_registered"] > then["ideas_registered"]


def test_the_board_shows_what_needs_attention(told):
    elverum = next(r for r in list_regions(told) if r.name == "Elverumregionen")
    cards = told.scalars(
        sa.select(Idea).where(Idea.region_id == elverum.id, Idea.status == Status.OPEN)
    ).all()
    assert any(card.next_step_on and card.next_step_on < TODAY for card in cards)
    assert any(card.next_step_on and card.next_step_on > TODAY for card in cards)
    assert any(card.next_step is None for card in cards)
    near = [card for card in cards if card.deadline_on and card.deadline_on >= TODAY]
    assert any((card.deadline_on - TODAY).days <= 30 for card in near)
    assert any(card.is_shared for card in cards)
    assert any(card.owner_id is None for card in cards)
    assert len(Counter(card.title for card in cards)) == len(cards)


def test_cards_go_back_rest_and_are_stopped_with_a_reason(told):
    back = told.scalars(sa.select(StageEvent.note).where(StageEvent.note.isnot(None))).all()
    assert len(back) > 5
    stopped = told.scalars(sa.select(StatusEvent).where(StatusEvent.status == "stopped")).all()
    assert all(event.reason and event.learnt for event in stopped)
    again = told.scalars(sa.select(StatusEvent).where(StatusEvent.look_again_on.isnot(None))).all()
    assert again
    ended = set(told.scalars(sa.select(IncubationEnd.reason)))
    assert len(ended) > 1
    statuses = set(told.scalars(sa.select(Application.status)))
    assert {"draft", "sent", "refused", "running", "done"} <= statuses


def test_a_wrong_move_was_undone_and_a_number_corrected(told):
    undone = told.scalars(sa.select(Change).where(Change.undoes_id.isnot(None))).all()
    assert {change.subject_kind for change in undone} == {"idea", "job_record"}
    assert told.scalar(sa.select(JobRecord.number).where(JobRecord.voided_at.isnot(None))) == 8


def test_a_year_of_visits_with_all_that_comes_of_them(told):
    made = told.scalars(sa.select(Visit).where(Visit.known())).all()
    assert 200 <= len(made) <= 400
    assert {visit.kind for visit in made} == set(VisitKind)
    assert len({visit.organisation_id for visit in made}) > 4
    assert {visit.is_shared for visit in made} == {True, False}
    origins = told.scalar(sa.select(sa.func.count(VisitIdea.id)))
    assert 60 <= origins <= 180
    steps = told.scalars(sa.select(FollowUp).where(FollowUp.idea_id.is_(None))).all()
    assert {step.done_on is None for step in steps} == {True, False}
    untouched = told.scalars(sa.select(Company).where(Company.last_contact_on.is_(None))).all()
    assert untouched


def test_background_figures_are_there_and_say_that_they_are_invented(told):
    series = {one.key: one for one in told.scalars(sa.select(Series))}
    assert series.keys() == {"population", "net_migration", "employment", "attractiveness"}
    assert all("oppdiktet" in f"{one.source} {one.note}".lower() for one in series.values())
    for region in list_regions(told):
        ids = [row[0] for row in municipalities_of(told, region.id)]
        assert background.latest(told, "population", ids, TODAY).keys() == set(ids)
        before = {figure.municipality_id for figure in background.figures_of(told, ids, TODAY)}
        assert before == set(ids)  # also those that had another number in the oldest years


def test_the_logins_open_the_door(told):
    roles = [login.role for login in demo.LOGINS]
    assert roles == ["admin", "manager", "developer", "advisor", "partner"]
    for login in demo.LOGINS:
        user = people.find_user(told, login.email)
        assert verify_password(login.password, user.password)
        actor = people.actor_by_email(told, login.email)
        assert "Elverumregionen" in actor.region_names.values()
        assert told.get(Organisation, actor.organisation_id) is not None


def test_it_goes_into_an_empty_database_only(told):
    with pytest.raises(RuleBroken) as no:
        demo.load(told, TODAY)
    assert no.value.code == "not_empty"


def test_the_command_says_why_it_will_not(app, told, monkeypatch):
    monkeypatch.setattr(db.db, "reading_session", lambda: Keep(told))
    result = app.test_cli_runner().invoke(args=["demo"])
    assert result.exit_code == 1
    assert "empty database only" in result.output
    assert demo.is_loaded()


class Keep:
    """Lends a session out, and does not let it be closed."""

    def __init__(self, session):
        self._session = session

    def __getattr__(self, name):
        return getattr(self._session, name)

    def close(self):
        """Leave it open for the next test."""
