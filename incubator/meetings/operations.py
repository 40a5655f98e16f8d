"""Hold a meeting: begin it, note what is said and decided, close it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts import queries as people
from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import NotFound, RuleBroken, Stale
from incubator.core.facts import void
from incubator.core.texts import collapse
from incubator.followups.models import FollowUp
from incubator.ideas.models import Idea, Stage
from incubator.meetings import agenda, queries
from incubator.meetings.models import (
    DecisionKind,
    Meeting,
    MeetingDecision,
    MeetingItem,
    MeetingPresence,
    Part,
)
from incubator.reference.queries import lock_region

MOST_GUESTS = 40
LONGEST_NAME = 100
LONGEST_NOTE = 10_000


def begin_meeting(
    session: Session,
    actor: Actor,
    *,
    region_id: int,
    user_ids: Collection[int],
    guests: Sequence[str] = (),
    since_at: datetime | None = None,
) -> Meeting:
    """Begin the meeting of a region with what there is to talk about now.

    Raises Stale with the number of the one that is running already.
    """
    must(actor, Permission.IDEA_MOVE, region_id)
    lock_region(session, region_id)
    if (there := queries.running(session, region_id)) is not None:
        raise Stale("meeting_running", meeting_id=there.id)
    last = queries.last_closed(session, region_id)
    since_at = since_at or agenda.since(last, clock.now())
    asked = agenda.Asked(region_id, clock.today(), since_at, last.id if last else None)
    found = agenda.make(session, asked)
    change = audit.record(session, actor, "meeting.begun", kind="meeting", region_id=region_id)
    meeting = Meeting(
        region_id=region_id, occurred_on=clock.today(), since_at=since_at, place=1,
        left_out=found.left_out,
    )  # fmt: skip
    audit.stamp(meeting, change)
    session.add(meeting)
    flush(session)
    change.subject_id = meeting.id
    for nth, (idea_id, part) in enumerate(found.found, 1):
        _put(session, meeting, change, idea_id, part, nth)
    _set_present(session, meeting, change, user_ids, guests)
    flush(session)
    return meeting


def _put(
    session: Session, meeting: Meeting, change: Change, idea_id: int, part: Part, nth: int
) -> MeetingItem:
    item = MeetingItem(meeting_id=meeting.id, idea_id=idea_id, nth=nth, part=part)
    audit.stamp(item, change)
    session.add(item)
    return item


def take_up(session: Session, actor: Actor, meeting: Meeting, idea: Idea) -> MeetingItem:
    """Put an idea last on the agenda; one that stands there already stays where it is."""
    _must_run(session, actor, meeting)
    if idea.region_id != meeting.region_id:
        raise NotFound("no_such_idea")
    items = session.scalars(
        sa.select(MeetingItem).where(MeetingItem.meeting_id == meeting.id)
    ).all()
    there = next((item for item in items if item.idea_id == idea.id), None)
    if there is not None:
        return there
    change = _record(session, actor, "meeting.taken_up", meeting)
    nth = max((item.nth for item in items), default=0) + 1
    item = _put(session, meeting, change, idea.id, Part.ADDED, nth)
    audit.note_values(session, change, "meeting", meeting.id, {"item": (None, idea.id)})
    flush(session)
    return item


def set_present(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    *,
    user_ids: Collection[int],
    guests: Sequence[str],
) -> Change | None:
    """Correct who is there; None when that is written already."""
    _must_run(session, actor, meeting)
    there = queries.present(session, meeting.id)
    if set(there.people) == set(user_ids) and there.guests == names_in(guests):
        return None
    change = _record(session, actor, "meeting.present", meeting)
    _set_present(session, meeting, change, user_ids, guests)
    flush(session)
    return change


def _set_present(
    session: Session,
    meeting: Meeting,
    change: Change,
    user_ids: Collection[int],
    guests: Sequence[str],
) -> None:
    known = dict(people.owner_choices(session, meeting.region_id))
    here = session.scalars(
        sa.select(MeetingPresence).where(
            MeetingPresence.meeting_id == meeting.id, MeetingPresence.known()
        )
    ).all()
    kept = {row.user_id for row in here if row.user_id is not None}
    if unknown := set(user_ids) - known.keys() - kept:
        raise RuleBroken("no_such_person", fields=["user_ids"], unknown=sorted(unknown))
    wanted: list[tuple[int | None, str | None]] = [(number, None) for number in user_ids]
    wanted += [(None, name) for name in names_in(guests)]
    for row in here:
        if (row.user_id, row.guest) in wanted:
            wanted.remove((row.user_id, row.guest))
        else:
            void(session, row, change)
    for user_id, guest in dict.fromkeys(wanted):
        row = MeetingPresence(meeting_id=meeting.id, user_id=user_id, guest=guest)
        audit.stamp(row, change)
        session.add(row)


def names_in(guests: Sequence[str]) -> list[str]:
    """Give the names of guests as they are kept: each once, without what is empty."""
    names = [collapse(name)[:LONGEST_NAME] for name in guests]
    return list(dict.fromkeys(name for name in names if name))[:MOST_GUESTS]


def write_item_note(
    session: Session, actor: Actor, meeting: Meeting, item: MeetingItem, *, text: str, seen: str
) -> Change | None:
    """Note what was said about an idea; None when it is written already.

    Raises Stale with what is stored, where somebody changed what `seen` was.
    """
    _must_run(session, actor, meeting)
    session.refresh(item)
    return _write(session, actor, meeting, item, "meeting_item", text, seen)


def write_note(
    session: Session, actor: Actor, meeting: Meeting, *, text: str, seen: str
) -> Change | None:
    """Note what was said beside the agenda, in the same way."""
    _must_run(session, actor, meeting)
    return _write(session, actor, meeting, meeting, "meeting", text, seen)


def _write(
    session: Session, actor: Actor, meeting: Meeting, row: Any, kind: str, text: str, seen: str
) -> Change | None:
    stored, mine = row.note or "", tidy(text)
    if mine in (stored, tidy(seen)):
        return None  # Nothing of one's own to write: somebody else's word stands.
    if tidy(seen) != stored:
        who = queries.last_writer(session, kind, row.id)
        raise Stale("note_conflict", stored=stored, who=who)
    change = audit.record(
        session, actor, "meeting.noted", kind=kind, subject_id=row.id, region_id=meeting.region_id
    )
    audit.note_values(session, change, kind, row.id, {"note": (row.note, mine or None)})
    row.note = mine or None
    flush(session)
    return change


def tidy(text: str) -> str:
    """Write a note as it is kept."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())[:LONGEST_NOTE]


def note_decision(
    session: Session,
    actor: Actor,
    meeting: Meeting,
    item: MeetingItem,
    kind: DecisionKind,
    change: Change,
    *,
    stage: Stage | None = None,
    owner_id: int | None = None,
    step: FollowUp | None = None,
) -> MeetingDecision:
    """Let the minutes tell of a change that the meeting made; it is undone with the change."""
    _must_run(session, actor, meeting)
    decision = MeetingDecision(
        item_id=item.id, kind=kind, stage_id=stage.id if stage else None, owner_id=owner_id,
        follow_up_id=step.id if step else None,
    )  # fmt: skip
    audit.stamp(decision, change)
    session.add(decision)
    flush(session)
    return decision


def decide(
    session: Session, actor: Actor, meeting: Meeting, item: MeetingItem, kind: DecisionKind
) -> Change | None:
    """Decide what changes nothing on the board; None when just that is decided already."""
    _must_run(session, actor, meeting)
    there = session.scalar(
        sa.select(MeetingDecision.id).where(
            MeetingDecision.item_id == item.id, MeetingDecision.kind == kind,
            MeetingDecision.known(),
        )
    )  # fmt: skip
    if there is not None:
        return None
    change = audit.record(
        session, actor, f"meeting.{kind.value}", kind="idea", subject_id=item.idea_id,
        region_id=meeting.region_id,
    )  # fmt: skip
    note_decision(session, actor, meeting, item, kind, change)
    return change


def go_to(session: Session, actor: Actor, meeting: Meeting, nth: int) -> None:
    """Keep which item is shown, so that an interrupted meeting goes on there."""
    must(actor, Permission.IDEA_MOVE, meeting.region_id)
    if meeting.closed_at is None and meeting.place != nth:
        meeting.place = nth
        flush(session)


def close_meeting(session: Session, actor: Actor, meeting: Meeting) -> Change:
    """Close a meeting: its minutes stand from now on."""
    _must_run(session, actor, meeting)
    change = _record(session, actor, "meeting.closed", meeting)
    meeting.closed_at, meeting.closed_by_id = change.recorded_at, actor.id
    audit.note_values(session, change, "meeting", meeting.id, {"closed_at": (None, clock.now())})
    flush(session)
    return change


def discard_meeting(session: Session, actor: Actor, meeting: Meeting) -> Change:
    """Void a meeting that was begun by mistake. Raises RuleBroken when something was said."""
    _must_run(session, actor, meeting)
    noted = sa.select(MeetingItem.id).where(
        MeetingItem.meeting_id == meeting.id, MeetingItem.note.is_not(None)
    )
    decided = (
        sa.select(MeetingDecision.id)
        .join(MeetingItem, MeetingItem.id == MeetingDecision.item_id)
        .where(MeetingItem.meeting_id == meeting.id, MeetingDecision.known())
    )
    if meeting.note or any(session.scalar(query.limit(1)) for query in (noted, decided)):
        raise RuleBroken("meeting_not_empty")
    change = _record(session, actor, "meeting.discarded", meeting)
    void(session, meeting, change)
    flush(session)
    return change


def _record(session: Session, actor: Actor, verb: str, meeting: Meeting) -> Change:
    return audit.record(
        session, actor, verb, kind="meeting", subject_id=meeting.id, region_id=meeting.region_id
    )


def _must_run(session: Session, actor: Actor, meeting: Meeting) -> None:
    """Let others wait, and raise Stale when the meeting is over or was discarded."""
    must(actor, Permission.IDEA_MOVE, meeting.region_id)
    flush(session)
    lock_region(session, meeting.region_id)
    session.refresh(meeting)
    if meeting.is_voided or meeting.closed_at is not None:
        raise Stale("meeting_over")
