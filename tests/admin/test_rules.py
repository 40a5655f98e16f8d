"""The mail server by page: the secret is locked and never shown, and the worker uses it."""

from dataclasses import replace

import sqlalchemy as sa

from incubator.audit.models import ChangeValue
from incubator.mail.models import Message
from incubator.reference import kept

MAIL = {
    "mail_server": "smtp.example.no", "mail_port": "2525", "mail_security": "tls",
    "mail_username": "ideer", "mail_password": "svært hemmelig", "mail_sender": "Idéer <i@e.no>",
    "mail_reply_to": "",
}  # fmt: skip


def seen(session):
    return kept.mark_of(session, MAIL) or ""


def test_a_mail_server_is_set_by_page_and_its_password_never_shown(admin, session, app):
    settings = app.config["SETTINGS"]
    assert "ingen får den" in admin.get("/oppsett/e-post").text
    assert admin.post("/oppsett/e-post", data={**MAIL, "mail_port": "x"}).status_code == 422
    assert (
        admin.post("/oppsett/e-post", data={**MAIL, "mail_sender": "a\r\nBcc: b"}).status_code
        == 422
    )
    assert admin.post("/oppsett/e-post", data=MAIL).status_code == 303
    used = kept.with_mail(session, settings)
    assert (used.mail_server, used.mail_port, used.mail_security) == (
        "smtp.example.no",
        2525,
        "tls",
    )
    assert used.mail_password == "svært hemmelig"
    shown = admin.get("/oppsett/e-post").text
    assert "smtp.example.no" in shown and "hemmelig" not in shown
    values = session.scalars(sa.select(ChangeValue).where(ChangeValue.subject_kind == "setting"))
    noted = {one.field: (one.old, one.new) for one in values}
    assert noted["mail_server"] == (None, "smtp.example.no")
    assert noted["mail_password"] == (None, "***")
    assert "hemmelig" not in str(kept.all_settings(session))
    # Whoever had the form open before learns of it; what they typed stays.
    late = admin.post("/oppsett/e-post", data={**MAIL, "mail_server": "smtp.sen.no"})
    assert late.status_code == 409
    assert "Lagret nå" in late.text and 'value="smtp.sen.no"' in late.text
    assert "E-posttjener: smtp.example.no" in late.text
    # Saved anew without writing the password, it stays; with another key nobody can read it.
    admin.post("/oppsett/e-post", data={**MAIL, "mail_password": "", "mail_port": "465",
                                       "seen": seen(session)})  # fmt: skip
    assert kept.with_mail(session, settings).mail_password == "svært hemmelig"
    stolen = replace(settings, secret_key="en annen nøkkel")
    assert kept.with_mail(session, stolen).mail_password is None
    none = {**MAIL, "mail_server": "", "mail_password": "", "seen": seen(session)}
    admin.post("/oppsett/e-post", data=none)
    assert kept.all_settings(session) == {}
    assert kept.with_mail(session, settings) == settings


def test_the_environment_comes_first(admin, session, app, monkeypatch):
    given = replace(app.config["SETTINGS"], mail_server="smtp.env.no", mail_password="miljøets")
    monkeypatch.setitem(app.config, "SETTINGS", given)
    shown = admin.get("/oppsett/e-post").text
    assert "smtp.env.no" in shown and "miljøets" not in shown
    assert admin.post("/oppsett/e-post", data=MAIL).status_code == 422
    assert kept.with_mail(session, given) == given


def test_a_test_mail_is_queued(admin, session):
    assert admin.post("/oppsett/e-post/test", data={"to": "ingen"}).status_code == 422
    assert admin.post("/oppsett/e-post/test", data={"to": "Drift@Example.no"}).status_code == 303
    [message] = session.scalars(sa.select(Message))
    assert (message.to_address, message.subject) == (
        "drift@example.no",
        "E-post fra Idéløypa virker",
    )
    assert "drift@example.no" in admin.get("/oppsett/e-post").text
