"""Put together what the page of a meeting shows, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from incubator.core.access import Actor
from incubator.core.errors import NotAllowed
from incubator.ideas import operations as ideas_operations, queries as ideas
from incubator.ideas.models import Idea, StageKind, Status
from incubator.meetings import queries as meetings, words
from incubator.meetings.models import DecisionKind, Meeting, MeetingItem
from incubator.meetings.queries import Decided, Line, Shown
from incubator.pipeline.card import STATUS_LABELS, said as happened

MOST_TOLD = 5
QUIET = frozenset({DecisionKind.AGAIN, DecisionKind.UNCHANGED})


@dataclass(frozen=True)
class Said:
    """A decision as the page and the minutes tell of it."""

    text: str
    reason: str | None
    learnt: str | None
    who: str | None
    is_undone: bool
    undo_url: str


def item_page(
    session: Session, viewer: Actor, meeting: Meeting, item: MeetingItem, today: date
) -> dict[str, Any]:
    """Give all that the page of an item shows."""
    lines = meetings.list_lines(session, meeting.id)
    shown = meetings.get_shown(session, item.idea_id)
    stages = ideas.list_stages(session)
    happenings = ideas.timeline(session, item.idea_id)
    decided = meetings.decided_about(session, item)
    at = next(index for index, line in enumerate(lines) if line.id == item.id)
    return {
        "meeting": meeting,
        "item": item,
        "part_label": words.PART_LABELS[item.part],
        "idea": _face(shown, viewer, today),
        "stages": [(stage.label(viewer.locale), stage.id) for stage in stages],
        "news": _news(happenings, meeting, stages, viewer),
        "decisions": [_told(one, viewer.locale) for one in decided],
        "chosen": {one.kind.value for one in decided if one.kind in QUIET},
        "earlier": meetings.earlier_note(session, item, meeting.region_id),
        "lines": lines,
        "parts": words.PART_LABELS,
        "number": at + 1,
        "total": len(lines),
        "done": sum(line.is_decided for line in lines),
        "previous": lines[at - 1] if at else None,
        "following": lines[at + 1] if at + 1 < len(lines) else None,
        "is_running": meeting.closed_at is None,
        "may_decide": meeting.closed_at is None and _may_change(viewer, shown.idea),
    }


def beside(lines: list[Line], item_id: int, step: int) -> Line | None:
    """Give the item that stands some places further on the agenda."""
    at = next((index for index, line in enumerate(lines) if line.id == item_id), 0) + step
    return lines[at] if 0 <= at < len(lines) else None


def _may_change(viewer: Actor, idea: Idea) -> bool:
    try:
        ideas_operations.must_be_allowed(viewer, idea)
    except NotAllowed:
        return False
    return not idea.is_voided


def _face(shown: Shown, viewer: Actor, today: date) -> dict[str, Any]:
    idea, stage = shown.idea, shown.stage
    days = (today - idea.stage_on).days
    return {
        "id": idea.id,
        "href": f"/ideer/{idea.id}",
        "title": idea.title,
        "problem": idea.problem,
        "company": shown.company,
        "municipality": shown.municipality,
        "owner": shown.owner,
        "is_gone": idea.is_voided,
        "is_open": idea.status == Status.OPEN,
        "status": idea.status.value,
        "status_label": STATUS_LABELS[idea.status],
        "status_on": idea.status_on,
        "stage": stage.label(viewer.locale),
        "stage_id": stage.id,
        "is_market": stage.kind == StageKind.MARKET,
        "days": days,
        "stale_days": stage.stale_days,
        "is_stale": bool(stage.stale_days) and days >= stage.stale_days,
        "next_step": idea.next_step,
        "next_step_on": idea.next_step_on,
        "is_late": idea.next_step_on is not None and idea.next_step_on < today,
        "deadline_on": idea.deadline_on,
        "days_left": (idea.deadline_on - today).days if idea.deadline_on else None,
    }


def _news(happenings: Any, meeting: Meeting, stages: Any, viewer: Actor) -> list[dict[str, Any]]:
    """Tell what was entered about an idea since the last meeting, the latest first."""
    fresh = [one for one in happenings if one.recorded_at > meeting.since_at]
    first = next((one for one in reversed(happenings) if one.kind == "status"), None)
    return [
        {
            "text": happened(one, stages, viewer.locale, is_first=one is first),
            "on": one.occurred_on,
            "who": one.who,
            "note": one.note,
        }
        for one in fresh[:MOST_TOLD]
    ]


def _told(one: Decided, locale: str) -> Said:
    return Said(
        words.said(one, locale), one.reason, one.learnt, one.who, one.is_undone,
        f"/endringer/{one.change_id}/angre",
    )  # fmt: skip


def minutes(session: Session, meeting: Meeting, locale: str) -> dict[str, Any]:
    """Give what the minutes tell: by part of the agenda, what was said and decided."""
    said: dict[int, list[Said]] = {}
    for one in meetings.decided_at(session, meeting):
        said.setdefault(one.item_id, []).append(_told(one, locale))
    items = meetings.list_minuted(session, meeting.id)
    treated = [item for item in items if item.id in said or item.note]
    left = [item for item in items if item.id not in said and not item.note]
    parts: dict[Any, list[dict[str, Any]]] = {}
    for item in treated:
        line = {"item": item, "decisions": said.get(item.id, [])}
        parts.setdefault(words.PART_LABELS[item.part], []).append(line)
    return {
        "meeting": meeting,
        "parts": list(parts.items()),
        "left": left,
        "present": meetings.present(session, meeting.id),
        "total": len(items),
        "decided": len(said),
    }
