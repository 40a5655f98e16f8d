"""The days of applications in the calendar of a person, beside what they have promised."""

from datetime import UTC, date, datetime, timedelta

import pytest

from incubator.accounts.models import Role, User
from incubator.followups import operations as followups
from incubator.funding import operations as funding
from incubator.funding.models import ApplicationStatus
from tests import make
from tests.followups.test_feed import read

TODAY = date(2026, 5, 12)
DAY = date(2026, 3, 2)


@pytest.fixture
def me(session, clock):
    return make.actor(session)


@pytest.fixture
def address(session, me):
    return f"/kalender/{followups.make_feed(session, me)}.ics"


@pytest.fixture
def mine(session, me):
    return applied(session, me, owner_id=me.id)


def applied(session, me, **over):
    given = {"title": "Tørking av flis", "deadline_on": TODAY + timedelta(days=10), **over}
    company = make.company(session, name="Furumoen Støperi AS")
    return funding.add_application(
        session, me, funding.Plan(**given), region_id=make.region(session).id, on=DAY,
        company=company,
    )  # fmt: skip


def test_the_deadline_of_a_draft_is_an_event_of_the_whole_day(client, mine, address):
    [(summary, event)] = read(client.get(address)).items()
    assert summary == "Søknadsfrist: Tørking av flis (Furumoen Støperi AS)"
    assert event.decoded("dtstart") == TODAY + timedelta(days=10)
    assert event.decoded("dtend") == TODAY + timedelta(days=11)
    assert event["dtstart"].params["VALUE"] == "DATE"
    assert event["url"] == f"http://localhost/soknader/{mine.id}"
    assert event["uid"] == f"soknadsfrist-{mine.id}-20260512T100000Z@ideloypa.local"
    assert len(event.walk("VALARM")) == 1


def test_another_deadline_keeps_the_uid_and_raises_the_sequence(
    client, session, me, mine, address, clock
):
    [before] = read(client.get(address)).values()
    later = datetime(2026, 5, 12, 11, 30, tzinfo=UTC)
    clock.set(later)
    moved = {"deadline_on": TODAY + timedelta(days=20)}
    funding.edit_application(session, me, mine, moved, {"deadline_on": mine.deadline_on})
    [after] = read(client.get(address)).values()
    assert (before["uid"], before["sequence"]) == (after["uid"], after["sequence"] - 1)
    assert after.decoded("dtstart") == TODAY + timedelta(days=20)
    assert after.decoded("dtstamp") == later


def test_what_is_sent_has_no_deadline_and_what_runs_has_a_report(
    client, session, me, mine, address
):
    funding.set_status(session, me, mine, ApplicationStatus.SENT, on=TODAY)
    assert read(client.get(address)) == {}
    due = date(2027, 1, 31)
    funding.set_status(
        session, me, mine, ApplicationStatus.GRANTED, on=TODAY, amount_nok=1, report_due_on=due
    )
    [(summary, event)] = read(client.get(address)).items()
    assert summary.startswith("Rapportfrist: Tørking av flis")
    assert event.decoded("dtstart") == due
    assert event["uid"].startswith(f"soknadsrapport-{mine.id}-")
    for status in (ApplicationStatus.ACCEPTED, ApplicationStatus.REPORTED):
        funding.set_status(session, me, mine, status, on=TODAY)
    assert read(client.get(address)) == {}


def test_one_without_a_deadline_stands_on_the_day_it_is_planned_for(client, session, me, address):
    applied(session, me, owner_id=me.id, deadline_on=None, planned_on=TODAY)
    [summary] = read(client.get(address))
    assert summary.startswith("Søknad planlagt: ")


def test_it_holds_what_is_mine_or_of_my_idea_and_nothing_that_was_taken_away(
    client, session, me, address
):
    other = make.actor(session)
    applied(session, me, title="En annens", owner_id=other.id)
    wrong = applied(session, me, title="Feil", owner_id=me.id)
    funding.void_application(session, me, wrong, reason="Ført to ganger")
    idea = make.idea(session, title="Biokull fra bark", owner_id=me.id)
    plan = funding.Plan(deadline_on=TODAY)
    funding.add_application(session, other, plan, region_id=idea.region_id, on=DAY, idea=idea)
    followups.promise(session, me, idea, what="Ring", due_on=TODAY)
    assert {summary.split(" (")[0] for summary in read(client.get(address))} == {
        "Ring", "Søknadsfrist: Biokull fra bark",
    }  # fmt: skip


def test_it_tells_nothing_of_a_region_that_a_person_left(client, session, mine, address):
    session.get(User, mine.owner_id).regions = []
    session.flush()
    assert read(client.get(address)) == {}


def test_it_is_written_in_the_language_of_its_person(client, session, clock):
    person = make.user(session, Role.ADVISOR)
    me = make.actor_of(session, person)
    person.locale = "en"
    applied(session, me, owner_id=me.id)
    address = f"/kalender/{followups.make_feed(session, me)}.ics"
    answer = client.get(address, headers={"Accept-Language": "nb"})
    assert [summary.split(":")[0] for summary in read(answer)] == ["Application deadline"]


def test_it_costs_the_same_for_few_and_for_many(client, session, me, mine, address, queries):
    few = queries.of(lambda: client.get(address))
    for nth in range(8):
        one = applied(session, me, owner_id=me.id, title=f"Nummer {nth}")
        wanted = {"reference": f"26/{nth}"}
        funding.edit_application(session, me, one, wanted, {"reference": None})
    many = queries.of(lambda: client.get(address))
    assert len(many) == len(few) <= 4, "\n".join(many)
