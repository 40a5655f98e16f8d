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
