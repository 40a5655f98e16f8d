"""The rows behind the metrics of visits."""

from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from incubator.core.clock import Period
from incubator.core.db import AnySelect
from incubator.core.scope import View
from incubator.visits.models import Visit

AnyCondition = sa.ColumnElement[bool]
Conditions = Callable[[Any], Iterable[AnyCondition]]


def _counts(visit: Any, view: View) -> tuple[sa.ColumnElement[bool], ...]:
    """Say in SQL which visits count, looked at from somewhere."""
    return (view.standing(visit), *view.within(visit))


def visits_made(view: View) -> AnySelect:
    """Build the rows of `company_visits`: visits, calls and video meetings by their day."""
    return sa.select(
        Visit.id,
        Visit.occurred_on.label("day"),
        Visit.region_id,
        Visit.municipality_id,
        Visit.organisation_id,
    ).where(*_counts(Visit, view))


def companies_visited(
    view: View, period: Period, counts: Conditions = lambda _visit: ()
) -> AnySelect:
    """Build the rows of `companies_visited`: each company by its first visit in the period.

    `counts` says in SQL which visits of all those seen from the view count. Asked as "no visit
    before it in the period", which costs what lies in the period.
    """
    before = aliased(Visit)
    is_earlier = sa.or_(
        before.occurred_on < Visit.occurred_on,
        sa.and_(before.occurred_on == Visit.occurred_on, before.id < Visit.id),
    )
    has_earlier = sa.exists().where(
        before.company_id == Visit.company_id,
        before.occurred_on >= period.first,
        before.occurred_on <= Visit.occurred_on,
        is_earlier,
        *_counts(before, view),
        *counts(before),
    )
    return sa.select(
        Visit.company_id.label("id"),
        Visit.occurred_on.label("day"),
        Visit.region_id,
        Visit.municipality_id,
    ).where(
        *_counts(Visit, view),
        *counts(Visit),
        Visit.occurred_on.between(period.first, period.last),
        ~has_earlier,
    )


def visited_in(view: View, period: Period, company_id: Any, counts: Conditions) -> AnyCondition:
    """Say in SQL that a company has a visit in the period that counts."""
    other = aliased(Visit)
    return sa.exists().where(
        other.company_id == company_id,
        other.occurred_on.between(period.first, min(period.last, view.as_of)),
        *_counts(other, view),
        *counts(other),
    )
