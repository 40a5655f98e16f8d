"""A phone by real touches: fingers that swipe, press long and tap, as the browser gets them."""

import re

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
    toast,
)  # fmt: skip
from tests.journeys.test_phone import check_screen, phone, tab, width_of  # noqa: F401

pytestmark = on_sqlite
# The board and the page have stood at the same place for a tenth of a second.
AT_REST = """async () => {
    const place = () => `${scrollY} ${document.getElementById("board")?.scrollLeft}`;
    let last = "", same = 0;
    while (same < 6) {
        await new Promise((done) => requestAnimationFrame(done));
        const now = place();
        same = now === last ? same + 1 : 0;
        last = now;
    }
}"""


class Finger:
    """Touches the screen where the browser itself takes it, and not by way of the page."""

    def __init__(self, page):
        self._page = page
        self._session = page.context.new_cdp_session(page)

    def _send(self, kind, *points):
        where = [{"x": x, "y": y} for x, y in points]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

    def tap(self, what):
        what.scroll_into_view_if_needed()
        self.rest()
        box = what.bounding_box()
        point = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self._send("touchStart", point)
        self._send("touchEnd")

    def swipe(self, start, end, steps=12):
        """Draw a finger from one point to another, and lift it there."""
        self._send("touchStart", start)
        for step in range(1, steps + 1):
            part = step / steps
            at = tuple(a + (b - a) * part for a, b in zip(start, end, strict=True))
            self._send("touchMove", at)
            self._page.wait_for_timeout(16)
        self._send("touchEnd")
        self.rest()

    def rest(self):
        """Wait until nothing glides: a finger put down before stops it where it is."""
        self._page.evaluate(AT_REST)


def test_fingers_swipe_move_add_and_filter(phone):  # noqa: F811
    title = f"Under tommelen {width_of(phone)}"
    open_board(phone)
    add_idea(phone, title, "Fingeren AS")
    phone.goto("/")
    ready(phone)
    finger, width = Finger(phone), width_of(phone)
    ideas, cases = count(phone, "Idé"), count(phone, "Case")

    # Sideways from column to column, and one column at a time.
    for stage in ("Case", "Inkubatorbedrift"):
        finger.swipe((width - 40, 500), (40, 505))
        expect(column(phone, stage)).to_be_in_viewport(ratio=0.9)
        expect(tab(phone, stage)).to_have_attribute("aria-current", "true")
    for stage in ("Case", "Idé"):
        finger.swipe((40, 500), (width - 40, 505))
        expect(column(phone, stage)).to_be_in_viewport(ratio=0.9)
        expect(tab(phone, stage)).to_have_attribute("aria-current", "true")

    # Up and down scrolls the cards; a finger that rests on a card and moves takes it nowhere.
    body = column(phone, "Idé").locator(".col-body, .cards").first
    order = column(phone, "Idé").locator(".card > a:first-child").all_text_contents()
    finger.swipe((width / 2, 600), (width / 2, 250))
    scrolled = "() => scrollY + [...document.querySelectorAll('.col-body')][0].scrollTop"
    phone.wait_for_function(f"({scrolled})() > 100")
    assert column(phone, "Idé").locator(".card > a:first-child").all_text_contents() == order
    expect(body).to_be_attached()
    expect(phone.locator("dialog[open]")).to_have_count(0)

    # The sheet for moving, and undo.
    finger.tap(card(phone, title).get_by_role("link", name="Flytt"))
    expect(dialog(phone).get_by_role("heading", name="Flytt til …")).to_be_visible()
    check_screen(phone)
    finger.tap(dialog(phone).get_by_text("Case", exact=True))
    expect(dialog(phone).get_by_label("Case", exact=True)).to_be_checked()
    finger.tap(dialog(phone).get_by_role("button", name="Flytt"))
    expect(dialog(phone).get_by_role("heading", name="Flytt til Case")).to_be_visible()
    answer(phone, Problemet="Det glapp.")
    expect(tab(phone, "Case")).to_have_text(f"Case{cases + 1}")
    finger.tap(toast(phone).get_by_role("button", name="Angre"))
    expect(toast(phone)).to_contain_text("Angret.")
    expect_count(phone, "Idé", ideas)

    # Quick add from another column, by the button at the thumb.
    finger.tap(tab(phone, "Case"))
    expect(column(phone, "Case")).to_be_in_viewport(ratio=0.9)
    finger.tap(phone.get_by_role("link", name="Ny idé").last)
    field = phone.get_by_label("Ny idé: tittel")
    expect(field).to_be_focused()
    phone.keyboard.insert_text(f"Rask {width}")
    finger.tap(phone.get_by_role("button", name="Legg til"))
    expect(card(phone, f"Rask {width}")).to_be_visible()
    expect(tab(phone, "Idé")).to_have_text(f"Idé{ideas + 1}")

    # The filters fold out, and narrow what the tabs count.
    finger.tap(phone.locator(".filters summary").first)
    expect(phone.get_by_role("group", name="Hvilke kort")).to_be_visible()
    check_screen(phone)
    phone.get_by_role("searchbox", name="Søk på tavla").fill(f"Rask {width}")
    expect(column(phone, "Idé").locator("[data-count]")).to_have_text(re.compile("^1 av "))
    expect(tab(phone, "Idé")).to_have_text("Idé1")

    # The meeting is held by thumb too.
    phone.goto("/mote")
    begin = phone.get_by_role("button", name="Begynn møtet")
    finger.tap(begin if begin.count() else phone.get_by_role("link", name="Fortsett møtet"))
    expect(phone.locator("#meet-title")).to_be_visible()
    check_screen(phone)
    before = phone.url
    finger.tap(phone.get_by_role("button", name="Neste sak"))
    expect(phone).not_to_have_url(before)
