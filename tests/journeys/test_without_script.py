"""Without JavaScript everything is links and forms, and works."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import (
    DESK,
    add_idea,
    card,
    column,
    count,
    expect_count,
    on_sqlite,
    open_board,
    sign_in,
)  # fmt: skip

pytestmark = on_sqlite


@pytest.fixture
def page(open_page):
    """Give a page in a browser that runs no script."""
    return open_page(java_script_enabled=False, viewport={"width": 1280, "height": 800})


def test_a_card_is_added_opened_and_moved_by_plain_forms(page):
    sign_in(page)
    ideas, cases = count(page, "Idé"), count(page, "Case")
    page.get_by_label("Ny idé: tittel").fill("Uten skript")
    page.get_by_label("Bedrift", exact=True).fill("Skjema AS")
    page.get_by_role("button", name="Legg til").click()
    expect(card(column(page, "Idé"), "Uten skript")).to_be_visible()
    expect_count(page, "Idé", ideas + 1)

    card(page, "Uten skript").get_by_role("link", name="Uten skript").click()
    expect(page.get_by_role("heading", name="Uten skript", level=1)).to_be_visible()
    page.get_by_role("link", name="Flytt til …").click()
    page.get_by_label("Case", exact=True).check()
    page.get_by_role("button", name="Flytt").click()
    expect(page.get_by_role("heading", name="Flytt til Case")).to_be_visible()
    page.get_by_role("button", name="Flytt").click()
    expect(page.get_by_role("alert")).to_contain_text("Dette trengs her.")
    page.get_by_label(re.compile("^Problemet")).fill("Ikke alle har skript.")
    page.get_by_role("button", name="Flytt").click()
    expect(card(column(page, "Case"), "Uten skript")).to_be_visible()
    expect_count(page, "Idé", ideas)
    expect_count(page, "Case", cases + 1)


def test_a_refused_idea_comes_back_with_a_word_about_it(page):
    sign_in(page)
    page.locator("#add form").evaluate("form => form.noValidate = true")
    page.get_by_label("Bedrift", exact=True).fill("Navnløs AS")
    page.get_by_role("button", name="Legg til").click()
    expect(page.get_by_role("alert")).to_contain_text("Skriv hva ideen heter.")
    expect(page.get_by_label(re.compile("^Bedrift"))).to_have_value("Navnløs AS")


def test_a_filter_and_the_rest_of_a_long_column_are_links(page, open_page):
    sign_in(page)
    for n in range(55):
        add_idea(page, f"Lang kolonne {n}", "Lengden AS")
    page.goto("/")
    page.get_by_role("searchbox").fill("lang kolonne")
    page.get_by_role("searchbox").press("Enter")
    expect(column(page, "Idé").locator("[data-count]")).to_contain_text("55 av")
    page.locator("#filter").click()
    page.get_by_role("link", name="Velg hva som vises").click()
    page.get_by_label("Ikke noe neste steg").check()
    page.get_by_role("button", name="Vis").click()
    expect(page.get_by_role("searchbox")).to_have_value("lang kolonne")
    expect(column(page, "Idé").locator("[data-count]")).to_contain_text("55 av")
    expect(column(page, "Idé").locator(".card")).to_have_count(50)
    column(page, "Idé").get_by_role("link", name="Vis flere").click()
    expect(page.locator(".card")).to_have_count(5)
    expect(card(page, "Lang kolonne 0")).to_be_visible()
    expect(page.get_by_role("link", name="Vis flere")).to_have_count(0)

    with_script = open_board(open_page(viewport=DESK), query="?q=lang+kolonne")
    cards = column(with_script, "Idé").locator(".card")
    expect(cards).to_have_count(50)
    cards.last.scroll_into_view_if_needed()
    expect(cards).to_have_count(55)
    expect(cards.last).to_contain_text("Lang kolonne 0")
    expect(column(with_script, "Idé").get_by_role("link", name="Vis flere")).to_have_count(0)
