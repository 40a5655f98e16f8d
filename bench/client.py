"""HTTP clients that cost little, since they share the machine with what they measure.

One thread drives all connections; an answer is looked at only for its status and length.
"""

import gzip
import re
import selectors
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

PATIENCE = 20  # seconds that an answer may take before the measurement gives up
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_HEADER_TOKEN = re.compile(r'"X-CSRFToken": "([^"]+)"')


class BadAnswer(Exception):
    """The server answered something that a measurement cannot count."""


@dataclass(frozen=True)
class Answer:
    """A status, the head as it came and the body as it came (perhaps compressed)."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        found = re.search(rf"\r\n{name}: *([^\r]*)".encode(), self.head, re.IGNORECASE)
        return found[1].decode() if found else ""

    def text(self) -> str:
        packed = self.header("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()

    @property
    def words(self) -> str:
        """Give what a person would read of it, for a message."""
        return " ".join(re.sub(r"<[^>]*>", " ", self.text()).split())[:400]


class Connection:
    """One connection that is kept open; sends a request and reads its answer."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._got = b""
        self._expected = -1

    def send(self, request: bytes) -> None:
        self._got, self._expected = b"", -1
        self.socket.sendall(request)

    def receive(self) -> Answer | None:
        """Read what has come; give the answer once it is complete."""
        got = self.socket.recv(262_144)
        if not got:
            raise BadAnswer("the server closed the connection")
        self._got += got
        if self._expected < 0:
            end = self._got.find(b"\r\n\r\n")
            if end < 0:
                return None
            length = _LENGTH.search(self._got, 0, end)
            self._expected = end + 4 + (int(length[1]) if length else 0)
        if len(self._got) < self._expected:
            return None
        end = self._got.index(b"\r\n\r\n") + 4
        return Answer(int(self._got[9:12]), self._got[:end], self._got[end:])

    def ask(self, request: bytes) -> Answer:
        self.send(request)
        while (answer := self.receive()) is None:
            pass
        return answer

    def close(self) -> None:
        self.socket.close()


Ask = Callable[[bytes], Answer]


class Person:
    """Somebody who is signed in: makes requests as their browser would.

    `ask` sends a request and gives its answer, over a connection or within this process.
    """

    def __init__(self, host: str, ask: Ask, email: str, password: str) -> None:
        self._host = host
        self.ask = ask
        self.cookie = ""
        self.token = ""
        self._sign_in(email, password)

    def _sign_in(self, email: str, password: str) -> None:
        form = self._keep(self.ask(self.get("/logg-inn")))
        token = _TOKEN.search(form.text())
        values = {"email": email, "password": password, "csrf_token": token[1] if token else ""}
        answer = self._keep(self.ask(self.post("/logg-inn", values)))
        if answer.status not in (302, 303):
            raise BadAnswer(f"{email} could not sign in: {answer.status}")
        page = self._keep(self.ask(self.get("/")))
        found = _HEADER_TOKEN.search(page.text())
        if page.status != 200 or found is None:
            raise BadAnswer(f"the board did not open after the sign-in: {page.status}")
        self.token = found[1]

    def _keep(self, answer: Answer) -> Answer:
        if cookie := answer.header("set-cookie"):
            self.cookie = cookie.split(";")[0]
        return answer

    def get(self, path: str, *, htmx: bool = False, packed: bool = True, etag: str = "") -> bytes:
        """Write a GET."""
        return self._request("GET", path, b"", htmx=htmx, packed=packed, etag=etag)

    def post(self, path: str, values: dict[str, object], *, htmx: bool = False) -> bytes:
        """Write a POST of a form."""
        return self._request("POST", path, urlencode(values, doseq=True).encode(), htmx=htmx)

    def _request(
        self, method: str, path: str, body: bytes, *, htmx: bool, packed: bool = True,
        etag: str = "",
    ) -> bytes:  # fmt: skip
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}", "Accept: text/html"]
        if packed:
            lines.append("Accept-Encoding: gzip, deflate, br, zstd")
        if self.cookie:
            lines.append(f"Cookie: {self.cookie}")
        if htmx:
            lines += ["HX-Request: true", f"X-CSRFToken: {self.token}"]
        if etag:
            lines.append(f"If-None-Match: {etag}")
        if method == "POST":
            lines += [
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body)}",
                f"Origin: http://{self._host}",
            ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


Requests = Iterator[bytes]


@dataclass
class Load:
    """What came of a round of several clients."""

    answers: int = 0
    seconds: float = 0.0
    own_seconds: float = 0.0  # processor time that the clients took themselves
    statuses: dict[int, int] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    last: dict[int, Answer] = field(default_factory=dict)  # by status

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds if self.seconds else 0.0


def one_by_one(
    connection: Connection, requests: Requests, number: int, expected: int
) -> tuple[list[float], Answer | None]:
    """Send requests one after another; give how long each took, in ms, and the last answer.

    Raises BadAnswer when the server answers anything but what was expected.
    """
    times: list[float] = []
    answer = None
    for _, request in zip(range(number), requests, strict=False):
        begin = time.perf_counter()
        answer = connection.ask(request)
        times.append((time.perf_counter() - begin) * 1000)
        if answer.status != expected:
            asked = request[:80].decode().splitlines()[0]
            raise BadAnswer(f"{asked} was answered {answer.status}, not {expected}: {answer.words}")
    return times, answer


def at_once(
    address: tuple[str, int],
    clients: Sequence[Requests],
    seconds: float,
) -> Load:
    """Let clients ask as fast as each is answered, on connections of their own, for a while.

    A client ends when its requests do.
    """
    load = Load()
    with selectors.DefaultSelector() as selector:
        sent: dict[Connection, float] = {}
        connections = [Connection(address) for _ in clients]
        begin, own = time.perf_counter(), time.process_time()
        for connection, requests in zip(connections, clients, strict=True):
            if (request := next(requests, None)) is not None:
                selector.register(connection.socket, selectors.EVENT_READ, (connection, requests))
                connection.send(request)
                sent[connection] = time.perf_counter()
        while sent:
            ready = selector.select(PATIENCE)
            if not ready:
                raise BadAnswer(f"no answer within {PATIENCE} s")
            for key, _events in ready:
                connection, requests = key.data
                answer = connection.receive()
                if answer is None:
                    continue
                now = time.perf_counter()
                load.times.append((now - sent.pop(connection)) * 1000)
                load.answers += 1
                load.statuses[answer.status] = load.statuses.get(answer.status, 0) + 1
                load.last[answer.status] = answer
                request = next(requests, None) if now - begin < seconds else None
                if request is not None:
                    connection.send(request)
                    sent[connection] = now
        load.seconds = time.perf_counter() - begin
        load.own_seconds = time.process_time() - own
        for connection in connections:
            connection.close()
    return load
