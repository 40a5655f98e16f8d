"""Start the program and the yardstick beside it, and look at the memory they take."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

from bench.client import Answer, Connection, Person
from bench.databases import Board, environment
from tools.server import ROOT, STOP_TIME, free_port, start, wait_until


@dataclass(frozen=True)
class Running:
    """The running program on a seeded board, and the bare page beside it."""

    board: Board
    url: str
    pid: int
    bare: tuple[str, int]
    bare_cookie: str

    def person(self, nth: int = 0) -> Person:
        """Sign somebody in."""
        emails = self.board.emails
        host = urlsplit(self.url).netloc
        return Person(host, self.ask, emails[nth % len(emails)], self.board.password)

    def ask(self, request: bytes) -> Answer:
        """Ask once, on a connection of its own: the server closes those that are left idle."""
        connection = Connection(self.address)
        try:
            return connection.ask(request)
        finally:
            connection.close()

    @property
    def address(self) -> tuple[str, int]:
        place = urlsplit(self.url)
        return place.hostname or "", place.port or 80

    def bare_request(self) -> bytes:
        host, port = self.bare
        return (
            f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nAccept-Encoding: gzip\r\n"
            f"Cookie: {self.bare_cookie}\r\n\r\n"
        ).encode()

    def processes(self) -> list[psutil.Process]:
        """List the processes of the program: parent, web processes, worker."""
        parent = psutil.Process(self.pid)
        return [parent, *parent.children(recursive=True)]

    def memory(self) -> float:
        """Add up what all processes of the program take, shared pages in parts (PSS, MiB)."""
        total = 0
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                total += process.memory_full_info().pss
        return total / 2**20

    def busy(self) -> float:
        """Add up the processor time that the program has taken so far, in seconds."""
        times = [process.cpu_times() for process in self.processes()]
        return float(sum(each.user + each.system for each in times))


@contextmanager
def running(board: Board) -> Iterator[Running]:
    """Run the program (web processes and worker) and the bare page on a board."""
    log = board.instance / "server.log"
    port = free_port()
    settings = environment(board.instance, board.url)
    server = start(log, PORT=str(port), **settings)
    try:
        wait_until(server, log, "is running")
        with bare_page(board) as (address, cookie):
            yield Running(board, f"http://127.0.0.1:{port}", server.pid, address, cookie)
    finally:
        _end(server)


@contextmanager
def bare_page(board: Board) -> Iterator[tuple[tuple[str, int], str]]:
    """Run the bare page; give its address and the cookie of somebody signed in."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.bare", str(port)],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin", "DATABASE_URL": board.url},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        address = ("127.0.0.1", port)
        connection = _first_connection(address)
        answer = connection.ask(
            f"GET /logg-inn HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        )
        connection.close()
        yield address, answer.header("set-cookie").split(";")[0]
    finally:
        _end(process)


def _first_connection(address: tuple[str, int]) -> Connection:
    deadline = time.monotonic() + 20
    while True:
        try:
            return Connection(address)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_TIME)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def watched_memory(server: Running) -> Iterator[list[float]]:
    """Look at the memory of the program again and again; the highest is what counts."""
    seen = [server.memory()]
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.25):
            seen.append(server.memory())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()
