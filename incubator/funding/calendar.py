"""The days of applications, as a person's calendar shows them beside what they have promised."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from incubator.core.access import Actor
from incubator.followups.queries import Item
from incubator.funding import queries, words
from incubator.funding.models import ApplicationStatus
from incubator.funding.queries import Days


def list_items(session: Session, person: Actor, since: date) -> Sequence[Item]:
    """List the deadlines of a person's unsent applications, and the reports that are due."""
    return [_item(found) for found in queries.days_of(session, person, since)]


def _item(found: Days) -> Item:
    kind, label, day = _day(found)
    what = found.instrument or found.idea or found.title or found.company or "–"
    return Item(
        found.id, what, day, found.idea or found.title, found.company, found.recorded_at,
        found.revision, found.changed_at, kind=kind, path="/soknader", label=label,
    )  # fmt: skip


def _day(found: Days) -> tuple[str, Any, date]:
    """Give which day it is, and by what name a calendar knows it: the same when it is moved."""
    day = found.deadline_on or found.planned_on
    if found.status == ApplicationStatus.DRAFT and day is not None:
        return "soknadsfrist", words.DEADLINE if found.deadline_on else words.PLANNED, day
    assert found.report_due_on is not None, "the query asked for a day"
    return "soknadsrapport", words.REPORT, found.report_due_on
