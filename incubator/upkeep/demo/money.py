"""How an application goes: drafted, sent, decided, reported."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from incubator.funding.models import ApplicationStatus
from incubator.upkeep.demo import data

PROJECT_DAYS = 230  # from the decision to the final report
DAYS_TO_SPARE = 14  # between that and the day on which it is due


@dataclass(frozen=True)
class Wish:
    """What a company applies for."""

    instrument: str
    sought_nok: int
    days_to_write: int
    share_granted: float
    refusal: str


@dataclass(frozen=True)
class Turn:
    """An application comes to a status on a day."""

    status: ApplicationStatus
    on: date
    amount_nok: int | None = None
    reason: str = ""
    report_due_on: date | None = None
    reference: str = ""  # the case number that the funder gives it


@dataclass(frozen=True)
class Instalment:
    """A part of a grant is paid on a day."""

    on: date
    amount_nok: int


def wish_of(dice: random.Random, *, is_large: bool, is_new: bool) -> Wish:
    """Choose an instrument that suits the company, an amount and how long the writing takes."""
    told = data.read("words")
    suits = {None: True, "large": is_large, "new": is_new}
    schemes = [one for one in told["apply"] if suits[one.get("only")]]
    scheme = dice.choices(schemes, [one["share"] for one in schemes])[0]
    least, most = scheme["thousands"]
    return Wish(
        scheme["instrument"],
        dice.randint(least // 10, most // 10) * 10_000,
        dice.randint(14, 30),
        dice.choice((0.5, 0.6, 0.75, 0.8, 1.0, 1.0)),
        dice.choice(told["refused"]),
    )


def dropped(entered_on: date, left_on: date) -> Iterator[Turn]:
    """Give what happens to an application that is given up when the card goes back."""
    yield Turn(ApplicationStatus.WITHDRAWN, max(entered_on, left_on - timedelta(days=1)))


def course_of(
    wish: Wish, entered_on: date, left_on: date | None, *, is_won: bool
) -> Iterator[Turn | Instalment]:
    """Give what happens to an application: decided before the card leaves, or in due time."""
    stay = (left_on - entered_on).days if left_on else 120

    def day(share: float) -> date:
        return entered_on + timedelta(days=int(stay * share))

    sent_on = min(entered_on + timedelta(days=wish.days_to_write), day(0.5))
    yield Turn(ApplicationStatus.SENT, sent_on)
    taken_up_on = sent_on + timedelta(days=max(1, stay // 12))
    number = f"{taken_up_on:%y}/{1000 + wish.sought_nok // 10_000}"
    yield Turn(ApplicationStatus.PROCESSING, taken_up_on, reference=number)
    if not is_won:
        yield Turn(ApplicationStatus.REFUSED, day(0.95), reason=wish.refusal)
        return
    granted_nok = int(wish.sought_nok * wish.share_granted) // 10_000 * 10_000
    decided_on = day(0.8)
    reported_on = decided_on + timedelta(days=PROJECT_DAYS)
    due_on = reported_on + timedelta(days=DAYS_TO_SPARE)
    yield Turn(ApplicationStatus.GRANTED, decided_on, granted_nok, report_due_on=due_on)
    yield Turn(ApplicationStatus.ACCEPTED, decided_on + timedelta(days=9))
    yield Turn(ApplicationStatus.RUNNING, decided_on + timedelta(days=16))
    ahead = granted_nok * 6 // 10 // 1000 * 1000
    yield Instalment(decided_on + timedelta(days=40), ahead)
    yield Turn(ApplicationStatus.REPORTED, reported_on)
    yield Instalment(reported_on + timedelta(days=30), granted_nok - ahead)
    yield Turn(ApplicationStatus.DONE, reported_on + timedelta(days=34))
