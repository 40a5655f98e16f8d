"""What may follow on what in the life of an application, and how its money may go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby, pairwise

from incubator.core.access import Actor, Permission
from incubator.funding.models import Application, ApplicationStatus as Status, PaymentKind
from incubator.ideas.models import Idea

# A grant may be decided in parts, and a refusal be taken up again on a complaint. Whatever was
# said by mistake is undone or voided: that is no step in the life of an application.
FOLLOWS: Mapping[Status, tuple[Status, ...]] = {
    Status.DRAFT: (Status.SENT, Status.WITHDRAWN, Status.LAPSED),
    Status.SENT: (Status.PROCESSING, Status.GRANTED, Status.REFUSED, Status.WITHDRAWN),
    Status.PROCESSING: (Status.GRANTED, Status.REFUSED, Status.WITHDRAWN),
    Status.GRANTED: (Status.ACCEPTED, Status.GRANTED, Status.WITHDRAWN, Status.LAPSED),
    Status.ACCEPTED: (Status.RUNNING, Status.REPORTED, Status.WITHDRAWN, Status.LAPSED),
    Status.RUNNING: (Status.REPORTED, Status.WITHDRAWN, Status.LAPSED),
    Status.REPORTED: (Status.DONE,),
    Status.DONE: (),
    Status.REFUSED: (Status.PROCESSING,),
    Status.WITHDRAWN: (),
    Status.LAPSED: (),
}
FIRST = (Status.DRAFT, Status.SENT)  # a list may know of an application only that it was sent
WAITING = (Status.SENT, Status.PROCESSING)
GOING = (Status.GRANTED, Status.ACCEPTED, Status.RUNNING)  # a report is due
CLOSED = (Status.DONE, Status.REFUSED, Status.WITHDRAWN, Status.LAPSED)


NEAR, NEXT = timedelta(days=14), timedelta(days=30)


class Group(StrEnum):
    """What an application asks of us: where it stands in the list."""

    OVERDUE = "forfalt"
    NEAR = "14-dager"
    NEXT = "30-dager"
    LATER = "senere"
    WAITING = "venter"
    GOING = "i-gang"
    REPORTED = "rapportert"
    CLOSED = "avsluttet"


def may_lapse(status: Status, deadline_on: date | None, on: date) -> bool:
    """Say whether an application can lapse on a day: a draft only when its deadline has passed."""
    if status == Status.DRAFT:
        return deadline_on is not None and deadline_on < on
    return Status.LAPSED in FOLLOWS[status]


def next_of(status: Status, deadline_on: date | None, today: date) -> list[Status]:
    """List what can happen to an application today, the usual first."""
    return [
        one
        for one in FOLLOWS[status]
        if one != Status.LAPSED or may_lapse(status, deadline_on, today)
    ]


def wrong_turn(before: Status, to: Status, deadline_on: date | None, on: date) -> str | None:
    """Give the code of why one status cannot follow another on a day, or None when it can."""
    if to not in FOLLOWS[before]:
        return "status_cannot_follow"
    if to == Status.LAPSED and not may_lapse(before, deadline_on, on):
        return "deadline_not_passed"
    return None


def is_life(statuses: Sequence[Status]) -> bool:
    """Say whether these can be the statuses of an application, one after the other."""
    pairs = pairwise(statuses)
    begins = bool(statuses) and statuses[0] in FIRST
    return begins and all(to in FOLLOWS[before] for before, to in pairs)


@dataclass(frozen=True)
class Money:
    """What was granted, paid and returned of an application."""

    granted: int = 0
    paid: int = 0
    returned: int = 0

    @property
    def kept(self) -> int:
        """Give what was paid and has not gone back."""
        return self.paid - self.returned

    @property
    def left(self) -> int:
        """Give what can still be paid."""
        return self.granted - self.kept


Turn = tuple[date, str, int]  # a day, "granted" or a PaymentKind, whole kroner
GRANT = "granted"


def wrong_money(turns: Iterable[Turn]) -> str | None:
    """Give the code of what is wrong with grants and payments by the end of some day, or None.

    Nothing is paid before it is granted, no more is kept than was granted, and no more goes
    back than was paid.
    """
    money = Money()
    for _day, of_day in groupby(sorted(turns, key=lambda turn: turn[0]), lambda turn: turn[0]):
        money = _after(money, list(of_day))
        if money.returned > money.paid:
            return "returned_above_paid"
        if money.left < 0:
            return "paid_above_granted" if money.granted else "payment_without_grant"
    return None


def _after(money: Money, turns: Sequence[Turn]) -> Money:
    def total(kind: str) -> int:
        return sum(amount for _day, one, amount in turns if one == kind)

    return Money(
        money.granted + total(GRANT),
        money.paid + total(PaymentKind.PAID),
        money.returned + total(PaymentKind.RETURNED),
    )


def sum_of(turns: Sequence[Turn]) -> Money:
    """Add up grants and payments."""
    return _after(Money(), turns)


def may_change(actor: Actor, application: Application, idea: Idea | None) -> bool:
    """Say whether a person may change an application: any, one's own, or nobody's."""
    if not (actor.may(Permission.IDEA_MOVE) and actor.works_in(application.region_id)):
        return False
    owners = {application.owner_id, *((idea.owner_id,) if idea else ())} - {None}
    is_nobodys = not owners and not (idea and idea.owner_name)
    return actor.may(Permission.IDEA_MOVE_ANY) or actor.id in owners or is_nobodys


def may_void(actor: Actor, application: Application) -> bool:
    """Say whether a person may void what was entered by mistake: any, or one's own."""
    if actor.may(Permission.IDEA_CORRECT_ANY):
        return True
    is_own = actor.id is not None and actor.id in (
        application.recorded_by_id, application.owner_id,
    )  # fmt: skip
    return is_own and actor.may(Permission.IDEA_CORRECT)
