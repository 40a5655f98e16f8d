"""The screen on which visits are logged, and what a device asks for."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit import operations as audit
from incubator.companies import operations as companies
from incubator.companies.models import Contact
from incubator.core.access import command_line
from incubator.followups.models import FollowUp
from incubator.ideas.models import Idea
from incubator.visits import device
from incubator.visits.models import Visit, VisitColleague, VisitContact, VisitIdea, VisitKind
from incubator.visits.operations import Entry, log_visit
from tests import make

TODAY = date(2026, 5, 12)
JSON = {"Accept": "application/json"}


@pytest.fixture
def advisor(session, clock):
    return make.user(session, Role.ADVISOR)


@pytest.fixture
def phone(client, advisor):
    return client.sign_in(advisor)


def form(session, **over):
    """Fill in the screen."""
    return {
        "region": make.region(session).id,
        "company": "Furumoen Støperi AS",
        "kind": "visit",
        "occurred_on": "2026-05-11",
        "about": "Flis som brennes.",
        **over,
    }


def contact(session, company, name="Kari Ås"):
    change = audit.record(session, command_line(), "contact.added", kind="contact")
    return companies.add_contact(session, change, name=name, company_id=company.id)


def visits(session):
    return session.scalars(sa.select(Visit).order_by(Visit.id)).all()


def test_a_plain_form_stores_all_that_it_holds(session, phone, advisor):
    company, colleague = make.company(session), make.user(session)
    kari = contact(session, company)
    answer = phone.post(
        "/besok",
        data=form(
            session, company="", company_id=company.id, kind="video", needs="Kapital",
            contact_ids=kari.id, new_contacts="Per Bø,  Anne Lie ; ", colleague_ids=colleague.id,
            promise_what=["Sende tall", "", "Ringe"], promise_due_on=["19.05.2026", "", ""],
            promise_responsible_id=["", "", colleague.id], idea_title="Biokull",
            idea_text="Av flis.", is_shared="y",
        ),
    )  # fmt: skip
    [visit] = visits(session)
    assert (answer.status_code, answer.location) == (303, f"/besok/{visit.id}")
    assert (visit.company_id, visit.kind, visit.visitor_id) == (company.id, "video", advisor.id)
    assert (visit.occurred_on, visit.needs, visit.is_shared) == (date(2026, 5, 11), "Kapital", True)
    met = session.scalars(
        sa.select(Contact.name).join(VisitContact, VisitContact.contact_id == Contact.id)
    )
    assert set(met) == {"Kari Ås", "Per Bø", "Anne Lie"}
    assert session.scalars(sa.select(VisitColleague.user_id)).all() == [colleague.id]
    promised = session.scalars(sa.select(FollowUp).order_by(FollowUp.id)).all()
    assert [(one.what, one.due_on, one.responsible_id) for one in promised] == [
        ("Sende tall", date(2026, 5, 19), advisor.id),
        ("Ringe", None, colleague.id),
    ]
    [idea] = session.scalars(sa.select(Idea).join(VisitIdea, VisitIdea.idea_id == Idea.id))
    assert (idea.title, idea.problem) == ("Biokull", "Av flis.")


def test_a_company_is_made_on_the_spot_and_typing_goes_before_ticking(session, phone):
    ticked = make.company(session)
    phone.post("/besok", data=form(session, company_id=ticked.id))
    phone.post("/besok", data=form(session, company="furumoen støperi"))
    first, second = visits(session)
    assert first.company_id == second.company_id != ticked.id


WRONG = {
    "company": {"company": " "},
    "kind": {"kind": "letter"},
    "occurred_on": {"occurred_on": "i går"},
    "the day left out": {"occurred_on": ""},
    "a day to come": {"occurred_on": "2026-05-13"},
    "promises": {"promise_what": "", "promise_due_on": "2026-05-13"},
    "a promise without a date": {"promise_what": "Ring", "promise_due_on": "snart"},
    "a long promise": {"promise_what": "x" * 201},
    "idea_title": {"idea_text": "Uten navn"},
    "colleague_ids": {"colleague_ids": "999999"},
    "region": {"region": "999999"},
    "client_key": {"client_key": "x" * 65},
}
BESIDE = {
    "the day left out": "occurred_on",
    "a day to come": "occurred_on",
    "a promise without a date": "promises",
    "a long promise": "promises",
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(session, phone, case):
    data = form(session, needs="Det jeg skrev", new_contacts="Ola", **WRONG[case] | {"x": "1"})
    told = phone.post("/besok", data=data, headers=JSON)
    field = BESIDE.get(case, case)
    assert told.status_code == 422
    assert list(told.json["errors"]) == [field] and told.json["errors"][field]
    page = phone.post("/besok", data=data)
    assert page.status_code == 422
    assert "Det jeg skrev" in page.text and 'value="Ola"' in page.text
    assert "Én ting må rettes" in page.text
    if field not in ("region", "client_key"):
        [beside] = re.findall(rf'id="{field}-error"([^>]*)>', page.text)
        assert "hidden" not in beside
    assert visits(session) == []


def test_a_key_stores_a_visit_once_however_often_it_is_sent(session, phone):
    data = form(session, client_key=str(uuid4()), idea_title="Biokull")
    answers = [phone.post("/besok", data=data, headers=JSON) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert answers[0].json == answers[1].json == answers[2].json
    [visit] = visits(session)
    idea = session.scalars(sa.select(Idea.id)).one()
    expected = {"visit": visit.id, "href": f"/besok/{visit.id}", "idea": f"/ideer/{idea}"}
    assert answers[0].json == expected


def test_when_it_was_written_is_kept_unless_the_clock_of_the_device_is_ahead(session, phone):
    for written in ("2026-05-11T08:30:00.000Z", "2027-01-01T00:00:00Z", "rot", ""):
        phone.post("/besok", data=form(session, written_at=written))
    kept = [visit.written_at for visit in visits(session)]
    assert kept[0].isoformat() == "2026-05-11T08:30:00+00:00"
    assert kept[1:] == [None, None, None]


def test_what_somebody_else_wrote_on_the_device_is_not_taken(session, phone, advisor):
    other = make.user(session)
    late = phone.post("/besok", data=form(session, user_id=other.id), headers=JSON)
    assert late.status_code == 409
    assert visits(session) == []
    mine = phone.post("/besok", data=form(session, user_id=advisor.id), headers=JSON)
    assert mine.status_code == 201


def test_the_screen_offers_the_company_that_it_was_opened_for_and_its_people(session, phone):
    company = make.company(session, name="Glommali Sagbruk")
    contact(session, company, "Anne Lie")
    page = phone.get(f"/besok/logg?bedrift={company.id}").text
    assert re.search(rf'name="company_id" value="{company.id}" checked', page)
    assert "Anne Lie" in page
    assert phone.get("/besok/logg?bedrift=999999").status_code == 200
    assert phone.get("/besok/logg?bedrift=x").status_code == 200


def test_each_screen_has_a_key_of_its_own(phone):
    keys = [
        re.search(r'name="client_key" value="([^"]{36})"', phone.get("/besok/logg").text)[1]
        for _ in range(2)
    ]
    assert keys[0] != keys[1]


def visit(session, actor, company, on=TODAY):
    return log_visit(
        session, actor, make.region(session).id,
        Entry(kind=VisitKind.VISIT, occurred_on=on, company_id=company.id),
    ).visit  # fmt: skip


def test_the_latest_come_first_then_those_visited_most(session, advisor):
    me = make.actor_of(session, advisor)
    often, *rest = (make.company(session) for _ in range(8))
    for nth in range(4):
        visit(session, me, often, TODAY - timedelta(days=100 + nth))
    for nth, company in enumerate(rest):
        visit(session, me, company, TODAY - timedelta(days=20 - nth))
    offered = [row.id for row in device.list_offered(session, me, TODAY)]
    assert offered == [rest[6].id, rest[5].id, rest[4].id, often.id, rest[3].id, rest[2].id]


def test_whoever_has_visited_few_is_offered_what_others_visited(session, advisor):
    me, other = make.actor_of(session, advisor), make.actor(session)
    mine, theirs = make.company(session), make.company(session)
    visit(session, other, theirs)
    visit(session, me, mine, TODAY - timedelta(days=30))
    assert [row.id for row in device.list_offered(session, me, TODAY)] == [mine.id, theirs.id]


def test_a_device_gets_the_companies_and_people_of_its_regions_alone(session, phone):
    elverum, hamar = "3420", "3403"
    near = make.company(session, municipality_id=make.municipality(session, elverum).id)
    make.region(session, "Hamarregionen")
    far = make.company(session, municipality_id=make.municipality(session, hamar).id)
    met = make.company(session)
    make.idea(session, company_id=met.id)
    nowhere = make.company(session)
    kari, per = contact(session, near), contact(session, far, "Per Far")
    colleague = make.user(session)
    stranger = make.user(session, region_name="Hamarregionen")
    kept = phone.get("/besok/enhet.json").json
    numbers = {company[0] for company in kept["companies"]}
    assert {near.id, met.id} <= numbers and not {far.id, nowhere.id} & numbers
    assert [kari.id, near.id, "Kari Ås", None] in kept["contacts"]
    assert per.id not in {row[0] for row in kept["contacts"]}
    people = {row[0] for row in kept["colleagues"]}
    assert colleague.id in people and stranger.id not in people


def test_what_a_device_gets_is_bounded(session, phone, monkeypatch):
    monkeypatch.setattr(device, "MOST_COMPANIES", 3)
    monkeypatch.setattr(device, "MOST_CONTACTS", 2)
    for _ in range(8):
        company = make.company(session)
        make.idea(session, company_id=company.id)
        contact(session, company)
    kept = phone.get("/besok/enhet.json").json
    assert len(kept["companies"]) <= 3 + device.OFFERED
    assert len(kept["contacts"]) <= 2


def test_a_device_is_not_sent_what_it_has_and_no_cache_keeps_it(session, phone):
    first = phone.get("/besok/enhet.json")
    tag = {"If-None-Match": first.headers["ETag"]}
    again = phone.get("/besok/enhet.json", headers=tag)
    assert (again.status_code, again.data) == (304, b"")
    for answer in (first, again, phone.get("/besok/tilgang.json")):
        assert answer.headers["Cache-Control"] == "private, no-store"
    make.user(session)
    assert phone.get("/besok/enhet.json", headers=tag).status_code == 200


def test_a_device_learns_who_is_signed_in(client, session, clock, advisor):
    assert client.get("/besok/tilgang.json").json == {"user": None}
    client.sign_in(make.user(session, Role.PARTNER))
    assert client.get("/besok/tilgang.json").json == {"user": None}
    told = client.sign_in(advisor).get("/besok/tilgang.json").json
    assert told["user"] == {"id": advisor.id, "name": advisor.name}
    assert told["token"]


@pytest.mark.parametrize("path", ["/besok/logg", "/besok/enhet.json"])
def test_they_cost_the_same_for_few_and_for_many(session, phone, advisor, queries, path):
    me = make.actor_of(session, advisor)
    visit(session, me, make.company(session))
    few = queries.count(lambda: phone.get(path))
    for _ in range(10):
        company = make.company(session)
        contact(session, company)
        visit(session, me, company)
    # One less where one's own companies are enough, and nobody else's need to be offered.
    assert queries.count(lambda: phone.get(path)) == few - 1
