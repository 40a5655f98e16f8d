"""A visit is undone as a whole, while nothing that stands has built on it."""

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit import operations as audit
from incubator.companies import operations as companies
from incubator.companies.models import Company, Contact
from incubator.core.errors import NotAllowed, RuleBroken
from incubator.followups.models import FollowUp
from incubator.ideas.models import Idea, StageEvent
from incubator.pipeline.undo import undo_change
from incubator.visits import operations, queries
from incubator.visits.models import (
    Visit,
    VisitColleague,
    VisitContact,
    VisitFollowUp,
    VisitIdea,
    VisitKind,
)
from incubator.visits.operations import Entry, Promise, TookPart, log_visit
from tests import make

DAY = date(2026, 3, 2)
FULL = Entry(
    VisitKind.VISIT,
    DAY,
    company_name="Glommali Sagbruk AS",
    about="Snakket om flis.",
    new_contacts=("Per Hansen",),
    promises=(Promise("Send tilbud", DAY),),
    idea_title="Biokull fra bark",
)
MADE = (
    Visit, VisitContact, VisitFollowUp, VisitIdea, FollowUp, Idea, StageEvent, Company, Contact,
)  # fmt: skip


@pytest.fixture
def me(session, clock):
    return make.actor(session, Role.ADVISOR, organisation_id=make.organisation(session).id)


@pytest.fixture
def region_id(session):
    return make.region(session).id


def log(session, me, region_id, **over):
    return log_visit(session, me, region_id, replace(FULL, **over)).visit


def number_of(session, table):
    return session.scalar(sa.select(sa.func.count()).where(table.known()))


def last_contact(session, company_id):
    return session.scalar(sa.select(Company.last_contact_on).where(Company.id == company_id))


def last_change(session):
    return session.scalar(sa.select(sa.func.max(make.Change.id)))


def test_everything_that_a_visit_made_is_taken_back(session, me, region_id):
    visit = log(session, me, region_id)
    assert all(number_of(session, table) == 1 for table in MADE)
    undo_change(session, me, visit.change_id)
    assert {table.__name__: number_of(session, table) for table in MADE} == {
        table.__name__: 0 for table in MADE
    }


def test_a_company_shows_the_visit_before(session, me, region_id):
    first = log(session, me, region_id, occurred_on=date(2026, 2, 1), idea_title="")
    second = log(session, me, region_id, idea_title="")
    assert last_contact(session, first.company_id) == DAY
    undo_change(session, me, second.change_id)
    assert last_contact(session, first.company_id) == date(2026, 2, 1)


def test_a_company_and_a_contact_that_others_use_stay(session, me, region_id):
    visit = log(session, me, region_id)
    log(session, me, region_id, idea_title="", promises=())
    undo_change(session, me, visit.change_id)
    assert number_of(session, Company) == number_of(session, Contact) == 1
    assert number_of(session, Visit) == 1


def test_a_company_with_another_contact_stays(session, me, region_id):
    visit = log(session, me, region_id)
    make.contact(session, session.get_one(Company, visit.company_id))
    undo_change(session, me, visit.change_id)
    assert number_of(session, Company) == 1


def test_an_idea_that_went_further_keeps_the_visit(session, me, region_id):
    visit = log(session, me, region_id)
    idea = session.scalars(sa.select(Idea)).one()
    make.move(session, idea, "case", date(2026, 4, 1), problem="Bark")
    with pytest.raises(RuleBroken, match="built_upon"):
        undo_change(session, me, visit.change_id)


def test_a_promise_that_was_kept_keeps_the_visit(session, me, region_id):
    visit = log(session, me, region_id)
    step = session.scalars(sa.select(FollowUp)).one()
    change = audit.record(session, me, "followup.done", kind="company", region_id=region_id)
    audit.note_values(session, change, "follow_up", step.id, {"done_on": (None, DAY)})
    step.done_on = DAY
    with pytest.raises(RuleBroken, match="built_upon"):
        undo_change(session, me, visit.change_id)


def test_a_later_idea_keeps_the_visit_until_it_is_undone(session, me, region_id):
    visit = log(session, me, region_id)
    idea = operations.add_idea(session, me, visit, title="Briketter")
    with pytest.raises(RuleBroken, match="built_upon"):
        undo_change(session, me, visit.change_id)
    undo_change(session, me, idea.change_id)
    assert number_of(session, VisitIdea) == 1
    undo_change(session, me, visit.change_id)
    assert number_of(session, Visit) == 0


def test_a_corrected_visit_is_undone_from_the_last_correction_on(session, me, region_id):
    visit = log(session, me, region_id)
    right = operations.correct_visit(session, me, visit, {"occurred_on": date(2026, 4, 1)})
    with pytest.raises(RuleBroken, match="built_upon"):
        undo_change(session, me, visit.change_id)
    undo = undo_change(session, me, right.change_id)
    back = session.scalars(sa.select(Visit).where(Visit.known())).one()
    assert undo.subject_id == back.id
    assert (back.occurred_on, back.about) == (DAY, "Snakket om flis.")
    assert last_contact(session, back.company_id) == DAY
    for table in (VisitContact, VisitFollowUp, VisitIdea):
        links = session.scalars(sa.select(table.visit_id).where(table.known())).all()
        assert links == [back.id], table
    assert queries.standing_id(session, visit.id) == back.id


def test_another_company_is_undone_with_what_went_along(session, me, region_id):
    visit = log(session, me, region_id)
    right = operations.correct_visit(session, me, visit, {}, company_name="En annen bedrift")
    undo_change(session, me, right.change_id)
    session.expire_all()
    back = session.scalars(sa.select(Visit).where(Visit.known())).one()
    assert back.company_id == visit.company_id
    assert session.scalars(sa.select(Idea.company_id)).all() == [visit.company_id]
    assert session.scalars(sa.select(FollowUp.company_id)).all() == [visit.company_id]
    assert [row.name for row in queries.who_took_part(session, back.id)[0]] == ["Per Hansen"]
    assert number_of(session, Company) == 1


def test_edited_words_and_people_are_set_back(session, me, region_id):
    visit = log(session, me, region_id)
    part = TookPart((), ("Kari Ås",), (make.user(session).id,))
    operations.correct_visit(session, me, visit, {"about": "Noe annet"}, took_part=part)
    undo_change(session, me, last_change(session))
    session.expire_all()
    assert visit.about == "Snakket om flis."
    contacts, colleagues = queries.who_took_part(session, visit.id)
    assert [row.name for row in contacts] == ["Per Hansen"]
    assert colleagues == []


def test_a_visit_taken_back_by_mistake_comes_back(session, me, region_id):
    visit = log(session, me, region_id)
    change = operations.void_visit(session, me, visit, reason="Ført to ganger")
    undo_change(session, me, change.id)
    back = session.scalars(sa.select(Visit).where(Visit.known())).one()
    assert queries.standing_id(session, visit.id) == back.id
    assert last_contact(session, visit.company_id) == DAY
    for table in (VisitContact, VisitFollowUp, VisitIdea):
        assert number_of(session, table) == 1, table


def test_people_added_later_do_not_hang_on_a_visit_that_is_undone(session, me, region_id):
    visit = log(session, me, region_id)
    part = TookPart((), ("Kari Ås",), (make.user(session).id,))
    operations.correct_visit(session, me, visit, {}, took_part=part)
    undo_change(session, me, visit.change_id)
    assert number_of(session, VisitContact) == number_of(session, VisitColleague) == 0


def test_a_company_that_was_completed_since_is_kept(session, me, region_id):
    visit = log(session, me, region_id, idea_title="", promises=(), new_contacts=())
    company = session.get_one(Company, visit.company_id)
    change = audit.record(session, me, "company.edited", kind="company", region_id=region_id)
    companies.set_orgnr(session, change, company, make.orgnr())
    undo_change(session, me, visit.change_id)
    assert number_of(session, Visit) == 0
    assert number_of(session, Company) == 1


def test_another_persons_visit_is_not_mine_to_undo(session, me, region_id):
    visit = log(session, me, region_id)
    other = make.actor(session, Role.ADVISOR)
    with pytest.raises(NotAllowed):
        undo_change(session, other, visit.change_id)


def test_an_undo_happens_once(session, me, region_id):
    visit = log(session, me, region_id)
    undo_change(session, me, visit.change_id)
    with pytest.raises(RuleBroken, match="already_undone"):
        undo_change(session, me, visit.change_id)
