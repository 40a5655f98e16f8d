"""Visits are logged where there is no coverage, and arrive once when there is."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import dialog, on_sqlite
from tests.journeys.visiting import (
    KEPT,
    LOG,
    SENT,
    another,
    await_device,
    expect_told,
    expect_unsent,
    field,
    ready,
    save,
    sign_in,
    stored,
    unsent,
    write,
)  # fmt: skip
from tests.thorough import THOROUGH

__all__ = ["field"]

BAD_DAYS = {
    "a good network": {},
    "everything arrives twice": {"is_doubling": True},
    "an error at first": {"failing": 1},
    "an answer that is lost": {"lost_answers": 1},
}


def weathers(**some):
    """Try a test on some bad days; in a thorough run on all of them on each kind of database."""
    pairs = [(kind, day) for kind, days in some.items() for day in (BAD_DAYS if THOROUGH else days)]
    names = [f"{kind}-{day}" for kind, day in pairs]
    return pytest.mark.parametrize(
        ("kind", "weather"), pairs, ids=names, indirect=["kind"], scope="session"
    )


def expire(field):
    """Let the session run out, as it does after a week."""
    field.context.clear_cookies()


@weathers(sqlite=["an answer that is lost"], postgresql=[])
def test_three_visits_without_coverage_arrive_once(field, weather):
    name = f"Skogen {weather}"
    page = field.sign_in()
    field.lose_coverage()
    page.goto(LOG)
    ready(page)
    write(page, f"{name} 1", f"Sag {weather} AS", idea=f"Idé {name}")
    save(page, KEPT)
    another(page)
    write(page, f"{name} 2", promise=f"Løfte {name} 1")
    save(page, KEPT)
    another(page)
    write(page, f"{name} 3", f"Sag {weather} AS", promise=f"Løfte {name} 2")
    save(page, KEPT)
    expect_unsent(page, 3)
    page.close()
    page = field.open()
    expect_unsent(page, 3)
    assert field.visits(name) == []

    for setting, value in BAD_DAYS[weather].items():
        setattr(field.network, setting, value)
    field.find_coverage()
    expect_unsent(page, 0)
    visits = field.visits(name)
    assert [visit.about for visit in visits] == [f"{name} {n}" for n in (1, 2, 3)]
    assert visits[0].name == visits[2].name == f"Sag {weather} AS"
    [idea] = field.ideas(f"Idé {name}")
    assert idea.visit_id == visits[0].id
    assert [(row.what, row.visit_id) for row in field.promises(f"Løfte {name}")] == [
        (f"Løfte {name} 1", visits[1].id),
        (f"Løfte {name} 2", visits[2].id),
    ]
    assert stored(page, "visits") == []


def test_a_session_that_ran_out_keeps_them_and_asks_to_sign_in(field):
    page = field.sign_in()
    field.lose_coverage()
    write(page, "Utløpt")
    save(page, KEPT)
    expire(field)
    field.find_coverage()
    expect(unsent(page)).to_have_accessible_name("1 usendt besøk. Logg inn for å sende")
    expect(unsent(page)).to_contain_text("Logg inn")
    assert field.visits("Utløpt") == []
    unsent(page).click()
    expect_unsent(page, 1)
    expect(unsent(page)).to_contain_text("Logg inn for å sende")
    sign_in(page)
    expect_unsent(page, 0)
    assert len(field.visits("Utløpt")) == 1


@on_sqlite
class TestOnThePhone:
    """What hangs on the device alone, whatever the database."""

    def test_a_new_release_takes_over_and_keeps_them(self, field):
        page = field.sign_in()
        field.lose_coverage()
        write(page, "Ny utgave")
        save(page, KEPT)
        before = page.evaluate("caches.keys()")
        field.network.edit = newer
        field.network.failing = 99
        field.find_coverage()
        page.goto("/mal")
        page.wait_for_function(
            "async (before) => { const now = await caches.keys();"
            " return now.length === 1 && now[0] !== before; }",
            arg=before[0],
        )
        expect_unsent(page, 1)
        field.lose_coverage()
        page = field.open()
        expect_unsent(page, 1)
        field.network.failing = 0
        field.find_coverage()
        expect_unsent(page, 0)
        assert len(field.visits("Ny utgave")) == 1

    def test_other_pages_say_that_they_need_coverage(self, field):
        page = field.sign_in()
        field.lose_coverage()
        for path in ("/", "/mal", "/bedrifter", "/ideer/1"):
            page.goto(path)
            expect(page.get_by_role("heading", name="Denne siden trenger dekning")).to_be_visible()
        page.get_by_role("link", name="Logg besøk").click()
        ready(page)
        expect(page.get_by_text("Uten dekning", exact=True).first).to_be_visible()
        field.find_coverage()
        page.goto("/mal")
        expect(page.get_by_role("heading", name="Mål", level=1)).to_be_visible()

    def test_a_page_of_the_network_itself_is_no_answer(self, field):
        page = field.sign_in()
        field.network.portal = b"<h1>Velkommen til Gjestenett</h1>"
        write(page, "Gjestenett")
        save(page, KEPT)
        expect_unsent(page, 1)
        field.network.portal = b""
        page.get_by_role("button", name="Send nå").click()
        expect_unsent(page, 0)
        expect_told(page, SENT)
        assert len(field.visits("Gjestenett")) == 1

    def test_a_token_that_went_with_its_session_is_asked_for_anew(self, field):
        page = field.sign_in()
        given = []

        def stale(path, body):
            if path == "/besok/tilgang.json":
                given.append(body)
                return body.replace(b'"token":"', b'"token":"x') if len(given) == 1 else body
            return body

        field.network.edit = stale
        write(page, "Nytt merke")
        save(page, SENT)
        assert len(given) == 2
        assert len(field.visits("Nytt merke")) == 1

    def test_what_is_new_is_known_to_the_device_at_once(self, field):
        page = field.sign_in()
        write(page, "Nykjent", "Nykjent Sveis AS")
        save(page, SENT)
        expect_known(page, "Nykjent Sveis AS")
        field.lose_coverage()
        page = field.open()
        page.get_by_label("Annen bedrift").fill("nykjent")
        expect(page.locator("[data-finds] button")).to_have_count(1)

    def test_one_that_is_refused_comes_back_and_lets_the_others_pass(self, field):
        page = field.sign_in()
        field.lose_coverage()
        write(page, "Avvist 1")
        page.get_by_label("Dato").fill("1985-01-02")
        save(page, KEPT)
        another(page)
        write(page, "Avvist 2")
        save(page, KEPT)
        field.find_coverage()
        expect_unsent(page, 1)
        assert [visit.about for visit in field.visits("Avvist")] == ["Avvist 2"]
        row = page.locator("[data-unsent-list] > li")
        expect(row).to_contain_text("Må rettes")
        expect(row.locator("[data-reasons] li")).not_to_be_empty()
        row.get_by_role("button", name="Fortsett").click()
        expect(page.get_by_label("Hva handlet det om?")).to_have_value("Avvist 1")
        expect(page.locator("#occurred_on-error")).to_be_visible()
        expect_unsent(page, 0)
        page.get_by_label("Dato").fill("2026-01-05")
        save(page, SENT)
        assert [visit.about for visit in field.visits("Avvist")] == ["Avvist 2", "Avvist 1"]

    def test_signing_out_with_unsent_visits_warns_and_then_wipes(self, field):
        page = field.sign_in()
        field.network.failing = 99
        write(page, "Loggut 1")
        save(page, KEPT)
        ask_to_leave(page)
        expect(dialog(page)).to_contain_text("Ett besøk på denne telefonen er ikke sendt ennå.")
        dialog(page).get_by_role("button", name="Bli innlogget").click()
        expect_unsent(page, 1)
        ask_to_leave(page)
        dialog(page).get_by_role("button", name="Send nå").click()
        expect(dialog(page)).to_contain_text("Ikke alt lot seg sende")
        field.network.failing = 0
        dialog(page).get_by_role("button", name="Send nå").click()
        expect(page.get_by_role("button", name="Logg inn")).to_be_visible()
        assert len(field.visits("Loggut 1")) == 1
        assert stored(page, "kept") == [] and stored(page, "visits") == []

        sign_in(page)
        ready(page)
        field.network.failing = 99
        write(page, "Loggut 2")
        save(page, KEPT)
        ask_to_leave(page)
        dialog(page).get_by_role("button", name="Forkast og logg ut").click()
        expect(page.get_by_role("button", name="Logg inn")).to_be_visible()
        assert stored(page, "kept") == [] and stored(page, "visits") == []
        field.network.failing = 0
        sign_in(page)
        expect_unsent(page, 0)
        assert field.visits("Loggut 2") == []

    def test_after_thirty_days_without_contact_the_device_is_wiped(self, field):
        page = field.sign_in()
        field.lose_coverage()
        write(page, "Gammel")
        save(page, KEPT)
        for days, is_wiped in ((29, False), (31, True)):
            page.evaluate(AGE, days)
            page.close()
            page = field.context.new_page()
            page.goto(LOG)
            nobody = page.get_by_text("Ingen er logget inn på denne telefonen")
            expect(nobody).to_be_visible(visible=is_wiped)
            if not is_wiped:
                ready(page)
        assert stored(page, "kept") == []
        expect(page.locator("[data-offers] .offer")).to_have_count(0)
        # What was written is not lost: whoever wrote it signs in, and it is sent.
        expect_unsent(page, 1)
        expire(field)
        field.find_coverage()
        sign_in(page)
        expect_unsent(page, 0)
        assert len(field.visits("Gammel")) == 1

    def test_visits_of_somebody_else_wait_for_them(self, field):
        page = field.sign_in()
        field.lose_coverage()
        write(page, "Min egen")
        save(page, KEPT)
        expire(field)
        field.find_coverage()
        sign_in(page, "developer")
        await_device(page)
        expect(page.locator("[data-of-others]")).to_have_text(re.compile("^Ett besøk fra en annen"))
        expect_unsent(page, 0)
        write(page, "Hennes")
        save(page, SENT)
        assert field.visits("Min egen") == []
        expire(field)
        sign_in(page)
        expect(page.locator("[data-of-others]")).to_be_hidden()
        wait_for(page, lambda: field.visits("Min egen"))
        [hers], [mine] = field.visits("Hennes"), field.visits("Min egen")
        assert hers.visitor_id != mine.visitor_id

    def test_of_two_tabs_one_sends(self, field):
        one, two = field.sign_in(), field.open()
        field.lose_coverage()
        for nth, page in enumerate((one, two, one)):
            write(page, f"To faner {nth}")
            save(page, KEPT)
            if nth == 0:
                another(page)
        field.find_coverage()
        for page in (one, two):
            expect_unsent(page, 0)
        assert len(field.visits("To faner")) == 3
        assert field.network.sent["/besok"] == 3

    def test_what_is_typed_is_kept_on_each_key(self, field):
        page = field.sign_in()
        write(page, "Halv", promise="Ring Kari", idea="Halv idé")
        page.get_by_label(re.compile("^Andre fra bedriften")).fill("Per Ås")
        chosen = page.locator("[data-offers] .offer:has(:checked) span").inner_text()
        page.close()
        field.lose_coverage()
        page = field.open()
        expect(page.locator("[data-draft-note]")).to_contain_text("Utkastet ditt fra")
        expect(page.get_by_label("Hva handlet det om?")).to_have_value("Halv")
        expect(page.get_by_label("Hva ble lovet?").last).to_have_value("Ring Kari")
        expect(page.get_by_label("Hva heter ideen?")).to_have_value("Halv idé")
        expect(page.get_by_label(re.compile("^Andre fra bedriften"))).to_have_value("Per Ås")
        assert page.locator("[data-offers] .offer:has(:checked) span").inner_text() == chosen
        page.get_by_role("button", name="Forkast utkast").click()
        dialog(page).get_by_role("button", name="Forkast utkast").click()
        expect(page.get_by_label("Hva handlet det om?")).to_have_value("")
        page.reload()
        ready(page)
        expect(page.get_by_label("Hva handlet det om?")).to_have_value("")

    def test_a_page_that_stands_open_in_english_is_english_without_coverage(self, field):
        page = field.sign_in()
        page.get_by_label("Din meny").click()
        page.get_by_role("button", name="In English").click()
        page.goto(LOG)
        ready(page)
        page.evaluate(ENGLISH)
        field.lose_coverage()
        page.goto(LOG)
        ready(page)
        expect(page.get_by_role("button", name="Save the visit")).to_be_visible()
        page.goto("/mal")
        expect(page.get_by_role("heading", name="This page needs coverage")).to_be_visible()
        field.find_coverage()
        page.goto("/mal")
        page.get_by_label("Your menu").click()
        page.get_by_role("button", name="På bokmål").click()


ENGLISH = """() => new Promise((done) => {
  const look = async () => {
    const worker = (await navigator.serviceWorker.getRegistration())?.active;
    const isThere = worker?.state === "activated" && worker.scriptURL.endsWith("=en");
    if (isThere) done(); else setTimeout(look, 50);
  };
  look();
})"""
AGE = """(days) => new Promise((done) => {
  const asked = indexedDB.open("ideloypa");
  asked.onsuccess = () => {
    const work = asked.result.transaction("kept", "readwrite");
    work.objectStore("kept").put(Date.now() - days * 24 * 3600 * 1000, "seen");
    work.oncomplete = () => { asked.result.close(); done(); };
  };
})"""


def newer(path, body):
    """Let the server have another release."""
    return body.replace(b'"release": "', b'"release": "ny-') if path.startswith("/sw.js") else body


KNOWN = """(name) => new Promise((done) => {
  const look = () => {
    const asked = indexedDB.open("ideloypa");
    asked.onsuccess = () => {
      const device = asked.result.transaction("kept").objectStore("kept").get("device");
      device.onsuccess = () => {
        asked.result.close();
        const isThere = device.result.companies.some((company) => company[1] === name);
        if (isThere) done(); else setTimeout(look, 50);
      };
    };
  };
  look();
})"""


def expect_known(page, company):
    """Wait until the device keeps a company."""
    page.evaluate(KNOWN, company)


def ask_to_leave(page):
    page.get_by_label("Din meny").click()
    page.get_by_role("button", name="Logg ut").click()


def wait_for(page, look):
    """Wait until something has reached the database."""
    for _ in range(150):
        if look():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it never came")
