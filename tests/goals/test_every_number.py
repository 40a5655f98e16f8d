"""A number that is a link, on any page, opens a list of exactly that length or sum.

Of pages that differ by a number in their address the first is read, and of the numbers on them that
differ so, those are opened that say least and say most; a leader reads the demo, a partner an
imported list. A thorough run opens them all, for both readers of both on both databases.
"""

from collections import defaultdict
from datetime import date
from operator import attrgetter

import pytest

from incubator.accounts import queries as people
from incubator.accounts.models import Role
from incubator.core.many import count_rows_anew
from incubator.transfer import operations as transfer
from incubator.transfer.bulk import Source
from incubator.transfer.lists import read_list
from tests import make
from tests.databases import KINDS
from tests.goals.crawler import Crawl, Number, shape
from tests.thorough import THOROUGH
from tests.transfer.lists import FILES

TODAY = date(2026, 11, 20)
# How many different numbers there were when this was written: fewer would be found by a crawler
# that has lost its way. More are welcome.
IN_THE_DEMO = {"leder": 500, "partner": 350}
IN_THE_LIST = {Role.MANAGER: 330, Role.PARTNER: 200}


@pytest.fixture(autouse=True)
def today(clock):
    clock.set(TODAY)


def crawl(client) -> tuple[Crawl, set[Number]]:
    """Read all pages; give the numbers on them, each once with the address that it opens."""
    # A database in use knows how many rows its tables have; one loaded this instant does not.
    count_rows_anew(client.session)
    walk = Crawl(client)
    found = (number for page in walk.everything() for number in page.numbers)
    return walk, set({(number.href, number.value): number for number in found}.values())


def to_open(numbers: set[Number]) -> set[Number]:
    """Choose some numbers of every kind of page and of list; all, where that is asked for."""
    if THOROUGH:
        return numbers
    alike = defaultdict(list)
    for number in sorted(numbers, key=attrgetter("href")):
        alike[shape(number.on), shape(number.href)].append(number)
    by_value = attrgetter("value")
    chosen = ((min(each, key=by_value), max(each, key=by_value)) for each in alike.values())
    return {number for some in chosen for number in some}


def unexplained(walk: Crawl, numbers: set[Number]) -> list[str]:
    """List the numbers that open a list of another length and another sum."""
    return [
        f"{number.value} on {number.on} opens {number.href}: {opened.big} {len(opened.rows)} rows"
        for number in sorted(to_open(numbers), key=attrgetter("href"))
        if not (opened := walk.opened(number)).explains(number.value)
    ]


def readers(kind, first, people):
    """Let one person read from a kind of database; in a thorough run all from both."""
    pairs = [(kind, first)]
    if THOROUGH:
        pairs = [(kind, one) for kind in KINDS for one in people]
    names = [f"{kind}-{who}" for kind, who in pairs]
    return pytest.mark.parametrize(
        ("kind", "who"), pairs, ids=names, indirect=["kind"], scope="session"
    )


@readers("sqlite", "leder", IN_THE_DEMO)
def test_every_number_of_the_demo_opens_its_rows(session, client, who, demo_world):
    client.sign_in(people.find_user(session, f"{who}@demo.example"))
    walk, numbers = crawl(client)
    assert unexplained(walk, numbers) == []
    assert walk.closed == []
    assert len(numbers) >= IN_THE_DEMO[who]


@readers("postgresql", Role.PARTNER, IN_THE_LIST)
def test_every_number_of_an_imported_list_opens_its_rows(session, client, who):
    region = make.region(session)
    listed = read_list(FILES["ideliste"], TODAY)
    transfer.import_ideas(session, make.actor(session), region.id, listed, Source("liste", "0"))
    for key in ("ideas_registered", "ideas_from_industry", "incubator_active", "jobs_created"):
        make.goal(session, key)
    make.jobs(session)
    client.sign_in(make.user(session, who))
    walk, numbers = crawl(client)
    assert unexplained(walk, numbers) == []
    assert walk.closed == []
    assert len(numbers) >= IN_THE_LIST[who]
