"""A passkey in a real browser: made, used alone and after the password, refused, deleted."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from incubator.upkeep.demo import LOGINS
from tests.journeys.conftest import Server
from tests.journeys.steps import on_sqlite, sign_in

pytestmark = on_sqlite
NAME = "Jobbmaskinen"
MANAGER = next(login for login in LOGINS if login.role == "manager")


@pytest.fixture(scope="module")
def server(server: Server) -> Server:
    """Ask for the server by a name: for a bare number there are no passkeys."""
    return replace(server, url=server.url.replace("127.0.0.1", "localhost"))


class Device:
    """What keeps passkeys in the browser, and knows its owner or not."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
            "hasUserVerification": True, "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }  # fmt: skip
        made = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.number = made["authenticatorId"]

    def knows_owner(self, does: bool) -> None:
        given = {"authenticatorId": self.number, "isUserVerified": does}
        self.session.send("WebAuthn.setUserVerified", given)


def sign_out(page: Page) -> None:
    page.get_by_label("Din meny").click()
    page.get_by_role("button", name="Logg ut").click()
    expect(page.get_by_role("heading", name="Logg inn")).to_be_visible()


def by_password(page: Page) -> None:
    page.goto("/logg-inn")
    page.get_by_label("E-post").fill(MANAGER.email)
    page.get_by_label("Passord").fill(MANAGER.password)
    page.get_by_role("button", name="Logg inn").click()


def is_on_board(page: Page) -> None:
    expect(page.get_by_role("link", name="Tavle")).to_have_attribute("aria-current", "page")


def test_a_passkey_from_the_first_to_the_last(page, check_accessibility):
    sign_in(page, "admin", "/oppsett/innlogging")
    page.get_by_label("Leder").check()
    page.get_by_role("button", name="Lagre").click()
    sign_out(page)
    device = Device(page)
    by_password(page)
    expect(page.get_by_role("alert")).to_contain_text("Rollen din krever mer enn et passord")
    page.get_by_role("link", name="Lag passnøkkel").click()
    page.get_by_label("Navn på passnøkkelen").fill(NAME)
    page.get_by_role("button", name="Lag passnøkkel").click()
    expect(page.get_by_role("row", name=NAME)).to_be_visible()
    check_accessibility(page)
    sign_out(page)

    device.knows_owner(False)
    page.get_by_role("button", name="Bruk passnøkkel").click()
    expect(page.get_by_role("alert")).to_contain_text("Ingen passnøkkel ble brukt")
    check_accessibility(page)
    device.knows_owner(True)
    page.get_by_role("button", name="Spør nettleseren på nytt").click()
    is_on_board(page)
    sign_out(page)

    by_password(page)
    expect(page.get_by_text("Passordet er riktig.")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="Logg inn")).to_be_visible()
    by_password(page)
    page.get_by_role("button", name="Bruk passnøkkel").click()
    is_on_board(page)

    page.goto("/passnokler")
    page.get_by_role("button", name=f"Slett {NAME}").click()
    expect(page.locator(".flashes")).to_contain_text("er slettet her")
    sign_out(page)
    page.get_by_role("button", name="Bruk passnøkkel").click()
    expect(page.locator(".flashes")).to_contain_text("ikke kjent her")
    by_password(page)
    expect(page.get_by_role("alert")).to_contain_text("Rollen din krever mer enn et passord")
