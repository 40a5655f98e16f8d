"""Many cards at once, as a person does it: one dialog, with and without script."""

import re
from datetime import date

import pytest
import sqlalchemy as sa

from incubator.audit.models import Change
from incubator.ideas import operations as ideas
from incubator.ideas.models import Status
from tests import make

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://localhost/"}
DAY = date(2026, 5, 12)


@pytest.fixture(autouse=True)
def stands_still(clock):
    """All of it happens in May 2026."""


@pytest.fixture
def me(client, session):
    person = make.user(session)
    client.sign_in(person)
    return person


def dialog(client, deed, cards, **more):
    ids = ",".join(str(card.id) for card in cards)
    answer = client.get(f"/ideer/mange/{deed}?ider={ids}", headers=HTMX, **more)
    assert answer.status_code == 200
    assert answer.headers["HX-Retarget"] == "#dialog"
    return answer.text


def hidden(text):
    """Give what the form carries: the cards as they were seen, the region and the key."""
    found = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text):
        found.setdefault(name, []).append(value)
    return {name: values for name, values in found.items() if name != "csrf_token"}


def send(client, deed, data, **more):
    return client.post(f"/ideer/mange/{deed}", data=data | more, headers=HTMX)


def test_cards_are_moved_from_one_dialog_and_undone_by_its_toast(client, session, me):
    cards = [make.ripe_idea(session) for _ in range(3)]
    stage = make.stages(session)["case"]
    data = hidden(dialog(client, "flytt", cards)) | {"to_stage": stage.id, "on": "12.05.2026"}
    answer = send(client, "flytt", data)
    assert answer.status_code == 200, answer.text
    assert "3 kort flyttet til Case." in answer.text
    assert all(f'id="i{card.id}"' in answer.text for card in cards)
    assert {card.stage_id for card in cards} == {stage.id}
    undo = re.search(r'hx-post="(/endringer/\d+/angre)"', answer.text)[1]
    assert client.post(undo, headers=HTMX).status_code == 200
    assert {card.stage_id for card in cards} == {make.stages(session)["idea"].id}


def test_the_gate_asks_once_for_all_and_apart_for_each(client, session, me):
    bare = [make.idea(session, company_id=make.company(session, orgnr=None).id) for _ in range(2)]
    ripe = make.ripe_idea(session)
    stage = make.stages(session)["incubator_company"]
    data = hidden(dialog(client, "flytt", [*bare, ripe]))
    data |= {"to_stage": stage.id, "on": "12.05.2026"}
    asked = send(client, "flytt", data)
    assert asked.status_code == 422
    names = set(re.findall(r'name="([^"]+-(?:orgnr|problem|owner_id))"', asked.text))
    # A number is one company's: it cannot be the same for all.
    assert names == {f"k{card.id}-orgnr" for card in bare}
    numbers = {f"k{card.id}-orgnr": make.orgnr() for card in bare}
    wrong = send(client, "flytt", data, **numbers | {f"k{bare[0].id}-orgnr": "123"})
    assert wrong.status_code == 422
    assert "gyldig organisasjonsnummer" in wrong.text
    assert numbers[f"k{bare[1].id}-orgnr"] in wrong.text  # what was typed is kept
    assert send(client, "flytt", data, **numbers).status_code == 200
    assert {card.stage_id for card in (*bare, ripe)} == {stage.id}


def test_what_several_lack_is_filled_in_once_and_differently_for_one(client, session, me):
    cards = [make.idea(session) for _ in range(3)]
    data = hidden(dialog(client, "flytt", cards))
    data |= {"to_stage": make.stages(session)["case"].id, "on": "12.05.2026"}
    asked = send(client, "flytt", data).text
    assert 'name="alle-problem"' in asked
    assert 'name="alle-founder"' not in asked
    answers = {
        "alle-problem": "Det samme", "alle-owner_id": me.id, "alle-company_name": "Felles AS",
        f"k{cards[1].id}-problem": "Noe eget",
    }  # fmt: skip
    assert send(client, "flytt", data, **answers).status_code == 200
    assert [card.problem for card in cards] == ["Det samme", "Noe eget", "Det samme"]
    assert len({card.company_id for card in cards}) == 1


def test_cards_that_others_moved_are_named_and_left_out_when_asked(client, session, me):
    cards = [make.ripe_idea(session) for _ in range(3)]
    other = make.actor(session)
    data = hidden(dialog(client, "parker", cards)) | {"reason": "Venter", "on": "12.05.2026"}
    make.move(session, cards[0], "case", DAY, by=other)
    ideas.park_idea(session, other, cards[1], on=DAY, reason="Før", look_again_on=None)
    refused = send(client, "parker", data)
    assert refused.status_code == 422
    assert f"{other.name} har flyttet det til Case." in refused.text
    assert f"{other.name} har avsluttet det." in refused.text
    assert cards[2].status == Status.OPEN
    without = re.search(r'name="uten" value="([\d,]+)"', refused.text)[1]
    assert send(client, "parker", data, uten=without).status_code == 200
    assert (cards[2].status, cards[0].status) == (Status.PARKED, Status.OPEN)


def test_a_form_sent_twice_does_it_once(client, session, me):
    cards = [make.ripe_idea(session) for _ in range(2)]
    data = hidden(dialog(client, "oppfolging", cards)) | {
        "what": "Ring", "due_on": "", "responsible_id": me.id,
    }  # fmt: skip
    first, again = (send(client, "oppfolging", data) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert "2 oppfølginger notert." in again.text
    verb = sa.select(sa.func.count(Change.id)).where(Change.verb == "followup.promised")
    assert session.scalar(verb) == 1


def test_without_script_boxes_lead_to_the_same_form(client, session, me, queries):
    cards = [make.ripe_idea(session) for _ in range(2)]
    column = cards[0].stage_id
    page = client.get("/tavle/velg")
    assert page.status_code == 200
    assert re.findall(r'name="ider" value="(\d+)"', page.text) == [
        str(card.id) for card in reversed(cards)
    ]
    few = queries.count(lambda: client.get(f"/tavle/velg?fase={column}"))
    for _ in range(5):
        make.idea(session)
    session.flush()
    assert queries.count(lambda: client.get(f"/tavle/velg?fase={column}")) == few
    address = (
        f"/ideer/mange/stopp?region={cards[0].region_id}&ider={cards[0].id}&ider={cards[1].id}"
    )
    form = client.get(address)
    assert "<!doctype html>" in form.text.lower()
    data = hidden(form.text) | {"reason": "Ingen vilje", "learnt": "", "on": "12.05.2026"}
    assert client.post("/ideer/mange/stopp", data=data).status_code == 303
    assert {card.status for card in cards} == {Status.STOPPED}


def test_the_limit_is_told_with_the_reason_that_it_asks_for(client, session, me):
    stage = make.stages(session)["case"]
    stage.soft_limit = 1
    cards = [make.ripe_idea(session) for _ in range(2)]
    data = hidden(dialog(client, "flytt", cards)) | {"to_stage": stage.id, "on": "12.05.2026"}
    asked = send(client, "flytt", data)
    assert asked.status_code == 422
    assert 'name="reason"' in asked.text
    assert "Fasen bør romme 1. Med disse kortene rommer den 2." in asked.text
    assert send(client, "flytt", data, reason="Hastesaker").status_code == 200


def test_a_drop_into_a_full_stage_asks_why(client, session, me):
    stage = make.stages(session)["case"]
    stage.soft_limit = 1
    make.ripe_idea(session, "case")
    card = make.ripe_idea(session)
    data = {"to_stage": stage.id, "seen_stage": card.stage_id, "after_id": "", "before_id": ""}
    asked = client.post(f"/ideer/{card.id}/flytt", data=data, headers=HTMX)
    assert (asked.status_code, asked.headers["HX-Retarget"]) == (422, "#dialog")
    assert 'name="reason"' in asked.text
    assert "bør romme" in asked.text
    data |= {"on": "12.05.2026", "reason": "Kunden venter"}
    assert client.post(f"/ideer/{card.id}/flytt", data=data, headers=HTMX).status_code == 200
    assert "Kunden venter" in client.get(f"/ideer/{card.id}").text
