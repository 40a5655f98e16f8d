"""The board as it stood on a past day: to be looked at, never to be changed."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.formats import day as write_day, moment
from incubator.core.forms import parse_day, whole_number
from incubator.core.refusals import sentence
from incubator.core.scope import View
from incubator.core.web import is_htmx, page
from incubator.ideas import queries as ideas
from incubator.ideas.models import Status
from incubator.ideas.queries import COLUMN_PAGE, Filter
from incubator.pipeline import card, past, queries
from incubator.pipeline.narrowing import BoardFilter
from incubator.pipeline.views import asked
from incubator.pipeline.views.blueprint import Region, asked_filter, asked_region, bp, query_of

THEN = "da"  # in the place of an instant: as it was known when the day had ended
WEEK = timedelta(days=7)
CLOSED = (Status.PARKED, Status.STOPPED, Status.LAUNCHED)


def is_asked() -> bool:
    """Say whether the address asks for the board of a past day."""
    return "per" in request.args


def address(region: Region, narrowed: Filter) -> str:
    """Give the address of the board as it stood a week ago, from which one chooses the day."""
    return f"/?{query_of(region, narrowed, per=clock.today() - WEEK)}"


def _filter() -> BoardFilter:
    """Read the filter, of it what can be told of a past day."""
    narrowed = asked_filter()
    such = tuple(one for one in narrowed.such if one in ideas.TOLD_THEN)
    return replace(narrowed, such=such, sort=None)


def _untold() -> str:
    """Say what is asked for that cannot be told of a past day."""
    narrowed = asked_filter()
    found = [str(asked.SUCH_LABELS[one]) for one in narrowed.such if one not in ideas.TOLD_THEN]
    if narrowed.sort:
        found.append(str(_("Sorted: %(by)s", by=asked.SORT_LABELS[narrowed.sort])))
    if not found:
        return ""
    return str(_("This cannot be told of a past day: %(what)s.", what=", ".join(found)))


def asked_view(region: Region) -> View:
    """Read the day and as known when from the address. Raises RuleBroken for what cannot be."""
    return View(_asked_day(), _asked_known(), (region.id,))


def _asked_day() -> date:
    day = parse_day(request.args.get("per", ""))
    if day is None:
        raise RuleBroken("bad_date", fields=["per"])
    if day > clock.today():
        raise RuleBroken("future_date", fields=["per"])
    return day


def _asked_known() -> datetime | None:
    text = request.args.get("kjent", "").replace(" ", "+")  # a plus sign is a space in an address
    if not text:
        return None
    if text == THEN:
        return clock.end_of(_asked_day())
    try:
        day = parse_day(text)
        return clock.end_of(day) if day else clock.in_oslo(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise RuleBroken("bad_date", fields=["kjent"]) from None


def past_board(viewer: Actor, region: Region) -> ResponseReturnValue:
    """Answer with the board of a past day, or say why there is none of that day."""
    narrowed = _filter()
    try:
        view = asked_view(region)
    except RuleBroken as no:
        error = sentence(no.code, no.details)
        return page("pipeline/past.html", **_shown(region, narrowed, None, error)), 422
    status = request.args.get("status", "")
    if status in {s.value for s in CLOSED}:
        return _closed(viewer, region, view, narrowed, Status(status))
    stages = ideas.list_stages(db.session)
    found = past.board(db.session, viewer, view, narrowed, stages)
    columns = [_with_more(column, region, narrowed) for column in found.columns]
    return page(
        "pipeline/past.html",
        **_shown(region, narrowed, view),
        columns=columns,
        total=sum(column.count for column in columns),
        matching=sum(column.matching or 0 for column in columns) if narrowed else None,
        closed=[  # the counts are of the whole board, and so is what they open
            (card.STATUS_LABELS[status], total, _same(region, Filter(), status=status.value))
            for status, total in found.closed.items()
        ],
        strip_url=_strip_address(region, view),
    )


def _with_more(column: queries.Column, region: Region, narrowed: Filter) -> queries.Column:
    if column.more_after is None:
        return column
    query = query_of(region, narrowed, **_when(), etter=column.more_after)
    return replace(column, more_url=f"/tavle/da/{column.stage.id}?{query}")


def _when() -> dict[str, str]:
    """Give what the address says of the day, as it says it."""
    return {name: request.args.get(name, "") for name in ("per", "kjent")}


def _of_status() -> dict[str, str]:
    status = request.args.get("status", "")
    return {"status": status} if status in {one.value for one in CLOSED} else {}


def _same(region: Region, narrowed: Filter, **more: object) -> str:
    return f"/?{query_of(region, narrowed, **_when(), **more)}"


def _strip_address(region: Region, view: View) -> str:
    query = {"region": region.id, "per": view.as_of.isoformat()}
    if view.known_at is not None:
        query["kjent"] = view.known_at.isoformat()
    return f"/mal/stripe?{urlencode(query)}"


def _shown(
    region: Region, narrowed: BoardFilter, view: View | None, error: str | None = None
) -> dict[str, Any]:
    """Give what every page of a past day shows: which one it is, and how to choose another."""
    known_at = view.known_at if view else None
    ended = clock.end_of(view.as_of) if view else None
    return {
        "region": region,
        "view": view,
        "error": error,
        "heading": _heading(view),
        "how": _how(known_at, is_then=known_at == ended),
        "back": f"/?{query_of(region, narrowed)}",
        "when": _when(),
        "is_known_then": bool(request.args.get("kjent")),
        "known_value": request.args.get("kjent") or THEN,
        "latest": clock.today(),
        "changes_url": _changes_address(region, view) if view else None,
        "text": narrowed.text,
        "kept": asked.kept(narrowed, "q"),
        "chips": asked.chips(
            region, narrowed, lambda **v: _same(region, replace(narrowed, **v), **_of_status())
        ),
        "untold": _untold(),
        "filter_url": f"/tavle/filter?{query_of(region, narrowed, **_when(), **_of_status())}",
        "clear_url": _same(region, Filter(), **_of_status()) if narrowed else None,
    }


def _heading(view: View | None) -> str:
    if view is None:
        return str(_("There is no board of that day"))
    return str(_("The board as it stood when %(day)s had ended", day=write_day(view.as_of)))


def _how(known_at: datetime | None, *, is_then: bool) -> str:
    if known_at is None:
        return str(_("With what is known today: what was entered or corrected later counts too."))
    if is_then:
        return str(_("As it was known then: what was entered or corrected later does not count."))
    return str(_("As it was known %(moment)s.", moment=moment(known_at)))


def _changes_address(region: Region, view: View) -> str:
    since = min(view.as_of + timedelta(days=1), clock.today())
    return f"/endringer?{urlencode({'region': region.id, 'fra': since})}"


def _closed(
    viewer: Actor, region: Region, view: View, narrowed: BoardFilter, status: Status
) -> ResponseReturnValue:
    number = max(1, whole_number(request.args.get("side")) or 1)
    found = past.closed(
        db.session, viewer, view, narrowed, status, (number - 1) * COLUMN_PAGE
    )  # fmt: skip
    stages = past.labels(db.session, viewer, view)
    same = {"status": status.value}
    return page(
        "pipeline/past.html",
        **_shown(region, narrowed, view),
        status_label=card.STATUS_LABELS[status],
        status=status.value,
        rows=found.cards,
        stages=stages,
        count=found.total,
        matching=found.found if narrowed else None,
        withheld=0 if narrowed else found.total - found.found,
        board_url=_same(region, narrowed),
        pages={
            "number": number,
            "of": max(1, -(-found.found // COLUMN_PAGE)),
            "previous_url": _same(region, narrowed, **same, side=number - 1),
            "next_url": _same(region, narrowed, **same, side=number + 1),
        },
    )


@bp.get("/tavle/da/<int:stage_id>")
@requires(Permission.BOARD_SEE)
def past_column(stage_id: int) -> ResponseReturnValue:
    viewer, narrowed = current_actor(), _filter()
    region = asked_region(viewer)
    view = asked_view(region)
    stage = next((one for one in ideas.list_stages(db.session) if one.id == stage_id), None)
    if stage is None:
        raise NotFound("no_such_stage")
    head = past.head_of(db.session, viewer, view, stage)
    offset = whole_number(request.args.get("etter")) or 0
    found = past.column(db.session, viewer, view, narrowed, head, offset)
    column = _with_more(found, region, narrowed)
    if is_htmx():
        return page("pipeline/past.html", block="rest", column=column)
    # Without script the link leads to a board of this one column.
    return page(
        "pipeline/past.html",
        **_shown(region, narrowed, view),
        columns=[column],
        total=column.count,
        matching=column.matching,
        closed=[],
        strip_url=_strip_address(region, view),
    )
