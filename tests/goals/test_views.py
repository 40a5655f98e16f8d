"""The strip, the goals and the lists behind every number, as pages."""

import csv
import io
import json
import random
import re
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest

from incubator.accounts.models import Role
from incubator.core import clock as clock_module
from incubator.goals.metrics import METRICS
from incubator.goals.queries import ROWS_PAGE
from incubator.ideas import operations as ideas
from incubator.incubation import operations as incubation
from incubator.incubation.models import EndReason
from tests import make
from tests.goals.history import ME, History

TODAY = date(2026, 5, 12)


@pytest.fixture
def region(session, clock):
    return make.region(session)


@pytest.fixture
def developer(client, session, region):
    return client.sign_in(make.user(session))


@pytest.fixture
def partner(client, session, region):
    return client.sign_in(make.user(session, Role.PARTNER))


def plain(text):
    """Give a page as one reads it: no tags, one space between words."""
    without = re.sub(r"<(title|svg|script)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", without).split())


def links(text):
    """Give the goals of a page: the address of the rows, and what stands there."""
    found = re.findall(r'<a class="goal[^"]*" href="([^"]+)">(.*?)</a>', text, re.DOTALL)
    for row in re.findall(r'<div class="goal-row">.*?</div>', text, re.DOTALL):
        found.append((re.search(r'href="(/mal/tall/[^"]+)"', row)[1], row))
    return [(href.replace("&amp;", "&"), plain(inner)) for href, inner in found]


def big_number(text):
    return re.search(r'class="big-number"[^>]*><b class="num">([^<]*)</b>', text)[1]


def rows_shown(text):
    return len(re.findall(r'<th scope="row">', text))


# the strip


def test_the_strip_shows_each_running_goal_of_the_region(developer, session, region):
    make.goal(session, "ideas_registered", target=60)
    make.goal(session, "ideas_registered", from_on=date(2025, 1, 1), to_on=date(2025, 12, 31))
    make.goal(session, "ideas_registered", from_on=date(2027, 1, 1), to_on=date(2027, 12, 31))
    elsewhere = make.programme(session, region_ids=[make.region(session, "Hamarregionen").id])
    make.goal(session, of=elsewhere)
    for _ in range(21):
        make.idea(session)
    [(_href, text)] = links(developer.get("/mal/stripe").text)
    assert "Nye ideer" in text
    assert "21 av 60" in text
    assert "på plan" in text  # 132 of 365 days of 60 are 21.7, and the line counts whole ones


def test_behind_is_said_with_how_many(developer, session, region):
    make.goal(session, "ideas_registered", target=60)
    make.idea(session)
    [(_href, text)] = links(developer.get("/mal/stripe").text)
    assert "1 av 60" in text
    assert "bak plan (−20)" in text


def test_a_region_without_goals_says_so(developer):
    assert "Ingen mål" in plain(developer.get("/mal/stripe").text)


@pytest.fixture
def all_goals(session, clock):
    """Give a history, and a goal for every metric."""
    chance = random.Random(7)
    History(session, clock, chance).happen(150)
    programme = make.programme(session, starts_on=date(2024, 1, 1))
    for metric in METRICS:
        make.goal(session, metric.key, of=programme, target=50)
    ended = {"from_on": date(2024, 1, 1), "to_on": date(2025, 6, 30)}
    for metric in METRICS:
        make.goal(session, metric.key, of=programme, target=50, **ended)
    return programme


def read(figure):
    """Read a number as the page writes it."""
    return float(figure.replace(" ", "").replace(",", ".").replace("\u2212", "-"))


def test_page_rows_and_command_agree_on_every_number(client, session, region, app, all_goals):
    client.sign_in(make.user(session, Role.ADMIN))
    runner = app.test_cli_runner()
    goals = links(client.get(f"/mal?region={region.id}").text)
    assert len(goals) == 2 * len(METRICS)
    for href, text in goals:
        shown = re.search(r"([\d ,\u2212]+) av 50", text)[1].strip()
        page = client.get(href).text
        assert big_number(page).replace("\u00a0", " ") == shown, href
        key = re.search(r"/tall/(\w+)", href)[1]
        asked = dict(re.findall(r"(fra|til|per)=([\d-]+)", href))
        words = ["--from", asked["fra"], "--to", min(asked["til"], TODAY.isoformat())]
        words += ["--as-of", asked["per"], "--region", region.name, "--json"]
        result = runner.invoke(args=["metrics", *words])
        assert json.loads(result.stdout)["metrics"][key] == read(shown), href
        metric = next(metric for metric in METRICS if metric.key == key)
        if not metric.is_sum:
            assert rows_shown(page) == read(shown), href


def test_the_strip_agrees_with_the_goals(developer, session, region, all_goals):
    strip = {href for href, _text in links(developer.get("/mal/stripe").text)}
    assert strip
    assert strip < {href for href, _text in links(developer.get("/mal").text)}


def test_an_address_gives_the_same_number_later(developer, session, region, clock):
    make.goal(session, "incubator_active", target=5)
    running = make.incubation(session, date(2026, 2, 1))
    [(href, text)] = links(developer.get("/mal/stripe").text)
    assert "1 av 5" in text
    clock.set(date(2026, 9, 1))
    incubation.end_incubation(session, ME, running, on=date(2026, 6, 1), reason=EndReason.COMPLETED)
    assert "0 av 5" in links(developer.get("/mal/stripe").text)[0][1]
    assert big_number(developer.get(href).text) == "1"


def test_the_strip_costs_four_queries_and_no_more_for_many_rows(
    developer, session, region, queries
):
    make.goal(session, "ideas_from_industry")
    make.goal(session, "jobs_created", county="34")
    make.idea(session)
    few = queries.of(lambda: developer.get("/mal/stripe"))
    assert len(few) <= 4, few
    programme = make.programme(session)
    for metric in METRICS:
        make.goal(session, metric.key, of=programme)
    for _ in range(12):
        make.idea(session, "case")
        make.jobs(session)
    session.flush()
    assert queries.count(lambda: developer.get("/mal/stripe")) == len(few)
    goals = queries.count(lambda: developer.get("/mal"))
    for _ in range(10):
        make.goal(session, of=make.programme(session))
    assert queries.count(lambda: developer.get("/mal")) == goals


# the goals


def test_a_programme_tells_who_owns_it_who_pays_and_how_much(developer, session, region):
    make.programme(
        session,
        name="6Kloke",
        owner_id=make.organisation(session).id,
        funders={make.organisation(session, "Innlandet fylkeskommune").id: 3_000_000},
        amount_nok=3_000_000,
        ends_on=date(2026, 5, 11),
    )
    text = plain(developer.get("/mal").text)
    assert "6Kloke avsluttet" in text
    assert "Klosser Innovasjon · Innlandet fylkeskommune" in text
    assert "3 000 000 kr" in text


def test_an_ended_goal_says_whether_it_was_reached(developer, session, region):
    ended = {"from_on": date(2025, 1, 1), "to_on": date(2025, 12, 31)}
    make.goal(session, "ideas_registered", target=2, **ended)
    make.idea(session, on=date(2025, 3, 1))
    [(href, text)] = links(developer.get("/mal").text)
    assert "ikke nådd (−1)" in text
    assert "per=2025-12-31" in href
    make.idea(session, on=date(2025, 12, 31))
    make.idea(session, on=date(2026, 1, 1))
    [(_href, text)] = links(developer.get("/mal").text)
    assert "nådd" in text
    assert "2 av 2" in text


def test_a_goal_of_the_whole_county_counts_every_region_of_it(developer, session, region):
    programme = make.programme(session, region_ids=[], county="34")
    make.goal(session, "ideas_registered", of=programme, target=1000)
    for name in ("Elverumregionen", "Hamarregionen"):
        make.idea(session, region_name=name, title=f"Hemmelig i {name}")
    [(href, text)] = links(developer.get("/mal").text)
    assert "2 av 1 000" in text
    page = developer.get(href).text
    assert big_number(page) == "2"
    assert "Hemmelig i Elverumregionen" in page
    assert "Hemmelig i Hamarregionen" not in page
    assert "1 rad vises ikke" in plain(page)


def test_what_cannot_be_classified_is_counted_beside(developer, session, region):
    make.goal(session, "ideas_from_industry", target=10)
    company = make.company(session)
    make.idea(session, company_id=company.id, title="Uten næringskode")
    [(href, text)] = links(developer.get("/mal").text)
    assert "0 av 10" in text
    assert "1 ukjent" in text
    page = developer.get(href).text
    assert "1 ukjent" in plain(page)
    assert "Uten næringskode" not in page
    unknown = re.search(r'href="(/mal/tall/[^"]*ukjent=1[^"]*)"', page)[1].replace("&amp;", "&")
    assert "Uten næringskode" in developer.get(unknown).text


# the rows


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.key)
def test_every_number_has_a_page_also_without_rows(developer, session, metric):
    text = developer.get(f"/mal/tall/{metric.key}").text
    assert big_number(text) == "0"
    assert "Ingenting" in plain(text) or "ingenting" in plain(text)


def test_the_page_says_what_is_counted(developer, session):
    address = "/mal/tall/ideas_registered?fra=2026-01-01&til=31.03.2026&per=2026-04-30"
    text = plain(developer.get(f"{address}&kjent=2026-05-01").text)
    assert "Elverumregionen, " in text
    assert "01.01.2026" in text
    assert "31.03.2026" in text
    assert "30.04.2026" in text
    assert "02.05.2026 kl. 00.00" in text


@pytest.mark.parametrize(
    "query, count",
    [
        ("", 2),
        ("?fra=2025-01-01", 3),
        ("?fra=01.01.2025&til=31.12.2025", 1),
        ("?per=2026-02-01", 1),
        ("?per=2025-12-31", 1),
        ("?fra=2026-01-01&til=2026-12-31&per=2026-05-12", 2),
        ("?kjent=2026-05-11", 0),
        ("?kjent=2026-05-12", 2),
        ("?kjent=2026-05-12T10:00:00Z", 2),
        ("?kjent=2026-05-12T12:00:00+02:00", 2),
        ("?kjent=2026-05-12T11:59", 0),
        ("?kommune=0", 0),
    ],
)
def test_scope_period_as_of_and_known_at_stand_in_the_address(developer, session, query, count):
    for day in (date(2025, 6, 1), date(2026, 2, 1), date(2026, 2, 2)):
        make.idea(session, on=day)
    assert big_number(developer.get(f"/mal/tall/ideas_registered{query}").text) == str(count)


def test_a_municipality_can_be_asked_for(developer, session, region):
    elverum = make.municipality(session, "3420")
    make.idea(session, municipality_id=elverum.id)
    make.idea(session, municipality_id=make.municipality(session, "3422").id)
    make.idea(session)
    address = f"/mal/tall/ideas_registered?kommune={elverum.id}"
    assert big_number(developer.get(address).text) == "1"


@pytest.mark.parametrize(
    "query, told",
    [
        ("fra=i+går", "Dette er ingen dato."),
        ("til=2026-02-30", "Dette er ingen dato."),
        ("per=32.01.2026", "Dette er ingen dato."),
        ("kjent=i+går", "Dette er ingen dato."),
        ("kjent=9999-12-31", "Dette er ingen dato."),
        ("kjent=9999-12-31T23:59:59-12:00", "Dette er ingen dato."),
        ("kjent=0001-01-01T00:00:00%2B12:00", "Dette er ingen dato."),
        ("per=2026-05-13", "Datoen er fram i tid"),
        ("per=9999-12-31", "Datoen er fram i tid"),
        ("fra=2026-03-01&til=2026-02-28", "Perioden slutter før den begynner."),
    ],
)
def test_dates_that_cannot_be_are_refused_in_words(developer, query, told):
    answer = developer.get(f"/mal/tall/ideas_registered?{query}")
    assert answer.status_code == 422
    assert told in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "/mal/tall/happiness", "/mal/tall/ideas_registered?region=999999",
        "/mal/tall/ideas_registered?fylke=99", "/mal/tall/ideas_registered?side=2",
        "/mal?region=999999", "/mal/stripe?region=999999",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(developer, address):
    assert developer.get(address).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "side=0",
        "side=x",
        "side=-1",
        "region=x",
        "ukjent=1",
        "ukjent=x",
        "kommune=x",
        "fra=",
        "fylke=",
    ],
)  # fmt: skip
def test_nonsense_in_an_address_is_passed_over(developer, session, query):
    make.idea(session)
    assert developer.get(f"/mal/tall/ideas_registered?{query}").status_code == 200


def test_a_long_list_comes_in_pages(developer, session, region, queries):
    days = [date(2026, 1, 1) + timedelta(days=n % 100) for n in range(ROWS_PAGE + 3)]
    for day in days[:2]:
        make.idea(session, on=day)
    few = queries.count(lambda: developer.get("/mal/tall/ideas_registered"))
    for day in days[2:]:
        make.idea(session, on=day)
    first = developer.get("/mal/tall/ideas_registered").text
    assert queries.count(lambda: developer.get("/mal/tall/ideas_registered")) == few
    assert big_number(first) == str(len(days))
    assert rows_shown(first) == ROWS_PAGE
    assert "Side 1 av 2" in plain(first)
    second = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    last = developer.get(second).text
    assert rows_shown(last) == 3
    assert 'rel="next"' not in last
    assert set(re.findall(r"/ideer/\d+", first)).isdisjoint(re.findall(r"/ideer/\d+", last))


def test_a_partner_sees_the_shared_rows_and_how_many_are_withheld(partner, session, region):
    make.idea(session, title="Hemmelig sag", company_name="Hemmelig Bruk AS")
    shared = make.idea(session, title="Delt sag", company_name="Åpent Bruk AS")
    ideas.share_idea(session, ME, shared, is_shared=True, on=TODAY)
    text = partner.get("/mal/tall/ideas_registered").text
    assert big_number(text) == "2"
    assert "Delt sag" in text
    assert "Åpent Bruk" in text
    assert "Hemmelig" not in text
    assert "1 rad vises ikke" in plain(text)


@pytest.mark.parametrize("key", ["incubator_active", "incubator_admissions"])
def test_a_partner_learns_how_many_companies_but_not_which(partner, session, region, key):
    idea = make.ripe_idea(session)
    ideas.share_idea(session, ME, idea, is_shared=True, on=date(2026, 1, 15))
    make.move(session, idea, "incubator_company", TODAY)
    text = partner.get(f"/mal/tall/{key}").text
    assert big_number(text) == "1"
    assert "Bedrift " not in plain(text)


@pytest.mark.parametrize("key", ["jobs_created", "applications_sent", "amount_granted"])
def test_a_partner_sees_no_source_or_instrument_of_what_is_not_shared(
    partner, session, region, key
):
    from_idea = make.ripe_idea(session, title="Hemmelig sag")
    make.jobs(session, idea_id=from_idea.id, source="Hemmelig samtale")
    make.jobs(session, source="Hemmelig brev", company_id=from_idea.company_id)
    make.move(session, from_idea, "rd_application", TODAY)
    text = partner.get(f"/mal/tall/{key}").text
    assert "Hemmelig" not in text
    assert "Bedrift " not in plain(text)


def test_other_regions_are_counted_but_their_text_is_withheld(developer, session, region):
    make.idea(session, region_name="Hamarregionen", title="Hemmelig på Hamar")
    text = developer.get("/mal/tall/ideas_registered?region=alle").text
    assert big_number(text) == "1"
    assert "Hemmelig" not in text


def test_an_instant_without_a_zone_is_that_of_norway():
    winter = clock_module.in_oslo(datetime(2026, 1, 1, 12))
    assert winter == datetime(2026, 1, 1, 11, tzinfo=UTC)


def test_the_rows_of_visits_say_who_and_lead_to_the_visit(client, session, clock):
    person = make.user(session, organisation_id=make.organisation(session).id, name="Kari Ås")
    visit = make.visit(session, by=make.actor_of(session, person), about="Hemmelig")
    client.sign_in(make.user(session))
    page = client.get("/mal/tall/company_visits").text
    assert f'href="/besok/{visit.id}"' in page
    assert "Kari Ås" in page and "Klosser Innovasjon" in page
    assert "Hemmelig" not in page
    page = client.get("/mal/tall/companies_visited").text
    assert f'href="/bedrifter/{visit.company_id}/besok"' in page


def test_a_partner_learns_how_many_visits_there_were_and_not_where(client, session, clock):
    visit = make.visit(session, company_name="Hemmelig Sag AS")
    client.sign_in(make.user(session, Role.PARTNER))
    for key in ("company_visits", "companies_visited"):
        page = client.get(f"/mal/tall/{key}").text
        assert "1 rad er talt med, men vises ikke" in page
        assert "Hemmelig" not in page and f"/besok/{visit.id}" not in page


def test_the_list_of_ideas_says_at_which_visit_they_came_up(client, session, clock):
    visit = make.visit(session, idea_title="Biokull")
    make.idea(session)
    client.sign_in(make.user(session))
    page = client.get("/mal/tall/ideas_registered").text
    assert f'href="/besok/{visit.id}"' in page
    assert len(re.findall(r'"/besok/\d+"', page)) == 1
    client.sign_in(make.user(session, Role.PARTNER))
    assert f"/besok/{visit.id}" not in client.get("/mal/tall/ideas_registered").text


def test_visits_and_ideas_are_narrowed_to_an_organisation(client, session, clock):
    ernu = make.organisation(session, "ERNU")
    make.visit(session)
    make.visit(session, by=make.actor(session, organisation_id=ernu.id))
    make.ripe_idea(session, "case", owner_id=make.user(session, organisation_id=ernu.id).id)
    make.idea(session, "case")
    client.sign_in(make.user(session))
    for key in ("company_visits", "cases_opened"):
        page = client.get(f"/mal/tall/{key}?organisasjon={ernu.id}").text
        assert big_number(page) == "1" and "ERNU" in page
        assert "1 ukjent" in plain(page)
        assert client.get(f"/mal/tall/{key}?organisasjon=999").status_code == 404


# the rows as files


def read_csv(answer):
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    text = answer.get_data(as_text=True).removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def test_a_file_has_the_rows_of_the_page(client, session, all_goals):
    client.sign_in(make.user(session, Role.ADMIN))
    for metric in METRICS:
        files_have_the_rows_of_the_page(client, metric)


def files_have_the_rows_of_the_page(client, metric):
    question = "region=alle&fra=2024-01-01"
    page = client.get(f"/mal/tall/{metric.key}?{question}").text
    number = read(big_number(page).replace("\u00a0", ""))
    header, *rows = read_csv(client.get(f"/mal/tall/{metric.key}.csv?{question}"))
    if metric.is_sum:
        amounts = [float(row[-1].replace(",", ".")) for row in rows if row[-1]]
        assert sum(amounts) == number, metric.key
    else:
        assert len(rows) == number, metric.key
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(f"/mal/tall/{metric.key}.xlsx?{question}").data)
    )
    table = list(book.active.iter_rows(values_only=True))
    assert list(table[0]) == header, metric.key
    assert len(table) == len(rows) + 1, metric.key
    if rows:
        assert isinstance(table[1][header.index("Dato")], datetime), metric.key


def test_a_file_holds_no_formula(developer, session):
    make.idea(session, title="=HYPERLINK(1)", on=date(2026, 2, 3))
    [_header, row] = read_csv(developer.get("/mal/tall/ideas_registered.csv"))
    assert row[1] == "'=HYPERLINK(1)"
    book = openpyxl.load_workbook(io.BytesIO(developer.get("/mal/tall/ideas_registered.xlsx").data))
    cell = book.active["B2"]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")


def test_a_partner_gets_the_shared_rows_alone(partner, session):
    make.idea(session, title="Hemmelig sag", on=date(2026, 2, 3))
    shared = make.idea(session, title="Delt sag", on=date(2026, 2, 3))
    ideas.share_idea(session, ME, shared, is_shared=True, on=TODAY)
    [_header, row] = read_csv(partner.get("/mal/tall/ideas_registered.csv"))
    assert row[1] == "Delt sag"


def test_a_file_of_what_is_not_there_is_not_found(developer):
    assert developer.get("/mal/tall/ufo.csv").status_code == 404
    assert developer.get("/mal/tall/ideas_registered.pdf").status_code == 404
