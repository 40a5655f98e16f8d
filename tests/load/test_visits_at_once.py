"""Visits that are sent, logged, corrected and undone in the same instant."""

from collections import Counter
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from incubator.accounts.models import User
from incubator.companies.models import Company, Contact
from incubator.ideas.models import Idea
from incubator.reference.models import Region
from incubator.visits.models import Visit, VisitIdea
from tests import make
from tests.load.conftest import CLIENTS, at_once

ROUNDS = 3
DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def same_person(site):
    """Sign one person in eight times, as a phone that sends what it waits for in several tabs."""
    email, name = site.read(sa.select(User.email, User.name).order_by(User.id).limit(1))[0]
    return [site.sign_in(email, name) for _ in range(CLIENTS)]


@pytest.fixture
def regions(site):
    return [row.id for row in site.read(sa.select(Region.id).order_by(Region.id))]


def a_company(site, name=None):
    with site.write() as session:
        made = make.company(session, **({"name": name} if name else {}))
        return made.id


def form(company_id, **over):
    given = {"kind": "visit", "occurred_on": DAY.isoformat(), "about": "Flis"}
    return given | {"company_id": company_id} | over


def number_of(site, table, *where):
    return len(site.read(sa.select(table.id).where(table.known(), *where)))


def test_what_one_person_sends_eight_times_at_once_is_stored_once(site, same_person, regions):
    """In one region the lock decides, across regions the key: whoever is late gets the first."""
    for nth in range(ROUNDS):
        company_id = a_company(site)
        given = form(
            company_id, client_key=f"same-{nth}", idea_title=f"Idé {nth}", promise_what="Ring"
        )
        deeds = [
            lambda person=person, region=regions[at % 2 if nth % 2 else 0], given=given: (
                person.post("/besok", **given, region=region)
            )
            for at, person in enumerate(same_person)
        ]
        assert Counter(answer.status for answer in at_once(deeds)) == {200: CLIENTS}
        assert number_of(site, Visit, Visit.company_id == company_id) == 1
        assert number_of(site, Idea, Idea.company_id == company_id) == 1
    site.check()


def test_eight_who_visit_one_company_refuse_nobody_and_it_shows_the_latest(site, regions):
    for _ in range(ROUNDS):
        company_id = a_company(site)
        days = [DAY + timedelta(days=(nth * 5) % CLIENTS) for nth in range(CLIENTS)]
        deeds = [
            lambda person=person, day=day, region=regions[nth % 2], company_id=company_id: (
                person.post(
                    "/besok", **form(company_id, occurred_on=day.isoformat(), region=region)
                )
            )
            for nth, (person, day) in enumerate(zip(site.people[:CLIENTS], days, strict=True))
        ]
        assert Counter(answer.status for answer in at_once(deeds)) == {200: CLIENTS}
        shown = site.read(sa.select(Company.last_contact_on).where(Company.id == company_id))
        assert shown[0][0] == max(days)
    site.check()


def test_a_new_company_that_eight_name_at_once_is_made_once(site, regions):
    for nth in range(ROUNDS):
        name = f"Helt Ny {nth} AS"
        given = form("", company=name, new_contacts="Per Hansen", region=regions[0])
        deeds = [
            lambda person=person, given=given: person.post("/besok", **given)
            for person in site.people[:CLIENTS]
        ]
        assert Counter(answer.status for answer in at_once(deeds)) == {200: CLIENTS}
        made = site.read(sa.select(Company.id).where(Company.name == name))
        assert len(made) == 1
        assert number_of(site, Visit, Visit.company_id == made[0].id) == CLIENTS
        assert number_of(site, Contact, Contact.company_id == made[0].id) == 1


def logged(site, person, **over):
    """Log a visit and give its id."""
    company_id = a_company(site)
    assert person.post("/besok", **form(company_id, **over)).status == 200
    return site.read(sa.select(Visit.id).where(Visit.company_id == company_id))[0].id


def test_corrections_at_once_leave_one_visit_that_stands(site, same_person):
    """One has the day, the others are told; whoever changes another field has it too."""
    for _ in range(ROUNDS):
        visit_id = logged(site, same_person[0], idea_title="Fra besøket")
        [(company,)] = site.read(
            sa.select(Company.name)
            .join(Visit, Visit.company_id == Company.id)
            .where(Visit.id == visit_id)
        )
        was = {
            "company": company, "was_company": company, "kind": "visit", "was_kind": "visit",
            "occurred_on": DAY.isoformat(), "was_occurred_on": DAY.isoformat(), "about": "Flis",
            "was_about": "Flis",
        }  # fmt: skip
        changes = [{"occurred_on": (DAY - timedelta(days=n)).isoformat()} for n in (1, 2, 3)]
        changes += [{"about": "Varme"}, {"kind": "video"}]
        deeds = [
            lambda person=person, change=change, was=was, visit_id=visit_id: person.post(
                f"/besok/{visit_id}/rediger", **(was | change)
            )
            for person, change in zip(same_person, changes, strict=False)
        ]
        statuses = [answer.status for answer in at_once(deeds)]
        assert Counter(statuses[:3]) == {200: 1, 409: 2}
        assert statuses[3:] == [200, 200]
        [right] = site.read(
            sa.select(Visit.id, Visit.about, Visit.kind, Visit.occurred_on)
            .join(Company, Company.id == Visit.company_id)
            .where(Visit.known(), Company.name == company)
        )
        assert (right.about, right.kind) == ("Varme", "video")
        assert right.occurred_on == DAY - timedelta(days=1 + statuses[:3].index(200))
        links = site.read(
            sa.select(VisitIdea.visit_id).where(VisitIdea.known(), VisitIdea.visit_id == right.id)
        )
        assert len(links) == 1
    site.check()


def test_an_undo_while_the_visit_is_corrected_leaves_the_one_or_the_other(site, same_person):
    outcomes = Counter()
    for _ in range(ROUNDS):
        visit_id = logged(site, same_person[0], idea_title="Fra besøket")
        [(change_id, company_id)] = site.read(
            sa.select(Visit.change_id, Visit.company_id).where(Visit.id == visit_id)
        )
        deeds = [
            lambda change_id=change_id: same_person[0].post(f"/endringer/{change_id}/angre"),
            lambda visit_id=visit_id: same_person[1].post(f"/besok/{visit_id}/ide", title="En til"),
        ]
        undone, added = (answer.status for answer in at_once(deeds))
        outcomes[undone, added] += 1
        here = Visit.company_id == company_id
        assert number_of(site, Visit, here) == (0 if undone == 200 else 1)
        assert number_of(site, Idea, Idea.company_id == company_id) == (0 if undone == 200 else 2)
    assert set(outcomes) <= {(200, 404), (422, 200)}, outcomes
    site.check_by_command()
