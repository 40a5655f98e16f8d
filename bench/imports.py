"""Lists of 20,000 rows of each kind: from the upload to the preview, the import, the undoing.

By HTTP, as a browser would ask; the processes are watched for the most memory that they took.
"""

import http.client
import io
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from bench.client import BadAnswer, Person
from bench.databases import Databases
from bench.seed import organisation_numbers
from bench.servers import Running, running
from bench.targets import Finding
from incubator.core.sheets import SheetOut, as_xlsx

ROWS = 20_000
PATIENCE = 600  # seconds for the whole of one list
ASK_EVERY = 0.25
LONGEST_PAGE = 500  # ms, for any page but the undoing
HEADERS: dict[str, list[str]] = {
    "ideas": ["Idé", "Bedrift", "Org.nr", "Kommune", "Fase", "Registrert", "Beløp", "Merknad"],
    "visits": ["Dato", "Bedrift", "Org.nr", "Hvem", "Notat"],
    "companies": ["Bedrift", "Org.nr", "Kommune", "Ansatte", "Kontaktperson", "E-post"],
    "applications": ["Prosjekt", "Bedrift", "Status", "Sendt", "Søkt beløp"],
    "jobs": ["Bedrift", "Arbeidsplasser", "Dato", "Type", "Kilde"],
}


NUMBERS = list(islice(organisation_numbers(), 4000))


def _row(kind: str, nth: int) -> list[str | int]:
    """Give a row; every fiftieth cannot be imported, every hundredth stands twice."""
    nth -= nth % 100 == 99
    firm, number = f"Firma {nth % 4000} AS", NUMBERS[nth % 4000]
    day = "31.2.2024" if nth % 50 == 7 else f"{1 + nth % 28}.{1 + nth % 12}.{2015 + nth % 10}"
    stage = ("Idé", "Case", "Inkubatorbedrift")[nth % 3]
    rows: dict[str, list[str | int]] = {
        "ideas": [f"Idé {nth}", firm, number, "Elverum", stage, day, 1000 * nth, f"Merk {nth}"],
        "visits": [day, firm, number, f"Besøker {nth % 40}", f"Vi snakket om sak {nth}"],
        "companies": [f"Nytt firma {nth} AS", "", "Elverum", "mange" if nth % 50 == 7 else 5,
                      f"Person {nth}", f"p{nth}@eksempel.no"],
        "applications": [f"Prosjekt {nth}", firm, "Sendt", day, 1000 * nth],
        "jobs": [firm, 1 + nth % 300, day, "Nye", f"Kilde {nth}"],
    }  # fmt: skip
    return rows[kind]


def workbook(kind: str, rows: int = ROWS) -> bytes:
    """Make a list of a kind."""
    return as_xlsx(SheetOut("Lista", HEADERS[kind], (_row(kind, nth) for nth in range(rows))))


class Browser:
    """Asks as the browser of somebody who is signed in, and notes how long each page took."""

    def __init__(self, server: Running, person: Person) -> None:
        self._host, self._person = urlsplit(server.url).netloc, person
        self.longest = 0.0

    def ask(
        self, method: str, path: str, body: bytes = b"", kind: str = ""
    ) -> tuple[int, str, str]:
        """Give status, where it leads to, and the text."""
        connection = http.client.HTTPConnection(self._host, timeout=PATIENCE)
        headers = {"Cookie": self._person.cookie, "X-CSRFToken": self._person.token}
        if kind:
            headers["Content-Type"] = kind
        began = time.perf_counter()
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        connection.close()
        self.longest = max(self.longest, (time.perf_counter() - began) * 1000)
        return answer.status, answer.headers.get("Location", ""), text

    def upload(self, content: bytes, kind: str, region: int) -> str:
        """Hand a list in; give the address of its page."""
        mark, out = "3e1f0b", io.BytesIO()
        out.write(
            f'--{mark}\r\nContent-Disposition: form-data; name="holds"\r\n\r\n{kind}\r\n'
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="liste.xlsx"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n".encode()
        )
        out.write(content + f"\r\n--{mark}--\r\n".encode())
        form = f"multipart/form-data; boundary={mark}"
        status, place, text = self.ask("POST", f"/import?region={region}", out.getvalue(), form)
        if status != 303:
            raise BadAnswer(f"the list was not taken: {status} {text[-300:]}")
        return place

    def wait(self, place: str) -> str:
        """Ask how far it has come, as the page does, until there is something else to see."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            status, onwards, _text = self.ask("GET", f"{place}/framdrift")
            if status == 303:
                return onwards
            time.sleep(ASK_EVERY)
        raise BadAnswer(f"{place} was not done in {PATIENCE} s")


def peaks(server: Running) -> Iterator[tuple[str, float]]:
    """Give the most that each process ever took (MiB), and begin to watch anew."""
    parent = psutil.Process(server.pid)
    for process in parent.children(recursive=True):
        with suppress(psutil.NoSuchProcess, OSError, AttributeError):
            status = Path(f"/proc/{process.pid}/status").read_text()
            found = re.search(r"VmHWM:\s+(\d+)", status)
            if found:
                is_web = "granian" in status or any(
                    one.laddr.port == urlsplit(server.url).port and one.status == "LISTEN"
                    for one in process.net_connections()
                )
                yield ("web" if is_web else "worker"), int(found[1]) / 1024
            Path(f"/proc/{process.pid}/clear_refs").write_text("5")


def measure(server: Running, kind: str) -> Iterator[Finding]:
    """Bring a list in, page by page, and take it out again."""
    content = workbook(kind)
    browser = Browser(server, server.person())
    list(peaks(server))
    began = time.perf_counter()
    place = browser.upload(content, kind, server.board.region)
    handed_in = time.perf_counter()
    browser.wait(place)
    shown = time.perf_counter()
    status, _onwards, preview = browser.ask("GET", place)
    if status != 200:
        raise BadAnswer(f"the preview of {kind} answered {status}")
    for page in ("?side=150", "?vis=feil", "/feil.xlsx"):
        browser.ask("GET", f"{place}{page}")
    asked = time.perf_counter()
    browser.ask("POST", place)
    browser.wait(place)
    _status, report, _text = browser.ask("GET", place)
    done = time.perf_counter()
    longest = browser.longest
    text = browser.ask("GET", report)[2]
    undo = re.search(r'action="(/endringer/\d+/angre)"', text)
    if undo is None:
        raise BadAnswer(f"{kind}: the report has no way to undo: {report}")
    before_undo = time.perf_counter()
    status, _onwards, _text = browser.ask("POST", undo[1])
    undone = time.perf_counter()
    where = f"{kind}, {len(content) / 1e6:.1f} MB"
    memory: dict[str, float] = {}
    for name, most in peaks(server):
        memory[name] = max(most, memory.get(name, 0))
    yield Finding(f"{where}: upload", f"{handed_in - began:.2f} s")
    yield Finding(f"{where}: upload to preview", f"{shown - began:.1f} s")
    yield Finding(f"{where}: import", f"{done - asked:.1f} s")
    yield Finding(f"{where}: undo", f"{undone - before_undo:.1f} s", status == 303, "303")
    yield Finding(
        f"{where}: longest page", f"{longest:.0f} ms", longest <= LONGEST_PAGE,
        f"<= {LONGEST_PAGE} ms", note=f"preview of {len(preview) / 1000:.0f} kB",
    )  # fmt: skip
    yield Finding(
        f"{where}: most memory", ", ".join(f"{k} {v:.0f} MiB" for k, v in sorted(memory.items()))
    )


def run(made: Databases, kinds: list[str], tell: Callable[[list[Finding]], None]) -> list[Finding]:
    """Measure every kind of list on each kind of database."""
    found: list[Finding] = []
    for database in kinds:
        with running(made.board(database, 60)) as server:
            for kind in HEADERS:
                findings = [
                    Finding(f"{database}: {one.label}", one.value, one.is_reached, one.target,
                            one.note)
                    for one in measure(server, kind)
                ]  # fmt: skip
                tell(findings)
                found += findings
    return found
