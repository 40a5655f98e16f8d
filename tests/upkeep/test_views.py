from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.core import clock as clock_module
from incubator.mail.operations import queue
from incubator.upkeep import operations
from incubator.upkeep.models import Heartbeat
from incubator.upkeep.queries import WORKER


def test_the_process_says_that_it_lives(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_it_is_ready_when_database_and_worker_are_there(client, session):
    operations.beat(session, WORKER)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ready", "database": True, "migrations": True, "worker": True}


def test_it_is_not_ready_without_a_worker(client, session, clock):
    session.execute(sa.delete(Heartbeat))
    assert client.get("/readyz").json["worker"] is False
    operations.beat(session, WORKER)
    assert client.get("/readyz").json["worker"] is True
    clock.set(clock_module.now() + timedelta(minutes=5))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["worker"]) == (503, False)


def test_it_is_not_ready_before_its_migrations(client, session, monkeypatch):
    operations.beat(session, WORKER)
    monkeypatch.setattr("incubator.core.migrations.newest", lambda: "9999")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["migrations"]) == (503, False)


def value_of(answer, name):
    (line,) = [one for one in answer.text.splitlines() if one.split(" ")[0] == name]
    return float(line.split()[-1])


def test_what_waits_and_what_was_answered_is_told_as_prometheus_reads_it(client, session):
    session.execute(sa.delete(Heartbeat))
    session.add(Heartbeat(name=WORKER, seen_at=clock_module.now() - timedelta(seconds=30)))
    for attempts in (0, 3):
        mail = queue(session, to="kari@bruket.example", subject="Flisovn", text="Hei")
        mail.attempts, mail.queued_at = attempts, clock_module.now() - timedelta(minutes=2)
    lost = queue(session, to="ola@bruket.example", subject="Flisovn", text="Hei")
    lost.given_up_at = clock_module.now()
    session.flush()
    client.get("/glemt-passord?q=Flisovn")
    client.open("/glemt-passord", method="FLISOVN")
    client.get("/finnes-ikke/Flisovn")
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    assert value_of(answer, "ideloypa_mail_waiting") == 2
    assert value_of(answer, "ideloypa_mail_retrying") == 1
    assert value_of(answer, "ideloypa_mail_given_up") == 1
    assert 120 <= value_of(answer, "ideloypa_mail_oldest_waiting_seconds") < 180
    assert 30 <= value_of(answer, "ideloypa_worker_silent_seconds") < 90
    assert value_of(answer, "ideloypa_database_bytes") > 10_000
    counted = (
        'ideloypa_requests_total{endpoint="security.forgot_password",method="GET",status="200"}'
    )
    assert value_of(answer, counted) >= 1
    assert 'endpoint="none",method="GET",status="404"' in answer.text
    assert 'method="other"' in answer.text
    assert not [word for word in ("Flisovn", "FLISOVN", "bruket") if word in answer.text]


@pytest.mark.parametrize(
    "asker, headers, status",
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.7", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "10.0.0.7"}, 404),
        ("127.0.0.1", {"Forwarded": "for=10.0.0.7"}, 404),
    ],
)
def test_without_a_token_only_this_machine_may_watch(client, asker, headers, status):
    environ = {"REMOTE_ADDR": asker}
    answer = client.get("/metrics", headers=headers, environ_overrides=environ)
    assert answer.status_code == status


def test_with_a_token_who_shows_it_may_watch_from_anywhere(app, client, monkeypatch):
    settings = replace(app.config["SETTINGS"], metrics_token="en-lang-nok-noekkel")
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    far = {"REMOTE_ADDR": "10.0.0.7"}
    given = {"Authorization": "Bearer en-lang-nok-noekkel"}
    assert client.get("/metrics", headers=given, environ_overrides=far).status_code == 200
    assert client.get("/metrics", environ_overrides=far).status_code == 404
    assert client.get("/metrics").status_code == 404
    wrong = {"Authorization": "Bearer ø"}
    assert client.get("/metrics", headers=wrong, environ_overrides=far).status_code == 404
