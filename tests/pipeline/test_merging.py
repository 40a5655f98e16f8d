"""Two companies that are one: all that is theirs is kept, counted once, and can be parted again."""

from datetime import date

import pytest
import sqlalchemy as sa

from incubator import tables
from incubator.accounts.models import Role
from incubator.audit.models import Change, ChangeValue
from incubator.companies import operations as companies, queries as known
from incubator.companies.models import Company, CompanyMerge, Contact
from incubator.core.access import command_line
from incubator.core.clock import Period
from incubator.core.errors import Moved, NotAllowed, Refusal, RuleBroken, Stale
from incubator.core.scope import View
from incubator.followups import operations as followups
from incubator.followups.models import FollowUp
from incubator.goals import queries as goals
from incubator.ideas import operations as ideas, queries as idea_queries
from incubator.ideas.models import Idea
from incubator.incubation import operations as incubation
from incubator.incubation.models import EndReason, Incubation
from incubator.pipeline.merging import BELONGINGS, Seen, merge_companies
from incubator.pipeline.renaming import edit_company
from incubator.pipeline.undo import undo_change
from incubator.upkeep import check
from tests import make

DAY = date(2026, 3, 2)
ME = command_line()


@pytest.fixture(autouse=True)
def stands_still(clock):
    """All of it happens in May 2026."""


def rich(session, region_name="Elverumregionen", **over):
    """Make a company that has something of everything."""
    company = make.company(session, **over)
    idea = make.ripe_idea(session, company_id=company.id, region_name=region_name)
    make.move(session, idea, "rd_application", DAY)
    followups.promise(session, ME, idea, what="Ring", due_on=None)
    make.jobs(session, company_id=company.id, idea_id=idea.id, region_id=idea.region_id)
    contact = make.contact(session, company)
    make.visit(session, company_id=company.id, contact_ids=(contact.id,), region_name=region_name)
    session.flush()
    return company


def belongings(session, company):
    """Name all that is a company's."""
    return {
        (one.kind, row_id)
        for one in BELONGINGS
        for row_id in session.scalars(
            sa.select(one.table.id).where(one.column == company.id, one.table.known())
        )
    }


def counted(session):
    period = Period(date(2026, 1, 1), date(2026, 5, 12))
    return goals.all_values(session, View(period.last), period)


def sound(session):
    session.flush()
    session.expire_all()
    assert [f"{invariant.name} {row}" for invariant, row in check.broken(session)] == []


def merge(session, kept, other, by=ME, **over):
    change = merge_companies(session, by, kept, other, **over)
    sound(session)
    return change


def undone(session, change, by=ME):
    undo = undo_change(session, by, change.id)
    sound(session)
    return undo


def refused(session, change, code="built_upon", by=ME):
    with pytest.raises(Refusal) as no, session.begin_nested():
        undo_change(session, by, change.id)
    session.expire_all()
    assert no.value.code == code


def admit(session, company, region_name="Elverumregionen"):
    idea = make.ripe_idea(session, company_id=company.id, region_name=region_name)
    make.move(session, idea, "incubator_company", DAY)
    query = sa.select(Incubation).where(Incubation.company_id == company.id)
    return session.scalars(query.order_by(Incubation.id.desc())).first()


def leave(session, running, on=DAY):
    return incubation.end_incubation(session, ME, running, on=on, reason=EndReason.COMPLETED)


def test_no_table_that_belongs_to_companies_was_forgotten():
    pointing = {
        column
        for table in tables.metadata.sorted_tables
        for column in table.columns
        if any(key.column is Company.__table__.c.id for key in column.foreign_keys)
    }
    handed_over = {one.table.__table__.c[one.column.key] for one in BELONGINGS}
    # Which company a merge voided is what the merge is about.
    assert pointing - handed_over == {CompanyMerge.__table__.c.company_id}


def test_all_that_was_either_ones_is_the_kept_ones(session):
    kept, other = rich(session), rich(session, region_name="Hamarregionen")
    theirs = belongings(session, kept) | belongings(session, other)
    assert {kind for kind, _ in belongings(session, other)} == {
        one.kind for one in BELONGINGS if one.kind not in ("incubation", "company_merge")
    }
    change = merge(session, kept, other)
    assert theirs < belongings(session, kept)
    assert belongings(session, other) == set()
    assert other.is_voided
    assert other.void_change_id == change.id
    assert kept.last_contact_on == make.REGISTERED


def test_a_merge_can_be_parted_again(session):
    kept, other = rich(session), rich(session, region_name="Hamarregionen")
    before = belongings(session, kept), belongings(session, other)
    number = kept.orgnr, other.orgnr
    change = merge(session, kept, other, take=("name", "orgnr"))
    assert kept.orgnr == number[1]
    undone(session, change)
    assert (belongings(session, kept), belongings(session, other)) == before
    assert not other.is_voided
    assert (kept.orgnr, other.orgnr) == number
    assert session.scalars(sa.select(CompanyMerge)).one().is_voided
    refused(session, change, "already_undone")


def test_numbers_are_right_after_it_and_after_its_undo(session):
    kept, other = rich(session), rich(session)
    admit(session, other)
    before = counted(session)
    assert before["companies_visited"] == 2
    change = merge(session, kept, other)
    assert counted(session) == {**before, "companies_visited": 1}
    undone(session, change)
    assert counted(session) == before


@pytest.mark.parametrize("field", companies.EDITABLE)
def test_each_field_is_that_of_the_one_who_is_right(session, field):
    mine = {
        "municipality_id": make.municipality(session, "3420").id, "industry_code": "16.100",
        "industry_section": "C", "employees": 12, "founded_on": date(1990, 1, 1),
    }  # fmt: skip
    kept = make.company(session, **mine)
    other = make.company(session, municipality_id=make.municipality(session, "3419").id,
                         industry_code="43.1", industry_section="F", employees=3,
                         founded_on=date(2001, 1, 1))  # fmt: skip
    before = {name: getattr(kept, name) for name in companies.EDITABLE}
    theirs = getattr(other, field)
    change = merge(session, kept, other, take=(field,))
    assert {n: getattr(kept, n) for n in companies.EDITABLE} == {**before, field: theirs}
    undone(session, change)
    assert {n: getattr(kept, n) for n in companies.EDITABLE} == before


def test_cards_are_found_by_the_name_that_was_kept_and_boards_learn_of_it(session):
    kept = make.company(session, name="Furumoen Støperi")
    other = make.company(session, name="Gammelnavn")
    cards = [
        make.idea(session, company_id=company.id, region_name=region)
        for company in (kept, other)
        for region in ("Elverumregionen", "Hamarregionen")
    ]
    before = {card.id: card.version for card in cards}
    change = merge(session, kept, other)
    for card in cards:
        assert "furumoen støperi" in card.search_key
        assert card.last_change_id == change.id
        assert card.version > before[card.id]
        assert idea_queries.version_of(session, card.region_id) == change.id
    undo = undone(session, change)
    assert ["gammelnavn" in card.search_key for card in cards] == [False, False, True, True]
    assert {card.last_change_id for card in cards} == {undo.id}


def test_equal_contacts_are_kept_both(session):
    kept, other = make.company(session), make.company(session)
    for company in (kept, other):
        make.contact(session, company, name="Kari Nordmann", email="kari@example.no")
    merge(session, kept, other)
    assert [one.name for one in known.list_contacts(session, kept.id)] == ["Kari Nordmann"] * 2


def test_the_old_number_and_name_lead_to_the_kept_company(session):
    kept, other = make.company(session), make.company(session, name="Gammelnavn AS")
    number = other.orgnr
    merge(session, kept, other)
    assert known.find_by_orgnr(session, number) is kept
    assert known.find_by_name(session, "gammelnavn") is kept
    with pytest.raises(Moved) as moved:
        known.get_company(session, other.id)
    assert moved.value.details["company_id"] == kept.id
    taken = {"name": "En annen", "orgnr": number}
    with pytest.raises(RuleBroken) as no, session.begin_nested():
        companies.new_company(session, ME, taken)
    assert no.value.code == "orgnr_taken"
    idea = make.idea(session, company_id=other.id)
    assert idea.company_id == kept.id


def test_a_merged_company_can_be_merged_on_and_all_lead_to_the_last(session):
    first, second, third = (make.company(session) for _ in range(3))
    one = merge(session, second, first)
    two = merge(session, third, second)
    assert known.get_standing(session, first.id) is third
    refused(session, one)
    undone(session, two)
    assert known.get_standing(session, first.id) is second
    undone(session, one)
    assert known.get_standing(session, first.id) is first


def test_two_that_both_are_in_the_incubator_are_not_merged(session):
    kept, other = make.company(session), make.company(session)
    admit(session, kept)
    running = admit(session, other)
    with pytest.raises(RuleBroken) as no, session.begin_nested():
        merge_companies(session, ME, kept, other)
    assert no.value.code == "both_in_the_incubator"
    end = leave(session, running)
    change = merge(session, kept, other)
    assert session.scalar(sa.select(sa.func.count(Incubation.id))) == 2
    # The agreement that ended would run beside the other one.
    refused(session, session.get_one(Change, end.change_id))
    undone(session, change)
    undone(session, session.get_one(Change, end.change_id))


def test_a_company_is_no_duplicate_of_itself(session):
    company = make.company(session)
    with pytest.raises(RuleBroken) as no:
        merge_companies(session, ME, company, company)
    assert no.value.code == "same_company"


def test_what_was_changed_since_one_looked_is_shown_first(session):
    kept, other = make.company(session), make.company(session)
    seen = Seen(kept.version, other.version)
    edit_company(session, ME, other, {"employees": 7})
    with pytest.raises(Stale) as late, session.begin_nested():
        merge_companies(session, ME, kept, other, seen=seen)
    assert late.value.code == "companies_changed"


def test_only_who_may_edit_companies_merges_them_and_only_who_did_it_or_leads_parts_them(session):
    kept, other = make.company(session), make.company(session)
    with pytest.raises(NotAllowed):
        merge_companies(session, make.actor(session, Role.PARTNER), kept, other)
    advisor = make.actor(session, Role.ADVISOR)
    change = merge(session, kept, other, by=advisor)
    refused(session, change, "not_permitted", by=make.actor(session, Role.DEVELOPER))
    undone(session, change, by=make.actor(session, Role.MANAGER))


def test_a_merge_leaves_each_row_it_handed_over_in_its_change(session):
    kept, other = rich(session), rich(session)
    theirs = belongings(session, other)
    change = merge(session, kept, other)
    noted = session.execute(
        sa.select(ChangeValue.subject_kind, ChangeValue.subject_id, ChangeValue.old,
                  ChangeValue.new).where(ChangeValue.change_id == change.id)
    ).all()  # fmt: skip
    assert {(row[0], row[1]) for row in noted} == theirs
    assert {(row[2], row[3]) for row in noted} == {(str(other.id), str(kept.id))}
    assert (change.verb, change.note, change.subject_id) == ("company.merged", other.name, kept.id)


# What was written after a merge.


def test_what_was_written_on_a_card_goes_back_with_the_card(session):
    kept, other = make.company(session), rich(session)
    card = session.scalars(sa.select(Idea).where(Idea.company_id == other.id)).one()
    change = merge(session, kept, other)
    followups.promise(session, ME, card, what="Ring igjen", due_on=None)
    make.move(session, card, "commercialisation", date(2026, 5, 1))
    undone(session, change)
    steps = session.scalars(sa.select(FollowUp.company_id).where(FollowUp.idea_id == card.id))
    assert set(steps) == {other.id}


def joins_the_incubation(session, kept, other):
    admit(session, kept)


def meets_a_contact_of_the_other(session, kept, other):
    contact = session.scalars(sa.select(Contact).where(Contact.company_id == kept.id)).first()
    make.visit(session, company_id=kept.id, contact_ids=(contact.id,))


def gives_a_card_to_a_third(session, kept, other):
    card = session.scalars(sa.select(Idea).where(Idea.company_id == kept.id)).first()
    third = make.company(session)
    ideas.edit_idea(session, ME, card, {}, company=lambda _: third)


def changes_what_was_taken(session, kept, other):
    edit_company(session, ME, kept, {"employees": 99})


def moves_a_contact(session, kept, other):
    contact = session.scalars(sa.select(Contact).where(Contact.company_id == kept.id)).first()
    companies.move_contact(session, ME, contact, make.company(session))


@pytest.mark.parametrize(
    "happening",
    [
        joins_the_incubation, meets_a_contact_of_the_other, gives_a_card_to_a_third,
        changes_what_was_taken, moves_a_contact,
    ],
    ids=lambda one: one.__name__,
)  # fmt: skip
def test_a_merge_that_something_built_upon_stays(session, happening):
    kept, other = make.company(session), rich(session, employees=7)
    admit(session, other)
    change = merge(session, kept, other, take=("employees",))
    happening(session, kept, other)
    refused(session, change)
    sound(session)


def test_what_has_nothing_to_do_with_it_hinders_no_undo(session):
    kept, other = rich(session), rich(session)
    change = merge(session, kept, other)
    card = make.idea(session, company_id=kept.id)
    make.visit(session, company_id=kept.id)
    make.contact(session, kept)
    edit_company(session, ME, kept, {"employees": 99})
    undone(session, change)
    assert card.company_id == kept.id
    assert kept.employees == 99
