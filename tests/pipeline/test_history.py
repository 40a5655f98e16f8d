"""Corrections in the history of a card: what is refused, what follows, and the way back."""

from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.core import clock as times
from incubator.core.access import command_line
from incubator.core.clock import Period
from incubator.core.errors import NotAllowed, RuleBroken, Stale
from incubator.core.scope import View
from incubator.goals import queries as goals
from incubator.ideas import corrections, operations as ideas
from incubator.ideas.models import StageEvent, Status, StatusEvent
from incubator.ideas.queries import list_corrections, timeline
from incubator.pipeline.queries import board_as_of
from incubator.pipeline.undo import undo_change
from incubator.upkeep import check
from tests import make

ME = command_line()
HTMX = {"HX-Request": "true"}
FEB = Period(date(2026, 2, 1), date(2026, 2, 28))


@pytest.fixture
def idea(session, clock):
    """Give a card that went to Case and on to the incubator, was parked and reopened."""
    clock.set(date(2026, 4, 1))
    made = make.ripe_idea(session, on=date(2026, 1, 15), title="Varmegjenvinning")
    make.move(session, made, "case", date(2026, 3, 2))
    make.move(session, made, "incubator_company", date(2026, 3, 10))
    ideas.park_idea(session, ME, made, on=date(2026, 3, 20), reason="Venter.", look_again_on=None)
    ideas.reopen_idea(session, ME, made, on=date(2026, 3, 25), reason="Klar.")
    clock.set(date(2026, 5, 12))
    return made


def events(session, idea, table=StageEvent):
    query = sa.select(table).where(table.idea_id == idea.id, table.known())
    return list(session.scalars(query.order_by(table.occurred_on, table.nth)))


def redate(session, idea, event, on, by=ME):
    kind = "stage" if isinstance(event, StageEvent) else "status"
    return corrections.redate_event(session, by, idea, kind, event.id, on=on, reason="Feil dag.")


def void(session, idea, event, by=ME):
    kind = "stage" if isinstance(event, StageEvent) else "status"
    return corrections.void_event(session, by, idea, kind, event.id, reason="Skjedde ikke.")


def agrees(session):
    session.flush()
    session.expire_all()
    return [f"{invariant.name} {row}" for invariant, row in check.broken(session)] == []


def test_a_corrected_date_counts_and_is_known_from_then_on_and_can_be_undone(session, idea):
    was = events(session, idea)[1]
    made = redate(session, idea, was, date(2026, 2, 20))
    assert [e.occurred_on for e in events(session, idea)][1] == date(2026, 2, 20)
    assert goals.all_values(session, View(date(2026, 5, 12)), FEB)["cases_opened"] == 1
    known_before = View(date(2026, 5, 12), times.end_of(date(2026, 5, 11)))
    assert goals.all_values(session, known_before, FEB)["cases_opened"] == 0
    assert board_as_of(session, View(date(2026, 2, 20)))["stages"]["case"] == 1
    assert [one.change_id for one in list_corrections(session, idea.id)] == [made.id]
    assert agrees(session)
    undo_change(session, ME, made.id)
    assert [e.occurred_on for e in events(session, idea)][1] == date(2026, 3, 2)
    assert board_as_of(session, View(date(2026, 2, 20)))["stages"]["case"] == 0
    assert list_corrections(session, idea.id) == [] and agrees(session)


def test_the_latest_change_takes_the_card_with_it(session, idea):
    _registered, _case, incubator = events(session, idea)
    made = void(session, idea, incubator)
    stages = make.stages(session)
    assert (idea.stage_id, idea.stage_on) == (stages["case"].id, date(2026, 3, 2))
    assert agrees(session)
    undo_change(session, ME, made.id)
    assert (idea.stage_id, idea.stage_on) == (stages["incubator_company"].id, date(2026, 3, 10))
    assert agrees(session)


def test_what_never_happened_takes_the_way_back_along(session, idea):
    parked = events(session, idea, StatusEvent)[1]
    made = void(session, idea, parked)
    assert [e.status for e in events(session, idea, StatusEvent)] == [Status.OPEN]
    assert board_as_of(session, View(date(2026, 3, 22)))["parked"] == 0 and agrees(session)
    undo_change(session, ME, made.id)
    found = [e.status for e in events(session, idea, StatusEvent)]
    assert found == [Status.OPEN, Status.PARKED, Status.OPEN] and agrees(session)


@pytest.mark.parametrize(
    ("which", "on", "code"),
    [
        (1, date(2026, 5, 13), "in_the_future"),
        (1, date(2026, 1, 14), "before_registration"),
        (1, date(2026, 3, 11), "after_next_event"),
        (2, date(2026, 3, 1), "before_previous_event"),
        (2, date(2026, 3, 21), "after_next_event"),
        (1, date(2026, 3, 2), "same_day"),
        (0, date(2026, 1, 14), "registration_stands"),
    ],
)
def test_a_date_that_cannot_be_is_refused_and_nothing_is_lost(session, idea, which, on, code):
    event = events(session, idea)[which]
    with pytest.raises(RuleBroken) as refused:
        redate(session, idea, event, on)
    assert refused.value.code == code
    assert not event.is_voided and agrees(session)


def test_what_the_rest_stands_on_is_not_taken_away(session, idea, clock):
    registered, _case, _incubator = events(session, idea)
    reopened = events(session, idea, StatusEvent)[2]
    make.move(session, idea, "commercialisation", date(2026, 5, 1), first_sale_on=date(2026, 5, 2))
    market = events(session, idea)[-1]
    for event, code in (
        (registered, "registration_stands"),
        (reopened, "went_on_after"),
        (market, "launched_after"),
    ):
        with pytest.raises(RuleBroken) as refused:
            void(session, idea, event)
        assert refused.value.code == code
    launched = events(session, idea, StatusEvent)[-1]
    void(session, idea, launched)
    assert idea.status == Status.OPEN
    void(session, idea, market)
    assert idea.stage_id == make.stages(session)["incubator_company"].id and agrees(session)


def test_a_day_that_has_an_event_already_gets_another_one_in_the_right_order(session, idea):
    _registered, case, _incubator = events(session, idea)
    made = redate(session, idea, case, date(2026, 3, 10))
    stages = make.stages(session)
    order = [e.stage_id for e in events(session, idea)]
    assert order == [stages[k].id for k in ("idea", "case", "incubator_company")]
    assert idea.stage_id == stages["incubator_company"].id and agrees(session)
    told = [e.stage_id for e in timeline(session, idea.id) if e.kind == "stage"]
    assert told == order[::-1]
    undo_change(session, ME, made.id)
    assert [e.occurred_on.day for e in events(session, idea)] == [15, 2, 10] and agrees(session)


def test_corrections_and_what_they_corrected_are_undone_from_the_last_to_the_first(session, idea):
    _registered, case, incubator = events(session, idea)
    moved = incubator.change_id
    first = redate(session, idea, case, date(2026, 2, 20))
    second = void(session, idea, events(session, idea)[2])
    for change_id in (moved, first.id):
        with pytest.raises(RuleBroken, match="built_upon"):
            undo_change(session, ME, change_id)
    undo_change(session, ME, second.id)
    assert idea.stage_id == make.stages(session)["incubator_company"].id and agrees(session)


def test_what_a_correction_took_away_after_it_stands_in_the_way_of_an_undo(session, idea):
    """Else an undo of the correction would give back what came after something that is gone."""
    parked, reopened = events(session, idea, StatusEvent)[1:]
    made = void(session, idea, reopened)
    with pytest.raises(RuleBroken, match="built_upon"):
        undo_change(session, ME, parked.change_id)
    undo_change(session, ME, made.id)
    again = events(session, idea, StatusEvent)
    assert [e.status for e in again] == [Status.OPEN, Status.PARKED, Status.OPEN]
    assert agrees(session)


def test_only_its_owner_or_a_manager_corrects_and_a_second_time_comes_too_late(session, idea):
    other = make.actor(session, Role.DEVELOPER)
    case = events(session, idea)[1]
    with pytest.raises(NotAllowed):
        redate(session, idea, case, date(2026, 2, 20), by=other)
    redate(session, idea, case, date(2026, 2, 20))
    with pytest.raises(Stale):
        redate(session, idea, case, date(2026, 2, 20))


def test_the_dialog_says_what_is_wrong_keeps_what_was_typed_and_shows_the_correction(
    client, session, idea
):
    client.sign_in(make.user(session, Role.MANAGER, name="Lise Leder"))
    case = events(session, idea)[1]
    path = f"/ideer/{idea.id}/historikk/fase/{case.id}"
    assert path in client.get(f"/ideer/{idea.id}").text
    dialog = client.get(path, headers=HTMX).text
    assert "Kom til Case" in dialog and 'value="2026-03-02"' in dialog
    given = {"what": "date", "on": "13.05.2026", "reason": "Så det i avtalen."}
    answer = client.post(path, data=given, headers=HTMX)
    assert answer.status_code == 422 and "fram i tid" in answer.text
    assert "Så det i avtalen." in answer.text and 'value="13.05.2026"' in answer.text
    assert client.post(path, data={**given, "on": ""}, headers=HTMX).status_code == 422
    assert client.post(path, data={**given, "reason": " "}, headers=HTMX).status_code == 422
    answer = client.post(path, data={**given, "on": "20.02.2026"}, headers=HTMX)
    assert answer.status_code == 200 and "/angre" in answer.text
    page = client.get(f"/ideer/{idea.id}").text
    assert "Kom til Case 02.03.2026" in page and "Kom til Case 20.02.2026" in page
    assert client.post(path, data={**given, "on": "20.02.2026"}).status_code == 409
    park = events(session, idea, StatusEvent)[1]
    path = f"/ideer/{idea.id}/historikk/status/{park.id}"
    answer = client.post(path, data={"what": "void", "on": "", "reason": "Nei."})
    assert answer.status_code == 303 and agrees(session)
