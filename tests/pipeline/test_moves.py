"""Moving a card: the gates, the days, who may, and what it brings along."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.companies.models import Company, Contact
from incubator.core.access import command_line
from incubator.core.errors import NotAllowed, RuleBroken, Stale
from incubator.funding.models import Application, ApplicationEvent, ApplicationStatus
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea, StageEvent, Status, StatusEvent
from incubator.ideas.order import Place
from incubator.incubation.models import Incubation, IncubationIdea
from incubator.pipeline.operations import Answers, move_idea, place_idea
from incubator.upkeep import check
from tests import make

DAY = date(2026, 3, 2)


def moved(session, idea, to, on=DAY, *, by=None, seen=None, place=None, **answers):
    """Move a card with just these answers."""
    stages = make.stages(session)
    here = next(stage for stage in stages.values() if stage.id == idea.stage_id)
    return move_idea(
        session,
        by or command_line(),
        idea,
        stages[to],
        on,
        seen=stages[seen] if seen else here,
        answers=Answers(**answers),
        place=place or Place(),
    )


def events(session, idea):
    query = sa.select(StageEvent).where(StageEvent.idea_id == idea.id, StageEvent.known())
    return session.scalars(query.order_by(StageEvent.occurred_on, StageEvent.nth)).all()


def asked(session, idea, to, **answers):
    """Give what the gate still asks for; nothing of the card has changed by it."""
    before = idea.stage_id, idea.version, session.scalar(sa.select(sa.func.max(Change.id)))
    with pytest.raises(RuleBroken) as no:
        moved(session, idea, to, **answers)
    assert no.value.code == "gate_incomplete"
    session.flush()
    assert before == (
        idea.stage_id,
        idea.version,
        session.scalar(sa.select(sa.func.max(Change.id))),
    )
    return no.value.fields


def test_a_move_leaves_a_fact_and_a_change_and_the_card_says_so(session, clock):
    idea = make.ripe_idea(session)
    change = moved(session, idea, "case")
    event = events(session, idea)[-1]
    assert (event.stage_id, event.occurred_on, event.change_id) == (idea.stage_id, DAY, change.id)
    assert (change.verb, change.subject_id, change.region_id) == (
        "idea.moved", idea.id, idea.region_id,
    )  # fmt: skip
    assert (idea.stage_on, idea.latest_on, idea.last_change_id) == (DAY, DAY, change.id)


def test_a_case_is_let_in_with_what_was_answered(session, clock):
    idea = make.idea(session)
    assert asked(session, idea, "case") == ("owner_id", "company_or_founder", "problem")
    owner = make.user(session)
    assert asked(session, idea, "case", owner_id=owner.id, problem=" ") == (
        "company_or_founder", "problem",
    )  # fmt: skip
    moved(session, idea, "case", owner_id=owner.id, problem="Sagflis.", company_name="Moelven AS")
    company = session.get(Company, idea.company_id)
    assert (idea.owner_id, idea.problem, company.name) == (owner.id, "Sagflis.", "Moelven AS")
    assert "moelven" in idea.search_key


def test_a_case_may_have_a_founder_and_no_company(session, clock):
    idea = make.idea(session, owner_id=make.user(session).id)
    moved(session, idea, "case", problem="Kaldt.", founder="Åse Berg")
    assert session.get(Contact, idea.founder_contact_id).name == "Åse Berg"
    assert idea.company_id is None


def test_a_founder_does_not_pass_the_gate_of_the_incubator(session, clock):
    idea = make.idea(session, owner_id=make.user(session).id)
    moved(session, idea, "case", problem="Kaldt.", founder="Åse Berg")
    assert asked(session, idea, "incubator_company") == ("company", "orgnr")


def test_a_company_that_is_known_is_not_made_again(session, clock):
    known = make.company(session, name="Moelven Limtre AS")
    idea = make.idea(session, owner_id=make.user(session).id)
    moved(session, idea, "case", problem="x", company_name="moelven limtre")
    assert idea.company_id == known.id


def test_the_incubator_wants_a_valid_organisation_number(session, clock):
    idea = make.ripe_idea(session, company_id=make.company(session, orgnr=None).id)
    assert asked(session, idea, "incubator_company") == ("orgnr",)
    with pytest.raises(RuleBroken, match="bad_orgnr") as no:
        moved(session, idea, "incubator_company", orgnr="123456789")
    assert no.value.fields == ("orgnr",)


def test_the_number_is_kept_on_the_company_as_bare_digits(session, clock):
    idea = make.ripe_idea(session, company_id=make.company(session, orgnr=None).id)
    number = make.orgnr()
    spaced = f"NO {number[:3]} {number[3:6]} {number[6:]} MVA"
    moved(session, idea, "incubator_company", orgnr=spaced)
    assert session.get(Company, idea.company_id).orgnr == number


def test_a_number_that_another_company_has_is_refused(session, clock):
    taken = make.company(session)
    idea = make.ripe_idea(session, company_id=make.company(session, orgnr=None).id)
    with pytest.raises(RuleBroken, match="orgnr_taken"):
        moved(session, idea, "incubator_company", orgnr=taken.orgnr)


def test_the_incubator_opens_an_incubation_on_the_day_of_admission(session, clock):
    idea = make.ripe_idea(session)
    change = moved(session, idea, "incubator_company")
    opened = session.scalars(sa.select(Incubation)).one()
    assert (opened.company_id, opened.occurred_on) == (idea.company_id, DAY)
    assert (opened.change_id, opened.left_on) == (change.id, None)


def test_a_second_idea_of_the_company_joins_the_incubation_that_runs(session, clock):
    first = make.ripe_idea(session)
    moved(session, first, "incubator_company")
    second = make.ripe_idea(session, company_id=first.company_id)
    moved(session, second, "incubator_company", DAY + timedelta(days=9))
    assert session.scalar(sa.select(sa.func.count(Incubation.id))) == 1
    joined = session.scalars(sa.select(IncubationIdea.idea_id).order_by(IncubationIdea.id)).all()
    assert joined == [first.id, second.id]


def test_a_company_stays_in_the_incubator_whatever_stage_its_ideas_are_in(session, clock):
    idea = make.ripe_idea(session)
    moved(session, idea, "incubator_company")
    make.move(session, idea, "rd_application")
    make.move(session, idea, "case")
    assert session.scalars(sa.select(Incubation)).one().left_on is None


def test_an_application_asks_for_scheme_date_and_amount_and_is_a_draft(session, clock):
    idea = make.ripe_idea(session)
    wanted = ("instrument_id", "planned_on", "sought_nok")
    assert asked(session, idea, "rd_application") == wanted
    deadline = date(2026, 5, 15)
    instrument = make.answers(session, make.stages(session)["rd_application"])["instrument_id"]
    moved(
        session, idea, "rd_application",
        instrument_id=instrument, deadline_on=deadline, sought_nok=0,
    )  # fmt: skip
    made = session.scalars(sa.select(Application)).one()
    assert (made.idea_id, made.company_id) == (idea.id, idea.company_id)
    assert (made.deadline_on, made.sought_nok, made.status) == (
        deadline, 0, ApplicationStatus.DRAFT,
    )  # fmt: skip
    assert session.scalars(sa.select(ApplicationEvent)).one().occurred_on == DAY
    assert idea.deadline_on == deadline


def test_an_application_that_exists_is_completed_and_no_second_one_made(session, clock):
    idea = make.ripe_idea(session)
    make.move(session, idea, "rd_application", DAY, planned_on=date(2026, 6, 1))
    make.move(session, idea, "case", DAY)
    make.move(session, idea, "rd_application", DAY, deadline_on=date(2026, 9, 1))
    made = session.scalars(sa.select(Application)).one()
    assert (made.planned_on, made.deadline_on) == (date(2026, 6, 1), date(2026, 9, 1))
    assert idea.deadline_on == date(2026, 9, 1)


def test_the_market_asks_what_is_launched_and_when_it_is_sold(session, clock):
    idea = make.ripe_idea(session)
    assert asked(session, idea, "commercialisation") == ("launched_what", "first_sale_on")
    planned = date(2026, 12, 1)
    moved(session, idea, "commercialisation", launched_what="Sensor", first_sale_planned_on=planned)
    assert (idea.launched_what, idea.first_sale_planned_on) == ("Sensor", planned)
    assert idea.status == Status.OPEN


def test_a_confirmed_first_sale_launches_the_idea(session, clock):
    idea = make.ripe_idea(session)
    sale = DAY + timedelta(days=3)
    moved(session, idea, "commercialisation", launched_what="Sensor", first_sale_on=sale)
    assert (idea.status, idea.status_on, idea.latest_on) == (Status.LAUNCHED, sale, sale)


def test_a_first_sale_in_the_past_is_taken_when_the_card_moves_no_later(session, clock):
    idea = make.ripe_idea(session)
    sold = date(2026, 2, 1)
    moved(session, idea, "commercialisation", sold, launched_what="Sensor", first_sale_on=sold)
    assert (idea.status, idea.status_on) == (Status.LAUNCHED, sold)
    assert not list(check.broken(session))


@pytest.mark.parametrize(
    ("sale", "code"),
    [(date(2026, 3, 1), "sale_before_move"), (date(2026, 5, 13), "in_the_future")],
)
def test_a_first_sale_that_cannot_be_is_refused_beside_its_own_field(session, clock, sale, code):
    idea = make.ripe_idea(session)
    stage = idea.stage_id
    with pytest.raises(RuleBroken, match=code) as no:
        moved(session, idea, "commercialisation", launched_what="Sensor", first_sale_on=sale)
    assert no.value.fields == ("first_sale_on",)
    assert idea.stage_id == stage and idea.status == Status.OPEN


def test_a_growing_company_goes_straight_from_case_to_application(session, clock):
    idea = make.ripe_idea(session)
    make.move(session, idea, "case", DAY)
    make.move(session, idea, "rd_application", DAY)
    assert [event.nth for event in events(session, idea)] == [1, 1, 2]
    assert session.scalar(sa.select(sa.func.count(Incubation.id))) == 0


def test_a_card_from_a_list_is_asked_at_its_next_move_for_what_its_stage_lacks(session, clock):
    idea = make.idea(session, "case")
    needed = ("owner_id", "company_or_founder", "problem", "company", "orgnr")
    assert asked(session, idea, "incubator_company") == needed


def test_a_card_from_a_list_may_go_back_without_what_it_lacks(session, clock):
    idea = make.idea(session, "case")
    moved(session, idea, "idea", reason="Kom for tidlig.")
    assert idea.stage_id == make.stages(session)["idea"].id


def test_going_back_asks_for_a_reason_and_keeps_it_with_the_fact(session, clock):
    idea = make.ripe_idea(session)
    make.move(session, idea, "case", DAY)
    with pytest.raises(RuleBroken, match="reason_missing") as no:
        moved(session, idea, "idea", reason="  ")
    assert no.value.fields == ("reason",)
    change = moved(session, idea, "idea", reason="Kunden trakk seg.")
    assert (events(session, idea)[-1].note, change.note) == ("Kunden trakk seg.",) * 2


def test_a_move_in_the_future_is_refused(session, clock):
    clock.set(DAY)
    idea = make.ripe_idea(session)
    with pytest.raises(RuleBroken, match="in_the_future"):
        moved(session, idea, "case", DAY + timedelta(days=1))
    moved(session, idea, "case", DAY)


def test_a_move_before_the_latest_that_happened_is_refused_and_names_the_day(session, clock):
    idea = make.ripe_idea(session)
    moved(session, idea, "case", DAY)
    with pytest.raises(RuleBroken, match="before_latest_event") as no:
        make.move(session, idea, "rd_application", DAY - timedelta(days=1))
    assert no.value.details["latest"] == "02.03.2026"


def test_a_status_counts_as_the_latest_that_happened_too(session, clock):
    idea = make.ripe_idea(session)
    ideas.park_idea(session, command_line(), idea, on=DAY, reason="Venter.", look_again_on=None)
    ideas.reopen_idea(session, command_line(), idea, on=DAY, reason="Klar.")
    with pytest.raises(RuleBroken, match="before_latest_event"):
        moved(session, idea, "case", DAY - timedelta(days=1))


def test_two_moves_on_one_day_keep_their_order(session, clock):
    idea = make.ripe_idea(session, on=DAY)
    make.move(session, idea, "case", DAY)
    make.move(session, idea, "idea", DAY)
    make.move(session, idea, "case", DAY)
    stages = {stage.id: key for key, stage in make.stages(session).items()}
    path = [(stages[event.stage_id], event.nth) for event in events(session, idea)]
    assert path == [("idea", 1), ("case", 2), ("idea", 3), ("case", 4)]


def test_who_saw_the_card_elsewhere_is_told_that_it_was_moved(session, clock):
    idea = make.ripe_idea(session)
    moved(session, idea, "case", DAY)
    with pytest.raises(Stale, match="moved_meanwhile"):
        moved(session, idea, "rd_application", seen="idea")
    assert len(events(session, idea)) == 2


def test_who_would_move_a_card_that_somebody_closed_is_told(session, clock):
    idea = make.ripe_idea(session)
    ideas.stop_idea(session, command_line(), idea, on=DAY, reason="Ingen kunde.", learnt="")
    with pytest.raises(Stale, match="closed_meanwhile"):
        moved(session, idea, "case")
    with pytest.raises(Stale, match="closed_meanwhile"):
        place_idea(session, command_line(), idea, Place())


def test_a_move_to_where_the_card_stands_is_no_move(session, clock):
    with pytest.raises(RuleBroken, match="same_stage"):
        moved(session, make.ripe_idea(session), "idea")


def test_an_advisor_moves_own_and_unassigned_cards_and_nobody_elses(session, clock):
    advisor = make.actor(session, Role.ADVISOR)
    own = make.ripe_idea(session, owner_id=advisor.id)
    moved(session, own, "case", by=advisor)
    nobodys = make.idea(session, company_id=make.company(session).id)
    moved(session, nobodys, "case", by=advisor, owner_id=advisor.id, problem="Flis.")
    with pytest.raises(NotAllowed, match="not_yours"):
        moved(session, make.ripe_idea(session), "case", by=advisor)


def test_a_card_whose_owner_is_a_name_from_a_list_is_not_unassigned(session, clock):
    idea = make.idea(session)
    idea.owner_name = "Per Olsen"
    with pytest.raises(NotAllowed, match="not_yours"):
        place_idea(session, make.actor(session, Role.ADVISOR), idea, Place())


@pytest.mark.parametrize("role", [Role.MANAGER, Role.DEVELOPER])
def test_developers_and_managers_move_everybodys_cards(session, clock, role):
    idea = make.ripe_idea(session)
    moved(session, idea, "case", by=make.actor(session, role))
    assert len(events(session, idea)) == 2


def test_a_partner_moves_nothing(session, clock):
    with pytest.raises(NotAllowed, match="not_permitted"):
        moved(session, make.ripe_idea(session), "case", by=make.actor(session, Role.PARTNER))


def test_nobody_moves_the_cards_of_a_region_where_they_do_not_work(session, clock):
    stranger = make.actor(session, region_name="Hamarregionen")
    with pytest.raises(NotAllowed, match="other_region"):
        moved(session, make.ripe_idea(session), "case", by=stranger)


def test_an_administrator_works_in_every_region(session, clock):
    admin = make.actor(session, Role.ADMIN, region_ids=[])
    idea = make.ripe_idea(session, region_name="Hamarregionen")
    moved(session, idea, "case", by=admin)
    assert len(events(session, idea)) == 2


def test_a_card_is_dropped_where_it_was_put(session, clock):
    stages = make.stages(session)
    below, above = make.ripe_idea(session, "case"), make.ripe_idea(session, "case")
    idea = make.ripe_idea(session)
    moved(session, idea, "case", place=Place(after_id=above.id))
    query = sa.select(Idea.id).where(Idea.stage_id == stages["case"].id).order_by(Idea.position)
    assert session.scalars(query).all() == [above.id, idea.id, below.id]


def test_placing_a_card_leaves_no_fact_but_a_change(session, clock):
    first, second = make.idea(session), make.idea(session)
    change = place_idea(session, command_line(), second, Place(after_id=first.id))
    assert second.position > first.position
    assert (change.verb, second.last_change_id) == ("idea.placed", change.id)
    assert len(events(session, second)) == 1


def test_every_way_of_moving_leaves_the_data_sound(session, clock):
    idea = make.ripe_idea(session)
    for to in ("case", "incubator_company", "rd_application", "commercialisation", "case"):
        make.move(session, idea, to, DAY)
    ideas.launch_idea(session, command_line(), idea, on=DAY)
    assert session.scalar(sa.select(sa.func.count(StatusEvent.id))) == 2
    assert list(check.broken(session)) == []
