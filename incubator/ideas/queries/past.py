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
    """Build one row per idea: the stage it stood in when the day ended, and since when."""
    return _latest(StageEvent, StageEvent.stage_id, view)


def statuses_as_of(view: View) -> sa.Subquery:
    """Build one row per idea: the status it had when the day ended, and since when."""
    return _latest(StatusEvent, StatusEvent.status, view)


def _latest(table: type[StageEvent] | type[StatusEvent], value: Any, view: View) -> sa.Subquery:
    columns = (value.label("value"), table.occurred_on.label("since"))
    if view.known_at is None:
        of_ideas = sa.select(Idea.id.label("idea_id"), *columns)
        return (
            of_ideas.join(table, table.id == _newest_id(table, view))
            .where(Idea.registered_on <= view.as_of, *view.within(Idea))
            .subquery()
        )
    # No index holds what was voided since: all is read, and the latest of each idea picked.
    latest_first = (table.occurred_on.desc(), table.nth.desc())
    nth = sa.func.row_number().over(partition_by=table.idea_id, order_by=latest_first)
    ranked = (
        sa.select(table.idea_id, *columns, nth.label("nth"))
        .join(Idea, Idea.id == table.idea_id)
        .where(view.standing(table), *view.within(Idea))
        .subquery()
    )
    named = (ranked.c.idea_id, ranked.c.value, ranked.c.since)
    return sa.select(*named).where(ranked.c.nth == 1).subquery()


def _newest_id(table: type[StageEvent] | type[StatusEvent], view: View) -> Any:
    """Pick the latest event of an idea by the index of its course: one look for each idea."""
    event = aliased(table)
    return (
        sa.select(event.id)
        .where(event.idea_id == Idea.id, view.standing(event))
        .order_by(event.occurred_on.desc(), event.nth.desc())
        .limit(1)
        .correlate(Idea)
        .scalar_subquery()
    )


def stood(view: View, *more: sa.Label[Any]) -> sa.CTE:
    """Build one row per idea: the stage and the status it had when the day ended, from the facts.

    Whatever is shown or counted of a past day is made of these rows. `more` is what else of the
    idea stands in them.
    """
    if view.known_at is None:
        stage, status = aliased(StageEvent), aliased(StatusEvent)
        return (
            sa.select(
                Idea.id, stage.stage_id, stage.occurred_on.label("stage_on"), status.status,
                status.occurred_on.label("status_on"), *more,
            )
            .select_from(Idea)
            .join(stage, stage.id == _newest_id(StageEvent, view))
            .join(status, status.id == _newest_id(StatusEvent, view))
            .where(Idea.registered_on <= view.as_of, *view.within(Idea))
            .cte("stood")
        )  # fmt: skip
    stages, statuses = stages_as_of(view), statuses_as_of(view)
    return (
        sa.select(
            Idea.id, stages.c.value.label("stage_id"), stages.c.since.label("stage_on"),
            statuses.c.value.label("status"), statuses.c.since.label("status_on"), *more,
        )
        .select_from(Idea)
        .join(stages, stages.c.idea_id == Idea.id)
        .join(statuses, statuses.c.idea_id == Idea.id)
        .cte("stood")
    )  # fmt: skip


def counted(then: sa.CTE) -> AnySelect:
    """Build the counts of a past day: how many ideas stood in a stage with a status."""
    return sa.select(then.c.stage_id, then.c.status, sa.func.count().label("total")).group_by(
        then.c.stage_id, then.c.status
    )


def counts_as_of(session: Session, view: View) -> list[tuple[int, Status, int]]:
    """Count ideas by stage and status as they stood when a day ended, from the facts alone."""
    rows = session.execute(counted(stood(view)))
    return [(row[0], Status(row[1]), row[2]) for row in rows]


def registered(view: View) -> AnySelect:
    """Build the rows of `ideas_registered`: ideas by the day they were registered."""
    columns = (Idea.id, Idea.registered_on.label("day"), Idea.region_id, Idea.municipality_id)
    return sa.select(*columns).where(*view.within(Idea), Idea.registered_on <= view.as_of)


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
        .where(before.known(view.known_at), *in_regions(before, view))
    )
    # The region that the event tells: that of its idea leads PostgreSQL to read all of them.
    region_id = StageEvent.region_id
    return (
        sa.select(Idea.id, StageEvent.occurred_on.label("day"), region_id, Idea.municipality_id)
        .join_from(Idea, StageEvent, StageEvent.idea_id == Idea.id)
        .where(*view.within(Idea, region_id=region_id))
        .where(StageEvent.stage_id.in_(of_kind), view.standing(StageEvent), ~has_earlier)
    )


def in_regions(event: Any, view: View) -> Iterable[sa.ColumnElement[bool]]:
    """Say of an event itself where it lies, so that an index finds it without its idea."""
    if view.region_ids is not None:
        yield event.region_id.in_(view.region_ids)
