"""A network between browser and server that can be as bad as the one in the forest."""

import http.client
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
NOT_PASSED_ON = HOP | {"accept-encoding"}
PATIENCE = 60


@dataclass
class Network:
    """How the way to the server behaves; journeys change it while they run."""

    url: str = ""
    is_doubling: bool = False  # everything that is sent arrives twice
    lost_answers: int = 0  # so many arrive, and are answered with an error of some machine between
    failing: int = 0  # so many do not arrive at all, and are answered with an error
    portal: bytes = b""  # a page that the network shows in place of every answer
    edit: Callable[[str, bytes], bytes] = lambda _path, body: body
    sent: Counter[str] = field(default_factory=Counter)  # how often each address was posted to


FAULT = (500, [("Content-Type", "text/html")], b"<p>Feil</p>")
Answer = tuple[int, list[tuple[str, str]], bytes]


class Handler(BaseHTTPRequestHandler):
    """Passes each request on, or does to it what the network is told to do."""

    protocol_version = "HTTP/1.1"
    network: Network
    host: str

    def do_GET(self) -> None:
        status, headers, content = self.ask(b"")
        self.answer(status, headers, self.network.edit(self.path, content))

    def do_POST(self) -> None:
        network = self.network
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        network.sent[self.path] += 1
        is_visit = self.path == "/besok"
        if is_visit and network.portal:
            return self.answer(200, [("Content-Type", "text/html")], network.portal)
        if is_visit and network.failing:
            network.failing -= 1
            return self.answer(*FAULT)
        answer = self.ask(body)
        if network.is_doubling:
            answer = self.ask(body)
        if is_visit and network.lost_answers:
            network.lost_answers -= 1
            answer = FAULT
        return self.answer(*answer)

    def ask(self, body: bytes) -> Answer:
        """Ask the server."""
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE)
        left_out = HOP | {"accept-encoding"}
        headers = {
            name: text for name, text in self.headers.items() if name.lower() not in left_out
        }
        connection.request(self.command, self.path, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.getheaders(), content

    def answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOP:
                self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(content)))
        with suppress(ConnectionError):  # the browser went elsewhere meanwhile
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: the browser tells what went wrong."""


@contextmanager
def network_to(server_url: str) -> Iterator[Network]:
    """Run it; its address stands for the server's."""
    network = Network()
    given = {"network": network, "host": urlsplit(server_url).netloc}
    handler = type("Handler", (Handler,), given)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        network.url = f"http://127.0.0.1:{listening.server_address[1]}"
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield network
        listening.shutdown()
        thread.join()
