from datetime import timedelta

import sqlalchemy as sa

from incubator.core import clock as clock_module
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
