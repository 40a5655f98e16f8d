"""The page of a record of jobs: what it says, what came of it, and its history."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask.typing import ResponseReturnValue

from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.formats import day, number
from incubator.core.web import page
from incubator.jobs import ledger, rules
from incubator.jobs.ledger import Happened, RecordPage
from incubator.jobs.models import Evidence, JobKind, JobRecord, JobState, JobUnit
from incubator.jobs.views.blueprint import WORDS, bp, region_of
from incubator.jobs.words import (
    EVIDENCE_LABELS,
    FIELD_LABELS,
    KIND_LABELS,
    STATE_LABELS,
    UNIT_LABELS,
    VERB_LABELS,
)

JUST_NOW = timedelta(days=1)
UNDOABLE = ("jobs.recorded", "jobs.realised", "jobs.confirmed", "jobs.corrected", "jobs.voided")


@bp.get("/arbeidsplasser/<int:record_id>")
@requires(Permission.COMPANY_SEE)
def record(record_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = ledger.get_page(db.session, viewer, record_id)
    one, stands = found.row.record, not found.row.record.is_voided
    may_go_on = stands and rules.may_change(viewer, one, found.idea)
    return page(
        "jobs/record.html",
        found=found,
        record=one,
        row=found.row,
        history=[_told(line) for line in found.history],
        may_go_on=may_go_on,
        may_realise=may_go_on and one.state != JobState.REALISED,
        may_correct=stands and not found.realised and rules.may_correct(viewer, one),
        undo_url=_undo_url(viewer, one, found),
        region=region_of(viewer, one.region_id),
        today=clock.today(),
        **WORDS,
    )


def _undo_url(viewer: Actor, record: JobRecord, found: RecordPage) -> str | None:
    """Give the way to undo the latest that the viewer did to a record, for a day."""
    if not viewer.may(Permission.IDEA_MOVE) or not found.history or found.successor_id:
        return None
    latest = found.history[0]
    is_new = clock.now() - latest.at < JUST_NOW
    may = rules.is_own_change(viewer, latest.actor_id)
    if not (is_new and may and latest.verb in UNDOABLE):
        return None
    return f"/endringer/{latest.id}/angre"


def _told(line: Happened) -> dict[str, Any]:
    values = [
        (FIELD_LABELS[field], _value(field, old), _value(field, new))
        for field, old, new in line.values
        if field in FIELD_LABELS
    ]
    return {
        "verb": VERB_LABELS.get(line.verb, VERB_LABELS["jobs.recorded"]),
        "at": line.at, "who": line.who, "note": line.note, "altered": values,
    }  # fmt: skip


_ENUMS: dict[str, tuple[Any, Any]] = {
    "kind": (JobKind, KIND_LABELS),
    "state": (JobState, STATE_LABELS),
    "unit": (JobUnit, UNIT_LABELS),
    "evidence": (Evidence, EVIDENCE_LABELS),
}


def _value(field: str, text: str | None) -> str:
    """Write a value that the history keeps as people read it."""
    if not text:
        return "–"
    if field in _ENUMS:
        kind, labels = _ENUMS[field]
        return str(labels[kind(text)])
    if field.endswith("_on"):
        return day(date.fromisoformat(text))
    return number(Decimal(text)) if field == "number" else text
