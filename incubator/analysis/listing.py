"""The list behind a figure: its rows by the keys of the address, with what the viewer may read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from incubator.analysis import queries, rows
from incubator.analysis.figure import Reader
from incubator.analysis.look import Look
from incubator.analysis.queries import Named
from incubator.analysis.rows import Row

PAGE = 100
MOST_EXPORTED = 50_000


@dataclass(frozen=True)
class Listing:
    """All rows that are counted, those that the viewer may read, and a page of them by name."""

    total: int
    withheld: int
    shown: Sequence[tuple[Row, Named]]


def rows_of(session: Session, reader: Reader, look: Look, part: str) -> list[Row]:
    """Give the rows of a part: those that its figures count."""
    if part == "opphav":
        return rows.origins(queries.origins(session, look))
    courses = queries.courses(session, look)
    if part == "flyt":
        return list(rows.standing(courses, look))
    if part == "tid":
        return list(rows.stayed(courses, look))
    if part == "alder":
        limits = {stage.id: stage.stale_days for stage in reader.stages}
        return list(rows.ageing(courses, look, limits))
    if part == "kull":
        return list(rows.where_now(courses, look))
    if part == "nadd":
        return list(rows.ever_reached(courses, look))
    words = queries.reasons(session, look) if reader.sees_text else {}
    return list(rows.stopped(courses, look, words))


def listing(
    session: Session, reader: Reader, look: Look, part: str, asked: Mapping[str, str],
    *, offset: int = 0, limit: int = PAGE,
) -> Listing:  # fmt: skip
    """List the rows behind a figure: the longest first where days are told, else the latest."""
    found = rows.picked(rows_of(session, reader, look, part), part, asked)
    readable = [row for row in found if row.is_shared or reader.sees_text]
    has_days = part in ("tid", "alder")
    readable.sort(key=lambda row: (-((row.days if has_days else row.day) or 0), row.idea_id))
    on_page = readable[offset : offset + limit]
    names = queries.named(session, reader.viewer, look, sorted({row.idea_id for row in on_page}))
    shown = [(row, names[row.idea_id]) for row in on_page if row.idea_id in names]
    return Listing(len(found), len(found) - len(readable), shown)
