"""The search over everything, and the choice of language."""

from incubator.accounts.models import Role
from tests import make


def test_a_word_finds_ideas_of_any_status_and_companies(client, session):
    company = make.company(session, name="Glommali Sagbruk AS")
    idea = make.idea(session, title="Biokull fra bark", company_id=company.id)
    other = make.idea(session, title="Robot for sveising")
    client.sign_in(make.user(session))
    page = client.get("/sok?q=glommali").text
    assert f"/ideer/{idea.id}" in page
    assert f"/bedrifter/{company.id}" in page
    assert f"/ideer/{other.id}" not in page


def test_a_partner_finds_shared_ideas_only_and_no_companies(client, session):
    company = make.company(session, name="Glommali Sagbruk AS")
    hidden = make.idea(session, title="Biokull fra bark", company_id=company.id)
    client.sign_in(make.user(session, Role.PARTNER))
    page = client.get("/sok?q=biokull").text
    assert f"/ideer/{hidden.id}" not in page
    assert "Biokull" not in page
    assert f"/bedrifter/{company.id}" not in client.get("/sok?q=glommali").text


def test_nothing_is_searched_for_without_a_word(client, session):
    idea = make.idea(session, title="Biokull fra bark")
    client.sign_in(make.user(session))
    assert f"/ideer/{idea.id}" not in client.get("/sok?q=+").text


def test_a_person_reads_on_in_the_language_of_choice(client, session):
    client.sign_in(make.user(session))
    assert 'lang="nb"' in client.get("/sok").text
    assert client.post("/sprak", data={"locale": "en"}).status_code == 303
    assert '<html class="no-js" lang="en"' in client.get("/sok").text


def test_an_unknown_language_is_refused(client, session):
    client.sign_in(make.user(session))
    assert client.post("/sprak", data={"locale": "xx"}).status_code == 422
