"""The work places that an idea of the demo brings: planned, expected, and what came of them."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from incubator.core.access import Actor
from incubator.ideas.models import Idea
from incubator.jobs import operations as jobs
from incubator.jobs.models import Evidence, JobKind, JobRecord, JobState

LOOK_AGAIN_DAYS = 270


@dataclass(frozen=True)
class Told:
    """A number of work places as somebody tells of it."""

    on: date
    number: int
    state: JobState
    source: str
    evidence: Evidence
    is_secured: bool


def enter_jobs(
    session: Session, actor: Actor, idea: Idea, told: Told, expected: JobRecord | None
) -> JobRecord:
    """Write work places down; new ones as what came of those that were expected, if any were."""
    number = told.number * 3 if told.is_secured else told.number
    look_again_on = told.on + timedelta(days=LOOK_AGAIN_DAYS)
    said: dict[str, Any] = {
        "on": told.on, "number": Decimal(number), "source": told.source,
        "evidence": told.evidence,
        "next_check_on": look_again_on if told.evidence == Evidence.TOLD else None,
    }  # fmt: skip
    if told.state == JobState.REALISED:
        said |= {"women": number // 3, "men": number - number // 3}
    if expected is not None and not told.is_secured:
        return jobs.realise_jobs(session, actor, expected, **said)
    return jobs.record_jobs(
        session,
        actor,
        region_id=idea.region_id,
        kind=JobKind.SECURED if told.is_secured else JobKind.NEW,
        state=told.state,
        company_id=idea.company_id,
        idea_id=idea.id,
        municipality_id=idea.municipality_id,
        **said,
    )
