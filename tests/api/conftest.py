"""A program that comes with a key of somebody's."""

from datetime import timedelta
from typing import Any

import pytest

from incubator.accounts.models import Role
from incubator.api import operations
from incubator.api.limits import Left, Limits
from incubator.api.scopes import Scope, offered_to
from incubator.api.views.blueprint import LIMITS
from incubator.core import clock as clock_module, db
from tests import databases, make

API = "/api/v1"


class Endless(Limits):
    """Counts, and lets as many through as come."""

    def count(self, token_id: str, per_minute: int) -> Left:
        return super().count(token_id, 10**6)


class Program:
    """Asks with a key, in JSON."""

    def __init__(self, client: Any, secret: str) -> None:
        self._client = client
        self.headers = {"Authorization": f"Bearer {secret}"}

    def get(self, path: str, **headers: str) -> Any:
        return self._client.get(f"{API}{path}", headers={**self.headers, **headers})

    def post(self, path: str, body: Any, **headers: str) -> Any:
        told = {**self.headers, **{name.replace("_", "-"): one for name, one in headers.items()}}
        return self._client.post(f"{API}{path}", json=body, headers=told)


def key_of(session: Any, person: Any, scopes: Any = None, **over: Any) -> str:
    """Make a key with all that its person may."""
    actor = make.actor_of(session, person)
    given = {
        "name": "Power BI", "scopes": offered_to(actor) if scopes is None else scopes,
        "region_ids": [], "expires_at": clock_module.now() + timedelta(days=30), **over,
    }  # fmt: skip
    return operations.make_token(session, actor, **given)


@pytest.fixture
def program(client, session, clock):
    """Give a program with a key of somebody in a role."""

    def begin(role: Role = Role.DEVELOPER, scopes: list[Scope] | None = None, **over: Any):
        person = over.pop("person", None) or make.user(session, role)
        secret = key_of(session, person, scopes, **over)
        session.flush()
        made = Program(client, secret)
        made.person = person
        return made

    return begin


@pytest.fixture
def alone(app, kind, tmp_path, request, monkeypatch):
    """Give the application on a copy of its database: threads come, and what they do stays."""
    address = app.config["DATABASE_URL"]
    db.db.dispose()
    if kind == "sqlite":
        copy = databases.sqlite_database(tmp_path, address)
    else:
        copy = databases.postgresql_database(request.getfixturevalue("postgresql"), address)
    monkeypatch.setitem(app.extensions, LIMITS, Endless(app.config["SETTINGS"]))
    with copy as mine:
        db.db.connect(mine)
        yield app
        db.db.dispose()
    db.db.connect(address)
