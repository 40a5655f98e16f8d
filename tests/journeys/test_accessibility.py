"""What opens over a page, what refuses and what is empty is accessible.

The pages themselves are visited by test_every_page.py, light and wide, dark and narrow; what is
looked at here is light and narrow, dark and wide.
"""

from itertools import count

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import (
    DATA,
    DESK,
    PASSWORD,
    add_idea,
    answer,
    card,
    column,
    dialog,
    drag,
    move_by_dialog,
    new_region,
    open_board,
    ready,
    sign_in_as,
    toast,
)  # fmt: skip
from tests.thorough import THOROUGH, some

pytestmark = pytest.mark.looks
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def page(open_page):
    """Give a page without motion: colours that are on their way would be measured half-way."""
    return open_page(viewport=DESK, reduced_motion="reduce")


@pytest.fixture
def look(page, check_accessibility):
    """Give a function that looks at what is on the screen, on a phone and on a desk at night.

    It looks at each state on one of the two, in turn, and at the colours of every third; in a
    thorough run at all on both.
    """
    turns = count()

    def look() -> None:
        turn = next(turns)
        for scheme, size in some((("light", PHONE), ("dark", DESK)), turn):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(size)
            check_accessibility(page, colours=THOROUGH or turn % 3 == 0)

    return look


def open_with(page, title, company="Tilgjengelig AS"):
    """Open the board with a new idea; few cards are looked at sooner than many."""
    open_board(page)
    address = add_idea(page, title, company)
    page.goto(f"/?q={title}")
    ready(page)
    return address


def test_the_board_and_what_opens_over_it(page, look):
    open_with(page, "Rampe av heltre")
    look()
    page.get_by_label("Ny idé: tittel").fill("Halvskrevet")
    look()
    page.get_by_label("Ny idé: tittel").fill("")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(dialog(page)).to_be_visible()
    look()
    page.keyboard.press("Escape")
    page.locator("#filter").click()
    expect(page.locator("#filter-box form")).to_be_visible()
    look()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    dialog(page).get_by_role("searchbox").fill("rampe")
    expect(dialog(page).get_by_role("link", name="Rampe av heltre").first).to_be_visible()
    look()
    page.keyboard.press("Escape")
    page.get_by_label("Din meny").click()
    look()
    page.keyboard.press("Escape")
    card(page, "Rampe av heltre").get_by_role("link", name="Rampe av heltre").click()
    expect(dialog(page).get_by_role("heading", name="Rampe av heltre")).to_be_visible()
    look()


def test_the_move_its_gates_and_its_toast(page, look):
    open_with(page, "Rekkverk av ask")
    move_by_dialog(page, card(page, "Rekkverk av ask"), "Case")
    expect(dialog(page).get_by_role("heading", name="Flytt til Case")).to_be_visible()
    answer(page)
    expect(dialog(page).get_by_role("alert")).to_be_visible()
    look()
    answer(page, Problemet="Noen faller.")
    expect(toast(page)).to_be_visible()
    look()
    for stage in ("FoU-søknad", "Kommersialisering"):
        move_by_dialog(page, card(page, "Rekkverk av ask"), stage)
        expect(dialog(page).get_by_role("heading", name=f"Flytt til {stage}")).to_be_visible()
        answer(page)
        expect(dialog(page).get_by_role("alert")).to_be_visible()
        look()
        page.keyboard.press("Escape")
    drag(page, card(page, "Rekkverk av ask"), column(page, "Idé"))
    expect(dialog(page).get_by_label("Hvorfor går den tilbake?")).to_be_visible()
    look()


def test_the_dialogs_of_an_idea(page, look):
    address = open_with(page, "Trapp av eik")
    page.goto(address)
    page.get_by_role("link", name="Rediger", exact=True).click()
    dialog(page).get_by_label("Tittel").fill("")
    dialog(page).get_by_role("button", name="Lagre").click()
    expect(dialog(page).get_by_role("alert")).to_be_visible()
    look()
    page.keyboard.press("Escape")
    for verb in ("Parker", "Stopp"):
        page.get_by_role("link", name=verb).click()
        dialog(page).get_by_role("button", name=verb).click()
        expect(dialog(page).get_by_role("alert")).to_be_visible()
        look()
        page.keyboard.press("Escape")
    page.get_by_role("link", name="Stopp").click()
    dialog(page).get_by_label("Hvorfor stoppes den?").fill("For bratt.")
    dialog(page).get_by_role("button", name="Stopp").click()
    page.get_by_role("link", name="Gjenåpne").click()
    expect(dialog(page).get_by_label("Hvorfor gjenåpnes den?")).to_be_visible()
    look()


@pytest.mark.thorough
def test_an_import_from_the_empty_board_to_the_report(page, look, server):
    new_region(server, "Tilgjengelig region", "5001", "import@example.no")
    sign_in_as(page, "import@example.no", PASSWORD)
    expect(page.get_by_text("Ingen ideer i denne fasen nå.").first).to_be_visible()
    look()
    for path in ("/mal", "/ideer?status=stopped", "/import"):
        page.goto(path)
        look()
    page.get_by_role("button", name="Se på lista").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look()
    page.get_by_label("Lista", exact=True).set_input_files(DATA / "ideliste.xlsx")
    page.get_by_role("button", name="Se på lista").click()
    expect(page.get_by_role("heading", name="66 nye ideer")).to_be_visible()
    page.get_by_text("Slik leses kolonnene").click()
    look()
    page.get_by_role("link", name="Endre kolonnene").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    look()
    page.go_back()
    page.get_by_role("button", name="Importer 66 ideer").click()
    expect(page.get_by_text("66 ideer er importert.")).to_be_visible()
    look()


def test_refusals_before_and_after_the_sign_in(page, look):
    page.goto("/logg-inn")
    page.get_by_role("button", name="Logg inn").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look()
    open_board(page, "manager")
    page.goto("/oppsett")
    expect(page.get_by_role("heading", name="Ikke for deg")).to_be_visible()
    look()
    page.goto("/?q=finnes+ikke")
    page.context.set_offline(True)
    expect(page.get_by_text("Ingen kontakt med tjeneren.")).to_be_visible()
    look()
