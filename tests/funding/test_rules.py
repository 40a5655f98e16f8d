"""What may follow on what, and how money may go: decided without a database."""

from datetime import date

import pytest

from incubator.funding import rules
from incubator.funding.models import ApplicationStatus as Status, PaymentKind

DAY, NEXT, LAST = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
PAID, RETURNED = PaymentKind.PAID, PaymentKind.RETURNED


def test_every_status_is_known_and_can_be_reached():
    assert set(rules.FOLLOWS) == set(Status)
    reached = {to for following in rules.FOLLOWS.values() for to in following}
    assert reached == set(Status) - {Status.DRAFT}


@pytest.mark.parametrize("status", [Status.DONE, Status.WITHDRAWN, Status.LAPSED])
def test_nothing_follows_on_an_end(status):
    assert rules.next_of(status, None, DAY) == []


def test_a_refusal_comes_after_sending_alone_and_can_be_taken_up_again():
    before = {one for one, following in rules.FOLLOWS.items() if Status.REFUSED in following}
    assert before == {Status.SENT, Status.PROCESSING}
    assert rules.next_of(Status.REFUSED, None, DAY) == [Status.PROCESSING]


def test_a_draft_lapses_after_its_deadline_and_a_grant_at_any_time():
    assert not rules.may_lapse(Status.DRAFT, None, DAY)
    assert not rules.may_lapse(Status.DRAFT, DAY, DAY)
    assert rules.may_lapse(Status.DRAFT, DAY, NEXT)
    assert rules.may_lapse(Status.GRANTED, None, DAY)
    assert not rules.may_lapse(Status.SENT, DAY, NEXT)
    assert rules.wrong_turn(Status.DRAFT, Status.LAPSED, DAY, DAY) == "deadline_not_passed"
    assert rules.wrong_turn(Status.DONE, Status.SENT, None, DAY) == "status_cannot_follow"
    assert rules.wrong_turn(Status.SENT, Status.GRANTED, None, DAY) is None


@pytest.mark.parametrize(
    ("statuses", "can_be"),
    [
        ("draft sent processing granted granted accepted running reported done", True),
        ("sent refused processing granted", True),
        ("draft granted", False),
        ("granted accepted", False),
        ("draft sent accepted", False),
        ("", False),
    ],
)
def test_a_life_is_told_from_a_list_of_words(statuses, can_be):
    assert rules.is_life([Status(word) for word in statuses.split()]) is can_be


@pytest.mark.parametrize(
    ("turns", "code"),
    [
        ([(DAY, "granted", 100), (DAY, PAID, 100)], None),
        ([(NEXT, "granted", 100), (DAY, PAID, 100)], "payment_without_grant"),
        ([(DAY, "granted", 100), (NEXT, PAID, 101)], "paid_above_granted"),
        ([(DAY, "granted", 100), (NEXT, PAID, 60), (NEXT, RETURNED, 61)], "returned_above_paid"),
        ([(DAY, "granted", 100), (DAY, RETURNED, 1), (NEXT, PAID, 60)], "returned_above_paid"),
        ([(DAY, "granted", 9), (NEXT, PAID, 9), (NEXT, RETURNED, 9), (LAST, PAID, 9)], None),
        ([(DAY, "granted", 50), (NEXT, PAID, 80), (LAST, "granted", 50)], "paid_above_granted"),
        ([], None),
    ],
)
def test_money_goes_as_it_was_granted_by_the_end_of_each_day(turns, code):
    assert rules.wrong_money(turns) == code


def test_money_is_added_up():
    money = rules.sum_of([(DAY, "granted", 100), (NEXT, PAID, 80), (LAST, RETURNED, 30)])
    assert (money.granted, money.paid, money.returned) == (100, 80, 30)
    assert (money.kept, money.left) == (50, 50)
