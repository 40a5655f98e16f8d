"""The analysis: its charts are drawn and saved, its numbers open, and it works without script."""

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import sign_in
from tests.thorough import some

pytestmark = pytest.mark.looks
PARTS = ("", "/tid", "/alder", "/kull", "/opphav", "/steder")


@pytest.mark.parametrize("scheme", some(["light", "dark"], 0))
def test_every_chart_is_drawn(open_page, check_accessibility, scheme):
    page = open_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    sign_in(page, "manager")
    for part in some(PARTS, 2, of=3):
        page.goto(f"/analyse{part}")
        charts = page.locator("[data-chart]")
        assert charts.count() >= 1
        for nth in range(charts.count()):
            charts.nth(nth).scroll_into_view_if_needed()
            expect(page.locator("[data-chart][data-drawn]").nth(nth)).to_be_visible()
        check_accessibility(page)


def test_a_chart_is_saved_and_a_number_opens_its_list(open_page):
    page = open_page(viewport={"width": 1280, "height": 900})
    sign_in(page, "manager")
    page.goto("/analyse/alder")
    expect(page.locator("[data-chart][data-drawn] canvas")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="SVG").click()
    assert saved.value.suggested_filename == "Alder.svg"
    with page.expect_download() as saved:
        page.get_by_role("link", name="CSV").click()
    assert saved.value.suggested_filename.endswith(".csv")
    number = page.locator("td.num a").first
    said = number.inner_text()
    number.click()
    expect(page.locator(".big-number b")).to_have_text(said)
    expect(page.locator("tbody tr")).to_have_count(int(said))


def test_without_script_place_and_period_are_chosen_and_the_table_says_all(open_page):
    page = open_page(java_script_enabled=False, viewport={"width": 390, "height": 844})
    sign_in(page, "manager")
    page.goto("/analyse")
    page.get_by_text("Velg sted og periode").click()
    page.get_by_label("Fra og med").fill("2026-01-01")
    page.get_by_role("button", name="Vis").click()
    assert "fra=2026-01-01" in page.url
    expect(page.locator("tbody tr").first).to_be_visible()
    expect(page.locator("[data-chart]").first).to_be_hidden()
