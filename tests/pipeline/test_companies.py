"""The list of companies, the page of one, correcting it and merging it, as a browser sees them."""

import re
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change, ChangeValue
from incubator.companies.models import Company
from incubator.core.access import command_line
from incubator.followups import operations as followups
from incubator.ideas import operations as ideas
from incubator.ideas.queries import version_of
from incubator.pipeline.companies import PAGE
from incubator.pipeline.merging import merge_companies
from incubator.pipeline.renaming import edit_company
from tests import make

TODAY = date(2026, 5, 12)
ME = command_line()
HTMX = {"HX-Request": "true"}


@pytest.fixture
def person(session, clock):
    return make.user(session)


@pytest.fixture
def developer(client, person):
    return client.sign_in(person)


def names(answer):
    return re.findall(r'<th scope="row"><a href="/bedrifter/\d+">([^<]+)</a>', answer.text)


def listed(client, **query):
    """Name the companies of the list, without those that `make` had to have on the way."""
    found = names(client.get(f"/bedrifter?{urlencode(query)}"))
    return [name for name in found if not name.startswith("Bedrift ")]


def row_of(client, name):
    text = client.get("/bedrifter").text
    return next(row for row in re.findall(r"<tr>.*?</tr>", text, re.S) if f">{name}<" in row)


# The list.


@pytest.fixture
def three(session, person):
    """Give three companies that differ in all that the list can be narrowed to."""
    first = make.company(
        session, name="Ås Verksted", municipality_id=make.municipality(session, "3420").id,
        industry_section="C", employees=1200, orgnr=make.orgnr(7000),
    )  # fmt: skip
    second = make.company(session, name="Bruket", industry_section="M")
    third = make.company(session, name="Ørn Data", industry_section="F")
    make.idea(session, company_id=first.id, owner_id=person.id)
    make.idea(session, company_id=first.id)
    admitted = make.ripe_idea(session, company_id=second.id)
    make.move(session, admitted, "incubator_company", TODAY)
    make.visit(session, company_id=first.id, occurred_on=TODAY - timedelta(days=100))
    make.visit(session, company_id=second.id, occurred_on=TODAY - timedelta(days=10))
    ideas.stop_idea(session, ME, admitted, on=TODAY, reason="Nei", learnt="")
    session.flush()
    return first, second, third


def test_a_row_tells_what_is_going_on_with_a_company(developer, three):
    row = row_of(developer, "Ås Verksted")
    open_ideas = r'data-label="Åpne ideer"><a href="/bedrifter/\d+/ideer\?status=open">2</a>'
    assert re.search(open_ideas, row)
    assert ">Elverum<" in row
    assert '<time datetime="2026-02-01">' in row
    assert "1\xa0200" in row
    assert "I inkubatoren" not in row
    assert "I inkubatoren" in row_of(developer, "Bruket")
    assert "aldri" in row_of(developer, "Ørn Data")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Bruket", "Ørn Data", "Ås Verksted"]),
        ({"sorter": "lengst-siden"}, ["Ørn Data", "Ås Verksted", "Bruket"]),
        ({"sorter": "siste-kontakt"}, ["Bruket", "Ås Verksted", "Ørn Data"]),
        ({"q": "ØRN"}, ["Ørn Data"]),
        ({"q": make.orgnr(7000)[:6]}, ["Ås Verksted"]),
        ({"q": "%"}, []),
        ({"naering": "industri"}, ["Ørn Data", "Ås Verksted"]),
        ({"naering": "M"}, ["Bruket"]),
        ({"kontakt": "aldri"}, ["Ørn Data"]),
        ({"kontakt": "90"}, ["Ørn Data", "Ås Verksted"]),
        ({"kontakt": "100"}, ["Ørn Data"]),
        ({"kontakt": "99"}, ["Ørn Data", "Ås Verksted"]),
        ({"inkubator": "ja"}, ["Bruket"]),
        ({"inkubator": "nei"}, ["Ørn Data", "Ås Verksted"]),
        ({"ideer": "1"}, ["Ås Verksted"]),
        ({"mine": "1"}, ["Ås Verksted"]),
        ({"kontakt": "90", "naering": "F"}, ["Ørn Data"]),
        ({"kontakt": "x", "naering": "x", "inkubator": "x", "sorter": "x", "side": "x"},
         ["Bruket", "Ørn Data", "Ås Verksted"]),
    ],
)  # fmt: skip
def test_the_list_is_narrowed_and_sorted_by_its_address(developer, three, query, found):
    assert listed(developer, **query) == found


def test_it_is_narrowed_to_a_municipality(developer, session, three):
    there = make.municipality(session, "3420").id
    assert listed(developer, kommune=there) == ["Ås Verksted"]


def test_what_other_regions_have_to_do_with_a_company_is_theirs(client, session, three):
    client.sign_in(make.user(session, region_name="Hamarregionen"))
    assert listed(client, ideer=1) == []
    assert listed(client, inkubator="ja") == []
    assert "I inkubatoren" not in row_of(client, "Bruket")
    assert re.search(
        r'data-label="Åpne ideer"><span class="soft">0<', row_of(client, "Ås Verksted")
    )


def test_every_company_stands_on_one_page_though_names_are_the_same(developer, session):
    made = {make.company(session, name="Likt AS", orgnr=None).id for _ in range(2 * PAGE + 3)}
    for order in ("navn", "lengst-siden", "siste-kontakt"):
        seen = []
        for side in (1, 2, 3):
            text = developer.get(f"/bedrifter?sorter={order}&side={side}").text
            seen += map(int, re.findall(r'<th scope="row"><a href="/bedrifter/(\d+)"', text))
        assert len(seen) == len(made)
        assert set(seen) == made


def test_the_pages_keep_the_filter_and_one_too_far_leads_to_the_last(developer, session):
    for nth in range(PAGE + 1):
        make.company(session, name=f"Verksted {nth:03}", industry_section="C")
    text = developer.get("/bedrifter?q=verksted&naering=C").text
    following = re.search(r'rel="next" href="([^"]+)"', text)[1].replace("&amp;", "&")
    assert following == "/bedrifter?q=verksted&naering=C&side=2"
    assert names(developer.get(following)) == ["Verksted 050"]
    far = developer.get("/bedrifter?q=verksted&naering=C&side=9")
    assert far.location == following


# The page of one.


def test_the_first_tab_shows_what_is_next_and_what_is_known(developer, session, three):
    company = three[0]
    make.contact(session, company, name="Kari Øverby", telephone="62410000")
    idea = session.scalars(sa.select(ideas.Idea).where(ideas.Idea.company_id == company.id)).first()
    followups.promise(session, ME, idea, what="Sende tilbud", due_on=TODAY - timedelta(days=1))
    text = developer.get(f"/bedrifter/{company.id}").text
    for shown in ("Sende tilbud", "forfalt", idea.title, "Elverum", "Kari Øverby", "Industri"):
        assert shown in text
    assert 'href="tel:62410000"' not in text
    assert 'href="tel:+4762410000"' in text
    assert f'<a href="/bedrifter/{company.id}/besok"><time datetime="2026-02-01">' in text
    assert f'<a href="/bedrifter/{company.id}" aria-current="page">Oversikt</a>' in text


def test_nothing_of_another_region_stands_on_it(client, session, three):
    company = three[1]
    hidden = make.idea(session, title="Hemmelig", company_id=company.id)
    followups.promise(session, ME, hidden, what="Løfte i det skjulte", due_on=None)
    client.sign_in(make.user(session, region_name="Hamarregionen"))
    text = client.get(f"/bedrifter/{company.id}").text
    for secret in ("Hemmelig", "Løfte i det skjulte", "I inkubatoren"):
        assert secret not in text
    for tab in ("ideer", "soknader", "arbeidsplasser"):
        assert "Hemmelig" not in client.get(f"/bedrifter/{company.id}/{tab}").text


def test_a_likely_duplicate_is_pointed_out(developer, session):
    one, two = (make.company(session, name=name) for name in ("Bruket AS", "BRUKET"))
    text = developer.get(f"/bedrifter/{one.id}").text
    assert f'href="/bedrifter/{one.id}/sla-sammen?med={two.id}"' in text


TABS = ("", "/ideer", "/besok", "/kontakter", "/soknader", "/arbeidsplasser", "/logg")


def fill(session, company, times):
    for _ in range(times):
        idea = make.ripe_idea(session, company_id=company.id)
        make.move(session, idea, "rd_application", TODAY)
        followups.promise(session, ME, idea, what="Ring", due_on=TODAY)
        make.jobs(session, company_id=company.id, idea_id=idea.id)
        contact = make.contact(session, company)
        make.visit(session, company_id=company.id, contact_ids=(contact.id,), is_shared=True)
        merge_companies(session, ME, company, make.company(session))
    session.flush()


def test_a_tab_costs_the_same_for_little_and_for_much(developer, session, queries):
    company = make.company(session)

    def cost():
        addresses = [f"/bedrifter/{company.id}{tab}" for tab in TABS]
        assert {developer.get(address).status_code for address in addresses} == {200}
        return {at: queries.of(lambda at=at: developer.get(at)) for at in addresses}

    fill(session, company, 2)
    few = cost()
    fill(session, company, 9)
    for address, many in cost().items():
        assert len(many) == len(few[address]), "\n".join((address, *many))


def test_the_first_tab_costs_twelve_queries_at_most(developer, session, queries):
    company = make.company(session)
    fill(session, company, 2)
    sent = queries.of(lambda: developer.get(f"/bedrifter/{company.id}"))
    assert len(sent) <= 12, "\n".join(sent)


def test_the_list_costs_the_same_however_it_is_narrowed(developer, session, queries, three):
    plain = queries.of(lambda: developer.get("/bedrifter"))
    narrow = "/bedrifter?kontakt=1&inkubator=nei&ideer=1&mine=1&naering=C&sorter=siste-kontakt"
    assert queries.count(lambda: developer.get(narrow)) == len(plain)
    assert len(plain) <= 5, "\n".join(plain)


# Correcting.


def form_of(client, company):
    """Give what the form to correct a company is filled with, as a browser would send it."""
    text = client.get(f"/bedrifter/{company.id}/rediger").text
    found = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', text))
    for name, options in re.findall(r'<select[^>]*name="(\w+)".*?>(.*?)</select>', text, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        found[name] = chosen[1] if chosen else ""
    return found


def test_a_company_is_corrected_and_what_it_was_is_kept(developer, session, person, three):
    company = three[0]
    idea = make.idea(session, company_id=company.id)
    form = form_of(developer, company)
    assert (form["name"], form["employees"], form["industry_section"]) == (
        "Ås Verksted",
        "1200",
        "C",
    )
    answer = developer.post(
        f"/bedrifter/{company.id}/rediger", data={**form, "name": "Ås Mek", "employees": "7"}
    )
    assert answer.status_code == 303
    assert (company.name, company.employees, company.match_key) == ("Ås Mek", 7, "åsmek")
    change = session.scalars(sa.select(Change).where(Change.verb == "company.edited")).one()
    assert change.actor_id == person.id
    values = session.execute(
        sa.select(ChangeValue.field, ChangeValue.old, ChangeValue.new)
        .where(ChangeValue.change_id == change.id)
        .order_by(ChangeValue.field)
    ).all()
    assert values == [("employees", "1200", "7"), ("name", "Ås Verksted", "Ås Mek")]
    assert "ås mek" in idea.search_key
    assert idea.last_change_id == change.id == version_of(session, idea.region_id)
    assert "Ås Mek" in developer.get("/").text


def test_a_form_sent_as_it_was_changes_nothing(developer, session, three):
    for company in three:
        before = session.scalar(sa.select(sa.func.max(Change.id)))
        form = form_of(developer, company)
        assert developer.post(f"/bedrifter/{company.id}/rediger", data=form).status_code == 303
        assert session.scalar(sa.select(sa.func.max(Change.id))) == before


def test_what_is_emptied_is_unknown(developer, session, three):
    company = three[0]
    emptied = dict.fromkeys(("orgnr", "municipality_id", "industry_section", "employees"), "")
    form = {**form_of(developer, company), **emptied}
    assert developer.post(f"/bedrifter/{company.id}/rediger", data=form).status_code == 303
    assert {getattr(company, field) for field in emptied} == {None}


def test_two_who_correct_a_company_both_learn_of_it(developer, session, three):
    company = three[0]
    form = {**form_of(developer, company), "employees": "9", "industry_code": "25.1"}
    edit_company(session, ME, company, {"employees": 8})
    answer = developer.post(f"/bedrifter/{company.id}/rediger", data=form)
    assert answer.status_code == 409
    assert "lagret nå" in answer.text and "<b>8</b>" in answer.text
    assert (company.employees, company.industry_code) == (8, None)
    seen = re.search(r'name="was_employees"[^>]*value="(\d+)"', answer.text)[1]
    again = developer.post(f"/bedrifter/{company.id}/rediger", data={**form, "was_employees": seen})
    assert again.status_code == 303
    assert (company.employees, company.industry_code) == (9, "25.1")


def test_different_fields_are_merged_in_silence(developer, session, three):
    company = three[0]
    form = {**form_of(developer, company), "industry_code": "25.1"}
    edit_company(session, ME, company, {"employees": 8})
    assert developer.post(f"/bedrifter/{company.id}/rediger", data=form).status_code == 303
    assert (company.employees, company.industry_code) == (8, "25.1")


def test_the_number_of_another_company_is_refused(developer, session, three):
    form = {**form_of(developer, three[0]), "orgnr": three[1].orgnr}
    answer = developer.post(f"/bedrifter/{three[0].id}/rediger", data=form)
    assert answer.status_code == 422
    assert "En annen bedrift har" in answer.text


# Merging.


def versions(kept, other):
    return {"med": other.id, "kept_version": kept.version, "other_version": other.version}


def test_both_are_compared_and_the_known_value_is_proposed(developer, session, three):
    kept, other = three[1], three[0]
    text = developer.get(f"/bedrifter/{kept.id}/sla-sammen?med={other.id}").text
    assert re.search(r'name="employees" value="other"[^>]* checked', text)
    assert re.search(r'name="name" value="kept"[^>]* checked', text)
    assert "1200" in text


def test_a_duplicate_is_found_by_name(developer, session, three):
    text = developer.get(f"/bedrifter/{three[0].id}/sla-sammen?q=ørn").text
    assert f'href="/bedrifter/{three[0].id}/sla-sammen?med={three[2].id}"' in text
    itself = developer.get(f"/bedrifter/{three[0].id}/sla-sammen?q=ås").text
    assert f"med={three[0].id}" not in itself


def test_a_merge_is_done_followed_and_undone(developer, session, three):
    kept, other = three[1], three[0]
    address = f"/bedrifter/{kept.id}/sla-sammen"
    data = {**versions(kept, other), "employees": "other", "name": "kept"}
    assert developer.post(address, data=data).location == f"/bedrifter/{kept.id}"
    assert (kept.name, kept.employees) == ("Bruket", 1200)
    for tab in TABS:
        led = developer.get(f"/bedrifter/{other.id}{tab}?side=1")
        assert (led.status_code, led.location) == (302, f"/bedrifter/{kept.id}{tab}?side=1"), tab
    assert listed(developer) == ["Bruket", "Ørn Data"]
    text = developer.get(f"/bedrifter/{kept.id}").text
    assert "Ås Verksted" in text
    undo = re.search(r'action="(/endringer/\d+/angre)"', text)[1]
    assert developer.post(undo).location == f"/bedrifter/{kept.id}"
    assert developer.get(f"/bedrifter/{other.id}").status_code == 200
    assert listed(developer) == ["Bruket", "Ørn Data", "Ås Verksted"]
    log = developer.get(f"/bedrifter/{kept.id}/logg").text
    assert "Slått sammen med et duplikat: Ås Verksted" in log
    assert "angret siden" in log


def test_nothing_is_written_to_a_company_that_was_merged(developer, session, three):
    kept, other = three[1], three[0]
    merge_companies(session, ME, kept, other)
    answer = developer.post(f"/bedrifter/{other.id}/kontakter", data={"name": "Kari"})
    assert answer.status_code == 404
    assert "Bruket" in answer.text


def test_only_who_may_is_offered_to_undo_a_merge(client, session, three):
    by = make.actor(session, Role.ADVISOR)
    merge_companies(session, by, three[1], three[0])
    for role, is_offered in ((Role.ADVISOR, False), (Role.MANAGER, True)):
        client.sign_in(make.user(session, role))
        text = client.get(f"/bedrifter/{three[1].id}").text
        assert ("/angre" in text) == is_offered, role


def test_what_was_changed_meanwhile_is_shown_before_the_merge(developer, session, three):
    kept, other = three[1], three[0]
    data = versions(kept, other)
    edit_company(session, ME, other, {"employees": 4})
    answer = developer.post(f"/bedrifter/{kept.id}/sla-sammen", data={**data, "name": "other"})
    assert answer.status_code == 409
    assert not session.get_one(Company, other.id).is_voided
    assert re.search(r'name="name" value="other"[^>]* checked', answer.text)


def test_two_in_the_incubator_are_refused_in_words(developer, session, three):
    idea = make.ripe_idea(session, company_id=three[0].id)
    make.move(session, idea, "incubator_company", TODAY)
    data = versions(three[1], three[0])
    answer = developer.post(f"/bedrifter/{three[1].id}/sla-sammen", data=data)
    assert answer.status_code == 422
    assert "Begge bedriftene er i inkubatoren" in answer.text
