"""What a meeting takes up: each idea once, where it belongs first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.core.access import Via
from incubator.core.days import day_number
from incubator.core.db import AnySelect
from incubator.ideas.models import Idea, Stage, StageEvent, Status, StatusEvent
from incubator.meetings.models import (
    DecisionKind,
    Meeting,
    MeetingDecision,
    MeetingItem,
    Part,
)

MOST_OF_A_PART = 30  # what nobody gets through in an hour is better seen on the board
SOON = timedelta(days=14)
FIRST_LOOK = timedelta(days=7)  # how far back the first meeting looks


@dataclass(frozen=True)
class Asked:
    """What an agenda is made for: region, day, and what was seen at the meeting before."""

    region_id: int
    today: date
    since_at: datetime
    last_id: int | None


class Found(NamedTuple):
    """An idea that belongs on the agenda."""

    idea_id: int
    part: Part


@dataclass(frozen=True)
class Agenda:
    """The ideas in their order, and how many there was no room for."""

    found: list[Found]
    left_out: int


def make(session: Session, asked: Asked) -> Agenda:
    """Put together what a meeting takes up, in a fixed number of queries."""
    found: dict[int, Part] = {}
    left_out = 0
    for part, queries in PARTS.items():
        for query in queries:
            rows = session.execute(query(asked)).all()
            for idea_id, _total in rows:
                found.setdefault(idea_id, part)
            left_out += rows[0][1] - len(rows) if rows else 0
    return Agenda([Found(*one) for one in found.items()], left_out)


def _ideas(asked: Asked) -> AnySelect:
    """Build the query for standing ideas of the region, the number of all beside each."""
    return (
        sa.select(Idea.id, sa.func.count().over())
        .where(Idea.region_id == asked.region_id, Idea.voided_at.is_(None))
        .where(Idea.archived_on.is_(None))
        .limit(MOST_OF_A_PART)
    )


def _asked_for(asked: Asked) -> AnySelect:
    """Pick what the last meeting wanted to see again."""
    return (
        _ideas(asked)
        .join(MeetingItem, MeetingItem.idea_id == Idea.id)
        .where(
            MeetingItem.meeting_id == (asked.last_id or 0),
            sa.exists().where(
                MeetingDecision.item_id == MeetingItem.id,
                MeetingDecision.kind == DecisionKind.AGAIN,
                MeetingDecision.known(),
            ),
        )
        .order_by(MeetingItem.nth)
    )


def _parked_until_now(asked: Asked) -> AnySelect:
    """Pick what was put aside until a day that has come."""
    parked = sa.exists().where(
        StatusEvent.idea_id == Idea.id,
        StatusEvent.status == Status.PARKED,
        StatusEvent.occurred_on == Idea.status_on,
        StatusEvent.known(),
        StatusEvent.look_again_on <= asked.today,
    )
    return (
        _ideas(asked).where(Idea.status == Status.PARKED, parked).order_by(Idea.status_on, Idea.id)
    )


def _changed(asked: Asked) -> AnySelect:
    """Pick what was moved or got another status since, whatever day that is about.

    What a list brought in is no news, and the opening facts of an idea are its own.
    """
    parts = [
        sa.select(table.idea_id, table.recorded_at)
        .join(Change, Change.id == table.change_id)
        .where(table.known(), table.recorded_at > asked.since_at, Change.via != Via.IMPORT)
        for table in (StageEvent, StatusEvent)
    ]
    events = sa.union_all(*parts).subquery()
    # The opening facts are of the instant in which the idea was written down.
    latest = (
        sa.select(events.c.idea_id, sa.func.max(events.c.recorded_at).label("at"))
        .join(Idea, Idea.id == events.c.idea_id)
        .where(events.c.recorded_at > Idea.recorded_at)
        .group_by(events.c.idea_id)
        .subquery()
    )
    return (
        _ideas(asked)
        .join(latest, latest.c.idea_id == Idea.id)
        .order_by(latest.c.at.desc(), Idea.id.desc())
    )


def _stale(asked: Asked) -> AnySelect:
    """Pick what has stood longer than its stage has patience for, the oldest first."""
    stood = asked.today.toordinal() - day_number(Idea.stage_on)
    return (
        _ideas(asked)
        .join(Stage, Stage.id == Idea.stage_id)
        .where(Idea.status == Status.OPEN, stood >= Stage.stale_days)
        .order_by(Idea.stage_on, Idea.id)
    )


def _deadlines(asked: Asked) -> AnySelect:
    """Pick what has a deadline ahead."""
    near = Idea.deadline_on.between(asked.today, asked.today + SOON)
    return _ideas(asked).where(Idea.status == Status.OPEN, near).order_by(Idea.deadline_on, Idea.id)


def _new(asked: Asked) -> AnySelect:
    """Pick what came in since and still stands where ideas begin."""
    first = sa.select(Stage.id).order_by(Stage.nth).limit(1).scalar_subquery()
    return (
        _ideas(asked)
        .join(Change, Change.id == Idea.change_id)
        .where(
            Idea.status == Status.OPEN,
            Idea.stage_id == first,
            Idea.recorded_at > asked.since_at,
            Change.via != Via.IMPORT,
        )
        .order_by(Idea.recorded_at, Idea.id)
    )


PARTS: dict[Part, tuple[Callable[[Asked], AnySelect], ...]] = {
    Part.AGAIN: (_asked_for, _parked_until_now),
    Part.CHANGED: (_changed,),
    Part.STALE: (_stale,),
    Part.DEADLINE: (_deadlines,),
    Part.NEW: (_new,),
}


def since(last: Meeting | None, now: datetime) -> datetime:
    """Give the instant from which things are news: when the last meeting was closed."""
    return last.closed_at if last is not None and last.closed_at else now - FIRST_LOOK


class Titled(NamedTuple):
    """An idea that would stand on the agenda, with its names."""

    idea_id: int
    part: Part
    title: str
    company: str | None
    stage_id: int
    owner: str | None


def titled(session: Session, agenda: Agenda) -> list[Titled]:
    """Give an agenda with the names of its ideas."""
    parts = dict(agenda.found)
    rows = session.execute(
        sa.select(
            Idea.id, Idea.title, Company.name, Idea.stage_id,
            sa.func.coalesce(User.name, Idea.owner_name),
        )
        .outerjoin(Company, Company.id == Idea.company_id)
        .outerjoin(User, User.id == Idea.owner_id)
        .where(Idea.id.in_(list(parts)))
    )  # fmt: skip
    known = {row[0]: row for row in rows}
    return [Titled(number, part, *known[number][1:]) for number, part in agenda.found]
