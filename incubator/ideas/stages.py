"""Name stages, and say how many cards they should hold and for how long, from a day on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.accounts.models import User
from incubator.audit import operations as audit
from incubator.audit.models import Change, ChangeValue
from incubator.audit.queries import latest_of
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import AnyRow, flush
from incubator.core.errors import NotFound, RuleBroken, Stale
from incubator.core.facts import void
from incubator.core.texts import collapse, fold
from incubator.ideas.models import Stage, StageLimit, StageTerms
from incubator.reference.queries import lock_regions

KIND = "stage"
VERB = "stage.changed"
LONGEST_LABEL = 40
MOST_DAYS = 3650
MOST_CARDS = 9999


@dataclass(frozen=True)
class Entry:
    """What a stage is called and what it should hold; `limits` are those of regions of their own.

    No days and no limit of 0: such a stage has none. A region without a limit has the stage's.
    """

    label_nb: str
    label_en: str
    stale_days: int
    soft_limit: int | None


def get_stage(session: Session, stage_id: int) -> Stage:
    """Give a stage. Raises NotFound."""
    stage = session.get(Stage, stage_id)
    if stage is None:
        raise NotFound("no_such_stage")
    return stage


def mark_of(session: Session, stage_id: int) -> int:
    """Give the number of the last change of a stage: what a form was filled from."""
    return latest_of(session, KIND, stage_id) or 0


def limits_of(session: Session, stage_id: int) -> dict[int, int | None]:
    """Give the limits that regions of their own have today, by region."""
    rows = session.scalars(
        sa.select(StageLimit)
        .where(StageLimit.stage_id == stage_id, StageLimit.voided_at.is_(None))
        .order_by(StageLimit.from_on, StageLimit.id)
    )
    return {one.region_id: one.soft_limit for one in rows}


def all_limits(session: Session) -> dict[int, dict[int, int | None]]:
    """Give the limits that regions of their own have today, by stage and region."""
    rows = session.scalars(
        sa.select(StageLimit)
        .where(StageLimit.voided_at.is_(None))
        .order_by(StageLimit.from_on, StageLimit.id)
    )
    found: dict[int, dict[int, int | None]] = {}
    for one in rows:
        found.setdefault(one.stage_id, {})[one.region_id] = one.soft_limit
    return {
        stage_id: {n: limit for n, limit in limits.items() if limit is not None}
        for stage_id, limits in found.items()
    }


def set_stage(
    session: Session,
    actor: Actor,
    stage: Stage,
    entry: Entry,
    limits: Mapping[int, int | None],
    *,
    on: date,
    seen: int,
) -> Change | None:
    """Let a stage be called so and hold as much from a day on; None when nothing is different.

    Raises RuleBroken for what it cannot say or a day that cannot be, Stale when somebody
    changed the stage after `seen`.
    """
    must(actor, Permission.ADMIN)
    lock_regions(session)
    session.refresh(stage)
    entry = Entry(collapse(entry.label_nb), collapse(entry.label_en), entry.stale_days,
                  entry.soft_limit)  # fmt: skip
    stored = limits_of(session, stage.id)
    others = {n: limit for n, limit in limits.items() if stored.get(n) != limit}
    altered = {f: v for f, v in asdict(entry).items() if getattr(stage, f) != v}
    if not altered and not others:
        return None
    if mark_of(session, stage.id) != seen:
        raise Stale("stage_changed")
    _must_be_sensible(session, stage, entry, others)
    _must_follow(session, stage, on)
    change = audit.record(session, actor, VERB, kind=KIND, subject_id=stage.id)
    noted = {field: (getattr(stage, field), value) for field, value in altered.items()}
    noted |= {f"soft_limit_{n}": (stored.get(n), limit) for n, limit in others.items()}
    audit.note_values(session, change, KIND, stage.id, noted)
    if altered:
        _add(session, change, StageTerms(stage_id=stage.id, from_on=on, **asdict(entry)))
        for field, value in altered.items():
            setattr(stage, field, value)
    for region_id, limit in others.items():
        row = StageLimit(stage_id=stage.id, region_id=region_id, from_on=on, soft_limit=limit)
        _add(session, change, row)
    flush(session)
    return change


def _add(session: Session, change: Change, row: Any) -> None:
    audit.stamp(row, change)
    session.add(row)


def _must_be_sensible(
    session: Session, stage: Stage, entry: Entry, limits: Mapping[int, int | None]
) -> None:
    for field in ("label_nb", "label_en"):
        label = getattr(entry, field)
        if not label:
            raise RuleBroken("name_missing", fields=[field])
        if len(label) > LONGEST_LABEL:
            raise RuleBroken("label_too_long", fields=[field], most=LONGEST_LABEL)
        others = session.scalars(sa.select(getattr(Stage, field)).where(Stage.id != stage.id))
        if fold(label) in {fold(other) for other in others}:
            raise RuleBroken("name_taken", fields=[field])
    if not 0 <= entry.stale_days <= MOST_DAYS:
        raise RuleBroken("bad_number", fields=["stale_days"])
    for field, limit in (("soft_limit", entry.soft_limit), *_of_regions(limits)):
        if limit is not None and not 0 <= limit <= MOST_CARDS:
            raise RuleBroken("bad_number", fields=[field])


def _of_regions(limits: Mapping[int, int | None]) -> list[tuple[str, int | None]]:
    return [(f"limit_{region_id}", limit) for region_id, limit in limits.items()]


def _must_follow(session: Session, stage: Stage, on: date) -> None:
    """Raise RuleBroken for a day in the future, or before what was changed last."""
    if on > clock.today():
        raise RuleBroken("in_the_future", fields=["on"])
    days = [row.from_on for row in _rows(session, stage.id) if row.from_on is not None]
    if days and on < max(days):
        raise RuleBroken("before_latest_terms", fields=["on"], latest=f"{max(days):%d.%m.%Y}")


def _rows(session: Session, stage_id: int) -> list[StageTerms | StageLimit]:
    found: list[StageTerms | StageLimit] = []
    for table in (StageTerms, StageLimit):
        found += session.scalars(
            sa.select(table).where(table.stage_id == stage_id, table.voided_at.is_(None))
        )
    return found


def undo_stage_change(session: Session, actor: Actor, change_id: int) -> Change:
    """Take back what a stage was called or should hold from a day on.

    Raises NotFound, RuleBroken when it is undone already or the stage was changed since.
    """
    must(actor, Permission.ADMIN)
    lock_regions(session)
    done = session.get(Change, change_id)
    if done is None or done.verb != VERB:
        raise NotFound("no_such_change")
    if session.scalar(sa.select(Change.id).where(Change.undoes_id == done.id)):
        raise RuleBroken("already_undone")
    stage = get_stage(session, done.subject_id or 0)
    session.refresh(stage)
    rows = _rows(session, stage.id)
    if any((row.change_id or 0) > done.id for row in rows):
        raise RuleBroken("built_upon")
    undo = audit.record(
        session, actor, "change.undone", kind=KIND, subject_id=stage.id, undoes_id=done.id
    )
    for row in rows:
        if row.change_id == done.id:
            void(session, row, undo)  # type: ignore[arg-type]
    terms = [row for row in rows if isinstance(row, StageTerms) and not row.is_voided]
    if terms:
        latest = max(terms, key=lambda row: (row.from_on or date.min, row.id))
        noted = {}
        for field in ("label_nb", "label_en", "stale_days", "soft_limit"):
            if getattr(stage, field) != getattr(latest, field):
                noted[field] = (getattr(stage, field), getattr(latest, field))
                setattr(stage, field, getattr(latest, field))
        audit.note_values(session, undo, KIND, stage.id, noted)
    flush(session)
    return undo


def history(session: Session, stage_id: int) -> list[AnyRow]:
    """List what was changed of a stage, the latest first: the change, who, and what undid it."""
    undo = aliased(Change)
    return list(
        session.execute(
            sa.select(
                Change.id, Change.recorded_at, User.name.label("who"),
                undo.id.label("undone_by"),
            )
            .outerjoin(User, User.id == Change.actor_id)
            .outerjoin(undo, undo.undoes_id == Change.id)
            .where(Change.subject_kind == KIND, Change.subject_id == stage_id, Change.verb == VERB)
            .order_by(Change.id.desc())
            .limit(50)
        )
    )  # fmt: skip


def values_of(
    session: Session, stage_id: int
) -> dict[int, list[tuple[str, str | None, str | None]]]:
    """Give what each change of a stage altered: the field, old and new, by change."""
    rows = session.execute(
        sa.select(ChangeValue.change_id, ChangeValue.field, ChangeValue.old, ChangeValue.new)
        .where(ChangeValue.subject_kind == KIND, ChangeValue.subject_id == stage_id)
        .order_by(ChangeValue.id)
    )
    found: dict[int, list[tuple[str, str | None, str | None]]] = {}
    for row in rows:
        found.setdefault(row.change_id, []).append((row.field, row.old, row.new))
    return found


def days_of(session: Session, stage_id: int) -> dict[int, date | None]:
    """Give the day from which each change of a stage holds, by change."""
    found: dict[int, date | None] = {}
    for table in (StageTerms, StageLimit):
        rows = session.execute(
            sa.select(table.change_id, table.from_on).where(table.stage_id == stage_id)
        )
        found |= {row.change_id: row.from_on for row in rows if row.change_id is not None}
    return found
