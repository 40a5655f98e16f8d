"""`make run`: one sentence when it cannot start, and nothing left behind when it stops."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests import programs
from tests.thorough import some
from tools import server
from tools.server import ROOT, STOP_TIME, free_port, start, wait_until


def refuse(tmp_path: Path, **settings: str) -> str:
    """Start with settings that cannot work, and give the one sentence that says so."""
    given = {"INSTANCE": str(tmp_path / "instance"), "PORT": str(free_port()), "DEMO": "0"}
    ended = programs.run(["serve.py"], env=server.environment(**{**given, **settings}), timeout=60)
    assert ended.returncode == 1
    assert ended.stdout == ""
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith("Idéløypa: ")
    return lines[0]


def test_a_taken_port_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port}" in refuse(tmp_path, PORT=port)


@pytest.mark.parametrize(
    "setting, value",
    [
        ("PORT", "abc"),
        ("WORKERS", "0"),
        ("DATABASE_URL", "nonsense"),
    ],
)
def test_a_bad_setting_is_named(tmp_path, setting, value):
    assert setting in refuse(tmp_path, **{setting: value})


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("no folder")
    assert "file" in refuse(tmp_path, INSTANCE=str(tmp_path / "file" / "instance"))


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://kari:hemmelig@127.0.0.1:1/ideloypa",
        "sqlite:////there/is/no/such/folder/ideloypa.db",
    ],
)
def test_a_database_out_of_reach_is_named_without_its_password(tmp_path, address):
    told = refuse(tmp_path, DATABASE_URL=address)
    assert "ideloypa" in told
    assert "hemmelig" not in told


def test_a_file_that_is_no_database_is_named(tmp_path):
    path = tmp_path / "notes.db"
    path.write_text("This is no database, however much its name says so." * 99)
    assert "notes.db" in refuse(tmp_path, DATABASE_URL=f"sqlite:///{path}")


def test_a_database_of_a_newer_program_is_left_alone(tmp_path):
    path = tmp_path / "newer.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    connection.close()
    assert "another version" in refuse(tmp_path, DATABASE_URL=f"sqlite:///{path}")


class Running:
    """A started server, its log and its processes."""

    def __init__(self, folder: Path, start: Callable[..., server.Running] = start) -> None:
        self.log = folder / "server.log"
        self.port = free_port()
        self.process = start(
            self.log, INSTANCE=str(folder / "instance"), PORT=str(self.port), DEMO="0"
        )
        wait_until(self.process, self.log, "is running")
        self.children = psutil.Process(self.process.pid).children(recursive=True)

    def get(self, path: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
            return int(answer.status)

    def stop(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(STOP_TIME)


@pytest.fixture
def begin(tmp_path):
    """Give a function that starts the server, from nothing or by a fork."""
    begun = []

    def begin(start=start) -> Running:
        begun.append(Running(tmp_path, start))
        return begun[-1]

    yield begin
    for one in begun:
        for process in one.children:
            if process.is_running():
                process.kill()
        one.process.kill()
        one.process.wait()


@pytest.fixture
def running(begin):
    return begin(programs.start)


@pytest.mark.parametrize("how", some([signal.SIGINT, signal.SIGTERM], 1))
def test_it_stops_cleanly_when_told_to(begin, how):
    running = begin()
    assert running.get("/healthz") == 200
    assert len(running.children) == 3  # two web processes and the worker
    assert running.stop(how) == 0
    assert not psutil.wait_procs(running.children, timeout=5)[1]
    assert "Traceback" not in running.log.read_text()


def test_the_parent_keeps_no_connection_that_the_others_could_inherit(running):
    """It asks for a page before it forks, and the database for what stands there."""
    opened = [Path(file.path) for file in psutil.Process(running.process.pid).open_files()]
    beside = {path.name for path in opened if path.parent.name == "instance"}
    assert not any(".db" in name for name in beside), beside


def test_ctrl_c_in_a_terminal_reaches_the_parent_which_ends_the_others_in_order(running):
    os.killpg(running.process.pid, signal.SIGINT)
    assert running.process.wait(STOP_TIME) == 0
    assert "unexpectedly" not in running.log.read_text()
    assert not psutil.wait_procs(running.children, timeout=5)[1]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows what make waits for")
@pytest.mark.parametrize("how", some([signal.SIGINT, signal.SIGTERM], 0))
def test_a_signal_that_make_alone_gets_stops_it_too(tmp_path, how):
    makefile, log, port = tmp_path / "Makefile", tmp_path / "server.log", free_port()
    makefile.write_text(f"run:\n\t@cd {ROOT} && exec {sys.executable} serve.py\n")
    settings = {"INSTANCE": str(tmp_path / "instance"), "PORT": str(port), "DEMO": "0"}
    with log.open("w") as output:
        make = subprocess.Popen(
            # A run that was itself begun in the background has the signal ignored, and hands it on.
            ["env", "--default-signal=INT", "make", "-f", str(makefile), "run"],
            env={"PATH": os.environ["PATH"], **settings}, stdout=output, stderr=output,
        )  # fmt: skip
    wait_until(make, log, "is running")
    below = psutil.Process(make.pid).children(recursive=True)
    make.send_signal(how)
    make.wait(STOP_TIME)
    assert not psutil.wait_procs(below, timeout=15)[1]
    assert "Idéløypa is stopped." in log.read_text()


def is_loading(process: subprocess.Popen[bytes], folder: Path) -> bool:
    """Say whether it has come as far as loading its libraries."""
    return any("sqlalchemy" in part.path for part in psutil.Process(process.pid).memory_maps())


def is_preparing(process: subprocess.Popen[bytes], folder: Path) -> bool:
    """Say whether it has read its settings and prepares the database."""
    return (folder / "instance" / "password_salt").exists()


@pytest.mark.parametrize("how_far", [is_loading, is_preparing])
def test_ctrl_c_while_it_starts_ends_it_without_words(tmp_path, how_far):
    log = tmp_path / "server.log"
    process = start(log, INSTANCE=str(tmp_path / "instance"), PORT=str(free_port()), DEMO="0")
    while not how_far(process, tmp_path):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(STOP_TIME) in (0, 130, -signal.SIGINT)
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("which", some([0, 1, 2], 0))
def test_when_one_process_dies_all_stop_and_say_so(running, which):
    running.children[which].kill()
    assert running.process.wait(STOP_TIME) == 1
    assert "ended unexpectedly" in running.log.read_text()
    assert not psutil.wait_procs(running.children, timeout=5)[1]


def test_no_process_outlives_a_parent_that_was_killed(running):
    running.process.kill()
    assert not psutil.wait_procs(running.children, timeout=15)[1]


def test_a_second_start_keeps_the_data_and_the_secrets(tmp_path):
    first = Running(tmp_path)
    assert first.stop(signal.SIGTERM) == 0
    secrets = {p.name: p.read_text() for p in secret_files(tmp_path)}
    with sqlite3.connect(tmp_path / "instance" / "ideloypa.db") as connection:
        connection.execute("CREATE TABLE kept (id INTEGER)")
    connection.close()
    second = Running(tmp_path)
    assert second.stop(signal.SIGTERM) == 0
    assert secrets == {p.name: p.read_text() for p in secret_files(tmp_path)}
    with sqlite3.connect(tmp_path / "instance" / "ideloypa.db") as connection:
        connection.execute("SELECT id FROM kept")
    connection.close()


def secret_files(folder: Path) -> list[Path]:
    return sorted((folder / "instance" / name) for name in ("secret_key", "password_salt"))
