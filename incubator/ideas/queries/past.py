"""Read how ideas stood on any past day, and the rows behind the metrics."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.companies.models import Company
from incubator.companies.rules import INDUSTRY_SECTIONS
from incubator.core.db import AnySelect
from incubator.core.scope import View
from incubator.ideas.models import (
    Idea,
    Stage,
    StageEvent,
    StageKind,
    Status,
    StatusEvent,
)  # fmt: skip


def stages_as_of(view: View) -> sa.Subquery:
    """Build one row per idea: the stage it stood in when the day ended."""
    return _latest(StageEvent, StageEvent.stage_id, view)


def statuses_as_of(view: View) -> sa.Subquery:
    """Build one row per idea: the status it had when the day ended."""
    return _latest(StatusEvent, StatusEvent.status, view)


def _latest(table: type[StageEvent] | type[StatusEvent], value: Any, view: View) -> sa.Subquery:
    latest_first = (table.occurred_on.desc(), table.nth.desc())
    nth = sa.func.row_number().over(partition_by=table.idea_id, order_by=latest_first)
    ranked = (
        sa.select(table.idea_id, value.label("value"), nth.label("nth"))
        .join(Idea, Idea.id == table.idea_id)
        .where(view.standing(table), *view.within(Idea))
        .subquery()
    )
    return sa.select(ranked.c.idea_id, ranked.c.value).where(ranked.c.nth == 1).subquery()


def counts_as_of(session: Session, view: View) -> list[tuple[int, Status, int]]:
    """Count ideas by stage and status as they stood when a day ended, from the facts alone."""
    stages, statuses = stages_as_of(view), statuses_as_of(view)
    rows = session.execute(
        sa.select(stages.c.value, statuses.c.value, sa.func.count())
        .join(statuses, statuses.c.idea_id == stages.c.idea_id)
        .group_by(stages.c.value, statuses.c.value)
    )
    return [(row[0], Status(row[1]), row[2]) for row in rows]


def _of_ideas(day: Any, view: View) -> AnySelect:
    columns = (Idea.id, day.label("day"), Idea.region_id, Idea.municipality_id)
    return sa.select(*columns).where(*view.within(Idea))


def registered(view: View) -> AnySelect:
    """Build the rows of `ideas_registered`: ideas by the day they were registered."""
    return _of_ideas(Idea.registered_on, view).where(Idea.registered_on <= view.as_of)


def registered_by_industry(view: View, *, is_industry: bool | None) -> AnySelect:
    """Build the rows of `ideas_from_industry`, or of those that cannot be classified (None).

    An idea counts when its company existed before it and lies in NACE sections A to F. Without
    a company it is a founder's; a company of unknown section or age cannot be classified.
    """
    section, founded = Company.industry_section, Company.founded_on
    rows = registered(view).join(Company, Company.id == Idea.company_id)
    if is_industry is None:
        is_other = sa.and_(section.isnot(None), section.notin_(INDUSTRY_SECTIONS))
        is_younger = sa.and_(founded.isnot(None), founded >= Idea.registered_on)
        unknown = sa.or_(section.is_(None), founded.is_(None))
        return rows.where(
            unknown, ~sa.func.coalesce(is_other, False), ~sa.func.coalesce(is_younger, False)
        )
    return rows.where(section.in_(INDUSTRY_SECTIONS), founded < Idea.registered_on)


def first_entries(view: View, *kinds: StageKind) -> AnySelect:
    """Build one row per idea: the day it first entered a stage of a kind.

    An idea counts once however often it goes back and forth. Asked as "no event before it"
    and not as the earliest of a group, so that a period costs what lies in it.
    """
    before = aliased(StageEvent)
    of_kind = sa.select(Stage.id).where(Stage.kind.in_(kinds))
    is_earlier = sa.or_(
        before.occurred_on < StageEvent.occurred_on,
        sa.and_(before.occurred_on == StageEvent.occurred_on, before.nth < StageEvent.nth),
    )
    has_earlier = (
        sa.exists()
        .where(before.idea_id == StageEvent.idea_id, before.stage_id.in_(of_kind), is_earlier)
        .where(before.known(view.known_at), *_in_regions(before, view))
    )
    return (
        _of_ideas(StageEvent.occurred_on, view)
        .join(StageEvent, StageEvent.idea_id == Idea.id)
        .where(StageEvent.stage_id.in_(of_kind), view.standing(StageEvent), ~has_earlier)
        .where(*_in_regions(StageEvent, view))
    )


def _in_regions(event: Any, view: View) -> Iterable[sa.ColumnElement[bool]]:
    """Say of an event itself where it lies, so that an index finds it without its idea."""
    if view.region_ids is not None:
        yield event.region_id.in_(view.region_ids)
