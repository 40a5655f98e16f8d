"""The log of changes: narrowed, opened as a sheet, at a price that does not grow."""

import io
import re

import openpyxl

from incubator.ideas import operations as ideas
from tests import make

EVIL = "=HYPERLINK(1)"


def rows(answer):
    return len(re.findall(r"<tr><th scope", answer.text))


def test_what_was_done_is_found_by_person_kind_verb_region_and_day(admin, session, clock):
    me = make.actor(session, name="Kari Ås")
    idea = make.idea(session, by=me)  # it is added, and then edited
    ideas.edit_idea(session, me, idea, {"problem": "Ny tekst"})
    elsewhere = make.idea(session, region_name="Hamarregionen", title="Et annet sted")
    shown = admin.get("/oppsett/endringer", query_string={"person": me.id})
    assert rows(shown) == 3
    assert "Idé: lagt til" in shown.text and "Ny tekst" in shown.text
    for asked, found in (
        ({"person": me.id, "hva": "idea.edited"}, 2),
        ({"slag": "idea", "nr": idea.id}, 3),
        ({"slag": "idea", "i": elsewhere.region_id}, 2),
        ({"person": me.id, "fra": "12.05.2026", "til": "2026-05-12"}, 3),
        ({"person": me.id, "til": "11.05.2026"}, 0),
        ({"person": me.id, "fra": "13.05.2026"}, 0),
        ({"person": "ingen", "slag": "idea"}, 2),
    ):
        assert rows(admin.get("/oppsett/endringer", query_string=asked)) == found, asked


def test_it_opens_as_a_sheet_without_formulas(admin, session):
    me = make.actor(session)
    idea = make.idea(session, by=me)
    ideas.edit_idea(session, me, idea, {"problem": EVIL})
    asked = {"person": me.id, "hva": "idea.edited"}
    text = admin.get("/oppsett/endringer.csv", query_string=asked).data.decode("utf-8-sig")
    assert f"'{EVIL}" in text and ";idea.edited;" in text
    book = openpyxl.load_workbook(
        io.BytesIO(admin.get("/oppsett/endringer.xlsx", query_string=asked).data)
    )
    header, *found = book.active.iter_rows(values_only=True)
    line = dict(zip(header, found[0], strict=True))
    assert (line["Felt"], line["Før"], line["Etter"]) == ("problem", None, EVIL)
    assert {cell.data_type for cell in book.active[2]} <= {"n", "s", "d"}  # no "f"
    assert admin.get("/oppsett/endringer.exe").status_code == 404


def test_it_costs_the_same_for_many(admin, session, queries):
    make.idea(session)
    few = queries.count(lambda: admin.get("/oppsett/endringer"))
    for _ in range(20):
        make.idea(session)
    assert queries.count(lambda: admin.get("/oppsett/endringer")) == few
    assert few <= 9
