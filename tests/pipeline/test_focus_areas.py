"""The focus areas of an idea: offered, chosen, taken away, and given back by an undo."""

import re
from datetime import date

import pytest
import sqlalchemy as sa

from incubator.audit.models import ChangeValue
from incubator.core.access import command_line
from incubator.core.errors import RuleBroken
from incubator.ideas import focus, operations as ideas
from incubator.ideas.models import IdeaFocusArea
from incubator.pipeline.undo import undo_change
from incubator.reference.models import FocusArea
from incubator.reference.queries import focus_areas_in
from tests import make

ME = command_line()
TODAY = date(2026, 5, 12)


@pytest.fixture
def areas(session, clock):
    make.programme(session, name="Vekst", focus_areas=["Bioøkonomi", "Reiseliv"])
    session.flush()
    return list(session.scalars(sa.select(FocusArea).order_by(FocusArea.name_key)))


def names(session, idea):
    return [name for _id, name in focus.areas_of(session, idea.id)]


def choose(session, idea, *areas):
    return ideas.edit_idea(session, ME, idea, {}, focus_area_ids=[area.id for area in areas])


def test_what_is_chosen_is_kept_and_what_is_taken_away_is_voided(session, areas):
    bio, travel = areas
    idea = make.idea(session)
    choose(session, idea, bio)
    change = choose(session, idea, travel)
    assert names(session, idea) == ["Reiseliv"]
    voided = session.scalars(sa.select(IdeaFocusArea).where(IdeaFocusArea.voided_at.isnot(None)))
    assert [(row.focus_area_id, row.void_change_id) for row in voided] == [(bio.id, change.id)]
    value = session.scalars(sa.select(ChangeValue).where(ChangeValue.change_id == change.id)).one()
    assert (value.field, value.old, value.new) == ("focus_areas", "Bioøkonomi", "Reiseliv")
    assert choose(session, idea, travel) is None


def test_an_undo_takes_back_what_was_chosen_and_gives_back_what_was_taken(session, areas):
    bio, travel = areas
    idea = make.idea(session)
    choose(session, idea, bio)
    change = choose(session, idea, travel)
    undo_change(session, ME, change.id)
    assert names(session, idea) == ["Bioøkonomi"]
    undone = choose(session, idea)
    assert names(session, idea) == []
    choose(session, idea, bio)  # somebody chose it again meanwhile
    undo_change(session, ME, undone.id)
    standing = sa.select(sa.func.count(IdeaFocusArea.id)).where(IdeaFocusArea.known())
    assert names(session, idea) == ["Bioøkonomi"] and session.scalar(standing) == 1


def test_only_what_is_valid_and_of_the_region_is_offered(session, areas):
    there = make.region(session, "Hamarregionen")
    make.programme(session, region_ids=[there.id], focus_areas=["Elsewhere"])
    make.programme(session, focus_areas=["Over"], ends_on=date(2026, 5, 11))
    ended = areas[1]
    ended.valid_to = date(2026, 5, 11)
    session.flush()
    region = make.region(session)
    assert [one.name for one in focus_areas_in(session, region.id, TODAY)] == ["Bioøkonomi"]
    idea = make.idea(session)
    with pytest.raises(RuleBroken) as no:
        choose(session, idea, ended)
    assert no.value.code == "no_such_focus_area"


def test_one_that_is_not_offered_any_more_stays_until_taken_away(client, session, areas):
    bio = areas[0]
    idea = make.idea(session)
    choose(session, idea, bio)
    bio.valid_to = date(2026, 5, 1)
    session.flush()
    client.sign_in(make.user(session))
    page = client.get(f"/ideer/{idea.id}/rediger").text
    assert re.search(rf'value="{bio.id}" checked><span>Bioøkonomi', page)
    ideas.edit_idea(session, ME, idea, {"title": "Ny"}, focus_area_ids=[bio.id])
    assert names(session, idea) == ["Bioøkonomi"]


def post(client, idea, **form):
    given = {"title": idea.title, "was_title": idea.title, **form}
    return client.post(f"/ideer/{idea.id}/rediger", data=given)


def test_they_are_chosen_on_the_page_and_shown_there(client, session, areas):
    idea = make.idea(session)
    client.sign_in(make.user(session))
    assert "Satsingsområder" in client.get(f"/ideer/{idea.id}/rediger").text
    answer = post(client, idea, focus_area_ids=[area.id for area in areas])
    assert answer.status_code == 303
    assert "Bioøkonomi, Reiseliv" in client.get(f"/ideer/{idea.id}").text
    was = ",".join(str(area.id) for area in areas)
    post(client, idea, was_focus_area_ids=was, focus_area_ids=[areas[0].id])
    assert names(session, idea) == ["Bioøkonomi"]


def test_a_form_without_them_takes_none_away(client, session, areas):
    idea = make.idea(session)
    choose(session, idea, *areas)
    client.sign_in(make.user(session))
    assert post(client, idea, title="Nytt navn").status_code == 303
    assert names(session, idea) == ["Bioøkonomi", "Reiseliv"]


def test_two_who_choose_at_a_time_both_learn_of_it(client, session, areas):
    bio, travel = areas
    idea = make.idea(session)
    choose(session, idea, bio)
    client.sign_in(make.user(session))
    answer = post(client, idea, was_focus_area_ids="", focus_area_ids=[travel.id])
    assert answer.status_code == 409
    assert re.search(r"Lagret nå</b></span><small>Bioøkonomi<", answer.text)
    assert re.search(rf'value="{travel.id}" checked', answer.text)
    assert names(session, idea) == ["Bioøkonomi"]


def test_nonsense_is_refused_and_kept(client, session, areas):
    idea = make.idea(session)
    client.sign_in(make.user(session))
    answer = post(client, idea, title="Ny tittel", focus_area_ids=["999999"])
    assert answer.status_code == 422
    assert 'value="Ny tittel"' in answer.text
