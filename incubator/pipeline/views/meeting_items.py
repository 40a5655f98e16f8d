"""One idea at a time at a meeting: its page, its note, and where the meeting goes next."""

from typing import Any

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import Stale
from incubator.core.forms import whole_number
from incubator.core.web import go_to, is_htmx, page
from incubator.ideas import queries as ideas
from incubator.meetings import operations, queries
from incubator.meetings.models import DecisionKind, Meeting, MeetingItem
from incubator.pipeline import meeting as pages
from incubator.pipeline.views.blueprint import Toast, bp, region_of

STEPS = {"neste": 1, "forrige": -1}
QUIET = {kind.value: kind for kind in (DecisionKind.AGAIN, DecisionKind.UNCHANGED)}


@bp.get("/mote/<int:meeting_id>/sak/<int:item_id>")
@requires(Permission.IDEA_MOVE)
def meeting_item(meeting_id: int, item_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    meeting, item = queries.get_item(db.session, viewer, meeting_id, item_id)
    return draw(viewer, meeting, item)


def draw(
    viewer: Actor, meeting: Meeting, item: MeetingItem, *, block: str | None = None, **more: Any
) -> str:
    """Draw the page of an item, or a block of it."""
    version = ideas.version_of(db.session, meeting.region_id)
    found = pages.item_page(db.session, viewer, meeting, item, clock.today())
    return page(
        "meetings/item.html",
        block=block,
        region=region_of(viewer, meeting.region_id),
        href=address(meeting, item),
        poll_url=f"{address(meeting, item)}/nytt?siden={version}",
        today=clock.today(),
        **{"conflict": None, "typed": None, "toast": None, **found, **more},
    )


def address(meeting: Meeting, item: MeetingItem) -> str:
    """Give the address of an item."""
    return f"/mote/{meeting.id}/sak/{item.id}"


@bp.get("/mote/<int:meeting_id>/sak/<int:item_id>/nytt")
@requires(Permission.IDEA_MOVE)
def meeting_news(meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Answer with what others at the meeting did, or that nothing changed."""
    viewer = current_actor()
    meeting, item = queries.get_item(db.session, viewer, meeting_id, item_id)
    since = whole_number(request.args.get("siden")) or 0
    if ideas.version_of(db.session, meeting.region_id) <= since:
        return Response(status=304, headers={"Cache-Control": "private, no-cache"})
    return draw(viewer, meeting, item, block="said")


@bp.post("/mote/<int:meeting_id>/sak/<int:item_id>")
@requires(Permission.IDEA_MOVE)
def save_item(meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Keep the note, decide what changes nothing, go on: whichever of these was asked for."""
    viewer = current_actor()
    meeting, item = queries.get_item(db.session, viewer, meeting_id, item_id)
    text, seen = request.form.get("note"), request.form.get("was_note", "")
    toast = None
    try:
        if text is not None and operations.write_item_note(
            db.session, viewer, meeting, item, text=text, seen=seen
        ):
            toast = Toast(_("The note is saved."))
    except Stale as late:
        if late.code != "note_conflict":
            raise
        return _conflict(viewer, meeting, item, text or "", late)
    kind = QUIET.get(request.form.get("decide", ""))
    if kind is not None:
        made = operations.decide(db.session, viewer, meeting, item, kind)
        undo_url = f"/endringer/{made.id}/angre" if made else None
        toast = Toast(_quiet_word(kind), undo_url)
    step = STEPS.get(request.form.get("go", ""), 1 if kind == DecisionKind.UNCHANGED else 0)
    following = pages.beside(queries.list_lines(db.session, meeting.id), item.id, step)
    if step and following is not None:
        operations.go_to(db.session, viewer, meeting, following.nth)
        _meeting, item = queries.get_item(db.session, viewer, meeting_id, following.id)
    db.settle()
    if not is_htmx():
        is_end = step > 0 and following is None
        return go_to(f"/mote/{meeting.id}/referat" if is_end else address(meeting, item))
    if step > 0 and following is None:
        return go_to(f"/mote/{meeting.id}/referat")
    if step:
        return draw(viewer, meeting, item, block="meeting", toast=toast)
    return told(viewer, meeting, item, toast)


def _quiet_word(kind: DecisionKind) -> str:
    if kind == DecisionKind.AGAIN:
        return str(_("It comes up again at the next meeting."))
    return str(_("No change."))


def _conflict(
    viewer: Actor, meeting: Meeting, item: MeetingItem, typed: str, late: Stale
) -> ResponseReturnValue:
    """Show what somebody else wrote meanwhile beside what was typed, which is kept."""
    block = "note" if is_htmx() else None
    answer = make_response(
        draw(viewer, meeting, item, block=block, conflict=late.details, typed=typed), 409
    )
    answer.headers["HX-Retarget"] = "#meet-note"
    answer.headers["HX-Reswap"] = "outerHTML"
    return answer


def told(
    viewer: Actor, meeting: Meeting, item: MeetingItem, toast: Toast | None
) -> ResponseReturnValue:
    """Answer with what is decided now; what is typed in the note stays."""
    answer = make_response(draw(viewer, meeting, item, block="said", toast=toast, is_done=True))
    answer.headers["HX-Reswap"] = "none"
    return answer
