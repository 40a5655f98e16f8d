"""Two people on one board and at one meeting: whatever happens between them, nothing is lost."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import (
    DESK,
    add_idea,
    answer,
    card,
    column,
    dialog,
    drag,
    loaded,
    move_by_dialog,
    name_of,
    on_sqlite,
    open_board,
    pick_up,
    ready,
    sign_in,
    toast,
)  # fmt: skip

pytestmark = on_sqlite
PASSWORD = "ideloypa-demo"
PROBLEM = "Varmen går rett ut."


def open_both(page, open_page, *titles):
    """Open the board in two browsers, with new ideas on top."""
    open_board(page)
    addresses = [add_idea(page, title, "Toskog AS") for title in reversed(titles)][::-1]
    page.goto("/")
    ready(page)
    return open_board(open_page(viewport=DESK), "manager"), addresses


def test_what_others_do_comes_within_three_seconds_and_disturbs_nothing(page, open_page):
    other, _addresses = open_both(page, open_page, "Den ene", "Den andre", "Den tredje")
    title = page.get_by_label("Ny idé: tittel")
    title.fill("En halv setn")
    title.evaluate("field => field.setSelectionRange(3, 5)")
    page.evaluate("""() => {
        const cases = document.querySelector("#board .col:nth-child(2) .col-body");
        cases.scrollTop = 120;
        window.before = [...document.querySelectorAll(".card")];
        window.looked = [...cases.querySelectorAll(".card")][4];
        window.place = () => Math.round(looked.getBoundingClientRect().top);
    }""")
    place = page.evaluate("place()")
    move_by_dialog(other, card(other, "Den ene"), "Case")
    answer(other, Problemet=PROBLEM)
    expect(card(column(other, "Case"), "Den ene")).to_be_visible()
    expect(card(column(page, "Case"), "Den ene")).to_be_attached(timeout=3_500)
    # One card was drawn anew; all others are the same elements as before.
    assert page.evaluate("before.filter((one) => !one.isConnected).length") == 1
    assert abs(page.evaluate("place()") - place) <= 1  # what one looks at stays where it is
    expect(title).to_be_focused()
    assert title.evaluate("field => [field.value, field.selectionStart, field.selectionEnd]") == [
        "En halv setn", 3, 5,
    ]  # fmt: skip
    title.fill("")

    # With a card in the hand nothing moves; when it is put down, what was missed comes.
    pick_up(page, card(page, "Den andre"))
    other.get_by_label("Ny idé: tittel").fill("Kom imens")
    other.get_by_label("Ny idé: tittel").press("Enter")
    expect(card(other, "Kom imens")).to_be_visible()
    page.wait_for_timeout(3_000)
    expect(card(page, "Kom imens")).to_have_count(0)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(card(page, "Kom imens")).to_be_visible(timeout=3_500)

    # The card with the focus is stopped by the other one: the focus goes to its neighbour.
    card(page, "Den andre").locator("> a").first.focus()
    card(other, "Den andre").locator("> a").first.click()
    dialog(other).get_by_role("link", name="Stopp", exact=True).click()
    dialog(other).get_by_label("Hvorfor stoppes den?").fill("For dyr.")
    dialog(other).get_by_role("button", name="Stopp").click()
    expect(card(page, "Den andre")).to_have_count(0, timeout=3_500)
    expect(card(page, "Den tredje").locator("> a").first).to_be_focused()

    # An idea that is open is kept up with too; what is written on it stays as it is.
    address = card(page, "Den tredje").locator("> a").first.get_attribute("href")
    card(page, "Den tredje").locator("> a").first.click()
    remark = page.get_by_label("Skriv en kommentar")
    remark.fill("Halvveis")
    other.goto(address)
    other.get_by_label("Legg til merkelapp").fill("skog")
    other.get_by_label("Legg til merkelapp").press("Enter")
    expect(page.locator("#idea .tag-chip")).to_have_text("skog", timeout=3_500)
    expect(remark).to_be_focused()
    expect(remark).to_have_value("Halvveis")
    remark.fill("")
    page.keyboard.press("Escape")

    # Nobody does anything: every question is answered by "nothing new", without a byte.
    statuses = []
    page.on("response", lambda r: "/tavle/endringer" in r.url and statuses.append(r.status))
    page.wait_for_timeout(5_500)
    assert statuses
    assert set(statuses) == {304}


def test_what_others_do_takes_no_focus_from_what_is_being_written(page, open_page):
    other, _addresses = open_both(page, open_page, "Skrives på")

    def another_adds(title):
        other.get_by_label("Ny idé: tittel").fill(title)
        other.get_by_label("Ny idé: tittel").press("Enter")
        expect(card(page, title)).to_be_attached(timeout=5_000)

    # After a form was refused: its summary of errors had the focus once, and that was enough.
    card(page, "Skrives på").get_by_role("link").first.click()
    dialog(page).get_by_role("link", name="Stopp", exact=True).click()
    dialog(page).get_by_role("button", name="Stopp", exact=True).click()
    expect(dialog(page).get_by_role("alert")).to_be_focused()
    reason = dialog(page).get_by_label(re.compile("^Hvorfor"))
    reason.click()
    page.keyboard.type("Kunden ")
    another_adds("Kom mens noe var avvist")
    page.keyboard.type("trakk seg")
    expect(reason).to_have_value("Kunden trakk seg")
    page.keyboard.press("Escape")

    # With a field open where it stands, and a comment being written below it.
    dialog(page).locator("a.edit[href$='/felt/problem']").click()
    expect(dialog(page).locator("form[data-inline] textarea")).to_be_focused()
    comment = dialog(page).get_by_label("Skriv en kommentar")
    comment.click()
    page.keyboard.type("Ring ")
    another_adds("Kom under kommentaren")
    page.keyboard.type("dem")
    expect(comment).to_have_value("Ring dem")


@pytest.mark.thorough
def test_a_drag_of_a_card_that_was_moved_says_who_and_offers_the_move_anew(page, open_page):
    other, _addresses = open_both(page, open_page, "Kappløp")
    page.route("**/tavle/endringer*", lambda route: route.fulfill(status=304))
    move_by_dialog(other, card(other, "Kappløp"), "Case")
    answer(other, Problemet=PROBLEM)
    expect(card(column(other, "Case"), "Kappløp")).to_be_visible()
    drag(page, card(page, "Kappløp"), column(page, "FoU-søknad"))
    told = dialog(page).get_by_role("alert")
    expect(told).to_contain_text(f"{name_of('manager')} har flyttet kortet til Case i mellomtiden.")
    expect(dialog(page).get_by_label("FoU-søknad")).to_be_checked()
    page.keyboard.press("Escape")
    page.unroute("**/tavle/endringer*")
    expect(card(column(page, "Case"), "Kappløp")).to_be_visible()


def lose_the_answer(page, address):
    """Let the next request to an address arrive, and its answer be lost on the way."""
    lost = []

    def once(route):
        if not lost and route.request.method == "POST":
            lost.append(route.fetch())
            return route.abort("internetdisconnected")
        return route.continue_()

    page.route(address, once)


def test_without_contact_all_waits_and_goes_by_itself_once(page, open_page):
    other, [address] = open_both(page, open_page, "Uten dekning")
    banner = page.get_by_text("Ingen kontakt med tjeneren.")
    title = page.get_by_label("Ny idé: tittel")

    lose_the_answer(page, "**/ideer/ny")
    title.fill("Kom fram likevel")
    title.press("Enter")
    expect(banner).to_be_visible()
    expect(title).to_have_value("Kom fram likevel")
    expect(title).to_have_value("")
    expect(banner).to_be_hidden()
    expect(card(other, "Kom fram likevel")).to_have_count(1)
    expect(card(page, "Kom fram likevel")).to_have_count(1)

    card(page, "Uten dekning").locator("> a").first.click()
    dialog(page).get_by_role("link", name="Rediger", exact=True).click()
    problem = dialog(page).get_by_label(re.compile("^Problemet"))
    expect(problem).to_be_visible()
    page.context.set_offline(True)
    problem.fill("Skrevet uten")
    dialog(page).get_by_role("button", name="Lagre").click()
    expect(toast(page)).to_contain_text("Ikke lagret ennå.")
    expect(dialog(page)).to_contain_text("Ingen kontakt med tjeneren.")
    problem.fill("Skrevet uten dekning")
    # Meanwhile the other one changes another field of the same idea.
    other.goto(f"{address}/rediger")
    other.get_by_label(re.compile("^Mer om den")).fill("Skrevet med dekning")
    other.get_by_role("button", name="Lagre").click()
    expect(other.get_by_text("Skrevet med dekning")).to_be_visible()
    page.context.set_offline(False)
    expect(toast(page)).to_contain_text("Lagret.")
    for text in ("Skrevet uten dekning", "Skrevet med dekning"):
        expect(page.locator("#idea")).to_contain_text(text)
    expect(banner).to_be_hidden()


def test_two_edits_of_one_field_are_both_kept_until_somebody_chooses(page, open_page):
    other, [address] = open_both(page, open_page, "Begges idé")
    card(page, "Begges idé").locator("> a").first.click()
    dialog(page).get_by_role("link", name="Rediger", exact=True).click()
    dialog(page).get_by_label(re.compile("^Problemet")).fill("Mitt problem")
    dialog(page).get_by_label(re.compile("^Mer om den")).fill("Bare mitt")
    other.goto(f"{address}/rediger")
    other.get_by_label(re.compile("^Problemet")).fill("Deres problem")
    other.get_by_role("button", name="Lagre").click()
    expect(other.get_by_text("Deres problem")).to_be_visible()

    dialog(page).get_by_role("button", name="Lagre").click()
    told = dialog(page)
    for text in ("Mitt problem", "Deres problem"):
        expect(told.get_by_role("group", name=re.compile("^Problemet"))).to_contain_text(text)
    expect(told.get_by_label(re.compile("^Mer om den")).first).to_have_value("Bare mitt")
    told.locator("[name='keep_problem'][value='stored']").check()
    told.get_by_role("button", name="Lagre").click()
    expect(toast(page)).to_contain_text("Lagret.")
    for text in ("Deres problem", "Bare mitt"):
        expect(page.locator("#idea")).to_contain_text(text)


def test_a_sign_in_that_ran_out_is_renewed_where_one_stands(page):
    open_board(page)
    title = page.get_by_label("Ny idé: tittel")
    title.fill("Skrevet for lenge siden")
    page.context.clear_cookies()
    title.press("Enter")
    box = page.get_by_role("dialog", name="Logg inn igjen")
    expect(box.get_by_label("Passord")).to_be_focused()
    expect(title).to_have_value("Skrevet for lenge siden")
    box.get_by_label("Passord").fill("ikke dette")
    box.get_by_role("button", name="Logg inn", exact=True).click()
    expect(box.get_by_role("alert")).to_contain_text("feil")

    # Somebody else signs in here instead: what was typed is not sent in their name.
    stranger = sign_in(page.context.new_page(), "manager")
    stranger.close()
    box.get_by_label("Passord").fill(PASSWORD)
    box.get_by_role("button", name="Logg inn", exact=True).click()
    expect(box.get_by_role("alert")).to_contain_text("Noen andre er logget inn her nå.")
    expect(card(page, "Skrevet for lenge siden")).to_have_count(0)

    page.context.clear_cookies()
    box.get_by_label("Passord").fill(PASSWORD)
    box.get_by_role("button", name="Logg inn", exact=True).click()
    expect(box).to_be_hidden()
    expect(card(page, "Skrevet for lenge siden")).to_be_visible()
    expect(title).to_have_value("")


def test_two_hold_one_meeting_and_it_goes_on_where_it_was(page, open_page, check_accessibility):
    open_board(page)
    add_idea(page, "Sak på møtet", "Møteskog AS")
    page.goto("/mote")
    check_accessibility(page)
    page.get_by_role("button", name="Begynn møtet").click()
    expect(page.locator("#meet-title")).to_be_visible()
    loaded(page)
    check_accessibility(page)
    first = page.url
    page.set_viewport_size({"width": 1920, "height": 1080})
    size = "one => parseFloat(getComputedStyle(one).fontSize)"
    assert page.locator("#meet-title").evaluate(size) >= 54
    assert page.locator(".meet-facts dd").first.evaluate(size) >= 26

    page.keyboard.press("ArrowRight")
    expect(page.locator("#meet-title")).to_be_focused()
    second = page.url
    assert second != first
    page.reload()  # interrupted
    other = sign_in(open_page(viewport=DESK), "manager", "/mote")
    other.get_by_role("link", name="Fortsett møtet").click()
    expect(other).to_have_url(second)
    loaded(other)

    note, theirs = page.get_by_label("Notat til referatet"), other.get_by_label("Notat til")
    note.fill("Mitt halve no")
    theirs.fill("Deres notat")
    other.get_by_role("button", name="Lagre notatet").click()
    expect(toast(other)).to_contain_text("Notatet er lagret.")
    other.locator("#meet-title").focus()
    other.keyboard.press("i")
    decided = page.get_by_role("region", name="Bestemt")
    expect(decided).to_contain_text("Ses på igjen på neste møte")
    expect(note).to_be_focused()
    expect(note).to_have_value("Mitt halve no")
    page.get_by_role("button", name="Neste sak").click()
    expect(page.get_by_role("alert")).to_contain_text("skrev noe her i mellomtiden")
    expect(page.get_by_role("alert")).to_contain_text("Deres notat")
    expect(note).to_have_value("Mitt halve no")
    page.get_by_role("button", name="Neste sak").click()
    expect(page).not_to_have_url(second)
    page.keyboard.press("s")
    dialog(page).get_by_label("Hva som skal gjøres").fill("Ring kommunen")
    page.keyboard.press("Enter")
    expect(toast(page)).to_contain_text("Neste steg er lagret.")
    expect(page.get_by_role("region", name="Bestemt")).to_contain_text("Ring kommunen")
    toast(page).get_by_role("button", name="Angre").click()
    expect(page.get_by_role("region", name="Bestemt")).not_to_contain_text("Ring kommunen")

    page.get_by_role("link", name="Referatet så langt").click()
    expect(page.get_by_text("Mitt halve no")).to_be_visible()
    check_accessibility(page)
    page.get_by_role("button", name="Avslutt møtet").click()
    expect(page.get_by_text("Møtet er avsluttet, og referatet er tatt vare på.")).to_be_visible()
    # A refusal, or what was heard before the key was pressed.
    other.keyboard.press("u")
    expect(other.get_by_text("Møtet er avsluttet. Referatet står.").first).to_be_visible()
