"""Every list of the screen as a file: the same rows, days as days, and nothing that runs."""

import csv
import io
from datetime import date, datetime

import openpyxl
import pytest

from incubator.accounts.models import Role
from incubator.core.access import command_line
from incubator.followups import operations as followups
from incubator.ideas import operations as ideas
from tests import make

LISTS = {
    "/bedrifter": "/bedrifter.{}?q=hval",
    "/kontakter": "/kontakter.{}?q=hval",
    "/tavle": "/tavle.{}?q=hval",
    "/ideer": "/ideer.{}?status=parked",
    "/oppfolginger": "/oppfolginger.{}?hvem=alle",
    "/inkubator": "/inkubator/eksport.{}",
    "/besok": "/besok/eksport.{}",
}


@pytest.fixture
def world(session):
    """Give two companies with an idea each, of which one is asked for."""
    by = make.actor(session, Role.DEVELOPER)
    hval = make.company(session, name="=HVAL(1) AS")
    make.company(session, name="Annen AS")
    make.contact(session, hval, name="+Kari", email="@post")
    idea = make.idea(session, title="=Hval", company_id=hval.id, owner_id=by.id, by=by)
    make.idea(session, title="En annen", by=by)
    parked = make.idea(session, title="-Parkert", by=by)
    ideas.park_idea(session, by, parked, on=date(2026, 2, 1), reason="=venter", look_again_on=None)
    followups.promise(session, by, idea, what="=Ring", due_on=date(2026, 5, 4))
    make.incubation(session)
    make.visit(session, by=by, company_id=hval.id, about="=hemmelig")
    return by


def of_xlsx(answer):
    assert answer.status_code == 200, answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    cells = list(book.active.iter_rows())
    assert {cell.data_type for row in cells for cell in row} <= {"s", "d", "n"}
    return [[cell.value for cell in row] for row in cells]


def of_csv(answer):
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_a_file_holds_what_the_page_shows_with_its_filter(client, session, world):
    client.sign_in(session.get(make.User, world.id))
    found = {}
    for page, address in LISTS.items():
        found[page] = of_xlsx(client.get(address.format("xlsx")))
        text = of_csv(client.get(address.format("csv")))
        assert len(text) == len(found[page]) and text[0] == found[page][0], page
        # What could be a formula is text in a spreadsheet, and marked as text in CSV.
        assert not [cell for row in text[1:] for cell in row if cell[:1] in "=+-@" and cell], page
        assert len(found[page]) == 2, (page, found[page])
    assert found["/bedrifter"][0][:2] == ["Navn", "Organisasjonsnummer"]
    assert found["/bedrifter"][1][0] == "=HVAL(1) AS"
    assert found["/kontakter"][1][2:] == ["+Kari", None, None, "@post"]
    assert found["/tavle"][1][:2] == ["Idé", "=Hval"]
    assert found["/tavle"][1][4] == datetime.combine(make.REGISTERED, datetime.min.time())
    assert found["/ideer"][1][0] == "-Parkert" and found["/ideer"][1][4] == "=venter"
    assert found["/oppfolginger"][1][:2] == ["=Ring", datetime(2026, 5, 4)]


def test_a_partner_gets_the_shared_ideas_alone_and_no_other_list(client, session, world):
    shared = make.idea(session, title="Delt idé", by=command_line())
    ideas.share_idea(session, command_line(), shared, is_shared=True, on=make.REGISTERED)
    client.sign_in(make.user(session, Role.PARTNER))
    rows = of_xlsx(client.get("/tavle.xlsx"))
    assert [row[1] for row in rows[1:]] == ["Delt idé"]
    assert len(of_xlsx(client.get("/ideer.xlsx?status=parked"))) == 1
    for page in ("/bedrifter", "/kontakter", "/oppfolginger", "/inkubator", "/besok"):
        assert client.get(LISTS[page].format("csv")).status_code == 403, page


def test_another_region_s_lists_are_not_given(client, session, world):
    client.sign_in(make.user(session, region_name="Hamarregionen"))
    region_id = make.region(session).id
    for page in ("/tavle", "/ideer", "/inkubator", "/besok"):
        address = LISTS[page].format("csv")
        more = "&" if "?" in address else "?"
        assert client.get(f"{address}{more}region={region_id}").status_code == 404, page
    assert len(of_csv(client.get("/oppfolginger.csv?hvem=alle"))) == 1
