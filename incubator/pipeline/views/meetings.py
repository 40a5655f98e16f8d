"""The weekly meeting: begin it, see those before, correct and close its minutes."""

from datetime import timedelta
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.accounts import queries as accounts
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import RuleBroken, Stale
from incubator.core.forms import whole_number
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page, paging
from incubator.ideas import queries as ideas
from incubator.meetings import agenda, operations, queries, words
from incubator.meetings.forms import BeginForm, MinutesForm, PresentForm
from incubator.meetings.models import Meeting
from incubator.pipeline import meeting as pages
from incubator.pipeline.views.blueprint import Region, asked_region, bp, region_of


@bp.get("/mote")
@requires(Permission.IDEA_MOVE)
def meetings() -> ResponseReturnValue:
    viewer = current_actor()
    region = asked_region(viewer)
    form = BeginForm(formdata=None)
    return _front(viewer, region, form)


def _front(viewer: Actor, region: Region, form: BeginForm) -> str:
    today = clock.today()
    running = queries.running(db.session, region.id)
    last = queries.last_closed(db.session, region.id)
    since_at = agenda.since(last, clock.now())
    people = accounts.owner_choices(db.session, region.id)
    form.user_ids.choices = people
    if not form.is_submitted():
        there = set(queries.present(db.session, last.id).people) if last else set()
        known = {number for number, _name in people}
        form.user_ids.data = sorted((there or {viewer.id or 0}) & known)
        form.since_on.data = clock.day_of(since_at)
    asked = agenda.Asked(region.id, today, since_at, last.id if last else None)
    coming = agenda.make(db.session, asked) if running is None else None
    number = max(1, whole_number(request.args.get("side")) or 1)
    found = queries.list_held(
        db.session, region.id, offset=(number - 1) * queries.PAGE, limit=queries.PAGE + 1
    )
    more = len(found) > queries.PAGE
    return page(
        "meetings/index.html",
        region=region,
        form=form,
        running=running,
        lines=queries.list_lines(db.session, running.id) if running else [],
        coming=_by_part(agenda.titled(db.session, coming)) if coming else [],
        left_out=coming.left_out if coming else 0,
        total=len(coming.found) if coming else 0,
        stages={s.id: s.label(viewer.locale) for s in ideas.list_stages(db.session)},
        since_on=clock.day_of(since_at),
        held=[one for one in found[: queries.PAGE] if one.closed_at is not None],
        pages=paging(
            number, queries.PAGE, queries.PAGE * (number + more),
            lambda nth: f"/mote?region={region.id}&side={nth}",
        ),
        today=today,
    )  # fmt: skip


def _by_part(rows: list[agenda.Titled]) -> list[tuple[Any, list[agenda.Titled]]]:
    parts: dict[Any, list[agenda.Titled]] = {}
    for row in rows:
        parts.setdefault(words.PART_LABELS[row.part], []).append(row)
    return list(parts.items())


@bp.post("/mote")
@requires(Permission.IDEA_MOVE)
def begin_meeting() -> ResponseReturnValue:
    viewer = current_actor()
    region = region_of(viewer, whole_number(request.form.get("region")))
    form = BeginForm()
    form.user_ids.choices = accounts.owner_choices(db.session, region.id)
    if not form.validate():
        return _front(viewer, region, form), 422
    last = queries.last_closed(db.session, region.id)
    default = agenda.since(last, clock.now())
    since_on = form.since_on.data
    is_other = since_on is not None and since_on != clock.day_of(default)
    since_at = clock.end_of(since_on - timedelta(days=1)) if is_other and since_on else default
    try:
        made = operations.begin_meeting(
            db.session, viewer, region_id=region.id, user_ids=form.user_ids.data or (),
            guests=(form.guests.data or "").split(","), since_at=since_at,
        )  # fmt: skip
    except Stale as late:
        # Somebody began it in the same minute: there is one meeting, and this is it.
        return go_to(f"/mote/{late.details['meeting_id']}")
    return go_to(f"/mote/{made.id}")


@bp.get("/mote/<int:meeting_id>")
@requires(Permission.IDEA_MOVE)
def meeting(meeting_id: int) -> ResponseReturnValue:
    """Lead to where the meeting stands, or to its minutes when it is over."""
    found = queries.get_meeting(db.session, current_actor(), meeting_id)
    item_id = queries.item_at(db.session, found, found.place)
    if found.closed_at is not None or item_id is None:
        return go_to(f"/mote/{found.id}/referat")
    return go_to(f"/mote/{found.id}/sak/{item_id}")


@bp.get("/mote/<int:meeting_id>/referat")
@requires(Permission.IDEA_MOVE)
def minutes(meeting_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = queries.get_meeting(db.session, viewer, meeting_id)
    return _minutes(viewer, found, None)


def _minutes(
    viewer: Actor, found: Meeting, form: MinutesForm | None, conflict: Stale | None = None
) -> str:
    contents = pages.minutes(db.session, found, viewer.locale)
    there = contents["present"]
    people = accounts.owner_choices(db.session, found.region_id)
    if form is None:
        form = MinutesForm(
            formdata=None,
            data={
                "note": found.note or "", "was_note": found.note or "",
                "user_ids": list(there.people), "guests": ", ".join(there.guests),
            },
        )  # fmt: skip
    form.user_ids.choices = _with_gone(people, there.people)
    return page(
        "meetings/minutes.html",
        region=region_of(viewer, found.region_id),
        form=form,
        is_running=found.closed_at is None,
        conflict=conflict.details if conflict else None,
        **contents,
    )


def _with_gone(people: list[tuple[int, str]], there: dict[int, str]) -> list[tuple[int, str]]:
    """Let who was there stay a choice, wherever they work now."""
    known = {number for number, _name in people}
    return people + [(number, name) for number, name in there.items() if number not in known]


@bp.post("/mote/<int:meeting_id>/referat")
@requires(Permission.IDEA_MOVE)
def correct_minutes(meeting_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = queries.get_meeting(db.session, viewer, meeting_id)
    form = MinutesForm()
    _set_people(form, found)
    if not form.validate():
        return _minutes(viewer, found, form), 422
    try:
        operations.write_note(
            db.session, viewer, found, text=form.note.data or "", seen=form.was_note.data or ""
        )
        _save_present(viewer, found, form)
    except Stale as late:
        if late.code != "note_conflict":
            raise
        # What is stored has been seen now: saving again keeps what was typed.
        form.was_note.data = late.details["stored"]
        return _minutes(viewer, found, form, late), 409
    flash(_("Saved."), "success")
    return go_to(f"/mote/{found.id}/referat")


def _set_people(form: PresentForm, found: Meeting) -> None:
    people = accounts.owner_choices(db.session, found.region_id)
    form.user_ids.choices = _with_gone(people, queries.present(db.session, found.id).people)


def _save_present(viewer: Actor, found: Meeting, form: PresentForm) -> None:
    operations.set_present(
        db.session, viewer, found, user_ids=form.user_ids.data or (),
        guests=(form.guests.data or "").split(","),
    )  # fmt: skip


@bp.post("/mote/<int:meeting_id>/lukk")
@requires(Permission.IDEA_MOVE)
def close_meeting(meeting_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = queries.get_meeting(db.session, viewer, meeting_id)
    operations.close_meeting(db.session, viewer, found)
    flash(_("The meeting is closed, and its minutes are kept."), "success")
    return go_to(f"/mote/{found.id}/referat")


@bp.post("/mote/<int:meeting_id>/forkast")
@requires(Permission.IDEA_MOVE)
def discard_meeting(meeting_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = queries.get_meeting(db.session, viewer, meeting_id)
    try:
        operations.discard_meeting(db.session, viewer, found)
    except RuleBroken as no:
        flash(sentence(no.code, no.details), "error")
        return go_to(f"/mote/{found.id}/referat")
    flash(_("The meeting was discarded."), "success")
    return go_to(f"/mote?region={found.region_id}")


@bp.post("/mote/<int:meeting_id>/sak")
@requires(Permission.IDEA_MOVE)
def take_up(meeting_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = queries.get_meeting(db.session, viewer, meeting_id)
    title = request.form.get("idea", "")
    idea_id = whole_number(title.rpartition("#")[2].strip())
    if idea_id is None:
        raise RuleBroken("idea_not_chosen", fields=["idea"])
    idea = ideas.get_visible(db.session, viewer, idea_id)
    item = operations.take_up(db.session, viewer, found, idea)
    operations.go_to(db.session, viewer, found, item.nth)
    return go_to(f"/mote/{found.id}/sak/{item.id}")


@bp.get("/mote/<int:meeting_id>/forslag")
@requires(Permission.IDEA_MOVE)
def suggested_ideas(meeting_id: int) -> ResponseReturnValue:
    """Offer ideas of the region by their titles, for one that is taken up at the meeting."""
    viewer = current_actor()
    found = queries.get_meeting(db.session, viewer, meeting_id)
    text = request.args.get("idea", "").strip()
    rows = ideas.search(db.session, viewer, text[:100]) if len(text) > 1 else []
    here = [row for row in rows if row.region_id == found.region_id]
    return page("meetings/_suggestions.html", rows=here[:20])
