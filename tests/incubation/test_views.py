"""The pages of the incubator: who is in, phases, ends."""

import re
from datetime import date

import pytest

from incubator.accounts.models import Role
from incubator.audit.models import ChangeValue
from incubator.core.access import command_line
from incubator.incubation import operations as incubation
from incubator.incubation.models import EndReason
from incubator.pipeline.undo import undo_change
from incubator.upkeep import check
from tests import make

DAY = date(2026, 3, 2)
ME = command_line()


@pytest.fixture
def developer(client, session, clock):
    return client.sign_in(make.user(session))


@pytest.fixture
def running(session, clock):
    return make.incubation(session, DAY)


def plain(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_list_says_who_is_in_and_who_has_left(developer, session, running):
    gone = make.incubation(session, DAY)
    incubation.end_incubation(
        session, ME, gone, on=date(2026, 4, 1), reason=EndReason.SOLD, note="Til en kunde"
    )
    inside, left = developer.get("/inkubator").text, developer.get("/inkubator?vis=avsluttet").text
    assert f"/inkubator/{running.id}" in inside
    assert f"/inkubator/{gone.id}" not in inside
    assert f"/inkubator/{gone.id}" in left
    assert "Ble solgt" in left
    assert re.search(r"I inkubatoren <b class=\"num\">1</b>", inside)


def test_the_page_shows_the_ideas_that_joined(developer, session, running):
    other = make.ripe_idea(session, company_id=running.company_id, title="Sponplater av bark")
    make.move(session, other, "incubator_company", date(2026, 4, 2))
    page = developer.get(f"/inkubator/{running.id}")
    assert page.status_code == 200
    assert "Sponplater av bark" in page.text
    assert page.text.count('href="/ideer/') == 2


def test_a_phase_is_written_down_with_old_and_new(developer, session, running):
    answer = developer.post(
        f"/inkubator/{running.id}/fase",
        data={"phase": " Vekst ", "period_started_on": "01.04.2026"},
    )
    assert answer.status_code == 303
    assert (running.phase, running.period_started_on) == ("Vekst", date(2026, 4, 1))
    kept = session.query(ChangeValue).filter_by(subject_kind="incubation", field="phase").one()
    assert (kept.old, kept.new) == (None, "Vekst")
    assert "Vekst" in developer.get(f"/inkubator/{running.id}").text


def test_a_phase_that_somebody_else_wrote_is_not_written_over(developer, session, running):
    incubation.set_phase(session, ME, running, phase="Inkubasjon", period_started_on=None,
                         seen=(None, None))  # fmt: skip
    late = developer.post(f"/inkubator/{running.id}/fase", data={"phase": "Vekst"})
    assert late.status_code == 409
    assert "Inkubasjon" in late.text
    assert 'value="Vekst"' in late.text
    assert running.phase == "Inkubasjon"


@pytest.mark.parametrize("on", ["2026-03-01", "2026-05-13"])
def test_a_period_begins_after_the_admission_and_not_ahead(developer, running, on):
    answer = developer.post(
        f"/inkubator/{running.id}/fase", data={"phase": "Vekst", "period_started_on": on}
    )
    assert answer.status_code == 422
    assert running.phase is None


def test_a_company_leaves_with_a_day_and_a_reason(developer, session, running):
    answer = developer.post(
        f"/inkubator/{running.id}/avslutt",
        data={"on": "01.05.2026", "reason": "outgrown", "note": "Egne lokaler"},
    )
    assert answer.status_code == 303
    page = developer.get(f"/inkubator/{running.id}").text
    assert "Vokste ut av inkubatoren" in page
    assert "Egne lokaler" in page
    assert "/avslutt" not in page
    assert list(check.broken(session)) == []


@pytest.mark.parametrize(
    "data", [{}, {"on": "01.05.2026"}, {"on": "01.05.2026", "reason": "x"}, {"reason": "sold"}]
)
def test_an_end_without_day_or_reason_asks_for_it(developer, running, data):
    answer = developer.post(f"/inkubator/{running.id}/avslutt", data=data)
    assert answer.status_code == 422
    assert running.left_on is None


def test_who_comes_second_is_told_that_the_company_has_left(developer, session, running):
    incubation.end_incubation(session, ME, running, on=DAY, reason=EndReason.MOVED)
    answer = developer.post(
        f"/inkubator/{running.id}/avslutt", data={"on": "01.05.2026", "reason": "sold"}
    )
    assert answer.status_code == 422
    assert running.left_on == DAY


def test_an_end_can_be_undone(developer, session, running):
    event = incubation.end_incubation(session, ME, running, on=DAY, reason=EndReason.MOVED)
    undo_change(session, ME, event.change_id)
    session.refresh(running)
    assert running.left_on is None
    assert list(check.broken(session)) == []


def test_a_phase_can_be_undone(developer, session, running):
    change = incubation.set_phase(session, ME, running, phase="Vekst", period_started_on=None,
                                  seen=(None, None))  # fmt: skip
    undo_change(session, ME, change.id)
    session.refresh(running)
    assert running.phase is None


def test_a_partner_has_no_business_there(client, session, running):
    client.sign_in(make.user(session, Role.PARTNER))
    assert client.get("/inkubator").status_code == 403
    assert client.get(f"/inkubator/{running.id}").status_code == 403


def test_the_list_costs_the_same_for_few_and_for_many(developer, session, running, queries):
    few = queries.of(lambda: developer.get("/inkubator"))
    for _ in range(4):
        make.incubation(session, DAY)
    many = queries.of(lambda: developer.get("/inkubator"))
    assert len(many) == len(few) <= 4, "\n".join(many)
