"""Every figure of the analysis equals what plain Python counts from the tables, day by day."""

import random
from collections import Counter
from datetime import date
from statistics import median

import pytest

from incubator.accounts.models import Role
from incubator.analysis import listing, rows
from incubator.analysis.figure import Reader
from incubator.analysis.look import Look
from incubator.analysis.parts import ageing, cohorts, flow, origins, stays
from incubator.core.clock import Period
from incubator.core.scope import View
from incubator.ideas import queries as ideas
from incubator.reference.queries import municipalities_of
from tests import make
from tests.analysis.by_hand import ByHand, month_ends
from tests.conftest import told_once
from tests.databases import KINDS
from tests.goals.history import History
from tests.thorough import THOROUGH, some

SPANS = (
    (Period(date(2025, 6, 1), date(2026, 5, 12)), date(2026, 5, 12)),
    (Period(date(2024, 6, 1), date(2025, 8, 31)), date(2025, 3, 14)),
    (Period(date(2024, 9, 10), date(2025, 2, 3)), date(2026, 1, 31)),
)


@pytest.fixture(scope="module", params=range(2 if THOROUGH else 1))
def session(app, kind, request):
    """Give two years of work, which happen once for all of these tests: they only read.

    They are others on the other kind of database.
    """
    chance = random.Random((request.param + KINDS.index(kind)) % 2)
    with told_once(app) as story:
        History(story.session, story.clock, chance).happen(260)
        make.actor(story.session, Role.ADMIN)
        yield story.session


@pytest.fixture
def connection(session):
    return session.connection()


@pytest.fixture
def region(session):
    return make.region(session)


def reader_of(session):
    viewer = make.actor(session, Role.ADMIN)
    return Reader(viewer, ideas.list_stages(session), viewer.region_names)


def look_at(region, span, as_of, **view):
    return Look(View(as_of, None, (region.id,), **view), span, {"region": str(region.id)})


def numbers(figure):
    """Give the cells of a figure's table by line and head."""
    return {
        (label, head): cell.value
        for label, cells in figure.rows
        for head, cell in zip(figure.header[1:], cells, strict=True)
    }


def length(session, reader, look, part, **keys):
    return listing.listing(session, reader, look, part, keys).total


@pytest.mark.parametrize("span", SPANS)
def test_flow_counts_each_idea_where_it_stood_at_each_month_end(session, connection, region, span):
    look, reader = look_at(region, *span), reader_of(session)
    [figure] = flow.figures(session, reader, look)
    by_hand = ByHand(connection, region.id)
    days = month_ends(span[0].first, look.last)
    assert len(figure.rows) == len(days)
    for nth, ((label, cells), day) in enumerate(zip(reversed(figure.rows), days, strict=True)):
        expected = by_hand.flow(day)
        assert [cell.value for cell in cells] == [expected[key] for key in reader.states], label
        for key in some(list(reader.states), nth, of=3):
            on_day = look_at(region, span[0], day)
            assert length(session, reader, on_day, "flyt", stand=key) == expected[key]
    assert sum(by_hand.flow(days[-1]).values()) > 5


@pytest.mark.parametrize("span", SPANS)
def test_stays_are_counted_day_by_day(session, connection, region, span):
    look, reader = look_at(region, *span), reader_of(session)
    figure, *_rest = stays.figures(session, reader, look)
    by_hand = list(ByHand(connection, region.id).stays(look.as_of))
    for stage, (label, cells) in zip(reader.stages, figure.rows, strict=True):
        mine = [stay for stay in by_hand if stay[1] == stage.id]
        over = sorted(s[2] for s in mine if s[3] and look.span.first <= s[3] <= look.last)
        going = [s[2] for s in mine if s[3] is None]
        assert cells[0].value == len(over), label
        assert cells[1].value == (median(over) if over else None), label
        few = len(over) < 5
        assert cells[2].value == (None if few else over[-(-85 * len(over) // 100) - 1]), label
        assert cells[3].value == len(going), label
        assert cells[4].value == (median(going) if going else None), label
        for done, expected in (("1", over), ("0", going)):
            found = length(session, reader, look, "tid", ferdig=done, fase=str(stage.id))
            assert found == len(expected)


@pytest.mark.parametrize("span", SPANS)
def test_open_work_is_as_old_as_the_board_says(session, connection, region, span):
    look, reader = look_at(region, *span), reader_of(session)
    [figure] = ageing.figures(session, reader, look)
    by_hand = ByHand(connection, region.id)
    expected = Counter()
    for idea in by_hand.ideas:
        state = by_hand.state(idea, look.as_of)
        if state and state[1]["status"] == "open":
            stage = next(s for s in reader.stages if s.id == state[0]["stage_id"])
            days = (look.as_of - state[0]["occurred_on"]).days
            limit = stage.stale_days
            age = 3 if days >= 2 * limit else 2 if days >= limit else int(2 * days >= limit)
            expected[stage.id, age] += 1
    for stage, (_label, cells) in zip(reader.stages, figure.rows, strict=True):
        assert [cell.value for cell in cells[1:5]] == [expected[stage.id, age] for age in range(4)]
        for age, key in enumerate(rows.AGES):
            found = length(session, reader, look, "alder", fase=str(stage.id), alder=key)
            assert found == expected[stage.id, age]
    assert expected.total() > 5


@pytest.mark.parametrize("span", SPANS)
def test_no_idea_drops_out_of_its_cohort(session, connection, region, span):
    look, reader = look_at(region, *span), reader_of(session)
    now, reached = cohorts.figures(session, reader, look)
    by_hand = ByHand(connection, region.id)
    everybody = by_hand.registered(look.span.first, look.last)
    assert sum(cells[0].value for _label, cells in now.rows) == len(everybody) > 2
    names = Counter(by_hand.name(idea, look.as_of) for idea in everybody)
    for nth, key in enumerate(reader.states, start=1):
        assert sum(cells[nth].value for _label, cells in now.rows) == names[key]
        assert length(session, reader, look, "kull", stand=key) == names[key]
    ever = Counter(stage for idea in everybody for stage in by_hand.reached(idea, look.as_of))
    for nth, stage in enumerate(reader.stages, start=1):
        assert sum(cells[nth].value for _label, cells in reached.rows) == ever[stage.id]
        assert length(session, reader, look, "nadd", fase=str(stage.id)) == ever[stage.id]


@pytest.mark.parametrize("span", SPANS)
def test_origins_and_stops_are_counted_whole(session, connection, region, span):
    look, reader = look_at(region, *span), reader_of(session)
    figures = {figure.key: figure for figure in origins.figures(session, reader, look)}
    by_hand = ByHand(connection, region.id)
    everybody = by_hand.registered(look.span.first, look.last)
    expected = [by_hand.origin(idea) for idea in everybody]
    met = sum(visit is not None for visit, *_rest in expected)
    assert [cells[0].value for _label, cells in figures["besok"].rows] == [
        met, len(everybody) - met, len(everybody),
    ]  # fmt: skip
    sections = Counter(section for _visit, section, _place in expected)
    assert sorted(cells[0].value for _l, cells in figures["naering"].rows[:-1]) == sorted(
        sections.values()
    )
    for key, number in sections.items():
        assert length(session, reader, look, "opphav", naering=key) == number
    for key, number in Counter(place for *_rest, place in expected).items():
        assert length(session, reader, look, "opphav", i_kommune=key) == number
    stops = list(by_hand.stopped(look.span.first, look.last, look.as_of))
    stages = Counter(stage for stage, _reason in stops)
    assert [cells[0].value for _l, cells in figures["stopp"].rows[:-1]] == [
        stages[stage.id] for stage in reader.stages
    ]
    why = Counter(reason for _stage, reason in stops)
    assert [cells[0].value for _l, cells in figures["grunn"].rows] == sorted(
        why.values(), reverse=True
    )


def test_a_municipality_is_counted_alone_and_the_unknown_one_too(session, connection, region):
    reader = reader_of(session)
    span, as_of = SPANS[0]
    by_hand = ByHand(connection, region.id)
    found = []
    for number, _key, _name in municipalities_of(session, region.id):
        look = look_at(region, span, as_of, municipality_ids=(number,))
        alone = ByHand(connection, region.id, number)
        found.append(length(session, reader, look, "flyt"))
        assert found[-1] == alone.flow(as_of).total()
    nowhere = Look(View(as_of, None, (region.id,)), span, {}, is_nowhere=True)
    found.append(length(session, reader, nowhere, "flyt"))
    assert sum(found) == by_hand.flow(as_of).total()
    assert found[-1] > 0 and sum(found[:-1]) > 0
