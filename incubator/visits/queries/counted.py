"""The rows behind the metrics of visits."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from incubator.core.clock import Period
from incubator.core.db import AnySelect
from incubator.core.scope import View
from incubator.visits.models import Visit


def _counts(visit: Any, view: View) -> tuple[sa.ColumnElement[bool], ...]:
    """Say in SQL which visits count, looked at from somewhere."""
    found = (view.standing(visit), *view.within(visit))
    if view.organisation_id is None:
        return found
    return (*found, visit.organisation_id == view.organisation_id)


def visits_made(view: View) -> AnySelect:
    """Build the rows of `company_visits`: visits, calls and video meetings by their day."""
    return sa.select(
        Visit.id, Visit.occurred_on.label("day"), Visit.region_id, Visit.municipality_id
    ).where(*_counts(Visit, view))


def companies_visited(view: View, period: Period) -> AnySelect:
    """Build the rows of `companies_visited`: each company by its first visit in the period.

    Asked as "no visit before it in the period", which costs what lies in the period.
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
    )
    return sa.select(
        Visit.company_id.label("id"),
        Visit.occurred_on.label("day"),
        Visit.region_id,
        Visit.municipality_id,
    ).where(
        *_counts(Visit, view), Visit.occurred_on.between(period.first, period.last), ~has_earlier
    )
