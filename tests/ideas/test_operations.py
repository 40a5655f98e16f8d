"""Writing ideas: adding, editing, closing, sharing; every write leaves its change."""

from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change, ChangeValue
from incubator.companies.models import Company
from incubator.core.access import command_line
from incubator.core.errors import NotAllowed, RuleBroken
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea, SharingEvent, StageEvent, Status, StatusEvent
from tests import make

ME = command_line()
DAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def stands_still(clock):
    """All of it happens in May 2026."""


def park(session, idea, on=DAY, by=ME, **over):
    given = {"reason": "Venter på kunden.", "look_again_on": None, **over}
    return ideas.park_idea(session, by, idea, on=on, **given)


def facts(session, table, idea):
    query = sa.select(table).where(table.idea_id == idea.id, table.known())
    return session.scalars(query.order_by(table.occurred_on, table.nth)).all()


def test_an_idea_begins_open_in_its_stage_by_one_change(session):
    idea = make.idea(session, "case", on=DAY)
    [stage], [status] = facts(session, StageEvent, idea), facts(session, StatusEvent, idea)
    assert {idea.change_id, stage.change_id, status.change_id} == {idea.last_change_id}
    assert (stage.occurred_on, stage.nth, status.status) == (DAY, 1, Status.OPEN)
    change = session.get(Change, idea.change_id)
    assert (change.verb, change.subject_id, change.region_id) == (
        "idea.added", idea.id, idea.region_id,
    )  # fmt: skip


def test_an_idea_takes_the_municipality_of_its_company_unless_told_another(session):
    places = make.municipality(session, "3420"), make.municipality(session, "3419")
    company = make.company(session, municipality_id=places[0].id)
    assert make.idea(session, company_id=company.id).municipality_id == places[0].id
    other = make.idea(session, company_id=company.id, municipality_id=places[1].id)
    assert other.municipality_id == places[1].id


def test_a_company_that_nobody_knew_is_made_by_the_change_of_the_idea(session):
    idea = make.idea(session, company_name="  Ny   Bedrift AS ")
    company = session.get(Company, idea.company_id)
    assert (company.name, company.change_id) == ("Ny Bedrift AS", idea.change_id)


@pytest.mark.parametrize("title", ["", "   ", "\t\n"])
def test_an_idea_needs_a_title(session, title):
    with pytest.raises(RuleBroken, match="title_missing"):
        make.idea(session, title=title)


def test_an_idea_is_not_registered_tomorrow(session):
    with pytest.raises(RuleBroken, match="in_the_future"):
        make.idea(session, on=date(2026, 5, 13))


def test_a_partner_adds_nothing_and_nobody_adds_elsewhere(session):
    with pytest.raises(NotAllowed, match="not_permitted"):
        make.idea(session, by=make.actor(session, Role.PARTNER))
    with pytest.raises(NotAllowed, match="other_region"):
        make.idea(session, by=make.actor(session, region_name="Hamarregionen"))


def test_every_new_idea_stands_above_those_before_it(session):
    made = [make.idea(session) for _ in range(4)]
    query = sa.select(Idea.id).where(Idea.region_id == made[0].region_id).order_by(Idea.position)
    assert session.scalars(query).all() == [idea.id for idea in reversed(made)]


def test_an_edit_keeps_the_old_and_the_new_of_each_field_that_differs(session):
    idea = make.idea(session, title="Flis")
    change = ideas.edit_idea(session, ME, idea, {"title": "Kull", "problem": None})
    values = session.execute(
        sa.select(ChangeValue.field, ChangeValue.old, ChangeValue.new).where(
            ChangeValue.change_id == change.id
        )
    ).all()
    assert [tuple(value) for value in values] == [("title", "Flis", "Kull")]
    assert (idea.title_key, idea.search_key) == ("kull", "kull")


def test_an_edit_that_changes_nothing_is_none(session):
    idea = make.idea(session, title="Flis")
    assert ideas.edit_idea(session, ME, idea, {"title": "Flis"}) is None


def test_an_owner_who_is_a_user_takes_the_place_of_a_name_from_a_list(session):
    idea = make.idea(session)
    idea.owner_name = "Per Olsen"
    owner = make.user(session, name="Kari Berg")
    ideas.edit_idea(session, ME, idea, {"owner_id": owner.id})
    assert (idea.owner_id, idea.owner_name) == (owner.id, None)
    assert "kari berg" in idea.search_key and "per olsen" not in idea.search_key


def test_an_advisor_edits_own_and_unassigned_ideas_only(session):
    advisor = make.actor(session, Role.ADVISOR)
    for owner in (advisor.id, None):
        ideas.edit_idea(session, advisor, make.idea(session, owner_id=owner), {"title": "Ny"})
    with pytest.raises(NotAllowed, match="not_yours"):
        ideas.edit_idea(session, advisor, make.ripe_idea(session), {"title": "Ny"})


def test_a_parked_idea_knows_when_to_look_again_and_why(session):
    idea = make.idea(session)
    park(session, idea, look_again_on=date(2026, 9, 1))
    latest = facts(session, StatusEvent, idea)[-1]
    assert (latest.reason, latest.look_again_on) == ("Venter på kunden.", date(2026, 9, 1))
    assert (idea.status, idea.status_on, idea.latest_on) == (Status.PARKED, DAY, DAY)


def test_a_stopped_idea_keeps_what_was_learnt(session):
    idea = make.idea(session)
    ideas.stop_idea(session, ME, idea, on=DAY, reason="For dyrt.", learnt="Spør kunden først.")
    latest = facts(session, StatusEvent, idea)[-1]
    assert (latest.reason, latest.learnt) == ("For dyrt.", "Spør kunden først.")


@pytest.mark.parametrize(
    "close",
    [
        lambda s, idea, reason: park(s, idea, reason=reason),
        lambda s, idea, reason: ideas.stop_idea(s, ME, idea, on=DAY, reason=reason, learnt=""),
        lambda s, idea, reason: ideas.reopen_idea(s, ME, idea, on=DAY, reason=reason),
    ],
)
def test_closing_and_opening_ask_why(session, close):
    with pytest.raises(RuleBroken, match="reason_missing"):
        close(session, make.idea(session), "  ")


def test_what_is_closed_is_opened_before_it_is_closed_anew(session):
    idea = make.idea(session)
    park(session, idea)
    with pytest.raises(RuleBroken, match="not_open"):
        ideas.launch_idea(session, ME, idea, on=DAY)
    ideas.reopen_idea(session, ME, idea, on=DAY, reason="Klar.")
    with pytest.raises(RuleBroken, match="already_open"):
        ideas.reopen_idea(session, ME, idea, on=DAY, reason="Klar.")
    ideas.launch_idea(session, ME, idea, on=DAY)
    assert [event.nth for event in facts(session, StatusEvent, idea)] == [1, 1, 2, 3]


def test_a_card_that_is_opened_again_stands_on_top(session):
    idea, other = make.idea(session), make.idea(session)
    park(session, idea)
    ideas.reopen_idea(session, ME, idea, on=DAY, reason="Klar.")
    assert idea.position < other.position


@pytest.mark.parametrize("on", [date(2026, 5, 13), date(2026, 1, 14)])
def test_a_status_is_not_set_in_the_future_or_before_the_latest(session, on):
    with pytest.raises(RuleBroken):
        park(session, make.idea(session), on=on)


def test_an_advisor_does_not_close_what_another_owns(session):
    with pytest.raises(NotAllowed, match="not_yours"):
        park(session, make.ripe_idea(session), by=make.actor(session, Role.ADVISOR))


def test_sharing_is_a_fact_with_its_withdrawal(session):
    idea = make.idea(session)
    ideas.share_idea(session, ME, idea, is_shared=True, on=DAY)
    ideas.share_idea(session, ME, idea, is_shared=False, on=DAY)
    found = [(event.is_shared, event.nth) for event in facts(session, SharingEvent, idea)]
    assert found == [(True, 1), (False, 2)]
    assert not idea.is_shared


def test_sharing_in_the_future_or_before_the_last_word_about_it_is_refused(session):
    idea = make.idea(session)
    ideas.share_idea(session, ME, idea, is_shared=True, on=DAY)
    with pytest.raises(RuleBroken, match="in_the_future"):
        ideas.share_idea(session, ME, idea, is_shared=False, on=date(2026, 5, 13))
    with pytest.raises(RuleBroken, match="before_latest_event"):
        ideas.share_idea(session, ME, idea, is_shared=False, on=date(2026, 3, 1))


def test_developers_share_what_they_own_and_managers_everything(session):
    developer, manager = make.actor(session), make.actor(session, Role.MANAGER)
    ideas.share_idea(
        session, developer, make.idea(session, owner_id=developer.id), is_shared=True, on=DAY
    )
    idea = make.ripe_idea(session)
    with pytest.raises(NotAllowed, match="not_yours"):
        ideas.share_idea(session, developer, idea, is_shared=True, on=DAY)
    ideas.share_idea(session, manager, idea, is_shared=True, on=DAY)
