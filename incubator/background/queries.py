"""Read the figures about municipalities."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.background.models import Figure, Series


class Known(NamedTuple):
    """What a series says of a municipality, on which day, and who says so."""

    value: Decimal
    on: date
    source: str


def latest_on(session: Session, key: str, day: date) -> dict[int, Known]:
    """Give by municipality the latest standing figure of a series on or before a day."""
    nth = sa.func.row_number().over(
        partition_by=Figure.municipality_id, order_by=Figure.occurred_on.desc()
    )
    ranked = (
        sa.select(
            Figure.municipality_id, Figure.value, Figure.occurred_on,
            sa.func.coalesce(Figure.source, Series.source).label("source"), nth.label("nth"),
        )
        .join(Series, Series.id == Figure.series_id)
        .where(Series.key == key, Figure.standing(day))
        .subquery()
    )  # fmt: skip
    found = sa.select(ranked).where(ranked.c.nth == 1)
    return {row[0]: Known(*row[1:4]) for row in session.execute(found)}
