"""A visit is logged with all that came of it, or not at all."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.companies.models import Company, Contact
from incubator.core import clock
from incubator.core.errors import NotAllowed, RuleBroken
from incubator.followups.models import FollowUp
from incubator.ideas.models import Idea, StageEvent
from incubator.visits.models import (
    Visit,
    VisitColleague,
    VisitContact,
    VisitFollowUp,
    VisitIdea,
    VisitKind,
)
from incubator.visits.operations import Entry, Promise, log_visit
from tests import make

DAY = date(2026, 3, 2)
PLAIN = Entry(VisitKind.VISIT, DAY, company_name="Glommali Sagbruk AS", about="Snakket om flis.")


@pytest.fixture
def me(session):
    return make.actor(session, Role.ADVISOR, organisation_id=make.organisation(session).id)


@pytest.fixture
def region(session):
    return make.region(session)


def test_a_visit_is_kept_with_whose_it_is_and_where(session, me, region):
    place = make.municipality(session, "3420")
    company = make.company(session, municipality_id=place.id)
    entry = replace(PLAIN, company_id=company.id, company_name="", needs="  En kunde.  ")
    visit = log_visit(session, me, region.id, entry).visit
    session.refresh(visit)
    assert (visit.region_id, visit.municipality_id) == (region.id, place.id)
    assert (visit.organisation_id, visit.visitor_id) == (me.organisation_id, me.id)
    assert (visit.kind, visit.occurred_on) == (VisitKind.VISIT, DAY)
    assert (visit.about, visit.needs) == ("Snakket om flis.", "En kunde.")
    assert not visit.is_shared


def test_everything_of_a_visit_is_one_change(session, me, region):
    colleague = make.user(session)
    entry = replace(
        PLAIN,
        new_contacts=("Per Hansen", "per  hansen", ""),
        colleague_ids=(colleague.id, me.id),
        promises=(Promise("Send tilbud", DAY), Promise("Ring", None, colleague.id)),
        idea_title="Biokull fra bark",
        idea_text="Barken brennes i dag.",
    )
    logged = log_visit(session, me, region.id, entry)
    change = session.get_one(Change, logged.visit.change_id)
    assert (change.verb, change.subject_id) == ("visit.logged", logged.visit.id)
    for table, number in (
        (Company, 1), (Contact, 1), (VisitContact, 1), (VisitColleague, 1), (FollowUp, 2),
        (VisitFollowUp, 2), (Idea, 1), (VisitIdea, 1), (StageEvent, 1),
    ):  # fmt: skip
        made = sa.select(sa.func.count()).where(table.change_id == change.id)
        assert session.scalar(made) == number, table


def test_an_idea_from_a_visit_is_the_companys_from_that_day_and_the_visitors(session, me, region):
    entry = replace(PLAIN, idea_title="Biokull fra bark", idea_text="Barken brennes i dag.")
    logged = log_visit(session, me, region.id, entry)
    idea = logged.idea
    assert idea is not None
    assert (idea.title, idea.problem) == ("Biokull fra bark", "Barken brennes i dag.")
    assert (idea.company_id, idea.registered_on) == (logged.visit.company_id, DAY)
    assert (idea.owner_id, idea.stage_on) == (me.id, DAY)


def test_what_was_promised_is_the_visitors_to_keep_unless_another_is_named(session, me, region):
    other = make.user(session)
    promises = (Promise("Send tilbud", DAY), Promise("Ring", None, other.id))
    logged = log_visit(session, me, region.id, replace(PLAIN, promises=promises))
    steps = session.scalars(sa.select(FollowUp).order_by(FollowUp.id)).all()
    assert [(s.what, s.due_on, s.responsible_id) for s in steps] == [
        ("Send tilbud", DAY, me.id),
        ("Ring", None, other.id),
    ]
    assert {s.company_id for s in steps} == {logged.visit.company_id}


def test_a_company_is_matched_by_name_before_a_new_one_is_made(session, me, region):
    known = make.company(session, name="Glommali Sagbruk AS")
    entry = replace(PLAIN, company_name="glommali sagbruk")
    assert log_visit(session, me, region.id, entry).visit.company_id == known.id


def test_a_contact_of_the_same_name_is_the_one_who_is_known(session, me, region):
    first = log_visit(session, me, region.id, replace(PLAIN, new_contacts=("Per Hansen",)))
    log_visit(session, me, region.id, replace(PLAIN, new_contacts=("PER HANSEN",)))
    people = sa.select(Contact).where(Contact.company_id == first.visit.company_id)
    assert len(session.scalars(people).all()) == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(VisitContact)) == 2


def test_what_is_sent_twice_is_stored_once(session, me, region):
    entry = replace(PLAIN, client_key="a", idea_title="Biokull", promises=(Promise("Ring"),))
    first = log_visit(session, me, region.id, entry)
    again = log_visit(session, me, region.id, replace(entry, about="Noe annet"))
    assert (first.is_new, again.is_new) == (True, False)
    assert again.visit.id == first.visit.id
    assert again.idea is not None and again.idea.id == first.idea.id
    assert session.scalar(sa.select(sa.func.count()).select_from(Visit)) == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(FollowUp)) == 1


def test_two_people_may_use_the_same_key(session, me, region):
    other = make.actor(session)
    entry = replace(PLAIN, client_key="a")
    first = log_visit(session, me, region.id, entry)
    second = log_visit(session, other, region.id, entry)
    assert second.is_new and second.visit.id != first.visit.id


def test_a_stored_visit_is_given_also_when_it_could_not_be_logged_any_more(session, me, region):
    entry = replace(PLAIN, client_key="a")
    first = log_visit(session, me, region.id, entry)
    broken = replace(entry, company_name="")
    assert log_visit(session, me, region.id, broken).visit.id == first.visit.id


@pytest.mark.parametrize(
    "wrong, code, field",
    [
        ({"company_name": " "}, "company_missing", "company"),
        ({"company_id": 999_999}, "no_such_company", "company"),
        ({"occurred_on": date(206, 3, 2)}, "too_long_ago", "occurred_on"),
        ({"promises": (Promise(" ", DAY),)}, "step_missing", "promises"),
        ({"promises": (Promise("Ring", None, 999_999),)}, "no_such_person", "promises"),
        ({"colleague_ids": (999_999,)}, "no_such_person", "colleague_ids"),
        ({"contact_ids": (999_999,)}, "no_such_contact", "contact_ids"),
        ({"idea_text": "Barken brennes."}, "title_missing", "idea_title"),
    ],
)
def test_what_is_wrong_is_named(session, me, region, wrong, code, field):
    with pytest.raises(RuleBroken) as refused:
        log_visit(session, me, region.id, replace(PLAIN, **wrong))
    assert (refused.value.code, refused.value.fields) == (code, (field,))


def test_a_visit_cannot_be_in_the_future(session, me, region):
    entry = replace(PLAIN, occurred_on=clock.today() + timedelta(days=1))
    with pytest.raises(RuleBroken, match="in_the_future"):
        log_visit(session, me, region.id, entry)


def test_a_contact_of_another_company_did_not_take_part(session, me, region):
    elsewhere = make.company(session)
    stranger = make.contact(session, elsewhere)
    with pytest.raises(RuleBroken, match="no_such_contact"):
        log_visit(session, me, region.id, replace(PLAIN, contact_ids=(stranger.id,)))


@pytest.mark.parametrize("role", [Role.PARTNER])
def test_partners_log_no_visits(session, region, role):
    with pytest.raises(NotAllowed):
        log_visit(session, make.actor(session, role), region.id, PLAIN)


def test_nobody_logs_visits_in_a_region_of_others(session, me):
    there = make.region(session, "Kongsvingerregionen")
    with pytest.raises(NotAllowed):
        log_visit(session, me, there.id, PLAIN)


def test_a_company_shows_the_day_of_its_latest_visit(session, me, region):
    company = make.company(session)
    for day in (date(2026, 3, 2), date(2026, 5, 4), date(2026, 4, 1)):
        entry = replace(PLAIN, company_id=company.id, occurred_on=day)
        log_visit(session, me, region.id, entry)
        session.refresh(company)
    assert company.last_contact_on == date(2026, 5, 4)


def test_a_visit_refuses_nobody_who_edits_the_company(session, me, region):
    company = make.company(session)
    version = company.version
    log_visit(session, me, region.id, replace(PLAIN, company_id=company.id))
    session.refresh(company)
    assert company.version == version
