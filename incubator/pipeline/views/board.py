"""The board: the page, a column's next cards, what others changed, a new idea, an undo."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, flash, redirect, request, session as cookie, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.audit.models import Change
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.forms import whole_number
from incubator.core.refusals import sentence
from incubator.core.web import etag_of, go_to, has, is_htmx, page, release, tagged, unchanged
from incubator.ideas import operations as idea_operations, queries as ideas, terms
from incubator.ideas.models import Status
from incubator.ideas.order import TOP
from incubator.ideas.queries import Filter
from incubator.pipeline import bulk, queries, saved, undo
from incubator.pipeline.models import SavedView
from incubator.pipeline.narrowing import BoardFilter
from incubator.pipeline.views import finding, past
from incubator.pipeline.views.blueprint import (
    Region,
    Toast,
    asked_filter,
    asked_region,
    bp,
    changed,
    query_of,
    region_of,
)  # fmt: skip
from incubator.pipeline.views.deeds import BUTTONS, DEEDS
from incubator.pipeline.views.look import look_of
from incubator.visits import queries as visits

MOST_CHANGED = 100  # beyond that a board is better loaded anew


@bp.get("/")
@requires(Permission.BOARD_SEE)
def board() -> ResponseReturnValue:
    viewer, narrowed = current_actor(), asked_filter()
    region = asked_region(viewer)
    version = ideas.version_of(db.session, region.id)
    etag = _board_tag(viewer, version)
    if has(etag):
        return unchanged(etag)
    if past.is_asked():
        return past.past_board(viewer, region)
    views = saved.list_views(db.session, viewer, region.id)
    if address := finding.opening(region, views):
        return redirect(address)
    return tagged(_board_page(viewer, region, narrowed, version, views), etag)


def _board_tag(viewer: Actor, version: int) -> str:
    """Name all that a board depends on: its version, who looks, the address, the day, the code."""
    return etag_of(
        release(), version, clock.today(), viewer.id, viewer.role, viewer.locale,
        sorted(viewer.region_names.items()), request.full_path, is_htmx(),
        cookie.get("csrf_token"), cookie.get("_flashes"), look_of(viewer).written(),
    )  # fmt: skip


def _board_page(
    viewer: Actor, region: Region, narrowed: BoardFilter, version: int, views: Sequence[SavedView]
) -> str:
    today = clock.today()
    columns, counted = queries.columns(db.session, viewer, region.id, narrowed, today)
    query = query_of(region, narrowed)
    for column in columns:
        if column.more_after is not None:
            address = f"/tavle/kolonne/{column.stage.id}?{query}&etter={column.more_after}"
            object.__setattr__(column, "more_url", address)
    shown: dict[str, Any] = {
        "region": region,
        "columns": columns,
        "total": sum(column.count for column in columns),
        "matching": sum(column.matching or 0 for column in columns) if narrowed else None,
        "poll_url": poll_address(query, version),
        "may_move": viewer.may(Permission.IDEA_MOVE),
        "today": today,
        "past_url": past.address(region, narrowed),
        "select_url": f"/tavle/velg?{query}",
        "deeds": [(word, DEEDS[word]) for word in BUTTONS],
        "most": bulk.MOST,
        "exports": [(f"/tavle.{kind}?{query}", kind) for kind in ("xlsx", "csv")],
        **finding.bar(region, narrowed, views),
        "look": look_of(viewer),
        "shown_at": f"/?{query}",
    }
    if is_htmx():
        return page("pipeline/board.html", block="found", swap=True, **shown)
    return page(
        "pipeline/board.html",
        **shown,
        closed=_closed_links(region, queries.closed(counted)),
        changes_url=f"/endringer?region={region.id}",
        strip_url=url_for("goals.strip", region=region.id),
        may_add=viewer.may(Permission.IDEA_ADD),
        add_errors={},
        add_values={},
    )


def poll_address(query: str, version: int) -> str:
    """Give the address that asks for what changed after a version."""
    return f"/tavle/endringer?{query}&siden={version}"


def _closed_links(region: Region, found: dict[Status, int]) -> list[tuple[str, int, str]]:
    labels = {
        Status.PARKED: _("Parked"),
        Status.STOPPED: _("Stopped"),
        Status.LAUNCHED: _("Launched"),
    }
    return [
        (labels[status], total, f"/ideer?region={region.id}&status={status.value}")
        for status, total in found.items()
    ]


@bp.get("/tavle/kolonne/<int:stage_id>")
@requires(Permission.BOARD_SEE)
def column(stage_id: int) -> ResponseReturnValue:
    viewer, narrowed, today = current_actor(), asked_filter(), clock.today()
    region = asked_region(viewer)
    stages = queries.heads(ideas.list_stages(db.session), viewer.locale)
    stage = next((stage for stage in stages if stage.id == stage_id), None)
    if stage is None:
        raise NotFound("no_such_stage")
    after = _position(request.args.get("etter", ""))
    shown = queries.next_cards(db.session, viewer, region.id, stage, narrowed, after, today)
    if shown.more_after is not None:
        address = f"/tavle/kolonne/{stage_id}?{query_of(region, narrowed)}&etter={shown.more_after}"
        object.__setattr__(shown, "more_url", address)
    if not is_htmx():
        # Without script the link leads to a board that begins where the column ended.
        return page("pipeline/column.html", region=region, column=shown, today=today,
                    may_move=viewer.may(Permission.IDEA_MOVE))  # fmt: skip
    return page(
        "pipeline/board.html",
        block="rest",
        column=shown,
        today=today,
        may_move=viewer.may(Permission.IDEA_MOVE),
    )


def _position(text: str) -> int:
    try:
        return max(-(2**62), min(2**62, int(text)))
    except ValueError:
        return -(2**62)


@bp.get("/tavle/endringer")
@requires(Permission.BOARD_SEE)
def changes() -> ResponseReturnValue:
    viewer = current_actor()
    region = asked_region(viewer)
    since = whole_number(request.args.get("siden")) or 0
    version = ideas.version_of(db.session, region.id)
    if version <= since:
        return Response(status=304, headers={"Cache-Control": "private, no-cache"})
    return _changes_since(viewer, region, asked_filter(), since, version)


def _changes_since(
    viewer: Actor, region: Region, narrowed: Filter, since: int, version: int
) -> ResponseReturnValue:
    today = clock.today()
    query = query_of(region, narrowed)
    known = terms.list_today(db.session, region.id, only_valid=True)
    stages = {head.id: head for head in queries.heads(known, viewer.locale)}
    found = ideas.cards_changed_since(
        db.session, viewer, region.id, since, narrowed, MOST_CHANGED + 1
    )
    toast = None
    if len(found) > MOST_CHANGED:
        # Not by loading it for them: somebody may be in the middle of a word.
        found, toast = [], Toast(_("Much has changed. Load the board anew."), href=f"/?{query}")
    cards = [queries.face(f.row, stages[f.row.stage_id], today) for f in found if f.is_shown]
    return page(
        "pipeline/board.html",
        block="changed",
        cards=queries.with_neighbours(db.session, viewer, region.id, cards, narrowed)
        if cards
        else [],
        gone=[f.row.id for f in found if not f.is_shown],
        columns_changed=queries.changed_heads(
            db.session, viewer, region.id, list(stages.values()), narrowed
        ),
        today=today,
        may_move=viewer.may(Permission.IDEA_MOVE),
        toast=toast,
        poll_url=poll_address(query, version),
    )


@bp.post("/ideer/ny")
@requires(Permission.IDEA_ADD)
def add() -> ResponseReturnValue:
    viewer = current_actor()
    region = region_of(viewer, whole_number(request.form.get("region")))
    title, company = request.form.get("title", "")[:200], request.form.get("company", "")[:200]
    stages = terms.list_today(db.session, region.id)
    try:
        idea = idea_operations.add_idea(
            db.session, viewer, region_id=region.id, stage=stages[0].stage, title=title,
            on=clock.today(), company_name=company, owner_id=viewer.id,
        )  # fmt: skip
    except RuleBroken as no:
        errors = {field: sentence(no.code, no.details) for field in no.fields}
        return _add_line(region, errors, request.form), 422
    db.settle()
    if not is_htmx():
        return go_to(f"/?region={region.id}#i{idea.id}")
    toast = Toast(_("Added."), f"/endringer/{idea.last_change_id}/angre")
    return _add_line(region, {}, {}) + changed(
        viewer, region.id, [ideas.card(db.session, idea.id)],
        toast=toast, stage_ids={idea.stage_id}, stages=stages, place=TOP,
    )  # fmt: skip


def _add_line(region: Region, errors: dict[str, str], values: Mapping[str, str]) -> str:
    block = "add" if is_htmx() else None
    template = "pipeline/board.html" if block else "pipeline/add.html"
    return page(
        template, block=block, region=region, may_add=True, add_errors=errors, add_values=values
    )


@bp.post("/endringer/<int:change_id>/angre")
@requires(Permission.IDEA_MOVE)
def undo_change(change_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    touched = undo.cards_of(db.session, change_id)
    before = {row.id: row.stage_id for row in touched}
    undone = undo.undo_change(db.session, viewer, change_id)
    if undone.subject_kind == "company":
        flash(_("Undone."), "success")
        return go_to(f"/bedrifter/{undone.subject_id}")
    if undone.subject_kind == "visit":
        flash(_("Undone."), "success")
        return go_to(_after_visit(undone))
    if undone.subject_kind == "job_record" and undone.subject_id is not None:
        flash(_("Undone."), "success")
        return go_to(f"/arbeidsplasser/{undone.subject_id}")
    if undone.subject_kind == "application":
        flash(_("Undone."), "success")
        return go_to(f"/soknader/{undone.subject_id}")
    if undone.subject_kind == "import_run":
        flash(_("Undone."), "success")
        return go_to(f"/import/kjoringer/{undone.subject_id}")
    assert undone.region_id is not None
    db.settle()
    toast = Toast(_("Undone."))
    if not is_htmx():
        toast.on_the_next_page()
        return go_to(f"/?region={undone.region_id}")
    after = undo.cards_of(db.session, change_id)
    standing = [row for row in after if not row.is_voided and row.status == Status.OPEN]
    return changed(
        viewer,
        undone.region_id,
        ideas.cards_by_id(db.session, [row.id for row in standing]),
        gone=[row.id for row in after if row not in standing],
        stage_ids=set(before.values()) | {row.stage_id for row in after},
        toast=toast,
    )


def _after_visit(undone: Change) -> str:
    """Lead to the visit as it was before, or to the list where it is gone."""
    visit_id = undone.subject_id or 0
    if visits.is_standing(db.session, visit_id):
        return f"/besok/{visit_id}"
    return f"/besok?region={undone.region_id}"
