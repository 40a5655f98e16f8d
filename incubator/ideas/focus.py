"""The focus areas that an idea belongs to: read, and written as part of a change."""

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.errors import RuleBroken
from incubator.core.facts import void_all
from incubator.core.many import write_many
from incubator.ideas.models import Idea, IdeaFocusArea
from incubator.reference import queries as reference
from incubator.reference.models import FocusArea

_OF_IDEA = (
    sa.select(FocusArea.id, FocusArea.name)
    .where(
        FocusArea.id.in_(
            sa.select(IdeaFocusArea.focus_area_id).where(
                IdeaFocusArea.idea_id == sa.bindparam("idea_id"), IdeaFocusArea.known()
            )
        )
    )
    .order_by(FocusArea.name_key, FocusArea.id)
)


def areas_of(session: Session, idea_id: int) -> list[tuple[int, str]]:
    """List the focus areas that an idea belongs to, by name."""
    return [(row[0], row[1]) for row in session.execute(_OF_IDEA, {"idea_id": idea_id})]


def set_areas(session: Session, idea: Idea, change: Change, wanted: Collection[int]) -> None:
    """Let an idea belong to these focus areas: what is taken away is voided.

    Raises RuleBroken for a new one that no programme of the region offers today.
    """
    stored = dict(areas_of(session, idea.id))
    new = set(wanted) - stored.keys()
    offered = {
        area.id: area.name
        for area in reference.focus_areas_in(session, idea.region_id, clock.today())
    }
    if new - offered.keys():
        raise RuleBroken("no_such_focus_area", fields=["focus_area_ids"])
    taken = sa.and_(
        IdeaFocusArea.idea_id == idea.id,
        IdeaFocusArea.focus_area_id.in_(stored.keys() - set(wanted)),
    )
    void_all(session, IdeaFocusArea, taken, change)
    _add(session, change, ((idea.id, area_id) for area_id in sorted(new)))
    names = {**offered, **stored}
    old, now = (", ".join(sorted(names[n] for n in ids)) or None for ids in (stored, wanted))
    audit.note_values(session, change, "idea", idea.id, {"focus_areas": (old, now)})


def give_area(session: Session, ideas: Collection[Idea], change: Change, area_id: int) -> None:
    """Let ideas that do not belong to a focus area belong to it, as part of a change."""
    before = _names(session, ideas)
    _add(session, change, ((idea.id, area_id) for idea in ideas))
    _note(session, change, before, _names(session, ideas))


def take_area(session: Session, ideas: Collection[Idea], change: Change, area_id: int) -> None:
    """Let ideas belong to a focus area no more, as part of a change."""
    before = _names(session, ideas)
    taken = sa.and_(
        IdeaFocusArea.idea_id.in_([idea.id for idea in ideas]),
        IdeaFocusArea.focus_area_id == area_id,
    )
    void_all(session, IdeaFocusArea, taken, change)
    _note(session, change, before, _names(session, ideas))


def having(session: Session, ids: Collection[int], area_id: int) -> set[int]:
    """Give those of some ideas that belong to a focus area."""
    query = sa.select(IdeaFocusArea.idea_id).where(
        IdeaFocusArea.idea_id.in_(ids), IdeaFocusArea.focus_area_id == area_id,
        IdeaFocusArea.known(),
    )  # fmt: skip
    return set(session.scalars(query))


def _names(session: Session, ideas: Collection[Idea]) -> dict[int, str | None]:
    rows = session.execute(
        sa.select(IdeaFocusArea.idea_id, FocusArea.name)
        .join(FocusArea, FocusArea.id == IdeaFocusArea.focus_area_id)
        .where(IdeaFocusArea.idea_id.in_([idea.id for idea in ideas]), IdeaFocusArea.known())
    )
    names: dict[int, list[str]] = {idea.id: [] for idea in ideas}
    for idea_id, name in rows:
        names[idea_id].append(name)
    return {idea_id: ", ".join(sorted(found)) or None for idea_id, found in names.items()}


def _note(
    session: Session, change: Change, old: dict[int, str | None], now: dict[int, str | None]
) -> None:
    audit.note_many(
        session, change, [("idea", n, {"focus_areas": (old[n], now[n])}) for n in old]
    )  # fmt: skip


def give_back(session: Session, done: Change, undo: Change) -> None:
    """Make anew what a change took away: to lift the void would tell a wrong story of meanwhile."""
    standing = sa.select(IdeaFocusArea.id).where(IdeaFocusArea.known())
    lost = session.execute(
        sa.select(IdeaFocusArea.idea_id, IdeaFocusArea.focus_area_id)
        .join(Idea, Idea.id == IdeaFocusArea.idea_id)
        .where(IdeaFocusArea.void_change_id == done.id, Idea.known())
        .distinct()
    ).all()
    for idea_id, area_id in lost:
        there = standing.where(
            IdeaFocusArea.idea_id == idea_id, IdeaFocusArea.focus_area_id == area_id
        )
        if session.scalar(there.limit(1)) is None:
            _add(session, undo, [(idea_id, area_id)])


def _add(session: Session, change: Change, pairs: Iterable[tuple[int, int]]) -> None:
    for idea_id, area_id in pairs:
        row = IdeaFocusArea(idea_id=idea_id, focus_area_id=area_id)
        audit.stamp(row, change)
        session.add(row)
    write_many(session)
