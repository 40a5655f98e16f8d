"""A forgotten password, another password, the mail about them, and the languages of all that."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask_security import core

from incubator.accounts.models import Role
from incubator.accounts.operations import LOCK_AFTER, MOST_MAILS
from incubator.mail.models import Message
from tests import make

NOON = datetime(2026, 5, 12, 10, tzinfo=UTC)
ANOTHER = "et annet passord nå"
ON_ITS_WAY = "en lenke til å velge nytt passord på vei"


def mails(session):
    return list(session.scalars(sa.select(Message).order_by(Message.id)))


def ask_for_link(client, session, email):
    client.post("/glemt-passord", data={"email": email})
    return re.search(r"http://\S+(/glemt-passord/\S+)", mails(session)[-1].text_body)[1]


def choose(client, link, password=ANOTHER, again=None):
    return client.post(link, data={"password": password, "password_confirm": again or password})


def sign_in(client, email, password=ANOTHER):
    return client.post("/logg-inn", data={"email": email, "password": password})


def test_a_link_comes_by_mail_and_works_once(client, session):
    person = make.user(session, name="Kari Ås")
    link = ask_for_link(client, session, person.email.upper())
    [mail] = mails(session)
    assert mail.to_address == person.email
    assert mail.subject == "Velg nytt passord til Idéløypa"
    assert "Hei, Kari Ås!" in mail.text_body
    assert "i 2 timer" in mail.text_body
    assert link in mail.html_body
    assert "Velg nytt passord" in client.get(link).text
    chosen = choose(client, link)
    assert chosen.location == "/logg-inn"
    assert "Det nye passordet er lagret." in client.get(chosen.location).text
    assert sign_in(client, person.email).status_code == 302
    client.post("/logg-ut")
    for again in (client.get, lambda link: choose(client, link, "et tredje passord")):
        assert again(link).location == "/glemt-passord"
        assert "allerede brukt" in client.get("/glemt-passord").text
    assert sign_in(client, person.email, "et tredje passord").status_code == 200


def test_the_owner_is_told_that_the_password_was_changed(client, session):
    person = make.user(session)
    choose(client, ask_for_link(client, session, person.email))
    told = mails(session)[-1]
    assert told.to_address == person.email
    assert told.subject == "Passordet ditt til Idéløypa er endret"
    assert "http://localhost/glemt-passord" in told.text_body


def test_a_link_is_too_old_after_two_hours(client, session):
    person = make.user(session)
    with time_machine.travel(NOON, tick=False) as clock:
        link = ask_for_link(client, session, person.email)
        clock.shift(timedelta(hours=2, minutes=1))
        assert choose(client, link).location == "/glemt-passord"
        assert "eldre enn 2 timer" in client.get("/glemt-passord").text
    assert sign_in(client, person.email).status_code == 200


def test_a_made_up_link_is_none(client, session):
    make.user(session)
    assert client.get("/glemt-passord/WyJhYmMiXQ.abc.def").location == "/glemt-passord"


def test_the_answer_does_not_tell_who_exists(client, session):
    known, unknown = make.user(session).email, "ingen@example.no"
    answers = [client.post("/glemt-passord", data={"email": e}).text for e in (known, unknown)]
    assert answers[0].replace(known, unknown) == answers[1]
    assert ON_ITS_WAY in answers[1]
    assert [mail.to_address for mail in mails(session)] == [known]


def test_no_mail_goes_to_a_closed_account(client, session):
    person = make.user(session)
    person.active = False
    assert ON_ITS_WAY in client.post("/glemt-passord", data={"email": person.email}).text
    assert mails(session) == []


def test_nobodys_mailbox_is_flooded(client, session):
    person = make.user(session)
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(MOST_MAILS + 3):
            asked = client.post("/glemt-passord", data={"email": person.email})
            assert ON_ITS_WAY in asked.text
        assert len(mails(session)) == MOST_MAILS
        clock.shift(timedelta(hours=1, minutes=1))
        ask_for_link(client, session, person.email)
    assert len(mails(session)) == MOST_MAILS + 1


def test_the_link_leads_to_the_public_address(client, session, app, monkeypatch):
    settings = replace(app.config["SETTINGS"], public_url="https://ideer.example.no")
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    person = make.user(session)
    client.post("/glemt-passord", data={"email": person.email}, headers={"Host": "evil.example"})
    [mail] = mails(session)
    for body in (mail.text_body, mail.html_body):
        assert "https://ideer.example.no/glemt-passord/" in body
        assert "evil.example" not in body


@pytest.mark.parametrize(
    "password, again, told",
    [
        ("kort", None, "Passordet må ha minst 10 tegn."),
        (ANOTHER, "noe helt annet", "De to passordene er ikke like."),
        ("", "", "Skriv et passord."),
    ],
)
def test_a_new_password_that_will_not_do_is_refused(client, session, password, again, told):
    person = make.user(session)
    link = ask_for_link(client, session, person.email)
    assert told in choose(client, link, password, again).text
    assert sign_in(client, person.email, make.PASSWORD).status_code == 302


def test_a_new_password_lifts_the_lock_and_ends_all_sessions(client, session, app):
    person = make.user(session)
    other = type(client)(app, app.response_class)
    other.session = session
    other.sign_in(person)
    for _ in range(LOCK_AFTER):
        sign_in(client, person.email, "galt passord")
    choose(client, ask_for_link(client, session, person.email))
    assert other.get("/").status_code == 302
    assert sign_in(client, person.email).status_code == 302


def change(client, present=make.PASSWORD, new=ANOTHER, again=None):
    data = {"password": present, "new_password": new, "new_password_confirm": again or new}
    return client.post("/bytt-passord", data=data)


def test_another_password_signs_out_everywhere_else(client, session, app):
    person = make.user(session)
    other = type(client)(app, app.response_class)
    other.session = session
    for browser in (client, other):
        assert sign_in(browser, person.email, make.PASSWORD).status_code == 302
    assert change(client).location == "/"
    assert "Du er logget ut alle andre steder." in client.get("/").text
    assert other.get("/").status_code == 302
    assert sign_in(other, person.email, make.PASSWORD).status_code == 200
    assert sign_in(other, person.email).status_code == 302
    assert [mail.subject for mail in mails(session)] == ["Passordet ditt til Idéløypa er endret"]


@pytest.mark.parametrize(
    "given, told",
    [
        ({"present": "galt passord"}, "Passordet er feil."),
        ({"present": ""}, "Skriv et passord."),
        ({"new": "kort"}, "Passordet må ha minst 10 tegn."),
        ({"again": "noe helt annet"}, "De to passordene er ikke like."),
        ({"new": make.PASSWORD}, "Velg et annet passord enn det du har."),
    ],
)
def test_a_change_that_will_not_do_is_refused(client, session, given, told):
    person = make.user(session)
    client.sign_in(person)
    assert told in change(client, **given).text
    client.post("/logg-ut")
    assert sign_in(client, person.email, make.PASSWORD).status_code == 302


def test_guessing_the_present_password_is_locked_out(client, session):
    client.sign_in(make.user(session))
    for _ in range(LOCK_AFTER):
        change(client, present="galt passord")
    assert "For mange forsøk." in change(client).text


def test_nobody_changes_a_password_without_signing_in(client, session):
    make.user(session)
    answer = client.get("/bytt-passord")
    assert answer.location == "/logg-inn?next=/bytt-passord"
    assert "Logg inn for å gå videre." in client.get(answer.location).text


ENGLISH = re.compile(r"\b(the|your|password|e-?mail address|sign in|invalid|please)\b", re.I)
NORWEGIAN = re.compile(r"\b(passordet?|e-postadressen?|logg|velg|lagret)\b", re.I)


def words(page):
    """Give what a page says, without its tags."""
    body = page[page.index("<main") :].split("</main>")[0]
    return re.sub(r"<[^>]+>", " ", body)


def pages(client, link):
    """Give every page of sign-in, in its good and bad forms."""
    yield client.get("/logg-inn").text
    yield client.post("/logg-inn", data={"email": "a@example.no", "password": "x"}).text
    yield client.post("/logg-inn", data={"email": "tull", "password": ""}).text
    yield client.get("/glemt-passord").text
    yield client.post("/glemt-passord", data={"email": "tull"}).text
    yield client.get(link).text
    yield client.post(link, data={"password": "x", "password_confirm": "y"}).text


@pytest.mark.parametrize("language, other", [("nb", ENGLISH), ("en", NORWEGIAN)], ids=["nb", "en"])
def test_every_page_keeps_to_one_language(client, session, language, other):
    person = make.user(session, locale=language)
    link = ask_for_link(client, session, person.email)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    seen = list(pages(client, link))
    client.sign_in(person)
    seen += [client.get("/bytt-passord").text, change(client, present="x").text]
    seen += [client.get("/bekreft-passord").text]
    seen += [client.post("/bekreft-passord", data={"password": "x"}).text]
    for page in seen:
        assert not other.search(words(page)), words(page)


@pytest.mark.parametrize("asking, subject", [("nb", "Velg nytt"), ("en", "Choose a new")])
def test_mail_is_in_the_language_of_the_page(client, session, asking, subject):
    person = make.user(session)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = asking
    ask_for_link(client, session, person.email)
    assert mails(session)[0].subject.startswith(subject)


# What the parts of the library say that are not switched on.
OTHER_PARTS = re.compile(
    r"CONFIRM|LOGIN_|CODE|PHONE|OAUTH|^US_|TWO_FACTOR|USERNAME|CHANGE_EMAIL|ALREADY|"
    r"REFRESH_|PASSWORDLESS|GENERIC_US|IDENTITY|BREACHED|INVALID_INPUT$|INVALID_LOGIN|^PASSWORD_RESET$"
)


def test_every_sentence_of_the_library_has_our_words(app):
    theirs = {
        key
        for key, message in core._default_messages.items()
        if not OTHER_PARTS.search(key) and app.config[f"SECURITY_MSG_{key}"] == message
    }
    assert theirs == set()


@pytest.mark.parametrize("role", Role)
def test_everybody_can_choose_another_password(client, session, role):
    client.sign_in(make.user(session, role))
    assert client.get("/bytt-passord").status_code == 200
    assert change(client).status_code == 302
