"""The settings of the stages: one page each, with what was before and the way to undo it."""

import re
from datetime import date

import pytest

from incubator.accounts.models import Role
from tests import make

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://localhost/"}


@pytest.fixture(autouse=True)
def stands_still(clock):
    """It is 12 May 2026."""


@pytest.fixture
def admin(client, session):
    client.sign_in(make.user(session, Role.ADMIN))
    return client


@pytest.fixture
def case(session):
    return make.stages(session)["case"]


def filled(page):
    """Give what the form of a stage holds."""
    form = page.text.split("<form class", 1)[1].split("</form>")[0]
    found = {}
    for tag in re.findall(r"<input[^>]+>", form):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        found[name[1]] = value[1] if value else ""
    return found


def test_a_stage_is_renamed_and_limited_from_a_day_and_that_is_undone(admin, session, case):
    here = make.region(session)
    before = case.label_nb
    address = f"/oppsett/faser/{case.id}"
    data = filled(admin.get(address)) | {
        "label_nb": "Utredning", "soft_limit": "15", f"limit_{here.id}": "3", "on": "1.4.2026",
    }  # fmt: skip
    assert admin.post(address, data=data).status_code == 303
    page = admin.get(address)
    assert filled(page)["label_nb"] == "Utredning"
    assert f"{before} → Utredning" in page.text
    assert f"Grense i {here.name}: – → 3" in page.text
    assert "01.04.2026" in page.text
    assert f"{here.name}: 3" in admin.get("/oppsett/faser").text
    make.idea(session, "case", on=date(2026, 2, 1))
    assert re.search(r"Utredning</h2>\s*<p[^>]+>1 / 3</p>", admin.get("/").text)
    assert "Utredning" not in admin.get("/?per=2026-03-31").text.split('id="board"')[1]
    assert re.search(r"Utredning</h2>\s*<p[^>]+>1 / 3</p>", admin.get("/?per=2026-04-01").text)
    undo = re.search(r'action="(/oppsett/faser/endringer/\d+/angre)"', page.text)[1]
    assert admin.post(undo).status_code == 303
    assert case.label_nb == before


def test_what_was_typed_is_kept_where_it_cannot_be(admin, case):
    address = f"/oppsett/faser/{case.id}"
    data = filled(admin.get(address)) | {"label_nb": "Utredning", "stale_days": "mange"}
    answer = admin.post(address, data=data)
    assert answer.status_code == 422
    assert 'value="Utredning"' in answer.text
    later = admin.post(address, data=data | {"stale_days": "9", "on": "13.5.2026"})
    assert later.status_code == 422
    assert "fram i tid" in later.text


def test_the_second_administrator_sees_what_the_first_stored(admin, case):
    address = f"/oppsett/faser/{case.id}"
    data = filled(admin.get(address))
    assert admin.post(address, data=data | {"label_nb": "Utredning"}).status_code == 303
    answer = admin.post(address, data=data | {"label_nb": "Vurdering"})
    assert answer.status_code == 409
    assert "Navn på bokmål: Utredning" in answer.text
    again = filled(answer)
    assert again["label_nb"] == "Vurdering"
    assert admin.post(address, data=again).status_code == 303
    assert case.label_nb == "Vurdering"


def test_the_pages_cost_the_same_for_many_changes(admin, session, case, queries):
    address = f"/oppsett/faser/{case.id}"
    few = queries.count(lambda: admin.get(address))
    for days in (9, 10, 11):
        admin.post(address, data=filled(admin.get(address)) | {"stale_days": str(days)})
    assert queries.count(lambda: admin.get(address)) == few <= 12
