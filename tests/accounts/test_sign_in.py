"""Signing in and out: the plain form, the lock-out, the session, and where one is led."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa
import time_machine

from incubator.accounts import operations
from incubator.accounts.models import Role, SignInAttempt, User
from incubator.accounts.operations import LOCK_AFTER
from incubator.core import db
from tests import make

WRONG = "E-postadressen eller passordet er feil."
TOO_MANY = "For mange forsøk."
NOON = datetime(2026, 5, 12, 10, tzinfo=UTC)


def sign_in(client, email, password=make.PASSWORD, **more):
    return client.post("/logg-inn", data={"email": email, "password": password, **more})


def is_in(client):
    return client.get("/bedrifter").status_code == 200


def alerts(answer):
    """Give the errors that a page shows, without the rest of it."""
    found = re.findall(r'class="error"[^>]*>(.*?)</p>|<li>(.*?)</li>', answer.text, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", "".join(one)) for one in found)


def test_the_right_password_leads_to_the_board(client, session):
    person = make.user(session)
    answer = sign_in(client, person.email)
    assert (answer.status_code, answer.location) == (302, "/")
    assert is_in(client)


@pytest.mark.parametrize("write", [str.upper, str.title, "  {} ".format])
def test_an_address_is_known_in_any_case(client, session, write):
    person = make.user(session, email="Kari.Øye@Example.no")
    assert person.email == "kari.øye@example.no"
    assert sign_in(client, write(person.email)).status_code == 302


@pytest.mark.parametrize("typed", ["blåbær på Årnes", "bla\u030abær pa\u030a A\u030arnes"])
def test_a_password_may_hold_an_å_however_it_is_typed(client, session, typed):
    person = make.user(session, password="blåbær på Årnes")
    assert sign_in(client, person.email, typed).status_code == 302


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(client, session):
    person = make.user(session)
    wrong = sign_in(client, person.email, "feil passord nå")
    unknown = sign_in(client, "ingen@example.no", "feil passord nå")
    for answer in (wrong, unknown):
        assert answer.status_code == 200
        assert WRONG in answer.text
    assert alerts(wrong) == alerts(unknown)
    assert not is_in(client)


def test_the_page_speaks_english_to_a_browser_that_asks_for_it(client, session):
    make.user(session)
    headers = {"Accept-Language": "en-GB,en"}
    answer = client.post(
        "/logg-inn", data={"email": "a@example.no", "password": "wrong"}, headers=headers
    )
    assert "The e-mail address or the password is wrong." in answer.text
    assert '<html class="no-js" lang="en"' in answer.text


@pytest.mark.parametrize("email", ["person@example.no", "nobody.at.all@example.no"])
def test_an_address_is_locked_after_eight_wrong_passwords(client, session, email):
    make.user(session, email="person@example.no")
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(LOCK_AFTER):
            assert WRONG in sign_in(client, email, "galt passord").text
        refused = sign_in(client, email)
        assert TOO_MANY in refused.text
        assert not is_in(client)
        clock.shift(timedelta(minutes=14, seconds=59))
        assert TOO_MANY in sign_in(client, email).text
        clock.shift(timedelta(seconds=2))
        assert TOO_MANY not in sign_in(client, email).text
        assert is_in(client) == (email == "person@example.no")


def test_the_lock_is_kept_in_the_database_and_stands_for_every_spelling(client, session):
    person = make.user(session, email="person@example.no")
    for _ in range(LOCK_AFTER):
        sign_in(client, "PERSON@example.no", "galt passord")
    attempt = session.scalars(sa.select(SignInAttempt)).one()
    assert attempt.email_key == person.email
    assert attempt.locked_until is not None
    assert TOO_MANY in sign_in(client, person.email).text


def test_failures_are_counted_however_they_are_sent(client, session):
    person = make.user(session)
    for _ in range(LOCK_AFTER):
        answer = client.post(
            "/logg-inn",
            json={"email": person.email, "password": "galt"},
            headers={"Accept": "application/json"},
        )
        assert answer.status_code < 400
    assert TOO_MANY in sign_in(client, person.email).text


def test_a_good_sign_in_forgets_the_failures(client, session):
    person = make.user(session)
    for _ in range(LOCK_AFTER - 1):
        sign_in(client, person.email, "galt passord")
    sign_in(client, person.email)
    client.post("/logg-ut")
    for _ in range(LOCK_AFTER - 1):
        sign_in(client, person.email, "galt passord")
    assert sign_in(client, person.email).status_code == 302


def test_failures_far_apart_do_not_lock(client, session):
    person = make.user(session)
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(3 * LOCK_AFTER):
            sign_in(client, person.email, "galt passord")
            clock.shift(timedelta(minutes=16))
        assert sign_in(client, person.email).status_code == 302


def test_made_up_addresses_do_not_pile_up(session):
    with time_machine.travel(NOON, tick=False) as clock:
        for n in range(5):
            operations.note_failed_sign_in(session, f"ingen{n}@example.no")
        clock.shift(timedelta(hours=1))
        operations.note_failed_sign_in(session, "en.til@example.no")
    assert session.scalars(sa.select(SignInAttempt.email_key)).all() == ["en.til@example.no"]


@pytest.mark.parametrize("email", [7, None, ["a"], {"a": "b"}, "x" * 5000 + "@example.no"])
def test_nonsense_for_an_address_is_refused(client, session, email):
    make.user(session)
    for address in ("/logg-inn", "/glemt-passord"):
        assert client.post(address, json={"email": email, "password": 9}).status_code == 200
    assert not is_in(client)


def test_failures_at_once_are_all_counted(at_once):
    def fail(_n):
        with db.unit_of_work() as work:
            operations.note_failed_sign_in(work, "kari@example.no")

    at_once(LOCK_AFTER - 1, fail)
    with db.reading() as session:
        assert session.get_one(SignInAttempt, "kari@example.no").failed == LOCK_AFTER - 1
        assert not operations.is_locked(session, "kari@example.no")
    fail(0)
    with db.reading() as session:
        assert operations.is_locked(session, "kari@example.no")


def test_what_is_no_address_is_not_counted(client, session):
    for _ in range(LOCK_AFTER + 1):
        assert TOO_MANY not in sign_in(client, "ikke en adresse", "galt").text
    assert session.scalars(sa.select(SignInAttempt)).all() == []


def test_signing_out_takes_a_post(client, session):
    client.sign_in(make.user(session))
    assert client.get("/logg-ut").status_code == 405
    assert is_in(client)
    assert client.post("/logg-ut").location == "/logg-inn"
    assert not is_in(client)


def test_who_is_made_inactive_is_out_at_once(client, session):
    person = make.user(session)
    sign_in(client, person.email)
    assert is_in(client)
    person.active = False
    assert not is_in(client)
    assert client.get("/bytt-passord").status_code == 302
    assert sign_in(client, person.email).status_code == 200
    assert not is_in(client)


def test_a_closed_account_is_told_of_only_with_its_password(client, session):
    person = make.user(session)
    person.active = False
    assert WRONG in sign_in(client, person.email, "galt passord").text
    assert client.get("/").status_code == 302


def test_the_cookie_keeps_to_itself(client, session, app, monkeypatch):
    person = make.user(session)
    set_cookie = sign_in(client, person.email).headers["Set-Cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie
    assert "Expires=" in set_cookie
    assert "Secure" not in set_cookie
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)
    client.post("/logg-ut")
    assert "Secure" in sign_in(client, person.email).headers["Set-Cookie"]


def test_a_session_lasts_for_a_week(client, session):
    person = make.user(session)
    with time_machine.travel(NOON, tick=False) as clock:
        sign_in(client, person.email)
        assert is_in(client)
        clock.shift(timedelta(days=6, hours=23))
        assert is_in(client)
        clock.shift(timedelta(hours=2))
        assert not is_in(client)


@pytest.mark.parametrize("address", ["/mal?region=1", "/ideer/7", "/?q=b%C3%A5t&region=2"])
def test_one_is_led_to_where_one_wanted(client, session, address):
    person = make.user(session)
    asked = client.get(address)
    assert asked.status_code == 302
    shown = client.get(asked.location)
    wanted = re.search(r'name="next"[^>]*value="([^"]*)"', shown.text)[1].replace("&amp;", "&")
    assert sign_in(client, person.email, next=wanted).location == address


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example",
        "\\\\evil.example", "javascript:alert(1)", "https:evil.example",
        "http://localhost@evil.example/", "\t//evil.example", "%2F%2Fevil.example",
    ],
)  # fmt: skip
def test_nobody_is_led_to_another_site(client, session, address):
    person = make.user(session)
    answer = sign_in(client, person.email, next=address)
    location = answer.headers.get("Location", "/")
    assert not location.startswith(("//", "\\")), location
    assert urlsplit(urljoin("http://localhost/logg-inn", location)).netloc == "localhost"


def test_who_is_signed_in_already_is_led_on(client, session):
    client.sign_in(make.user(session))
    assert client.get("/logg-inn").location == "/"


@pytest.mark.parametrize("role", Role)
def test_everybody_can_sign_in(client, session, role):
    assert sign_in(client, make.user(session, role).email).status_code == 302
    assert client.get("/").status_code == 200


def test_one_session_is_no_key_to_another_account(client, session):
    person, other = make.user(session), make.user(session)
    sign_in(client, person.email)
    other.fs_uniquifier, person.fs_uniquifier = person.fs_uniquifier, "x" * 64
    session.execute(sa.update(User).values(active=True))
    session.flush()
    assert not is_in(client)  # the sign-in was the first one's


def test_an_unknown_key_is_nobody(client, session):
    make.user(session)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "1"
    assert not is_in(client)
