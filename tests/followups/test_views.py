"""The page of follow-ups: groups, filters, what is done there, with htmx and without."""

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.followups import operations as followups
from incubator.followups.models import FollowUp
from incubator.followups.operations import Next
from incubator.followups.queries import PAGE
from incubator.pipeline.undo import undo_change
from incubator.visits.operations import Promise
from tests import make

TODAY = date(2026, 5, 12)  # a Tuesday
WEEK = timedelta(days=7)
LIST = "/oppfolginger"
HTMX = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{LIST}"}


@pytest.fixture
def organisation(session):
    return make.organisation(session)


@pytest.fixture
def person(session, clock, organisation):
    return make.user(session, organisation_id=organisation.id)


@pytest.fixture
def me(session, person):
    return make.actor_of(session, person)


@pytest.fixture
def page(client, person):
    return client.sign_in(person)


def due(session, me, what="Ring", due_on=TODAY, company=None, region_name="Elverumregionen"):
    company = company or make.company(session)
    there = make.region(session, region_name).id
    return followups.promise_to_company(session, me, company, Next(what, due_on), region_id=there)


def shown(answer):
    """Give what stands on a page: the heading of each group with its count and its promises."""
    assert answer.status_code == 200, answer.text
    groups = {}
    for group in re.findall(r'<section class="step-group".*?</section>', answer.text, re.DOTALL):
        head = re.sub(r"<[^>]+>", "", re.search(r"<h\d.*?</h\d>", group, re.DOTALL)[0]).split()
        groups[" ".join(head)] = re.findall(r'class="step-what"[^>]*>([^<]*)<', group)
    return groups


def test_mine_stand_in_groups_by_when_they_are_due(page, session, me):
    for what, due_on in (
        ("Når det passer", None), ("Senere", TODAY + WEEK), ("Fredag", TODAY + timedelta(days=3)),
        ("Nå", TODAY), ("I går", TODAY - timedelta(days=1)), ("Før", TODAY - WEEK),
    ):  # fmt: skip
        due(session, me, what, due_on)
    followups.finish(session, me, due(session, me, "Ferdig"))
    due(session, make.actor(session), "En annens")
    assert shown(page.get(LIST)) == {
        "Forfalt 2": ["Før", "I går"],
        "I dag 1": ["Nå"],
        "Senere denne uka 1": ["Fredag"],
        "Senere 1": ["Senere"],
        "Uten dato 1": ["Når det passer"],
        "Nylig utført 1": ["Ferdig"],
    }


def test_what_was_done_long_ago_is_asked_for(page, session, me, clock):
    clock.set(TODAY - 2 * WEEK)
    followups.finish(session, me, due(session, me, "Ferdig"))
    clock.set(TODAY)
    assert shown(page.get(LIST)) == {}
    assert shown(page.get(f"{LIST}?tilstand=gjort")) == {"Utført 1": ["Ferdig"]}
    due(session, me, "Åpen")
    assert shown(page.get(f"{LIST}?tilstand=apne")) == {"I dag 1": ["Åpen"]}


def test_the_address_says_whose_and_about_what(page, session, me, organisation):
    colleague = make.actor(session, organisation_id=organisation.id)
    stranger = make.actor(session)
    company = make.company(session)
    idea = make.idea(session)
    due(session, me, "Min")
    due(session, colleague, "Kollegas", company=company)
    due(session, stranger, "Fremmed")
    followups.promise(session, stranger, idea, what="På idé", due_on=TODAY)

    def names(query):
        return {name for group in shown(page.get(f"{LIST}?{query}")).values() for name in group}

    assert names("") == {"Min"}
    assert names("hvem=org") == {"Min", "Kollegas"}
    assert names("hvem=alle") == {"Min", "Kollegas", "Fremmed", "På idé"}
    assert names(f"hvem={stranger.id}") == {"Fremmed", "På idé"}
    assert names(f"bedrift={company.id}") == {"Kollegas"}
    assert names(f"bedrift={company.id}&hvem={me.id}") == set()
    assert names(f"ide={idea.id}") == {"På idé"}
    assert names("hvem=tull&tilstand=tull") == {"Min"}


def test_nothing_of_another_region_is_shown_and_a_region_narrows(client, session, me, person):
    far = make.actor(session, region_name="Hamarregionen")
    due(session, far, "Hemmelig i Hamar", region_name="Hamarregionen")
    client.sign_in(person)
    hamar = make.region(session, "Hamarregionen").id
    for query in ("hvem=alle", f"hvem={far.id}", f"hvem=alle&region={hamar}"):
        assert "Hemmelig i Hamar" not in client.get(f"{LIST}?{query}").text
    client.sign_in(make.user(session, Role.ADMIN))
    due(session, me, "Her")
    assert len(shown(client.get(f"{LIST}?hvem=alle"))["I dag 2"]) == 2
    assert shown(client.get(f"{LIST}?hvem=alle&region={hamar}")) == {
        "I dag 1": ["Hemmelig i Hamar"]
    }


def test_a_long_list_comes_in_pages_and_counts_all_of_it(page, session, me):
    company = make.company(session)
    for nth in range(PAGE + 3):
        due(session, me, f"Ring {nth}", TODAY, company)
    first = page.get(LIST)
    assert [len(names) for names in shown(first).values()] == [PAGE]
    assert f"I dag {PAGE + 3}" in shown(first)
    following = re.search(r'rel="next" href="([^"]+)"', first.text)[1]
    assert len(shown(page.get(following))[f"I dag {PAGE + 3}"]) == 3
    assert shown(page.get(f"{LIST}?side=99")) == shown(page.get(following))


def test_an_empty_page_says_what_belongs_there(page):
    assert "Ingenting å følge opp" in page.get(LIST).text


def test_a_promise_leads_to_its_idea_company_and_visit(page, session, me):
    visit = make.visit(session, by=me, promises=(Promise("Send tilbud", TODAY),))
    idea = make.idea(session, title="Biokull", company_id=visit.company_id)
    followups.promise(session, me, idea, what="Ring", due_on=TODAY)
    text = page.get(LIST).text
    for href in (f"/besok/{visit.id}", f"/ideer/{idea.id}", f"/bedrifter/{visit.company_id}"):
        assert f'href="{href}"' in text


# What is done there.


def test_done_without_script_leads_to_what_follows(page, session, me):
    step = due(session, me, "Ring dem")
    answer = page.post(f"{LIST}/{step.id}/gjort")
    assert (answer.status_code, answer.location) == (303, f"{LIST}/{step.id}/neste")
    assert step.done_on == TODAY
    asked = page.get(answer.location)
    assert "Hva er neste steg?" in asked.text and "Utført: Ring dem" in asked.text
    data = {"what": "Besøk dem", "due_on": "19.05.2026", "responsible_id": me.id}
    assert page.post(answer.location, data=data).status_code == 303
    made = session.scalars(sa.select(FollowUp).order_by(FollowUp.id.desc())).first()
    assert (made.what, made.due_on, made.company_id) == ("Besøk dem", TODAY + WEEK, step.company_id)


def test_done_with_htmx_answers_with_the_list_the_question_and_the_way_back(page, session, me):
    step = due(session, me, "Ring dem")
    due(session, me, "Skriv")
    answer = page.post(f"{LIST}/{step.id}/gjort", headers=HTMX)
    assert shown(answer) == {"I dag 1": ["Skriv"], "Nylig utført 1": ["Ring dem"]}
    assert "<html" not in answer.text
    assert f'hx-post="{LIST}/{step.id}/neste"' in answer.text
    undo = re.search(r'action="/endringer/(\d+)/angre"', answer.text)[1]
    assert page.post(f"/endringer/{undo}/angre", headers=HTMX).status_code == 200
    assert step.done_on is None


def test_the_list_comes_back_as_it_was_asked_for(page, session, me):
    step = due(session, me, "Min")
    due(session, make.actor(session), "En annens")
    asked = {**HTMX, "HX-Current-URL": f"http://localhost{LIST}?hvem=alle&tilstand=apne"}
    answer = page.post(f"{LIST}/{step.id}/gjort", headers=asked)
    assert shown(answer) == {"I dag 1": ["En annens"]}


def test_what_follows_says_what(page, session, me):
    step = due(session, me)
    followups.finish(session, me, step)
    answer = page.post(f"{LIST}/{step.id}/neste", data={"what": " "})
    assert answer.status_code == 422
    assert "Skriv hva som skal gjøres." in answer.text


@pytest.mark.parametrize(
    ("sent", "on"),
    [
        ({"quick": "2026-05-18"}, date(2026, 5, 18)),
        ({"due_on": "20.05.2026", "reason": "Syk"}, date(2026, 5, 20)),
        ({"quick": "2026-05-18", "due_on": "2026-05-12"}, date(2026, 5, 18)),
        ({"due_on": ""}, None),
    ],
)
def test_it_is_moved_by_a_button_or_a_date(page, session, me, sent, on):
    step = due(session, me)
    dialog = page.get(f"{LIST}/{step.id}/flytt").text
    assert re.findall(r'name="quick" value="([^"]+)"', dialog) == [
        "2026-05-13", "2026-05-18", "2026-05-19", "2026-06-11",
    ]  # fmt: skip
    answer = page.post(f"{LIST}/{step.id}/flytt", data={"seen_on": "2026-05-12", **sent})
    assert answer.status_code == 303
    assert step.due_on == on


def test_who_comes_late_is_told_and_may_decide(page, session, me):
    step = due(session, me)
    ola = make.actor(session, name="Ola Dunk")
    followups.move(session, ola, step, due_on=TODAY + WEEK, seen_on=TODAY)
    data = {"due_on": "2026-05-15", "seen_on": "2026-05-12"}
    answer = page.post(f"{LIST}/{step.id}/flytt", data=data, headers=HTMX)
    assert answer.status_code == 409
    assert "Ola Dunk har flyttet denne først: fristen er nå 19.05.2026." in answer.text
    data["seen_on"] = re.search(r'name="seen_on"[^>]*value="([^"]+)"', answer.text)[1]
    assert page.post(f"{LIST}/{step.id}/flytt", data=data, headers=HTMX).status_code == 200
    assert step.due_on == date(2026, 5, 15)


def test_it_is_handed_over(page, session, me):
    step, other = due(session, me), make.user(session, name="Ola Dunk")
    dialog = page.get(f"{LIST}/{step.id}/gi-videre").text
    assert "Ola Dunk" in dialog
    assert f'<option value="{me.id}"' not in dialog
    data = {"responsible_id": other.id, "seen_id": me.id}
    answer = page.post(f"{LIST}/{step.id}/gi-videre", data=data, headers=HTMX)
    assert shown(answer) == {}
    assert step.responsible_id == other.id
    answer = page.post(f"{LIST}/{step.id}/gi-videre", data={"seen_id": me.id})
    assert answer.status_code == 422


def test_it_is_edited_and_a_conflict_keeps_what_was_typed(page, session, me):
    step = due(session, me, "Ring")
    was = {"was_what": "Ring", "was_due_on": "2026-05-12", "was_responsible_id": me.id}
    same = {"due_on": "2026-05-12", "responsible_id": me.id, **was}
    dialog = page.get(f"{LIST}/{step.id}/rediger").text
    for name, value in was.items():
        assert re.search(rf'name="{name}"[^>]*value="{value}"', dialog)
    assert page.post(f"{LIST}/{step.id}/rediger", data={**same, "what": "Ring Kari"}).location
    assert step.what == "Ring Kari"
    answer = page.post(f"{LIST}/{step.id}/rediger", data={**same, "what": "Skriv"}, headers=HTMX)
    assert answer.status_code == 409
    assert "er nå lagret som «Ring Kari»" in answer.text
    assert 'value="Skriv"' in answer.text
    data = {**same, "what": "Skriv", "was_what": "Ring Kari"}
    assert page.post(f"{LIST}/{step.id}/rediger", data=data, headers=HTMX).status_code == 200
    assert step.what == "Skriv"


def test_it_is_removed_and_then_nobody_finds_it(page, session, me):
    step = due(session, me)
    assert page.post(f"{LIST}/{step.id}/fjern").status_code == 303
    assert step.is_voided
    assert page.get(f"{LIST}/{step.id}").status_code == 404
    answer = page.post(f"{LIST}/{step.id}/gjort")
    assert answer.status_code == 422 or answer.status_code == 409
    undo_change(session, me, step.void_change_id)
    session.expire_all()
    assert page.get(f"{LIST}/{step.id}").status_code == 200


def test_a_new_one_is_promised_to_a_company_that_is_known(page, session, me):
    company = make.company(session, name="Furumoen Støperi AS")
    data = {
        "region": make.region(session).id, "company": "furumoen støperi", "what": "Ring",
        "due_on": "15.05.2026", "responsible_id": me.id,
    }  # fmt: skip
    assert "Furumoen Støperi AS" in page.get(f"{LIST}/ny?bedrift={company.id}").text
    assert page.post(f"{LIST}/ny", data=data).status_code == 303
    made = session.scalars(sa.select(FollowUp)).one()
    assert (made.company_id, made.responsible_id) == (company.id, me.id)
    answer = page.post(f"{LIST}/ny", data={**data, "company": "Skrivefeil AS"})
    assert answer.status_code == 422
    assert "Bedriften finnes ikke." in answer.text


# One of them, and those of a company.


def test_one_has_a_page_that_answers_for_itself(page, session, me):
    step = due(session, me, "Ring dem", TODAY - WEEK)
    assert shown(page.get(f"{LIST}/{step.id}")) == {"Forfalt": ["Ring dem"]}
    here = {**HTMX, "HX-Current-URL": f"http://localhost{LIST}/{step.id}"}
    answer = page.post(f"{LIST}/{step.id}/gjort", headers=here)
    assert shown(answer) == {"Nylig utført": ["Ring dem"]}
    assert "Fjernet." in page.post(f"{LIST}/{step.id}/fjern", headers=here).text


def test_a_company_shows_its_own_of_everybody(page, session, me):
    company = make.company(session)
    due(session, make.actor(session, name="Ola Dunk"), "Ring dem", company=company)
    due(session, me, "Andre steder")
    address = f"/bedrifter/{company.id}/oppfolginger"
    whole, part = page.get(address), page.get(address, headers=HTMX)
    assert shown(whole) == shown(part) == {"I dag 1": ["Ring dem"]}
    assert "Ola Dunk" in part.text
    assert "<html" in whole.text and "<html" not in part.text
    mine = due(session, me, "Skriv", company=company)
    here = {**HTMX, "HX-Current-URL": f"http://localhost{address}"}
    answer = page.post(f"{LIST}/{mine.id}/gjort", headers=here)
    assert shown(answer) == {"I dag 1": ["Ring dem"], "Nylig utført 1": ["Skriv"]}


def test_a_company_costs_the_same_for_few_and_for_many(page, session, me, queries):
    company = make.company(session)
    address = f"/bedrifter/{company.id}/oppfolginger"
    due(session, me, company=company)
    few = queries.count(lambda: page.get(address))
    for _ in range(6):
        due(session, make.actor(session), company=company)
    assert queries.count(lambda: page.get(address)) == few


def test_the_page_costs_five_queries_at_most(page, session, me, queries):
    due(session, me)
    page.get(LIST)
    sent = queries.of(lambda: page.get(LIST))
    assert len(sent) <= 5, "\n".join(sent)


def test_a_partner_has_no_way_in_and_others_have(client, session, page):
    assert f'href="{LIST}"' in page.get("/").text
    client.sign_in(make.user(session, Role.PARTNER))
    assert LIST not in client.get("/").text
