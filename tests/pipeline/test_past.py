"""The board of a past day: the same counts as everywhere, the cards of then, nothing to change."""

import re
from datetime import date

import pytest

from incubator.accounts.models import Role
from incubator.core.access import command_line
from incubator.core.scope import View
from incubator.ideas import operations as ideas, tags
from incubator.pipeline.queries import board_as_of
from incubator.pipeline.undo import undo_change
from incubator.reference.queries import focus_areas_in
from tests import make

ME = command_line()


@pytest.fixture
def region(session):
    return make.region(session)


@pytest.fixture
def developer(client, session, clock):
    person = make.user(session, name="Ola Utvikler")
    client.sign_in(person)
    return client


def columns(answer):
    """Give the count in each column's head and the titles of its cards."""
    found = {}
    for part in answer.text.split('<section class="col"')[1:]:
        label = re.search(r"<h2[^>]*>([^<]*)", part)[1]
        count = int(re.search(r'data-count="(\d+)"', part)[1])
        found[label] = (count, re.findall(r'<li class="card"[^>]*>(?:<a[^>]*>|<b>)([^<]*)', part))
    return found


def test_the_board_of_a_day_is_that_day_and_counts_as_the_command_does(
    developer, session, region, clock
):
    clock.set(date(2026, 4, 1))
    stays = make.ripe_idea(session, on=date(2026, 1, 15), title="Blir")
    moved = make.ripe_idea(session, on=date(2026, 1, 15), title="Flyttes")
    parked = make.ripe_idea(session, on=date(2026, 1, 20), title="Parkeres")
    make.move(session, moved, "case", date(2026, 3, 2))
    ideas.park_idea(session, ME, parked, on=date(2026, 3, 2), reason="Venter.", look_again_on=None)
    make.ripe_idea(session, on=date(2026, 3, 3), title="Ny siden")
    for day in (date(2026, 1, 14), date(2026, 3, 1), date(2026, 3, 2), date(2026, 4, 1)):
        shown = columns(developer.get(f"/?region={region.id}&per={day}"))
        counted = board_as_of(session, View(day, None, (region.id,)))
        assert [count for count, _cards in shown.values()] == list(counted["stages"].values())
        assert all(count == len(cards) for count, cards in shown.values())
    before = columns(developer.get(f"/?region={region.id}&per=2026-03-01"))
    assert before["Idé"][1] == ["Parkeres", moved.title, stays.title]
    after = developer.get(f"/?region={region.id}&per=02.03.2026")
    assert columns(after)["Case"][1] == ["Flyttes"] and "30 d" not in after.text
    listed = developer.get(f"/?region={region.id}&per=2026-03-02&status=parked").text
    assert "Parkeres" in listed and "Blir" not in listed


def test_nothing_can_be_changed_on_a_past_day_and_the_way_out_is_shown(developer, session, region):
    idea = make.ripe_idea(session)
    text = developer.get(f"/?region={region.id}&per=2026-05-01").text
    main = text.split("<main")[1].split("</main>")[0]
    assert f"/ideer/{idea.id}" in main and "01.05.2026" in main
    for way in (
        "/flytt",
        'id="add"',
        "data-move-form",
        "hx-post",
        'method="post"',
        "/endringer?reg",
    ):
        assert (way in main) is (way == "/endringer?reg"), way
    assert f'href="/?region={region.id}"' in main


def test_what_was_known_then_is_another_board(developer, session, region, clock):
    clock.set(date(2026, 3, 10))
    idea = make.ripe_idea(session, on=date(2026, 3, 1), title="Sent ført")
    clock.set(date(2026, 3, 20))
    wrong = make.ripe_idea(session, on=date(2026, 3, 1), title="Ved en feil")
    clock.set(date(2026, 4, 1))
    make.move(session, idea, "case", date(2026, 3, 15))
    undo_change(session, ME, wrong.change_id)
    address = f"/?region={region.id}&per=2026-03-25"
    assert columns(developer.get(address))["Case"] == (1, ["Sent ført"])
    then = developer.get(f"{address}&kjent=da")
    assert columns(then)["Idé"] == (2, ["Ved en feil", "Sent ført"])
    assert f"/ideer/{wrong.id}" not in then.text
    assert columns(developer.get(f"{address}&kjent=2026-03-19"))["Idé"] == (1, ["Sent ført"])
    strip = re.search(r'hx-get="(/mal/stripe[^"]*)"', then.text)[1].replace("&amp;", "&")
    assert developer.get(strip).status_code == 200 and "kjent=" in strip


def test_a_card_shows_and_is_found_by_who_owned_it_then(developer, session, region, clock):
    first, second = make.user(session, name="Eva Eier"), make.user(session, name="Nils Ny")
    clock.set(date(2026, 3, 1))
    idea = make.idea(session, title="Skifter eier", on=date(2026, 3, 1), owner_id=first.id)
    other = make.idea(session, title="Uten eier", on=date(2026, 3, 1))
    clock.set(date(2026, 4, 1))
    for one in (idea, other):
        ideas.edit_idea(session, ME, one, {"owner_id": second.id})
    clock.set(date(2026, 4, 2))
    old = developer.get(f"/?region={region.id}&per=2026-03-31")
    assert 'title="Eva Eier"' in old.text and 'title="Nils Ny"' not in old.text
    for day, owner, titles in (
        ("2026-03-31", first, ["Skifter eier"]),
        ("2026-03-31", second, []),
        ("2026-04-01", second, ["Uten eier", "Skifter eier"]),
        ("2026-04-01", first, []),
    ):
        shown = developer.get(f"/?region={region.id}&per={day}&eier={owner.id}")
        assert columns(shown)["Idé"][1] == titles, (day, owner.name)
    found = developer.get(f"/?region={region.id}&per=2026-04-01&q=uten")
    assert columns(found)["Idé"][1] == ["Uten eier"] and "1 av 2" in found.text


def test_it_is_narrowed_by_what_was_so_then(developer, session, region, clock, queries):
    """Tags, focus areas and sharing as of the day; who had no owner, and what stood still then."""
    area = make.programme(session, focus_areas=["Bioøkonomi"])
    area_id = focus_areas_in(session, region.id, date(2026, 4, 1))[0].id
    assert area.id
    clock.set(date(2026, 1, 2))
    idea = make.idea(session, title="Bark", on=date(2026, 1, 2))
    other = make.idea(session, title="Flis", on=date(2026, 1, 2))
    clock.set(date(2026, 3, 1))
    tags.tag_ideas(session, ME, [idea], "skog")
    tag = tags.list_tags(session, region.id)[0]
    ideas.edit_idea(
        session, ME, idea, {"owner_id": make.user(session).id}, focus_area_ids=[area_id]
    )
    ideas.share_idea(session, ME, idea, is_shared=True, on=date(2026, 3, 1))
    make.move(session, make.ripe_idea(session, on=date(2026, 3, 1)), "case", date(2026, 3, 1))
    clock.set(date(2026, 4, 1))
    tags.untag_ideas(session, ME, [idea], tag)
    ideas.share_idea(session, ME, idea, is_shared=False, on=date(2026, 4, 1))
    clock.set(date(2026, 5, 1))
    listed = make.idea(session, title="Ført sent", on=date(2026, 1, 2))
    tags.tag_ideas(session, ME, [listed], "skog")
    both, late = {"Bark", "Flis"}, {"Ført sent"}
    for asked, titles in {
        f"2026-02-28&merke={tag.id}": late,
        f"2026-03-31&merke={tag.id}": {"Bark"} | late,
        f"2026-04-01&merke={tag.id}": late,
        f"2026-02-28&satsing={area_id}": set(),
        f"2026-04-01&satsing={area_id}": {"Bark"},
        "2026-02-28&vis=delt": set(),
        "2026-03-31&vis=delt": {"Bark"},
        "2026-04-01&vis=delt": set(),
        "2026-02-28&eier=ingen": both | late,
        "2026-04-01&eier=ingen": {"Flis"} | late,
        "2026-01-20&vis=stille": set(),
        "2026-04-30&vis=stille&kjent=da": both,
    }.items():
        shown = columns(developer.get(f"/?region={region.id}&per={asked}"))
        assert set(shown["Idé"][1]) == titles, asked
    assert other.id
    every = f"merke={tag.id}&satsing={area_id}&program={area.id}&fra=hand&vis=delt&vis=stille"
    address = f"/?region={region.id}&per=2026-04-01"
    assert queries.count(lambda: developer.get(address)) == 8
    assert queries.count(lambda: developer.get(f"{address}&{every}")) == 9
    menu = developer.get(f"/tavle/filter?region={region.id}&per=2026-04-01&merke={tag.id}").text
    assert 'name="per" value="2026-04-01"' in menu and 'value="uten-steg"' not in menu


@pytest.mark.parametrize("asked", ["2026-05-13", "9999-12-31", "31.02.2026", "i går", "", "0"])
def test_a_day_that_cannot_be_is_refused_in_words_with_the_way_to_another(developer, region, asked):
    answer = developer.get(f"/?region={region.id}&per={asked}")
    assert answer.status_code == 422 and 'name="per"' in answer.text
    assert "data-count" not in answer.text
    assert developer.get(f"/?region={region.id}&per=2026-05-01&kjent=x").status_code == 422


def test_a_partner_sees_the_counts_of_then_and_no_word_of_what_is_not_shared(
    client, session, region, clock
):
    client.sign_in(make.user(session, name="Per Partner", role=Role.PARTNER))
    secret = make.ripe_idea(session, title="Hemmelig", on=date(2026, 3, 1))
    shared = make.ripe_idea(session, title="Delt idé", on=date(2026, 3, 1))
    ideas.share_idea(session, ME, shared, is_shared=True, on=date(2026, 5, 1))
    ideas.park_idea(session, ME, secret, on=date(2026, 5, 2), reason="x", look_again_on=None)
    for query in ("", "&kjent=da", "&status=parked", "&kjent=2026-05-12", "&q=hemmelig"):
        text = client.get(f"/?region={region.id}&per=2026-05-12{query}").text
        assert secret.title not in text.replace("hemmelig", ""), query
    board = columns(client.get(f"/?region={region.id}&per=2026-05-01"))
    assert board["Idé"] == (2, ["Delt idé"])
    assert (
        'data-withheld="1"' in client.get(f"/?region={region.id}&per=2026-05-12&status=parked").text
    )


def test_a_long_column_goes_on_and_the_board_costs_the_same(
    developer, session, region, clock, queries
):
    make.ripe_idea(session, on=date(2026, 3, 1))
    address = f"/?region={region.id}&per=2026-03-01"
    developer.get(address)
    few = queries.count(lambda: developer.get(address))
    for n in range(60):
        make.ripe_idea(session, on=date(2026, 3, 1), title=f"Nr {n}")
    assert queries.count(lambda: developer.get(address)) == few <= 11
    page = developer.get(address)
    assert columns(page)["Idé"][0] == 61 and len(columns(page)["Idé"][1]) == 50
    more = re.search(r'hx-get="(/tavle/da/[^"]*)"', page.text)[1].replace("&amp;", "&")
    rest = developer.get(more, headers={"HX-Request": "true"}).text
    assert rest.count('class="card"') == 11 and "/tavle/da/" not in rest
    assert developer.get(more).status_code == 200
