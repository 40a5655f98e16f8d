"""Changes: who, when, what, and the old and new of each field; every operation leaves one."""

from datetime import date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit import operations as audit
from incubator.audit.models import Change, ChangeValue
from incubator.core import clock as clock_module
from incubator.core.access import Via, command_line
from incubator.followups import operations as followups
from incubator.funding import operations as funding
from incubator.funding.models import ApplicationStatus
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea, Status
from incubator.ideas.order import Place
from incubator.incubation import operations as incubation
from incubator.incubation.models import EndReason
from incubator.pipeline.operations import place_idea
from incubator.pipeline.undo import undo_change
from tests import make

DAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def stands_still(clock):
    """All of it happens in May 2026."""


def test_a_change_knows_who_when_where_and_through_which_door(session):
    actor = make.actor(session)
    region = make.region(session)
    change = audit.record(session, actor, "idea.tried", kind="idea", region_id=region.id)
    assert (change.actor_id, change.via, change.region_id) == (actor.id, Via.WEB, region.id)
    assert change.recorded_at == clock_module.now()


def test_the_command_line_has_no_number_and_says_which_door(session):
    change = audit.record(session, command_line(Via.IMPORT), "list.read", kind="import")
    assert (change.actor_id, change.via) == (None, Via.IMPORT)


def test_a_row_carries_the_change_that_made_it(session):
    change = make.a_change(session)
    row = Idea()
    audit.stamp(row, change)
    assert (row.change_id, row.recorded_at) == (change.id, change.recorded_at)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, str), ("Åse", str), ("", str), (0, int), (-3, int), (True, bool), (False, bool),
        (DAY, date), (datetime.fromisoformat("2026-03-02T10:00:00+00:00"), datetime),
        (Decimal("2.5"), Decimal), (Status.PARKED, Status),
    ],
)  # fmt: skip
def test_a_value_that_was_noted_can_be_read_again(value, kind):
    read = audit.from_text(audit.as_text(value), kind)
    assert read == value and type(read) is type(value)


def test_the_ids_of_changes_rise_in_the_order_of_what_was_done(session):
    first, second = make.a_change(session), make.a_change(session)
    assert second.id > first.id


def test_no_change_is_undone_twice_whatever_the_program_does(session):
    change = make.a_change(session)
    audit.record(session, command_line(), "change.undone", kind="test", undoes_id=change.id)
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        audit.record(session, command_line(), "change.undone", kind="test", undoes_id=change.id)


# Every operation on what the board shows, and what a change says about it.
DEEDS = {
    "idea.added": lambda s, a, idea: make.idea(s, by=a),
    "idea.edited": lambda s, a, idea: ideas.edit_idea(s, a, idea, {"title": "Ny"}),
    "idea.moved": lambda s, a, idea: make.move(s, idea, "case", DAY, by=a),
    "idea.placed": lambda s, a, idea: place_idea(s, a, idea, Place()),
    "idea.parked": lambda s, a, idea: ideas.park_idea(
        s, a, idea, on=DAY, reason="Venter.", look_again_on=None
    ),
    "idea.stopped": lambda s, a, idea: ideas.stop_idea(
        s, a, idea, on=DAY, reason="Nei.", learnt="Mye."
    ),
    "idea.launched": lambda s, a, idea: ideas.launch_idea(s, a, idea, on=DAY),
    "idea.shared": lambda s, a, idea: ideas.share_idea(s, a, idea, is_shared=True, on=DAY),
    "followup.promised": lambda s, a, idea: followups.promise(s, a, idea, what="Ring", due_on=None),
    "application.sent": lambda s, a, idea: funding.set_status(
        s, a, make.application(s), ApplicationStatus.SENT, on=DAY
    ),
    "incubation.ended": lambda s, a, idea: incubation.end_incubation(
        s, a, make.incubation(s), on=DAY, reason=EndReason.SOLD
    ),
    "jobs.recorded": lambda s, a, idea: make.job_records.record_jobs(
        s, a, region_id=idea.region_id, on=DAY, number=Decimal(1)
    ),
    "change.undone": lambda s, a, idea: undo_change(s, a, make.move(s, idea, "case", DAY).id),
}


@pytest.mark.parametrize("verb", DEEDS)
def test_every_operation_leaves_one_change_by_who_did_it_in_its_region(session, verb):
    actor = make.actor(session, Role.MANAGER)
    idea = make.ripe_idea(session)
    DEEDS[verb](session, actor, idea)
    session.flush()
    mine = session.scalars(sa.select(Change).where(Change.actor_id == actor.id)).all()
    assert [(change.verb, change.region_id) for change in mine] == [(verb, idea.region_id)]


def test_a_reopening_is_a_change_of_its_own(session):
    actor, idea = make.actor(session), make.ripe_idea(session)
    ideas.launch_idea(session, command_line(), idea, on=DAY)
    change = ideas.reopen_idea(session, actor, idea, on=DAY, reason="Solgte ikke.")
    assert (change.verb, change.note) == ("idea.reopened", "Solgte ikke.")


def test_a_move_notes_where_the_card_came_from_and_what_was_answered(session):
    idea = make.idea(session, owner_id=make.user(session).id)
    change = make.move(session, idea, "case", DAY, problem="Flis.", founder="Åse Berg")
    query = sa.select(ChangeValue.field, ChangeValue.old, ChangeValue.new)
    noted = {row[0]: row[1:] for row in session.execute(query.where(
        ChangeValue.change_id == change.id
    ))}  # fmt: skip
    assert noted["stage"] == ("idea", "case")
    assert noted["problem"] == (None, "Flis.")
    assert noted["founder_contact_id"] == (None, str(idea.founder_contact_id))
