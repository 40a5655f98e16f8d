"""Moves that are cancelled, go back, are pressed twice, or meet a lost connection."""

import re

from playwright.sync_api import expect

from tests.journeys.steps import (
    add_idea,
    answer,
    card,
    column,
    count,
    dialog,
    drag,
    expect_count,
    move_by_dialog,
    on_sqlite,
    open_board,
    ready,
    toast,
)  # fmt: skip

pytestmark = on_sqlite
PROBLEM = "Avkapp brennes, og varmen går tapt."


# A busy browser begins a drag only a while after the card was taken.
BEGINS_LATE = """() => {
    const soon = window.setTimeout;
    window.setTimeout = (act, wait = 0, ...more) => soon(act, wait + 100, ...more);
}"""


def open_with(page, title, company="Skogheim Tre AS"):
    """Open the board with a new idea on top of its first column."""
    open_board(page)
    address = add_idea(page, title, company)
    page.goto("/")
    ready(page)
    return address


def test_a_cancelled_gate_puts_the_card_back(page):
    open_with(page, "Benk av avkapp")
    ideas, cases = count(page, "Idé"), count(page, "Case")
    second = column(page, "Idé").locator(".card").nth(1)
    after = second.get_attribute("id")

    drag(page, card(page, "Benk av avkapp"), column(page, "Case"))
    dialog(page).get_by_role("link", name="Avbryt").click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(card(column(page, "Idé"), "Benk av avkapp")).to_be_visible()
    expect(second).to_have_id(after)
    expect_count(page, "Idé", ideas)
    expect_count(page, "Case", cases)

    drag(page, card(page, "Benk av avkapp"), column(page, "Case"))
    expect(dialog(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(card(column(page, "Idé"), "Benk av avkapp")).to_be_visible()
    expect(second).to_have_id(after)


def test_a_move_backward_asks_for_the_reason(page):
    address = open_with(page, "Spon som strø")
    ideas = count(page, "Idé")
    move_by_dialog(page, card(page, "Spon som strø"), "Case")
    answer(page, Problemet=PROBLEM)
    expect_count(page, "Idé", ideas - 1)

    drag(page, card(page, "Spon som strø"), column(page, "Idé"))
    expect(dialog(page).get_by_label("Hvorfor går den tilbake?")).to_be_focused()
    answer(page)
    expect(dialog(page).get_by_role("alert")).to_contain_text("Skriv hvorfor")
    answer(page, Hvorfor="Kunden trakk seg.")
    expect(card(column(page, "Idé"), "Spon som strø")).to_be_visible()
    expect_count(page, "Idé", ideas)

    page.goto(address)
    history = page.get_by_role("region", name=re.compile("skjedd"))
    expect(history).to_contain_text("Kunden trakk seg.")


def test_two_clicks_on_the_button_move_once(page):
    address = open_with(page, "Flis til fjernvarme")
    ideas, cases = count(page, "Idé"), count(page, "Case")
    move_by_dialog(page, card(page, "Flis til fjernvarme"), "Case")
    dialog(page).get_by_label(re.compile("^Problemet")).fill(PROBLEM)
    dialog(page).get_by_role("button", name="Flytt").dblclick()
    expect(toast(page)).to_contain_text("Flyttet til Case.")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect_count(page, "Idé", ideas - 1)
    expect_count(page, "Case", cases + 1)

    page.goto(address)
    entered = page.locator("#idea .timeline .what").filter(has_text="Case")
    expect(entered).to_have_count(1)


def test_cards_are_put_in_order_within_a_column(page):
    open_with(page, "Nederst av to")
    add_idea(page, "Øverst av to")
    page.reload()
    ready(page)
    cards = column(page, "Idé").locator(".card > a:first-child")
    expect(cards.first).to_have_text("Øverst av to")
    drag(page, card(page, "Nederst av to"), column(page, "Idé"))
    expect(toast(page)).to_contain_text("Flyttet.")
    expect(cards.nth(0)).to_have_text("Nederst av to")
    page.reload()
    expect(cards.nth(0)).to_have_text("Nederst av to")
    expect(cards.nth(1)).to_have_text("Øverst av to")


def test_a_card_dragged_in_one_quick_motion_lands_where_it_was_dropped(page):
    open_with(page, "Rykk og napp")
    moved = card(page, "Rykk og napp")
    cards = column(page, "Idé").locator(".card > a:first-child")
    moved.drag_to(column(page, "Idé").locator(".card").nth(2))
    expect(toast(page)).to_contain_text("Flyttet.")
    expect(cards.nth(2)).to_have_text("Rykk og napp")

    page.evaluate(BEGINS_LATE)
    moved.drag_to(column(page, "Case").locator(".cards"), target_position={"x": 80, "y": 20})
    expect(dialog(page).get_by_role("heading", name="Flytt til Case")).to_be_visible()
    page.keyboard.press("Escape")
    expect(cards.nth(2)).to_have_text("Rykk og napp")


def test_without_contact_nothing_is_lost_and_work_goes_on_afterwards(page):
    # Who asks for less motion: the form that a press closes gives way as late as for all others.
    page.emulate_media(reduced_motion="reduce")
    open_with(page, "Trykkimpregnert uten gift")
    ideas, cases = count(page, "Idé"), count(page, "Case")
    page.context.set_offline(True)
    expect(page.get_by_text("Ingen kontakt med tjeneren.")).to_be_visible()

    title = page.get_by_label("Ny idé: tittel")
    title.fill("Skrevet uten dekning")
    title.press("Enter")
    expect(toast(page)).to_contain_text("Ikke lagret ennå.")
    expect(title).to_have_value("Skrevet uten dekning")
    drag(page, card(page, "Trykkimpregnert uten gift"), column(page, "Case"))
    expect(card(column(page, "Idé"), "Trykkimpregnert uten gift")).to_be_visible()
    expect_count(page, "Case", cases)

    page.context.set_offline(False)
    expect(page.get_by_text("Ingen kontakt med tjeneren.")).to_be_hidden()
    expect(card(column(page, "Idé"), "Skrevet uten dekning")).to_be_visible()
    expect_count(page, "Idé", ideas + 1)
    drag(page, card(page, "Trykkimpregnert uten gift"), column(page, "Case"))
    answer(page, Problemet=PROBLEM)
    expect(card(column(page, "Case"), "Trykkimpregnert uten gift")).to_be_visible()
