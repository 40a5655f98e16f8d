"""The steps of whoever logs visits, in the words of the screen."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from incubator.companies.models import Company
from incubator.followups.models import FollowUp
from incubator.ideas.models import Idea
from incubator.upkeep.demo import LOGINS
from incubator.visits.models import Visit, VisitFollowUp, VisitIdea
from tests.journeys.conftest import Complaints, Server
from tests.journeys.network import Network, network_to

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LOG = "/besok/logg"
# What a browser writes when a bad network does what the journey asked it to do.
BAD_NETWORK = re.compile(r"Failed to load resource: .*(ERR_\w+|status of (400|401|422|500))")
KEPT = "Lagret på telefonen – sendes når du har dekning"
SENT = "Besøket er lagret"


class FieldComplaints(Complaints):
    """What went wrong in the browser, less what the network was told to do."""

    def console(self, message: ConsoleMessage) -> None:
        if not BAD_NETWORK.search(message.text):
            super().console(message)


@dataclass
class Field:
    """A phone, the network that it has, and the database that it is all about."""

    context: BrowserContext
    network: Network
    server: Server

    def open(self, path: str = LOG) -> Page:
        """Open a page of somebody who is signed in, or of the device itself."""
        page = self.context.new_page()
        page.goto(path)
        return ready(page) if path.startswith(LOG) else page

    def sign_in(self, role: str = "advisor") -> Page:
        """Sign in where visits are logged, and wait until the device has what it needs."""
        page = sign_in(self.context.new_page(), role)
        await_device(page)
        return page

    def lose_coverage(self) -> None:
        self.context.set_offline(True)

    def find_coverage(self) -> None:
        self.context.set_offline(False)

    def read(self, query: sa.Select[Any]) -> list[sa.Row[Any]]:
        engine = sa.create_engine(self.server.database_url)
        try:
            with engine.connect() as connection:
                return list(connection.execute(query).all())
        finally:
            engine.dispose()

    def visits(self, about: str) -> list[sa.Row[Any]]:
        """Give the stored visits whose notes begin with a text, in the order of arrival."""
        return self.read(
            sa.select(Visit.id, Visit.about, Visit.visitor_id, Company.name)
            .join(Company, Company.id == Visit.company_id)
            .where(Visit.about.startswith(about), Visit.known())
            .order_by(Visit.id)
        )

    def ideas(self, title: str) -> list[sa.Row[Any]]:
        """Give the ideas with a title, and the visit that each came from."""
        return self.read(
            sa.select(Idea.id, VisitIdea.visit_id)
            .outerjoin(VisitIdea, VisitIdea.idea_id == Idea.id)
            .where(Idea.title == title, Idea.known())
        )

    def promises(self, what: str) -> list[sa.Row[Any]]:
        """Give the promises that begin with a text, and the visit at which each was made."""
        return self.read(
            sa.select(FollowUp.what, VisitFollowUp.visit_id)
            .join(VisitFollowUp, VisitFollowUp.follow_up_id == FollowUp.id)
            .where(FollowUp.what.startswith(what))
            .order_by(FollowUp.id)
        )


@pytest.fixture
def field(browser: Browser, server: Server) -> Iterator[Field]:
    """Give a phone whose network can be as bad as the journey likes."""
    with network_to(server.url) as network:
        complaints = FieldComplaints(urlsplit(network.url).netloc)
        context = browser.new_context(
            base_url=network.url, locale="nb-NO", timezone_id="Europe/Oslo",
            reduced_motion="reduce", **PHONE,
        )  # fmt: skip
        context.set_default_timeout(15_000)
        context.on("request", complaints.request)
        context.on("page", complaints.listen)
        yield Field(context, network, server)
        context.close()
    assert not complaints.heard, "\n".join(complaints.heard)


def sign_in(page: Page, role: str = "advisor") -> Page:
    """Sign in where visits are logged: on a phone there is no menu there."""
    who = next(login for login in LOGINS if login.role == role)
    page.goto(LOG)
    page.get_by_label("E-post").fill(who.email)
    page.get_by_label("Passord").fill(who.password)
    page.get_by_role("button", name="Logg inn").click()
    return ready(page)


def ready(page: Page) -> Page:
    """Wait until the scripts of the screen have run."""
    expect(page.locator("form[data-visit][data-ready]")).to_be_attached()
    return page


IS_DEVICE_READY = """() => new Promise((done) => {
  const look = async () => {
    const worker = (await navigator.serviceWorker.getRegistration())?.active;
    const asked = indexedDB.open("ideloypa");
    asked.onsuccess = () => {
      const all = asked.result.transaction("kept").objectStore("kept").getAllKeys();
      all.onsuccess = () => {
        asked.result.close();
        const isThere = ["device", "me", "seen"].every((name) => all.result.includes(name));
        if (isThere && worker?.state === "activated") done(); else setTimeout(look, 50);
      };
    };
  };
  look();
})"""


def await_device(page: Page) -> None:
    """Wait until the device has what it needs without coverage."""
    page.evaluate(IS_DEVICE_READY)


STORED = """(store) => new Promise((done) => {
  const asked = indexedDB.open("ideloypa");
  asked.onsuccess = () => {
    const held = asked.result.transaction(store).objectStore(store);
    const all = store === "kept" ? held.getAllKeys() : held.getAll();
    all.onsuccess = () => { asked.result.close(); done(all.result); };
  };
})"""


def stored(page: Page, store: str) -> list[Any]:
    """Give what lies on the device: the visits, or the names of what else is kept."""
    found: list[Any] = page.evaluate(STORED, store)
    return found


def write(page: Page, about: str, company: str = "", **more: str) -> None:
    """Fill in the screen: a new company by name, or the first that is offered."""
    if company:
        page.get_by_label("Annen bedrift").fill(company)
    else:
        page.locator("[data-offers] .offer").first.click()
    page.get_by_label("Hva handlet det om?").fill(about)
    if idea := more.get("idea"):
        open_part(page, "Idé fra besøket")
        page.get_by_label("Hva heter ideen?").fill(idea)
        page.get_by_label(re.compile("^Ideen i en setning")).fill("Den sparer strøm.")
    if promise := more.get("promise"):
        open_part(page, "Hva ble lovet")
        page.get_by_label("Hva ble lovet?").last.fill(promise)
        page.get_by_role("button", name="Om en uke").last.click()


def open_part(page: Page, name: str) -> None:
    """Unfold a part of the screen."""
    part = page.locator("details", has=page.locator("summary", has_text=name))
    if part.get_attribute("open") is None:
        part.locator("summary").click()


def save(page: Page, told: str) -> None:
    """Save, and wait for what the person is told."""
    page.get_by_role("button", name="Lagre besøket").click()
    expect_told(page, told)


def expect_told(page: Page, told: str) -> None:
    """Wait until the person is told what became of the visit."""
    expect(page.get_by_role("heading", name=told, exact=True)).to_be_visible()


def another(page: Page) -> None:
    page.get_by_role("button", name="Logg et besøk til").click()


def unsent(page: Page) -> Locator:
    """Find the number of unsent visits that every page shows."""
    return page.locator("[data-unsent]")


def expect_unsent(page: Page, number: int) -> None:
    """Wait until the page shows so many unsent visits."""
    if number:
        expect(unsent(page).locator("[data-unsent-n]")).to_have_text(str(number))
    else:
        expect(unsent(page)).to_be_hidden()
