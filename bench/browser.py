"""What a person at a screen waits for: from click to usable board, from drop to done."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from bench.journeys import World
from bench.servers import Running
from bench.targets import DROPPED, USABLE, Finding
from tools.browsers import look_for_browser

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
WARM_UP = 2
TIMES = 6
# Runs in each page, before its own scripts. Usable: cards are seen, every column takes a drop.
WATCH = """
const now = () => performance.timeOrigin + performance.now();
addEventListener("click", () => sessionStorage.setItem("clicked", now()), true);
addEventListener("pointerup", () => { window.dropped = now(); }, true);
const seen = (card) => card && card.getBoundingClientRect().height > 0;
const isUsable = () => window.htmx && window.Sortable && seen(document.querySelector(".card"))
  && [...document.querySelectorAll(".cards")].every((list) => window.Sortable.get(list));
const look = () => {
  if (!document.body || !isUsable()) return requestAnimationFrame(look);
  document.documentElement.dataset.usable = now() - sessionStorage.getItem("clicked");
};
if (location.pathname === "/") requestAnimationFrame(look);
"""
READY = "html[data-usable]"
# Done: the server has agreed, the card stands in its new column and waits no longer.
AWAIT_DROP = """
([card, column]) => new Promise((done) => {
  const look = () => {
    const there = document.querySelector(`#c${column} > #i${card}:not([aria-busy])`);
    const agreed = document.querySelector("#toasts [data-toast]");
    if (there && agreed && window.dropped) {
      done(performance.timeOrigin + performance.now() - window.dropped);
    } else requestAnimationFrame(look);
  };
  look();
})
"""


@contextmanager
def browser() -> Iterator[Browser | None]:
    """Start Chromium, or give None where there is none."""
    found = look_for_browser()
    if found is None:
        yield None
        return
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        try:
            yield opened
        finally:
            opened.close()


def watch(opened: Browser, server: Running, world: World) -> list[Finding]:
    """Measure both waits on one board."""
    context = opened.new_context(
        base_url=server.url, locale="nb-NO", timezone_id="Europe/Oslo",
        viewport={"width": 1440, "height": 900},
    )  # fmt: skip
    context.set_default_timeout(20_000)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto("/logg-inn")
    page.fill("[name=email]", server.board.emails[0])
    page.fill("[name=password]", server.board.password)
    page.press("[name=password]", "Enter")
    page.wait_for_selector(".card")
    found = [
        _told("from click to usable board", _repeat(lambda: open_changed(page, world)), USABLE),
        _told("the same, nothing changed", _repeat(lambda: open_board(page)), USABLE),
    ]
    lift(world)
    found.append(_told("from drop to done", _repeat(lambda: drop(page, world)), DROPPED))
    context.close()
    return found


def open_board(page: Page) -> float:
    """Click on the way to the board from another page; give the milliseconds until usable."""
    page.goto("/mal")
    page.wait_for_load_state("networkidle")
    page.click("nav a[href='/'], nav a[href^='/?region']")
    return float(page.locator(READY).get_attribute("data-usable") or 0)


def open_changed(page: Page, world: World) -> float:
    """Open the board after somebody else has changed it, so that it comes anew."""
    mover = world.people[1]
    world.must_succeed(mover.ask(next(world.moves(mover))))
    return open_board(page)


def lift(world: World) -> None:
    """Put the cards that will be dragged on top of Idé: what was added meanwhile hides them."""
    mover, top = world.people[1], world.cards_in("idea")[0]
    for card in list(world.to_move)[: WARM_UP + TIMES]:
        if card != top:
            request = world.move(mover, card, "idea", "idea", after_id="", before_id=top)
            world.must_succeed(mover.ask(request))
            top = card


def drop(page: Page, world: World) -> float:
    """Drag a card from Idé to the top of Case; give the milliseconds from drop to done."""
    page.goto(world.address)
    page.locator(READY).wait_for()
    shown = page.locator(f"#c{world.stages['idea']} > .card").evaluate_all(
        "cards => cards.map((card) => +card.dataset.id)"
    )
    card = next(number for number in world.to_move if number in shown)
    world.to_move.remove(card)
    world.moved.append(card)
    held = page.locator(f"#i{card}")
    held.scroll_into_view_if_needed()
    source = held.bounding_box()
    target = page.locator(f"#c{world.stages['case']} > .card").first.bounding_box()
    assert source and target
    page.mouse.move(source["x"] + source["width"] / 2, source["y"] + source["height"] - 8)
    page.mouse.down()
    x, y = target["x"] + target["width"] / 2, target["y"] + 6
    page.mouse.move(x - 40, y + 30, steps=6)
    page.mouse.move(x, y, steps=4)
    page.wait_for_timeout(200)  # a hand rests before it lets go; the cards have made room
    page.mouse.up()
    return float(page.evaluate(AWAIT_DROP, [card, world.stages["case"]]))


def _repeat(what: Callable[[], float]) -> list[float]:
    return [what() for _ in range(WARM_UP + TIMES)][WARM_UP:]


def _told(label: str, times: list[float], most: float) -> Finding:
    median = statistics.median(times)
    note = f"slowest of {len(times)}: {max(times):.0f}"
    return Finding(f"Chromium, {label} (ms)", round(median), median <= most, f"<= {most}", note)
