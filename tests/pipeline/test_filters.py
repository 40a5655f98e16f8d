"""What the board is narrowed to: standing still, no next step, a deadline near, shared."""

import re
from datetime import date

import pytest

from incubator.core.access import command_line
from incubator.followups import operations as followups
from incubator.ideas import operations as ideas
from tests import make

ME = command_line()


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
    return set(re.findall(r'<li class="card"[^>]*><a[^>]*>([^<]*)', answer.text))


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
    ):
        answer = client.get(f"{address}&vis={such}")
        assert shown(answer) == titles, such
        part = client.get(f"{address}&vis={such}", headers={"HX-Request": "true"})
        assert shown(part) == titles, such
        if such in ("stille", "uten-steg", "frist", "delt"):
            assert "1 av 4" in answer.text and f"vis={such}" in answer.text, such
    assert "Mine" in client.get(address).text
    assert shown(client.get(f"{address}&eier={person.id}")) == set()
    past = client.get(f"{address}&per=2026-05-12&vis=stille")
    assert len(shown(past)) == 4 and " av " not in past.text.split("<main")[1].split("tabs")[1]
    assert queries.count(lambda: client.get(address)) == 7
    assert queries.count(lambda: client.get(f"{address}&vis=stille")) == 8
