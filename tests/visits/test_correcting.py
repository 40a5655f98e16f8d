"""A wrong day, kind or company is voided and made anew; words are edited; all can be undone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change, ChangeValue
from incubator.core.errors import NotAllowed, RuleBroken, Stale
from incubator.followups.models import FollowUp
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea
from incubator.visits import operations, queries
from incubator.visits.models import Visit, VisitKind
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


@pytest.fixture
def me(session, clock):
    return make.actor(session, Role.ADVISOR, organisation_id=make.organisation(session).id)


@pytest.fixture
def stranger(session):
    there = make.organisation(session, "ERNU")
    return make.actor(session, Role.DEVELOPER, organisation_id=there.id)


@pytest.fixture
def logged(session, me):
    return log_visit(session, me, make.region(session).id, FULL)


@pytest.fixture
def visit(logged):
    return logged.visit


def contents(session, visit_id):
    """Give what hangs on a visit, by names."""
    contacts, colleagues = queries.who_took_part(session, visit_id)
    steps = session.scalars(
        sa.select(FollowUp.what)
        .where(FollowUp.id.in_(linked(session, "visit_follow_ups", visit_id)))
        .order_by(FollowUp.id)
    )
    found = session.scalars(
        sa.select(Idea.title).where(Idea.id.in_(linked(session, "visit_ideas", visit_id)))
    )
    return [r.name for r in contacts], [r.id for r in colleagues], list(steps), list(found)


def linked(session, table, visit_id):
    links = Visit.metadata.tables[table]
    target = links.c.follow_up_id if "follow_ups" in table else links.c.idea_id
    standing = sa.and_(links.c.visit_id == visit_id, links.c.voided_at.is_(None))
    return list(session.scalars(sa.select(target).where(standing)))


ALL = (["Per Hansen"], [], ["Send tilbud"], ["Biokull fra bark"])


def standing(session):
    return session.scalars(sa.select(Visit).where(Visit.known()).order_by(Visit.id)).all()


def test_a_wrong_day_makes_the_visit_anew_with_all_that_hung_on_it(session, me, visit):
    right = operations.correct_visit(session, me, visit, {"occurred_on": DAY - timedelta(days=3)})
    assert right.id != visit.id
    assert visit.is_voided and visit.occurred_on == DAY
    assert [v.id for v in standing(session)] == [right.id]
    assert contents(session, right.id) == ALL
    assert contents(session, visit.id) == ([], [], [], [])
    assert (right.about, right.visitor_id) == ("Snakket om flis.", me.id)
    assert queries.standing_id(session, visit.id) == right.id


def test_what_was_known_before_a_correction_can_still_be_asked(session, me, visit, clock):
    then = visit.recorded_at
    clock.set(datetime(2026, 5, 14, 12, tzinfo=UTC))
    operations.correct_visit(session, me, visit, {"occurred_on": date(2026, 2, 1)})
    session.flush()
    days = sa.select(Visit.occurred_on)
    assert session.scalars(days.where(Visit.known(then))).all() == [DAY]
    assert session.scalars(days.where(Visit.known())).all() == [date(2026, 2, 1)]


def test_words_are_edited_in_place_and_what_they_were_is_kept(session, me, visit):
    same = operations.correct_visit(session, me, visit, {"about": "Noe annet", "needs": "Råd"})
    assert same is visit and (visit.about, visit.needs) == ("Noe annet", "Råd")
    kept = session.scalars(sa.select(ChangeValue).where(ChangeValue.subject_kind == "visit")).all()
    assert [(v.field, v.old, v.new) for v in kept] == [
        ("about", "Snakket om flis.", "Noe annet"),
        ("needs", None, "Råd"),
    ]


def test_nothing_different_leaves_no_change(session, me, visit):
    before = session.scalar(sa.select(sa.func.max(Change.id)))
    contact = queries.who_took_part(session, visit.id)[0][0]
    values = {"about": " Snakket om flis. ", "occurred_on": DAY, "kind": VisitKind.VISIT}
    part = TookPart((contact.id,))
    assert operations.correct_visit(session, me, visit, values, took_part=part) is visit
    assert session.scalar(sa.select(sa.func.max(Change.id))) == before


def test_another_company_gets_what_came_of_the_visit(session, me, logged):
    visit, idea = logged.visit, logged.idea
    other = make.company(session, municipality_id=make.municipality(session, "3420").id)
    old_company = visit.company_id
    right = operations.correct_visit(session, me, visit, {}, company_name=other.name)
    session.expire_all()
    assert (right.company_id, right.municipality_id) == (other.id, other.municipality_id)
    assert session.get_one(Idea, idea.id).company_id == other.id
    assert session.scalars(sa.select(FollowUp.company_id)).all() == [other.id]
    assert contents(session, right.id)[0] == []  # Per works at the first one
    days = {
        one: session.get_one(type(other), one).last_contact_on for one in (other.id, old_company)
    }
    assert days == {other.id: DAY, old_company: None}


def test_an_idea_that_went_further_keeps_its_company(session, me, logged, clock):
    clock.set(datetime(2026, 5, 12, 12, tzinfo=UTC))
    idea, before = logged.idea, logged.idea.company_id
    make.move(session, idea, "case", date(2026, 4, 1), problem="Bark")
    operations.correct_visit(session, me, logged.visit, {}, company_name="En annen bedrift")
    session.refresh(idea)
    assert idea.company_id == before


def test_who_took_part_can_be_corrected(session, me, visit):
    colleague = make.user(session)
    part = TookPart((), ("Kari Ås",), (colleague.id, me.id))
    assert operations.correct_visit(session, me, visit, {}, took_part=part) is visit
    assert contents(session, visit.id)[:2] == (["Kari Ås"], [colleague.id])


@pytest.mark.parametrize(
    "values, code",
    [
        ({"occurred_on": date(2026, 5, 13)}, "in_the_future"),
        ({"occurred_on": date(1026, 5, 12)}, "too_long_ago"),
        ({"company_id": 999_999}, "no_such_company"),
    ],
)
def test_a_correction_must_be_possible(session, me, visit, values, code):
    with pytest.raises(RuleBroken, match=code):
        operations.correct_visit(session, me, visit, values)


def test_another_organisation_corrects_nothing(session, stranger, visit):
    with pytest.raises(NotAllowed, match="not_your_visit"):
        operations.correct_visit(session, stranger, visit, {"about": "Hei"})
    with pytest.raises(NotAllowed, match="not_your_visit"):
        operations.void_visit(session, stranger, visit, reason="Nei")
    with pytest.raises(NotAllowed, match="not_your_visit"):
        operations.share_notes(session, stranger, visit, is_shared=True)
    with pytest.raises(NotAllowed, match="not_your_visit"):
        operations.add_idea(session, stranger, visit, title="Min")


def test_a_colleague_of_the_same_organisation_does(session, me, visit):
    colleague = make.actor(session, Role.ADVISOR, organisation_id=me.organisation_id)
    operations.correct_visit(session, colleague, visit, {"about": "Hei"})
    assert visit.about == "Hei"


def test_a_manager_of_another_organisation_corrects_what_counts_and_no_words(session, visit):
    manager = make.actor(session, Role.MANAGER)
    values = {"about": "Hei", "is_shared": True, "kind": VisitKind.TELEPHONE}
    right = operations.correct_visit(session, manager, visit, values)
    assert (right.kind, right.about) == (VisitKind.TELEPHONE, "Snakket om flis.")
    assert not right.is_shared


def test_shared_notes_are_still_their_owners_to_write(session, me, visit):
    operations.share_notes(session, me, visit, is_shared=True)
    manager = make.actor(session, Role.MANAGER)
    right = operations.correct_visit(session, manager, visit, {"about": "Hei"})
    assert right.about == "Snakket om flis."


def test_a_visit_that_was_corrected_meanwhile_is_not_corrected_again(session, me, visit):
    operations.correct_visit(session, me, visit, {"kind": VisitKind.VIDEO})
    with pytest.raises(Stale):
        operations.correct_visit(session, me, visit, {"kind": VisitKind.TELEPHONE})


def test_whoever_asks_for_a_corrected_visit_gets_the_right_one(session, me, visit):
    right = operations.correct_visit(session, me, visit, {"kind": VisitKind.VIDEO})
    assert queries.get_to_change(session, me, visit.id) is right


def test_a_device_that_sends_again_gets_the_corrected_one(session, me):
    entry = replace(FULL, client_key="a")
    region_id = make.region(session).id
    visit = log_visit(session, me, region_id, entry).visit
    right = operations.correct_visit(session, me, visit, {"kind": VisitKind.VIDEO})
    again = log_visit(session, me, region_id, entry)
    assert (again.visit.id, again.is_new) == (right.id, False)


def test_a_visit_by_mistake_counts_nowhere_and_what_came_of_it_stays(session, me, logged):
    with pytest.raises(RuleBroken, match="reason_missing"):
        operations.void_visit(session, me, logged.visit, reason=" ")
    operations.void_visit(session, me, logged.visit, reason="Ført to ganger")
    assert standing(session) == []
    assert contents(session, logged.visit.id) == ([], [], [], [])
    assert not logged.idea.is_voided
    company = session.get_one(make.Company, logged.visit.company_id)
    assert company.last_contact_on is None


def test_a_later_idea_has_the_visit_as_its_origin(session, me, visit):
    idea = operations.add_idea(session, me, visit, title="Briketter", text="Flis går til spille.")
    assert (idea.company_id, idea.registered_on) == (visit.company_id, DAY)
    assert idea.problem == "Flis går til spille."
    assert sorted(contents(session, visit.id)[3]) == ["Biokull fra bark", "Briketter"]
    with pytest.raises(RuleBroken, match="title_missing"):
        operations.add_idea(session, me, visit, title=" ")


def test_an_idea_cannot_be_edited_into_another_origin(session, me, logged):
    """The link is made with the idea and nothing but a correction of the visit moves it."""
    ideas.edit_idea(session, me, logged.idea, {"title": "Biokull av bark"})
    assert linked(session, "visit_ideas", logged.visit.id) == [logged.idea.id]
