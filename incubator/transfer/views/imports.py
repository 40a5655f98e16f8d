"""The import: a file, a preview row by row, the import, the rows to mend."""

import json
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext as _

from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import NotFound
from incubator.core.forms import whole_number
from incubator.core.sheets import SheetError
from incubator.core.web import download, go_to, page
from incubator.reference.queries import choose_region
from incubator.transfer import counted, preview, queries
from incubator.transfer.bulk import Source
from incubator.transfer.forms import UploadForm
from incubator.transfer.headers import HeaderError
from incubator.transfer.kinds import KINDS, LISTS
from incubator.transfer.messages import explain_kept, explain_problem
from incubator.transfer.models import ImportUpload, State
from incubator.transfer.preview import Outcome
from incubator.transfer.uploads import operations, queries as uploads
from incubator.transfer.uploads.looking import Asked, is_large, look_over, read_entries
from incubator.transfer.views.blueprint import bp

LONGEST_NAME = 200


@bp.get("")
@requires(Permission.IMPORT)
def index() -> ResponseReturnValue:
    return _index(UploadForm(formdata=None))


def _index(form: UploadForm) -> str:
    viewer = current_actor()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    return page(
        "transfer/index.html",
        form=form,
        region=region_of(viewer, region_id),
        runs=queries.latest_runs(db.session, region_id),
        under_way=uploads.under_way(db.session, viewer, region_id),
        State=State,
        words_of=lambda holds, number: counted.of(counted.PLAIN, holds, number),
    )


def region_of(viewer: Actor, region_id: int) -> dict[str, Any]:
    return {"id": region_id, "name": viewer.region_names.get(region_id, "")}


def language() -> str:
    return str(get_locale() or "nb")


def asked_of(kept: ImportUpload) -> Asked:
    """Give a kept file with what its user has said of it. Raises NotFound once it is gone."""
    if kept.content is None:
        raise NotFound("no_such_import")
    return Asked(kept.region_id, kept.content, kept.said, kept.sheet, kept.mapping)


@bp.post("")
@requires(Permission.IMPORT)
def upload() -> ResponseReturnValue:
    viewer = current_actor()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    form = UploadForm()
    if not form.validate():
        return _index(form), 422
    content = form.file.data.read()
    asked = Asked(region_id, content, form.holds.data if form.holds.data in KINDS else None)
    looked = None
    if not is_large(content):
        try:  # before the turn to write comes: reading takes the longest
            looked = look_over(asked)
        except (HeaderError, SheetError) as error:
            form.add_error("file", explain_problem(error))
            return _index(form), 422
    name = (form.file.data.filename or "").replace("\\", "/").rpartition("/")[2][:LONGEST_NAME]
    kept = operations.keep_upload(
        db.session, viewer, asked, file_name=name or _("list"), locale=language(), looked=looked
    )
    needs_columns = looked is not None and looked.state == State.COLUMNS
    return go_to(f"/import/{kept.id}" + ("/kolonner" if needs_columns else ""))


@bp.get("/<int:upload_id>")
@requires(Permission.IMPORT)
def look(upload_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    kept = uploads.get_upload(db.session, viewer, upload_id)
    if kept.state == State.COLUMNS:
        return go_to(f"/import/{upload_id}/kolonner")
    if kept.state == State.READY:
        return _preview(viewer, kept)
    if kept.state == State.DONE and kept.run_id is not None:
        return go_to(f"/import/kjoringer/{kept.run_id}")
    return _progress(viewer, kept)


@bp.get("/<int:upload_id>/framdrift")
@requires(Permission.IMPORT)
def progress(upload_id: int) -> ResponseReturnValue:
    """Say how far a file has come; when there is something else to see, lead there."""
    viewer = current_actor()
    kept = uploads.get_upload(db.session, viewer, upload_id)
    if kept.state not in uploads.WORKING:
        return go_to(f"/import/{upload_id}")
    return _progress(viewer, kept, "transfer/_polled.html")


def _progress(viewer: Actor, kept: ImportUpload, template: str = "transfer/progress.html") -> str:
    return page(
        template,
        upload=kept,
        region=region_of(viewer, kept.region_id),
        progress=uploads.progress_of(db.session, kept, clock.now()),
        State=State,
        problem=explain_kept(kept.problem),
        is_working=kept.state in uploads.WORKING,
        has_rows_to_mend=kept.state == State.DONE and kept.to_mend is not None,
    )


def _preview(viewer: Actor, kept: ImportUpload) -> str:
    kind, found = KINDS[kept.holds or ""], json.loads(kept.found or "{}")
    totals = {outcome: found["totals"][outcome.value] for outcome in Outcome}
    outcome = _asked_outcome()
    number = whole_number(request.args.get("side")) or 1
    shown = totals[outcome] if outcome else sum(totals.values())
    return page(
        "transfer/preview.html",
        upload=kept,
        found=found,
        region=region_of(viewer, kept.region_id),
        kind=kind,
        others=[one for one in LISTS.values() if one is not kind],
        totals=totals,
        outcomes=Outcome,
        outcome=outcome,
        is_other_language=kept.locale != language(),
        said=counted.SAID[kind.name](),
        new_words=counted.of(counted.NEW, kind.name, totals[Outcome.NEW]),
        button_words=counted.of(counted.BRING_IN, kind.name, totals[Outcome.NEW]),
        heads=preview.LOOKS[kind.name].heads,
        lines=uploads.page_of(db.session, kept.id, outcome.value if outcome else "", number),
        columns=[(str(kind.labels[key]), label) for key, label in found["columns"]],
        sheets=json.loads(kept.sheets or "[]"),
        pages=_pages(kept.id, outcome, number, -(-shown // preview.PAGE)),
    )


def _asked_outcome() -> Outcome | None:
    wanted = request.args.get("vis", "")
    return Outcome(wanted) if wanted in set(Outcome) else None


def _pages(upload_id: int, outcome: Outcome | None, number: int, of: int) -> dict[str, Any]:
    def address(side: int) -> str:
        shown = f"&vis={outcome}" if outcome else ""
        return f"/import/{upload_id}?side={side}{shown}"

    return {
        "number": number,
        "of": of,
        "previous_url": address(number - 1) if number > 1 else None,
        "next_url": address(number + 1) if number < of else None,
    }


@bp.post("/<int:upload_id>")
@requires(Permission.IMPORT)
def bring_in(upload_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    with db.peek() as session:
        # The list is read before the turn to write comes: that takes the longest.
        kept = uploads.get_upload(session, viewer, upload_id)
        kind = KINDS.get(kept.holds or "")
        if kept.state != State.READY or kind is None:
            return go_to(f"/import/{upload_id}")
        entries = None
        if not kept.is_large:
            entries = read_entries(asked_of(kept), kind, kept.mapping, kind.words(session))
    kept = uploads.get_upload(db.session, viewer, upload_id)
    if operations.begin_import(db.session, viewer, kept) and entries is not None:
        source = Source(kept.file_name, kept.file_sha256)
        done = kind.bring_in(db.session, viewer, kept.region_id, entries, source)
        operations.note_import(db.session, upload_id, done.run.id if done.run else None)
        if done.run:
            return go_to(f"/import/kjoringer/{done.run.id}")
    return go_to(f"/import/{upload_id}")


@bp.get("/<int:upload_id>/feil.xlsx")
@requires(Permission.IMPORT)
def to_mend(upload_id: int) -> ResponseReturnValue:
    kept = uploads.get_upload(db.session, current_actor(), upload_id)
    if kept.to_mend is None:
        raise NotFound("no_such_import")
    stem = kept.file_name.rpartition(".")[0] or kept.file_name
    return download(kept.to_mend, f"{stem} - {_('to mend')}.xlsx")


@bp.get("/kjoringer/<int:run_id>")
@requires(Permission.IMPORT)
def run(run_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = queries.get_run(db.session, viewer, run_id)
    seen, seen_url = counted.SEEN["ideas" if found.holds == "archive" else found.holds]
    kept = uploads.upload_of_run(db.session, viewer, run_id)
    return page(
        "transfer/run.html",
        found=found,
        done_words=counted.of(counted.DONE, found.holds, found.run.accepted),
        seen_words=seen(),
        seen_url=seen_url,
        run=found.run,
        region=region_of(viewer, found.run.region_id),
        upload_id=kept.id if kept else None,
        may_undo=found.run.recorded_by_id == viewer.id or viewer.may(Permission.IDEA_CORRECT_ANY),
    )
