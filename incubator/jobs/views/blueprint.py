"""The blueprint of jobs, and what its views share."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint

from incubator.core.access import Actor
from incubator.jobs.words import EVIDENCE_LABELS, KIND_LABELS, STATE_LABELS, UNIT_LABELS

bp = Blueprint("jobs", __name__)

# What templates call kinds, states, units and grades of evidence.
WORDS: Mapping[str, Any] = {
    "kinds": KIND_LABELS,
    "states": STATE_LABELS,
    "units": UNIT_LABELS,
    "grades": EVIDENCE_LABELS,
}


def region_of(viewer: Actor, region_id: int) -> dict[str, Any]:
    """Give a region as the head of a page names it."""
    return {"id": region_id, "name": viewer.region_names.get(region_id, "")}
