"""Many cards at once: one change, the rules of one, all or nothing, one undo."""

from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change, ChangeValue
from incubator.core.errors import RuleBroken
from incubator.followups.models import FollowUp
from incubator.followups.operations import Next
from incubator.ideas import operations as ideas, tags
from incubator.ideas.models import Idea, IdeaFocusArea, StageEvent, Status
from incubator.incubation.models import Incubation
from incubator.pipeline import bulk
from incubator.pipeline.bulk import Chosen, Seen, SomeCannot
from incubator.pipeline.operations import Answers
from incubator.pipeline.undo import undo_change
from incubator.reference.models import FocusArea
from incubator.upkeep import check
from tests import make

DAY = date(2026, 5, 4)


@pytest.fixture(autouse=True)
def stands_still(clock):
    """All of it happens in May 2026."""


@pytest.fixture
def me(session):
    return make.actor(session)


def chosen(*cards, key=""):
    seen = {card.id: Seen(card.stage_id, card.owner_id) for card in cards}
    return Chosen(cards[0].region_id, seen, key)


def moved(session, me, cards, to="case", on=DAY, **more):
    return bulk.move(session, me, chosen(*cards), make.stages(session)[to], on, **more)


def refused(session, act):
    """Give what is said of each card; nothing was done to any."""
    before = session.scalar(sa.select(sa.func.max(Change.id)))
    with pytest.raises(SomeCannot) as no, session.begin_nested():
        act()
    assert session.scalar(sa.select(sa.func.max(Change.id))) == before
    return {one.idea_id: one.code for one in no.value.held}, no.value.asked


def is_sound(session):
    session.flush()
    assert [f"{invariant.name} {row}" for invariant, row in check.broken(session)] == []


def order_of(session, stage):
    query = sa.select(Idea.id).where(Idea.stage_id == make.stages(session)[stage].id)
    return session.scalars(query.where(Idea.known()).order_by(Idea.position)).all()


def test_cards_are_moved_as_one_change_in_their_order_and_back_as_one(session, me):
    there = make.ripe_idea(session, "case")
    cards = [make.ripe_idea(session) for _ in range(3)]
    before = order_of(session, "idea")
    change = moved(session, me, cards, reason="Etter møtet")
    assert [event.change_id for event in session.scalars(
        sa.select(StageEvent).where(StageEvent.occurred_on == DAY)
    )] == [change.id] * 3  # fmt: skip
    assert order_of(session, "case") == [*before, there.id]
    is_sound(session)
    undo_change(session, me, change.id)
    assert order_of(session, "idea") == before
    assert order_of(session, "case") == [there.id]
    is_sound(session)


@pytest.mark.parametrize("to", ["case", "incubator_company", "rd_application", "commercialisation"])
def test_many_cost_as_many_statements_as_few(session, me, queries, to):
    """Whatever each of them lacked: answers for all are written as those of one are."""
    instrument = make.answers(session, make.stages(session)["rd_application"])["instrument_id"]
    answers = Answers(
        owner_id=me.id, problem="For alle", instrument_id=instrument, planned_on=DAY,
        sought_nok=100_000, launched_what="Noe", first_sale_planned_on=date(2026, 9, 1),
    )  # fmt: skip

    def cost(number):
        firms = [make.company(session) for _ in range(number)]
        cards = [
            make.idea(session, company_id=firm.id, on=DAY if nth % 2 else make.REGISTERED)
            for nth, firm in enumerate(firms)
        ]
        said = {card.id: answers for card in cards}
        picked = chosen(*cards, key=f"{to} {number}")
        stage = make.stages(session)[to]
        session.expire_all()
        return queries.count(lambda: bulk.move(session, me, picked, stage, DAY, answers=said))

    few = cost(3)
    assert cost(40) == few <= 32
    is_sound(session)


def test_one_that_cannot_holds_all_and_is_named_with_the_reason(session, me):
    other = make.actor(session)
    good, gone, shut, here = (make.ripe_idea(session) for _ in range(4))
    picked = chosen(good, gone, shut, here)
    make.move(session, gone, "case", DAY, by=other)
    ideas.stop_idea(session, other, shut, on=DAY, reason="Nei", learnt="")
    make.move(session, here, "case", DAY, by=other)
    case = make.stages(session)["case"]
    held, asked = refused(session, lambda: bulk.move(session, me, picked, case, DAY))
    assert held == {
        gone.id: "moved_meanwhile", shut.id: "closed_meanwhile", here.id: "moved_meanwhile",
    }  # fmt: skip
    assert asked == {}
    with pytest.raises(SomeCannot) as no:
        bulk.move(session, me, picked, case, DAY)
    assert {one.who for one in no.value.held} == {other.name}


def test_an_advisor_may_do_it_with_own_and_unassigned_cards_only(session):
    advisor = make.actor(session, Role.ADVISOR)
    other = make.actor(session)
    mine, nobodys, others = (
        make.ripe_idea(session, owner_id=who) for who in (advisor.id, None, other.id)
    )
    held, _asked = refused(session, lambda: bulk.close(
        session, advisor, chosen(mine, nobodys, others), Status.PARKED, DAY, reason="Venter"
    ))  # fmt: skip
    assert held == {others.id: "not_yours"}
    bulk.close(session, advisor, chosen(mine, nobodys), Status.PARKED, DAY, reason="Venter")
    assert {mine.status, nobodys.status} == {Status.PARKED}


def test_the_gates_ask_for_each_card_what_it_lacks(session, me):
    ripe = make.ripe_idea(session)
    bare = make.idea(session)
    late = make.ripe_idea(session, on=date(2026, 5, 10))
    held, asked = refused(session, lambda: moved(session, me, [ripe, bare, late]))
    assert held == {}
    assert {n: set(no.fields) for n, no in asked.items()} == {
        bare.id: {"owner_id", "company_or_founder", "problem"}, late.id: {"on"},
    }  # fmt: skip
    answers = Answers(owner_id=me.id, company_name="Nye Bedrift AS", problem="Avfall")
    moved(session, me, [ripe, bare], answers={bare.id: answers})
    assert bare.company_id is not None and bare.owner_id == me.id
    is_sound(session)


def test_one_company_typed_for_two_cards_is_one_and_joins_one_incubation(session, me):
    cards = [make.ripe_idea(session, company_id=None) for _ in range(2)]
    number = make.orgnr()
    answers = {
        card.id: Answers(company_name=name, orgnr=number)
        for card, name in zip(cards, ("Nybygg AS", "nybygg"), strict=True)
    }
    change = moved(session, me, cards, "incubator_company", answers=answers)
    assert len({card.company_id for card in cards}) == 1
    assert session.scalar(sa.select(sa.func.count(Incubation.id))) == 1
    undo_change(session, me, change.id)
    is_sound(session)
    assert [card.company_id for card in cards] == [None, None]


def test_a_form_that_is_sent_twice_makes_one_change(session, me):
    cards = [make.ripe_idea(session) for _ in range(2)]
    picked = chosen(*cards, key="skjema-1")
    once = bulk.promise(session, me, picked, Next("Ring dem", DAY))
    assert bulk.promise(session, me, picked, Next("Ring dem", DAY)) is once
    assert session.scalar(sa.select(sa.func.count(FollowUp.id))) == 2
    assert {card.next_step for card in cards} == {"Ring dem"}
    # The key is the sender's own: another person with the same one sends another form.
    other = make.actor(session)
    assert bulk.promise(session, other, picked, Next("Ring dem", DAY)) is not once


@pytest.mark.parametrize("deed", ["assign", "park", "stop", "area", "tag", "promise"])
def test_every_deed_is_one_change_of_few_statements_and_undone_as_one(session, me, queries, deed):
    owner = make.user(session)
    make.programme(session, focus_areas=["Bioøkonomi"])
    area = session.scalars(sa.select(FocusArea)).one()
    acts = {
        "assign": lambda picked: bulk.assign(session, me, picked, owner.id),
        "park": lambda p: bulk.close(session, me, p, Status.PARKED, DAY, reason="Venter"),
        "stop": lambda p: bulk.close(session, me, p, Status.STOPPED, DAY, reason="Nei"),
        "area": lambda picked: bulk.set_area(session, me, picked, area.id, is_given=True),
        "tag": lambda picked: bulk.tag(session, me, picked, "biokull"),
        "promise": lambda picked: bulk.promise(session, me, picked, Next("Ring", DAY)),
    }

    def cards_and_cost(number):
        cards = [make.ripe_idea(session, on=DAY) for _ in range(number)]
        picked = chosen(*cards, key=f"{deed} {number}")
        session.expire_all()
        found = []
        cost = queries.count(lambda: found.append(acts[deed](picked)))
        return cards, cost, found[0]

    cards_and_cost(1)  # a tag is made once
    few = cards_and_cost(3)[1]
    cards, many, change = cards_and_cost(12)
    assert many == few <= 20
    is_sound(session)
    as_it_is = {
        "assign": lambda card: card.owner_id == owner.id,
        "park": lambda card: card.status == Status.PARKED,
        "stop": lambda card: card.status == Status.STOPPED,
        "area": lambda card: card.id in set(session.scalars(
            sa.select(IdeaFocusArea.idea_id).where(IdeaFocusArea.known())
        )),
        "tag": lambda card: bool(tags.tags_of(session, [card.id])),
        "promise": lambda card: card.next_step == "Ring",
    }[deed]  # fmt: skip
    assert all(as_it_is(card) for card in cards)
    undo_change(session, me, change.id)
    assert not any(as_it_is(card) for card in cards)
    is_sound(session)


def test_an_undo_is_refused_as_a_whole_and_says_which_card_was_built_upon(session, me):
    cards = [make.ripe_idea(session) for _ in range(3)]
    change = moved(session, me, cards)
    make.move(session, cards[1], "rd_application", DAY)
    with pytest.raises(RuleBroken) as no, session.begin_nested():
        undo_change(session, me, change.id)
    assert (no.value.code, no.value.details["cards"]) == ("cards_built_upon", cards[1].title)
    assert {card.stage_id for card in (cards[0], cards[2])} == {make.stages(session)["case"].id}


def test_owners_that_were_given_meanwhile_are_not_overwritten(session, me):
    one, two = make.ripe_idea(session), make.ripe_idea(session)
    picked = chosen(one, two)
    ideas.edit_idea(session, me, two, {"owner_id": make.user(session).id})
    held, _asked = refused(session, lambda: bulk.assign(session, me, picked, me.id))
    assert held == {two.id: "assigned_meanwhile"}


def test_a_stage_that_would_hold_too_many_asks_for_a_reason_that_stays(session, me):
    stage = make.stages(session)["case"]
    stage.soft_limit = 2
    session.flush()
    make.ripe_idea(session, "case")
    cards = [make.ripe_idea(session) for _ in range(2)]
    _held, asked = refused(session, lambda: moved(session, me, cards))
    no = asked[bulk.FOR_ALL]
    assert (no.code, no.fields, no.details["limit"], no.details["count"]) == (
        "over_limit", ("reason",), 2, 1,
    )  # fmt: skip
    moved(session, me, cards[:1])  # up to the limit nothing is asked
    with pytest.raises(RuleBroken, match="over_limit"), session.begin_nested():
        make.move(session, cards[1], "case", DAY, reason="")
    change = make.move(session, cards[1], "case", DAY, reason="De henger sammen")
    assert change.note == "De henger sammen"
    event = session.scalars(sa.select(StageEvent).where(StageEvent.change_id == change.id)).one()
    assert event.note == "De henger sammen"


def test_too_many_and_none_are_refused(session, me):
    card = make.ripe_idea(session)
    with pytest.raises(RuleBroken, match="none_chosen"):
        bulk.assign(session, me, Chosen(card.region_id, {}), me.id)
    seen = dict.fromkeys(range(1, bulk.MOST + 2), Seen(card.stage_id))
    with pytest.raises(RuleBroken, match="too_many_chosen"):
        bulk.assign(session, me, Chosen(card.region_id, seen), me.id)


def test_cards_of_another_region_are_not_found_and_not_told_of(session, me):
    foreign = make.ripe_idea(session, region_name="Hamarregionen")
    picked = Chosen(make.ripe_idea(session).region_id, {foreign.id: Seen(foreign.stage_id)})
    with pytest.raises(SomeCannot) as no:
        bulk.assign(session, me, picked, me.id)
    assert [(one.code, one.title) for one in no.value.held] == [("no_such_idea", None)]


def test_old_and_new_of_each_card_are_kept(session, me):
    cards = [make.ripe_idea(session) for _ in range(2)]
    change = moved(session, me, cards)
    rows = session.execute(
        sa.select(ChangeValue.subject_id, ChangeValue.old, ChangeValue.new)
        .where(ChangeValue.change_id == change.id, ChangeValue.field == "stage")
        .order_by(ChangeValue.subject_id)
    ).all()  # fmt: skip
    assert rows == [(card.id, "idea", "case") for card in cards]
