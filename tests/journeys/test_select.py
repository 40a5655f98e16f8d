"""Several cards taken and moved at once, by mouse and by keyboard, and put back by one undo."""

import re

from playwright.sync_api import expect

from tests.journeys.steps import column, count, dialog, expect_count, on_sqlite, open_board, toast

pytestmark = on_sqlite


def picked(page):
    return page.locator(".card.is-picked")


def told(page):
    return page.locator("[data-told]")


def send(page):
    dialog(page).locator(".modal-foot").get_by_role("button").click()


def park(page):
    """Park what is taken, and undo it; the cards stand where they stood."""
    before = count(page, "FoU-søknad")
    page.get_by_role("button", name="Parker", exact=True).click()
    expect(dialog(page)).to_be_visible()
    dialog(page).get_by_label("Hvorfor legges de til side?").fill("Venter på kunden")
    send(page)
    expect(toast(page)).to_contain_text("2 kort parkert.")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("#select-bar")).to_be_hidden()
    expect_count(page, "FoU-søknad", before - 2)
    toast(page).get_by_role("button", name="Angre").click()
    expect_count(page, "FoU-søknad", before)


def test_a_range_is_taken_by_mouse_and_parked_and_undone(page):
    open_board(page)
    page.get_by_role("button", name="Velg", exact=True).or_(
        page.get_by_role("link", name="Velg", exact=True)
    ).click()
    cards = column(page, "FoU-søknad").locator(".card")
    title = cards.first.locator("a").first
    title.click()  # takes the card, and does not open it
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(told(page)).to_have_text("1 valgt")
    cards.nth(2).locator("a").first.click(modifiers=["Shift"])
    expect(told(page)).to_have_text("3 valgt")
    cards.nth(2).get_by_role("checkbox").uncheck()
    expect(picked(page)).to_have_count(2)
    park(page)
    column_all = column(page, "FoU-søknad").get_by_role("button", name="Alle i denne kolonnen")
    expect(column_all).to_be_hidden()


def test_cards_are_taken_by_keys_alone_and_esc_leaves(page):
    open_board(page)
    first = column(page, "FoU-søknad").locator(".card").first
    first.locator("a").first.focus()
    page.keyboard.press("x")
    expect(told(page)).to_have_text("1 valgt")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+X")
    expect(told(page)).to_have_text("2 valgt")
    page.get_by_role("button", name="Flytt", exact=True).focus()
    page.keyboard.press("Enter")
    expect(dialog(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(picked(page)).to_have_count(2)  # the dialog alone was left
    expect(page.locator(":focus")).to_have_attribute("data-deed", "flytt")
    park(page)
    first.locator("a").first.focus()
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    expect(page.locator("#select-bar")).to_be_hidden()
    expect(page.locator(".card:focus-within")).to_have_count(1)
    expect(page.locator(".pick")).to_have_count(0)


def test_on_a_phone_all_of_a_column_is_taken_by_a_thumb(page):
    page.set_viewport_size({"width": 390, "height": 780})
    open_board(page)
    number = count(page, "Idé")
    page.locator("[data-select]").click()
    column(page, "Idé").get_by_role("button", name="Alle i denne kolonnen").click()
    expect(told(page)).to_have_text(f"{number} valgt")
    page.get_by_role("button", name="Ansvarlig", exact=True).click()
    expect(dialog(page).get_by_text(f"Ansvarlig for {number} kort")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Avslutt").click()
    expect(page.locator("body")).not_to_have_class(re.compile("is-selecting"))
