"""Narrowing the board: only its cards and counts are drawn anew, and the address follows."""

import re

from playwright.sync_api import expect

from tests.journeys.steps import (
    add_idea,
    card,
    column,
    count,
    drag,
    expect_count,
    on_sqlite,
    open_board,
    open_filter,
    ready,
    toast,
)  # fmt: skip

pytestmark = on_sqlite


def search(page):
    return page.get_by_role("searchbox", name="Søk på tavla")


def test_what_is_typed_narrows_the_board_and_disturbs_nothing(page):
    open_board(page)
    add_idea(page, "Kvist som drivhusvarme", "Skogheim Tre AS")
    page.goto("/")
    ready(page)
    total = count(page, "Idé")
    page.locator("#add-title").fill("Halvskrevet idé")
    page.evaluate("window.isSamePage = true")

    search(page).press_sequentially("drivhus", delay=30)
    expect(column(page, "Idé").locator(".card")).to_have_count(1)
    expect(column(page, "Idé").locator("[data-count]")).to_have_text(f"1 av {total}")
    expect(column(page, "Case").get_by_text("Ingen treff i denne fasen.")).to_be_visible()
    expect(search(page)).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?(region=\d+&)?q=drivhus$"))
    expect(page.locator("#add-title")).to_have_value("Halvskrevet idé")
    assert page.evaluate("window.isSamePage")
    steps = page.evaluate("history.length")

    search(page).fill("")
    expect_count(page, "Idé", total)
    expect(page.get_by_role("link", name="Fjern filteret")).to_have_count(0)
    assert page.evaluate("history.length") == steps

    search(page).fill("drivhus")
    expect(column(page, "Idé").locator(".card")).to_have_count(1)
    page.reload()
    ready(page)
    expect(column(page, "Idé").locator(".card")).to_have_count(1)
    page.get_by_role("link", name="Fjern filteret").click()
    expect_count(page, "Idé", total)


def test_a_card_moves_on_a_board_narrowed_without_a_reload(page):
    open_board(page)
    add_idea(page, "Flis til fjernvarme", "Skogheim Tre AS")
    page.goto("/")
    ready(page)
    total = count(page, "Idé")
    search(page).fill("fjernvarme")
    found = column(page, "Idé").locator("[data-count]")
    expect(found).to_have_text(re.compile(rf"^\d+ av {total}$"))
    shown = int(found.get_attribute("data-count"))

    drag(page, card(page, "Flis til fjernvarme"), column(page, "Case"))
    page.get_by_role("dialog").get_by_label("Problem").fill("Flis brennes uten nytte.")
    page.get_by_role("dialog").get_by_role("button", name="Flytt").click()
    expect(toast(page)).to_contain_text("Flyttet til Case.")
    expect(found).to_have_text(f"{shown - 1} av {total - 1}")
    expect(card(column(page, "Case"), "Flis til fjernvarme")).to_be_visible()


def test_the_search_over_everything_by_keys_alone(page):
    open_board(page)
    add_idea(page, "Fjernvarme av kvistmasse", "Skogheim Tre AS")
    page.goto("/")
    ready(page)
    page.keyboard.press("Control+k")
    field = page.get_by_role("dialog").get_by_role("searchbox", name="Søk i alt")
    expect(field).to_be_focused()
    with page.expect_response("**/sok?q=kvistmass"):
        field.press_sequentially("kvistmass", delay=20)
    expect(page.locator(".htmx-request")).to_have_count(0)
    hit = page.get_by_role("dialog").get_by_role("link", name="Fjernvarme av kvistmasse")
    expect(hit).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(hit).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/ideer/\d+$"))


def test_a_hit_that_is_found_no_more_gives_the_focus_back_to_the_words(page):
    open_board(page)
    for title in ("Kvist til flis", "Fjernvarme av kvistmasse"):
        add_idea(page, title, "Skogheim Tre AS")
    page.goto("/")
    ready(page)
    late = []
    page.route("**/sok?q=kvistmasse", lambda route: late.append(route))  # noqa: PLW0108
    page.keyboard.press("Control+k")
    field = page.get_by_role("dialog").get_by_role("searchbox", name="Søk i alt")
    field.fill("kvist")
    hit = page.get_by_role("dialog").get_by_role("link", name="Kvist til flis")
    expect(hit).to_be_visible()
    with page.expect_request("**/sok?q=kvistmasse"):
        page.keyboard.insert_text("masse")
    hit.focus()
    late[0].continue_()
    expect(hit).to_have_count(0)
    expect(field).to_be_focused()


def test_a_sorted_board_keeps_its_order_and_a_card_goes_to_another_column(page):
    open_board(page)
    for title in ("Aa først", "Åål sist"):
        add_idea(page, title, "Skogheim Tre AS")
    page.goto("/?sorter=tittel")
    ready(page)
    # Of text as it is laid out there is none where a card is not in sight, or not yet drawn anew.
    titles = column(page, "Idé").locator(".card > a:first-child")
    before = titles.all_text_contents()
    drag(page, card(page, before[0]), card(page, before[2]))
    said = "Rekkefølgen kan ikke endres mens tavla er sortert."
    expect(toast(page)).to_contain_text(said)
    assert titles.all_text_contents() == before
    page.get_by_role("link", name="Fjern Sortert: Tittel").click()
    expect(page).not_to_have_url(re.compile("sorter"))


def test_back_takes_back_a_choice(page):
    open_board(page)
    total = count(page, "Idé")
    open_filter(page)
    page.get_by_label("Ansvarlig").select_option(label="Ingen ansvarlig")
    expect(page).to_have_url(re.compile(r"eier=ingen"))
    expect(column(page, "Idé").locator("[data-count]")).to_have_text(re.compile(rf"av {total}$"))
    page.go_back()
    expect_count(page, "Idé", total)
    expect(column(page, "Idé").locator("[data-count]")).not_to_contain_text("av")
    expect(page.locator(".narrowing")).to_have_count(0)
    page.go_forward()
    expect(column(page, "Idé").locator("[data-count]")).to_have_text(re.compile(rf"av {total}$"))
    open_filter(page)
    expect(page.get_by_label("Ansvarlig")).to_have_value("ingen")


def test_another_persons_card_comes_only_where_the_filter_lets_it(page, open_page):
    open_board(page)
    search(page).fill("torvtak")
    expect(column(page, "Idé").locator(".card")).to_have_count(0)

    other = open_page(viewport={"width": 1280, "height": 800})
    open_board(other)
    for title in ("Sagflis i potter", "Rulle med torvtak"):
        other.locator("#add-title").fill(title)
        other.locator("#add-title").press("Enter")
        expect(card(column(other, "Idé"), title)).to_be_visible()
    expect(card(column(page, "Idé"), "Rulle med torvtak")).to_be_visible()
    expect(column(page, "Idé").locator(".card")).to_have_count(1)
