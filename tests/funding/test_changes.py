"""New applications, edits, payments and voids: one change each, that can be undone."""

from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change, ChangeValue
from incubator.core.access import command_line
from incubator.core.errors import NotAllowed, RuleBroken, Stale
from incubator.core.scope import View
from incubator.funding import operations as funding, queries
from incubator.funding.models import Application, ApplicationStatus, Payment, PaymentKind
from incubator.funding.rules import sum_of
from incubator.ideas.models import Idea
from incubator.pipeline.undo import undo_change
from incubator.upkeep import check
from tests import make

ME = command_line()
TODAY, DAY = date(2026, 5, 12), date(2026, 3, 2)
PAID, RETURNED = PaymentKind.PAID, PaymentKind.RETURNED


@pytest.fixture
def company(session, clock):
    return make.company(session)


def begin(session, company=None, by=ME, idea=None, **over):
    given = {"title": "Tørking av flis", "sought_nok": 400_000, **over}
    return funding.add_application(
        session, by, funding.Plan(**given), region_id=make.region(session).id, on=DAY,
        company=company, idea=idea,
    )  # fmt: skip


def turn(session, application, *statuses, on=DAY, by=ME, **over):
    for status in statuses:
        more = {"amount_nok": 300_000} if status == "granted" else {}
        event = funding.set_status(
            session, by, application, ApplicationStatus(status), on=on, **{**more, **over}
        )
    return event


def pay(session, application, amount, kind=PAID, on=TODAY, by=ME, **over):
    return funding.record_payment(session, by, application, kind, on=on, amount_nok=amount, **over)


def money(session, application):
    found = sum_of(queries.turns_of(session, application.id))
    return found.granted, found.paid, found.returned


def sent(session):
    view = View(TODAY)
    return session.execute(queries.by_event(view, ApplicationStatus.SENT)).all()


# New.


def test_a_company_applies_without_an_idea(session, company):
    made = begin(session, company)
    assert (made.company_id, made.idea_id, made.status) == (company.id, None, "draft")
    assert session.get(Change, made.change_id).verb == "application.added"
    turn(session, made, "sent")
    assert len(sent(session)) == 1
    assert list(check.broken(session)) == []


def test_an_idea_gives_its_company_and_shows_the_deadline(session, company):
    idea = make.idea(session, company_id=company.id)
    made = begin(session, idea=idea, deadline_on=date(2026, 9, 1), title=None)
    assert (made.company_id, made.region_id) == (company.id, idea.region_id)
    assert idea.deadline_on == date(2026, 9, 1)
    assert idea.last_change_id == made.change_id
    undo_change(session, ME, made.change_id)
    assert made.is_voided
    assert idea.deadline_on is None
    assert list(check.broken(session)) == []


def test_the_same_form_twice_is_one_application(session, company):
    assert begin(session, company).id == begin(session, company).id
    assert begin(session, company, title="En annen").id != begin(session, company).id


def test_it_needs_a_company_a_title_and_people_who_are_there(session, company):
    with pytest.raises(RuleBroken, match="company_missing"):
        begin(session)
    with pytest.raises(RuleBroken, match="application_title_missing"):
        begin(session, company, title=" ")
    elsewhere = make.user(session, region_name="Hamarregionen")
    with pytest.raises(RuleBroken, match="no_such_person"):
        begin(session, company, owner_id=elsewhere.id)


def test_an_advisor_changes_what_is_theirs_or_nobodys(session, company):
    mine, other = make.actor(session, Role.ADVISOR), make.actor(session, Role.ADVISOR)
    made = begin(session, company, owner_id=mine.id)
    turn(session, made, "sent", by=mine)
    with pytest.raises(NotAllowed, match="not_your_application"):
        turn(session, made, "processing", by=other)
    turn(session, begin(session, company, title="Ingens"), "sent", by=other)


# Statuses.


def test_the_impossible_is_refused_with_both_statuses(session, company):
    made = begin(session, company)
    with pytest.raises(RuleBroken, match="status_cannot_follow") as no:
        turn(session, made, "accepted")
    assert (no.value.details["before"], no.value.details["to"]) == ("draft", "accepted")
    with pytest.raises(RuleBroken, match="deadline_not_passed"):
        turn(session, made, "lapsed", on=TODAY)


def test_a_grant_that_was_used_does_not_lapse(session, company):
    made = begin(session, company)
    turn(session, made, "sent", "granted")
    pay(session, made, 100)
    with pytest.raises(RuleBroken, match="grant_was_used"):
        turn(session, made, "lapsed", on=TODAY)
    pay(session, made, 100, RETURNED)
    turn(session, made, "lapsed", on=TODAY)


def test_with_the_grant_comes_the_day_of_the_report_and_goes_with_it(session, company):
    made = begin(session, company)
    turn(session, made, "sent")
    due = date(2027, 1, 31)
    event = turn(session, made, "granted", report_due_on=due)
    assert made.report_due_on == due
    undo_change(session, ME, event.change_id)
    assert (made.report_due_on, made.status) == (None, "sent")


def test_who_saw_it_before_something_happened_is_told(session, company):
    made = begin(session, company)
    seen = queries.mark_of(session, made.id)
    turn(session, made, "sent", seen=seen)
    with pytest.raises(Stale, match="application_changed"):
        turn(session, made, "processing", seen=seen)


# Money.


def test_money_comes_after_its_grant_and_within_it(session, company):
    made = begin(session, company)
    turn(session, made, "sent")
    with pytest.raises(RuleBroken, match="payment_without_grant"):
        pay(session, made, 1)
    turn(session, made, "granted", on=date(2026, 4, 1))
    with pytest.raises(RuleBroken, match="payment_without_grant"):
        pay(session, made, 1, on=DAY)
    pay(session, made, 200_000)
    with pytest.raises(RuleBroken, match="paid_above_granted") as no:
        pay(session, made, 100_001)
    assert no.value.details["left_nok"] == 100_000
    with pytest.raises(RuleBroken, match="returned_above_paid"):
        pay(session, made, 200_001, RETURNED)
    pay(session, made, 50_000, RETURNED)
    assert money(session, made) == (300_000, 200_000, 50_000)
    for wrong in (0, -1):
        with pytest.raises(RuleBroken, match="amount_above_nothing"):
            pay(session, made, wrong)


def test_a_payment_is_undone_while_nothing_later_stands_on_it(session, company):
    made = begin(session, company)
    granted = turn(session, made, "sent", "granted")
    first, back = pay(session, made, 100), pay(session, made, 40, RETURNED)
    for earlier in (granted, first):
        with pytest.raises(RuleBroken, match="built_upon"):
            undo_change(session, ME, earlier.change_id)
    undo_change(session, ME, back.change_id)
    undo_change(session, ME, first.change_id)
    undo_change(session, ME, granted.change_id)
    assert money(session, made) == (0, 0, 0)
    assert made.status == "sent"
    assert list(check.broken(session)) == []


def test_a_payment_by_mistake_is_taken_away_and_given_back(session, company):
    made = begin(session, company)
    turn(session, made, "sent", "granted")
    payment = pay(session, made, 100)
    with pytest.raises(RuleBroken, match="reason_missing"):
        funding.void_payment(session, ME, made, payment, reason=" ")
    change = funding.void_payment(session, ME, made, payment, reason="Feil beløp")
    assert money(session, made) == (300_000, 0, 0)
    undo_change(session, ME, change.id)
    assert money(session, made) == (300_000, 100, 0)
    back = pay(session, made, 100, RETURNED)
    with pytest.raises(RuleBroken, match="more_was_returned"):
        funding.void_payment(session, ME, made, payment, reason="Feil beløp")
    undo_change(session, ME, back.change_id)
    assert list(check.broken(session)) == []


# Edits.


def test_an_edit_keeps_old_and_new_and_is_undone(session, company):
    made = begin(session, company)
    wanted = {"sought_nok": 500_000, "reference": "26/1234", "title": made.title}
    seen = {"sought_nok": 400_000, "reference": None, "title": made.title}
    change = funding.edit_application(session, ME, made, wanted, seen)
    noted = session.execute(
        sa.select(ChangeValue.field, ChangeValue.old, ChangeValue.new)
        .where(ChangeValue.change_id == change.id)
        .order_by(ChangeValue.field)
    ).all()
    assert [tuple(row) for row in noted] == [
        ("reference", None, "26/1234"), ("sought_nok", "400000", "500000"),
    ]  # fmt: skip
    assert funding.edit_application(session, ME, made, wanted, wanted) is None
    undo_change(session, ME, change.id)
    assert (made.sought_nok, made.reference) == (400_000, None)


def test_two_who_edit_at_once_both_learn_of_it_where_it_is_the_same_field(session, company):
    made = begin(session, company)
    seen = {"sought_nok": 400_000, "reference": None}
    funding.edit_application(session, ME, made, {"sought_nok": 1, "reference": None}, seen)
    funding.edit_application(session, ME, made, {"sought_nok": 400_000, "reference": "A"}, seen)
    assert (made.sought_nok, made.reference) == (1, "A")
    with pytest.raises(Stale, match="application_conflict") as late:
        funding.edit_application(session, ME, made, {"sought_nok": 2}, seen)
    [conflict] = late.value.details["conflicts"]
    assert (conflict.field, conflict.mine, conflict.stored) == ("sought_nok", 2, 1)


def test_the_undo_of_another_deadline_gives_the_card_the_old_one(session, company):
    idea = make.idea(session, company_id=company.id)
    made = begin(session, idea=idea, deadline_on=date(2026, 9, 1))
    later = {"deadline_on": date(2026, 11, 1)}
    change = funding.edit_application(session, ME, made, later, {"deadline_on": made.deadline_on})
    assert idea.deadline_on == date(2026, 11, 1)
    undo_change(session, ME, change.id)
    assert session.get(Idea, idea.id).deadline_on == date(2026, 9, 1)
    assert list(check.broken(session)) == []


# Voids.


def test_what_was_entered_by_mistake_counts_nowhere_and_can_come_back(session, company):
    made = begin(session, company)
    turn(session, made, "sent", "granted")
    pay(session, made, 100)
    change = funding.void_application(session, ME, made, reason="Ført to ganger")
    assert sent(session) == []
    assert session.scalars(sa.select(Payment).where(Payment.known())).all() == []
    with pytest.raises(Stale, match="application_voided"):
        turn(session, made, "accepted")
    assert list(check.broken(session)) == []
    undo_change(session, ME, change.id)
    assert len(sent(session)) == 1
    assert money(session, made) == (300_000, 100, 0)
    assert (made.status, made.is_voided) == ("granted", False)
    assert list(check.broken(session)) == []


def test_a_void_is_given_back_only_while_what_it_stood_on_stands(session, clock):
    application = make.application(session)
    idea = session.get(Idea, application.idea_id)
    opened = application.change_id
    change = funding.void_application(session, ME, application, reason="Feil")
    undo_change(session, ME, opened)
    with pytest.raises(RuleBroken, match="built_upon"):
        undo_change(session, ME, change.id)
    assert session.get(Application, application.id).is_voided
    assert idea.deadline_on is None
    assert list(check.broken(session)) == []


def test_what_happened_before_a_void_waits_for_the_void(session, company):
    made = begin(session, company)
    event = turn(session, made, "sent")
    funding.void_application(session, ME, made, reason="Feil")
    with pytest.raises(RuleBroken, match="built_upon"):
        undo_change(session, ME, event.change_id)


def test_a_payment_does_not_come_back_to_an_application_that_was_taken_away(session, company):
    made = begin(session, company)
    turn(session, made, "sent", "granted")
    change = funding.void_payment(session, ME, made, pay(session, made, 100), reason="Feil")
    away = funding.void_application(session, ME, made, reason="Feil")
    with pytest.raises(RuleBroken, match="built_upon"):
        undo_change(session, ME, change.id)
    undo_change(session, ME, away.id)
    undo_change(session, ME, change.id)
    assert money(session, made) == (300_000, 100, 0)
    assert list(check.broken(session)) == []


def test_a_developer_voids_own_ones_and_a_manager_any(session, company):
    one, other = make.actor(session), make.actor(session)
    made = begin(session, company, by=one)
    with pytest.raises(NotAllowed):
        funding.void_application(session, other, made, reason="Feil")
    funding.void_application(session, one, made, reason="Feil")
    made = begin(session, company, by=one, title="En til")
    funding.void_application(session, make.actor(session, Role.MANAGER), made, reason="Feil")
