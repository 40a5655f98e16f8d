"""The blueprint of the board, and what its views share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue

from incubator.core import clock, db
from incubator.core.access import Actor, current_actor
from incubator.core.errors import Stale
from incubator.core.web import page
from incubator.ideas import queries as ideas, terms
from incubator.ideas.order import Place
from incubator.ideas.queries import CardRow
from incubator.ideas.terms import Terms
from incubator.pipeline import queries
from incubator.pipeline.views.asked import (
    Region,
    asked_filter,
    asked_region,
    query_of,
    region_of,
    shown_filter,
)
from incubator.reference.queries import lock_region

__all__ = [
    "Region",
    "Toast",
    "asked_filter",
    "asked_region",
    "behind_others",
    "bp",
    "changed",
    "query_of",
    "region_of",
    "shown_filter",
]

bp = Blueprint("pipeline", __name__)
Answer = Callable[..., ResponseReturnValue]


def behind_others(view: Answer) -> Answer:
    """Try a view of an idea anew where somebody wrote to the idea in the same instant.

    The second attempt waits until everybody before it is done. What it reads then is final,
    so that it can merge, or tell who was first.
    """

    @wraps(view)
    def attempt(idea_id: int, **more: Any) -> ResponseReturnValue:
        try:
            return view(idea_id, **more)
        except Stale as late:
            if late.code != "changed_meanwhile":
                raise
        db.start_over()
        lock_region(db.session, ideas.get_visible(db.session, current_actor(), idea_id).region_id)
        db.session.expire_all()
        return view(idea_id, **more)

    return attempt


@dataclass(frozen=True)
class Toast:
    """A word about what was done, with the way to undo it."""

    text: str
    undo_url: str | None = None
    href: str | None = None

    def on_the_next_page(self) -> None:
        """Say it where the browser goes now, for whoever is without scripts."""
        if self.undo_url:
            flash((self.text, self.undo_url), "undo")  # type: ignore[arg-type]
        else:
            flash(self.text, "success")


def changed(
    viewer: Actor,
    region_id: int,
    rows: Sequence[CardRow],
    *,
    toast: Toast | None = None,
    stage_ids: set[int],
    stages: Sequence[Terms] | None = None,
    gone: Sequence[int] = (),
    place: Place | None = None,
) -> str:
    """Answer with the cards that changed and the heads of their columns, never with the board.

    `place` is where a card was dropped. Below which one it stands need not be asked then: had
    that one left meanwhile, the next look at what changed would put this right.
    """
    narrowed = shown_filter()
    today = clock.today()
    known = terms.list_today(db.session, region_id) if stages is None else stages
    heads = {stage.id: stage for stage in queries.heads(known, viewer.locale)}
    cards = [queries.face(row, heads[row.stage_id], today) for row in rows]
    if place is not None and narrowed.sort is None:
        for card in cards:
            card.after_id = place.after_id
    elif cards:
        cards = queries.with_neighbours(db.session, viewer, region_id, cards, narrowed)
    left_and_entered = [heads[stage_id] for stage_id in sorted(stage_ids)]
    return page(
        "pipeline/board.html",
        block="changed",
        cards=cards,
        gone=gone,
        columns_changed=queries.changed_heads(
            db.session, viewer, region_id, left_and_entered, narrowed
        ),
        today=today,
        may_move=True,
        toast=toast,
    )
