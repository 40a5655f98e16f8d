"""Run the production server, as `make run` does, for tests, measurements and pictures."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import psutil

ROOT = Path(__file__).parents[1]
START_TIME = 90  # seconds, on a machine that has much else to do
STOP_TIME = 30
PORTS = range(20_000, 32_000)


class Running(Protocol):
    """What is done with a server that runs; `subprocess.Popen` can do it."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def kill(self) -> None: ...


def free_port() -> int:
    """Find a port that nothing listens on, and that stays free while a server is started again.

    The system hands out others, from 32768 on, to whoever calls somebody: a caller who tries until
    the server is there may be given the server's own port, and then the server is not.
    """
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def environment(**settings: str) -> dict[str, str]:
    """Give these settings and no others of the program's own."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return {**kept, **settings}


def start(log: Path, *words: str, **settings: str) -> subprocess.Popen[bytes]:
    """Start serve.py with these settings and no others of its own; its output goes to `log`."""
    with log.open("w") as output:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "serve.py", *words],
            cwd=ROOT, env=environment(**settings), stdout=output, stderr=subprocess.STDOUT,
            process_group=0,
        )  # fmt: skip


def wait_until(process: Running, log: Path, words: str) -> None:
    """Wait until the server has said `words`. Raises AssertionError when it never does."""
    deadline = time.monotonic() + START_TIME
    while words not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise AssertionError(f"the server did not say {words!r}:\n{log.read_text()}")
        time.sleep(0.05)


def kill(process: Running) -> None:
    """End every process of a server at once, in the middle of whatever it does.

    Gives back when all are gone: as long as one of them is not, it holds the port.
    """
    with suppress(psutil.NoSuchProcess):  # it had ended by itself
        parent = psutil.Process(process.pid)
        family = [parent, *parent.children(recursive=True)]
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        deadline = time.monotonic() + STOP_TIME
        while any(map(_is_alive, family)):
            assert time.monotonic() < deadline, "a killed process is still there"
            time.sleep(0.01)
    process.wait(STOP_TIME)


def _is_alive(process: psutil.Process) -> bool:
    """Whether it still has what it opened: not so when it merely waits for its end to be noted."""
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


@contextmanager
def run_server(
    instance: Path, database_url: str, start: Callable[..., Running] = start, **settings: str
) -> Iterator[str]:
    """Give the address of a running server, and see that it ends well."""
    log = instance / "server.log"
    port = free_port()
    given = {"INSTANCE": str(instance), "DATABASE_URL": database_url, "DEMO": "0", **settings}
    process = start(log, PORT=str(port), **given)
    try:
        wait_until(process, log, "is running")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(STOP_TIME)
    assert code == 0, f"the server ended with {code}:\n{log.read_text()}"
    assert "Traceback" not in log.read_text(), log.read_text()
