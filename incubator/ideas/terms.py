"""What stages were called and how many cards they should hold, on any day and in any region."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core import clock
from incubator.ideas.models import (
    Idea,
    Stage,
    StageKind,
    StageLimit,
    StageTerms,
    Status,
)  # fmt: skip
from incubator.reference.models import Region


@dataclass(frozen=True)
class Terms:
    """A stage as it is on a day in a region."""

    stage: Stage
    id: int
    key: str
    kind: StageKind
    label_nb: str
    label_en: str
    soft_limit: int | None
    stale_days: int

    def label(self, locale: str) -> str:
        return self.label_en if locale == "en" else self.label_nb


def _newest_limit(stage_id: sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
    """Pick the limit that holds in a region on a day."""
    return (
        sa.select(StageLimit.id)
        .where(
            StageLimit.stage_id == stage_id,
            StageLimit.region_id == sa.bindparam("region_id"),
            StageLimit.voided_at.is_(None),
            StageLimit.from_on <= sa.bindparam("day"),
        )
        .order_by(StageLimit.from_on.desc(), StageLimit.id.desc())
        .limit(1)
        .correlate(Stage)
        .scalar_subquery()
    )


_LIMIT = sa.func.coalesce(StageLimit.soft_limit, Stage.soft_limit)
_TODAY = (
    sa.select(Stage, _LIMIT)
    .outerjoin(StageLimit, StageLimit.id == _newest_limit(Stage.id.expression))
    .order_by(Stage.nth)
)
_VALID_TODAY = _TODAY.where(
    sa.or_(Stage.valid_from.is_(None), Stage.valid_from <= sa.bindparam("day")),
    sa.or_(Stage.valid_to.is_(None), Stage.valid_to >= sa.bindparam("day")),
)
_OPEN = (
    sa.select(sa.func.count(Idea.id))
    .where(
        Idea.region_id == sa.bindparam("region_id"),
        Idea.stage_id == Stage.id,
        Idea.status == Status.OPEN,
        Idea.voided_at.is_(None),
    )
    .correlate(Stage)
    .scalar_subquery()
)
_ROOM = (
    sa.select(_LIMIT, sa.case((_LIMIT > 0, _OPEN), else_=0))
    .select_from(Stage)
    .outerjoin(StageLimit, StageLimit.id == _newest_limit(Stage.id.expression))
    .join(Region, Region.id == sa.bindparam("region_id"))
    .where(Stage.id == sa.bindparam("stage_id"))
    .with_for_update(of=Region)
)


def list_today(session: Session, region_id: int, *, only_valid: bool = False) -> list[Terms]:
    """List the stages as they are in a region today, with its limits; one query."""
    query = _VALID_TODAY if only_valid else _TODAY
    rows = session.execute(query, {"region_id": region_id, "day": clock.today()})
    return [_terms(stage, stage, limit) for stage, limit in rows]


def room_in(session: Session, region_id: int, stage_id: int) -> tuple[int | None, int]:
    """Give the limit of a stage in a region and, where there is one, how many stand there.

    Locks the region, so that it stays so until what is begun is committed.
    """
    asked = {"region_id": region_id, "stage_id": stage_id, "day": clock.today()}
    limit, count = session.execute(_ROOM, asked).one()
    return limit or None, count


def list_then(
    session: Session,
    region_id: int,
    stages: Sequence[Stage],
    day: date,
    known_at: datetime | None = None,
) -> list[Terms]:
    """List stages as they were in a region when a day ended, as far as was known at an instant."""
    terms = sorted(session.scalars(sa.select(StageTerms)), key=_in_time)
    limits = sorted(
        session.scalars(sa.select(StageLimit).where(StageLimit.region_id == region_id)),
        key=_in_time,
    )
    found = []
    for stage in stages:
        held = [t for t in terms if t.stage_id == stage.id and t.holds(day, known_at)]
        own = [one for one in limits if one.stage_id == stage.id and one.holds(day, known_at)]
        named: Stage | StageTerms = held[-1] if held else stage
        limit = own[-1].soft_limit if own else None
        found.append(_terms(stage, named, named.soft_limit if limit is None else limit))
    return found


def _in_time(row: StageTerms | StageLimit) -> tuple[date, int]:
    return row.from_on or date.min, row.id


def _terms(stage: Stage, named: Stage | StageTerms, limit: int | None) -> Terms:
    return Terms(
        stage, stage.id, stage.key, stage.kind, named.label_nb, named.label_en, limit or None,
        named.stale_days,
    )  # fmt: skip
