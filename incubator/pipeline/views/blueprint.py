"""The blueprint of the board, and what its views share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from incubator.core import clock, db
from incubator.core.access import Actor, current_actor
from incubator.core.errors import Stale
from incubator.core.forms import whole_number
from incubator.core.web import page
from incubator.ideas import queries as ideas
from incubator.ideas.models import Stage
from incubator.ideas.order import Place
from incubator.ideas.queries import CardRow, Filter, Such
from incubator.pipeline import queries
from incubator.reference.queries import choose_region, lock_region

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
class Region:
    """The region of a page: number and name."""

    id: int
    name: str


def region_of(viewer: Actor, region_id: int | None) -> Region:
    """Give the region that a page is about. Raises NotFound."""
    chosen = choose_region(viewer, region_id)
    return Region(chosen, viewer.region_names[chosen])


def asked_region(viewer: Actor) -> Region:
    """Give the region that the address names, or the viewer's first."""
    return region_of(viewer, whole_number(request.args.get("region")))


def asked_filter() -> Filter:
    """Read the filter from the address."""
    return _filter(lambda name: request.args.get(name, ""))


def _filter(asked: Callable[[str], str]) -> Filter:
    such = asked("vis")
    is_known = such in {one.value for one in Such}
    return Filter(
        owner_id=whole_number(asked("eier")),
        municipality_id=whole_number(asked("kommune")),
        text=asked("q")[:100],
        such=Such(such) if is_known else None,
        today=clock.today() if is_known else None,
    )


def query_of(region: Region, narrowed: Filter, **more: object) -> str:
    """Write region and filter as the query string of an address."""
    values = {
        "region": region.id,
        "eier": narrowed.owner_id,
        "kommune": narrowed.municipality_id,
        "q": narrowed.text.strip(),
        "vis": narrowed.such.value if narrowed.such else None,
        **more,
    }
    return urlencode({key: value for key, value in values.items() if value not in (None, "")})


@dataclass(frozen=True)
class Toast:
    """A word about what was done, with the way to undo it."""

    text: str
    undo_url: str | None = None
    href: str | None = None


def shown_filter() -> Filter:
    """Read the filter of the board that a part of it is asked from."""
    asked = parse_qs(urlsplit(request.headers.get("HX-Current-URL", "")).query)

    def first(name: str) -> str:
        return asked.get(name, [""])[0]

    return _filter(first)


def changed(
    viewer: Actor,
    region_id: int,
    rows: Sequence[CardRow],
    *,
    toast: Toast | None = None,
    stage_ids: set[int],
    stages: Sequence[Stage] | None = None,
    gone: Sequence[int] = (),
    place: Place | None = None,
) -> str:
    """Answer with the cards that changed and the heads of their columns, never with the board.

    `place` is where a card was dropped. Below which one it stands need not be asked then: had
    that one left meanwhile, the next look at what changed would put this right.
    """
    narrowed = shown_filter()
    today = clock.today()
    known = ideas.list_stages(db.session) if stages is None else stages
    heads = {stage.id: stage for stage in queries.heads(known, viewer.locale)}
    cards = [queries.face(row, heads[row.stage_id], today) for row in rows]
    if place is not None:
        for card in cards:
            card.after_id = place.after_id
    elif cards:
        cards = queries.with_neighbours(db.session, viewer, cards, narrowed)
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
