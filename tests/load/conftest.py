"""What a test of many people at once needs: the production server, and browsers without pages."""

import http.client
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from incubator.core import db, migrations
from incubator.funding.operations import load_instruments
from incubator.reference.operations import load_municipalities
from incubator.upkeep import check
from tests import make, programs
from tests.conftest import new_database

CLIENTS = 8
PATIENCE = 60  # seconds, on a machine that has much else to do
IDLE = 5
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
HEADER_TOKEN = re.compile(r'"X-CSRFToken": "([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str


class Person:
    """Somebody who is signed in, on a connection that is kept open."""

    def __init__(self, host: str, email: str, name: str) -> None:
        self.name = name
        self._connection = http.client.HTTPConnection(host, timeout=PATIENCE)
        self._headers = {"HX-Request": "true"}
        self._used_at = 0.0
        page = self._ask("GET", "/logg-inn")
        form = {"email": email, "password": make.PASSWORD, "csrf_token": found(TOKEN, page)}
        assert self._ask("POST", "/logg-inn", form).status in (200, 302, 303)
        del self._headers["HX-Request"]
        self._headers["X-CSRFToken"] = found(HEADER_TOKEN, self._ask("GET", "/"))
        self._headers["HX-Request"] = "true"

    def _ask(self, method: str, path: str, form: dict[str, Any] | None = None) -> Answer:
        headers = {
            **self._headers,
            "Origin": f"http://{self._connection.host}:{self._connection.port}",
        }
        if time.monotonic() - self._used_at > IDLE:
            self._connection.close()  # the server would have closed it soon; the next is new
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, urlencode(form or {}), headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        self._used_at = time.monotonic()
        if cookie := answer.getheader("Set-Cookie"):
            self._headers["Cookie"] = cookie.split(";")[0]
        return Answer(answer.status, text)

    def headers(self) -> dict[str, str]:
        """Give what makes a request this person's: the cookie and the token."""
        return {name: self._headers[name] for name in ("Cookie", "X-CSRFToken")}

    def leave(self) -> None:
        self._connection.close()

    def post(self, path: str, **form: Any) -> Answer:
        """Send a form, as a script on the board does."""
        return self._ask("POST", path, form)


def found(pattern: re.Pattern[str], answer: Answer) -> str:
    match = pattern.search(answer.text)
    assert match, answer
    return match[1]


@dataclass
class Site:
    """A running server, the people at it, and a way to look into its database."""

    url: str
    engine: sa.Engine
    environment: dict[str, str]
    people: list[Person] = field(default_factory=list)

    def sign_in(self, email: str, name: str) -> Person:
        person = Person(self.url.removeprefix("http://"), email, name)
        self.people.append(person)
        return person

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Prepare something through the operations, beside the server."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            yield session
            session.commit()

    def read(self, query: sa.Select[Any]) -> list[sa.Row[Any]]:
        with Session(self.engine) as session:
            return list(session.execute(query).all())

    def check(self) -> None:
        """See that all of it left data behind that does not contradict itself."""
        with Session(self.engine) as session:
            assert [f"{invariant.name}: {row}" for invariant, row in check.broken(session)] == []

    def check_by_command(self) -> None:
        """Let `flask check` say the same."""
        done = programs.flask("check", env=self.environment)
        assert done.returncode == 0, done.stdout + done.stderr


def at_once(deeds: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do things in the same instant, each in a thread of its own, and give what came of them."""
    barrier = threading.Barrier(len(deeds))
    results: list[Any] = [None] * len(deeds)

    def do(nth: int) -> None:
        barrier.wait(PATIENCE)
        try:
            results[nth] = deeds[nth]()
        except Exception as error:  # noqa: BLE001  (told to the test, which is another thread)
            results[nth] = error

    threads = [threading.Thread(target=do, args=(nth,)) for nth in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


@pytest.fixture(scope="module")
def site(
    app: Flask, kind: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Site]:
    """Run the production server on a database with two regions, and sign eight people in."""
    folder: Path = tmp_path_factory.mktemp(f"load-{kind}")
    # The same salt, so that a password that is hashed here opens the door there.
    shutil.copy(app.config["SETTINGS"].instance / "password_salt", folder)
    with new_database(kind, folder, request) as address:
        engine = db.make_engines(address)[0]
        with engine.begin() as connection:
            migrations.upgrade(connection)
        environment = {**os.environ, "INSTANCE": str(folder), "DATABASE_URL": address}
        people = prepare(app, engine)
        with programs.run_server(folder, address) as url:
            site = Site(url, engine, environment)
            for email, name in people:
                site.sign_in(email, name)
            yield site
            for person in site.people:
                person.leave()
        engine.dispose()


def prepare(app: Flask, engine: sa.Engine) -> list[tuple[str, str]]:
    """Write down the regions and the people; give their addresses and names."""
    with app.app_context(), Session(engine, expire_on_commit=False, autoflush=False) as session:
        load_municipalities(session)
        load_instruments(session)
        regions = [make.region(session).id, make.region(session, "Hamarregionen").id]
        users = [
            make.user(session, region_ids=regions, name=f"Person Nummer{nth}")
            for nth in range(CLIENTS)
        ]
        session.commit()
        return [(user.email, user.name) for user in users]
