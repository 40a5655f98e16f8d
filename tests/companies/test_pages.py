"""New companies, the people there, and the log of both."""

import re

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change, ChangeValue
from incubator.companies import operations as companies
from incubator.companies.models import Company, Contact
from incubator.core.access import command_line
from incubator.core.errors import NotAllowed, RuleBroken
from incubator.pipeline.renaming import edit_company
from tests import make

ME = command_line()
HTMX = {"HX-Request": "true"}


@pytest.fixture
def developer(client, session, clock):
    return client.sign_in(make.user(session))


def values_of(session, kind, subject_id):
    query = sa.select(ChangeValue.field, ChangeValue.old, ChangeValue.new).where(
        ChangeValue.subject_kind == kind, ChangeValue.subject_id == subject_id
    )
    return [tuple(row) for row in session.execute(query.order_by(ChangeValue.id))]


def only(session, table):
    return session.scalars(sa.select(table)).one()


# A new company.

NEW = {
    "name": " Furumoen   Støperi AS ", "industry_code": "24.510", "employees": "1 200",
    "founded_on": "01.05.1978",
}  # fmt: skip


def test_a_company_is_written_down_with_what_is_known(developer, session):
    number = make.orgnr()
    there = make.municipality(session, "3420").id
    more = {"orgnr": f"{number[:3]} {number[3:6]} {number[6:]}", "municipality_id": there}
    answer = developer.post("/bedrifter/ny", data={**NEW, **more})
    made = only(session, Company)
    assert (answer.status_code, answer.location) == (303, f"/bedrifter/{made.id}")
    assert (made.name, made.orgnr, made.municipality_id) == ("Furumoen Støperi AS", number, there)
    assert (made.industry_code, made.industry_section) == ("24.510", "C")
    assert (made.employees, made.founded_on.isoformat()) == (1200, "1978-05-01")
    assert ("name", None, "Furumoen Støperi AS") in values_of(session, "company", made.id)
    assert session.get_one(Change, made.change_id).verb == "company.added"


def test_by_name_alone_the_rest_is_unknown(developer, session):
    developer.post("/bedrifter/ny", data={"name": "Ny bedrift"})
    made = only(session, Company)
    for field in set(companies.EDITABLE) - {"name"}:
        assert getattr(made, field) is None, field


def test_likely_duplicates_are_shown_before_it_is_made(developer, session):
    known = make.company(session, name="Furumoen Støperi AS")
    answer = developer.post("/bedrifter/ny", data={"name": "FURUMOEN STØPERI"})
    assert answer.status_code == 422
    assert f'href="/bedrifter/{known.id}"' in answer.text
    assert 'name="is_another" value="1"' in answer.text
    assert only(session, Company) is known
    again = developer.post("/bedrifter/ny", data={"name": "FURUMOEN STØPERI", "is_another": "1"})
    assert again.status_code == 303
    assert session.scalar(sa.select(sa.func.count(Company.id))) == 2


def test_names_alike_are_shown_while_one_types(developer, session):
    known = make.company(session, name="Furumoen Støperi AS")
    shown = developer.get("/bedrifter/lignende?name=furumoen støperi").text
    assert f'href="/bedrifter/{known.id}"' in shown
    assert "href" not in developer.get("/bedrifter/lignende?name=noe annet").text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "Skriv et navn"),
        ({"name": "–"}, "Skriv et navn"),
        ({"orgnr": "123456789"}, "ikke et gyldig organisasjonsnummer"),
        ({"industry_code": "sagbruk"}, "ingen næringskode"),
        ({"employees": "mange"}, "helt tall"),
        ({"founded_on": "13.05.2026"}, "fram i tid"),
        ({"founded_on": "i fjor"}, "ikke en dato"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(developer, session, wrong, sentence):
    answer = developer.post("/bedrifter/ny", data={**NEW, **wrong})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert session.scalar(sa.select(sa.func.count(Company.id))) == 0
    field = next(iter(wrong))
    assert re.search(rf'href="#{field}"[^>]*>[^<]+</a>', answer.text), sentence


def test_a_number_is_given_once(developer, session):
    known = make.company(session)
    answer = developer.post("/bedrifter/ny", data={"name": "En annen", "orgnr": known.orgnr})
    assert answer.status_code == 422
    assert only(session, Company) is known


def test_a_partner_makes_none(session):
    with pytest.raises(NotAllowed):
        companies.new_company(session, make.actor(session, Role.PARTNER), {"name": "Ny"})


# Contacts.

KARI = {
    "name": "Kari Øverby", "title": "Daglig leder", "telephone": "62 41 00 00",
    "email": "kari@example.no",
}  # fmt: skip


def test_a_contact_can_be_called_and_written_to(developer, session):
    company = make.company(session)
    address = f"/bedrifter/{company.id}/kontakter"
    assert developer.post(address, data=KARI).status_code == 303
    shown = developer.get(address).text
    assert 'href="tel:+4762410000"' in shown
    assert 'href="mailto:kari@example.no"' in shown
    assert "Daglig leder" in shown
    made = only(session, Contact)
    assert values_of(session, "contact", made.id) == [(f, None, v) for f, v in KARI.items()]


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"telephone": "sentralbordet"}, {"email": "kari(at)example.no"}]
)
def test_a_contact_that_cannot_be_reached_so_is_refused(developer, session, wrong):
    company = make.company(session)
    answer = developer.post(f"/bedrifter/{company.id}/kontakter", data={**KARI, **wrong})
    assert answer.status_code == 422
    assert session.scalar(sa.select(sa.func.count(Contact.id))) == 0
    kept = {**KARI, **wrong}
    assert all(f'value="{value}"' in answer.text for value in kept.values() if value)


@pytest.fixture
def kari(session):
    return make.contact(session, make.company(session, name="Furumoen"), **KARI)


def href(contact):
    return f"/bedrifter/{contact.company_id}/kontakter/{contact.id}"


def was(values):
    return {f"was_{field}": value for field, value in values.items()}


def test_a_contact_is_corrected_and_what_it_was_is_kept(developer, session, kari):
    form = developer.get(href(kari)).text
    assert 'name="was_title" type="hidden" value="Daglig leder"' in form
    answer = developer.post(href(kari), data={**KARI, **was(KARI), "title": "Styreleder"})
    assert answer.status_code == 303
    assert kari.title == "Styreleder"
    assert values_of(session, "contact", kari.id) == [("title", "Daglig leder", "Styreleder")]


def test_two_who_correct_a_contact_both_learn_of_it(developer, session, kari):
    companies.edit_contact(session, ME, kari, {"title": "Styreleder"})
    mine = {**KARI, "title": "Fabrikksjef", "telephone": "62 41 00 01"}
    answer = developer.post(href(kari), data={**mine, **was(KARI)})
    assert answer.status_code == 409
    assert "Styreleder" in answer.text and 'value="Fabrikksjef"' in answer.text
    assert (kari.title, kari.telephone) == ("Styreleder", "62 41 00 00")
    seen = re.search(r'name="was_title" type="hidden" value="([^"]*)"', answer.text)[1]
    again = developer.post(href(kari), data={**mine, **was(KARI), "was_title": seen})
    assert again.status_code == 303
    assert (kari.title, kari.telephone) == ("Fabrikksjef", "62 41 00 01")


def test_different_fields_of_a_contact_are_merged_in_silence(developer, session, kari):
    companies.edit_contact(session, ME, kari, {"title": "Styreleder"})
    mine = {**KARI, "telephone": "62 41 00 01"}
    assert developer.post(href(kari), data={**mine, **was(KARI)}).status_code == 303
    assert (kari.title, kari.telephone) == ("Styreleder", "62 41 00 01")


def test_nothing_changed_leaves_no_change(developer, session, kari):
    before = session.scalar(sa.select(sa.func.max(Change.id)))
    assert developer.post(href(kari), data={**KARI, **was(KARI)}).status_code == 303
    assert session.scalar(sa.select(sa.func.max(Change.id))) == before


def test_a_contact_moves_to_another_company(developer, session, kari):
    other = make.company(session, name="Glommali Sagbruk AS")
    old = kari.company_id
    answer = developer.post(href(kari) + "/flytt", data={"company_name": "glommali sagbruk"})
    assert answer.location == f"/bedrifter/{other.id}/kontakter"
    assert kari.company_id == other.id
    for company_id in (old, other.id):
        log = developer.get(f"/bedrifter/{company_id}/logg").text
        assert "Furumoen" in log and "Glommali Sagbruk AS" in log and "Kontakt flyttet" in log


@pytest.mark.parametrize("name", ["Finnes ikke", "", "Furumoen"])
def test_a_contact_moves_nowhere_else(developer, session, kari, name):
    before = kari.company_id
    answer = developer.post(href(kari) + "/flytt", data={"company_name": name})
    assert answer.status_code == 422
    assert kari.company_id == before


def test_who_is_taken_off_the_list_stays_known_at_the_visit(developer, session, kari):
    who = {"contact_ids": (kari.id,), "is_shared": True}
    visit = make.visit(session, company_id=kari.company_id, **who)
    assert developer.post(href(kari) + "/fjern").status_code == 303
    assert kari.is_voided
    listed = developer.get(f"/bedrifter/{visit.company_id}/kontakter", headers=HTMX).text
    assert f"/kontakter/{kari.id}" not in listed
    assert "Kari Øverby" in developer.get(f"/besok/{visit.id}").text
    assert "Kontakt fjernet" in developer.get(f"/bedrifter/{visit.company_id}/logg").text
    assert developer.get(href(kari)).status_code == 404


def test_a_contact_is_one_of_its_own_company_alone(developer, session, kari):
    other = make.company(session)
    assert developer.get(f"/bedrifter/{other.id}/kontakter/{kari.id}").status_code == 404
    answer = developer.post(f"/bedrifter/{other.id}/kontakter/{kari.id}/fjern")
    assert answer.status_code == 404
    assert not kari.is_voided


# The log.


def test_the_log_tells_who_changed_what_from_what(developer, session, kari):
    company = session.get_one(Company, kari.company_id)
    by = make.actor(session, name="Berit Rådgiver")
    edit_company(session, by, company, {"employees": 7, "name": "Furumoen Støperi"})
    edit_company(session, by, company, {"employees": 8,
                 "municipality_id": make.municipality(session, "3420").id})  # fmt: skip
    companies.edit_contact(session, by, kari, {"title": "Styreleder"})
    log = developer.get(f"/bedrifter/{company.id}/logg").text
    assert "Berit Rådgiver" in log
    assert "<del>7</del> <ins>8</ins>" in log
    assert "<del>Furumoen</del> <ins>Furumoen Støperi</ins>" in log
    assert "<ins>Elverum</ins>" in log
    assert "<del>Daglig leder</del> <ins>Styreleder</ins>" in log
    assert "Kari Øverby" in log


def test_the_log_is_of_this_company_alone(developer, session, kari):
    other = make.company(session, name="En annen")
    edit_company(session, ME, other, {"employees": 4321})
    assert "4321" in developer.get(f"/bedrifter/{other.id}/logg").text.replace("\xa0", "")
    assert "4321" not in developer.get(f"/bedrifter/{kari.company_id}/logg").text


def test_the_log_comes_in_pages_that_cost_the_same(developer, session, queries, kari):
    company = session.get_one(Company, kari.company_id)
    address = f"/bedrifter/{company.id}/logg"
    few = queries.count(lambda: developer.get(address))
    for nth in range(40):
        edit_company(session, ME, company, {"employees": nth})
    shown = developer.get(address).text
    assert shown.count('class="when"') == 30
    assert queries.count(lambda: developer.get(address)) == few
    following = re.search(r'rel="next" href="([^"]+)"', shown)[1]
    rest = developer.get(following).text
    assert 1 < rest.count('class="when"') <= 30
    assert 'rel="next"' not in rest


def test_a_wrong_value_is_no_value_of_an_operation(session, kari):
    company = session.get_one(Company, kari.company_id)
    for wrong in ({"employees": -1}, {"name": ""}, {"orgnr": "1"}):
        with pytest.raises(RuleBroken):
            edit_company(session, ME, company, wrong)
