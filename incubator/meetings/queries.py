"""Read meetings: what belongs on an agenda, where a meeting stands, what its minutes say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.accounts.models import User
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.core.access import Actor
from incubator.core.db import AnyRow, AnySelect
from incubator.core.errors import NotFound
from incubator.followups.models import FollowUp
from incubator.ideas.models import Idea, Stage, StatusEvent
from incubator.meetings.models import (
    DecisionKind,
    Meeting,
    MeetingDecision,
    MeetingItem,
    MeetingPresence,
    Part,
)
from incubator.reference.models import Municipality

PAGE = 30


def running(session: Session, region_id: int) -> Meeting | None:
    """Give the meeting of a region that is not closed yet."""
    return session.scalar(
        sa.select(Meeting).where(
            Meeting.region_id == region_id, Meeting.closed_at.is_(None), Meeting.known()
        )
    )


def last_closed(session: Session, region_id: int) -> Meeting | None:
    """Give the meeting of a region that was closed last."""
    return session.scalar(
        sa.select(Meeting)
        .where(Meeting.region_id == region_id, Meeting.closed_at.is_not(None), Meeting.known())
        .order_by(Meeting.closed_at.desc(), Meeting.id.desc())
        .limit(1)
    )


def get_meeting(session: Session, viewer: Actor, meeting_id: int) -> Meeting:
    """Give a meeting of the viewer's regions. Raises NotFound."""
    found = session.scalar(
        sa.select(Meeting).where(
            Meeting.id == meeting_id, Meeting.known(), viewer.in_regions(Meeting.region_id)
        )
    )
    if found is None:
        raise NotFound("no_such_meeting")
    return found


def get_item(
    session: Session, viewer: Actor, meeting_id: int, item_id: int
) -> tuple[Meeting, MeetingItem]:
    """Give an item on the agenda of a meeting of the viewer's regions. Raises NotFound."""
    row = session.execute(
        sa.select(Meeting, MeetingItem)
        .join(MeetingItem, MeetingItem.meeting_id == Meeting.id)
        .where(
            Meeting.id == meeting_id, Meeting.known(), viewer.in_regions(Meeting.region_id),
            MeetingItem.id == item_id, MeetingItem.known(),
        )
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound("no_such_item")
    return row[0], row[1]


def item_at(session: Session, meeting: Meeting, nth: int) -> int | None:
    """Give the item that stands at a place of the agenda, or the first."""
    return session.scalar(
        sa.select(MeetingItem.id)
        .where(MeetingItem.meeting_id == meeting.id, MeetingItem.known())
        .order_by(MeetingItem.nth != nth, MeetingItem.nth)
        .limit(1)
    )


class Held(NamedTuple):
    """A meeting in the list of them."""

    id: int
    held_on: date
    closed_at: datetime | None
    items: int
    decisions: int


def list_held(session: Session, region_id: int, *, offset: int, limit: int) -> list[Held]:
    """List the meetings of a region, the latest first, with how much was decided."""
    items = (
        sa.select(sa.func.count(MeetingItem.id))
        .where(MeetingItem.meeting_id == Meeting.id, MeetingItem.known())
        .correlate(Meeting)
        .scalar_subquery()
    )
    decided = (
        sa.select(sa.func.count(sa.distinct(MeetingDecision.item_id)))
        .join(MeetingItem, MeetingItem.id == MeetingDecision.item_id)
        .where(MeetingItem.meeting_id == Meeting.id, MeetingDecision.known())
        .correlate(Meeting)
        .scalar_subquery()
    )
    query = (
        sa.select(Meeting.id, Meeting.occurred_on, Meeting.closed_at, items, decided)
        .where(Meeting.region_id == region_id, Meeting.known())
        .order_by(Meeting.occurred_on.desc(), Meeting.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [Held(*row) for row in session.execute(query)]


class Line(NamedTuple):
    """An item on the agenda, and how far the meeting has come with it."""

    id: int
    nth: int
    part: Part
    idea_id: int
    title: str
    company: str | None
    is_decided: bool
    has_note: bool


def list_lines(session: Session, meeting_id: int) -> list[Line]:
    """List the agenda of a meeting in its order."""
    decided = sa.exists().where(MeetingDecision.item_id == MeetingItem.id, MeetingDecision.known())
    query = (
        sa.select(
            MeetingItem.id, MeetingItem.nth, MeetingItem.part, Idea.id, Idea.title, Company.name,
            decided, MeetingItem.note.is_not(None),
        )
        .join(Idea, Idea.id == MeetingItem.idea_id)
        .outerjoin(Company, Company.id == Idea.company_id)
        .where(MeetingItem.meeting_id == meeting_id, MeetingItem.known())
        .order_by(MeetingItem.nth)
    )  # fmt: skip
    return [Line(*row) for row in session.execute(query)]


class Shown(NamedTuple):
    """An idea as the meeting sees it."""

    idea: Idea
    company: str | None
    municipality: str | None
    owner: str | None
    stage: Stage


def get_shown(session: Session, idea_id: int) -> Shown:
    """Give an idea on an agenda with its names, also one that was taken away since."""
    row = session.execute(
        sa.select(
            Idea, Company.name, Municipality.name, sa.func.coalesce(User.name, Idea.owner_name),
            Stage,
        )
        .join(Stage, Stage.id == Idea.stage_id)
        .outerjoin(Company, Company.id == Idea.company_id)
        .outerjoin(Municipality, Municipality.id == Idea.municipality_id)
        .outerjoin(User, User.id == Idea.owner_id)
        .where(Idea.id == idea_id)
    ).one()  # fmt: skip
    return Shown(*row)


class Earlier(NamedTuple):
    """What was noted about an idea at a meeting before this one."""

    meeting_id: int
    held_on: date
    note: str


def earlier_note(session: Session, item: MeetingItem, region_id: int) -> Earlier | None:
    """Give what was noted last about the idea of an item, at an earlier meeting."""
    row = session.execute(
        sa.select(Meeting.id, Meeting.occurred_on, MeetingItem.note)
        .join(Meeting, Meeting.id == MeetingItem.meeting_id)
        .where(
            MeetingItem.idea_id == item.idea_id, MeetingItem.note.is_not(None),
            MeetingItem.meeting_id < item.meeting_id, Meeting.region_id == region_id,
            Meeting.known(), MeetingItem.known(),
        )
        .order_by(MeetingItem.meeting_id.desc())
        .limit(1)
    ).first()  # fmt: skip
    return Earlier(row[0], row[1], row[2] or "") if row else None


class Decided(NamedTuple):
    """A decision with the names that it is told with."""

    id: int
    item_id: int
    kind: DecisionKind
    change_id: int
    is_undone: bool
    stage: Stage | None
    owner: str | None
    what: str | None
    due_on: date | None
    responsible: str | None
    look_again_on: date | None
    learnt: str | None
    reason: str | None
    who: str | None
    at: datetime


def _decided() -> AnySelect:
    owner, responsible, who = (aliased(User) for _ in range(3))
    closes = (DecisionKind.PARKED, DecisionKind.STOPPED)
    closed = sa.and_(
        StatusEvent.change_id == MeetingDecision.change_id, MeetingDecision.kind.in_(closes)
    )
    return (
        sa.select(
            MeetingDecision.id, MeetingDecision.item_id, MeetingDecision.kind,
            MeetingDecision.change_id, MeetingDecision.voided_at.is_not(None), Stage, owner.name,
            FollowUp.what, FollowUp.due_on, responsible.name, StatusEvent.look_again_on,
            StatusEvent.learnt, Change.note, who.name, MeetingDecision.recorded_at,
        )
        .join(MeetingItem, MeetingItem.id == MeetingDecision.item_id)
        .join(Change, Change.id == MeetingDecision.change_id)
        .outerjoin(Stage, Stage.id == MeetingDecision.stage_id)
        .outerjoin(owner, owner.id == MeetingDecision.owner_id)
        .outerjoin(FollowUp, FollowUp.id == MeetingDecision.follow_up_id)
        .outerjoin(responsible, responsible.id == FollowUp.responsible_id)
        .outerjoin(StatusEvent, closed)
        .outerjoin(who, who.id == MeetingDecision.recorded_by_id)
        .order_by(MeetingDecision.id)
    )  # fmt: skip


def decided_about(session: Session, item: MeetingItem) -> list[Decided]:
    """List what was decided about an item and stands."""
    query = _decided().where(MeetingDecision.item_id == item.id, MeetingDecision.known())
    return [Decided(*row) for row in session.execute(query)]


def decided_at(session: Session, meeting: Meeting) -> list[Decided]:
    """List what was decided at a meeting: of one that is closed also what was undone after."""
    query = _decided().where(
        MeetingItem.meeting_id == meeting.id, MeetingDecision.known(meeting.closed_at)
    )
    return [Decided(*row) for row in session.execute(query)]


class Minuted(NamedTuple):
    """An item as the minutes tell of it."""

    id: int
    nth: int
    part: Part
    note: str | None
    idea_id: int
    title: str
    is_standing: bool
    company: str | None
    owner: str | None


def list_minuted(session: Session, meeting_id: int) -> list[Minuted]:
    """List the items of a meeting for its minutes."""
    query = (
        sa.select(
            MeetingItem.id, MeetingItem.nth, MeetingItem.part, MeetingItem.note, Idea.id,
            Idea.title, Idea.voided_at.is_(None), Company.name,
            sa.func.coalesce(User.name, Idea.owner_name),
        )
        .join(Idea, Idea.id == MeetingItem.idea_id)
        .outerjoin(Company, Company.id == Idea.company_id)
        .outerjoin(User, User.id == Idea.owner_id)
        .where(MeetingItem.meeting_id == meeting_id, MeetingItem.known())
        .order_by(MeetingItem.nth)
    )  # fmt: skip
    return [Minuted(*row) for row in session.execute(query)]


@dataclass(frozen=True)
class Present:
    """Who was at a meeting: users, and guests by name."""

    people: dict[int, str]
    guests: list[str]


def present(session: Session, meeting_id: int) -> Present:
    """Give who was there."""
    rows: Sequence[AnyRow] = session.execute(
        sa.select(MeetingPresence.user_id, User.name, MeetingPresence.guest)
        .outerjoin(User, User.id == MeetingPresence.user_id)
        .where(MeetingPresence.meeting_id == meeting_id, MeetingPresence.known())
        .order_by(User.sort_key, MeetingPresence.id)
    ).all()
    people = {number: name for number, name, _guest in rows if number is not None}
    return Present(people, [guest for _number, _name, guest in rows if guest])


def last_writer(session: Session, kind: str, subject_id: int) -> str | None:
    """Give the name of whoever changed a meeting or one of its items last."""
    name: str | None = session.scalar(
        sa.select(User.name)
        .select_from(Change)
        .outerjoin(User, User.id == Change.actor_id)
        .where(Change.subject_kind == kind, Change.subject_id == subject_id)
        .order_by(Change.id.desc())
        .limit(1)
    )
    return name
