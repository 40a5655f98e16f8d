"""The same working day with the keyboard alone; whoever cannot see never loses their place."""

import re

from playwright.sync_api import expect

from incubator.upkeep.demo import LOGINS
from tests.journeys.steps import (
    CLOSES_LATE,
    add_idea,
    card,
    column,
    count,
    dialog,
    expect_count,
    loaded,
    on_sqlite,
    ready,
    toast,
)  # fmt: skip

pytestmark = on_sqlite
TITLE = "Styrt fra tastaturet"
PLACE = """() => {
    const here = document.activeElement;
    return here && here !== document.body && here.isConnected;
}"""


def press(page, *keys):
    """Press keys one after the other; the focus has a place after each."""
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_function(PLACE)


LIES_BEFORE = """(one) => Boolean(
    document.activeElement.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING
)"""


def press_until(page, key, what, times=15):
    """Press a key until the focus stands on something."""
    for _ in range(times):
        if what.evaluate_all("found => found.includes(document.activeElement)"):
            return
        press(page, key)
    expect(what).to_be_focused()


def sign_in_by_keys(page):
    """Sign in without a mouse."""
    login = next(login for login in LOGINS if login.role == "developer")
    page.goto("/")
    expect(page.get_by_label("E-post")).to_be_focused()
    page.keyboard.type(login.email)
    press(page, "Tab")
    page.keyboard.type(login.password)
    page.keyboard.press("Enter")
    ready(page)


def test_a_card_is_moved_through_its_gate_and_back(page):
    sign_in_by_keys(page)
    ideas, cases = count(page, "Idé"), count(page, "Case")

    press(page, "n")
    page.keyboard.type(TITLE)
    press(page, "Tab")
    page.keyboard.type("Tast AS")
    press(page, "Enter")
    expect_count(page, "Idé", ideas + 1)
    title = page.get_by_label("Ny idé: tittel")
    expect(title).to_be_focused()
    page.keyboard.type("nm/?")
    expect(title).to_have_value("nm/?")
    title.fill("")
    press(page, "Escape")
    link = card(page, TITLE).get_by_role("link", name=TITLE)
    expect(link).to_be_focused()

    press(page, "m")
    box = dialog(page)
    expect(box.get_by_role("heading", name="Flytt til …")).to_be_focused()
    press_until(page, "Tab", box.get_by_role("radio"))
    press(page, "Space")
    expect(box.get_by_label("Case", exact=True)).to_be_checked()
    press(page, "Enter")
    problem = dialog(page).get_by_label(re.compile("^Problemet"))
    expect(problem).to_be_focused()
    press_until(page, "Tab", dialog(page).get_by_role("button", name="Flytt"))
    press(page, "Enter")
    expect(dialog(page).get_by_role("alert")).to_be_focused()
    press_until(page, "Tab", dialog(page).get_by_role("alert").get_by_role("link"))
    press(page, "Enter")
    expect(problem).to_be_focused()
    page.keyboard.type("Musa er borte.")
    press_until(page, "Tab", dialog(page).get_by_role("button", name="Flytt"))
    press(page, "Enter")
    expect(toast(page)).to_contain_text("Flyttet til Case.")
    expect(card(column(page, "Case"), TITLE)).to_be_visible()
    expect(link).to_be_focused()
    expect_count(page, "Case", cases + 1)

    press(page, "Control+z")
    expect(toast(page)).to_contain_text("Angret.")
    expect(card(column(page, "Idé"), TITLE)).to_be_visible()
    expect(link).to_be_focused()
    expect_count(page, "Idé", ideas + 1)
    expect_count(page, "Case", cases)


def test_cards_are_walked_opened_and_put_in_order(page):
    sign_in_by_keys(page)
    add_idea(page, "Nummer to")
    add_idea(page, "Nummer en")
    page.reload()
    ready(page)
    page.keyboard.press("ArrowDown")
    first = card(page, "Nummer en").get_by_role("link", name="Nummer en")
    expect(first).to_be_focused()
    press(page, "ArrowDown")
    expect(card(page, "Nummer to").get_by_role("link", name="Nummer to")).to_be_focused()
    press(page, "ArrowRight")
    expect(column(page, "Case").locator(".card").nth(1).locator("> a").first).to_be_focused()
    press(page, "ArrowLeft", "ArrowUp")
    expect(first).to_be_focused()

    press(page, "Enter")
    expect(dialog(page).get_by_role("heading", name="Nummer en")).to_be_focused()
    press(page, "Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(first).to_be_focused()

    press(page, "Alt+ArrowDown")
    expect(toast(page)).to_contain_text("Flyttet.")
    order = column(page, "Idé").locator(".card > a:first-child")
    expect(order.nth(0)).to_have_text("Nummer to")
    expect(first).to_be_focused()

    press(page, "?")
    expect(dialog(page).get_by_role("heading", name="Hurtigtaster")).to_be_focused()
    press(page, "Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(first).to_be_focused()

    press(page, "/")
    search = page.get_by_role("searchbox", name="Søk på tavla")
    expect(search).to_be_focused()
    page.keyboard.type("Nummer to")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=Nummer"))
    expect(column(page, "Idé").locator(".card")).to_have_count(1)
    press(page, "/", "Escape")
    press(page, "ArrowDown")


def to_button(page, name, role="button"):
    """Walk by Tab to a button of the dialog on top, and press it."""
    button = dialog(page).get_by_role(role, name=name, exact=True)
    for _ in range(60):
        if button.evaluate("one => one === document.activeElement"):
            break
        # Not every browser comes round to the first stop after the last, and what was done before
        # may give the focus its place only now: at each step, which way?
        press(page, "Shift+Tab" if button.evaluate(LIES_BEFORE) else "Tab")
    expect(button).to_be_focused()
    press(page, "Enter")


def live(page, text):
    """Expect a text where it is read aloud."""
    expect(page.locator("[role='status']").filter(has_text=text).first).to_be_visible()


def test_all_that_is_done_with_a_card_is_done_by_keys(page):
    sign_in_by_keys(page)
    press(page, "n")
    page.keyboard.type("Bare taster")
    press(page, "Enter")
    live(page, "Lagt til.")
    press(page, "Escape", "Enter")
    heading = dialog(page).get_by_role("heading", level=1)
    expect(heading).to_be_focused()

    to_button(page, "Rediger", "link")
    expect(dialog(page).get_by_role("heading", name="Rediger ideen")).to_be_focused()
    press_until(page, "Tab", dialog(page).get_by_label("Tittel"))
    page.keyboard.press("Control+a")
    page.keyboard.type("Bare tastene")
    press(page, "Enter")
    live(page, "Lagret.")
    expect(heading).to_have_text("Bare tastene")
    expect(dialog(page).get_by_role("link", name="Rediger", exact=True)).to_be_focused()

    press_until(page, "Tab", dialog(page).get_by_label("Hva som skal gjøres"), times=60)
    page.keyboard.type("Ring kunden")
    press(page, "Enter")
    live(page, "Neste steg er lagret.")
    expect(dialog(page).get_by_text("Ring kunden").first).to_be_visible()
    to_button(page, "Utført")
    live(page, "Utført.")
    press_until(page, "Tab", toast(page).get_by_role("button", name="Angre"), times=90)
    press(page, "Enter")
    live(page, "Angret.")

    for verb, label, said in (
        ("Parker", "Hvorfor", "Parkert."),
        ("Gjenåpne", "Hvorfor", "Gjenåpnet."),
        ("Stopp", "Hvorfor", "Stoppet."),
    ):
        to_button(page, verb, "link")
        to_button(page, verb)  # without a reason it is refused
        expect(dialog(page).get_by_role("alert")).to_be_focused()
        press_until(page, "Tab", dialog(page).get_by_role("alert").get_by_role("link"))
        press(page, "Enter")
        expect(dialog(page).get_by_label(re.compile(f"^{label}"))).to_be_focused()
        page.keyboard.type("Fordi.")
        to_button(page, verb)
        live(page, said)
    press(page, "Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("#board .card > a:focus")).to_have_count(1)
    press(page, "Control+z")
    live(page, "Angret.")
    expect(card(page, "Bare tastene")).to_be_visible()


def test_the_filter_the_keys_and_the_meeting_need_no_mouse(page):
    sign_in_by_keys(page)
    add_idea(page, "Talt opp på møtet")
    page.reload()
    ready(page)
    page.keyboard.press("ArrowDown")
    press(page, "?")
    for words in ("Ny idé", "Flytt kortet til en annen fase", "Søk i alt"):
        expect(dialog(page)).to_contain_text(words)
    press(page, "Escape", "x")
    expect(page.locator(".card[aria-selected='true'], .card:has(.pick:checked)")).to_have_count(1)
    press(page, "Escape")

    page.goto("/mote")
    press_until(page, "Tab", page.get_by_role("button", name="Begynn møtet"), times=120)
    page.keyboard.press("Enter")
    title = page.locator("#meet-title")
    expect(title).to_be_visible()
    loaded(page)
    page.keyboard.press("ArrowRight")
    expect(title).to_be_focused()
    press(page, "?")
    expect(dialog(page)).to_contain_text("Fra sak til sak")
    expect(dialog(page)).not_to_contain_text("Ny idé")
    press(page, "Escape")
    expect(title).to_be_focused()
    press(page, "u")
    live(page, "Ingen endring.")
    expect(title).to_be_focused()
    press(page, "ArrowLeft")
    expect(page.get_by_role("region", name="Bestemt")).to_contain_text("Ingen endring")
    press(page, "Control+z")
    live(page, "Angret.")
    expect(page.get_by_role("region", name="Bestemt")).to_contain_text("Ingenting ennå.")
    expect(title).to_be_focused()
    press(page, "n")
    expect(page.get_by_label("Notat til referatet")).to_be_focused()
    page.keyboard.type("u er ingen snarvei her")
    press(page, "Control+Enter")
    live(page, "Notatet er lagret.")
    expect(page.get_by_label("Notat til referatet")).to_be_focused()
    press(page, "Escape", "e")
    expect(dialog(page).get_by_label("Ansvarlig")).to_be_focused()
    press(page, "Escape")
    expect(title).to_be_focused()


# A browser that has much to do says late that a box is closed.
def test_the_focus_comes_back_to_the_opener_also_when_a_box_says_late_that_it_closed(page):
    sign_in_by_keys(page)
    page.evaluate(CLOSES_LATE)
    page.locator(".card a").first.focus()
    press(page, "Enter")
    expect(dialog(page).get_by_role("heading", level=1)).to_be_focused()
    to_button(page, "Rediger", "link")
    expect(dialog(page).get_by_role("heading", name="Rediger ideen")).to_be_focused()
    press_until(page, "Tab", dialog(page).get_by_label("Tittel"))
    page.keyboard.type(" 2")
    press(page, "Enter")
    live(page, "Lagret.")
    expect(dialog(page).get_by_role("link", name="Rediger", exact=True)).to_be_focused()
