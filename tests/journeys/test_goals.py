"""The page of a goal: its chart is drawn under the strict policy, and its table says the same."""

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import sign_in
from tests.thorough import some

pytestmark = pytest.mark.looks


@pytest.mark.parametrize("scheme", some(["light", "dark"], 1))
def test_a_chart_is_drawn_and_saved(open_page, scheme):
    page = open_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    sign_in(page, "manager")
    page.goto("/mal")
    page.get_by_role("link", name="Ideer fra industrien").first.click()
    expect(page.locator("[data-chart][data-drawn] canvas")).to_be_visible()
    expect(page.get_by_role("heading", name="Veien mot målet")).to_be_visible()
    page.get_by_text("Tallene som tabell").click()
    expect(page.locator(".chart table tbody tr").nth(3)).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="PNG").click()
    assert saved.value.suggested_filename == "Ideer fra industrien.png"


def test_the_big_number_opens_its_rows(open_page):
    page = open_page(viewport={"width": 390, "height": 844})
    sign_in(page, "manager")
    page.goto("/mal/4")
    number = int(page.locator(".goal-lead .big").inner_text())
    page.locator(".goal-lead .big").click()
    expect(page.locator(".big-number b")).to_have_text(str(number))
