"""What kinds, states, units and evidence of work places are called."""

from typing import Any

from flask_babel import lazy_gettext as _l

from incubator.jobs.models import Evidence, JobKind, JobState, JobUnit

STATE_LABELS: dict[JobState, Any] = {
    JobState.PLANNED: _l("planned"),
    JobState.EXPECTED: _l("expected"),
    JobState.REALISED: _l("realised"),
}
KIND_LABELS: dict[JobKind, Any] = {
    JobKind.NEW: _l("new"),
    JobKind.SECURED: _l("secured"),
    JobKind.LOST: _l("lost"),
}
UNIT_LABELS: dict[JobUnit, Any] = {
    JobUnit.HEADS: _l("people"),
    JobUnit.FTE: _l("full-time equivalents"),
}
EVIDENCE_LABELS: dict[Evidence, Any] = {
    Evidence.TOLD: _l("told by the company"),
    Evidence.DOCUMENTED: _l("documented"),
    Evidence.REGISTER: _l("from a register"),
}
VERB_LABELS: dict[str, Any] = {
    "jobs.recorded": _l("Entered"),
    "jobs.realised": _l("Entered as realised"),
    "jobs.confirmed": _l("Evidence or next look changed"),
    "jobs.corrected": _l("Corrected"),
    "jobs.voided": _l("Taken back"),
    "change.undone": _l("Undone"),
    "ideas.imported": _l("Came with an import"),
    "company.merged": _l("Merged with a duplicate"),
}
FIELD_LABELS: dict[str, Any] = {
    "number": _l("Number"),
    "kind": _l("Kind"),
    "state": _l("State"),
    "unit": _l("Counted in"),
    "women": _l("Of them women"),
    "men": _l("Of them men"),
    "occurred_on": _l("Date"),
    "company_id": _l("Company"),
    "idea_id": _l("Idea"),
    "municipality_id": _l("Municipality"),
    "source": _l("Source"),
    "evidence": _l("Evidence"),
    "next_check_on": _l("Next check"),
    "note": _l("Note"),
}
