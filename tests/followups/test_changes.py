"""What is done to a promise: moved, handed over, edited, removed, and each of it undone."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change, ChangeValue
from incubator.core.access import command_line
from incubator.core.errors import NotAllowed, NotFound, RuleBroken, Stale
from incubator.core.refusals import sentence
from incubator.followups import operations as followups, queries
from incubator.followups.operations import Next
from incubator.pipeline.undo import undo_change
from incubator.upkeep import check
from tests import make

TODAY = date(2026, 5, 12)
DAY = date(2026, 6, 1)
LATER = DAY + timedelta(days=7)


@pytest.fixture(autouse=True)
def stands_still(clock):
    """All of it happens on 12 May 2026."""


@pytest.fixture
def me(session):
    return make.actor(session)


@pytest.fixture(params=["idea", "company"])
def step(request, session, me):
    """Give a promise on an idea, and one on a company alone."""
    if request.param == "idea":
        idea = make.idea(session, company_id=make.company(session).id, owner_id=me.id)
        return followups.promise(session, me, idea, what="Ring", due_on=DAY)
    company = make.company(session)
    return to_company(session, me, company, "Ring", DAY)


def to_company(session, by, company, what, due_on=None, **over):
    region_id = over.pop("region_id", None) or make.region(session).id
    return followups.promise_to_company(
        session, by, company, Next(what, due_on, **over), region_id=region_id
    )


def values_of(session, change):
    query = sa.select(ChangeValue.field, ChangeValue.old, ChangeValue.new)
    rows = session.execute(query.where(ChangeValue.change_id == change.id))
    return {row.field: (row.old, row.new) for row in rows}


def shown(step):
    return (step.what, step.due_on, step.responsible_id, step.done_on, step.is_voided)


def do(verb, session, me, step):
    """Do one of the things that can be done to a promise."""
    other = make.user(session)
    return {
        "done": lambda: followups.finish(session, me, step),
        "moved": lambda: followups.move(
            session, me, step, due_on=LATER, seen_on=DAY, reason="Syk"
        ),
        "handed_over": lambda: followups.hand_over(
            session, me, step, to_id=other.id, seen_id=me.id
        ),
        "edited": lambda: followups.edit(
            session, me, step,
            {"what": "Ring igjen", "due_on": LATER, "responsible_id": me.id},
            {"what": "Ring", "due_on": DAY, "responsible_id": me.id},
        ),
        "voided": lambda: followups.remove(session, me, step),
    }[verb]()  # fmt: skip


VERBS = ("done", "moved", "handed_over", "edited", "voided")


@pytest.mark.parametrize("verb", VERBS)
def test_each_leaves_one_change_that_can_be_undone(session, me, step, verb):
    before = shown(step)
    change = do(verb, session, me, step)
    assert (change.verb, change.region_id) == (f"followup.{verb}", step.region_id)
    subject = ("idea", step.idea_id) if step.idea_id else ("follow_up", step.id)
    assert (change.subject_kind, change.subject_id) == subject
    assert shown(step) != before
    assert list(check.broken(session)) == []
    undo_change(session, me, change.id)
    session.expire_all()
    assert shown(step) == before
    assert step.void_change_id is None
    assert list(check.broken(session)) == []


@pytest.mark.parametrize("verb", VERBS)
def test_an_undo_is_refused_when_something_later_was_done_to_the_same(session, me, step, verb):
    change = do(verb, session, me, step)
    if verb == "voided":
        undo_change(session, me, change.id)
        with pytest.raises(RuleBroken, match="already_undone"):
            undo_change(session, me, change.id)
        return
    followups.remove(session, me, step)
    if verb == "done":
        return
    session.expire_all()
    undo_change(session, me, change.id)  # the removed one stays removed
    assert step.is_voided


def test_the_old_and_the_new_are_kept_with_the_reason(session, me, step):
    moved = do("moved", session, me, step)
    assert values_of(session, moved) == {"due_on": (DAY.isoformat(), LATER.isoformat())}
    assert moved.note == "Syk"


def test_to_change_nothing_leaves_no_change(session, me, step):
    before = session.scalar(sa.select(sa.func.count(Change.id)))
    assert followups.move(session, me, step, due_on=DAY, seen_on=DAY) is None
    assert followups.hand_over(session, me, step, to_id=me.id, seen_id=me.id) is None
    same = {"what": "Ring ", "due_on": DAY, "responsible_id": me.id}
    assert followups.edit(session, me, step, same, {**same, "what": "Ring"}) is None
    assert session.scalar(sa.select(sa.func.count(Change.id))) == before


def test_the_card_follows(session, me):
    idea = make.idea(session)
    first = followups.promise(session, me, idea, what="Ring", due_on=DAY)
    followups.promise(session, me, idea, what="Skriv", due_on=DAY + timedelta(days=3))
    followups.move(session, me, first, due_on=LATER, seen_on=DAY)
    assert idea.next_step == "Skriv"
    followups.move(session, me, first, due_on=None, seen_on=LATER)
    removed = followups.remove(session, me, first)
    assert (idea.next_step, idea.last_change_id) == ("Skriv", removed.id)


# Two at once.


def late(call):
    with pytest.raises((Stale, RuleBroken)) as refused:
        call()
    return refused.value


def test_who_comes_late_learns_what_the_other_did(session, me, step):
    other = make.actor(session, name="Ola Dunk")
    followups.move(session, other, step, due_on=LATER, seen_on=DAY)
    no = late(lambda: followups.move(session, me, step, due_on=TODAY, seen_on=DAY))
    assert (no.code, no.status) == ("followup_moved", 409)
    assert sentence(no.code, no.details) == (
        "Ola Dunk har flyttet denne først: fristen er nå 08.06.2026."
    )
    followups.hand_over(session, other, step, to_id=other.id, seen_id=me.id)
    third = make.user(session)
    no = late(lambda: followups.hand_over(session, me, step, to_id=third.id, seen_id=me.id))
    assert (no.code, no.details["to"]) == ("followup_handed_over", "Ola Dunk")
    followups.finish(session, other, step)
    no = late(lambda: followups.move(session, me, step, due_on=TODAY, seen_on=LATER))
    assert (no.code, no.status) == ("followup_done", 409)
    no = late(lambda: followups.finish(session, other, step))
    assert (no.code, no.status) == ("already_done", 422)  # pressed twice
    followups.remove(session, other, step)
    assert late(lambda: followups.finish(session, me, step)).code == "followup_voided"


def test_both_doing_the_same_is_no_conflict(session, me, step):
    other = make.actor(session)
    followups.move(session, other, step, due_on=LATER, seen_on=DAY)
    assert followups.move(session, me, step, due_on=LATER, seen_on=DAY) is None


def test_an_edit_is_silent_about_other_fields_and_names_the_same(session, me, step):
    other = make.actor(session)
    seen = {"what": "Ring", "due_on": DAY, "responsible_id": me.id}
    followups.move(session, other, step, due_on=LATER, seen_on=DAY)
    followups.edit(session, me, step, {**seen, "what": "Ring Kari"}, seen)
    assert shown(step)[:2] == ("Ring Kari", LATER)
    no = late(lambda: followups.edit(session, other, step, {**seen, "what": "Skriv"}, seen))
    assert no.code == "followup_conflict"
    [conflict] = no.details["conflicts"]
    assert (conflict.field, conflict.mine, conflict.stored) == ("what", "Skriv", "Ring Kari")
    assert step.what == "Ring Kari"


# Rules.


def test_it_is_handed_to_people_of_the_region_alone(session, me, step):
    elsewhere = make.user(session, region_name="Hamarregionen")
    partner = make.user(session, Role.PARTNER)
    gone = make.user(session)
    gone.active = False
    for nobody in (elsewhere, partner, gone):
        no = late(
            lambda: followups.hand_over(session, me, step, to_id=nobody.id, seen_id=me.id)  # noqa: B023
        )
        assert (no.code, no.fields) == ("no_such_person", ("responsible_id",))


def test_an_edit_still_says_what(session, me, step):
    seen = {"what": "Ring", "due_on": DAY, "responsible_id": me.id}
    no = late(lambda: followups.edit(session, me, step, {**seen, "what": "  "}, seen))
    assert (no.code, no.fields) == ("step_missing", ("what",))


@pytest.mark.parametrize("verb", VERBS)
def test_a_partner_and_people_of_other_regions_do_none_of_it(session, me, step, verb):
    for nobody in (
        make.actor(session, Role.PARTNER), make.actor(session, region_name="Hamarregionen"),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            do(verb, session, nobody, step)


def test_what_follows_is_promised_on_the_same(session, me, step):
    followups.finish(session, me, step)
    follows = followups.promise_next(session, me, step, Next("Besøk dem", LATER))
    assert (follows.idea_id, follows.company_id) == (step.idea_id, step.company_id)
    assert (follows.responsible_id, follows.region_id) == (me.id, step.region_id)


def test_a_promise_to_a_company_says_what_and_can_be_undone(session, me):
    company = make.company(session)
    with pytest.raises(RuleBroken, match="step_missing"):
        to_company(session, me, company, " ")
    made = to_company(session, me, company, "Ring")
    undo_change(session, me, made.change_id)
    with pytest.raises(NotFound):
        queries.get_step(session, me, made.id)
    assert queries.get_any(session, me, made.id) is made


def test_nobody_of_the_command_line_is_named_by_its_door(session, me, step):
    followups.move(session, command_line(), step, due_on=LATER, seen_on=DAY)
    no = late(lambda: followups.move(session, me, step, due_on=TODAY, seen_on=DAY))
    assert no.details["who"] == "command_line"
