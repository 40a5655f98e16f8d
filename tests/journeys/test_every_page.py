"""Every page, for each of its readers: accessible, within its width, without a complaint."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import NOT_THERE
from tests.journeys.steps import sign_in
from tests.thorough import THOROUGH

pytestmark = pytest.mark.looks

DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"width": 360, "height": 740}

# What an address is called, and where to find one; the first card and company of the demo do.
PAGES = {
    "board": "/",
    "board of a past day": "/?per=2026-01-31",
    "parked then, as known then": "/?per=2026-01-31&kjent=da&status=parked",
    "what has changed": "/endringer?fra=2026-01-01",
    "card": "/ideer/1",
    "move": "/ideer/1/flytt",
    "edit": "/ideer/1/rediger",
    "park": "/ideer/1/parker",
    "stop": "/ideer/1/stopp",
    "closed cards": "/ideer?status=parked",
    "companies": "/bedrifter",
    "company": "/bedrifter/1",
    "ideas of a company": "/bedrifter/1/ideer",
    "companies narrowed": "/bedrifter?kontakt=90&inkubator=ja&ideer=1&sorter=lengst-siden",
    "no companies": "/bedrifter?q=finnes+ikke",
    "new company": "/bedrifter/ny",
    "edit a company": "/bedrifter/1/rediger",
    "contacts of a company": "/bedrifter/1/kontakter",
    "applications of a company": "/bedrifter/1/soknader",
    "jobs of a company": "/bedrifter/1/arbeidsplasser",
    "log of a company": "/bedrifter/1/logg",
    "find a duplicate": "/bedrifter/1/sla-sammen?q=as",
    "merge two companies": "/bedrifter/1/sla-sammen?med=2",
    "log a visit": "/besok/logg",
    "visits": "/besok",
    "visits narrowed": "/besok?hvem=organisasjon&type=visit",
    "no visits": "/besok?q=finnes+ikke",
    "visit": "/besok/1",
    "edit a visit": "/besok/1/rediger",
    "idea from a visit": "/besok/1/ide",
    "take a visit back": "/besok/1/trekk-tilbake",
    "visits of a company": "/bedrifter/1/besok",
    "visits that count": "/mal/tall/company_visits",
    "companies visited": "/mal/tall/companies_visited",
    "follow-ups": "/oppfolginger?hvem=alle",
    "reports": "/rapporter",
    "report": "/rapporter/1",
    "rows of a report": "/rapporter/1/aret/ideas_registered",
    "who gets reports": "/rapporter/mottakere",
    "an agreement on reports": "/rapporter/mottakere/1",
    "new agreement on reports": "/rapporter/mottakere/ny",
    "follow-up": "/oppfolginger/1",
    "move a follow-up": "/oppfolginger/1/flytt",
    "hand over a follow-up": "/oppfolginger/1/gi-videre",
    "edit a follow-up": "/oppfolginger/1/rediger",
    "after a follow-up": "/oppfolginger/1/neste",
    "new follow-up": "/oppfolginger/ny",
    "follow-ups of a company": "/bedrifter/1/oppfolginger",
    "calendar and daily mail": "/oppfolginger/kalender",
    "applications": "/soknader",
    "application": "/soknader/1",
    "new application": "/soknader/ny",
    "edit an application": "/soknader/1/rediger",
    "funding schemes": "/virkemidler",
    "new frame": "/virkemidler/1/ramme",
    "frame": "/virkemidler/rammer/1",
    "the incubator": "/inkubator",
    "who has left the incubator": "/inkubator?vis=avsluttet",
    "agreement": "/inkubator/1",
    "phase of an agreement": "/inkubator/1/fase",
    "end of an agreement": "/inkubator/1/avslutt",
    "ledger of jobs": "/arbeidsplasser",
    "jobs to look at again": "/arbeidsplasser?tilstand=expected&sjekk=1",
    "record of jobs": "/arbeidsplasser/1",
    "enter jobs": "/arbeidsplasser/ny",
    "background figures": "/bakgrunnstall",
    "all figures of a series": "/bakgrunnstall/population",
    "enter a figure": "/bakgrunnstall/population/tall",
    "load figures": "/bakgrunnstall/population/last-inn",
    "goals": "/mal",
    "goal": "/mal/4",
    "edit a goal": "/mal/4/rediger",
    "remove a goal": "/mal/4/fjern",
    "programmes": "/programmer",
    "programme": "/programmer/5",
    "new programme": "/programmer/ny",
    "edit a programme": "/programmer/5/rediger",
    "new goal": "/programmer/5/mal/nytt",
    "who claims what": "/mal/tilskriving",
    "who claims a result": "/mal/tilskriving/ide/1",
    "rows": "/mal/tall/ideas_registered",
    "rows narrowed": "/mal/tall/ideas_registered?program=5&organisasjon=1&kjent=2026-01-01",
    "import": "/import",
    "settings": "/oppsett",
    "people": "/oppsett/personer",
    "person": "/oppsett/personer/2",
    "invite a person": "/oppsett/personer/ny",
    "close an account": "/oppsett/personer/2/steng",
    "organisations": "/oppsett/organisasjoner",
    "organisation": "/oppsett/organisasjoner/1",
    "regions": "/oppsett/regioner",
    "region": "/oppsett/regioner/1",
    "stages": "/oppsett/faser",
    "stage": "/oppsett/faser/1",
    "focus areas": "/oppsett/satsingsomrader",
    "mail": "/oppsett/e-post",
    "rules of signing in": "/oppsett/innlogging",
    "small numbers": "/oppsett/sma-tall",
    "how long things are kept": "/oppsett/lagringstid",
    "settings of the API": "/oppsett/api",
    "log of changes": "/oppsett/endringer",
    "privacy": "/personvern",
    "what is held of a person": "/personvern/bruker/2",
    "what is held of a contact": "/personvern/kontakt/1",
    "keys of the API": "/api-nokler",
    "webhooks": "/api-nokler/webhooks",
    "about the API": "/api",
    "search": "/sok?q=bio",
    "filter": "/tavle/filter",
    "save a view": "/tavle/visninger/ny?vis=stille",
    "select cards": "/tavle/velg",
    "move many": "/ideer/mange/flytt?idea=1&idea=2",
    "archive": "/ideer/arkiv",
    "share an idea": "/ideer/1/del",
    "merge two ideas": "/ideer/1/sla-sammen",
    "link two ideas": "/ideer/1/lenker/ny",
    "history of an idea": "/ideer/1/endringer",
    "the meetings": "/mote",
    "own account": "/konto",
    "recovery codes": "/reservekoder",
    "analysis": "/analyse",
    "change password": "/bytt-passord",
    "nothing": NOT_THERE,
}
PARTS = 6  # each is a minute on a machine that has much else to do
MISSING = {"nothing"}
FOR_PARTNERS = (
    "board", "board of a past day", "what has changed", "closed cards", "background figures",
    "goals", "goal", "rows", "programmes", "programme", "who claims what",
)  # fmt: skip
# Of a long list the first rows are read: what the hundredth would say, one like it has said.
SHORTEN_LISTS = """() => {
    for (const list of document.querySelectorAll("tbody, ul, ol")) {
        for (const row of [...list.children].slice(4)) row.remove();
    }
}"""
WIDER_THAN_SCREEN = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@dataclass
class Reader:
    """Somebody who looks at each page on a desk by day and on a phone at night.

    Each page is opened on one of the two and read by axe on the other, in turn, and the colours of
    every third; in a thorough run all is read on both.
    """

    page: Page
    check: Callable[..., None]
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._is_phone = False
        self._with_colours = cycle([True, THOROUGH, THOROUGH])
        self._browser = self.page.context.new_cdp_session(self.page)

    def take_the_other(self) -> None:
        """Turn from the desk to the phone, or back."""
        self._is_phone = not self._is_phone
        # Playwright can change all of a screen but this.
        self._browser.send("Emulation.setTouchEmulationEnabled", {"enabled": self._is_phone})
        self.page.set_viewport_size(PHONE if self._is_phone else DESK["viewport"])
        self.page.emulate_media(color_scheme="dark" if self._is_phone else "light")

    def look(self, name: str, address: str) -> None:
        """Open a page, once for both screens, and gather what is wrong with it."""
        answer = self.page.goto(address)
        # What the page itself asks for once it stands has come.
        expect(self.page.locator(".htmx-request")).to_have_count(0)
        if answer.status != (404 if name in MISSING else 200):
            self.wrong.append(f"{name}: answered {answer.status}")
        self._find_wider(name)
        self.take_the_other()
        self._find_wider(name)
        self.page.evaluate(SHORTEN_LISTS)
        self._find_inaccessible(name)
        if THOROUGH:
            self.take_the_other()
            self._find_inaccessible(name)

    def _find_wider(self, name: str) -> None:
        if self.page.evaluate(WIDER_THAN_SCREEN):
            self._note(name, "wider than the screen")

    def _find_inaccessible(self, name: str) -> None:
        try:
            self.check(self.page, colours=next(self._with_colours))
        except AssertionError as found:
            self._note(name, str(found))

    def _note(self, name: str, what: str) -> None:
        self.wrong.append(f"{name} on a {'phone' if self._is_phone else 'desk'}: {what}")


@pytest.fixture
def reader(open_page, check_accessibility):
    return Reader(open_page(**DESK), check_accessibility)


def test_a_phone_is_taken_for_one(reader):
    """What the pages below are looked at with is what it is called."""
    reader.page.goto("/logg-inn")
    is_phone = "matchMedia('(pointer: coarse) and (hover: none) and (max-width: 360px)').matches"
    is_night = "matchMedia('(prefers-color-scheme: dark)').matches"
    for expected in (True, False):
        reader.take_the_other()
        assert reader.page.evaluate(is_phone) == expected
        assert reader.page.evaluate(is_night) == expected


@pytest.mark.parametrize("part", range(PARTS))
def test_an_administrator_can_read_every_page(reader, part):
    sign_in(reader.page, "admin")
    for name in list(PAGES)[part::PARTS]:
        reader.look(name, PAGES[name])
    assert not reader.wrong, "\n".join(reader.wrong)


def test_a_partner_can_read_what_is_theirs(reader):
    sign_in(reader.page, "partner")
    for name in FOR_PARTNERS:
        reader.look(name, PAGES[name])
    assert not reader.wrong, "\n".join(reader.wrong)


def test_pages_before_the_sign_in_are_accessible(reader):
    for address in ("/logg-inn", "/glemt-passord"):
        reader.look(address, address)
    assert not reader.wrong, "\n".join(reader.wrong)
