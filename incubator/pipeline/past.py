"""Put together the board as it stood when a past day ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from incubator.core.access import Actor
from incubator.core.scope import View
from incubator.ideas import queries as ideas, terms
from incubator.ideas.models import Stage, Status
from incubator.ideas.queries import COLUMN_PAGE, Filter, PastCard, PastCount, Pick
from incubator.pipeline import queries
from incubator.pipeline.queries import Column, StageHead


@dataclass(frozen=True)
class PastFace:
    """The face of a card of a past day, ready to be written."""

    id: int
    stage_id: int
    title: str
    company: str | None
    days: int
    stale_days: int
    owner_name: str | None
    owner_initials: str | None
    href: str | None  # what was taken away since has no page


@dataclass(frozen=True)
class PastBoard:
    """The columns of a past day, and how many ideas were closed then."""

    columns: list[Column]
    closed: Mapping[Status, int]


def board(
    session: Session, viewer: Actor, view: View, narrowed: Filter, stages: Sequence[Stage]
) -> PastBoard:
    """Give the board of a past day; `stages` are all that there have been."""
    picks = [Pick(stage.id) for stage in stages]
    every = {head.id: head for head in _heads(session, viewer, view, stages)}
    patience = {head.id: head.stale_days for head in every.values()}
    stood = ideas.board_stood(session, viewer, view, narrowed, picks, patience)
    shown = [stage for stage in stages if _is_shown(stage, view.as_of, stood.counts)]
    columns = []
    for head in (every[stage.id] for stage in shown):
        cards = [face(c, head, view.as_of) for c in stood.cards if c.stage_id == head.id]
        columns.append(_column(head, stood.counts, narrowed, cards))
    closed = dict.fromkeys((Status.PARKED, Status.STOPPED, Status.LAUNCHED), 0)
    for count in stood.counts:
        if count.status in closed:
            closed[count.status] += count.total
    return PastBoard(columns, closed)


def _heads(session: Session, viewer: Actor, view: View, stages: Sequence[Stage]) -> list[StageHead]:
    """Give the heads of stages as they were called, and what they should hold, that day."""
    assert view.region_ids, "a board is a region's"
    then = terms.list_then(session, view.region_ids[0], stages, view.as_of, view.known_at)
    return queries.heads(then, viewer.locale)


def head_of(session: Session, viewer: Actor, view: View, stage: Stage) -> StageHead:
    """Give the head of one stage as it was that day."""
    return _heads(session, viewer, view, [stage])[0]


def labels(session: Session, viewer: Actor, view: View) -> dict[int, str]:
    """Give what all stages were called that day, by number."""
    every = ideas.list_stages(session)
    return {head.id: head.label for head in _heads(session, viewer, view, every)}


def _is_shown(stage: Stage, day: date, counts: Sequence[PastCount]) -> bool:
    """Say whether a stage was one then, or had cards all the same."""
    began = stage.valid_from is None or stage.valid_from <= day
    went_on = stage.valid_to is None or stage.valid_to >= day
    return (began and went_on) or _open_in(stage.id, counts)[0] > 0


def _open_in(stage_id: int, counts: Sequence[PastCount]) -> tuple[int, int]:
    of_stage = [c for c in counts if c.stage_id == stage_id and c.status == Status.OPEN]
    return sum(c.total for c in of_stage), sum(c.found for c in of_stage)


def _column(
    head: StageHead, counts: Sequence[PastCount], narrowed: Filter, cards: Sequence[PastFace]
) -> Column:
    total, found = _open_in(head.id, counts)
    more_after = len(cards) if found > len(cards) else None
    return Column(head, total, found if narrowed else None, cards, more_after)


def column(
    session: Session, viewer: Actor, view: View, narrowed: Filter, head: StageHead, offset: int
) -> Column:
    """Give the next cards of one column of a past day."""
    pick = Pick(head.id, offset=offset)
    patience = {head.id: head.stale_days}
    stood = ideas.board_stood(session, viewer, view, narrowed, [pick], patience)
    cards = [face(card, head, view.as_of) for card in stood.cards]
    total, found = _open_in(head.id, stood.counts)
    more_after = offset + COLUMN_PAGE if found > offset + COLUMN_PAGE else None
    return Column(head, total, found if narrowed else None, cards, more_after)


@dataclass(frozen=True)
class ClosedList:
    """The ideas that were parked, stopped or launched on a past day: a page of them."""

    cards: list[PastCard]
    total: int
    found: int


def closed(
    session: Session, viewer: Actor, view: View, narrowed: Filter, status: Status, offset: int
) -> ClosedList:
    """List the ideas that had a status when a past day ended, the latest first."""
    pick = Pick(status=status, offset=offset)
    stood = ideas.board_stood(session, viewer, view, narrowed, [pick])
    counts = [count for count in stood.counts if count.status == status]
    return ClosedList(stood.cards, sum(c.total for c in counts), sum(c.found for c in counts))


def face(card: PastCard, stage: StageHead, day: date) -> PastFace:
    """Make the face of a card of a past day."""
    return PastFace(
        card.id, card.stage_id, card.title, card.company, (day - card.stage_on).days,
        stage.stale_days, card.owner_name,
        card.owner_initials or queries.initials(card.owner_name),
        f"/ideer/{card.id}" if card.is_standing else None,
    )  # fmt: skip
