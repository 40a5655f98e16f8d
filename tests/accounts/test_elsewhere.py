"""Sign-in by one's own organisation, against a real OpenID provider on loopback."""

import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
import sqlalchemy as sa
from joserfc.jwk import RSAKey

from incubator.accounts import elsewhere, people
from incubator.accounts.models import Role, SignIn, User
from tests import make
from tests.accounts import provider as providers


@pytest.fixture
def provider(app, monkeypatch):
    with providers.running() as made:
        settings = replace(
            app.config["SETTINGS"], oidc_issuer=made.issuer, oidc_client_id=providers.ID,
            oidc_client_secret=providers.SECRET,
        )  # fmt: skip
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        before = app.extensions["elsewhere"]
        elsewhere.init_app(app)
        yield made
        app.extensions["elsewhere"] = before


def come_back(client):
    """Go to the provider and give the address that it leads back to."""
    there = client.get("/logg-inn/egen").location
    answer = requests.get(there, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def is_in(client):
    return client.get("/bedrifter").status_code == 200


def vouch(provider, email, **more):
    provider.claims = {"email": email, "email_verified": True, **more}


def test_who_is_known_by_a_verified_address_comes_in(client, session, provider):
    person = make.user(session, email="kari@kommune.example")
    vouch(provider, "Kari@Kommune.example")
    assert "/logg-inn/egen" in client.get("/logg-inn").text
    back = come_back(client)
    asked = provider.asked
    assert asked["code_challenge_method"] == "S256"
    assert asked["state"] and asked["nonce"] and "openid" in asked["scope"]
    assert client.get(back).location == "/"
    assert is_in(client)
    assert session.scalars(sa.select(SignIn.is_strong).where(SignIn.user_id == person.id)).one()
    assert client.post("/logg-ut").location == "/logg-inn/egen/ut"
    assert not is_in(client)
    page = client.get("/logg-inn/egen/ut").text
    there = unescape(re.search(r'http-equiv="refresh" content="1; url=([^"]+)"', page)[1])
    answer = requests.get(there, allow_redirects=False, timeout=5)
    assert answer.headers["Location"] == "http://localhost/logg-inn"
    assert provider.left == ["Kari@Kommune.example"]
    assert session.scalars(sa.select(SignIn.id_token)).all() == [None]  # nothing of it is kept
    assert client.get("/logg-inn/egen/ut").location == "/logg-inn"  # it leads out once
    assert client.get(back).location == "/logg-inn"  # the answer works once
    assert not is_in(client)


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": "ukjent@kommune.example"},
        {"email": ""},
        {"email": "stengt@kommune.example"},
    ],
)
def test_nobody_else_comes_in_and_nobody_is_made(client, session, provider, claims):
    make.user(session, email="kari@kommune.example")
    make.user(session, email="stengt@kommune.example").active = False
    count = session.scalar(sa.select(sa.func.count(User.id)))
    vouch(provider, **{"email": "kari@kommune.example", **claims})
    assert client.get(come_back(client)).location == "/logg-inn"
    assert not is_in(client)
    assert session.scalar(sa.select(sa.func.count(User.id))) == count


def test_an_answer_that_was_tampered_with_is_refused(client, session, provider):
    make.user(session, email="kari@kommune.example")
    vouch(provider, "kari@kommune.example")
    back = urlsplit(come_back(client))
    query = {name: value[0] for name, value in parse_qs(back.query).items()}
    for wrong in ({"state": "gjettet"}, {"code": "gjettet"}, {"error": "access_denied"}):
        address = f"{back.path}?{urlencode({**query, **wrong})}"
        assert client.get(address).location == "/logg-inn", wrong
    provider.nonce = "en annen"
    assert client.get(come_back(client)).location == "/logg-inn"
    provider.nonce, provider.signs_with = None, RSAKey.generate_key(2048, {"kid": "1"})
    assert client.get(come_back(client)).location == "/logg-inn"
    assert not is_in(client)
    provider.signs_with = provider.key
    client.get(come_back(client))
    assert is_in(client)


def test_an_invited_person_needs_no_password(client, session, provider):
    region = make.region(session)
    given = people.Given("Ola", "ola@kommune.example", Role.ADVISOR, [region.id])
    _user, link = people.invite(session, make.actor(session, Role.ADMIN), given, site="")
    vouch(provider, "ola@kommune.example")
    client.get(come_back(client))
    assert is_in(client)
    client.post("/logg-ut")
    assert client.get(link).status_code == 404  # the link is used up


def test_signing_out_ends_here_where_the_organisation_knows_no_more(client, session, provider):
    provider.signs_out = False
    vouch(provider, make.user(session).email)
    client.get(come_back(client))
    assert is_in(client)
    client.post("/logg-ut")
    assert client.get("/logg-inn/egen/ut").location == "/logg-inn"
    person = make.user(session)
    client.post("/logg-inn", data={"email": person.email, "password": make.PASSWORD})
    assert client.post("/logg-ut").location == "/logg-inn"  # who came by password goes nowhere


def test_it_is_closed_where_it_is_not_set(client, session):
    make.user(session)
    assert "/logg-inn/egen" not in client.get("/logg-inn").text
    assert client.get("/logg-inn/egen").status_code == 404
    assert client.get("/logg-inn/egen/svar").status_code == 404
