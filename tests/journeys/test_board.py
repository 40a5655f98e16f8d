"""A working day on the board with a mouse, on both databases."""

import json

import pytest
from playwright.sync_api import expect

from tests import make
from tests.journeys.steps import (
    DATA,
    DESK,
    PASSWORD,
    add_idea,
    answer,
    card,
    column,
    command,
    count,
    dialog,
    drag,
    expect_count,
    goal,
    move_by_dialog,
    name_of,
    new_region,
    number_in,
    on_sqlite,
    open_board,
    open_menu,
    ready,
    sign_in_as,
    toast,
)  # fmt: skip

PROBLEM = "Flis fra saga går til spille hver dag."


def test_a_drag_meets_a_gate_and_the_counts_and_goals_follow(page):
    open_board(page)
    add_idea(page, "Karbon av flis", "Nyfuru Sag AS")
    page.goto("/")
    ready(page)
    ideas, cases, firms = (count(page, s) for s in ("Idé", "Case", "Inkubatorbedrift"))
    admitted = number_in(goal(page, "Opptak i inkubatoren").inner_text())

    drag(page, card(page, "Karbon av flis"), column(page, "Case"))
    expect(dialog(page).get_by_role("heading", name="Flytt til Case")).to_be_visible()
    answer(page, Problemet=PROBLEM)
    expect(toast(page)).to_contain_text("Flyttet til Case.")
    expect(card(column(page, "Case"), "Karbon av flis")).to_be_visible()
    expect_count(page, "Idé", ideas - 1)
    expect_count(page, "Case", cases + 1)

    drag(page, card(page, "Karbon av flis"), column(page, "Inkubatorbedrift"))
    answer(page, Organisasjonsnummer="123 456 789")
    expect(dialog(page).get_by_role("alert")).to_contain_text("gyldig organisasjonsnummer")
    answer(page, Organisasjonsnummer=make.orgnr(900_001))
    expect(card(column(page, "Inkubatorbedrift"), "Karbon av flis")).to_be_visible()
    expect_count(page, "Case", cases)
    expect_count(page, "Inkubatorbedrift", firms + 1)
    expect(goal(page, "Opptak i inkubatoren")).to_contain_text(f"{admitted + 1} av")

    toast(page).get_by_role("button", name="Angre").click()
    expect(toast(page)).to_contain_text("Angret.")
    expect(card(column(page, "Case"), "Karbon av flis")).to_be_visible()
    expect_count(page, "Case", cases + 1)
    expect_count(page, "Inkubatorbedrift", firms)
    expect(goal(page, "Opptak i inkubatoren")).to_contain_text(f"{admitted} av")

    page.reload()
    expect_count(page, "Idé", ideas - 1)
    expect_count(page, "Case", cases + 1)


@on_sqlite
def test_a_list_becomes_a_board_with_counts(page, server):
    new_region(server, "Listeregionen", "5001", "liste@example.no")
    sign_in_as(page, "liste@example.no", PASSWORD)
    expect(column(page, "Idé")).to_contain_text("Ingen ideer i denne fasen nå.")
    open_menu(page, "Import")
    page.get_by_label("Lista", exact=True).set_input_files(DATA / "ideliste.xlsx")
    page.get_by_role("button", name="Se på lista").click()
    expect(page.get_by_role("heading", name="66 nye ideer")).to_be_visible()
    page.get_by_role("link", name="Feil 8").click()
    expect(page.locator("tbody tr")).to_have_count(8)
    with page.expect_download() as download:
        page.get_by_role("link", name="som Excel").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    page.get_by_role("button", name="Importer 66 ideer").click()
    expect(page.get_by_role("status").filter(has_text="66 ideer er importert.")).to_be_visible()

    page.get_by_role("link", name="Til tavla").click()
    found = {"Idé": 26, "Case": 13, "Inkubatorbedrift": 7, "FoU-søknad": 7, "Kommersialisering": 4}
    for stage, number in found.items():
        expect_count(page, stage, number)
    expect(page.get_by_role("link", name="Parkert 9")).to_be_visible()
    printed = json.loads(command(server, "board", "--region", "Listeregionen", "--json"))
    assert list(printed["stages"].values()) == list(found.values())


@pytest.mark.thorough
@on_sqlite
def test_another_persons_move_arrives_while_one_types(page, open_page):
    open_board(page)
    add_idea(page, "Sensor for fukt", "Nordre Tørke AS")
    page.goto("/")
    ready(page)
    cases = count(page, "Case")
    other = open_board(open_page(viewport=DESK), "manager")

    page.get_by_label("Ny idé: tittel").fill("En halv setn")
    move_by_dialog(other, card(other, "Sensor for fukt"), "Case")
    answer(other, Problemet=PROBLEM)
    expect(card(column(other, "Case"), "Sensor for fukt")).to_be_visible()

    expect(card(column(page, "Case"), "Sensor for fukt")).to_be_visible()
    expect_count(page, "Case", cases + 1)
    expect(page.get_by_label("Ny idé: tittel")).to_have_value("En halv setn")
    expect(page.get_by_label("Ny idé: tittel")).to_be_focused()


@on_sqlite
def test_whoever_comes_second_is_told_who_moved_the_card_and_may_go_on(page, open_page):
    open_board(page)
    add_idea(page, "Limtre av bjørk", "Bjørka Limtre AS")
    page.goto("/")
    ready(page)
    page.route("**/tavle/endringer*", lambda route: route.fulfill(status=304))
    page.keyboard.press("Escape")
    card(page, "Limtre av bjørk").get_by_role("link", name="Flytt").click()
    expect(dialog(page).get_by_role("heading", name="Flytt til …")).to_be_visible()

    other = open_board(open_page(viewport=DESK), "manager")
    move_by_dialog(other, card(other, "Limtre av bjørk"), "Case")
    answer(other, Problemet=PROBLEM)
    expect(card(column(other, "Case"), "Limtre av bjørk")).to_be_visible()

    dialog(page).get_by_label("Inkubatorbedrift").check()
    dialog(page).get_by_role("button", name="Flytt").click()
    told = dialog(page).get_by_role("alert")
    expect(told).to_contain_text(f"{name_of('manager')} har flyttet kortet til Case i mellomtiden.")
    expect(dialog(page).get_by_label("Inkubatorbedrift")).to_be_checked()
    dialog(page).get_by_role("button", name="Flytt").click()
    answer(page, Organisasjonsnummer=make.orgnr(900_002))
    expect(card(column(page, "Inkubatorbedrift"), "Limtre av bjørk")).to_be_visible()
