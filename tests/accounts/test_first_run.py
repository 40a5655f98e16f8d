"""The page that makes the administrator of an empty installation, once."""

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role, User
from incubator.accounts.operations import make_first_admin
from incubator.core import db
from incubator.core.errors import RuleBroken
from tests import make

GIVEN = {"name": "Kari Ås", "email": "Kari@Example.no", "password": make.PASSWORD}


def people(session):
    return list(session.scalars(sa.select(User)))


def test_the_first_visitor_is_led_to_it(client):
    asked = client.get("/")
    assert asked.location.startswith("/logg-inn")
    assert client.get(asked.location).location == "/kom-i-gang"
    assert "Velkommen til Idéløypa" in client.get("/kom-i-gang").text


def test_it_makes_the_administrator_and_signs_in(client, session):
    answer = client.post("/kom-i-gang", data=GIVEN)
    assert (answer.status_code, answer.location) == (303, "/oppsett")
    [made] = people(session)
    assert (made.email, made.role, made.initials) == ("kari@example.no", Role.ADMIN, "KÅ")
    assert client.get("/oppsett").status_code == 200
    client.post("/logg-ut")
    assert client.post("/logg-inn", data=GIVEN).status_code == 302


@pytest.mark.parametrize(
    "over, told",
    [
        ({"name": " "}, "Skriv et navn."),
        ({"email": "kari"}, "Dette er ingen e-postadresse."),
        ({"password": "kort"}, "Passordet må ha minst 10 tegn."),
        ({"name": "x" * 101}, "100"),
    ],
)
def test_what_will_not_do_is_told_beside_its_field(client, session, over, told):
    answer = client.post("/kom-i-gang", data={**GIVEN, **over})
    assert answer.status_code == 422
    assert told in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert people(session) == []


def test_it_is_closed_when_somebody_is_there(client, session):
    make.user(session, Role.PARTNER)
    assert client.get("/kom-i-gang").location == "/logg-inn"
    assert client.post("/kom-i-gang", data=GIVEN).location == "/logg-inn"
    assert client.get("/oppsett").status_code == 302
    assert len(people(session)) == 1


def test_of_several_at_once_one_becomes_the_administrator(at_once):
    outcomes = []

    def try_it(n: int) -> None:
        try:
            with db.unit_of_work() as work:
                make_first_admin(
                    work, email=f"a{n}@example.no", name="Kari", password=make.PASSWORD
                )
            outcomes.append("made")
        except RuleBroken as no:
            outcomes.append(no.code)

    at_once(4, try_it)
    assert sorted(outcomes) == ["made", "not_empty", "not_empty", "not_empty"]
    with db.reading() as session:
        assert len(people(session)) == 1
