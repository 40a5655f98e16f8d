"""The steps that journeys are made of, in the words of whoever looks at the screen."""

import json
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from incubator.upkeep.demo import LOGINS
from tests import programs
from tests.journeys.conftest import FRESH, Server

# Patience on a machine that has much else to do; nothing waits longer than it must.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)

# For journeys in which the kind of database makes no difference.
on_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True, scope="session")

DATA = Path(__file__).parents[1] / "data"
PASSWORD = "en lang nok setning"
DESK = {"width": 1440, "height": 900}

# A busy browser says only after a while that a box was closed; here always.
CLOSES_LATE = """document.addEventListener("close", (event) => {
    if (!event.isTrusted) return;
    event.stopImmediatePropagation();
    setTimeout(() => event.target.dispatchEvent(new Event("close")), 200);
}, true)"""


def sign_in(page: Page, role: str = "developer", path: str = "/") -> Page:
    """Sign in as one of the demo's people, and open a page."""
    login = next(login for login in LOGINS if login.role == role)
    return sign_in_as(page, login.email, login.password, path)


def sign_in_as(page: Page, email: str, password: str, path: str = "/") -> Page:
    """Sign in, and open a page. A fresh browser may come with what an earlier one was given."""
    known, menu = FRESH.pop(page.context, {}), page.get_by_role("navigation", name="Hovedmeny")
    page.context.add_cookies(known.get(email, []))
    page.goto(path)
    if email in known and menu.is_visible():
        return page
    page.get_by_label("E-post").fill(email)
    page.get_by_label("Passord").fill(password)
    page.get_by_role("button", name="Logg inn").click()
    expect(menu).to_be_visible()
    known[email] = page.context.cookies()
    return page


def open_board(page: Page, role: str = "developer", query: str = "") -> Page:
    """Sign in and wait until the board can be used."""
    sign_in(page, role, f"/{query}")
    ready(page)
    return page


def open_filter(page: Page) -> None:
    """Open the menu of what the board is narrowed to."""
    page.locator("#filter").click()
    expect(page.locator("#filter-box form")).to_be_visible()


def ready(page: Page) -> None:
    """Wait until the board's scripts have run: the goals are there."""
    expect(page.locator("#strip").get_by_role("link").first).to_be_visible()
    expect(page.locator("#strip .strip-wait")).to_have_count(0)


def loaded(page: Page) -> None:
    """Wait until the scripts of a page that a form led to have run: a key before that is lost."""
    page.wait_for_load_state("domcontentloaded")


def open_menu(page: Page, name: str) -> None:
    """Follow an entry of the menu, behind "Mer" where there is no room for it."""
    more = page.locator(".nav-more > summary")
    if more.is_visible():
        more.click()
    menu = page.get_by_role("navigation", name="Hovedmeny")
    menu.get_by_role("link", name=name).locator("visible=true").click()


def column(page: Page, stage: str) -> Locator:
    """Find a column by the name of its stage."""
    return page.get_by_role("region", name=stage, exact=True)


def card(where: Page | Locator, title: str) -> Locator:
    """Find a card by its title."""
    return where.locator(f".card:has(> a:text-is({json.dumps(title, ensure_ascii=False)}))")


def count(page: Page, stage: str) -> int:
    """Read the count in the head of a column."""
    shown = column(page, stage).locator("[data-count]").get_attribute("data-count")
    assert shown is not None
    return int(shown)


def expect_count(page: Page, stage: str, number: int) -> None:
    """Wait until the head of a column shows a count."""
    head = column(page, stage).locator("[data-count]")
    expect(head).to_have_attribute("data-count", str(number))
    expect(head).to_have_text(re.compile(rf"^{number}\b"))


def goal(page: Page, label: str) -> Locator:
    """Find how far a goal has come in the strip, as the first of its name shows it."""
    return page.locator("#strip").get_by_role("link").filter(has_text=label).first.locator("b")


def number_in(text: str) -> int:
    """Read the number that a text begins with."""
    found = re.match(r"\s*([\d\s]+)", text)
    assert found is not None, text
    return int("".join(found[1].split()))


def drag(page: Page, what: Locator, to: Locator) -> None:
    """Drag a card with the mouse to the top of a column, or onto another card."""
    pick_up(page, what)
    target = to.locator(".cards").bounding_box() if to.locator(".cards").count() else None
    box = target or to.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 12
    page.mouse.move(x, y, steps=12)
    page.mouse.move(x, y + 2, steps=2)
    page.mouse.up()


def pick_up(page: Page, what: Locator) -> None:
    """Take a card with the mouse and lift it beyond what counts as a click."""
    what.scroll_into_view_if_needed()
    box = what.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 30)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 14, y + 4, steps=4)
    expect(page.locator(".board.is-dragging")).to_be_visible()


def dialog(page: Page) -> Locator:
    """Find the dialog that lies on top."""
    return page.locator("dialog[open]").last


def toast(page: Page) -> Locator:
    """Find the word about what was done."""
    return page.locator("[data-toast]")


def add_idea(page: Page, title: str, company: str = "", region: int | None = None) -> str:
    """Add an idea as the quick add does, without the screen; give the address of its page."""
    token = page.locator("[name=csrf_token]").first.get_attribute("value") or ""
    field = page.locator("input[name=region]").first
    form = {
        "title": title,
        "company": company,
        "region": str(region or field.get_attribute("value")),
    }
    answer = page.request.post("/ideer/ny", form={**form, "csrf_token": token}, max_redirects=0)
    found = re.search(r"#i(\d+)$", answer.headers.get("location", ""))
    assert found, answer.text()
    return f"/ideer/{found[1]}"


def command(server: Server, *words: str, typed: str = "") -> str:
    """Run a command on the server's database and give what it prints."""
    place = {"INSTANCE": str(server.instance), "DATABASE_URL": server.database_url}
    done = programs.flask(*words, env={**os.environ, **place}, given=typed)
    done.check_returncode()
    return done.stdout


def new_region(server: Server, name: str, municipality: str, email: str) -> None:
    """Make an empty region with one developer in it."""
    command(server, "regions", "create", name, "--municipalities", municipality)
    person = ("users", "create", email, "--role", "developer", "--region", name)
    command(server, *person, typed=f"{PASSWORD}\n")


def name_of(role: str) -> str:
    """Give the name of one of the demo's people."""
    return next(login.name for login in LOGINS if login.role == role)


def move_by_dialog(page: Page, what: Locator, stage: str) -> None:
    """Move a card by "Flytt til …"."""
    what.hover()
    what.get_by_role("link", name="Flytt").click()
    expect(dialog(page).get_by_role("heading", name="Flytt til …")).to_be_visible()
    dialog(page).get_by_label(stage, exact=True).check()
    dialog(page).get_by_role("button", name="Flytt").click()


def answer(page: Page, **answers: str) -> None:
    """Fill in what the dialog asks for, by the beginnings of its labels, and move."""
    for label, text in answers.items():
        dialog(page).get_by_label(re.compile(f"^{label}")).fill(text)
    dialog(page).get_by_role("button", name="Flytt").click()
