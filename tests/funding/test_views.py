"""The pages of applications: the list and its sums, one application, what is done there."""

import io
import re
from datetime import date, timedelta

import openpyxl
import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.core.access import command_line
from incubator.funding import operations as funding, queries as reads
from incubator.funding.models import Application, ApplicationStatus, PaymentKind
from tests import make

ME = command_line()
TODAY, DAY = date(2026, 5, 12), date(2026, 3, 2)


@pytest.fixture
def company(session, clock):
    return make.company(session, name="Furumoen Støperi AS")


@pytest.fixture
def person(session, client, clock):
    person = make.user(session)
    client.sign_in(person)
    return person


def begin(session, company, title, *statuses, region_name="Elverumregionen", **over):
    plan = funding.Plan(**{"title": title, "sought_nok": 400_000, **over})
    region = make.region(session, region_name)
    made = funding.add_application(session, ME, plan, region_id=region.id, on=DAY, company=company)
    for status in statuses:
        more = {"amount_nok": 300_000} if status == "granted" else {}
        more |= {"reason": "For lite nytt"} if status == "refused" else {}
        funding.set_status(session, ME, made, ApplicationStatus(status), on=DAY, **more)
    return made


@pytest.fixture
def many(session, company):
    """One application in each group of the list, and one in another region."""

    def in_days(days):
        return {"deadline_on": TODAY + timedelta(days=days)}

    other = make.company(session, name="Åmot Sag AS")
    made = {
        "forfalt": begin(session, company, "Forfalt", **in_days(-1)),
        "14-dager": begin(session, company, "Nær", **in_days(14)),
        "30-dager": begin(session, company, "Snart", **in_days(15)),
        "senere": begin(session, other, "Senere", **in_days(31)),
        "venter": begin(session, company, "Venter", "sent", **in_days(-30)),
        "i-gang": begin(session, company, "I gang", "sent", "granted"),
        "rapportert": begin(session, company, "Ferdig", "sent", "granted", "accepted", "reported"),
        "avsluttet": begin(session, company, "Avslått", "sent", "refused"),
    }
    funding.record_payment(
        session, ME, made["i-gang"], PaymentKind.PAID, on=TODAY, amount_nok=120_000
    )
    begin(session, company, "Annet sted", region_name="Hamarregionen")
    return made


def titles(text):
    return re.findall(r'<th scope="row"><a href="/soknader/\d+">([^<]+)</a>', text)


# The list.


def test_the_list_stands_by_what_it_asks_of_us(client, person, many):
    text = client.get("/soknader").text
    assert titles(text) == [
        "Forfalt", "Nær", "Snart", "Senere", "Venter", "I gang", "Ferdig", "Avslått",
    ]  # fmt: skip
    assert "1 dag over" in text
    assert "Annet sted" not in text
    line = re.search(r'<p class="list-count".*?</p>', text, re.DOTALL)[0]
    for amount in ('søkt <span class="num">3\u00a0200\u00a0000', "innvilget", "600\u00a0000"):
        assert amount in line
    assert "120\u00a0000" in line


def test_every_count_is_that_of_its_list(client, person, many):
    text = client.get("/soknader").text
    chips = re.findall(r'class="chip[^"]*" href="([^"]+)"[^>]*>[^<]*<b class="num">(\d+)</b>', text)
    assert len(chips) == 9
    for href, count in chips:
        answer = client.get(href.replace("&amp;", "&"))
        assert len(titles(answer.text)) == int(count), href
    for group, made in many.items():
        [title] = titles(client.get(f"/soknader?gruppe={group}").text)
        assert title == made.title


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=refused", ["Avslått"]),
        ("q=åmot", ["Senere"]),
        ("aar=2026&gruppe=venter", ["Venter"]),
        ("aar=2025", []),
        ("virkemiddel=1&status=draft", ["Med virkemiddel"]),
        ("status=tull&gruppe=tull&aar=x&side=1", None),
    ],
)
def test_the_address_narrows_the_list(client, session, person, company, many, query, found):
    begin(session, company, "Med virkemiddel", instrument_id=1)
    shown = titles(client.get(f"/soknader?{query}").text)
    assert shown == (found if found is not None else titles(client.get("/soknader").text))


def test_the_owner_of_the_idea_is_responsible_where_nobody_else_is(client, session, person, many):
    idea = make.idea(session, title="Idéen sin", owner_id=person.id)
    plan = funding.Plan()
    funding.add_application(session, ME, plan, region_id=idea.region_id, on=DAY, idea=idea)
    assert titles(client.get(f"/soknader?ansvarlig={person.id}").text) == ["Idéen sin"]


def test_the_files_hold_the_rows_of_the_list_and_no_formula(client, session, person, company, many):
    begin(session, company, "=1+1", "sent")
    answer = client.get("/soknader.xlsx?gruppe=venter")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    rows = list(sheet.iter_rows(values_only=True))
    assert sorted(row[1] for row in rows[1:]) == ["=1+1", "Venter"]
    assert dict(zip(rows[0], rows[1], strict=True))["Søkt"] == 400_000
    csv = client.get("/soknader.csv").data.decode("utf-8-sig")
    assert len(csv.strip().splitlines()) == 10


def test_the_list_and_a_page_cost_the_same_for_few_and_for_many(
    client, session, person, company, queries
):
    made = begin(session, company, "En", "sent", "granted")

    def both():
        client.get("/soknader")
        client.get(f"/soknader/{made.id}")

    few = queries.of(both)
    for nth in range(6):
        one = begin(session, company, f"Nummer {nth}", "sent", "granted")
        for each in (one, made):
            funding.record_payment(
                session, ME, each, PaymentKind.PAID, on=TODAY, amount_nok=1_000 + nth
            )
    many = queries.of(both)
    assert len(many) == len(few), "\n".join(many)


# A new one.


def test_a_new_one_is_entered_for_a_company(client, session, person, company):
    text = client.get(f"/soknader/ny?bedrift={company.id}").text
    assert 'value="Furumoen Støperi AS"' in text
    typed = {
        "company": "furumoen støperi", "title": "Tørking", "instrument_id": "1",
        "sought_nok": "1 200 000", "deadline_on": "1.9.2026", "on": "1.5.2026",
        "region": str(make.region(session).id), "owner_id": str(person.id),
    }  # fmt: skip
    answer = client.post("/soknader/ny", data=typed)
    made = session.scalars(sa.select(Application)).one()
    assert (answer.status_code, answer.location) == (303, f"/soknader/{made.id}")
    assert (made.company_id, made.sought_nok, made.owner_id) == (company.id, 1_200_000, person.id)
    assert client.post("/soknader/ny", data=typed).location == f"/soknader/{made.id}"
    assert session.scalar(sa.select(sa.func.count(Application.id))) == 1


def test_what_was_typed_stays_when_something_is_missing(client, session, person, company):
    typed = {"company": "Ukjent AS", "title": "Tørking", "on": "1.5.2026", "reference": "26/12"}
    answer = client.post("/soknader/ny", data=typed)
    assert answer.status_code == 422
    assert "Denne bedriften finnes ikke" in answer.text or "finnes ikke" in answer.text
    for value in ("Ukjent AS", "Tørking", "26/12"):
        assert f'value="{value}"' in answer.text


def test_from_an_idea_it_needs_no_company_and_no_title(client, session, person):
    idea = make.idea(session, title="Biokull fra bark")
    assert f"/soknader/ny?ide={idea.id}" in client.get(f"/ideer/{idea.id}").text
    answer = client.post(f"/soknader/ny?ide={idea.id}", data={"on": "1.5.2026"})
    made = session.scalars(sa.select(Application)).one()
    assert answer.location == f"/soknader/{made.id}"
    assert f'href="/soknader/{made.id}"' in client.get(f"/ideer/{idea.id}").text
    assert "Biokull fra bark" in client.get(answer.location).text


# What happens to one.


def post(client, made, path, **typed):
    return client.post(f"/soknader/{made.id}/{path}", data=typed)


def mark(session, made):
    return reads.mark_of(session, made.id)


def test_a_page_offers_what_can_follow_and_no_more(client, session, person, company):
    made = begin(session, company, "Tørking", "sent")
    text = client.get(f"/soknader/{made.id}").text
    offered = re.findall(rf'href="/soknader/{made.id}/status/(\w+)"', text)
    assert offered == ["processing", "granted", "refused", "withdrawn"]
    assert "penger/paid" not in text


def test_a_decision_is_written_down_with_its_amount_and_report(client, session, person, company):
    made = begin(session, company, "Tørking", "sent")
    form = client.get(f"/soknader/{made.id}/status/granted").text
    assert 'name="amount_nok"' in form
    seen = mark(session, made)
    typed = {"on": "2.5.2026", "amount_nok": "", "report_due_on": "2027-01-31", "seen": seen}
    answer = post(client, made, "status/granted", **typed)
    assert answer.status_code == 422
    assert "Skriv beløpet som er innvilget" in answer.text
    assert 'value="2027-01-31"' in answer.text
    answer = post(client, made, "status/granted", **{**typed, "amount_nok": "300 000"})
    assert answer.location == f"/soknader/{made.id}"
    text = client.get(answer.location).text
    assert "300\u00a0000\u00a0kr" in text
    assert "31.01.2027" in text
    assert "penger/paid" in text


def test_the_impossible_is_refused_in_words(client, session, person, company):
    made = begin(session, company, "Tørking")
    answer = post(client, made, "status/accepted", on="2.5.2026", seen=mark(session, made))
    assert answer.status_code == 422
    assert "En søknad som er utkast, kan ikke bli akseptert." in answer.text
    assert client.get(f"/soknader/{made.id}/status/tull").status_code == 404


def test_the_same_button_twice_writes_once_and_says_so(client, session, person, company):
    made = begin(session, company, "Tørking", "sent", "granted")
    typed = {"on": "2.5.2026", "amount_nok": "100 000", "note": "Rate 1"}
    seen = mark(session, made)
    assert post(client, made, "penger/paid", **typed, seen=seen).status_code == 303
    again = post(client, made, "penger/paid", **typed, seen=seen)
    assert again.status_code == 409
    assert "Rate 1" in again.text
    text = client.get(f"/soknader/{made.id}").text
    assert text.count("Rate 1") == 1


def test_too_much_money_is_refused_with_what_is_left(client, session, person, company):
    made = begin(session, company, "Tørking", "sent", "granted")
    answer = post(
        client, made, "penger/paid", on="2.5.2026", amount_nok="300001", seen=mark(session, made)
    )
    assert answer.status_code == 422
    assert "300\u00a0000\u00a0kr kan fortsatt utbetales" in answer.text
    back = post(
        client, made, "penger/returned", on="2.5.2026", amount_nok="1", seen=mark(session, made)
    )
    assert back.status_code == 422
    assert "0\u00a0kr kan betales tilbake" in back.text


def test_two_who_edit_the_same_field_are_told_and_keep_what_they_typed(
    client, session, person, company
):
    made = begin(session, company, "Tørking")
    was = {"was_sought_nok": "400000", "was_title": "Tørking"}
    funding.edit_application(session, ME, made, {"sought_nok": 7}, {"sought_nok": 400_000})
    typed = {"sought_nok": "500000", "title": "Tørking av flis", **was}
    answer = post(client, made, "rediger", **typed)
    assert answer.status_code == 409
    assert "er nå lagret som «7»" in answer.text
    assert 'value="500000"' in answer.text
    again = {**typed, "was_sought_nok": "7"}
    assert post(client, made, "rediger", **again).status_code == 303
    session.refresh(made)
    assert (made.sought_nok, made.title) == (500_000, "Tørking av flis")


def test_the_latest_change_is_undone_from_the_page(client, session, person, company):
    made = begin(session, company, "Tørking")
    post(client, made, "status/sent", on="2.5.2026", seen=mark(session, made))
    text = client.get(f"/soknader/{made.id}").text
    address = re.search(r'action="(/endringer/\d+/angre)"', text)[1]
    assert "Angre: sendt" in text
    assert client.post(address).location == f"/soknader/{made.id}"
    session.refresh(made)
    assert made.status == "draft"
    assert address not in client.get(f"/soknader/{made.id}").text


def test_a_mistake_is_taken_away_with_a_reason_and_can_come_back(client, session, clock, company):
    manager = make.user(session, Role.MANAGER)
    client.sign_in(manager)
    made = begin(session, company, "Tørking", "sent", "granted")
    assert post(client, made, "feilfort", reason=" ").status_code == 422
    assert post(client, made, "feilfort", reason="Ført to ganger").status_code == 303
    text = client.get(f"/soknader/{made.id}").text
    assert "Ført to ganger" in text
    assert "status/accepted" not in text
    assert titles(client.get("/soknader").text) == []
    change = session.scalars(sa.select(Change).order_by(Change.id.desc())).first()
    client.post(f"/endringer/{change.id}/angre")
    assert titles(client.get("/soknader").text) == ["Tørking"]


def test_a_dialog_and_a_plain_page_are_the_same_form(client, session, person, company):
    made = begin(session, company, "Tørking", "sent")
    for path in ("status/refused", "rediger", "feilfort"):
        address = f"/soknader/{made.id}/{path}"
        whole, part = client.get(address).text, client.get(address, headers={"HX-Request": "true"})
        assert "<html" in whole and "<html" not in part.text
        assert f'action="{address}"' in whole and f'hx-post="{address}"' in part.text


def test_an_advisor_sees_no_buttons_on_what_is_others(client, session, clock, company):
    owner = make.user(session)
    made = begin(session, company, "Tørking", "sent", owner_id=owner.id)
    client.sign_in(make.user(session, Role.ADVISOR))
    text = client.get(f"/soknader/{made.id}").text
    assert "Tørking" in text
    assert "/status/" not in text and "/rediger" not in text
    answer = post(client, made, "status/processing", on="2.5.2026", seen=mark(session, made))
    assert answer.status_code == 403
