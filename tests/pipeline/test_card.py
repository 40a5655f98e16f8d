"""The trail of an idea: where it has stood, how long, and what it lacks."""

from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.core.access import command_line
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea
from incubator.pipeline import card
from incubator.pipeline.undo import undo_change
from tests import make

ME = command_line()
DAY = date(2026, 3, 2)
TODAY = date(2026, 5, 12)


@pytest.fixture(autouse=True)
def stands_still(clock):
    """All of it happens in May 2026."""


def trail(session, idea, today=TODAY):
    beads = card.contents(session, ME, idea.id, today)["beads"]
    return [(bead.state, bead.days) for bead in beads]


def test_a_trail_tells_the_days_in_each_stage_and_what_was_skipped(session):
    idea = make.ripe_idea(session, on=date(2026, 3, 1))
    make.move(session, idea, "case", date(2026, 3, 11))
    make.move(session, idea, "rd_application", date(2026, 4, 1))
    assert trail(session, idea) == [
        ("done", 10), ("done", 21), ("skipped", None), ("current", 41), ("ahead", None),
    ]  # fmt: skip


def test_days_in_a_stage_that_was_left_and_entered_again_are_added(session):
    idea = make.ripe_idea(session, on=date(2026, 3, 1))
    for to, day in (("case", 6), ("idea", 8), ("case", 11)):
        make.move(session, idea, to, date(2026, 3, day))
    found = trail(session, idea, date(2026, 3, 21))
    assert found[:2] == [("done", 5 + 3), ("current", 2 + 10)]


def test_events_of_one_change_and_day_keep_their_order(session):
    """As a list brings them: the card stands in the last of them since that day."""
    idea = make.idea(session, on=DAY)
    change = make.a_change(session)
    change.region_id = idea.region_id
    for key in ("case", "rd_application"):
        ideas.enter_stage(session, idea, make.stages(session)[key], DAY, change)
        session.flush()
    assert trail(session, idea) == [
        ("done", 0), ("done", 0), ("skipped", None), ("current", 71), ("ahead", None),
    ]  # fmt: skip


def test_a_closed_card_has_stood_in_its_stage_until_it_was_closed(session):
    idea = make.idea(session, on=date(2026, 3, 1))
    ideas.stop_idea(session, ME, idea, on=date(2026, 3, 11), reason="Nei.", learnt="")
    assert trail(session, idea)[0] == ("current", 10)


def test_an_undone_move_is_on_no_trail_and_no_timeline(session):
    idea = make.ripe_idea(session, on=DAY)
    before = card.contents(session, ME, idea.id, TODAY)
    undo_change(session, ME, make.move(session, idea, "case", DAY).id)
    after = card.contents(session, ME, idea.id, TODAY)
    assert (after["beads"], after["timeline"]) == (before["beads"], before["timeline"])


@pytest.mark.parametrize(
    ("stage", "number"),
    [("idea", 0), ("case", 3), ("incubator_company", 2), ("rd_application", 3)],
)
def test_a_card_names_what_it_lacks_where_it_stands(session, stage, number):
    idea = make.idea(session, stage)
    assert len(card.contents(session, ME, idea.id, TODAY)["idea"].missing) == number


def test_a_closed_card_lacks_nothing_any_more(session):
    idea = make.idea(session, "case")
    ideas.stop_idea(session, ME, idea, on=DAY, reason="Nei.", learnt="")
    assert card.contents(session, ME, idea.id, TODAY)["idea"].missing == []


def test_the_page_says_at_which_visit_the_idea_came_up(client, session, clock):
    person = make.user(session, organisation_id=make.organisation(session).id, name="Kari Ås")
    visit = make.visit(
        session, by=make.actor_of(session, person), company_name="Glommali Sagbruk AS",
        occurred_on=date(2026, 3, 2), about="Hemmelig", idea_title="Biokull",
    )  # fmt: skip
    idea = session.scalars(sa.select(Idea)).one()
    ideas.share_idea(session, ME, idea, is_shared=True, on=date(2026, 3, 3))
    client.sign_in(make.user(session))
    page = client.get(f"/ideer/{idea.id}").text
    assert f'<a href="/besok/{visit.id}">Besøk 02.03.2026 hos Glommali Sagbruk AS</a>' in page
    assert "logget av Kari Ås, Klosser Innovasjon" in page
    assert "Hemmelig" not in page
    client.sign_in(make.user(session, Role.PARTNER))
    assert "/besok/" not in client.get(f"/ideer/{idea.id}").text
