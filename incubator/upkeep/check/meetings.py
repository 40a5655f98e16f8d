"""Meetings: their agenda lies in their region, and a decision says what was done, and did it."""

import sqlalchemy as sa

from incubator.ideas.models import Idea, StageEvent, Status, StatusEvent
from incubator.meetings.models import DecisionKind, Meeting, MeetingDecision, MeetingItem
from incubator.upkeep.check.finding import Find, Listing, all_of

# What a decision of each kind names, and the status that its change has set.
NAMES = {
    DecisionKind.MOVED: MeetingDecision.stage_id,
    DecisionKind.ASSIGNED: MeetingDecision.owner_id,
    DecisionKind.STEP: MeetingDecision.follow_up_id,
}
STATUSES = {
    DecisionKind.PARKED: Status.PARKED,
    DecisionKind.STOPPED: Status.STOPPED,
    DecisionKind.REOPENED: Status.OPEN,
    DecisionKind.LAUNCHED: Status.LAUNCHED,
}


def agendas() -> Listing:
    """Find ideas on the agenda of another region's meeting."""
    query = (
        sa.select(MeetingItem.id, Idea.region_id, Meeting.region_id)
        .join(Meeting, Meeting.id == MeetingItem.meeting_id)
        .join(Idea, Idea.id == MeetingItem.idea_id)
        .where(MeetingItem.known(), Idea.region_id != Meeting.region_id)
        .order_by(MeetingItem.id)
    )
    return Listing("meeting_items", query, "is of region {0}, its meeting of region {1}")


def decisions() -> Find:
    """Find decisions that name nothing, and those whose change has done nothing of the kind."""
    standing = sa.select(MeetingDecision.id, MeetingDecision.kind).where(MeetingDecision.known())
    nameless = [
        standing.where(MeetingDecision.kind == kind, named.is_(None)).order_by(MeetingDecision.id)
        for kind, named in NAMES.items()
    ]
    moved = sa.exists().where(StageEvent.change_id == MeetingDecision.change_id)
    idle = [standing.where(MeetingDecision.kind == DecisionKind.MOVED, ~moved)]
    for kind, status in STATUSES.items():
        set_so = sa.exists().where(
            StatusEvent.change_id == MeetingDecision.change_id, StatusEvent.status == status
        )
        idle.append(standing.where(MeetingDecision.kind == kind, ~set_so))
    return all_of(
        (
            *(Listing("meeting_decisions", query, "says {0}, but not what") for query in nameless),
            *(Listing("meeting_decisions", query, "says {0}, but it was not") for query in idle),
        )
    )
