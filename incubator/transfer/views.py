"""The import: a file, its columns, a preview row by row, the import, the rows to mend."""

import hashlib
import io
import json
from typing import Any

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.forms import whole_number
from incubator.core.sheets import SheetError, as_xlsx
from incubator.core.web import download, go_to, page
from incubator.reference.queries import choose_region
from incubator.transfer import operations, preview, queries
from incubator.transfer.bulk import Source
from incubator.transfer.forms import UploadForm, mapping_form
from incubator.transfer.headers import Header, HeaderError, column_letter
from incubator.transfer.lists import IdeaList, read_list
from incubator.transfer.messages import KEY_LABELS, explain_problem
from incubator.transfer.models import ImportUpload
from incubator.transfer.plan import Plan, make_plan
from incubator.transfer.preview import Outcome
from incubator.transfer.report import rows_to_mend
from incubator.transfer.words import NEEDED_KEYS

bp = Blueprint("transfer", __name__, url_prefix="/import")

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
        region=_region(viewer, region_id),
        runs=queries.latest_runs(db.session, region_id),
    )


def _region(viewer: Actor, region_id: int) -> dict[str, Any]:
    return {"id": region_id, "name": viewer.region_names.get(region_id, "")}


@bp.post("")
@requires(Permission.IMPORT)
def upload() -> ResponseReturnValue:
    viewer = current_actor()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    form = UploadForm()
    if not form.validate():
        return _index(form), 422
    content = form.file.data.read()
    needs_columns = False
    try:
        with db.peek() as session:
            _read(session, content, None)
    except HeaderError as error:
        needs_columns = error.code == "mapping_needed"
        if not needs_columns:
            form.add_error("file", explain_problem(error))
            return _index(form), 422
    except SheetError as error:
        form.add_error("file", explain_problem(error))
        return _index(form), 422
    name = (form.file.data.filename or "").replace("\\", "/").rpartition("/")[2][:LONGEST_NAME]
    kept = operations.keep_upload(
        db.session, viewer, region_id, file_name=name or _("list"), content=content
    )
    return go_to(f"/import/{kept.id}/kolonner" if needs_columns else f"/import/{kept.id}")


def _read(session: db.Session, content: bytes, mapping: str | None) -> IdeaList:
    return read_list(
        io.BytesIO(content),
        clock.today(),
        mapping=json.loads(mapping) if mapping else None,
        stage_words=queries.stage_words(session),
    )


def _read_upload(session: db.Session, kept: ImportUpload) -> IdeaList:
    return _read(session, kept.content, kept.mapping)


def _plan(session: db.Session, kept: ImportUpload) -> Plan:
    ideas = _read_upload(session, kept)
    return make_plan(ideas, queries.known_to(session, kept.region_id, ideas))


@bp.get("/<int:upload_id>")
@requires(Permission.IMPORT)
def look(upload_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    kept = queries.get_upload(db.session, viewer, upload_id)
    try:
        plan = _plan(db.session, kept)
    except HeaderError:
        return go_to(f"/import/{upload_id}/kolonner")
    except SheetError as error:
        return _cannot_be_read(kept, error)
    outcome = _asked_outcome()
    number = whole_number(request.args.get("side")) or 1
    totals = preview.counts(plan)
    shown = totals[outcome] if outcome else sum(totals.values())
    header = plan.ideas.header
    return page(
        "transfer/preview.html",
        upload=kept,
        region=_region(viewer, kept.region_id),
        plan=plan,
        totals=totals,
        outcomes=Outcome,
        outcome=outcome,
        lines=preview.lines(plan, outcome, (number - 1) * preview.PAGE),
        columns=[(str(KEY_LABELS[key]), header.label(key)) for key in header.columns],
        skipped=preview.skipped(plan),
        pages=_pages(upload_id, outcome, number, -(-shown // preview.PAGE)),
    )


def _cannot_be_read(kept: ImportUpload, error: SheetError) -> ResponseReturnValue:
    """Say what is wrong with a file whose columns had to be told before the rest was read."""
    flash(explain_problem(error), "error")
    return go_to(f"/import?region={kept.region_id}")


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


@bp.get("/<int:upload_id>/kolonner")
@requires(Permission.IMPORT)
def columns_form(upload_id: int) -> ResponseReturnValue:
    kept = queries.get_upload(db.session, current_actor(), upload_id)
    return _columns(db.session, kept)


def _columns(session: db.Session, kept: ImportUpload, problem: str = "") -> str:
    """Show the choice of columns, filled in as far as they can be told."""
    asking: list[str] = []
    try:
        columns, chosen = _told(_read_upload(session, kept).header)
    except HeaderError as error:
        if error.code != "mapping_needed":
            raise
        columns, chosen = error.details["headers"], error.details["chosen"]
        asking = [*error.details["missing"], *error.details["ambiguous"]]
    return page(
        "transfer/columns.html",
        upload=kept,
        region=_region(current_actor(), kept.region_id),
        form=mapping_form(columns, chosen),
        asking=[str(KEY_LABELS[key]) for key in asking],
        problem=problem,
        needed=NEEDED_KEYS,
    )


def _told(header: Header) -> tuple[list[tuple[str, str]], dict[str, str]]:
    columns = [(column_letter(index), text) for index, text in header.labels.items()]
    chosen = {key: f"[{column_letter(index)}]" for key, index in header.columns.items()}
    return columns, chosen


@bp.post("/<int:upload_id>/kolonner")
@requires(Permission.IMPORT)
def columns(upload_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    mapping = {key: request.form.get(key, "")[:LONGEST_NAME] for key in KEY_LABELS}
    with db.peek() as session:
        kept = queries.get_upload(session, viewer, upload_id)
        if not all(mapping[key] for key in NEEDED_KEYS):
            return _columns(session, kept, _("Choose the columns of the title and the stage.")), 422
        try:
            _read(session, kept.content, json.dumps(mapping))
        except HeaderError as error:
            return _columns(session, kept, explain_problem(error)), 422
        except SheetError as error:
            return _cannot_be_read(kept, error)
    kept = queries.get_upload(db.session, viewer, upload_id)
    operations.set_mapping(db.session, kept, json.dumps(mapping))
    return go_to(f"/import/{upload_id}")


@bp.post("/<int:upload_id>")
@requires(Permission.IMPORT)
def bring_in(upload_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    with db.peek() as session:
        # The list is read before the turn to write comes: that takes the longest.
        kept = queries.get_upload(session, viewer, upload_id)
        try:
            ideas = _read_upload(session, kept)
        except (HeaderError, SheetError):
            return go_to(f"/import/{upload_id}")
    source = Source(kept.file_name, hashlib.sha256(kept.content).hexdigest())
    done = operations.import_ideas(db.session, viewer, kept.region_id, ideas, source)
    if done.run is None:
        flash(_("Nothing in the list was new, so nothing was imported."), "info")
        return go_to(f"/import/{upload_id}")
    return go_to(f"/import/kjoringer/{done.run.id}?liste={upload_id}")


@bp.get("/<int:upload_id>/feil.xlsx")
@requires(Permission.IMPORT)
def to_mend(upload_id: int) -> ResponseReturnValue:
    kept = queries.get_upload(db.session, current_actor(), upload_id)
    content = as_xlsx(rows_to_mend(_read_upload(db.session, kept)))
    stem = kept.file_name.rpartition(".")[0] or kept.file_name
    return download(content, f"{stem} - {_('to mend')}.xlsx")


@bp.get("/kjoringer/<int:run_id>")
@requires(Permission.IMPORT)
def run(run_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = queries.get_run(db.session, viewer, run_id)
    return page(
        "transfer/run.html",
        found=found,
        run=found.run,
        region=_region(viewer, found.run.region_id),
        upload_id=_standing_upload(viewer, found.run.file_sha256),
        may_undo=found.run.recorded_by_id == viewer.id or viewer.may(Permission.IDEA_CORRECT_ANY),
    )


def _standing_upload(viewer: Actor, sha256: str) -> int | None:
    """Give the number of the file of an import, while it is kept."""
    number = whole_number(request.args.get("liste"))
    if number is None:
        return None
    found = queries.find_upload(db.session, viewer, number)
    if found is None or hashlib.sha256(found.content).hexdigest() != sha256:
        return None
    return found.id
