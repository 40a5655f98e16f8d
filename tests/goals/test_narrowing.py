"""Every number, narrowed in every way: as plain Python says, and alike on page, file and line."""

import csv
import io
import json
import random
import re
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.core.clock import Period
from incubator.core.many import count_rows_anew
from incubator.core.scope import View
from incubator.goals import metrics, programmes, queries
from incubator.goals.metrics import BY_KEY, METRICS, Question, Sharing
from incubator.goals.models import Attribution
from incubator.ideas.models import IdeaFocusArea
from incubator.reference.models import RegionMunicipality
from incubator.reference.places import (
    county_key,
    find_places,
    municipality_key,
    programme_key,
)
from tests import make
from tests.goals.narrowed_world import Asked, Plain, World
from tests.thorough import THOROUGH, dealt, some

TODAY = date(2026, 5, 12)
YEAR = Period(date(2025, 9, 1), TODAY)
# The records of Elverumregionen, and one that lies in part elsewhere in the story below.
OF_INDUSTRY = "ideas_from_industry"  # has tests of its own: it is narrowed as the others are


@pytest.fixture(scope="module")
def told(story):
    """Give the world of all these tests."""
    story.clock.set(TODAY)
    built = World(story.session, random.Random(5)).build()
    count_rows_anew(story.session)
    return built


@pytest.fixture
def connection(story, told):
    with story.apart() as connection:
        yield connection


@pytest.fixture
def world(told, session, clock):
    return replace(told, session=session)


def plain(world):
    found = Plain(world.session, YEAR.first, YEAR.last)
    numbers = {place.id: place.number for place in found.places.values()}
    found.works = {region.id: set() for region in world.regions}
    for row in world.session.scalars(sa.select(RegionMunicipality)):
        found.works[row.region_id].add(numbers[row.municipality_id])
    one, two, three = world.programmes
    county = {number for number in numbers.values() if number[:2] == "34"}
    here = {world.regions[0].id}
    found.where = {
        one.id: lambda result: found.inside(result, found.works[here_id(here)], every=here),
        two.id: lambda result: found.inside(result, {"3420"}),
        three.id: lambda result: found.inside(result, county),
    }
    return found


def here_id(ids):
    return next(iter(ids))


def asked_in(world):
    """Give what is narrowed to: each way alone, and some together."""
    regions = tuple(sorted(region.id for region in world.regions))
    alone = [
        Asked(), Asked(regions[:1]), Asked(municipality=world.places[0].id),
        Asked(county="34"), Asked(county="03"),
        *(Asked(programme=one.id) for one in world.programmes),
        *(Asked(area=one.id) for one in world.areas),
        *(Asked(organisation=one.id) for one in world.organisations),
    ]  # fmt: skip
    place, area, klosser = world.places[1].id, world.areas[0].id, world.organisations[0].id
    one, two, _three = (programme.id for programme in world.programmes)
    return [
        *alone,
        Asked(regions[:1], municipality=place, area=area),
        Asked(regions, programme=two, organisation=klosser),
        Asked(programme=one, area=area),
        Asked(municipality=world.places[0].id, programme=two, area=world.areas[2].id,
              organisation=klosser),
    ]  # fmt: skip


def view_of(world, asked):
    keys = []
    if asked.municipality:
        keys.append(municipality_key(asked.municipality))
    if asked.county:
        keys.append(county_key(asked.county))
    if asked.programme:
        keys.append(programme_key(asked.programme))
    places = find_places(world.session, keys)
    view = View(
        TODAY, None, asked.regions, focus_area_id=asked.area, organisation_id=asked.organisation
    )
    if asked.municipality:
        view = view.inside(places[municipality_key(asked.municipality)])
    if asked.county:
        view = view.inside(places[county_key(asked.county)])
    if asked.programme:
        one = next(p for p in world.programmes if p.id == asked.programme)
        view = replace(view, programme=programmes.scope(one, places))
    return view


COUNTED = tuple(metric for metric in METRICS if metric.key != OF_INDUSTRY)


WORLDS = {"two in one": True, **({"a world": False} if THOROUGH else {})}


@pytest.mark.parametrize("has_more", WORLDS.values(), ids=WORLDS)
def test_every_metric_is_narrowed_as_plain_python_says(session, world, kind, has_more):
    if has_more:
        world = World(session, random.Random(11)).build()
    by_hand, positive, unclear = plain(world), set(), set()
    for asked in dealt(asked_in(world), kind, of=4):
        view = view_of(world, asked)
        values = queries.all_values(session, view, YEAR)
        unknown = queries.all_unknown(session, view, YEAR)
        for metric in COUNTED:
            number, cannot_tell = by_hand.answer(metric.key, asked)
            assert values[metric.key] == number, (metric.key, asked)
            assert unknown.get(metric.key, 0) == cannot_tell, (metric.key, asked)
            positive |= {metric.key} if number else set()
            unclear |= {metric.key} if cannot_tell else set()
    # What is nothing everywhere would prove nothing.
    assert positive >= {metric.key for metric in COUNTED} - {"rd_projects_completed"}
    assert unclear >= {"ideas_registered", "applications_sent", "jobs_created", "company_visits",
                       "incubator_active", "companies_visited"}  # fmt: skip


def test_yes_no_and_unknown_are_all_there_is(session, world):
    """Narrowed to an organisation or not: counted, unknown and of somebody else are all."""
    for metric in COUNTED:
        if metric.is_sum or metric.key == "companies_visited":
            continue
        all_of = metrics.value(session, Question(metric, View(TODAY), YEAR))
        found = 0
        for asked in (Asked(organisation=one.id) for one in world.organisations):
            found += metrics.value(session, Question(metric, view_of(world, asked), YEAR))
        unknown = Question(metric, view_of(world, asked), YEAR, unknown=True)
        assert all_of == found + metrics.value(session, unknown), metric.key


def test_of_industry_what_is_unknown_twice_is_unknown_once(session, world):
    area = world.areas[0].id
    view = View(TODAY, focus_area_id=area)
    of_it = {row.idea_id for row in session.scalars(sa.select(IdeaFocusArea))
             if row.focus_area_id == area}  # fmt: skip
    wide = {name: rows(session, unknown=unknown) for name, unknown in
            (("yes", False), ("unknown", True))}  # fmt: skip
    assert rows(session, view) == wide["yes"] & of_it
    classified = {
        row.idea_id for row in session.scalars(sa.select(IdeaFocusArea))
        if row.focus_area_id in {one.id for one in world.areas[:2]}
    }  # fmt: skip
    every = wide["yes"] | wide["unknown"]
    assert rows(session, view, unknown=True) == (every - classified) | (wide["unknown"] & of_it)
    assert rows(session, view) and rows(session, view, unknown=True)


def rows(session, view=None, *, unknown=False):
    question = Question(BY_KEY[OF_INDUSTRY], view or View(TODAY), YEAR, unknown=unknown)
    found = metrics.behind(question)
    ids = list(session.scalars(sa.select(found.c.id)))
    assert len(ids) == len(set(ids)) == metrics.value(session, question)
    return set(ids)


# page, file and command line


def words(asked, world):
    """Ask in the words of an address and of the command line."""
    names = {one.id: one.name for one in world.programmes}
    owners = {one.id: one.name for one in world.organisations}
    address = {"region": asked.regions[0] if asked.regions else "alle", "fra": YEAR.first}
    line = ["--from", str(YEAR.first), "--json"]
    if asked.regions:
        line += ["--region", next(r.name for r in world.regions if r.id == asked.regions[0])]
    if asked.municipality:
        place = next(p for p in world.places if p and p.id == asked.municipality)
        address["kommune"], line = place.id, [*line, "--municipality", place.number]
    if asked.programme:
        address["program"], line = asked.programme, [*line, "--programme", names[asked.programme]]
    if asked.area:
        area = next(one for one in world.areas if one.id == asked.area)
        owner = next(p for p in world.programmes if p.id == area.programme_id)
        address["satsing"], line = area.id, [*line, "--focus-area", area.name]
        if not asked.programme and area.name == "Bioøkonomi":
            # Two programmes have it: the line must say which, and the page as well.
            address["program"], line = owner.id, [*line, "--programme", owner.name]
    if asked.organisation:
        address["organisasjon"] = asked.organisation
        line += ["--organisation", owners[asked.organisation]]
    return urlencode(address), line


def big_number(text):
    found = re.search(r'class="big-number"[^>]*><b class="num">([^<]*)</b>', text)[1]
    return float(found.replace("\u00a0", "").replace(",", ".").replace("\u2212", "-"))


def unknown_of(text):
    found = re.search(r'class="big-number".*?href="([^"]+ukjent=1[^"]*)"[^>]*>(\d+) ukjent', text)
    return (found[1].replace("&amp;", "&"), int(found[2])) if found else (None, 0)


def test_page_file_and_command_line_agree_to_the_row(client, session, app, world):
    client.sign_in(make.user(session, Role.ADMIN))
    runner, seen = app.test_cli_runner(), 0
    one, two, _three = (programme.id for programme in world.programmes)
    klosser, place = world.organisations[0].id, world.places[0].id
    questions = (
        Asked((world.regions[0].id,), municipality=place), Asked(programme=two),
        Asked(area=world.areas[1].id), Asked(organisation=klosser),
        Asked(municipality=place, programme=one, area=world.areas[0].id, organisation=klosser),
    )  # fmt: skip
    for nth, asked in enumerate(questions):
        address, line = words(asked, world)
        result = runner.invoke(args=["metrics", *line])
        assert result.exit_code == 0, result.output
        told = json.loads(result.stdout)
        for metric in some(METRICS, nth, of=5):
            page = client.get(f"/mal/tall/{metric.key}?{address}").text
            file = client.get(f"/mal/tall/{metric.key}.csv?{address}").get_data(as_text=True)
            listed = list(csv.reader(io.StringIO(file.removeprefix("\ufeff")), delimiter=";"))[1:]
            number = told["metrics"][metric.key]
            assert big_number(page) == number, (metric.key, asked)
            if metric.is_sum:
                assert sum(float(row[-1].replace(",", ".")) for row in listed) == number
            else:
                assert len(listed) == number, (metric.key, asked)
            href, unknown = unknown_of(page)
            assert unknown == told["unknown"].get(metric.key, 0), (metric.key, asked)
            if href:
                assert client.get(href).text.count('<th scope="row">') == unknown
            seen += bool(number) + bool(unknown)
    assert seen > 20


def test_the_form_keeps_what_is_asked_for_and_a_chip_takes_it_away(client, session, world):
    client.sign_in(make.user(session))
    area = world.areas[1]
    page = client.get(f"/mal/tall/ideas_registered?satsing={area.id}&per=2026-05-01&netto=1").text
    assert f'<option value="{area.id}" selected>Reiseliv' in page
    assert 'id="n-per" name="per" value="2026-05-01"' in page
    chip = re.search(r'<a class="chip is-on" href="([^"]+)">Reiseliv', page)[1]
    assert "satsing" not in chip and "per=2026-05-01" in chip


@pytest.mark.parametrize("name", ["program", "satsing", "organisasjon"])
def test_what_is_not_there_cannot_be_narrowed_to(client, session, clock, name):
    client.sign_in(make.user(session))
    assert client.get(f"/mal/tall/ideas_registered?{name}=999999").status_code == 404


def test_a_programme_of_elsewhere_is_not_told_of(client, session, clock):
    there = make.programme(session, region_ids=[make.region(session, "Hamarregionen").id])
    client.sign_in(make.user(session))
    address = f"/mal/tall/ideas_registered?program={there.id}"
    assert client.get(address).status_code == 404
    assert there.name not in client.get("/mal/tall/ideas_registered").text


UNKNOWN_WORDS = (
    (["--municipality", "9999"], "no municipality with number '9999'"),
    (["--programme", "Ukjent"], "no programme 'Ukjent'. There are: Program"),
    (["--focus-area", "Ukjent"], "There are: Bioøkonomi, Reiseliv"),
    (["--focus-area", "Bioøkonomi"], "Say which with --programme"),
    (["--organisation", "Ukjent"], "no organisation 'Ukjent'"),
)


def test_the_command_line_says_what_it_does_not_know(app, session, world):
    for words, told in UNKNOWN_WORDS:
        result = app.test_cli_runner().invoke(args=["metrics", *words])
        assert result.exit_code == 1, words
        assert told in result.output


def test_the_list_costs_the_same_however_many_rows(client, session, world, queries):
    client.sign_in(make.user(session))
    where = urlencode({"program": world.programmes[0].id, "satsing": world.areas[0].id})
    address = f"/mal/tall/ideas_registered?{where}"
    few = queries.of(lambda: client.get(address))
    for _ in range(10):
        make.idea(session)
    assert len(queries.of(lambda: client.get(address))) == len(few) <= 11, few


# what several programmes claim


def shares(session):
    found = {}
    for row in session.scalars(sa.select(Attribution).where(Attribution.known())):
        found.setdefault((row.subject_kind.value, row.subject_id), []).append(row)
    return found


def test_shares_are_added_once_and_what_is_claimed_twice_is_found(session, world):
    for key in ("ideas_registered", "jobs_created", "amount_granted", "incubator_active"):
        check_shares(session, world, key)


def check_shares(session, world, key):
    by_hand, claims = plain(world), shares(session)
    places = find_places(session, [programme_key(one.id) for one in world.programmes])
    scopes = tuple(programmes.scope(one, places) for one in world.programmes)
    view, metric = View(TODAY), BY_KEY[key]
    level_on = TODAY if key == "incubator_active" else None
    expected, over = 0, 0
    for one, _classified in by_hand.results(key):
        if not (level_on or YEAR.first <= one.day <= TODAY):
            continue
        claimed = sum(row.share for row in claims.get((one.kind, one.id), ()))
        falls = [by_hand.of_programme(SimpleNamespace(**{**one.__dict__, "id": -1}), p.id, level_on)
                 for p in world.programmes]  # fmt: skip
        part = min(claimed, 100) if claimed else 100 if True in falls else 0
        expected += one.size * part / 100
        over += claimed > 100
    shared = Question(metric, view, YEAR, sharing=Sharing.SHARED, shared_by=scopes)
    assert metrics.value(session, shared) == pytest.approx(expected)
    assert 0 < expected < metrics.value(session, Question(metric, view, YEAR))
    found = metrics.behind(Question(metric, view, YEAR, sharing=Sharing.OVER))
    assert session.scalar(sa.select(sa.func.count()).select_from(found)) == over
    assert over or key == "amount_granted"
