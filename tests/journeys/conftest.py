"""What a journey needs: the production server with the demo, and a browser that complains."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fasteners
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

from tests import databases, programs
from tools.browsers import look_for_browser

# What the law asks of public bodies.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
# A refusal that the page shows in its place is no fault, but the browser writes a line about it.
EXPECTED = re.compile(
    r"Failed to load resource: .*(status of (401|403|409|422)|ERR_INTERNET_DISCONNECTED)"
    r"|htmx:error: Failed to fetch"
)
MODAL = "dialog:modal"
# No script runs long enough on one page to earn back what optimising it costs.
HASTY = "--js-flags=--no-opt --no-maglev"
# What paints needs no process of its own where nothing is seen: that costs a sixth more.
PAINT = ("--disable-gpu", "--in-process-gpu")
# What passed is neither gathered nor sent: that took as long again.
RUN_AXE = """async ([inside, tags, colours]) => {
    const options = { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] };
    options.rules = { "color-contrast": { enabled: colours } };
    return (await axe.run(inside ?? document, options)).violations;
}"""
NOT_THERE = "/finnes-ikke"  # the address that a test asks for to see the page of what is missing


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the journeys of one file and database in one process, with one server.

    What is about looks alone is looked at once, whatever the database.
    """
    left_out = []
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        kind = item.callspec.params.get("kind") if hasattr(item, "callspec") else None
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.xdist_group(f"{item.path.stem}-{kind}"))
        if item.get_closest_marker("looks") and kind != databases.KINDS[0]:
            left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@dataclass(frozen=True)
class Server:
    """A running server, and where its things lie."""

    url: str
    database_url: str
    instance: Path


@pytest.fixture(scope="session")
def chromium() -> str:
    """Find the browser. Without one the journeys are left out, but never in CI."""
    found = look_for_browser()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium was found, and in CI nothing is left out")
        pytest.skip("no Chromium was found (tools/test_needs.sh installs one)")
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Start the browser once."""
    arguments = ["--no-sandbox", "--disable-background-networking", *PAINT, HASTY]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


# Neither hangs on `kind`: what does is thrown away whenever the tests change from one to the other.
@pytest.fixture(scope="session")
def demo_sqlite() -> str:
    """Play the demo into an SQLite file, once a run; every file of journeys gets a copy of it."""
    shared = Path(os.environ[databases.SHARED_FOLDER])
    address = f"sqlite:///{shared / 'demo.db'}"
    with fasteners.InterProcessLock(shared / "demo.lock"):
        if not kept_demo().exists():
            for command in (["db", "upgrade"], ["demo"], ["backup", str(kept_demo())]):
                call(shared / "demo", address, command)
    return address


@pytest.fixture(scope="session")
def demo_postgresql(
    postgresql: str, demo_sqlite: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Take the same demo into a PostgreSQL database."""
    with databases.postgresql_database(postgresql) as address:
        folder = tmp_path_factory.mktemp("demo-postgresql")
        call(folder, address, ["restore", str(kept_demo())])
        yield address


def kept_demo() -> Path:
    """Say where the backup of the demo lies that was played in this run."""
    return Path(os.environ[databases.SHARED_FOLDER]) / "demo-of-today.zip"


def call(instance: Path, address: str, command: list[str]) -> None:
    """Run a command of the program on a database."""
    place = {"INSTANCE": str(instance), "DATABASE_URL": address}
    programs.flask(*command, env={**os.environ, **place}).check_returncode()


def copy_of(template: str | None, kind: str, folder: Path, request: pytest.FixtureRequest):
    """Make a database of a kind, empty or like a template."""
    if kind == "sqlite":
        return databases.sqlite_database(folder, template)
    return databases.postgresql_database(request.getfixturevalue("postgresql"), template)


@pytest.fixture(scope="module")
def server(
    kind: str,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Server]:
    """Run the production server and the worker on a fresh copy of the demo."""
    folder = tmp_path_factory.mktemp(f"server-{kind}")
    demo = request.getfixturevalue(f"demo_{kind}")
    with (
        copy_of(demo, kind, folder, request) as address,
        programs.run_server(folder, address) as url,
    ):
        yield Server(url, address, folder)


@dataclass
class Complaints:
    """What went wrong in the browser while a journey ran."""

    host: str
    heard: list[str] = field(default_factory=list)

    def console(self, message: ConsoleMessage) -> None:
        address = str(message.location.get("url", ""))
        is_expected = EXPECTED.search(message.text) or address.endswith(NOT_THERE)
        if message.type in ("error", "warning") and not is_expected:
            self.heard.append(f"console: {message.text} ({address})")

    def error(self, error: Exception) -> None:
        self.heard.append(f"script: {error}")

    def request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != self.host:
            self.heard.append(f"a request to another host: {request.url}")

    def listen(self, page: Page) -> None:
        page.on("console", self.console)
        page.on("pageerror", self.error)


OpenPage = Callable[..., Page]
# The cookies of who has signed in, by server and e-mail; and those that a new browser may bring.
SIGN_INS: dict[str, dict[str, list[Any]]] = {}
FRESH: dict[BrowserContext, dict[str, list[Any]]] = {}


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[OpenPage]:
    """Give a function that opens a page as another person or on another screen.

    The test fails when any of them heard an error, a breach of the Content-Security-Policy
    (which is an error in the console) or a request to another host.
    """
    complaints = Complaints(urlsplit(server.url).netloc)
    known = SIGN_INS.setdefault(server.url, {})
    contexts: list[BrowserContext] = []

    def open_one(**options: object) -> Page:
        context = browser.new_context(
            **{"base_url": server.url, "locale": "nb-NO", "timezone_id": "Europe/Oslo", **options}
        )
        contexts.append(context)
        FRESH[context] = known
        context.on("request", complaints.request)
        context.on("page", complaints.listen)
        context.set_default_timeout(10_000)
        return context.new_page()

    yield open_one
    for context in contexts:
        FRESH.pop(context, None)
        context.close()
    assert not complaints.heard, "\n".join(complaints.heard)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """Give a page on a desk."""
    return open_page(viewport={"width": 1280, "height": 800})


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    """Give a page on a phone that is 390 px wide."""
    return open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)


@pytest.fixture
def check_accessibility() -> Callable[..., None]:
    """Give a function that fails on any violation that axe finds on the page.

    Whether colours differ enough takes axe longer than all else, and may be left out.
    """
    script = Axe().axe_script

    def check(page: Page, *, colours: bool = True) -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(script)
        # What lies behind an open dialog is inert, and was looked at before it opened.
        inside = MODAL if page.locator(MODAL).count() else None
        violations = page.evaluate(RUN_AXE, [inside, RULES, colours])
        told = [
            f"{v['id']} ({v['impact']}): {v['help']}: " + "; ".join(n["html"] for n in v["nodes"])
            for v in violations
        ]
        assert not told, f"{page.url}\n" + "\n".join(told)

    return check
