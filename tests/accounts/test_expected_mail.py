"""How the mails about passwords read: each part equals its file.

WRITE_EXPECTED=1 writes them anew, to be looked at.
"""

import os
import re
from pathlib import Path

import pytest

from incubator.accounts import people, second
from incubator.accounts.models import Role
from incubator.admin.operations import send_test
from tests import make
from tests.accounts.test_passwords import ask_for_link, choose, mails
from tests.mail.html import Balanced

EXPECTED = Path(__file__).parent / "expected"
TOKEN = re.compile(r"(/glemt-passord/|/velkommen/)[\w.-]+")


def equals(name, locale, mail):
    parts = {"subject.txt": f"{mail.subject}\n", "body.txt": mail.text_body}
    parts["body.html"] = mail.html_body
    for part, told in parts.items():
        told = TOKEN.sub(r"\1TOKEN", told)
        file = EXPECTED / f"{name}.{locale}.{part}"
        if os.environ.get("WRITE_EXPECTED"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(told, encoding="utf-8")
        assert told == file.read_text(encoding="utf-8"), part
    parser = Balanced("http://localhost")
    parser.feed(mail.html_body)
    assert parser.open == []


@pytest.mark.parametrize("locale", ["nb", "en"])
def test_mails_about_passwords_equal_the_expected_files(client, session, locale):
    person = make.user(session, name="Kari <Ås>", locale=locale)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = locale
    link = ask_for_link(client, session, person.email)
    equals("reset", locale, mails(session)[-1])
    choose(client, link)
    equals("changed", locale, mails(session)[-1])
    client.sign_in(person)
    new = {"new_password": "et tredje passord", "new_password_confirm": "et tredje passord"}
    client.post("/bytt-passord", data={"password": "et annet passord nå", **new})
    assert len(mails(session)) == 3
    equals("changed", locale, mails(session)[-1])


@pytest.mark.parametrize("locale", ["nb", "en"])
def test_the_mail_that_tries_the_server_equals_the_expected_files(session, locale):
    actor = make.actor(session, Role.ADMIN, name="Astrid <Ås>", locale=locale)
    send_test(session, actor, to="drift@example.no")
    equals("test", locale, mails(session)[-1])


@pytest.mark.parametrize("locale", ["nb", "en"])
def test_an_invitation_equals_the_expected_files(session, locale):
    actor = make.actor(session, Role.ADMIN, name="Astrid <Ås>")
    region = make.region(session)
    given = people.Given("Ola & Co", "ola@example.no", Role.ADVISOR, [region.id], locale=locale)
    people.invite(session, actor, given, site="http://localhost")
    equals("invitation", locale, mails(session)[-1])


@pytest.mark.parametrize("locale", ["nb", "en"])
def test_mails_about_the_second_step_equal_the_expected_files(session, locale):
    person = make.user(session, name="Kari <Ås>", locale=locale)
    for deed in ("passkey_made", "passkey_removed", "reset"):
        second.tell(session, person, deed, site="http://localhost", name="Min <mobil>")
        equals(f"second-{deed}", locale, mails(session)[-1])
