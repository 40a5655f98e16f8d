"""An empty installation: the first visitor makes the administrator, a region and a person."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Server, copy_of
from tools.server import run_server

PASSWORD = "en lang nok setning"


@pytest.fixture(scope="module")
def server(kind, tmp_path_factory, request):
    """Run the production server on a database that nobody has used."""
    folder = tmp_path_factory.mktemp(f"empty-{kind}")
    with copy_of(None, kind, folder, request) as address, run_server(folder, address) as url:
        yield Server(url, address, folder)


def test_the_first_visitor_sets_it_up_and_the_second_signs_in(page, open_page, check_accessibility):
    page.goto("/")
    expect(page).to_have_url(re.compile("/kom-i-gang$"))
    check_accessibility(page)
    page.fill("[name=name]", "Astrid Admin")
    page.fill("[name=email]", "astrid@example.no")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Opprett administratoren").click()

    expect(page).to_have_url(re.compile("/oppsett$"))
    check_accessibility(page)
    page.get_by_role("link", name="Opprett den første regionen").click()
    page.fill("[name=name]", "Elverumregionen")
    page.fill("[name=municipalities]", "3420, 3419, 3422")
    page.get_by_role("button", name="Opprett regionen").click()
    expect(page.get_by_role("row", name="Elverumregionen")).to_contain_text("Våler")

    page.goto("/oppsett")
    page.get_by_role("link", name="Inviter en person").click()
    check_accessibility(page)
    page.fill("[name=name]", "Ola Utvikler")
    page.fill("[name=email]", "ola@example.no")
    page.get_by_role("button", name="Send invitasjonen").click()
    check_accessibility(page)
    link = page.locator("code").inner_text()

    other = open_page()
    other.goto(link)
    check_accessibility(other)
    other.fill("[name=password]", PASSWORD)
    other.fill("[name=again]", PASSWORD)
    other.keyboard.press("Enter")
    expect(other.get_by_role("heading", name="Case")).to_be_visible()
    check_accessibility(other)
