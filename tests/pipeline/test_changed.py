"""What changed between two days: counted by person and company, each count the length of a list."""

import re
from datetime import date
from html import unescape

import pytest

from incubator.accounts.models import Role
from incubator.core.access import command_line
from incubator.core.clock import Period
from incubator.core.scope import View
from incubator.goals import queries as goals
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea
from incubator.pipeline.undo import undo_change
from tests import make

ME = command_line()
WHOLE = "fra=2026-04-01&til=2026-04-30"


@pytest.fixture
def april(session, clock):
    """Let one of each thing happen in April, and something before it."""
    region = make.region(session)
    clock.set(date(2026, 3, 20))
    firm, other = make.company(session, name="Furumoen AS"), make.company(session, name="Glomma AS")
    eva = make.user(session, name="Eva Utvikler")
    old = [
        make.ripe_idea(session, on=date(2026, 3, 1), company_id=firm.id, title=f"Gammel {n}")
        for n in range(4)
    ]
    wrong = make.move(session, old[3], "case", date(2026, 3, 10))
    clock.set(date(2026, 4, 20))
    actor = make.actor_of(session, eva)
    make.idea(session, on=date(2026, 4, 2), company_id=other.id, title="Bark til kull", by=actor)
    make.move(session, old[0], "case", date(2026, 4, 3))
    ideas.park_idea(session, actor, old[1], on=date(2026, 4, 4), reason="Vent.", look_again_on=None)
    ideas.stop_idea(session, actor, old[2], on=date(2026, 4, 5), reason="Nei.", learnt="")
    clock.set(date(2026, 4, 21))
    ideas.reopen_idea(session, actor, old[1], on=date(2026, 4, 6), reason="Klar.")
    make.move(
        session, old[0], "commercialisation", date(2026, 4, 7), first_sale_on=date(2026, 4, 7)
    )
    undo_change(session, ME, wrong.id)
    clock.set(date(2026, 5, 12))
    make.ripe_idea(session, on=date(2026, 5, 2), company_id=other.id)
    return region


def counts(text):
    """Give the totals by their words, and every count of the page with where it leads."""
    totals = dict(re.findall(r'<dt>([^<]*)</dt><dd class="num"><a href="[^"]*">(\d+)</a>', text))
    links = re.findall(r'<a href="(/endringer\?[^"]*)#liste">(\d+)</a>', text)
    return {name: int(n) for name, n in totals.items()}, [(unescape(a), int(n)) for a, n in links]


def listed(text):
    return text.count('<td class="day num"')


def test_each_thing_that_happened_is_told_once_and_each_count_is_a_list(client, session, april):
    client.sign_in(make.user(session, name="Ola Leder", role=Role.MANAGER))
    page = client.get(f"/endringer?region={april.id}&{WHOLE}")
    totals, links = counts(page.text)
    assert totals == {
        "Ny": 1, "Flyttet": 2, "Parkert": 1, "Stoppet": 1, "Gjenåpnet": 1, "Lansert": 1,
        "Rettet": 1,
    }  # fmt: skip
    assert (
        "Fra Idé til Case" in page.text and "Bark til kull" in page.text and listed(page.text) == 8
    )
    assert len(links) > 12
    for address, count in links:
        answer = client.get(address)
        assert listed(answer.text) == count, address
        assert "turns-of" not in answer.text, address
    period = Period(date(2026, 4, 1), date(2026, 4, 30))
    counted = goals.all_values(session, View(period.last, None, (april.id,)), period)
    assert totals["Ny"] == counted["ideas_registered"]
    sheet = client.get(f"/endringer.csv?region={april.id}&{WHOLE}").text
    assert len(sheet.strip().splitlines()) == 9 and "Furumoen AS" in sheet
    may = client.get(f"/endringer?region={april.id}&fra=2026-05-01").text
    assert counts(may)[0]["Ny"] == 1 and counts(may)[0]["Rettet"] == 0


def test_a_partner_is_told_how_many_and_of_what_is_shared(client, session, april):
    shared = session.query(Idea).filter_by(title="Gammel 0").one()
    ideas.share_idea(session, ME, shared, is_shared=True, on=date(2026, 5, 1))
    client.sign_in(make.user(session, name="Per Partner", role=Role.PARTNER))
    text = client.get(f"/endringer?region={april.id}&{WHOLE}").text
    totals, _links = counts(text)
    assert sum(totals.values()) == 8
    assert "Gammel 0" in text and listed(text) == 3 and 'data-withheld="5"' in text
    sheet = client.get(f"/endringer.csv?region={april.id}&{WHOLE}").text
    for word in ("Gammel 1", "Bark til kull", "Furumoen", "Glomma", "Eva", "Klar.", "Vent."):
        assert word not in text and word not in sheet, word
    for narrowed in ("hvem=1", "bedrift=1"):
        assert client.get(f"/endringer?region={april.id}&{WHOLE}&{narrowed}").status_code == 404


def test_days_that_cannot_be_are_refused_and_the_page_costs_the_same(
    client, session, april, queries
):
    client.sign_in(make.user(session, name="Ola Utvikler"))
    for days in ("til=2026-05-13", "fra=2026-05-01&til=2026-04-01", "fra=x", "fra=1066-01-01"):
        assert client.get(f"/endringer?region={april.id}&{days}").status_code == 422, days
    address = f"/endringer?region={april.id}&{WHOLE}"
    client.get(address)
    few = queries.count(lambda: client.get(address))
    for n in range(8):
        make.idea(session, on=date(2026, 4, 9), company_name=f"Firma {n} AS")
    assert queries.count(lambda: client.get(address)) == few <= 12
