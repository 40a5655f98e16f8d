"""The pages of the analysis: every number opens a list of its length, and partners learn counts."""

import csv
import io
import random
import re
from datetime import date

import openpyxl
import pytest

from incubator.accounts.models import Role
from incubator.analysis import queries as analysis
from incubator.analysis.look import Look, year_back
from incubator.core.scope import View
from incubator.ideas import operations as ideas
from tests import make
from tests.goals.history import ME, History
from tests.thorough import some

PARTS = ("", "/tid", "/alder", "/kull", "/opphav", "/steder")
SECRET, FIRM = "Hemmelig tittel", "Hemmelig Firma AS"
OWNER, REASON = "Hilde Hemmelig", "Hemmelig hvorfor"


@pytest.fixture
def region(session, clock):
    return make.region(session)


@pytest.fixture
def developer(client, session, region):
    return client.sign_in(make.user(session))


def figures(text):
    """Give the figures of a page: the address behind each, and the number that stands there."""
    found = re.findall(r'<td class="num"[^>]*><a href="([^"]+)">([\d\s\u00a0,]+)</a>', text)
    return [
        (href.replace("&amp;", "&"), float(number.replace("\u00a0", "").replace(",", ".")))
        for href, number in found
    ]


def big_number(text):
    number = re.search(r'class="big-number"[^>]*><b class="num">([^<]*)</b>', text)[1]
    return float(number.replace("\u00a0", "").replace(",", "."))


def test_every_number_opens_a_list_of_that_length(client, session, clock):
    History(session, clock, random.Random(3)).happen(200)
    region = make.region(session)
    client.sign_in(make.user(session, Role.ADMIN))
    for nth, part in enumerate(PARTS):
        address = f"/analyse{part}?region={region.id}&fra=2024-06-01"
        every_number_opens_its_list(client, address, nth)


def every_number_opens_its_list(client, address, nth):
    page = client.get(address)
    assert page.status_code == 200
    found = figures(page.text)
    assert sum(number > 0 for _href, number in found) >= 4, address
    for href, number in some(sorted(set(found)), nth, of=5):
        answer = client.get(href)
        assert big_number(answer.text) == number, href
        if href.startswith("/analyse/ideer"):
            assert len(re.findall(r'<th scope="row">', answer.text)) == number, href
            rows = client.get(href.replace("/ideer?", "/ideer.csv?")).data.decode("utf-8-sig")
            assert len(list(csv.reader(io.StringIO(rows), delimiter=";"))) == number + 1, href


def test_a_page_costs_the_same_for_few_and_for_many(developer, session, queries, region):
    idea = make.idea(session, on=date(2026, 1, 5))
    ideas.stop_idea(session, ME, idea, on=date(2026, 2, 1), reason="Nei.", learnt="")

    def cost():
        addresses = [f"/analyse{part}?region={region.id}" for part in PARTS]
        return {at: queries.count(lambda at=at: developer.get(at)) for at in addresses}

    few = cost()
    for nth in range(30):
        idea = make.idea(session, on=date(2025, 9 + nth % 4, 5))
        make.idea(session, region_name="Kongsvingerregionen")
        if nth % 3 == 0:
            ideas.stop_idea(session, ME, idea, on=date(2026, 2, 1), reason=f"{nth}", learnt="")
    assert cost() == few
    assert max(few.values()) <= 15


def test_a_list_costs_the_same_for_few_and_for_many(developer, session, queries, region):
    make.idea(session)
    address = f"/analyse/ideer?region={region.id}&del=flyt"
    few = queries.count(lambda: developer.get(address))
    for _ in range(120):
        make.idea(session)
    assert queries.count(lambda: developer.get(address)) == few <= 12
    assert developer.get(f"{address}&side=2").status_code == 200
    assert developer.get(f"{address}&side=3").status_code == 404


def secrets(session):
    """Make one idea that is shared and one that is not, both stopped, with all that is secret."""
    owner = make.user(session, name=OWNER)
    for title in (SECRET, "Delt idé"):
        company = make.company(session, name=FIRM if title == SECRET else "Åpent Firma AS")
        idea = make.idea(
            session, title=title, company_id=company.id, owner_id=owner.id, on=date(2026, 1, 5)
        )
        if title != SECRET:
            ideas.share_idea(session, ME, idea, is_shared=True, on=date(2026, 1, 6))
        ideas.stop_idea(session, ME, idea, on=date(2026, 3, 2), reason=REASON, learnt=REASON)


def test_a_partner_sees_the_counts_and_no_secret(client, session, region):
    secrets(session)
    client.sign_in(make.user(session, Role.PARTNER))
    shown = ""
    for part in PARTS:
        page = client.get(f"/analyse{part}?region={region.id}").text
        shown += page
        for href, number in figures(page):
            if href.startswith("/analyse/ideer"):
                answer = client.get(href).text
                assert big_number(answer) == number
                shown += answer + client.get(href.replace("/ideer?", "/ideer.csv?")).text
        for href in re.findall(r'href="([^"]+\.csv[^"]*)"', page):
            shown += client.get(href.replace("&amp;", "&")).text
    assert "Delt idé" in shown
    for word in (SECRET, FIRM, OWNER, REASON, "Åpent Firma"):
        assert word not in shown
    stops = client.get(f"/analyse/ideer?region={region.id}&del=stopp").text
    assert big_number(stops) == 2
    assert "1 rad vises ikke" in stops


def test_a_partner_cannot_ask_by_owner_or_reason(client, session, region):
    secrets(session)
    owner = make.user(session, name=OWNER)
    client.sign_in(make.user(session, Role.PARTNER))
    address = f"/analyse/ideer?region={region.id}"
    for asked in (f"del=tid&eier={owner.id}", "del=stopp&grunn=1"):
        both = client.get(f"{address}&{asked}").text
        assert big_number(both) == 2  # as if it had not been asked


def test_those_who_read_ideas_see_owners_and_reasons(developer, session, region):
    secrets(session)
    assert OWNER in developer.get(f"/analyse/tid?region={region.id}").text
    assert REASON in developer.get(f"/analyse/opphav?region={region.id}").text


def test_nothing_of_a_region_where_one_does_not_work(developer, session, region):
    other = make.region(session, "Kongsvingerregionen")
    make.idea(session, title=SECRET, region_name="Kongsvingerregionen")
    for part in (*PARTS, "/ideer", "/ideer.csv", "/flyt/flyt.csv"):
        assert developer.get(f"/analyse{part}?region={other.id}").status_code == 404
    assert SECRET not in developer.get("/analyse/ideer?region=alle").text


def test_all_my_regions_are_looked_at_together(client, session, region):
    make.idea(session, on=date(2026, 1, 5))
    make.idea(session, on=date(2026, 1, 5), region_name="Kongsvingerregionen")
    client.sign_in(make.user(session, Role.ADMIN))
    assert big_number(client.get("/analyse/ideer?region=alle").text) == 2
    assert "Tid i en fase, etter region" in client.get("/analyse/tid?region=alle").text


@pytest.mark.parametrize("number", [4, 5])
def test_no_percentages_of_fewer_than_five(developer, session, region, number):
    for _ in range(number):
        make.idea(session, on=date(2026, 2, 5))
    page = developer.get(f"/analyse/kull?region={region.id}").text
    assert ("100\u00a0%" in page) == (number == 5)
    assert ("Ingen prosenter der det er færre enn 5" in page) == (number == 4)


@pytest.mark.parametrize("part", PARTS)
def test_an_empty_region_says_so(developer, region, part):
    page = developer.get(f"/analyse{part}?region={region.id}")
    assert page.status_code == 200
    assert "Ingenting teller her ennå" in page.text
    assert "data-chart=" not in page.text


def test_addresses_that_make_no_sense_are_refused(developer, region):
    for asked, status in (
        ("per=2031-01-01", 422), ("fra=2026-05-01&til=2026-04-01", 422), ("fra=tull", 422),
        ("fra=1900-01-01", 422), ("kommune=999", 404), ("kommune=x", 404), ("region=x", 200),
    ):  # fmt: skip
        answer = developer.get(f"/analyse?{asked}")
        assert answer.status_code == status, asked
    assert developer.get("/analyse/ideer?del=tull").status_code == 404
    assert developer.get("/analyse/flyt/tull.csv").status_code == 404


def test_a_past_day_answers_from_what_had_occurred_by_then(developer, session, region):
    idea = make.idea(session, on=date(2026, 1, 5))
    ideas.stop_idea(session, ME, idea, on=date(2026, 3, 2), reason="Nei.", learnt="")
    address = f"/analyse/ideer?region={region.id}&del=flyt&stand=stopped"
    assert big_number(developer.get(f"{address}&per=2026-03-01").text) == 0
    assert big_number(developer.get(f"{address}&per=2026-03-02").text) == 1


def test_the_lists_leave_as_files_without_formulas(developer, session, region):
    make.idea(session, title="=1+1", on=date(2026, 2, 5))
    answer = developer.get(f"/analyse/ideer.xlsx?region={region.id}")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    [_head, row] = book.active.iter_rows()
    assert (row[1].value, row[1].data_type) == ("=1+1", "s")


def test_the_table_of_a_figure_leaves_as_a_file(developer, session, region):
    make.idea(session, on=date(2026, 2, 5))
    answer = developer.get(f"/analyse/flyt/flyt.csv?region={region.id}")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:2] == ["Månedsslutt", "Idé"]
    assert rows[1][:2] == ["12.05.2026", "1"]
    assert len(rows) == 13


def test_the_names_behind_a_number_come_from_a_query_that_knows_who_asks(session, region):
    secrets(session)
    partner, developer = (make.actor(session, role) for role in (Role.PARTNER, Role.DEVELOPER))
    look = Look(View(date(2026, 5, 12), None, (region.id,)), year_back(date(2026, 5, 12)))
    ids = [course.idea_id for course in analysis.courses(session, look)]
    assert {one.title for one in analysis.named(session, developer, look, ids).values()} == {
        SECRET, "Delt idé",
    }  # fmt: skip
    [shared] = analysis.named(session, partner, look, ids).values()
    assert (shared.title, shared.company) == ("Delt idé", None)
