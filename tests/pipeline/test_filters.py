"""What the board is narrowed to and sorted by: chips, counts, the shared order left alone."""

import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit import operations as audit
from incubator.core.access import command_line
from incubator.followups import operations as followups
from incubator.goals.models import Attribution
from incubator.ideas import operations as ideas, tags
from incubator.ideas.models import Idea, Tag
from incubator.reference.models import FocusArea
from tests import make

ME = command_line()
PART = {"HX-Request": "true"}


@pytest.fixture
def board(session, clock):
    """Make a card of each kind, and one that has all in order."""
    clock.set(date(2026, 5, 12))
    region = make.region(session)
    patience = make.stages(session)["idea"].stale_days
    day = date(2026, 5, 12)
    still = date.fromordinal(day.toordinal() - patience)
    fresh = date.fromordinal(still.toordinal() + 1)
    made = {
        "still": make.idea(session, title="Står", on=still),
        "fresh": make.idea(session, title="Går", on=fresh),
        "stepless": make.idea(session, title="Uten", on=day),
        "shared": make.idea(session, title="Delt", on=day),
    }
    for name in ("still", "fresh", "shared"):
        followups.promise(session, ME, made[name], what="Ring", due_on=None)
    ideas.share_idea(session, ME, made["shared"], is_shared=True, on=day)
    made["fresh"].deadline_on = date(2026, 5, 26)
    made["shared"].deadline_on = date(2026, 5, 27)
    session.flush()
    return region


def shown(answer):
    return re.findall(r'<li class="card"[^>]*><a[^>]*>([^<]*)', answer.text)


def chips(answer):
    """Give the label and the address of each chip that can be removed."""
    found = re.findall(r'class="chip is-on[^"]*" href="([^"]*)"(?: data-narrow[^>]*)?>(.*?)<svg',
                       answer.text.split('class="narrowing"')[-1], re.DOTALL)  # fmt: skip
    return {
        re.sub(r"<[^>]*>[^<]*</[^>]*>|\s+", " ", label).strip(): href.replace("&amp;", "&")
        for href, label in found
    }


def test_cards_are_found_by_what_they_are_like(client, session, board, queries):
    person = make.user(session, name="Ola Utvikler")
    client.sign_in(person)
    address = f"/?region={board.id}"
    for such, titles in (
        ("stille", {"Står"}),
        ("uten-steg", {"Uten"}),
        ("frist", {"Går"}),
        ("delt", {"Delt"}),
        ("finnes-ikke", {"Står", "Går", "Uten", "Delt"}),
        ("stille&q=gå", set()),
        ("stille&vis=delt", set()),
    ):
        answer = client.get(f"{address}&vis={such}")
        assert set(shown(answer)) == titles, such
        assert set(shown(client.get(f"{address}&vis={such}", headers=PART))) == titles, such
        if such in ("stille", "uten-steg", "frist", "delt"):
            assert "1 av 4" in answer.text and f"vis={such}" in answer.text, such
    for such, titles in (("stille", {"Står"}), ("delt", {"Delt"})):
        past = client.get(f"{address}&per=2026-05-12&vis={such}")
        assert set(shown(past)) == titles and "1 av 4" in past.text, such
    untold = client.get(f"{address}&per=2026-05-12&vis=frist&sorter=tid")
    assert len(shown(untold)) == 4 and "Frist innen 14 dager, Sortert: Lengst" in untold.text
    assert queries.count(lambda: client.get(address)) == 6
    assert queries.count(lambda: client.get(f"{address}&vis=stille&sorter=tittel")) == 7


def claim(session, programme, idea):
    row = Attribution(programme_id=programme.id, subject_kind="idea", subject_id=idea.id, share=100)
    audit.stamp(row, make.a_change(session))
    session.add(row)
    session.flush()


@pytest.fixture
def one_of_each(session, board):
    """Make an idea that each filter finds, alone; give what the address says for it."""
    region = board
    owner = make.user(session, Role.ADVISOR, name="Kari Rådgiver")
    company = make.company(session, name="Sagmyra Tre AS")
    programme = make.programme(session, name="Vekst", region_ids=[region.id])
    area = FocusArea(programme_id=programme.id, name="Bioøkonomi", name_key="bioøkonomi")
    session.add(area)
    session.flush()
    idea = make.idea(session, title="Bark", company_id=company.id, owner_id=owner.id)
    ideas.edit_idea(session, ME, idea, {}, focus_area_ids=[area.id])
    tags.tag_ideas(session, ME, [idea], "skog")
    make.visit(session, company_id=make.company(session).id, idea_title="Fra besøk")
    old = make.programme(session, name="Omstilling", ends_on=date(2025, 12, 31))
    claim(session, old, idea)
    tag = session.scalars(sa.select(Tag)).one()
    return {
        "eier": (owner.id, "Kari Rådgiver", {"Bark"}),
        "bedrift": (company.id, "Sagmyra Tre AS", {"Bark"}),
        "satsing": (area.id, "Bioøkonomi", {"Bark"}),
        "program": (old.id, "Omstilling", {"Bark"}),  # attributed to one that had ended
        "merke": (tag.id, "skog", {"Bark"}),
        "fra": ("besok", "Fra bedriftsbesøk", {"Fra besøk"}),
    }


def test_what_narrows_the_board_is_a_chip_that_can_be_removed(client, session, board, one_of_each):
    client.sign_in(make.user(session))
    asked = "&".join(f"{name}={value}" for name, (value, *_) in one_of_each.items())
    for name, (value, label, titles) in one_of_each.items():
        answer = client.get(f"/?region={board.id}&{name}={value}")
        assert set(shown(answer)) == titles, name
        assert chips(answer) == {label: f"/?region={board.id}"}, name
        assert " av 6" in answer.text
        past = client.get(f"/?region={board.id}&per=2026-05-12&{name}={value}")
        assert set(shown(past)) == titles and list(chips(past)) == [label], name
    answer = client.get(f"/?region={board.id}&{asked}&vis=stille&vis=delt&q=b&sorter=tid")
    found = chips(answer)
    assert len(found) == 10 and "Sortert: Lengst i fasen" in found
    for name, (_value, label, _titles) in one_of_each.items():
        left = parse_qs(urlsplit(found[label]).query)
        assert name not in left and left["sorter"] == ["tid"] and len(left) == 9, label
    assert parse_qs(urlsplit(found["Står stille"]).query)["vis"] == ["delt"]
    elsewhere = Tag(
        region_id=make.region(session, "Kongsvingerregionen").id, name="fremmed", name_key="fremmed"
    )
    session.add(elsewhere)
    session.flush()
    unknown = client.get(f"/?region={board.id}&merke={elsewhere.id}")
    assert shown(unknown) == [] and "fremmed" not in unknown.text


def test_a_programme_shows_what_counts_for_it(client, session, board, one_of_each):
    """By place and period, as its goals do, but for what is attributed to others."""
    client.sign_in(make.user(session))
    running = make.programme(session, name="Løper nå", region_ids=[board.id])
    there = make.region(session, "Kongsvingerregionen")
    elsewhere = make.programme(session, name="Annensteds", region_ids=[there.id])
    for programme, titles in (
        (running, {"Står", "Går", "Uten", "Delt", "Fra besøk"}),
        (elsewhere, set()),
    ):
        assert set(shown(client.get(f"/?region={board.id}&program={programme.id}"))) == titles
    assert shown(client.get(f"/?region={board.id}&program=4711")) == []


def test_the_menu_offers_what_there_is_and_says_what_is_chosen(
    client, session, board, one_of_each, queries
):
    client.sign_in(make.user(session))
    asked = "&".join(f"{name}={value}" for name, (value, *_) in one_of_each.items())
    address = f"/tavle/filter?region={board.id}&{asked}&vis=frist&q=bark"
    assert queries.count(lambda: client.get(address)) == 9  # two of them for the programme
    for headers in ({}, PART):
        page = client.get(address, headers=headers).text
        for name, (value, *_) in one_of_each.items():
            assert re.search(f'name="{name}".*?value="{value}" selected', page, re.DOTALL), name
        assert 'value="frist" checked' in page
        assert '<input type="hidden" name="q" value="bark">' in page
        assert ("<html" in page) == (not headers)


def test_a_partner_narrows_by_what_partners_know_alone(client, session, board, one_of_each):
    client.sign_in(make.user(session, Role.PARTNER))
    for name in ("bedrift", "merke", "fra"):
        value, label, _titles = one_of_each[name]
        for address in ("/", "/tavle/filter"):
            answer = client.get(f"{address}?region={board.id}&{name}={value}")
            assert label not in answer.text and "Bark" not in answer.text, name
            assert address != "/" or shown(answer) == ["Delt"], name  # as if it were not asked
    assert shown(client.get(f"/?region={board.id}&satsing={one_of_each['satsing'][0]}")) == []


def test_sorting_shows_another_order_and_leaves_the_shared_one(client, session, board):
    person = make.user(session)
    client.sign_in(person)
    order = sa.select(Idea.id, Idea.position).order_by(Idea.id)
    before = session.execute(order).all()
    stood = ["Delt", "Uten", "Går", "Står"]
    by = {"tid": ["Står", "Går", "Delt", "Uten"], "tittel": ["Delt", "Går", "Står", "Uten"],
          "frist": ["Går", "Delt", "Uten", "Står"], "registrert": ["Delt", "Uten", "Går", "Står"],
          "ansvarlig": stood, "bedrift": stood}  # fmt: skip
    address = f"/?region={board.id}"
    assert shown(client.get(address)) == stood
    for word, titles in by.items():
        answer = client.get(f"{address}&sorter={word}")
        assert shown(answer) == titles, word
        assert " av 4" not in answer.text.split("tabs")[1], word  # all are there
        assert shown(client.get(f"{address}&sorter={word}", headers=PART)) == titles, word
    ideas_by_title = {idea.title: idea for idea in session.scalars(sa.select(Idea))}
    card, above = ideas_by_title["Står"], ideas_by_title["Delt"]
    stage = card.stage_id
    here = {**PART, "HX-Current-URL": f"http://localhost{address}&sorter=tittel"}
    asked = {"to_stage": stage, "seen_stage": stage, "after_id": above.id}
    refused = client.post(f"/ideer/{card.id}/flytt", data=asked, headers=here)
    assert refused.status_code == 422 and "sortert" in refused.text
    assert session.execute(order).all() == before


def test_a_card_that_came_meanwhile_stands_where_a_sorted_board_has_it(client, session, board):
    client.sign_in(make.user(session))
    since = session.scalar(sa.select(sa.func.max(Idea.last_change_id)))
    made = make.idea(session, title="Hogst", on=date(2026, 5, 12))
    above = session.scalars(sa.select(Idea).where(Idea.title == "Går")).one()
    poll = f"/tavle/endringer?region={board.id}&sorter=tittel&siden={since}"
    answer = client.get(poll, headers=PART).text
    assert re.search(rf'id="i{made.id}"[^>]* data-after="{above.id}"', answer)


def test_a_sorted_column_goes_on_where_it_ended(client, session, board, monkeypatch):
    client.sign_in(make.user(session))
    monkeypatch.setattr("incubator.pipeline.queries.COLUMN_PAGE", 3)
    page = client.get(f"/?region={board.id}&sorter=tittel")
    assert shown(page) == ["Delt", "Går", "Står"]
    more = re.search(r'class="more" href="([^"]*)"', page.text)[1].replace("&amp;", "&")
    assert shown(client.get(more, headers=PART)) == ["Uten"]
