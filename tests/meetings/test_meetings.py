"""The weekly meeting: its agenda, what is decided, and what two people do at once."""

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.core import clock as program_clock
from incubator.core.errors import NotAllowed, RuleBroken, Stale
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea, Status
from incubator.meetings import agenda, operations, queries
from incubator.meetings.models import DecisionKind, MeetingDecision, MeetingItem, Part
from incubator.pipeline import undo
from tests import make

TODAY = date(2026, 5, 12)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def me(session, clock):
    return make.actor(session, name="Kari Leder", role=Role.MANAGER)


def begin(session, by, **over):
    region = make.region(session)
    given = {"region_id": region.id, "user_ids": [by.id], **over}
    return operations.begin_meeting(session, by, **given)


def items(session, meeting):
    return {row.title: row for row in queries.list_lines(session, meeting.id)}


def item_of(session, meeting, idea):
    query = sa.select(MeetingItem).where(
        MeetingItem.meeting_id == meeting.id, MeetingItem.idea_id == idea.id
    )
    return session.scalars(query).one()


def aged(session, clock, me, title, days, **over):
    """Write an idea down some days ago."""
    clock.set(TODAY - timedelta(days=days))
    given = {"company_id": make.company(session).id, "owner_id": me.id, **over}
    found = make.ripe_idea(session, title=title, on=TODAY - timedelta(days=days), by=me, **given)
    clock.set(TODAY)
    return found


def test_the_agenda_has_each_idea_once_where_it_belongs_first(session, clock, me):
    moved = aged(session, clock, me, "Flyttet", 60)
    older = aged(session, clock, me, "Eldst", 300)
    old = aged(session, clock, me, "Gammel", 200)
    waits = aged(session, clock, me, "Parkert til nå", 90)
    clock.set(TODAY - timedelta(days=30))
    ideas.park_idea(
        session, me, waits, on=program_clock.today(), reason="Venter",
        look_again_on=TODAY - timedelta(days=1),
    )  # fmt: skip
    clock.set(TODAY)
    due = aged(session, clock, me, "Med frist", 20)
    due.deadline_on = TODAY + timedelta(days=9)
    aged(session, clock, me, "Ikke noe med", 20)
    elsewhere = make.idea(session, title="Et annet sted", region_name="Hamarregionen")
    new = aged(session, clock, me, "Ny", 2)
    stopped = aged(session, clock, me, "Stoppet", 40)
    clock.set(TODAY - timedelta(days=3))
    make.move(session, moved, "case", program_clock.today(), by=me)
    clock.set(TODAY - timedelta(days=1))
    ideas.stop_idea(session, me, stopped, on=program_clock.today(), reason="Dyr", learnt="")
    clock.set(TODAY)

    meeting = begin(session, me)
    found = [(line.part, line.idea_id) for line in queries.list_lines(session, meeting.id)]
    assert found == [
        (Part.AGAIN, waits.id),
        (Part.CHANGED, stopped.id),
        (Part.CHANGED, moved.id),
        (Part.STALE, older.id),
        (Part.STALE, old.id),
        (Part.DEADLINE, due.id),
        (Part.NEW, new.id),
    ]
    assert elsewhere.id not in {idea_id for _part, idea_id in found}


def test_the_next_meeting_looks_back_to_the_last_and_takes_up_what_was_to_come_again(
    session, clock, me
):
    idea = aged(session, clock, me, "Igjen", 2)
    other = aged(session, clock, me, "Sett", 2)
    meeting = begin(session, me)
    operations.decide(session, me, meeting, item_of(session, meeting, idea), DecisionKind.AGAIN)
    operations.write_item_note(
        session, me, meeting, item_of(session, meeting, idea), text="Ring banken", seen=""
    )
    operations.close_meeting(session, me, meeting)
    clock.set(TODAY + timedelta(days=7))
    following = begin(session, me)
    lines = queries.list_lines(session, following.id)
    assert [(line.part, line.idea_id) for line in lines] == [(Part.AGAIN, idea.id)]
    earlier = queries.earlier_note(session, item_of(session, following, idea), following.region_id)
    assert earlier.note == "Ring banken"
    assert other.id not in {line.idea_id for line in lines}


def test_what_there_is_no_room_for_is_counted(session, clock, me, monkeypatch):
    monkeypatch.setattr(agenda, "MOST_OF_A_PART", 2)
    for n in range(5):
        aged(session, clock, me, f"Ny {n}", 1)
    meeting = begin(session, me)
    assert meeting.left_out == 3
    assert len(queries.list_lines(session, meeting.id)) == 2


def test_one_meeting_runs_at_a_time_and_only_those_who_decide_hold_it(session, clock, me):
    meeting = begin(session, me)
    with pytest.raises(Stale) as late:
        begin(session, me)
    assert late.value.details["meeting_id"] == meeting.id
    with pytest.raises(NotAllowed):
        begin(session, make.actor(session, Role.PARTNER))
    with pytest.raises(NotAllowed):
        begin(session, make.actor(session, region_name="Hamarregionen"))
    operations.discard_meeting(session, me, meeting)
    assert begin(session, me).id != meeting.id


def test_two_notes_at_once_are_told_of_and_the_same_word_is_not(session, clock, me):
    idea = aged(session, clock, me, "Notert", 1)
    meeting = begin(session, me)
    item = item_of(session, meeting, idea)
    other = make.actor(session, name="Ola Rådgiver", role=Role.ADVISOR)
    assert operations.write_item_note(session, other, meeting, item, text="Deres ord ", seen="")
    assert operations.write_item_note(session, me, meeting, item, text="", seen="") is None
    with pytest.raises(Stale) as late:
        operations.write_item_note(session, me, meeting, item, text="Mitt ord", seen="")
    assert late.value.details == {"stored": "Deres ord", "who": "Ola Rådgiver"}
    seen = late.value.details["stored"]
    operations.write_item_note(session, me, meeting, item, text="Begges ord", seen=seen)
    assert item.note == "Begges ord"


def test_an_undone_decision_is_gone_until_the_meeting_is_closed_and_stands_struck_after(
    session, clock, me
):
    idea = aged(session, clock, me, "Vedtatt", 1)
    meeting = begin(session, me)
    item = item_of(session, meeting, idea)

    def park():
        change = ideas.park_idea(session, me, idea, on=TODAY, reason="Venter", look_again_on=None)
        operations.note_decision(session, me, meeting, item, DecisionKind.PARKED, change)
        return change

    undo.undo_change(session, me, park().id)
    assert idea.status == Status.OPEN
    assert queries.decided_about(session, item) == []
    quiet = operations.decide(session, me, meeting, item, DecisionKind.UNCHANGED)
    assert operations.decide(session, me, meeting, item, DecisionKind.UNCHANGED) is None
    undo.undo_change(session, me, quiet.id)
    assert queries.decided_at(session, meeting) == []

    change = park()
    clock.set(TODAY + timedelta(days=1))
    operations.close_meeting(session, me, meeting)
    clock.set(TODAY + timedelta(days=2))
    undo.undo_change(session, me, change.id)
    [told] = queries.decided_at(session, meeting)
    assert (told.kind, told.is_undone, told.reason) == (DecisionKind.PARKED, True, "Venter")
    for write in (
        lambda: operations.write_note(session, me, meeting, text="For sent", seen=""),
        lambda: operations.decide(session, me, meeting, item, DecisionKind.AGAIN),
        lambda: operations.close_meeting(session, me, meeting),
        lambda: operations.take_up(session, me, meeting, idea),
    ):
        with pytest.raises(Stale):
            write()


def test_a_meeting_where_something_was_said_is_not_discarded(session, clock, me):
    meeting = begin(session, me)
    operations.write_note(session, me, meeting, text="Husk kaffe", seen="")
    with pytest.raises(RuleBroken):
        operations.discard_meeting(session, me, meeting)


# Through the browser's door.


def text_of(answer):
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())


@pytest.fixture
def running(client, session, clock):
    """Sign somebody in at a meeting with two new ideas."""
    person = make.user(session, name="Kari Leder", role=Role.MANAGER)
    client.sign_in(person)
    by = make.actor_of(session, person)
    for n in (1, 2):
        aged(session, clock, by, f"Sak {n}", 3 - n)
    answer = client.post(
        "/mote", data={"user_ids": [person.id], "guests": "Per Gjest, , Per Gjest"}
    )
    assert answer.status_code == 303
    meeting = queries.running(session, make.region(session).id)
    assert answer.location == f"/mote/{meeting.id}"
    lines = queries.list_lines(session, meeting.id)
    return meeting, by, [f"/mote/{meeting.id}/sak/{line.id}" for line in lines]


def test_a_meeting_is_held_from_beginning_to_minutes(client, session, running):
    meeting, _me, (first, second) = running
    assert client.get(f"/mote/{meeting.id}").location == first
    page = client.get(first)
    assert "1 av 2" in text_of(page)
    assert "Sak 1" in text_of(page)
    assert "Registrert 10.05.2026" in text_of(page)
    assert "Gjenåpnet" not in text_of(page)

    stages = make.stages(session)
    where = {"to_stage": stages["case"].id, "seen_stage": stages["idea"].id}
    moved = client.post(f"{first}/flytt", data={**where, "on": "12.05.2026"}, headers=HTMX)
    assert moved.status_code == 200
    assert "Flyttet til Case" in text_of(moved)
    assert "textarea" not in moved.text  # what somebody writes is not drawn anew
    late = client.post(f"{first}/flytt", data={**where, "on": "12.05.2026"}, headers=HTMX)
    assert late.status_code == 409
    assert "Kari Leder har flyttet kortet til Case i mellomtiden." in text_of(late)

    gone_on = client.post(first, data={"note": "Bra.\n", "was_note": "", "go": "neste"})
    assert gone_on.location == second
    assert client.get(f"/mote/{meeting.id}").location == second  # it goes on where it was
    assert client.post(f"{second}/stopp", data={"on": "12.05.2026"}).status_code == 422
    client.post(f"{second}/stopp", data={"on": "12.05.2026", "reason": "Dyr", "learnt": "Mye"})
    step = {"what": "Ring banken", "due_on": "20.05.2026", "responsible_id": _me.id}
    assert client.post(f"{second}/neste-steg", data=step).status_code == 303
    end = client.post(second, data={"go": "neste"})
    assert end.location == f"/mote/{meeting.id}/referat"

    told = text_of(client.get(end.location))
    for word in (
        "Flyttet til Case", "Bra.", "Stoppet", "Dyr", "Mye", "Ring banken", "20.05.2026",
        "Kari Leder, Per Gjest", "2 av 2 saker",
    ):  # fmt: skip
        assert word in told, word
    note = {"note": "Neste gang på Rena", "was_note": "", "user_ids": [], "guests": "Per Gjest"}
    client.post(f"/mote/{meeting.id}/referat", data=note)
    client.post(f"/mote/{meeting.id}/lukk")
    closed = client.get(f"/mote/{meeting.id}/referat")
    assert "Neste gang på Rena" in text_of(closed)
    assert "<textarea" not in closed.text
    assert f"/mote/{meeting.id}/referat" in client.get("/mote").text
    assert client.post(first, data={"note": "For sent", "was_note": "Bra."}).status_code == 409


def test_a_note_that_somebody_else_wrote_meanwhile_is_shown_beside_ones_own(client, running):
    _meeting, _me, (first, _second) = running
    client.post(first, data={"note": "Deres", "was_note": ""})
    for headers in ({}, HTMX):
        answer = client.post(first, data={"note": "Mitt", "was_note": ""}, headers=headers)
        assert answer.status_code == 409
        assert "Deres" in text_of(answer)
        assert ">Mitt</textarea>" in answer.text
        assert 'value="Deres"' in answer.text
    assert client.post(first, data={"note": "Mitt", "was_note": "Deres"}).status_code == 303


def test_the_owner_is_changed_and_whoever_is_second_is_told(client, session, running):
    meeting, me, (first, _second) = running
    item = session.get(MeetingItem, int(first.rpartition("/")[2]))
    others = [make.user(session, name=name) for name in ("Anne Annen", "Bjørn Annen")]
    to_a, to_b = ({"owner_id": one.id, "was_owner_id": me.id} for one in others)
    assert client.post(f"{first}/ansvarlig", data=to_a).status_code == 303
    late = client.post(f"{first}/ansvarlig", data=to_b)
    assert late.status_code == 409
    assert "Anne Annen" in text_of(late)
    assert session.get(Idea, item.idea_id).owner_id == others[0].id
    assert [one.owner for one in queries.decided_at(session, meeting)] == ["Anne Annen"]


def test_an_idle_meeting_is_asked_about_for_nothing(client, session, running, queries):
    meeting, me, (first, _second) = running
    version = session.scalar(sa.select(sa.func.max(Change.id)))
    assert client.get(f"{first}/nytt?siden={version}").status_code == 304
    item = session.get(MeetingItem, int(first.rpartition("/")[2]))
    operations.decide(session, me, meeting, item, DecisionKind.AGAIN)
    news = client.get(f"{first}/nytt?siden={version}", headers=HTMX)
    assert "Ses på igjen på neste møte" in text_of(news)

    few = {
        path: queries.count(lambda path=path: client.get(path)) for path in pages(meeting, first)
    }
    for n in range(12):
        extra = make.idea(session, title=f"Mer {n}", by=me)
        item = operations.take_up(session, me, meeting, extra)
        operations.decide(session, me, meeting, item, DecisionKind.UNCHANGED)
        operations.write_item_note(session, me, meeting, item, text=f"Notat {n}", seen="")
    assert session.scalar(sa.select(sa.func.count(MeetingDecision.id))) == 13
    for path, number in few.items():
        assert queries.count(lambda path=path: client.get(path)) == number, path


def pages(meeting, first):
    return ("/mote", first, f"/mote/{meeting.id}/referat")
