"""The list of companies, one company, and the names that a field offers."""

import re

import pytest

from incubator.companies.queries import PAGE
from tests import make


@pytest.fixture
def developer(client, session):
    return client.sign_in(make.user(session))


def names(text):
    return re.findall(r'<th scope="row"><a href="/bedrifter/\d+">([^<]+)</a>', text)


def test_the_list_is_searched_and_comes_in_pages(developer, session):
    for nth in range(PAGE + 2):
        make.company(session, name=f"Verksted {nth:03}")
    make.company(session, name="Sagbruket")
    first = developer.get("/bedrifter?q=verksted").text
    assert len(names(first)) == PAGE
    following = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    second = developer.get(following).text
    assert names(second) == ["Verksted 050", "Verksted 051"]
    assert 'rel="next"' not in second
    assert names(developer.get("/bedrifter?q=sag").text) == ["Sagbruket"]


def test_an_empty_list_says_what_belongs_here(developer):
    assert "Ingen bedrifter" in developer.get("/bedrifter").text


def test_a_company_shows_its_ideas_of_the_own_regions(developer, session):
    company = make.company(session, name="Furumoen Støperi")
    make.idea(session, title="Varmegjenvinning", company_id=company.id)
    make.idea(session, title="Hemmelig", company_id=company.id, region_name="Hamarregionen")
    assert "Furumoen Støperi" in developer.get(f"/bedrifter/{company.id}").text
    listed = developer.get(f"/bedrifter/{company.id}/ideer").text
    assert "Varmegjenvinning" in listed
    assert "Hemmelig" not in listed


@pytest.mark.parametrize("name", ["company", "company_name", "q"])
def test_a_field_is_offered_names_while_one_types(developer, session, name):
    make.company(session, name="Furumoen Støperi")
    offered = developer.get("/bedrifter/forslag", query_string={name: "furu"}).text
    assert '<option value="Furumoen Støperi">' in offered
    assert "<option" not in developer.get("/bedrifter/forslag", query_string={name: "  "}).text


@pytest.mark.parametrize(
    "address", ["/bedrifter/999999", "/bedrifter/999999/ideer", "/bedrifter/x"]
)
def test_a_company_that_is_not_there_is_not_found(developer, address):
    assert developer.get(address).status_code == 404


def test_a_number_too_large_for_an_id_is_not_found(developer):
    for path in ("bedrifter", "ideer"):
        assert developer.get(f"/{path}/{'9' * 25}").status_code == 404
