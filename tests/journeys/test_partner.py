"""A partner reads counts, and of the ideas only those that were shared."""

from playwright.sync_api import expect

from tests.journeys.steps import (
    DESK,
    add_idea,
    card,
    column,
    count,
    dialog,
    expect_count,
    on_sqlite,
    open_board,
    ready,
)  # fmt: skip

pytestmark = on_sqlite


def test_a_partner_sees_counts_and_what_is_shared_alone(page, open_page):
    partner = open_board(page, "partner")
    ideas = count(partner, "Idé")
    expect(partner.locator(".card").first).to_be_visible()
    for one in partner.locator(".card").all():
        expect(one).to_contain_text("Delt")
    assert partner.locator(".card").count() < sum(
        count(partner, stage) for stage in ("Idé", "Case", "FoU-søknad")
    )
    for name in ("Flytt", "Ny idé", "Bedrifter", "Import"):
        expect(partner.get_by_role("link", name=name, exact=True)).to_have_count(0)

    colleague = open_board(open_page(viewport=DESK))
    address = add_idea(colleague, "Ennå hemmelig", "Hemmelig AS")
    expect_count(partner, "Idé", ideas + 1)
    expect(card(partner, "Ennå hemmelig")).to_have_count(0)
    assert partner.request.get(address).status == 404
    assert "Hemmelig" not in partner.request.get("/?q=hemmelig").text().split('id="board"')[1]

    colleague.goto("/")
    ready(colleague)
    card(colleague, "Ennå hemmelig").get_by_role("link", name="Ennå hemmelig").click()
    dialog(colleague).get_by_role("link", name="Del med partnerne").click()
    preview = colleague.get_by_role("region", name="Dette ville de se")
    expect(preview).to_contain_text("Ennå hemmelig")
    colleague.get_by_role("button", name="Del ideen").click()
    expect(colleague.get_by_text("Delt", exact=True)).to_be_visible()
    expect(card(column(partner, "Idé"), "Ennå hemmelig")).to_be_visible()
    card(partner, "Ennå hemmelig").get_by_role("link", name="Ennå hemmelig").click()
    sheet = dialog(partner)
    expect(sheet.get_by_role("heading", name="Ennå hemmelig")).to_be_visible()
    for name in ("Rediger", "Flytt til …", "Parker"):
        expect(sheet.get_by_role("link", name=name)).to_have_count(0)
    partner.keyboard.press("Escape")

    colleague.get_by_role("link", name="Deling med partnerne").click()
    colleague.get_by_role("button", name="Trekk delingen tilbake").click()
    expect(card(partner, "Ennå hemmelig")).to_have_count(0)
    expect_count(partner, "Idé", ideas + 1)


def test_the_rows_behind_a_number_say_how_many_are_withheld(page):
    open_board(page, "partner")
    page.locator("#strip").get_by_role("link").first.click()
    expect(page.get_by_text("vises ikke")).to_be_visible()
    total = int(page.locator(".big-number b").inner_text())
    rows = page.locator("tbody tr").count()
    withheld = int(page.get_by_text("vises ikke").inner_text().split()[0])
    assert rows + withheld == total
