"""Undo: a change is voided as a whole, while nothing that stands has built on it."""

from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.companies.models import Company, Contact
from incubator.core.access import command_line
from incubator.core.clock import Period
from incubator.core.errors import NotAllowed, NotFound, RuleBroken
from incubator.core.scope import View
from incubator.followups import operations as followups
from incubator.funding import operations as funding
from incubator.funding.models import Application, ApplicationStatus
from incubator.goals import queries as goals
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea, StageEvent, Status
from incubator.ideas.order import Place
from incubator.incubation import operations as incubation
from incubator.incubation.models import EndReason, Incubation, IncubationIdea
from incubator.pipeline.operations import place_idea
from incubator.pipeline.queries import board_as_of
from incubator.pipeline.undo import undo_change
from incubator.upkeep import check
from tests import make

DAY = date(2026, 3, 2)
ME = command_line()


@pytest.fixture(autouse=True)
def stands_still(clock):
    """All of it happens in May 2026."""


def undone(session, change, by=ME):
    """Undo a change; whatever it was, the data is sound after it."""
    undo = undo_change(session, by, change.id)
    assert [f"{invariant.name} {row}" for invariant, row in check.broken(session)] == []
    return undo


def refused(session, change, code="built_upon", by=ME):
    # As in a request: what was refused leaves nothing behind.
    with pytest.raises((RuleBroken, NotAllowed, NotFound)) as no, session.begin_nested():
        undo_change(session, by, change.id)
    assert no.value.code == code


def change_of(session, row):
    return session.get_one(Change, row.change_id)


def key_of(session, idea):
    stages = {stage.id: key for key, stage in make.stages(session).items()}
    return stages[idea.stage_id]


def order_of(session, stage):
    query = sa.select(Idea.id).where(Idea.stage_id == make.stages(session)[stage].id)
    return session.scalars(query.where(Idea.known()).order_by(Idea.position)).all()


def counted(session, known_at=None):
    period = Period(date(2026, 1, 1), date(2026, 5, 12))
    return goals.all_values(session, View(period.last, known_at), period)


def test_an_undone_move_counts_nowhere_and_the_card_stands_where_it_stood(session):
    idea = make.ripe_idea(session)
    board, metrics = board_as_of(session, View(date(2026, 5, 12))), counted(session)
    change = make.move(session, idea, "case", DAY)
    assert counted(session)["cases_opened"] == 1
    undo = undone(session, change)
    assert key_of(session, idea) == "idea"
    assert (idea.stage_on, idea.latest_on) == (make.REGISTERED, make.REGISTERED)
    assert board_as_of(session, View(date(2026, 5, 12))) == board
    assert counted(session) == metrics
    assert (undo.undoes_id, undo.verb) == (change.id, "change.undone")


def test_what_was_known_before_the_undo_can_still_be_asked_for(session, clock):
    idea = make.ripe_idea(session)
    change = make.move(session, idea, "case", DAY)
    clock.set(date(2026, 5, 13))
    undone(session, change)
    assert counted(session)["cases_opened"] == 0
    assert counted(session, known_at=change.recorded_at)["cases_opened"] == 1


def test_the_card_gets_its_old_place_back(session):
    bottom, idea, top = (make.ripe_idea(session) for _ in range(3))
    before = order_of(session, "idea")
    undone(session, make.move(session, idea, "case", DAY))
    assert order_of(session, "idea") == before == [top.id, idea.id, bottom.id]


def test_a_card_whose_old_place_was_taken_comes_beside_who_took_it(session):
    bottom, idea, top = (make.ripe_idea(session) for _ in range(3))
    place = idea.position
    change = make.move(session, idea, "case", DAY)
    other = make.ripe_idea(session)
    place_idea(session, ME, other, Place(after_id=top.id))
    assert other.position == place
    undone(session, change)
    assert order_of(session, "idea") == [top.id, idea.id, other.id, bottom.id]


def test_the_undo_of_a_move_sets_back_what_the_gate_was_answered(session):
    idea = make.idea(session)
    owner = make.user(session)
    change = make.move(
        session, idea, "case", DAY,
        owner_id=owner.id, problem="Flis.", company_name="Nytt Navn AS", founder="Åse Berg",
    )  # fmt: skip
    company, contact = session.get(Company, idea.company_id), idea.founder_contact_id
    undone(session, change)
    assert (idea.owner_id, idea.problem, idea.company_id) == (None, None, None)
    assert idea.founder_contact_id is None
    assert company.is_voided and session.get(Contact, contact).is_voided
    assert "nytt navn" not in idea.search_key


def test_a_company_that_somebody_else_uses_by_now_stays(session):
    idea = make.idea(session, owner_id=make.user(session).id)
    change = make.move(session, idea, "case", DAY, problem="Flis.", company_name="Nytt Navn AS")
    other = make.idea(session, company_name="Nytt Navn")
    undone(session, change)
    assert not session.get(Company, other.company_id).is_voided


def test_the_undo_of_a_move_takes_the_incubation_with_it_that_it_opened(session):
    idea = make.ripe_idea(session, company_id=make.company(session, orgnr=None).id)
    number = make.orgnr()
    change = make.move(session, idea, "incubator_company", DAY, orgnr=number)
    undone(session, change)
    assert session.scalars(sa.select(Incubation)).one().is_voided
    assert session.get(Company, idea.company_id).orgnr is None
    assert counted(session)["incubator_admissions"] == 0
    assert counted(session)["incubator_active"] == 0


def test_the_undo_of_a_move_that_joined_an_incubation_leaves_it_running(session):
    first = make.ripe_idea(session)
    make.move(session, first, "incubator_company", DAY)
    second = make.ripe_idea(session, company_id=first.company_id)
    undone(session, make.move(session, second, "incubator_company", DAY))
    assert not session.scalars(sa.select(Incubation)).one().is_voided
    links = session.scalars(sa.select(IncubationIdea).where(IncubationIdea.known())).all()
    assert [link.idea_id for link in links] == [first.id]


def test_an_incubation_that_another_idea_joined_cannot_be_undone(session):
    first = make.ripe_idea(session)
    opened = make.move(session, first, "incubator_company", DAY)
    second = make.ripe_idea(session, company_id=first.company_id)
    joined = make.move(session, second, "incubator_company", DAY)
    refused(session, opened)
    undone(session, joined)
    undone(session, opened)


def test_an_incubation_that_has_ended_cannot_be_undone(session):
    idea = make.ripe_idea(session)
    change = make.move(session, idea, "incubator_company", DAY)
    opened = session.scalars(sa.select(Incubation)).one()
    end = incubation.end_incubation(session, ME, opened, on=DAY, reason=EndReason.SOLD)
    refused(session, change)
    undone(session, change_of(session, end))
    assert opened.left_on is None
    undone(session, change)


def test_the_end_of_an_incubation_stands_when_the_company_was_admitted_anew(session):
    idea = make.ripe_idea(session)
    make.move(session, idea, "incubator_company", DAY)
    first = session.scalars(sa.select(Incubation)).one()
    end = incubation.end_incubation(session, ME, first, on=DAY, reason=EndReason.MOVED)
    again = make.ripe_idea(session, company_id=idea.company_id)
    make.move(session, again, "incubator_company", date(2026, 4, 1))
    refused(session, change_of(session, end))


def test_the_undo_of_a_move_voids_the_application_that_it_opened(session):
    idea = make.ripe_idea(session)
    change = make.move(session, idea, "rd_application", DAY, deadline_on=date(2026, 9, 1))
    assert idea.deadline_on == date(2026, 9, 1)
    undone(session, change)
    assert idea.deadline_on is None
    assert session.scalars(sa.select(Application)).one().is_voided


def test_the_undo_of_a_move_takes_back_what_it_completed_on_an_application(session):
    idea = make.ripe_idea(session)
    make.move(session, idea, "rd_application", DAY)
    make.move(session, idea, "case", DAY)
    change = make.move(session, idea, "rd_application", DAY, deadline_on=date(2026, 9, 1))
    undone(session, change)
    assert session.scalars(sa.select(Application)).one().deadline_on is None
    assert idea.deadline_on is None


def test_an_application_that_was_sent_keeps_the_move_that_opened_it(session):
    application = make.application(session)
    opened = change_of(session, application)
    sent = funding.set_status(session, ME, application, ApplicationStatus.SENT, on=DAY)
    refused(session, opened)
    undone(session, change_of(session, sent))
    assert application.status == ApplicationStatus.DRAFT
    undone(session, opened)


def test_the_undo_of_what_happened_to_an_application_gives_it_its_earlier_status(session):
    application = make.application(session)
    idea = session.get(Idea, application.idea_id)
    sent = funding.set_status(session, ME, application, ApplicationStatus.SENT, on=DAY)
    granted = funding.set_status(
        session, ME, application, ApplicationStatus.GRANTED, on=DAY, amount_nok=900_000
    )
    assert counted(session)["amount_granted"] == 900_000
    refused(session, change_of(session, sent))
    undo = undone(session, change_of(session, granted))
    assert application.status == ApplicationStatus.SENT
    assert counted(session)["amount_granted"] == 0
    assert idea.last_change_id == undo.id


def test_the_undo_of_sending_lets_the_card_show_its_deadline_again(session):
    idea = make.ripe_idea(session)
    make.move(session, idea, "rd_application", DAY, deadline_on=date(2026, 9, 1))
    application = session.scalars(sa.select(Application)).one()
    sent = funding.set_status(session, ME, application, ApplicationStatus.SENT, on=DAY)
    assert idea.deadline_on is None
    undone(session, change_of(session, sent))
    assert idea.deadline_on == date(2026, 9, 1)


def test_the_undo_of_a_move_with_a_first_sale_opens_the_idea_again(session):
    idea = make.ripe_idea(session)
    change = make.move(session, idea, "commercialisation", DAY, first_sale_on=DAY)
    assert idea.status == Status.LAUNCHED
    undone(session, change)
    assert (key_of(session, idea), idea.status) == ("idea", Status.OPEN)
    assert idea.launched_what is None


def test_an_idea_that_was_added_by_mistake_is_gone_from_every_number(session):
    metrics = counted(session)
    idea = make.idea(session, company_name="Feiltast AS")
    company = idea.company_id
    undone(session, change_of(session, idea))
    assert idea.is_voided and idea.position is None
    assert session.get(Company, company).is_voided
    assert counted(session) == metrics


def test_an_idea_added_again_after_an_undo_takes_the_company_up_anew(session):
    idea = make.idea(session, company_name="Feiltast AS")
    undone(session, change_of(session, idea))
    again = make.idea(session, company_name="Feiltast AS")
    assert again.company_id != idea.company_id
    assert not session.get(Company, again.company_id).is_voided


@pytest.mark.parametrize("what", ["move", "park", "share", "step", "job"])
def test_an_idea_on_which_something_stands_cannot_be_taken_back(session, what):
    idea = make.ripe_idea(session)
    if what == "move":
        make.move(session, idea, "case", DAY)
    elif what == "park":
        ideas.park_idea(session, ME, idea, on=DAY, reason="Venter.", look_again_on=None)
    elif what == "share":
        ideas.share_idea(session, ME, idea, is_shared=True, on=DAY)
    elif what == "step":
        followups.promise(session, ME, idea, what="Ring", due_on=None)
    else:
        make.jobs(session, idea_id=idea.id)
    refused(session, change_of(session, idea))


def test_a_move_with_a_later_move_cannot_be_undone_before_that_one(session):
    idea = make.ripe_idea(session)
    first = make.move(session, idea, "case", DAY)
    second = make.move(session, idea, "rd_application", DAY)
    refused(session, first)
    undone(session, second)
    undone(session, first)
    assert key_of(session, idea) == "idea"


def test_the_days_order_goes_on_where_an_undone_event_stood(session):
    idea = make.ripe_idea(session, on=DAY)
    make.move(session, idea, "case", DAY)
    undone(session, make.move(session, idea, "rd_application", DAY))
    make.move(session, idea, "commercialisation", DAY)
    query = sa.select(StageEvent.nth).where(StageEvent.idea_id == idea.id, StageEvent.known())
    assert session.scalars(query.order_by(StageEvent.nth)).all() == [1, 2, 3]


def test_an_undone_day_can_be_earlier_the_next_time(session):
    idea = make.ripe_idea(session)
    undone(session, make.move(session, idea, "case", DAY))
    make.move(session, idea, "case", date(2026, 2, 1))
    assert idea.stage_on == date(2026, 2, 1)


def test_nothing_is_undone_twice_and_no_undo_is_undone(session):
    change = make.move(session, make.ripe_idea(session), "case", DAY)
    undo = undone(session, change)
    refused(session, change, "already_undone")
    refused(session, undo, "cannot_undo")


def test_the_undo_of_an_edit_sets_back_the_words_and_their_keys(session):
    idea = make.ripe_idea(session, title="Grønt spon")
    found = ideas.edit_idea(session, ME, idea, {"title": "Brunt spon", "description": "Mer."})
    undone(session, found)
    assert (idea.title, idea.title_key, idea.description) == ("Grønt spon", "grønt spon", None)
    assert "grønt" in idea.search_key


def test_an_edit_that_was_edited_since_cannot_be_undone(session):
    idea = make.ripe_idea(session, title="Grønt spon")
    first = ideas.edit_idea(session, ME, idea, {"title": "Brunt spon"})
    second = ideas.edit_idea(session, ME, idea, {"title": "Rødt spon"})
    refused(session, first)
    assert idea.title == "Rødt spon"
    undone(session, second)
    undone(session, first)
    assert idea.title == "Grønt spon"


def test_the_undo_of_an_edit_voids_the_company_that_it_made(session):
    idea = make.ripe_idea(session)
    old = idea.company_id
    change = ideas.edit_idea(
        session, ME, idea, {},
        company=lambda change: make.companies.company_named(session, change, "Helt Ny AS"),
    )  # fmt: skip
    made = session.get(Company, idea.company_id)
    assert made.id != old
    undone(session, change)
    assert idea.company_id == old and made.is_voided


def test_an_owner_from_a_list_comes_back_by_name(session):
    idea = make.idea(session)
    idea.owner_name = "Per Olsen"
    change = ideas.edit_idea(session, ME, idea, {"owner_id": make.user(session).id})
    assert idea.owner_name is None
    undone(session, change)
    assert (idea.owner_id, idea.owner_name) == (None, "Per Olsen")


@pytest.mark.parametrize("verb", ["park", "stop", "launch"])
def test_a_closed_card_is_open_again_in_its_place(session, verb):
    _bottom, idea, _top = (make.ripe_idea(session) for _ in range(3))
    before = order_of(session, "idea")
    change = {
        "park": lambda: ideas.park_idea(
            session, ME, idea, on=DAY, reason="Venter.", look_again_on=None
        ),
        "stop": lambda: ideas.stop_idea(session, ME, idea, on=DAY, reason="Nei.", learnt="Mye."),
        "launch": lambda: ideas.launch_idea(session, ME, idea, on=DAY),
    }[verb]()
    assert idea.status != Status.OPEN
    undone(session, change)
    assert (idea.status, idea.status_on) == (Status.OPEN, make.REGISTERED)
    assert order_of(session, "idea") == before


def test_the_undo_of_a_reopening_closes_the_card_in_its_place(session):
    _bottom, idea, _top = (make.ripe_idea(session) for _ in range(3))
    ideas.park_idea(session, ME, idea, on=DAY, reason="Venter.", look_again_on=None)
    before = order_of(session, "idea")
    change = ideas.reopen_idea(session, ME, idea, on=DAY, reason="Klar.")
    assert order_of(session, "idea")[0] == idea.id
    undone(session, change)
    assert idea.status == Status.PARKED
    assert order_of(session, "idea") == before


def test_the_undo_of_a_place_puts_the_card_back(session):
    bottom, idea, top = (make.idea(session) for _ in range(3))
    change = place_idea(session, ME, idea, Place(after_id=bottom.id))
    assert order_of(session, "idea") == [top.id, bottom.id, idea.id]
    undone(session, change)
    assert order_of(session, "idea") == [top.id, idea.id, bottom.id]


def test_a_place_in_a_column_that_the_card_has_left_is_not_put_back(session):
    _bottom, idea, _top = (make.ripe_idea(session) for _ in range(3))
    placed = place_idea(session, ME, idea, Place())
    move = make.move(session, idea, "case", DAY)
    refused(session, placed)
    undone(session, move)
    undone(session, placed)


def test_a_place_is_not_put_back_over_a_later_one(session):
    bottom, idea, top = (make.idea(session) for _ in range(3))
    first = place_idea(session, ME, idea, Place(after_id=bottom.id))
    second = place_idea(session, ME, idea, Place(before_id=top.id))
    refused(session, first)
    undone(session, second)
    undone(session, first)
    assert order_of(session, "idea") == [top.id, idea.id, bottom.id]


def test_a_move_is_undone_though_the_card_was_placed_in_its_new_column(session):
    idea, other = make.ripe_idea(session), make.ripe_idea(session, "case")
    move = make.move(session, idea, "case", DAY)
    placed = place_idea(session, ME, idea, Place(after_id=other.id))
    undone(session, move)
    assert key_of(session, idea) == "idea"
    refused(session, placed)


def test_the_undo_of_sharing_hides_the_card_from_partners_again(session):
    idea = make.idea(session)
    shared = ideas.share_idea(session, ME, idea, is_shared=True, on=DAY)
    withdrawn = ideas.share_idea(session, ME, idea, is_shared=False, on=DAY)
    refused(session, shared)
    undone(session, withdrawn)
    assert idea.is_shared
    undone(session, shared)
    assert not idea.is_shared


def test_the_undo_of_a_promise_and_of_its_keeping_bring_back_the_next_step(session):
    idea = make.idea(session)
    step = followups.promise(session, ME, idea, what="Ring kommunen", due_on=DAY)
    done = followups.finish(session, ME, step)
    assert idea.next_step is None
    undone(session, done)
    assert (idea.next_step, idea.next_step_on, step.done_on) == ("Ring kommunen", DAY, None)
    undone(session, change_of(session, step))
    assert (idea.next_step, step.is_voided) == (None, True)


def test_an_advisor_undoes_own_changes_and_a_manager_everybodys(session):
    advisor, other = make.actor(session, Role.ADVISOR), make.actor(session, Role.ADVISOR)
    idea = make.ripe_idea(session, owner_id=advisor.id)
    change = make.move(session, idea, "case", DAY, by=advisor)
    refused(session, change, "not_permitted", by=other)
    refused(session, change, "not_permitted", by=make.actor(session, Role.DEVELOPER))
    undone(session, change, by=advisor)
    again = make.move(session, idea, "case", DAY, by=advisor)
    undone(session, again, by=make.actor(session, Role.MANAGER))


def test_nobody_learns_of_changes_in_a_region_where_they_do_not_work(session):
    change = make.move(session, make.ripe_idea(session), "case", DAY)
    stranger = make.actor(session, Role.MANAGER, region_name="Hamarregionen")
    refused(session, change, "no_such_change", by=stranger)


def test_a_partner_undoes_nothing(session):
    change = make.move(session, make.ripe_idea(session), "case", DAY)
    refused(session, change, "not_permitted", by=make.actor(session, Role.PARTNER))


def test_what_administrators_made_is_not_undone_by_the_button_of_a_card(session):
    region = make.region(session)
    query = sa.select(Change).where(Change.verb == "region.created")
    created = session.scalars(query.where(Change.region_id == region.id)).one()
    refused(session, created, "cannot_undo")
    refused(session, change_of(session, make.goal(session, region_id=region.id)), "cannot_undo")


def test_an_undo_marks_the_cards_that_boards_must_fetch(session):
    idea = make.ripe_idea(session)
    undo = undone(session, make.move(session, idea, "case", DAY))
    assert idea.last_change_id == undo.id


def test_what_was_done_to_a_card_that_was_taken_away_is_undone_without_it(session):
    first, second = make.idea(session), make.idea(session)
    placed = place_idea(session, ME, second, Place(after_id=first.id))
    undo_change(session, ME, second.change_id)
    undo_change(session, ME, placed.id)
    session.refresh(second)
    assert second.is_voided and second.position is None
