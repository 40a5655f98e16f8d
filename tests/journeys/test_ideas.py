"""Ideas on the board: added, found, opened, edited, put aside and taken up again."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import (
    CLOSES_LATE,
    DESK,
    add_idea,
    card,
    column,
    count,
    dialog,
    expect_count,
    on_sqlite,
    open_board,
    open_filter,
    ready,
    sign_in,
    toast,
)  # fmt: skip

pytestmark = on_sqlite


def paste(page, text):
    """Paste into the field in focus, as a person who has copied it elsewhere does."""
    page.evaluate(
        """text => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            const event = new ClipboardEvent(
                "paste", { clipboardData, bubbles: true, cancelable: true });
            document.activeElement.dispatchEvent(event);
        }""",
        text,
    )


def test_enter_adds_and_stays_and_many_lines_make_many(page):
    open_board(page)
    ideas = count(page, "Idé")
    title = page.get_by_label("Ny idé: tittel")
    for text in ("Gulv av ask", "Tak av osp"):
        title.fill(text)
        title.press("Enter")
        expect(card(column(page, "Idé"), text)).to_be_visible()
        expect(title).to_have_value("")
        expect(title).to_be_focused()
    expect_count(page, "Idé", ideas + 2)

    paste(page, "Dør av lønn\tLønnbakken AS\nVindu av furu\n\nList av eik\n")
    expect(toast(page)).to_contain_text("3 ideer lagt til")
    expect_count(page, "Idé", ideas + 5)
    expect(card(page, "Dør av lønn")).to_contain_text("Lønnbakken AS")
    expect(title).to_be_focused()

    page.reload()
    expect_count(page, "Idé", ideas + 5)


def test_filters_are_in_the_address_and_survive_a_reload(page):
    open_board(page)
    whole = count(page, "Idé")
    add_idea(page, "Trebasert batteri", "Batteribygda AS")
    search = page.get_by_role("searchbox", name="Søk på tavla")
    search.fill("batteribygda")
    search.press("Enter")
    expect(page).to_have_url(re.compile(r"[?&]q=batteribygda"))
    head = column(page, "Idé").locator("[data-count]")
    expect(head).to_have_text(f"1 av {whole + 1}")
    expect(column(page, "Idé").locator(".card")).to_have_count(1)
    page.reload()
    expect(head).to_have_text(f"1 av {whole + 1}")

    page.get_by_role("link", name="Fjern filteret").click()
    expect(head).to_have_text(str(whole + 1))
    open_filter(page)
    page.get_by_label("Ansvarlig").select_option(label="Mine")
    expect(page).to_have_url(re.compile(r"[?&]eier=meg"))
    expect(head).to_have_text(re.compile(rf"^\d+ av {whole + 1}$"))
    mine = head.inner_text()
    page.get_by_label("Kommune").select_option(label="Åmot")
    expect(page).to_have_url(re.compile(r"eier=meg.*kommune=\d+"))
    page.reload()
    expect(page.get_by_role("link", name="Fjern Åmot")).to_be_visible()
    open_filter(page)
    expect(page.get_by_label("Kommune").locator("option:checked")).to_have_text("Åmot")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Fjern Åmot").click()
    expect(head).to_have_text(mine)


def test_an_idea_opens_over_the_board_at_its_own_address(page):
    open_board(page)
    address = add_idea(page, "Kledning av or", "Orekroken AS")
    page.goto("/")
    ready(page)
    board = page.url
    card(page, "Kledning av or").get_by_role("link", name="Kledning av or").click()
    expect(dialog(page).get_by_role("heading", name="Kledning av or")).to_be_visible()
    expect(page).to_have_url(re.compile(f"{address}$"))
    page.go_back()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page).to_have_url(board)
    expect(card(page, "Kledning av or")).to_be_visible()

    page.go_forward()
    expect(dialog(page).get_by_role("heading", name="Kledning av or")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Kledning av or", level=1)).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_role("link", name="Tavla").first.click()
    expect(column(page, "Idé")).to_be_visible()


def test_back_and_forward_in_haste_show_it_again(page):
    open_board(page)
    page.evaluate(CLOSES_LATE)
    board, link = page.url, page.locator(".card > a:first-child").first
    address = link.get_attribute("href")
    link.click()
    expect(dialog(page).get_by_role("heading", level=1)).to_be_visible()
    for wait in (0, 300):  # it says so after a step forward, or before
        page.go_back()
        expect(page.locator("dialog[open]")).to_have_count(0)
        page.wait_for_timeout(wait)
        page.go_forward()
        expect(dialog(page).get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_timeout(400)
        expect(dialog(page).get_by_role("heading", level=1)).to_be_visible()
        expect(page).to_have_url(re.compile(f"{address}$"))
    page.keyboard.press("Escape")
    expect(page).to_have_url(board)
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_an_idea_is_edited_and_gets_a_next_step(page):
    open_board(page)
    add_idea(page, "Plate av hamp", "Hampen AS")
    page.goto("/")
    ready(page)
    card(page, "Plate av hamp").get_by_role("link", name="Plate av hamp").click()
    dialog(page).get_by_role("link", name="Rediger", exact=True).click()
    form = dialog(page)
    expect(form.get_by_role("heading", name="Rediger ideen")).to_be_visible()
    form.get_by_label("Tittel").fill("")
    form.get_by_role("button", name="Lagre").click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("Skriv hva ideen heter.")
    dialog(page).get_by_label("Tittel").fill("Plate av hamp og lin")
    dialog(page).get_by_label(re.compile("^Problemet")).fill("Plast i plater.")
    dialog(page).get_by_role("button", name="Lagre").click()
    sheet = dialog(page)
    expect(sheet.get_by_role("heading", name="Plate av hamp og lin")).to_be_visible()
    expect(sheet).to_contain_text("Plast i plater.")

    due = date.today() + timedelta(days=7)
    sheet.get_by_label(re.compile("^Hva s")).fill("Ringe Hampen")
    sheet.get_by_label("Frist").fill(due.isoformat())
    sheet.get_by_role("button", name="Lagre", exact=True).click()
    step = sheet.get_by_role("region", name="Neste steg")
    expect(step).to_contain_text("Ringe Hampen")
    page.keyboard.press("Escape")
    face = card(page, "Plate av hamp og lin")
    expect(face).to_contain_text("Ringe Hampen")

    face.get_by_role("link", name="Plate av hamp og lin").click()
    step.get_by_role("button", name="Utført").click()
    expect(toast(page)).to_contain_text("Utført. Hva er neste steg?")
    page.keyboard.press("Escape")
    expect(face).to_contain_text("ingen neste steg")


@pytest.mark.thorough
def test_two_people_who_edit_one_idea_both_keep_their_words(page, open_page):
    open_board(page)
    address = add_idea(page, "Stol av lønn", "Stolen AS")
    other = open_board(open_page(viewport=DESK), "manager")
    for one in (page, other):
        one.goto(f"{address}/rediger")
    save(other, Problemet="Stolene knekker.", Tittel="Stol av lønn")
    expect(other.get_by_text("Stolene knekker.")).to_be_visible()

    save(page, Problemet="Stolene velter.", Tittel="Stol av lønn og ask")
    expect(page.get_by_role("alert")).to_contain_text("Velg hva som skal stå.")
    choice = page.get_by_role("group", name="Problemet")
    expect(choice.get_by_role("radio", name="Ditt Stolene velter.")).to_be_checked()
    expect(choice.get_by_role("radio", name="Lagret nå Stolene knekker.")).not_to_be_checked()
    expect(choice).to_contain_text("Opprinnelig: –")
    expect(page.get_by_role("group", name="Tittel")).to_have_count(0)
    expect(page.get_by_label(re.compile("^Problemet"))).to_have_value("Stolene velter.")
    expect(page.get_by_label("Tittel")).to_have_value("Stol av lønn og ask")
    save(page, Problemet="Stolene velter og knekker.")
    expect(page.get_by_role("heading", name="Stol av lønn og ask", level=1)).to_be_visible()
    expect(page.get_by_text("Stolene velter og knekker.")).to_be_visible()


def save(page, **values):
    """Fill in the form of an idea, by the beginnings of its labels, and save it."""
    for label, text in values.items():
        page.get_by_label(re.compile(f"^{label}")).fill(text)
    page.get_by_role("button", name="Lagre").click()


def test_an_expired_sign_in_loses_nothing(page):
    open_board(page)
    ideas = count(page, "Idé")
    title = page.get_by_label("Ny idé: tittel")
    title.fill("Skrevet for lenge siden")
    page.context.clear_cookies()
    title.press("Enter")
    banner = page.locator("#offline").get_by_text("Du er logget ut.")
    expect(banner).to_be_visible()
    expect(title).to_have_value("Skrevet for lenge siden")

    sign_in(page.context.new_page())
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(banner).to_be_hidden()
    expect(card(page, "Skrevet for lenge siden")).to_be_visible()
    expect_count(page, "Idé", ideas + 1)


def test_an_idea_is_parked_stopped_and_opened_again(page):
    open_board(page)
    address = add_idea(page, "Sykkel av tre", "Hjul og Tre AS")
    page.goto("/")
    ready(page)
    ideas = count(page, "Idé")
    card(page, "Sykkel av tre").get_by_role("link", name="Sykkel av tre").click()
    change(page, "Parker", "Hvorfor legges den til side?", "Venter på støtte.")
    expect(toast(page)).to_contain_text("Parkert.")
    expect_count(page, "Idé", ideas - 1)
    expect(card(page, "Sykkel av tre")).to_have_count(0)

    change(page, "Gjenåpne", "Hvorfor gjenåpnes den?", "Støtten kom.")
    expect(toast(page)).to_contain_text("Gjenåpnet.")
    expect_count(page, "Idé", ideas)
    change(page, "Stopp", "Hvorfor stoppes den?", "For dyr.")
    expect(toast(page)).to_contain_text("Stoppet.")
    expect_count(page, "Idé", ideas - 1)
    toast(page).get_by_role("button", name="Angre").click()
    expect_count(page, "Idé", ideas)

    page.goto(address)
    history = page.get_by_role("region", name=re.compile("skjedd"))
    for text in ("Venter på støtte.", "Støtten kom."):
        expect(history).to_contain_text(text)
    expect(history).not_to_contain_text("For dyr.")
    page.goto("/ideer?status=parked")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Parkert")
    expect(page.get_by_text("Sykkel av tre")).to_have_count(0)


def change(page, verb, label, reason):
    """Change the status of the open idea: without a reason it is refused."""
    dialog(page).get_by_role("link", name=verb).click()
    expect(dialog(page).get_by_label(label)).to_be_visible()
    dialog(page).get_by_role("button", name=verb).click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("Skriv hvorfor")
    dialog(page).get_by_label(label).fill(reason)
    dialog(page).get_by_role("button", name=verb).click()


def test_what_looks_like_code_is_text_everywhere(page):
    title, firm = "<script>alert(1)</script>", "<img src=x onerror=alert(2)> AS"
    dialogs = []
    page.on("dialog", lambda box: (dialogs.append(box.message), box.dismiss()))
    open_board(page)
    field = page.get_by_label("Ny idé: tittel")
    field.fill(title)
    page.get_by_label("Bedrift", exact=True).fill(firm)
    field.press("Enter")
    added = column(page, "Idé").locator(".card").first
    expect(added.locator("> a").first).to_have_text(title)
    expect(added).to_contain_text(firm)
    page.reload()
    expect(added.locator("> a").first).to_have_text(title)
    added.locator("> a").first.click()
    expect(dialog(page).get_by_role("heading", name=title)).to_be_visible()
    expect(dialog(page).get_by_role("link", name=firm)).to_be_visible()
    dialog(page).get_by_role("link", name="Flytt til …").click()
    expect(dialog(page)).to_contain_text(title)
    for still_open in (1, 0):  # the question, then the idea under it
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(still_open)
    expect(page).not_to_have_url(re.compile("/ideer/"))
    page.goto("/bedrifter?q=onerror")
    page.get_by_role("link", name=firm).click()
    expect(page.get_by_role("heading", name=firm, level=1)).to_be_visible()
    expect(page.get_by_role("link", name=title)).to_be_visible()
    page.goto("/?q=" + "%22%3E%3Cscript%3Ealert(3)%3C/script%3E")
    expect(page.get_by_role("searchbox")).to_have_value('"><script>alert(3)</script>')
    assert dialogs == []
