"""The calendar of a person: a secret address, and what a strict reader of iCalendar makes of it."""

import logging
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from icalendar import Calendar

from incubator.accounts.models import Role
from incubator.core.clock import OSLO
from incubator.followups import operations as followups
from incubator.followups.models import CalendarFeed
from incubator.followups.operations import Next
from tests import make

TODAY = date(2026, 5, 12)


@pytest.fixture
def person(session, clock):
    return make.user(session)


@pytest.fixture
def me(session, person):
    return make.actor_of(session, person)


@pytest.fixture
def token(session, me):
    return followups.make_feed(session, me)


@pytest.fixture
def address(token):
    return f"/kalender/{token}.ics"


def to_company(session, me, what, due_on, **over):
    company = over.pop("company", None) or make.company(session, name="Furumoen Støperi AS")
    there = make.region(session).id
    return followups.promise_to_company(session, me, company, Next(what, due_on), region_id=there)


def read(answer):
    """Read a calendar strictly: what a reader would forgive is an error here."""
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
    assert answer.data.count(b"\n") == answer.data.count(b"\r\n")
    calendar = Calendar.from_ical(answer.data)
    assert calendar.errors == []
    for part in calendar.walk():
        assert part.errors == [], part
    return {str(event["summary"]): event for event in calendar.walk("VEVENT")}


def test_a_promise_is_an_event_of_the_whole_day(client, session, me, address):
    step = to_company(session, me, "Ring om ovnen; pris, og frist\\n", TODAY)
    [(summary, event)] = read(client.get(address)).items()
    assert summary == "Ring om ovnen; pris, og frist\\n (Furumoen Støperi AS)"
    assert event.decoded("dtstart") == TODAY
    assert event.decoded("dtend") == TODAY + timedelta(days=1)
    assert event["dtstart"].params["VALUE"] == "DATE"
    assert event["url"] == f"http://localhost/oppfolginger/{step.id}"
    assert "Furumoen" in event["description"]
    assert event["transp"] == "TRANSPARENT"
    assert event.decoded("created") == step.recorded_at


def test_it_says_of_itself_what_programs_ask_for(client, session, me, address):
    calendar = Calendar.from_ical(client.get(address).data)
    assert (calendar["version"], calendar["method"]) == ("2.0", "PUBLISH")
    assert calendar["x-wr-calname"] == "Idéløypa: Oppfølginger"
    assert calendar.decoded("refresh-interval") == timedelta(hours=1)


# Sundays on which the clock is changed, and the days around them.
CHANGES = [date(2027, 3, 28), date(2026, 10, 25)]


@pytest.mark.parametrize("sunday", CHANGES)
@pytest.mark.parametrize("days", [-1, 0, 1])
def test_it_rings_at_nine_in_norway_on_both_sides_of_a_change_of_the_clock(
    client, session, me, address, sunday, days
):
    day = sunday + timedelta(days=days)
    to_company(session, me, "Ring", day)
    [event] = read(client.get(address)).values()
    assert event.decoded("dtstart") == day
    [alarm] = event.walk("VALARM")
    rings_at = alarm["trigger"].dt
    assert alarm["trigger"].params["VALUE"] == "DATE-TIME"
    assert rings_at.utcoffset() == timedelta(0)
    local = rings_at.astimezone(OSLO)
    assert (local.date(), local.hour, local.minute) == (day, 9, 0)
    assert rings_at.hour == (7 if local.dst() else 8)


def test_what_is_overdue_does_not_ring_when_somebody_subscribes(client, session, me, address):
    to_company(session, me, "Ring", TODAY - timedelta(days=1))
    [event] = read(client.get(address)).values()
    assert event.walk("VALARM") == []


def test_a_change_keeps_the_uid_and_raises_the_sequence(client, session, me, address, clock):
    step = to_company(session, me, "Ring", TODAY)
    [before] = read(client.get(address)).values()
    assert (before["sequence"], before.decoded("dtstamp")) == (0, step.recorded_at)
    later = datetime(2026, 5, 12, 11, 30, tzinfo=UTC)
    clock.set(later)
    followups.move(session, me, step, due_on=TODAY + timedelta(days=3), seen_on=TODAY)
    [after] = read(client.get(address)).values()
    assert after["uid"] == before["uid"]
    assert after["sequence"] == 1
    assert after.decoded("dtstamp") == after.decoded("last-modified") == later
    assert after.decoded("created") == step.recorded_at


def test_two_installations_have_no_uid_in_common(client, session, me, address):
    step = to_company(session, me, "Ring", TODAY)
    [event] = read(client.get(address)).values()
    assert event["uid"] == f"oppfolging-{step.id}-20260512T100000Z@ideloypa.local"


def test_it_holds_what_is_open_has_a_day_and_is_mine(client, session, me, address):
    other = make.actor(session)
    to_company(session, me, "Min", TODAY)
    to_company(session, me, "Uten dag", None)
    to_company(session, other, "En annens", TODAY)
    followups.finish(session, me, to_company(session, me, "Gjort", TODAY))
    followups.remove(session, me, to_company(session, me, "Feil", TODAY))
    handed = to_company(session, me, "Gitt bort", TODAY)
    followups.hand_over(session, me, handed, to_id=other.id, seen_id=me.id)
    idea = make.idea(session, title="Biokull fra bark", company_id=None)
    followups.promise(session, me, idea, what="På idé", due_on=TODAY)
    events = read(client.get(address))
    assert {summary.split(" (")[0] for summary in events} == {"Min", "På idé"}
    assert "Biokull fra bark" in events["På idé"]["description"]


def test_it_tells_nothing_of_a_region_that_a_person_left(client, session, person, me, address):
    to_company(session, me, "Ring", TODAY)
    person.regions = []
    session.flush()
    assert read(client.get(address)) == {}


def test_it_is_written_in_the_language_of_its_person(client, session, person, me, address):
    person.locale = "en"
    to_company(session, me, "Ring", TODAY)
    answer = client.get(address, headers={"Accept-Language": "nb"})
    assert "Company: Furumoen" in answer.text
    assert "X-WR-CALNAME:Idéløypa: Follow-ups" in answer.text


# The secret.


def test_only_the_hash_of_the_secret_is_kept(session, token):
    feed = session.scalars(sa.select(CalendarFeed)).one()
    assert token not in repr(vars(feed))
    assert (len(token), len(feed.token_hash)) == (43, 64)


def gone(client, address):
    answer = client.get(address)
    assert answer.status_code == 404
    assert "BEGIN:" not in answer.text
    return True


def test_a_withdrawn_calendar_is_not_there(client, session, me, address):
    assert followups.revoke_feed(session, me)
    assert not followups.revoke_feed(session, me)
    assert gone(client, address)


def test_a_new_one_ends_the_old_one(client, session, me, address):
    new = followups.make_feed(session, me)
    assert gone(client, address)
    assert client.get(f"/kalender/{new}.ics").status_code == 200


def test_who_left_or_became_a_partner_has_none(client, session, person, address):
    person.active = False
    assert gone(client, address)
    person.active, person.role = True, Role.PARTNER
    assert gone(client, address)


@pytest.mark.parametrize("made_up", ["x", "%00", "A" * 43, "' OR 1=1 --", "é" * 300])
def test_what_somebody_made_up_opens_nothing(client, session, address, made_up):
    assert gone(client, f"/kalender/{made_up}.ics")


def test_an_asker_who_has_it_gets_nothing_and_nobody_between_keeps_it(
    client, session, me, address, clock
):
    step = to_company(session, me, "Ring", TODAY)
    first = client.get(address)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert first.last_modified == step.recorded_at
    assert "Set-Cookie" not in first.headers
    asked = {"If-None-Match": first.headers["ETag"]}
    again = client.get(address, headers=asked)
    assert (again.status_code, again.data) == (304, b"")
    followups.finish(session, me, step)
    assert client.get(address, headers=asked).status_code == 200


def test_it_costs_the_same_for_few_and_for_many(client, session, me, address, queries):
    to_company(session, me, "Ring", TODAY)
    few = queries.of(lambda: client.get(address))
    for nth in range(12):
        step = to_company(session, me, f"Ring {nth}", TODAY)
        followups.move(session, me, step, due_on=TODAY + timedelta(days=nth), seen_on=TODAY)
    many = queries.of(lambda: client.get(address))
    assert len(many) == len(few) <= 4, "\n".join(many)


def test_the_secret_does_not_reach_the_log(app, caplog):
    with caplog.at_level(logging.ERROR):
        try:
            raise ValueError
        except ValueError:
            app.logger.exception("Exception on %s [%s]", "/kalender/hemmelig.ics", "GET")
        app.logger.error("Exception on /dagsbrev/Mg.hemmelig?x=1 [POST]")
    assert "hemmelig" not in caplog.text
    assert "/kalender/… [GET]" in caplog.text


# The page.


def test_the_address_is_shown_once(client, session, person):
    client.sign_in(person)
    made = client.post("/oppfolginger/kalender")
    assert made.headers["Cache-Control"] == "private, no-store"
    secret = made.text.split("/kalender/")[1].split(".ics")[0]
    assert client.get(f"/kalender/{secret}.ics").status_code == 200
    page = client.get("/oppfolginger/kalender").text
    assert secret not in page
    assert "Trekk adressen tilbake" in page
    again = client.post("/oppfolginger/kalender")  # the answer, loaded anew
    assert again.status_code == 303
    assert client.get(f"/kalender/{secret}.ics").status_code == 200
    assert client.post("/oppfolginger/kalender/trekk-tilbake").status_code == 303
    assert client.get(f"/kalender/{secret}.ics").status_code == 404
    assert "Trekk adressen tilbake" not in client.get("/oppfolginger/kalender").text


def test_the_daily_mail_is_turned_off_and_on(client, session, person):
    client.sign_in(person)
    assert client.post("/oppfolginger/dagsbrev", data={"wants_digest": "0"}).status_code == 303
    assert not person.wants_digest
    assert "Slå det på" in client.get("/oppfolginger/kalender").text
    client.post("/oppfolginger/dagsbrev", data={"wants_digest": "1"})
    assert person.wants_digest
