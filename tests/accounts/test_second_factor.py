"""Codes from the telephone, recovery codes, the browsers that are signed in, and equal work."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from passlib.context import CryptContext

from incubator.accounts.models import Role, SignIn, User
from incubator.accounts.operations import LOCK_AFTER
from incubator.core.access import command_line
from incubator.reference import kept
from tests import make


def sign_in(client, person, password=make.PASSWORD):
    return client.post("/logg-inn", data={"email": person.email, "password": password})


def is_in(client):
    return client.get("/bedrifter").status_code == 200


@pytest.fixture
def other(client, session, app):
    """Give a second browser."""
    made = type(client)(app, app.response_class)
    made.session = session
    return made


@pytest.fixture
def code(app, session):
    """Give what an app shows for the key that it was given."""
    factory = app.extensions["security"].totp_factory

    def show(person):
        return (
            factory._totp.from_source(session.get(User, person.id).tf_totp_secret).generate().token
        )

    return show


@pytest.fixture
def travel():
    """Stop the time, also that of codes."""
    with time_machine.travel(datetime(2026, 5, 12, 10, tzinfo=UTC), tick=False) as clock:
        yield clock


def set_up(client, app):
    """Set up codes as a person does, from the key that the page shows."""
    page = client.post("/to-trinn", data={"setup": "authenticator"}).text
    assert "data:image/svg+xml" in page
    key = re.search(r"<code>([A-Z0-9 -]+)</code>", page)[1]
    address = re.search(r'action="(/to-trinn/[^"]+)"', page)[1]
    token = app.extensions["security"].totp_factory._totp(key).generate().token
    return client.post(address, data={"code": token})


def test_codes_are_set_up_and_then_asked_for(client, session, app, code, travel):
    person = make.user(session)
    sign_in(client, person)
    assert "Er av" in client.get("/konto").text
    assert set_up(client, app).location == "/konto"
    assert "Er på" in client.get("/konto").text
    assert session.get(User, person.id).tf_totp_secret.count("enckey") == 1  # locked
    codes = re.findall(
        r"<code>([^<]+)</code>", client.post("/reservekoder", data={"generate_new_codes": "1"}).text
    )
    assert len(codes) == 8
    assert codes[0] not in str(session.get(User, person.id).mf_recovery_codes)  # locked too
    client.post("/logg-ut")
    asked = sign_in(client, person)
    assert asked.location.startswith("/to-trinn-kode")
    assert not is_in(client)
    for wrong in ("000000", code(person)):  # the one that set them up was used with that
        assert "Koden er feil" in client.post("/to-trinn-kode", data={"code": wrong}).text
    assert not is_in(client)
    travel.shift(timedelta(seconds=30))
    right = code(person)
    assert client.post("/to-trinn-kode", data={"code": right}).status_code == 302
    assert is_in(client)
    client.post("/logg-ut")
    sign_in(client, person)
    client.post("/to-trinn-kode", data={"code": right})  # nobody who saw it comes in with it
    assert not is_in(client)
    for works in (True, False):  # a recovery code works once
        client.post("/logg-ut")
        sign_in(client, person)
        client.post("/reservekode", data={"code": codes[0]})
        assert is_in(client) == works


def test_guessing_codes_is_locked_out(client, session, app, code):
    person = make.user(session)
    sign_in(client, person)
    set_up(client, app)
    client.post("/logg-ut")
    sign_in(client, person)
    for _ in range(LOCK_AFTER):
        client.post("/to-trinn-kode", data={"code": "000000"})
    assert "For mange forsøk." in client.post("/to-trinn-kode", data={"code": code(person)}).text
    assert not is_in(client)


def test_a_role_may_need_more_than_a_password(client, session, app):
    kept.change_settings(session, command_line(), {kept.STRONG_ROLES: "manager"}, seen=None)
    developer, manager = make.user(session), make.user(session, Role.MANAGER)
    sign_in(client, developer)
    assert is_in(client)
    client.post("/logg-ut")
    sign_in(client, manager)
    for address in ("/", "/bedrifter", "/rapporter"):
        assert client.get(address).location == "/konto"
    assert client.post("/ideer/ny", data={"title": "Noe"}).location == "/konto"
    assert "Rollen din krever mer enn et passord" in client.get("/konto").text
    set_up(client, app)
    assert is_in(client)


def test_each_browser_is_listed_and_ended_by_itself(client, other, session):
    person, stranger = make.user(session), make.user(session)
    agent = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}
    data = {"email": person.email, "password": make.PASSWORD}
    other.post("/logg-inn", data=data, headers=agent)
    sign_in(client, person)
    page = client.get("/konto").text
    assert "Firefox, Windows" in page
    assert page.count(">Denne<") == 1
    ends = re.search(r"/konto/logg-ut/(\d+)", page)[1]
    client.post("/logg-ut")
    sign_in(client, stranger)
    client.post(f"/konto/logg-ut/{ends}")
    assert is_in(other)  # nobody ends another person's
    client.post("/logg-ut")
    sign_in(client, person)
    client.post(f"/konto/logg-ut/{ends}")
    assert not is_in(other)
    assert other.get("/bytt-passord").status_code == 302  # nor on the pages of the library
    assert is_in(client)
    sign_in(other, person)
    client.post("/konto/logg-ut-andre")
    assert (is_in(client), is_in(other)) == (True, False)


def test_a_cookie_that_was_kept_opens_nothing_after_signing_out(client, other, session):
    person = make.user(session)
    sign_in(client, person)
    with client.session_transaction() as cookie:
        stolen = dict(cookie)
    with other.session_transaction() as cookie:
        cookie.update(stolen)
    assert is_in(other)
    client.post("/logg-ut")
    assert not is_in(other)
    hashes = session.scalars(sa.select(SignIn.key_hash)).all()
    assert stolen["sign_in"] not in hashes


def test_a_known_and_an_unknown_address_cost_the_same_work(client, session, monkeypatch):
    """Counted by what takes the time: the hashing of passwords."""
    known, invited = make.user(session), make.user(session)
    invited.password = None
    closed = make.user(session)
    closed.active = False
    done = []

    def counting(name):
        real = getattr(CryptContext, name)

        def counted(self, *args, **kwargs):
            done.append(name)
            return real(self, *args, **kwargs)

        monkeypatch.setattr(CryptContext, name, counted)

    counting("verify")
    counting("hash")
    work = {}
    for email in (known.email, "ingen@example.no", invited.email, closed.email):
        done.clear()
        answer = client.post("/logg-inn", data={"email": email, "password": "feil passord nå"})
        assert answer.status_code == 200
        work[email] = len(done)
    assert set(work.values()) == {1}, work
