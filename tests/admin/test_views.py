"""The settings: regions and people are made by page, and what is wrong is told beside the field."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from incubator.accounts.models import Role, User
from incubator.audit.models import Change
from incubator.core.access import Via
from incubator.reference import queries as regions
from tests import make

NOON = datetime(2026, 5, 12, 10, tzinfo=UTC)


@pytest.fixture
def admin(client, session):
    return client.sign_in(make.user(session, Role.ADMIN))


def add_person(client, session, **over):
    region = make.region(session)
    given = {
        "name": "Ola Nordmann", "email": "Ola@Example.no", "role": "developer",
        "region_ids": str(region.id), "password": make.PASSWORD, **over,
    }  # fmt: skip
    return client.post("/oppsett/personer", data={k: v for k, v in given.items() if v is not None})


def test_a_region_is_made_of_municipality_numbers(admin, session):
    answer = admin.post(
        "/oppsett/regioner",
        data={"name": "Nord-Østerdal", "municipalities": "3423; 3421 3425,3421"},
    )
    assert (answer.status_code, answer.location) == (303, "/oppsett")
    made = regions.find_region(session, "NORD-østerdal")
    names = [name for _id, _number, name in regions.municipalities_of(session, made.id)]
    assert names == ["Engerdal", "Stor-Elvdal", "Trysil"]
    shown = admin.get("/oppsett").text
    assert "3425 Engerdal, 3423 Stor-Elvdal, 3421 Trysil" in shown
    assert "Regionen Nord-Østerdal er opprettet." in shown


@pytest.mark.parametrize(
    "name, numbers, told",
    [
        ("", "3421", "Skriv et navn."),
        ("Trysil", "", "Skriv nummeret"),
        ("Trysil", " , ;", "Skriv nummeret"),
        ("Trysil", "9999", "Det finnes ingen kommune med nummer 9999."),
        ("Trysil", "3421, abc", "Det finnes ingen kommune med nummer abc."),
        ("Trysil", "0428", "Det finnes ingen kommune med nummer 0428."),
        ("Trysil", "3420", "Elverum ligger alt i en annen region."),
        ("ELVERUMregionen", "3421", "Navnet er opptatt."),
        ("x" * 101, "3421", "100"),
    ],
)
def test_a_region_that_cannot_be_is_refused_beside_its_field(admin, session, name, numbers, told):
    make.region(session)
    before = len(regions.list_regions(session))
    answer = admin.post("/oppsett/regioner", data={"name": name, "municipalities": numbers})
    assert answer.status_code == 422
    assert told in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert len(regions.list_regions(session)) == before
    assert f'value="{numbers}"' in answer.text  # what was typed is kept


def test_a_person_is_made_and_can_sign_in(admin, session, app):
    answer = add_person(admin, session)
    assert (answer.status_code, answer.location) == (303, "/oppsett")
    shown = admin.get("/oppsett").text
    assert "Ola Nordmann kan logge inn nå." in shown
    assert "Elverumregionen" in shown
    admin.post("/logg-ut")
    data = {"email": "ola@example.no", "password": make.PASSWORD}
    assert admin.post("/logg-inn", data=data).status_code == 302
    assert admin.get("/").status_code == 200


def test_the_change_is_the_administrators(client, session):
    person = make.user(session, Role.ADMIN)
    add_person(client.sign_in(person), session)
    made = session.scalars(sa.select(User).where(User.email == "ola@example.no")).one()
    change = session.scalars(
        sa.select(Change).where(Change.verb == "user.created", Change.subject_id == made.id)
    ).one()
    assert (change.actor_id, change.via) == (person.id, Via.WEB)


@pytest.mark.parametrize(
    "over, told",
    [
        ({"name": " "}, "Skriv et navn."),
        ({"email": "ola"}, "Dette er ingen e-postadresse."),
        ({"email": "ola@"}, "Dette er ingen e-postadresse."),
        ({"email": "ola@example.no, kari@example.no"}, "Dette er ingen e-postadresse."),
        ({"email": "TAKEN@example.no"}, "Noen logger alt inn med denne e-postadressen."),
        ({"password": "kort"}, "Passordet må ha minst 10 tegn."),
        ({"password": None}, "Passordet må ha minst 10 tegn."),
        ({"role": "king"}, "Ugyldig valg"),
        ({"role": None}, "Ikke et gyldig valg"),
        ({"region_ids": None}, "Velg hvor personen arbeider."),
        ({"region_ids": "999999"}, "999999"),
        ({"region_ids": "x"}, "Ugyldig(e) valg"),
    ],
)
def test_a_person_that_cannot_be_is_refused_beside_the_field(admin, session, over, told):
    make.user(session, email="taken@example.no")
    before = session.scalar(sa.select(sa.func.count(User.id)))
    answer = add_person(admin, session, **over)
    assert answer.status_code == 422
    assert told in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert session.scalar(sa.select(sa.func.count(User.id))) == before


def test_an_administrator_needs_no_region(admin, session):
    assert add_person(admin, session, role="admin", region_ids=None).status_code == 303


def test_no_two_things_on_the_page_share_an_id(admin, session):
    ids = [part.split('"')[0] for part in admin.get("/oppsett").text.split(' id="')[1:]]
    assert len(ids) == len(set(ids))


def test_who_signed_in_long_ago_confirms_the_password_first(client, session):
    person = make.user(session, Role.ADMIN)
    with time_machine.travel(NOON, tick=False) as clock:
        client.sign_in(person)
        clock.shift(timedelta(hours=11, minutes=59))
        assert client.get("/oppsett").status_code == 200
        clock.shift(timedelta(minutes=2))
        asked = client.get("/oppsett")
        assert asked.location == "/bekreft-passord?next=/oppsett"
        assert client.get("/").status_code == 200
        assert "Bekreft passordet" in client.get(asked.location).text
        told = client.post(asked.location, data={"password": "galt", "next": "/oppsett"})
        assert "Passordet er feil." in told.text
        assert client.get("/oppsett").status_code != 200
        right = {"password": make.PASSWORD, "next": "/oppsett"}
        assert client.post(asked.location, data=right).location == "/oppsett"
        assert client.get("/oppsett").status_code == 200


def test_what_was_begun_in_time_may_be_sent_an_hour_later(client, session):
    with time_machine.travel(NOON, tick=False) as clock:
        client.sign_in(make.user(session, Role.ADMIN))
        clock.shift(timedelta(hours=12, minutes=59))
        assert add_person(client, session).location == "/oppsett"
        clock.shift(timedelta(minutes=2))
        late = add_person(client, session, email="for.sent@example.no")
        assert late.location == "/bekreft-passord?next=/oppsett"
    found = session.scalar(sa.select(User).where(User.email == "for.sent@example.no"))
    assert found is None


def test_a_cookie_from_the_future_is_not_fresh(client, session):
    client.sign_in(make.user(session, Role.ADMIN))
    with client.session_transaction() as cookie:
        cookie["fs_paa"] += 10**9
    assert client.get("/oppsett").location == "/bekreft-passord?next=/oppsett"


def test_guessing_while_signed_in_is_locked_out_too(client, session):
    client.sign_in(make.user(session, Role.ADMIN))
    for _ in range(8):
        client.post("/bekreft-passord", data={"password": "gjetter"})
    answer = client.post("/bekreft-passord", data={"password": make.PASSWORD})
    assert answer.status_code == 200
    assert "For mange forsøk." in answer.text


def test_the_page_costs_the_same_for_many(admin, session, queries):
    add_person(admin, session)
    few = queries.count(lambda: admin.get("/oppsett"))
    for n in range(12):
        add_person(admin, session, email=f"person{n}@example.com")
    assert queries.count(lambda: admin.get("/oppsett")) == few
