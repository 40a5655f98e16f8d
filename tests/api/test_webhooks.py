"""Webhooks: signed, without a word of text, tried again, and never within our own walls."""

import base64
import hashlib
import hmac
import json
import re
import socket
import ssl
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.api import hooks, sending
from incubator.api.models import Webhook, WebhookMessage
from incubator.core import clock as clock_module
from incubator.core.errors import NotAllowed, RuleBroken
from tests import make
from tests.mail.certificates import Certificates

SECRET = "Hemmelig laser"


class Listener:
    """A program that is told of changes."""

    def __init__(self, folder):
        self.heard, self.status = [], 204
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.heard.append((dict(self.headers), body))
                self.send_response(told.status)
                self.send_header("Location", "https://127.0.0.1:1/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args):
                pass

        made = Certificates(folder)
        self.trust = ssl.create_default_context(cafile=str(made.authority))
        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(made.good)
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_port}/inn?fra=ideloypa"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def tell(self):
        return sending.tell_webhooks(is_allowed=lambda _address: True, context=self.trust)

    def end(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def listener(tmp_path, session):
    found = Listener(tmp_path)
    yield found
    found.end()


@pytest.fixture
def manager(session, clock):
    make.idea(session, title=SECRET)  # before: nothing is told of it
    return make.actor_of(session, make.user(session, Role.MANAGER))


def test_a_change_is_told_once_signed_and_without_text(session, manager, listener):
    secret = hooks.make_webhook(session, manager, url=listener.url)
    idea = make.idea(session, title=SECRET)
    make.idea(session, region_name="Kongsvingerregionen", title=SECRET)
    session.flush()
    assert (listener.tell(), listener.tell()) == (1, 0)
    [(headers, body)] = listener.heard
    assert json.loads(body) == {
        "type": "idea.added",
        "timestamp": clock_module.now().isoformat(),
        "data": {
            "change_id": idea.change_id, "kind": "idea", "id": idea.id,
            "region_id": idea.region_id,
        },
    }  # fmt: skip
    assert SECRET.encode() not in body
    number, seconds = headers["webhook-id"], headers["webhook-timestamp"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mark = hmac.new(key, f"{number}.{seconds}.".encode() + body, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(mark).decode()


def test_what_is_not_taken_is_tried_again_with_growing_pauses(session, manager, listener, clock):
    hooks.make_webhook(session, manager, url=listener.url)
    make.idea(session)
    make.idea(session)
    session.flush()
    for status, taken in ((500, 0), (302, 0), (204, 2)):
        listener.status = status
        assert listener.tell() == taken
        assert listener.tell() == 0  # not before its time
        clock.set(clock_module.now() + timedelta(minutes=5))
    numbers = [headers["webhook-id"] for headers, _body in listener.heard]
    assert numbers[0] == numbers[1] == numbers[2] != numbers[3]
    first = session.scalars(sa.select(WebhookMessage).order_by(WebhookMessage.id)).first()
    assert (first.attempts, first.answer) == (3, "204")
    listener.status = 500
    make.idea(session)
    session.flush()
    for _nth in range(hooks.MAX_ATTEMPTS):
        listener.tell()
        clock.set(clock_module.now() + timedelta(days=2))
    last = session.scalars(sa.select(WebhookMessage).order_by(WebhookMessage.id.desc())).first()
    session.refresh(last)
    assert last.given_up_at is not None
    assert last.attempts == hooks.MAX_ATTEMPTS


def test_no_address_of_our_own_is_asked(session, manager, listener, monkeypatch):
    hooks.make_webhook(session, manager, url=listener.url)
    make.idea(session)
    session.flush()
    assert sending.tell_webhooks(context=listener.trust) == 0
    assert listener.heard == []
    message = session.scalars(sa.select(WebhookMessage)).one()
    session.refresh(message)
    assert message.answer == "Refused: a private address"
    for address in (
        "127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "172.16.0.1", "::1", "fe80::1",
        "fd00::1", "::ffff:127.0.0.1", "0.0.0.0", "224.0.0.1", "100.64.0.1", "fe80::1%eth0",
    ):  # fmt: skip
        assert not sending.is_public(address), address
    assert sending.is_public("8.8.8.8") and sending.is_public("2606:4700::1111")
    # A name that leads to one of each is not asked either.
    both = [(socket.AF_INET, 1, 6, "", (ip, 443)) for ip in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: both)
    claim = hooks.Claim(1, "https://x.example/", "", "a", "b", 1, 1, 1, clock_module.now())
    with pytest.raises(sending.Refused):
        sending.deliver(claim)


def test_nobody_is_told_who_may_no_more(session, manager, listener, clock):
    hooks.make_webhook(session, manager, url=listener.url)
    with pytest.raises(NotAllowed):
        advisor = make.actor_of(session, make.user(session, Role.ADVISOR))
        hooks.make_webhook(session, advisor, url=listener.url)
    for url in ("http://x.example", "https://", "ftp://x.example", "https://a:b@x.example", "x"):
        with pytest.raises(RuleBroken):
            hooks.make_webhook(session, manager, url=url)
    hook = session.scalars(sa.select(Webhook)).one()
    make.idea(session)
    session.flush()
    hooks.end_webhook(session, manager, hook.id)
    assert listener.tell() == 0
    assert listener.heard == []


def test_a_webhook_is_made_and_ended_on_its_page(client, session, clock):
    make.region(session)
    person = make.user(session, Role.MANAGER)
    client.sign_in(person)
    wrong = client.post("/api-nokler/webhooks", data={"url": "http://x.example/inn"})
    assert (wrong.status_code, "http://x.example/inn" in wrong.text) == (422, True)
    sent = {"url": "https://x.example/inn"}
    made = client.post("/api-nokler/webhooks", data=sent)
    assert re.search(r"whsec_[\w+/=]{44}", made.text)
    assert client.post("/api-nokler/webhooks", data=sent).status_code == 303
    hook = session.scalars(sa.select(Webhook)).one()
    assert hook.secret not in client.get("/api-nokler/webhooks").text
    client.sign_in(make.user(session, Role.MANAGER))
    assert client.post(f"/api-nokler/webhooks/{hook.id}/avslutt").status_code == 404
    client.sign_in(person)
    assert client.post(f"/api-nokler/webhooks/{hook.id}/avslutt").status_code == 303
    assert hook.ended_at == datetime.combine(date(2026, 5, 12), clock_module.now().timetz())
