"""Passkeys: made, signed in with, asked for after the password, deleted; and what is refused."""

import re

import pytest
import sqlalchemy as sa

from incubator.accounts import people, second
from incubator.accounts.models import Passkey, Role, SignIn, User
from incubator.accounts.operations import LOCK_AFTER
from incubator.audit.models import Change
from incubator.core.access import command_line
from incubator.core.errors import NotAllowed, NotFound, RuleBroken
from incubator.mail.models import Message
from incubator.reference import kept
from tests import make
from tests.accounts.authenticator import PRESENT, Device, asked_by

SITE = "http://localhost"
REFUSED = "Passnøkkelen ble ikke godtatt."


def is_in(client):
    return client.get("/bedrifter").status_code == 200


def by_password(client, person):
    return client.post("/logg-inn", data={"email": person.email, "password": make.PASSWORD})


def make_key(client, name="Mobilen", device=None):
    """Make a passkey as the page and the browser do together."""
    device = device or Device()
    page = client.post("/passnokler", data={"name": name}).text
    address, options = asked_by(page)
    return device, client.post(address, data=device.make(options))


def ask(client):
    return asked_by(client.post("/logg-inn/passnokkel", data={}).text)


def show_key(client, device):
    """Sign in with a passkey; give what was sent, too."""
    address, options = ask(client)
    answer = device.show(options)
    return client.post(address, data=answer), (address, answer)


@pytest.fixture
def other(client, session, app):
    """Give a second browser."""
    made = type(client)(app, app.response_class)
    made.session = session
    return made


def test_a_passkey_is_made_used_and_deleted(client, other, session):
    person = make.user(session)
    by_password(other, person)
    by_password(client, person)
    address, options = asked_by(client.post("/passnokler", data={"name": " Min   mobil "}).text)
    wants = options["authenticatorSelection"]
    assert (wants["residentKey"], wants["userVerification"]) == ("required", "required")
    device = Device()
    assert client.post(address, data=device.make(options)).location == "/passnokler"
    assert "Min mobil" in client.get("/passnokler").text
    assert not is_in(other)  # where the password alone was shown
    [mail] = session.scalars(sa.select(Message)).all()
    assert mail.to_address == person.email
    assert "Min mobil" in mail.text_body
    client.post("/logg-ut")
    answer, _sent = show_key(client, device)
    assert answer.location == "/"
    assert is_in(client)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    rows = session.scalars(sa.select(SignIn).where(SignIn.user_id == person.id)).all()
    assert sorted(row.is_strong for row in rows) == [False, True, True]
    assert client.get("/konto").text.count(">Denne<") == 1
    client.post("/passnokler/slett", data={"name": "Min mobil"})
    client.post("/logg-ut")
    answer, _sent = show_key(client, device)
    assert answer.location == "/logg-inn/passnokkel"
    assert "ikke kjent her" in client.get(answer.location).text
    assert not is_in(client)
    deeds = session.scalars(sa.select(Change.verb).where(Change.verb.like("user.passkey%"))).all()
    assert sorted(deeds) == ["user.passkey_made", "user.passkey_removed"]


def test_a_passkey_is_the_second_step_and_enough_for_a_role_that_needs_one(client, session):
    kept.change_settings(session, command_line(), {kept.STRONG_ROLES: "manager"}, seen=None)
    person = make.user(session, Role.MANAGER)
    by_password(client, person)
    assert client.get("/").location == "/konto"
    device, _answer = make_key(client)
    assert is_in(client)
    codes = re.findall(
        r"<code>([^<]+)</code>", client.post("/reservekoder", data={"generate_new_codes": "1"}).text
    )
    client.post("/logg-ut")
    answer = by_password(client, person)
    assert answer.location.startswith("/logg-inn/passnokkel")
    assert not is_in(client)
    # With the password alone nobody sets up another way, nor gets past by a code of no key.
    assert client.get("/to-trinn").status_code == 302
    assert client.post("/passnokler", data={"name": "Falsk"}).status_code == 302
    client.post("/to-trinn-kode", data={"code": "000000"})
    assert not is_in(client)
    by_password(client, person)
    _address, options = ask(client)
    assert len(options["allowCredentials"]) == 1
    assert show_key(client, device)[0].location == "/"
    assert is_in(client)
    client.post("/logg-ut")
    by_password(client, person)
    client.post("/reservekode", data={"code": codes[0]})
    assert is_in(client)
    client.post("/logg-ut")
    show_key(client, device)  # and alone it counts as both steps
    assert is_in(client)


def test_another_persons_passkey_is_no_second_step(client, session):
    person, stranger = make.user(session), make.user(session)
    client.sign_in(stranger)
    device, _answer = make_key(client)
    client.sign_in(person)
    make_key(client)
    client.post("/logg-ut")
    by_password(client, person)
    answer, _sent = show_key(client, device)
    assert REFUSED in client.get(answer.location).text
    assert not is_in(client)


def test_an_answer_works_once_and_for_the_browser_that_was_asked(client, other, session):
    person = make.user(session)
    client.sign_in(person)
    device, _answer = make_key(client)
    client.post("/logg-ut")
    address, options = ask(other)
    sent = {"data": device.show(options)}
    ask(client)
    client.post(address, **sent)  # the challenge was the other's
    assert not is_in(client)
    with other.session_transaction() as cookie:
        before = dict(cookie)
    other.post(address, **sent)
    assert is_in(other)
    other.post("/logg-ut")
    other.post(address, **sent)
    assert not is_in(other)
    with other.session_transaction() as cookie:  # even with the cookie of that moment
        cookie.update(before)
    answer = other.post(address, **sent)
    assert REFUSED in other.get(answer.location).text
    assert not is_in(other)


def test_a_challenge_for_another_person_makes_no_key(client, other, session):
    client.sign_in(make.user(session))
    other.sign_in(make.user(session))
    address, options = asked_by(client.post("/passnokler", data={"name": "En"}).text)
    other.post("/passnokler", data={"name": "To"})
    other.post(address, data=Device().make(options))
    assert session.scalars(sa.select(Passkey)).all() == []


@pytest.mark.parametrize(
    "wrong", [{"key": Device().key}, {"origin": "https://evil.example"}, {"flags": PRESENT}]
)
def test_what_the_owner_did_not_unlock_here_is_refused(client, session, wrong):
    client.sign_in(make.user(session))
    device, _answer = make_key(client)
    client.post("/logg-ut")
    right = dict(vars(device))
    vars(device).update(wrong)
    for _ in range(LOCK_AFTER):
        answer, _sent = show_key(client, device)
        assert REFUSED in client.get(answer.location).text
    vars(device).update(right)
    answer, _sent = show_key(client, device)
    assert "For mange forsøk" in client.get(answer.location).text
    assert not is_in(client)


def test_a_key_that_is_not_unlocked_is_not_made(client, session):
    client.sign_in(make.user(session))
    device = Device()
    device.flags = PRESENT
    make_key(client, device=device)
    assert session.scalars(sa.select(Passkey)).all() == []


def test_a_closed_account_has_no_keys_and_none_opens_it(client, session):
    admin, person = make.actor(session, Role.ADMIN), make.user(session)
    client.sign_in(person)
    device, _answer = make_key(client)
    client.post("/logg-ut")
    person.active = False
    answer, _sent = show_key(client, device)
    assert "Kontoen er stengt" in client.get(answer.location).text
    assert client.get("/bytt-passord").status_code == 302
    person.active = True
    people.close_account(session, admin, person)
    assert session.scalars(sa.select(Passkey)).all() == []


def test_an_administrator_takes_the_second_step_away(client, other, session):
    admin, person = make.user(session, Role.ADMIN), make.user(session, name="Kari Ås")
    by_password(other, person)
    device, _answer = make_key(other)
    _second, _answer = make_key(other, "PC-en")
    client.sign_in(admin)
    here = f"/oppsett/personer/{person.id}"
    page = client.get(here).text
    assert "Mobilen" in page and "PC-en" in page
    client.post(re.search(rf"{here}/passnokler/\d+/fjern", page)[0])
    assert not is_in(other)
    assert len(session.scalars(sa.select(Passkey)).all()) == 1
    assert is_in(client)
    client.post(f"{here}/nullstill")
    assert session.scalars(sa.select(Passkey)).all() == []
    assert by_password(other, person).location == "/"
    told = session.scalars(sa.select(Message.to_address)).all()
    assert told == [person.email] * 4
    assert "En administrator har fjernet" in session.scalars(
        sa.select(Message.text_body).order_by(Message.id.desc())
    ).first()  # fmt: skip
    assert client.post(f"{here}/nullstill").status_code == 422  # nothing is left
    other.post("/logg-ut")
    show_key(other, device)
    assert not is_in(other)
    verbs = session.scalars(sa.select(Change.verb).order_by(Change.id.desc()).limit(2)).all()
    assert verbs == ["user.second_reset", "user.passkey_removed"]


def test_only_an_administrator_does_and_not_for_oneself(session):
    person, admin = make.user(session), make.user(session, Role.ADMIN)
    for actor, refusal in ((make.actor(session, Role.MANAGER), NotAllowed),
                           (make.actor_of(session, admin), RuleBroken)):  # fmt: skip
        whom = admin if refusal is RuleBroken else person
        with pytest.raises(refusal):
            second.reset(session, actor, whom, site=SITE)
        with pytest.raises(refusal):
            second.remove_passkey(session, actor, whom, 1, site=SITE)
    with pytest.raises(NotFound):
        second.remove_passkey(session, make.actor(session, Role.ADMIN), person, 1, site=SITE)
    assert session.get(User, person.id).fs_uniquifier == person.fs_uniquifier


def test_an_invitation_does_not_pass_by_the_second_step(client, session):
    admin, person = make.actor(session, Role.ADMIN), make.user(session)
    person.password = None  # they came through their organisation until now
    make.passkey(session, person)
    link = people.invite_again(session, admin, person, site="")
    chosen = {"password": make.PASSWORD, "again": make.PASSWORD}
    assert client.post(link, data=chosen).location == "/logg-inn"
    assert not is_in(client)
    assert by_password(client, person).location.startswith("/logg-inn/passnokkel")
