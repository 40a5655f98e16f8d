"""Logging a visit on its screen: by thumb, by keyboard, without script, in every light."""

import re
from itertools import count

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import DESK, on_sqlite
from tests.journeys.test_phone import TOO_SMALL
from tests.journeys.visiting import (
    KEPT,
    LOG,
    SENT,
    another,
    await_device,
    expect_told,
    expect_unsent,
    field,
    open_part,
    ready,
    save,
    sign_in,
    write,
)  # fmt: skip
from tests.thorough import THOROUGH

__all__ = ["field"]

MOST_INTERACTIONS = 12
LIGHTS = [(width, scheme) for width in (360, 390, 1440) for scheme in ("dark", "light")]
WIDER_THAN_SCREEN = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


class Thumb:
    """A thumb that counts what it does: each tap, and each text that is written."""

    def __init__(self, page):
        self.page = page
        self.interactions = 0

    def tap(self, what):
        what.tap()
        self.interactions += 1

    def type(self, what, text):
        self.tap(what)
        self.page.keyboard.type(text)
        self.interactions += 1


@on_sqlite
def test_from_the_phone_page_to_a_visit_with_an_idea_in_few_interactions(field):
    field.sign_in().close()
    page = field.open()
    thumb = Thumb(page)
    company = page.locator("[data-offers] .offer").first
    name = company.locator("span").inner_text()
    thumb.tap(company)
    thumb.type(page.get_by_label("Hva handlet det om?"), "Tommel: varmen går ut av pipa.")
    thumb.tap(page.locator("summary", has_text="Idé fra besøket"))
    thumb.type(page.get_by_label("Hva heter ideen?"), "Tommelidé")
    thumb.type(page.get_by_label(re.compile("^Ideen i en setning")), "Gjenvinn varmen.")
    thumb.tap(page.get_by_role("button", name="Lagre besøket"))
    expect_told(page, SENT)
    assert thumb.interactions <= MOST_INTERACTIONS
    [visit] = field.visits("Tommel")
    assert visit.name == name
    [idea] = field.ideas("Tommelidé")
    assert idea.visit_id == visit.id
    page.get_by_role("link", name="Åpne ideen").tap()
    expect(page.get_by_role("heading", name="Tommelidé")).to_be_visible()


@on_sqlite
class TestTheSameDraftInTwoTabs:
    """The draft comes back in every tab: it is one visit, until somebody writes on in both."""

    @pytest.fixture
    def tabs(self, field):
        field.sign_in().close()
        first = field.open()
        write(first, "To faner: ovnen står.", "Fanebedriften AS")
        second = field.open()
        expect(second.get_by_label("Hva handlet det om?")).to_have_value("To faner: ovnen står.")
        return first, second

    def test_it_is_saved_once_and_both_say_so(self, field, tabs):
        first, second = tabs
        save(first, SENT)
        expect_told(second, SENT)
        assert len(field.visits("To faner: ovnen står.")) == 1

    def test_what_was_written_on_in_the_other_tab_is_a_visit_of_its_own(self, field, tabs):
        first, second = tabs
        second.get_by_label("Hva handlet det om?").fill("To faner: og støvet.")
        save(first, SENT)
        expect(second.get_by_label("Hva handlet det om?")).to_have_value("To faner: og støvet.")
        save(second, SENT)
        assert len(field.visits("To faner: og støvet.")) == 1


@on_sqlite
class TestTheScreen:
    """How the screen behaves, whatever the database."""

    def test_the_keyboard_alone_is_enough(self, open_page, field):
        page = open_page(viewport=DESK)
        sign_in(page)
        await_device(page)
        page.get_by_label("Annen bedrift").focus()
        keys = page.keyboard
        keys.type("bergheim")
        expect(page.locator("[data-finds] button")).to_have_count(1)
        keys.press("Enter")
        expect(page.get_by_role("radio", name=re.compile("^Bergheim"))).to_be_checked()
        press_until(page, "Tab", "kind")
        keys.press("ArrowRight")
        press_until(page, "Tab", "about")
        keys.type("Tastatur")
        press_until(page, "Tab", "idea_title")
        keys.type("Tastaturidé")
        keys.press("Enter")
        expect(page.get_by_role("button", name="Lagre besøket")).to_be_visible()
        press_until(page, "Tab", "promise_what")
        keys.type("Ringe")
        keys.press("Control+Enter")
        expect_told(page, SENT)
        expect(page.locator("#saved")).to_be_focused()
        [visit] = field.visits("Tastatur")
        assert visit.name.startswith("Bergheim")
        assert len(field.ideas("Tastaturidé")) == 1
        keys.press("Tab")
        keys.press("Enter")
        expect(page.locator("[name=company_id]").first).to_be_focused()

    def test_typing_finds_companies_and_a_choice_brings_their_people(self, field):
        page = field.sign_in()
        write(page, "Folk", "Folk og Flis AS")
        page.get_by_label(re.compile("^Andre fra bedriften")).fill("Kari Ås, Per Bø")
        save(page, SENT)
        page.reload()
        ready(page)
        name = page.get_by_label("Annen bedrift")
        name.fill("finnes slett ikke")
        expect(page.locator("[data-found]")).to_contain_text("«finnes slett ikke»")
        name.fill("folk og fl")
        expect(page.locator("[data-found]")).to_have_text("1 bedrift funnet")
        page.locator("[data-finds] button").tap()
        expect(name).to_have_value("")
        people = page.locator("[data-contacts] .offer")
        expect(people).to_have_text(["Kari Ås", "Per Bø"])
        people.first.tap()
        page.get_by_label("Hva handlet det om?").fill("Folk igjen")
        save(page, SENT)
        assert {visit.name for visit in field.visits("Folk")} == {"Folk og Flis AS"}

    def test_what_lacks_is_told_at_once_and_beside_its_field(self, field):
        page = field.sign_in()
        field.lose_coverage()
        page.get_by_label("Dato").fill("2999-01-01")
        open_part(page, "Idé fra besøket")
        page.get_by_label(re.compile("^Ideen i en setning")).fill("Uten navn")
        open_part(page, "Hva ble lovet")
        page.get_by_role("button", name="I morgen").tap()
        page.get_by_role("button", name="Lagre besøket").tap()
        summary = page.locator(".ds-error-summary")
        expect(summary).to_be_focused()
        expect(summary.get_by_role("listitem")).to_have_count(4)
        for name in ("company", "occurred_on", "idea_title", "promises"):
            expect(page.locator(f"#{name}-error")).to_be_visible()
        expect_unsent(page, 0)

    def test_without_script_it_is_a_plain_form(self, open_page, field):
        page = open_page(java_script_enabled=False, viewport=DESK)
        page.goto(LOG)
        page.get_by_label("E-post").fill("radgiver@demo.example")
        page.get_by_label("Passord").fill("ideloypa-demo")
        page.get_by_role("button", name="Logg inn").click()
        page.get_by_label("Hva handlet det om?").fill("Uten skript")
        page.get_by_role("button", name="Lagre besøket").click()
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("Hva handlet det om?")).to_have_value("Uten skript")
        page.get_by_label("Annen bedrift").fill("Skjemafabrikken AS")
        page.locator("summary", has_text="Hva ble lovet").click()
        for nth, what in enumerate(("Ringe", "Skrive")):
            page.get_by_label("Hva ble lovet?").nth(nth).fill(what)
        page.get_by_role("button", name="Lagre besøket").click()
        expect(page).to_have_url(re.compile(r"/besok/\d+$"))
        [visit] = field.visits("Uten skript")
        promised = [row for row in field.promises("") if row.visit_id == visit.id]
        assert [row.what for row in promised] == ["Ringe", "Skrive"]


def press_until(page, key, name):
    """Press a key until a field of a name has the focus."""
    for _ in range(40):
        page.keyboard.press(key)
        if page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"{name} cannot be reached")


@pytest.mark.looks
@on_sqlite
@pytest.mark.parametrize("width, scheme", LIGHTS if THOROUGH else LIGHTS[:1])
def test_every_state_is_accessible_and_within_its_width(field, check_accessibility, width, scheme):
    page = field.sign_in()
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)

    turns = count()

    def look():
        check_accessibility(page, colours=THOROUGH or next(turns) % 3 == 0)
        assert not page.evaluate(WIDER_THAN_SCREEN), page.url
        if width < 1000:
            assert page.evaluate(TOO_SMALL) == []

    page.reload()
    ready(page)
    page.get_by_label("Annen bedrift").fill("berg")
    open_part(page, "Kolleger som var med")
    open_part(page, "Idé fra besøket")
    open_part(page, "Hva ble lovet")
    look()
    page.get_by_label("Annen bedrift").fill("")
    page.get_by_role("button", name="Lagre besøket").click()
    look()
    field.lose_coverage()
    write(page, "Utseende", "Utseende AS")
    save(page, KEPT)
    look()
    another(page)
    page.get_by_label("Hva handlet det om?").fill("Et utkast")
    page.goto(LOG)
    ready(page)
    look()
    page.get_by_role("button", name="Slett").click()
    look()
    page.keyboard.press("Escape")
    page.goto("/mal")
    look()
    field.find_coverage()
    page.goto(LOG)
    expect_unsent(page, 0)
    field.network.failing = 99
    write(page, "Utseende 2")
    save(page, KEPT)
    page.get_by_label("Din meny").click()
    page.get_by_role("button", name="Logg ut").click()
    look()
