"""Read the figures about municipalities."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.accounts.models import User
from incubator.audit.models import Change
from incubator.background.loading import Place
from incubator.background.models import Figure, Series
from incubator.core.access import Actor
from incubator.core.errors import NotFound
from incubator.reference.models import Municipality, RegionMunicipality

MOST_SHOWN = 100


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


Ids = Collection[int] | sa.Select[int]


def lineage(municipality_ids: Ids) -> sa.CTE:
    """Build the municipalities and what they were before: each id, and the one that it became.

    Where several were merged into one, none of them is what it was: a part is no figure of the
    whole.
    """
    wanted: Any = municipality_ids
    if not isinstance(municipality_ids, sa.Select):
        wanted = sorted(municipality_ids)
    start = sa.select(Municipality.id.label("id"), Municipality.id.label("now")).where(
        Municipality.id.in_(wanted)
    )
    line = start.cte("lineage", recursive=True)
    other = aliased(Municipality)
    alone = ~sa.exists().where(
        other.successor_id == Municipality.successor_id, other.id != Municipality.id
    )
    before = (
        sa.select(Municipality.id, line.c.now)
        .join(line, Municipality.successor_id == line.c.id)
        .where(alone)
    )
    return line.union(before)


def _figures(municipality_ids: Ids, day: date) -> Any:
    """Build the standing figures of municipalities, as of what they are called now."""
    line = lineage(municipality_ids)
    nth = sa.func.row_number().over(
        partition_by=(Figure.series_id, line.c.now),
        order_by=(Figure.occurred_on.desc(), Figure.id.desc()),
    )
    return (
        sa.select(
            Figure.id, Figure.series_id, line.c.now.label("municipality_id"), Figure.value,
            Figure.occurred_on, Figure.source, Figure.retrieved_on, nth.label("nth"),
        )
        .join(line, line.c.id == Figure.municipality_id)
        .where(Figure.standing(day))
        .subquery()
    )  # fmt: skip


def latest(
    session: Session, key: str, municipality_ids: Collection[int], day: date
) -> dict[int, Known]:
    """Give by municipality the latest figure of a series on or before a day, in one query.

    Figures of the number that a municipality had before are figures of it.
    """
    found = _figures(municipality_ids, day)
    rows = session.execute(
        sa.select(
            found.c.municipality_id, found.c.value, found.c.occurred_on,
            sa.func.coalesce(found.c.source, Series.source),
        )
        .join(Series, Series.id == found.c.series_id)
        .where(Series.key == key, found.c.nth == 1)
    )  # fmt: skip
    return {row[0]: Known(row[1], row[2], row[3]) for row in rows}


class Beside(NamedTuple):
    """The latest figure of a series for a municipality, as it stands beside a goal."""

    series: str
    unit: str | None
    municipality: str
    value: Decimal
    on: date
    source: str
    source_url: str | None


def beside(
    session: Session, day: date, *, region_id: int, municipality_id: int | None = None
) -> list[Beside]:
    """List the latest figures of all series for a municipality or a region's, in one query."""
    here = sa.select(RegionMunicipality.municipality_id).where(
        RegionMunicipality.region_id == region_id
    )
    found = _figures(here if municipality_id is None else [municipality_id], day)
    rows = session.execute(
        sa.select(
            Series.name, Series.unit, Municipality.name, found.c.value, found.c.occurred_on,
            sa.func.coalesce(found.c.source, Series.source), Series.source_url,
        )
        .join(Series, Series.id == found.c.series_id)
        .join(Municipality, Municipality.id == found.c.municipality_id)
        .where(found.c.nth == 1)
        .order_by(Series.sort_key, Series.id, Municipality.sort_key)
        .limit(MOST_SHOWN)
    )  # fmt: skip
    return [Beside(*row) for row in rows]


def list_series(session: Session) -> Sequence[Series]:
    """List the series by name."""
    return session.scalars(sa.select(Series).order_by(Series.sort_key, Series.id)).all()


def get_series(session: Session, key: str) -> Series:
    """Give a series by its key. Raises NotFound."""
    found = session.scalar(sa.select(Series).where(Series.key == key))
    if found is None:
        raise NotFound("no_such_series")
    return found


class Shown(NamedTuple):
    """A figure as the tables show it."""

    id: int
    series_id: int
    municipality_id: int
    value: Decimal
    on: date
    source: str | None
    retrieved_on: date | None


def figures_of(session: Session, municipality_ids: Collection[int], day: date) -> list[Shown]:
    """List all standing figures of municipalities up to a day, the first first; one query."""
    found = _figures(municipality_ids, day)
    columns = [column for column in found.c if column.name != "nth"]
    rows = session.execute(sa.select(*columns).order_by(found.c.occurred_on, found.c.id))
    return [Shown(*row) for row in rows]


@dataclass(frozen=True)
class Past:
    """A figure that was entered, and what became of it."""

    municipality: str
    number: str
    figure: Figure
    who: str | None
    at: datetime
    voided_by: str | None
    note: str | None


def history(session: Session, viewer: Actor, series_id: int) -> list[Past]:
    """List what was entered for the viewer's municipalities, the latest first; voided ones too."""
    made, gone = aliased(Change), aliased(Change)
    maker, voider = aliased(User), aliased(User)
    rows = session.execute(
        sa.select(
            Municipality.name, Municipality.number, Figure, maker.name, made.recorded_at,
            voider.name, gone.note,
        )
        .join(Municipality, Municipality.id == Figure.municipality_id)
        .join(made, made.id == Figure.change_id)
        .outerjoin(maker, maker.id == made.actor_id)
        .outerjoin(gone, gone.id == Figure.void_change_id)
        .outerjoin(voider, voider.id == gone.actor_id)
        .where(Figure.series_id == series_id, Figure.municipality_id.in_(_of(viewer)))
        .order_by(Figure.id.desc())
        .limit(200)
    )  # fmt: skip
    return [Past(*row) for row in rows]


def _of(viewer: Actor) -> Any:
    """Pick the municipalities of the viewer's regions, and what those were before."""
    here = sa.select(RegionMunicipality.municipality_id).where(
        viewer.in_regions(RegionMunicipality.region_id)
    )
    before = sa.select(Municipality.id).where(Municipality.successor_id.in_(here))
    return here.union(before)


def is_of(session: Session, viewer: Actor, municipality_id: int) -> bool:
    """Say whether a municipality lies, or lay, in one of the viewer's regions."""
    picked = _of(viewer).subquery()
    query = sa.select(picked.c[0]).where(picked.c[0] == municipality_id)
    return session.scalar(query) is not None


def places(session: Session, viewer: Actor) -> list[Place]:
    """List all municipalities of all times, as a file can name them; one query."""
    lies = aliased(RegionMunicipality)
    followed = aliased(RegionMunicipality)
    rows = session.execute(
        sa.select(Municipality, lies.region_id, followed.region_id)
        .outerjoin(lies, lies.municipality_id == Municipality.id)
        .outerjoin(followed, followed.municipality_id == Municipality.successor_id)
        .order_by(Municipality.number, Municipality.valid_from)
    )
    return [
        Place(
            one.id, one.number, one.name_key, one.name, one.valid_from, one.valid_to,
            one.successor_id,
            any(region is not None and viewer.works_in(region) for region in (here, later)),
        )
        for one, here, later in rows
    ]  # fmt: skip


def standing_values(
    session: Session, series_id: int, municipality_ids: Collection[int]
) -> dict[tuple[int, date], Figure]:
    """Give the standing figures of a series by municipality and day."""
    found = session.scalars(
        sa.select(Figure).where(
            Figure.series_id == series_id, Figure.known(),
            Figure.municipality_id.in_(sorted(municipality_ids)),
        )
    )  # fmt: skip
    return {(one.municipality_id, one.occurred_on): one for one in found}
