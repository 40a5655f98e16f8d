"""The same working day on a phone: one column per screen, thumbs, no dragging."""

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import (
    add_idea,
    answer,
    card,
    column,
    count,
    dialog,
    expect_count,
    on_sqlite,
    open_board,
    ready,
    sign_in,
    toast,
)  # fmt: skip
from tests.thorough import THOROUGH

pytestmark = on_sqlite
STAGES = ("Idé", "Case", "Inkubatorbedrift", "FoU-søknad", "Kommersialisering")
# A thumb needs 44 px. Links within a sentence are let off, as the guidelines do; the title of a
# card answers wherever the card is touched, and a choice wherever its label is.
TOO_SMALL = """() => {
    const area = (one) => one.closest(".search")
        ?? (one.matches("[type=checkbox], [type=radio]") ? one.closest("label") : null)
        ?? (one.matches(".card > a:first-child") ? one.parentElement : one);
    const isSeen = (one) => {
        const box = one.getBoundingClientRect();
        if (!box.width || box.bottom <= 0 || box.top >= innerHeight) return false;
        if (box.right <= 0 || box.left >= innerWidth) return false;
        return one.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    };
    const top = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
    return [...top.querySelectorAll("a[href], button, input, select, textarea, summary")]
        .filter((one) => isSeen(one) && one.type !== "hidden" && !one.matches(".skip"))
        .filter((one) => !one.closest("p, dd, li:not(.card), td, .sub") || one.matches("button"))
        .map((one) => [one, area(one).getBoundingClientRect()])
        .filter(([, box]) => Math.round(box.height) < 44 || Math.round(box.width) < 44)
        .map(([one, box]) => `${one.outerHTML.slice(0, 120)} ${box.width}x${box.height}`);
}"""


@pytest.fixture(params=[390, 360] if THOROUGH else [390])
def phone(request, open_page):
    """Give a page on a phone of each width."""
    size = {"width": request.param, "height": 844}
    return open_page(viewport=size, has_touch=True, is_mobile=True)


def check_screen(page):
    """Fail where the page can be pushed sideways, or where a thumb would miss."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    assert page.evaluate(TOO_SMALL) == []


def width_of(page):
    """Say how wide the phone is, for what must differ between the two."""
    return page.viewport_size["width"]


def tab(page, stage):
    """Find the tab of a stage."""
    return page.get_by_role("navigation", name="Faser").get_by_role("link", name=stage)


def test_a_card_is_moved_by_thumb(phone):
    new = f"Lagt til på {width_of(phone)}"
    open_board(phone)
    check_screen(phone)
    for stage in STAGES:
        expect(tab(phone, stage)).to_have_text(f"{stage}{count(phone, stage)}")
    expect(column(phone, "Idé")).to_be_in_viewport(ratio=0.9)
    expect(column(phone, "Case")).not_to_be_in_viewport(ratio=0.2)
    assert phone.evaluate("!('Sortable' in window)")
    ideas, cases = count(phone, "Idé"), count(phone, "Case")

    phone.get_by_role("link", name="Ny idé").last.tap()
    title = phone.get_by_label("Ny idé: tittel")
    expect(title).to_be_focused()
    title.fill(new)
    check_screen(phone)
    phone.get_by_label("Bedrift", exact=True).fill("Farten AS")
    phone.get_by_role("button", name="Legg til").tap()
    expect(card(phone, new)).to_be_visible()
    expect(tab(phone, "Idé")).to_have_text(f"Idé{ideas + 1}")

    card(phone, new).get_by_role("link", name="Flytt").tap()
    sheet = dialog(phone)
    expect(sheet.get_by_role("heading", name="Flytt til …")).to_be_visible()
    check_screen(phone)
    phone.wait_for_function(
        """() => {
            const box = document.querySelector("dialog[open]").getBoundingClientRect();
            return Math.abs(box.bottom - innerHeight) < 2 && Math.abs(box.width - innerWidth) < 2;
        }"""
    )
    sheet.get_by_text("Case", exact=True).tap()
    sheet.get_by_role("button", name="Flytt").tap()
    expect(sheet.get_by_role("heading", name="Flytt til Case")).to_be_visible()
    check_screen(phone)
    answer(phone, Problemet="Det haster.")
    expect(toast(phone)).to_contain_text("Flyttet til Case.")
    expect(tab(phone, "Case")).to_have_text(f"Case{cases + 1}")
    check_screen(phone)
    toast(phone).get_by_role("button", name="Angre").tap()
    expect(toast(phone)).to_contain_text("Angret.")
    expect(tab(phone, "Case")).to_have_text(f"Case{cases}")
    expect_count(phone, "Idé", ideas + 1)

    tab(phone, "FoU-søknad").tap()
    expect(column(phone, "FoU-søknad")).to_be_in_viewport(ratio=0.9)
    expect(tab(phone, "FoU-søknad")).to_have_attribute("aria-current", "true")
    check_screen(phone)


def test_a_long_word_fits_a_narrow_screen(phone):
    title = f"Enordsomerlangtnokttilåskyveskjermentilsidehvisingendelerdet{width_of(phone)}"
    open_board(phone)
    address = add_idea(phone, title, "X AS")
    for path in ("/", address, f"{address}/flytt", f"{address}/rediger"):
        phone.goto(path)
        expect(phone.locator("h1").first).to_be_attached()
        check_screen(phone)
    phone.goto("/")
    ready(phone)
    card(phone, title).tap(position={"x": 40, "y": 20})
    expect(dialog(phone).get_by_role("heading", level=1)).to_be_visible()
    check_screen(phone)


def test_the_sign_in_fits_a_narrow_screen(phone):
    phone.goto("/")
    expect(phone.get_by_role("button", name="Logg inn")).to_be_visible()
    check_screen(phone)
    sign_in(phone, "manager")
