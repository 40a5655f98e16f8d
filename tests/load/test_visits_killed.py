"""A queue of visits arrives while the server is killed again and again: each is stored once.

`VISITS_KILLED=100,20` makes it a hundred visits and twenty kills on either database.
"""

import http.client
import json
import os
import random
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core import db, migrations
from incubator.followups.models import FollowUp
from incubator.ideas.models import Idea
from incubator.upkeep import check
from incubator.visits.models import Visit, VisitFollowUp, VisitIdea
from tests import make, programs
from tests.conftest import new_database
from tests.load.conftest import PATIENCE, Person, prepare
from tools import server

# Visits and kills. What takes the time is to start the server again.
SIZES = os.environ.get("VISITS_KILLED", "30,3")
MOST_IN_A_LIFE = 6  # requests before a kill: less than it takes to empty the queue
STORED = (200, 201)


@dataclass
class Mortal:
    """The production server, which can be killed with all its processes and started again."""

    folder: Path
    address: str
    port: int = field(default_factory=server.free_port)

    def start(self) -> None:
        log = self.folder / "server.log"
        given = {"INSTANCE": str(self.folder), "DATABASE_URL": self.address, "DEMO": "0"}
        self.process = programs.start(log, PORT=str(self.port), **given)
        server.wait_until(self.process, log, "is running")

    def kill(self) -> None:
        if self.process.poll() is None:  # else it did not start, which is told already
            server.kill(self.process)


class Phone(threading.Thread):
    """Sends its queue as the script on a phone does: in order, each until it is acknowledged."""

    def __init__(self, person: Person, host: str, region_id: int, visits: int) -> None:
        super().__init__(daemon=True)
        self._host = host
        self._headers = {
            **person.headers(),
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._queue = [visit(nth, region_id) for nth in range(visits)]
        self.attempts = 0
        self.cut_off = 0
        self.answers: list[int] = []
        self._is_done = False

    def __enter__(self) -> "Phone":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop asking: a server that a later test starts might be given the same port."""
        self._is_done = True
        self.join(PATIENCE)

    def run(self) -> None:
        for entry in self._queue:
            while not self._is_done and (status := self._send(entry)) not in STORED:
                assert status in (None, *range(500, 600)), status
                time.sleep(0.02)
            if self._is_done:
                return
            self.answers.append(status)

    def _send(self, entry: dict[str, str]) -> int | None:
        self.attempts += 1
        connection = http.client.HTTPConnection(self._host, timeout=PATIENCE)
        try:
            connection.request("POST", "/besok", urlencode(entry), self._headers)
            with connection.getresponse() as answer:
                text = answer.read()
            assert answer.status not in STORED or "visit" in json.loads(text)
            return answer.status
        except ConnectionRefusedError:
            self.attempts -= 1  # nobody was there
            return None
        except (OSError, http.client.HTTPException):
            self.cut_off += 1
            return None
        finally:
            connection.close()


def visit(nth: int, region_id: int) -> dict[str, str]:
    """Write down a visit with a new company now and then, an idea and a promise."""
    return {
        "client_key": str(uuid4()),
        "region": str(region_id),
        "company": f"Drept {nth // 3} AS",
        "kind": "visit",
        "occurred_on": "2026-03-02",
        "about": f"Besøk {nth}",
        "new_contacts": f"Person {nth // 3}",
        "idea_title": f"Idé {nth}",
        "promise_what": f"Løfte {nth}",
    }


@contextmanager
def mortal(app, kind, folder, request) -> Iterator[tuple[Mortal, sa.Engine, tuple[str, str]]]:
    # The same salt, so that a password that is hashed here opens the door there.
    shutil.copy(app.config["SETTINGS"].instance / "password_salt", folder)
    with new_database(kind, folder, request) as address:
        engine = db.make_engines(address)[0]
        with engine.begin() as connection:
            migrations.upgrade(connection)
        people = prepare(app, engine)
        site = Mortal(folder, address)
        site.start()
        try:
            yield site, engine, people[0]
        finally:
            site.kill()
            engine.dispose()


def test_each_visit_is_stored_once_however_often_the_server_is_killed(app, kind, tmp_path, request):
    dice = random.Random(20)
    visits, kills = map(int, SIZES.split(","))
    with mortal(app, kind, tmp_path, request) as (site, engine, (email, name)):
        host = f"127.0.0.1:{site.port}"
        with Session(engine) as session:
            region_id = session.scalars(sa.select(make.Region.id).order_by(make.Region.id)).first()
        person = Person(host, email, name)
        person.leave()
        with Phone(person, host, region_id, visits) as phone:
            for _ in range(kills):
                target = phone.attempts + dice.randint(1, MOST_IN_A_LIFE)
                while phone.attempts < target and phone.is_alive():
                    time.sleep(0.001)
                time.sleep(dice.uniform(0, 0.03))
                assert phone.is_alive(), "the queue was empty before the last kill"
                site.kill()
                site.start()
            phone.join(PATIENCE)
        assert len(phone.answers) == visits
        assert phone.cut_off >= kills // 2, "the kills came between the requests"
        with Session(engine) as session:
            texts = session.scalars(sa.select(Visit.about).order_by(Visit.id)).all()
            assert texts == [f"Besøk {nth}" for nth in range(visits)]
            for table in (VisitIdea, VisitFollowUp):
                linked = session.scalars(sa.select(table.visit_id)).all()
                assert len(linked) == len(set(linked)) == visits
            for table in (Idea, FollowUp):
                assert session.scalar(sa.select(sa.func.count()).select_from(table)) == visits
            assert [str(row) for row in check.broken(session)] == []
