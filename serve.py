"""Start Idéløypa: migrate, load the demo into an empty database, then serve and work.

`serve.py web` and `serve.py worker` start one part alone, beside others on this or other machines:
they want PostgreSQL, a database that `flask db upgrade` brought up to date, and secrets in common.

One parent loads the program and forks the web processes and the worker from it, so that they
share its memory. Whatever ends one of them ends all. See docs/decisions/0002-server.md.
"""

import gc
import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while the program loads ends it without words
gc.disable()  # what is loaded stays; to look through it again and again takes a fifth of the time

import atexit
import ctypes
import multiprocessing
import os
import socket
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.util import CommandError
from flask import Flask
from granian import Granian
from granian.constants import Interfaces, RuntimeModes

from config import BadSetting, Faults, Settings, load, must_have_secrets
from incubator import cli, worker
from incubator.app import create_app
from incubator.core import db, log, meter, migrations, templates
from incubator.upkeep import demo, operations as upkeep

gc.enable()
atexit.register(gc.freeze)  # nor at the end, when it would take most of a second
FORK = multiprocessing.get_context("fork")
PATIENCE = 10  # seconds that a process gets to finish what it is doing
PR_SET_PDEATHSIG = 1
M_MMAP_THRESHOLD = -3
ALL, WEB, WORKER = "all", "web", "worker"
USAGE = """Usage: python serve.py [all|web|worker]

  all     migrate, load the demo where it is wanted, serve and work (the default)
  web     serve alone, any number of them, with PostgreSQL
  worker  work alone (mail, reports), any number of them, with PostgreSQL

Settings come from the environment: docs/running.md tells them all."""


class CannotStart(Exception):
    """The program cannot start; the message is one sentence that says why."""


@dataclass(frozen=True)
class Address:
    """Where the server listens, and with how many processes and threads each."""

    host: str
    port: int
    workers: int
    threads: int

    @property
    def url(self) -> str:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def read_address(env: Mapping[str, str]) -> Address:
    """Read where to listen. Raises BadSetting with a line for each wrong setting."""
    faults = Faults()
    address = Address(
        host=env.get("HOST", "").strip() or "127.0.0.1",
        port=faults.read(_whole, env, "PORT", default=8000, most=65535),
        workers=faults.read(_whole, env, "WORKERS", default=2, most=64),
        threads=faults.read(_whole, env, "THREADS", default=2, most=64),
    )
    faults.settle()
    return address


def _whole(env: Mapping[str, str], name: str, *, default: int, most: int) -> int:
    value = env.get(name, "").strip() or str(default)
    if not (value.isascii() and value.isdigit() and 0 < int(value) <= most):
        raise BadSetting(f"{name}: use a whole number from 1 to {most}, not {value!r}")
    return int(value)


def check_free(address: Address) -> None:
    """Raise CannotStart where the address is taken, which the server itself would not notice."""
    try:
        family, kind, _proto, _name, place = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
            probe.listen(1)
    except OSError as error:
        raise CannotStart(
            f"cannot listen on {address.host} port {address.port}: {error.strerror}"
            " (PORT=8001 make run takes another port)."
        ) from error


def prepare(settings: Settings) -> bool:
    """Bring the database up to date, and load the demo if it is wanted and there is room.

    Says whether the demo is there. Raises CannotStart when the database cannot be reached or
    brought up to date.
    """
    shown = sa.make_url(settings.database_url).render_as_string(hide_password=True)
    try:
        cli.bring_up_to_date()
    except sa.exc.DBAPIError as error:
        raise CannotStart(f"cannot use the database {shown}: {_first_line(error.orig)}") from error
    except CommandError as error:
        raise CannotStart(
            f"the database {shown} was made by another version of the program: {error}"
        ) from error
    with db.reading() as session:
        has_room = upkeep.is_empty(session)
    if settings.demo and has_room:
        print("Loading the demo into the empty database (once, some seconds) ...", flush=True)
        demo.load_into_empty()
    return demo.is_loaded()


def _first_line(error: BaseException | None) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0]


@dataclass(frozen=True)
class Report:
    """What the preparing process tells its parent."""

    has_demo: bool = False
    refusal: str = "the database could not be prepared; the reason stands above"


def _prepare_and_report(app: Flask, settings: Settings, parent: Connection) -> None:
    try:
        with app.app_context():  # passwords are made by the rules of the application
            parent.send(Report(has_demo=prepare(settings)))
    except CannotStart as no:
        parent.send(Report(refusal=str(no)))
        sys.exit(1)


def prepare_apart(app: Flask, settings: Settings) -> bool:
    """Prepare in a process of its own: its memory goes with it, and no connection is inherited."""
    listening, speaking = FORK.Pipe(duplex=False)
    child = FORK.Process(target=_prepare_and_report, args=(app, settings, speaking), daemon=True)
    child.start()
    speaking.close()
    try:
        child.join()
    except KeyboardInterrupt:
        child.terminate()
        raise
    report = Report()
    with suppress(EOFError):
        report = listening.recv()
    if child.exitcode:
        raise CannotStart(report.refusal)
    return report.has_demo


def _end_with_parent() -> None:
    """Ask Linux to end this process when its parent is gone, however that came about."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _give_back_large_blocks() -> None:
    """Let glibc return every large block when it is freed.

    Otherwise it learns from the first that such blocks come and go, and keeps them: checking a
    password takes 19 MiB, and each process would stay that much larger.
    """
    if sys.platform == "linux":
        with suppress(AttributeError):  # another C library needs no telling
            ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 1 << 20)


def _obey_parent_alone() -> None:
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.SIG_DFL)
    # Ctrl-C in a terminal reaches a whole group; only the parent is to hear it, and pass it on.
    os.setpgid(0, 0)
    _end_with_parent()


def _heed_make() -> None:
    """Pass on to ourselves a Ctrl-C that make alone got, since it would wait for us for ever.

    While make handles a signal, it keeps that signal from interrupting it: Linux shows that.
    """
    status = Path(f"/proc/{os.getppid()}/status")
    with suppress(OSError, StopIteration):
        while True:
            time.sleep(0.5)
            line = next(x for x in status.read_text().splitlines() if x.startswith("SigBlk:"))
            if int(line.split()[1], 16) & 1 << (signal.SIGINT - 1):
                os.kill(os.getpid(), signal.SIGINT)
                return


class Supervisor:
    """Runs the web processes and perhaps the worker; when one of them ends, all do."""

    def __init__(
        self, app: Flask, settings: Settings, address: Address, *, has_worker: bool, has_demo: bool
    ) -> None:
        self._server: Any = Granian(
            "wsgi:app",
            address=address.host,
            port=address.port,
            interface=Interfaces.WSGI,
            workers=address.workers,
            blocking_threads=address.threads,
            runtime_mode=RuntimeModes.st,
            websockets=False,
            backlog=256,
            workers_kill_timeout=PATIENCE,
            log_enabled=False,
        )
        self._app = app
        self._address = address
        self._has_demo = has_demo
        self._worker: BaseProcess | None = None
        if has_worker:
            self._worker = FORK.Process(target=worker.run, args=(settings,), daemon=True)
        self._is_stopping = False
        self._fault: str | None = None

    def run(self) -> int:
        """Serve until told to stop. Gives the exit code."""
        if self._worker is not None:
            self._worker.start()
            threading.Thread(target=self._watch, args=(self._worker,), daemon=True).start()
        threading.Thread(target=self._announce, daemon=True).start()
        try:
            self._server.serve(target_loader=lambda *_: self._app, wrap_loader=False)
        except SystemExit:
            self._fault = self._fault or "a web process ended unexpectedly"
        finally:
            self._stop_worker()
        if self._fault:
            print(f"Idéløypa: {self._fault}; everything was stopped.", file=sys.stderr)
            return 1
        print("Idéløypa is stopped.", flush=True)
        return 0

    def _watch(self, process: BaseProcess) -> None:
        process.join()
        if not self._is_stopping:
            self._fault = "the worker ended unexpectedly"
            self._server.signal_handler_interrupt()

    def _stop_worker(self) -> None:
        self._is_stopping = True
        if self._worker is None:
            return
        self._worker.terminate()
        self._worker.join(PATIENCE)
        if self._worker.is_alive():
            self._worker.kill()

    def _announce(self) -> None:
        """Tell the address once it answers, so that nobody opens it too early."""
        while not (len(self._server.wrks) == self._address.workers and self._answers()):
            time.sleep(0.05)
        print(f"Idéløypa is running: {self._address.url}  (Ctrl-C stops it)", flush=True)
        if self._has_demo:
            print("The demo's people, who sign in with e-mail / password:")
            for who in demo.LOGINS:
                print(f"  {who.role:12}{who.email} / {who.password}", flush=True)

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection((self._address.host, self._address.port)):
            return True
        return False


def read_settings(env: Mapping[str, str], part: str) -> tuple[Settings, Address]:
    """Read all settings. Raises BadSetting with a line for each wrong one."""
    faults = Faults()
    if part != ALL:
        faults.read(must_have_secrets, env)
        faults.settle()  # before `load` makes what is missing
    settings, address = faults.read(load, env), faults.read(read_address, env)
    faults.settle()
    worker.reach_redis(settings)
    if part != ALL and settings.database_url.startswith("sqlite"):
        raise BadSetting(f"DATABASE_URL: `serve.py {part}` wants PostgreSQL; SQLite is for one")
    return settings, address


def check_database(settings: Settings) -> None:
    """Raise CannotStart unless the database can be reached and is of this release."""
    shown = sa.make_url(settings.database_url).render_as_string(hide_password=True)
    db.db.connect(settings.database_url)
    try:
        with db.db.reader.connect() as connection:
            is_current = migrations.current(connection) == migrations.newest()
    except sa.exc.DBAPIError as error:
        raise CannotStart(f"cannot use the database {shown}: {_first_line(error.orig)}") from error
    finally:
        db.db.dispose()
    if not is_current:
        raise CannotStart(
            f"the database {shown} is not of this release: run `flask --app wsgi db upgrade` once."
        )


def warm_up(app: Flask) -> None:
    """Answer a page before the fork: what the first one wants is made once, and shared by all."""
    templates.load_all(app)
    app.test_client().get(app.config["SECURITY_LOGIN_URL"])
    db.db.dispose()  # no connection is inherited


def start(env: Mapping[str, str], part: str = ALL) -> int:
    """Prepare and run. Raises CannotStart or BadSetting."""
    settings, address = read_settings(env, part)
    log.set_up(settings)
    if part == WORKER:
        check_database(settings)
        worker.run(settings)
        return 0
    check_free(address)
    meter.share(settings.instance / f"measured-{address.port}")
    app = create_app(settings)
    if part == WEB:
        check_database(settings)
        has_demo = False
    else:
        has_demo = prepare_apart(app, settings)
    warm_up(app)
    gc.collect()
    gc.freeze()
    return Supervisor(app, settings, address, has_worker=part == ALL, has_demo=has_demo).run()


def main() -> int:
    """Start, and say in one sentence for each reason why if that is impossible."""
    if (sys.argv[1:] or [ALL])[0] not in (ALL, WEB, WORKER) or len(sys.argv) > 2:
        wants_help = sys.argv[1:] in (["--help"], ["-h"])
        print(USAGE, file=sys.stdout if wants_help else sys.stderr)
        return 0 if wants_help else 2
    part = (sys.argv[1:] or [ALL])[0]
    if part == WORKER:
        return _begin(part)
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.default_int_handler)
    _give_back_large_blocks()
    os.register_at_fork(after_in_child=_obey_parent_alone)
    if "MAKELEVEL" in os.environ:
        _end_with_parent()
        threading.Thread(target=_heed_make, daemon=True).start()
    return _begin(part)


def _begin(part: str) -> int:
    # Granian asks for it: from Python 3.14 on every process would load the code anew.
    multiprocessing.set_start_method("fork", force=True)
    try:
        return start(os.environ, part)
    except (CannotStart, BadSetting) as no:
        for line in str(no).splitlines():
            print(f"Idéløypa: {line}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
