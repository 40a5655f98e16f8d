"""Reading ideas: as of any day, as known at any instant, by those who may."""

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.core.access import command_line
from incubator.core.clock import end_of
from incubator.core.errors import NotFound
from incubator.core.scope import View
from incubator.ideas import operations as ideas, queries
from incubator.ideas.queries import Filter
from incubator.pipeline.queries import board_as_of
from incubator.pipeline.undo import undo_change
from tests import make

ME = command_line()
DAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def stands_still(clock):
    """All of it happens in May 2026."""


def board(session, day, **over):
    found = board_as_of(session, View(day, **over))
    flat = {**found.pop("stages"), **found}
    return {key: number for key, number in flat.items() if number}


def test_a_card_stands_in_its_stage_from_the_day_it_entered(session):
    idea = make.ripe_idea(session)
    make.move(session, idea, "case", DAY)
    assert board(session, make.REGISTERED - timedelta(days=1)) == {}
    assert board(session, DAY - timedelta(days=1)) == {"idea": 1}
    assert board(session, DAY) == {"case": 1}


def test_of_two_moves_on_one_day_the_last_one_holds_when_it_ends(session):
    idea = make.ripe_idea(session)
    make.move(session, idea, "case", DAY)
    make.move(session, idea, "rd_application", DAY)
    assert board(session, DAY) == {"rd_application": 1}


def test_a_closed_card_counts_by_its_status_and_no_more_in_its_stage(session):
    idea = make.idea(session)
    ideas.park_idea(session, ME, idea, on=DAY, reason="Venter.", look_again_on=None)
    ideas.reopen_idea(session, ME, idea, on=date(2026, 4, 1), reason="Klar.")
    ideas.stop_idea(session, ME, idea, on=date(2026, 5, 1), reason="Nei.", learnt="")
    days = (date(2026, 3, 1), DAY, date(2026, 4, 1), date(2026, 5, 1))
    assert [board(session, day) for day in days] == [
        {"idea": 1}, {"parked": 1}, {"idea": 1}, {"stopped": 1},
    ]  # fmt: skip


def test_what_is_entered_late_counts_on_its_day_but_was_not_known_then(session, clock):
    idea = make.ripe_idea(session)
    clock.set(date(2026, 5, 20))
    make.move(session, idea, "case", DAY)
    assert board(session, DAY) == {"case": 1}
    assert board(session, DAY, known_at=end_of(date(2026, 5, 19))) == {"idea": 1}


def test_what_is_voided_counts_nowhere_but_was_known_until_then(session, clock):
    idea = make.idea(session)
    clock.set(date(2026, 5, 20))
    undo_change(session, ME, idea.change_id)
    assert board(session, DAY) == {}
    assert board(session, DAY, known_at=end_of(date(2026, 5, 19))) == {"idea": 1}


def test_regions_and_municipalities_narrow_the_board(session):
    here = make.idea(session, municipality_id=make.municipality(session, "3420").id)
    make.idea(session, region_name="Hamarregionen")
    assert board(session, DAY) == {"idea": 2}
    assert board(session, DAY, region_ids=(here.region_id,)) == {"idea": 1}
    assert board(session, DAY, municipality_ids=(here.municipality_id,)) == {"idea": 1}


def test_the_counts_of_today_are_those_of_the_facts(session):
    for stage in ("idea", "case", "case"):
        make.idea(session, stage)
    parked = make.idea(session, "case")
    ideas.park_idea(session, ME, parked, on=DAY, reason="Venter.", look_again_on=None)
    stored = {(c.stage_id, c.status): c.total for c in queries.counts(session, parked.region_id)}
    from_facts = queries.counts_as_of(session, View(date(2026, 5, 12)))
    assert stored == {(stage, status): total for stage, status, total in from_facts}


def let_through(session, idea, **filters):
    found = queries.matching(session, ME, idea.region_id, Filter(**filters))
    return [number for numbers in found.values() for number in numbers]


def test_a_filter_lets_through_the_cards_that_hold_every_word_in_any_case(session):
    wanted, other = make.idea(session, title="Flis til kull"), make.idea(session, title="Robot")
    assert let_through(session, other, text="KULL flis") == [wanted.id]
    assert let_through(session, other, text="flis robot") == []


def test_a_filter_narrows_to_an_owner_and_a_municipality(session):
    place = make.municipality(session, "3420").id
    mine = make.ripe_idea(session, municipality_id=place)
    other = make.ripe_idea(session)
    assert let_through(session, other, owner_id=mine.owner_id) == [mine.id]
    assert let_through(session, other, municipality_id=place) == [mine.id]


@pytest.mark.parametrize("text", ["%", "_", "\\", "100%", "'"])
def test_signs_with_a_meaning_to_the_database_are_looked_for_as_they_are(session, text):
    wanted, other = make.idea(session, title=f"x{text}y"), make.idea(session, title="xzy")
    assert let_through(session, other, text=text) == [wanted.id]


def test_a_filter_lets_no_card_through_that_a_partner_may_not_read(session):
    hidden, shared = make.idea(session, title="Flis"), make.idea(session, title="Flis")
    ideas.share_idea(session, ME, shared, is_shared=True, on=DAY)
    partner = make.actor(session, Role.PARTNER)
    found = queries.matching(session, partner, hidden.region_id, Filter(text="flis"))
    assert list(found.values()) == [[shared.id]]


def test_partners_may_read_the_shared_ideas_of_their_regions(session):
    hidden, shared = make.idea(session), make.idea(session)
    ideas.share_idea(session, ME, shared, is_shared=True, on=DAY)
    partner = make.actor(session, Role.PARTNER)
    assert queries.get_visible(session, partner, shared.id).id == shared.id
    with pytest.raises(NotFound):
        queries.get_visible(session, partner, hidden.id)


def test_nobody_reads_the_ideas_of_another_region_but_the_administrator(session):
    idea = make.idea(session, region_name="Hamarregionen")
    for role in (Role.MANAGER, Role.DEVELOPER, Role.ADVISOR, Role.PARTNER):
        with pytest.raises(NotFound):
            queries.get_visible(session, make.actor(session, role), idea.id)
    admin = make.actor(session, Role.ADMIN, region_ids=[])
    assert queries.get_visible(session, admin, idea.id).id == idea.id


def test_an_idea_enters_a_stage_first_but_once(session):
    idea = make.ripe_idea(session)
    for to, day in (("case", 2), ("idea", 3), ("case", 4)):
        make.move(session, idea, to, date(2026, 3, day))
    rows = session.execute(queries.first_entries(View(date(2026, 5, 12)), "case")).all()
    assert [(row.id, row.day) for row in rows] == [(idea.id, DAY)]


def test_the_timeline_tells_standing_facts_from_the_latest_to_the_first(session):
    idea = make.ripe_idea(session, on=DAY)
    make.move(session, idea, "case", DAY)
    undone = make.move(session, idea, "rd_application", DAY)
    undo_change(session, ME, undone.id)
    make.move(session, idea, "commercialisation", DAY)
    stages = {stage.id: key for key, stage in make.stages(session).items()}
    told = [stages[e.stage_id] for e in queries.timeline(session, idea.id) if e.stage_id]
    assert told == ["commercialisation", "case", "idea"]


def test_events_of_one_change_and_day_are_told_in_their_order(session):
    """As a list brings them: several stages of a row, made by the import's one change."""
    idea = make.idea(session, on=DAY)
    change = make.a_change(session)
    change.region_id = idea.region_id
    stages = make.stages(session)
    for key in ("case", "rd_application", "commercialisation"):
        ideas.enter_stage(session, idea, stages[key], DAY, change)
        session.flush()
    keys = {stage.id: key for key, stage in stages.items()}
    told = [keys[e.stage_id] for e in queries.timeline(session, idea.id) if e.stage_id]
    assert told == ["commercialisation", "rd_application", "case", "idea"]


def test_the_version_of_a_board_rises_with_each_change_of_its_region_alone(session):
    here = make.idea(session)
    other = make.idea(session, region_name="Hamarregionen")
    before = queries.version_of(session, here.region_id)
    ideas.edit_idea(session, ME, other, {"title": "Ny"})
    assert queries.version_of(session, here.region_id) == before
    ideas.edit_idea(session, ME, here, {"title": "Ny"})
    assert queries.version_of(session, here.region_id) > before


def test_instants_are_read_in_norwegian_days(session, clock):
    clock.set(datetime.fromisoformat("2026-05-12T22:30:00+00:00"))
    assert make.idea(session, on=date(2026, 5, 13)).registered_on == date(2026, 5, 13)
    assert session.scalar(sa.select(sa.func.count()).select_from(sa.text("ideas"))) == 1
