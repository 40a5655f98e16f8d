"""Put together what the board and the card show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from incubator.core.access import Actor
from incubator.ideas import queries as ideas, terms
from incubator.ideas.models import Stage, StageKind, Status
from incubator.ideas.queries import COLUMN_PAGE, CardRow, Count, Filter
from incubator.ideas.terms import Terms

NEEDS_PROBLEM = frozenset(set(StageKind) - {StageKind.IDEA})


@dataclass(frozen=True)
class StageHead:
    """A stage as the head of its column shows it."""

    id: int
    key: str
    label: str
    soft_limit: int | None
    stale_days: int
    kind: StageKind


@dataclass(slots=True)
class Card:
    """The face of a card, ready to be written."""

    id: int
    stage_id: int
    title: str
    company: str | None
    days: int
    stale_days: int
    owner_initials: str | None
    owner_name: str | None
    next_step: str | None
    next_step_on: date | None
    deadline: date | None
    is_shared: bool
    is_missing: bool
    href: str
    position: int
    after_id: int | None = None


@dataclass(frozen=True)
class Column:
    """A column: its stage, the true count of its open cards, and the cards it shows first."""

    stage: StageHead
    count: int
    matching: int | None
    cards: Sequence[Any] = ()
    more_after: int | None = None
    more_url: str | None = None


def heads(stages: Sequence[Stage | Terms], locale: str) -> list[StageHead]:
    """Give the heads of the columns in a language."""
    return [
        StageHead(s.id, s.key, s.label(locale), s.soft_limit, s.stale_days, s.kind) for s in stages
    ]


def face(row: CardRow, stage: StageHead, today: date) -> Card:
    """Make the face of a card from its row."""
    return Card(
        row.id, row.stage_id, row.title, row.company, (today - row.stage_on).days,
        stage.stale_days, row.owner_initials or initials(row.owner_name), row.owner_name,
        row.next_step, row.next_step_on, row.deadline_on, row.is_shared,
        _is_missing(row, stage.kind), f"/ideer/{row.id}", row.position,
    )  # fmt: skip


def initials(name: str | None) -> str | None:
    """Give the first letters of the first and the last name."""
    words = (name or "").split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or None


def _is_missing(row: CardRow, kind: StageKind) -> bool:
    """Say whether a card stands where it is without something that the gate asks for."""
    if kind not in NEEDS_PROBLEM:
        return False
    lacks_case = not row.has_problem or not row.owner_name
    return lacks_case or (kind == StageKind.INCUBATOR and not row.orgnr)


def columns(
    session: Session, viewer: Actor, region_id: int, narrowed: Filter, today: date
) -> tuple[list[Column], list[Count]]:
    """Give the columns of a board with their first cards, and all counts."""
    stages = heads(terms.list_today(session, region_id, only_valid=True), viewer.locale)
    counted = ideas.counts(session, region_id)
    found = _found(session, viewer, region_id, narrowed)
    if found is None:
        stage_ids = tuple(stage.id for stage in stages)
        rows = ideas.first_cards(session, viewer, region_id, stage_ids)
    else:
        firsts = [idea_id for ids in found.values() for idea_id in ids[:COLUMN_PAGE]]
        rows = ideas.cards_in_order(session, firsts)
    shown = {
        stage.id: [face(r, stage, today) for r in rows if r.stage_id == stage.id]
        for stage in stages
    }
    return [_column(s, counted, found, shown[s.id], narrowed) for s in stages], counted


def _found(
    session: Session, viewer: Actor, region_id: int, narrowed: Filter
) -> dict[int, list[int]] | None:
    """Give the ids of the cards of each stage, where the board is not the whole in its order."""
    if not narrowed and narrowed.sort is None:
        return None
    return ideas.matching(session, viewer, region_id, narrowed)


def _column(
    stage: StageHead,
    counted: Sequence[Count],
    found: dict[int, list[int]] | None,
    cards: Sequence[Card],
    narrowed: Filter,
) -> Column:
    total = sum(c.total for c in counted if c.stage_id == stage.id and c.status == Status.OPEN)
    matching = len(found.get(stage.id, ())) if found is not None and narrowed else None
    more_after = None
    if len(cards) == COLUMN_PAGE:
        # In an order of its own a place says nothing: the next ones come by their number there.
        more_after = COLUMN_PAGE if narrowed.sort else cards[-1].position
    return Column(stage, total, matching, cards, more_after)


def next_cards(
    session: Session,
    viewer: Actor,
    region_id: int,
    stage: StageHead,
    narrowed: Filter,
    after: int,
    today: date,
) -> Column:
    """Give the next cards of a column: after a place, or, where it is sorted, a number of cards."""
    if narrowed.sort is None:
        rows = ideas.next_cards(
            session, viewer, region_id, stage.id, narrowed, after, COLUMN_PAGE + 1
        )
        more_after = rows[COLUMN_PAGE - 1].position if len(rows) > COLUMN_PAGE else None
    else:
        found = ideas.matching(session, viewer, region_id, narrowed).get(stage.id, [])
        after = max(0, after)
        rows = ideas.cards_in_order(session, found[after : after + COLUMN_PAGE])
        more_after = after + COLUMN_PAGE if len(found) > after + COLUMN_PAGE else None
    cards = [face(row, stage, today) for row in rows[:COLUMN_PAGE]]
    return Column(stage, 0, None, cards, more_after)


def changed_heads(
    session: Session,
    viewer: Actor,
    region_id: int,
    stages: Sequence[StageHead],
    narrowed: Filter,
) -> list[Column]:
    """Give the heads of columns with true counts, and filtered ones if there is a filter."""
    counted = ideas.counts(session, region_id)
    found = ideas.matching(session, viewer, region_id, narrowed) if narrowed else None
    return [_column(stage, counted, found, (), narrowed) for stage in stages]


def closed(counted: Sequence[Count]) -> dict[Status, int]:
    """Count the ideas that are not open, by status."""
    found = {Status.PARKED: 0, Status.STOPPED: 0, Status.LAUNCHED: 0}
    for count in counted:
        if count.status in found:
            found[count.status] += count.total
    return found


def with_neighbours(
    session: Session, viewer: Actor, region_id: int, cards: list[Card], narrowed: Filter
) -> list[Card]:
    """Tell each changed card which shown card it stands below, so that a board can place it."""
    if narrowed.sort is not None:
        return _in_their_order(session, viewer, region_id, cards, narrowed)
    above = ideas.neighbours_above(session, viewer, [card.id for card in cards], narrowed)
    for card in cards:
        card.after_id = above[card.id]
    return sorted(cards, key=lambda card: card.position)


def _in_their_order(
    session: Session, viewer: Actor, region_id: int, cards: list[Card], narrowed: Filter
) -> list[Card]:
    place: dict[int, int] = {}
    for ids in ideas.matching(session, viewer, region_id, narrowed).values():
        place |= {idea_id: nth for nth, idea_id in enumerate(ids)}
        above = dict(zip(ids[1:], ids, strict=False))
        for card in cards:
            card.after_id = above.get(card.id, card.after_id)
    return sorted(cards, key=lambda card: place.get(card.id, 0))


def board_as_of(session: Session, view: Any) -> dict[str, Any]:
    """Count the board as it stood when a day ended: open cards by stage, and the closed ones."""
    stages = ideas.list_stages(session, view.as_of)
    counted = ideas.counts_as_of(session, view)
    keys = {stage.id: stage.key for stage in ideas.list_stages(session)}
    found: dict[str, Any] = {"stages": {stage.key: 0 for stage in stages}}
    found |= {status.value: 0 for status in Status if status != Status.OPEN}
    for stage_id, status, total in counted:
        if status == Status.OPEN:
            key = keys[stage_id]
            found["stages"][key] = found["stages"].get(key, 0) + total
        else:
            found[status.value] += total
    return found
