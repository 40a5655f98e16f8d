"""The import: a file, its columns, a preview row by row, the import, the rows to mend."""

import hashlib
import io
import json
from dataclasses import dataclass
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.forms import whole_number
from incubator.core.sheets import SheetError, as_xlsx
from incubator.core.web import download, go_to, page
from incubator.reference.queries import choose_region
from incubator.transfer import counted, operations, preview, queries
from incubator.transfer.bulk import Source
from incubator.transfer.forms import UploadForm, mapping_form
from incubator.transfer.headers import Header, HeaderError, column_letter
from incubator.transfer.kinds import KINDS, LISTS, Kind, guess_kind
from incubator.transfer.lists import ListOf
from incubator.transfer.messages import explain_problem
from incubator.transfer.models import ImportUpload
from incubator.transfer.preview import Outcome
from incubator.transfer.report import rows_to_mend
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
        region=_region(viewer, region_id),
        runs=queries.latest_runs(db.session, region_id),
        words_of=lambda holds, number: counted.of(counted.PLAIN, holds, number),
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
    said = KINDS.get(form.holds.data)
    try:
        kind = said or guess_kind(io.BytesIO(content))
        with db.peek() as session:
            found = _first_look(session, region_id, kind, content, is_said=said is not None)
    except (HeaderError, SheetError) as error:
        form.add_error("file", explain_problem(error))
        return _index(form), 422
    name = (form.file.data.filename or "").replace("\\", "/").rpartition("/")[2][:LONGEST_NAME]
    kept = operations.keep_upload(
        db.session, viewer, region_id, file_name=name or _("list"), content=content,
        holds=found.holds, is_guessed=said is None and found.mapping is None,
        mapping=found.mapping,
    )  # fmt: skip
    if found.needs_columns:
        return go_to(f"/import/{kept.id}/kolonner")
    return go_to(f"/import/{kept.id}" + ("?husket=1" if found.mapping else ""))


@dataclass(frozen=True)
class _Found:
    """What a list that is handed in holds, and which column is which if that was said before."""

    holds: str
    mapping: str | None = None
    needs_columns: bool = False


def _first_look(
    session: db.Session, region_id: int, kind: Kind, content: bytes, *, is_said: bool
) -> _Found:
    """Read a list once, as its headers say or as was said of them before.

    Raises SheetError when the file cannot be read, HeaderError when it is no such list.
    """
    try:
        headers = list(_read(session, kind, content, None).header.labels.values())
        needs_columns = False
    except HeaderError as error:
        if error.code != "mapping_needed":
            raise
        headers, needs_columns = [text for _letter, text in error.details["headers"]], True
    saved = queries.saved_mapping(session, region_id, headers, kind.name if is_said else None)
    if saved is not None and saved.holds in LISTS:
        try:
            _read(session, KINDS[saved.holds], content, saved.mapping)
        except HeaderError:  # it was said of a list that has changed since
            return _Found(kind.name, None, needs_columns)
        return _Found(saved.holds, saved.mapping)
    return _Found(kind.name, None, needs_columns)


def _read(session: db.Session, kind: Kind, content: bytes, mapping: str | None) -> ListOf[Any]:
    chosen = json.loads(mapping) if mapping else None
    return kind.read(io.BytesIO(content), kind.words(session), mapping=chosen)


def _read_upload(session: db.Session, kept: ImportUpload) -> ListOf[Any]:
    return _read(session, KINDS[kept.holds], kept.content, kept.mapping)


@bp.get("/<int:upload_id>")
@requires(Permission.IMPORT)
def look(upload_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    kept = queries.get_upload(db.session, viewer, upload_id)
    kind = KINDS[kept.holds]
    try:
        entries = _read_upload(db.session, kept)
    except HeaderError:
        return go_to(f"/import/{upload_id}/kolonner")
    except SheetError as error:
        return _cannot_be_read(kept, error)
    plan = kind.plan(db.session, kept.region_id, entries)
    outcome = _asked_outcome()
    number = whole_number(request.args.get("side")) or 1
    totals = preview.counts(plan)
    shown = totals[outcome] if outcome else sum(totals.values())
    header = entries.header
    return page(
        "transfer/preview.html",
        upload=kept,
        region=_region(viewer, kept.region_id),
        kind=kind,
        others=[one for one in LISTS.values() if one is not kind],
        entries=entries,
        totals=totals,
        outcomes=Outcome,
        outcome=outcome,
        is_remembered="husket" in request.args,
        said=counted.SAID[kind.name](),
        new_words=counted.of(counted.NEW, kind.name, totals[Outcome.NEW]),
        button_words=counted.of(counted.BRING_IN, kind.name, totals[Outcome.NEW]),
        heads=preview.LOOKS[kind.name].heads,
        lines=preview.lines(kind, plan, outcome, (number - 1) * preview.PAGE),
        columns=[(str(kind.labels[key]), header.label(key)) for key in header.columns],
        skipped=preview.skipped(plan),
        pages=_pages(upload_id, outcome, number, -(-shown // preview.PAGE)),
    )


def _cannot_be_read(kept: ImportUpload, error: SheetError) -> ResponseReturnValue:
    """Say what is wrong with a file whose columns had to be told before the rest was read."""
    flash(explain_problem(error), "error")
    return go_to(_start(kept))


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
    kind = LISTS.get(request.args.get("som", ""), KINDS[kept.holds])
    if kind.name not in LISTS:  # a file that says itself what its columns are
        return go_to(f"/import/{upload_id}")
    return _ask_for_columns(db.session, kept, kind)


def _ask_for_columns(
    session: db.Session, kept: ImportUpload, kind: Kind, problem: str = ""
) -> ResponseReturnValue:
    """Ask for the columns, or say that the list is no such list."""
    try:
        return _columns(session, kept, kind, problem), 422 if problem else 200
    except HeaderError as error:
        flash(explain_problem(error), "error")
        return go_to(f"/import/{kept.id}" if kind.name != kept.holds else _start(kept))


def _start(kept: ImportUpload) -> str:
    return f"/import?region={kept.region_id}"


def _columns(session: db.Session, kept: ImportUpload, kind: Kind, problem: str) -> str:
    """Show the choice of columns, filled in as far as they can be told.

    Raises HeaderError where no row looks like the header of such a list.
    """
    asking: list[str] = []
    mapping = kept.mapping if kind.name == kept.holds else None
    try:
        columns, chosen = _told(_read(session, kind, kept.content, mapping).header)
    except HeaderError as error:
        if error.code != "mapping_needed":
            raise
        columns, chosen = error.details["headers"], error.details["chosen"]
        asking = [*error.details["missing"], *error.details["ambiguous"]]
    return page(
        "transfer/columns.html",
        upload=kept,
        region=_region(current_actor(), kept.region_id),
        kind=kind,
        form=mapping_form(kind.name, columns, chosen),
        asking=[str(kind.labels[key]) for key in asking],
        problem=problem,
        needed=kind.vocabulary.needed,
    )


def _told(header: Header) -> tuple[list[tuple[str, str]], dict[str, str]]:
    columns = [(column_letter(index), text) for index, text in header.labels.items()]
    chosen = {key: f"[{column_letter(index)}]" for key, index in header.columns.items()}
    return columns, chosen


@bp.post("/<int:upload_id>/kolonner")
@requires(Permission.IMPORT)
def columns(upload_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    with db.peek() as session:
        kept = queries.get_upload(session, viewer, upload_id)
        kind = KINDS.get(request.form.get("som", ""), KINDS[kept.holds])
        mapping = {key: request.form.get(key, "")[:LONGEST_NAME] for key in kind.labels}
        if not all(mapping[key] for key in kind.vocabulary.needed):
            return _ask_for_columns(session, kept, kind, str(kind.choose_needed))
        try:
            header = _read(session, kind, kept.content, json.dumps(mapping)).header
        except HeaderError as error:
            return _ask_for_columns(session, kept, kind, explain_problem(error))
        except SheetError as error:
            return _cannot_be_read(kept, error)
    kept = queries.get_upload(db.session, viewer, upload_id)
    operations.set_mapping(db.session, kept, json.dumps(mapping), kind.name)
    operations.keep_mapping(db.session, viewer, kept, header.labels.values(), kept.mapping or "")
    return go_to(f"/import/{upload_id}")


@bp.post("/<int:upload_id>")
@requires(Permission.IMPORT)
def bring_in(upload_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    with db.peek() as session:
        # The list is read before the turn to write comes: that takes the longest.
        kept = queries.get_upload(session, viewer, upload_id)
        try:
            entries = _read_upload(session, kept)
        except (HeaderError, SheetError):
            return go_to(f"/import/{upload_id}")
    source = Source(kept.file_name, hashlib.sha256(kept.content).hexdigest())
    kind = KINDS[kept.holds]
    done = kind.bring_in(db.session, viewer, kept.region_id, entries, source)
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
    seen, seen_url = counted.SEEN["ideas" if found.holds == "archive" else found.holds]
    return page(
        "transfer/run.html",
        found=found,
        done_words=counted.of(counted.DONE, found.holds, found.run.accepted),
        seen_words=seen(),
        seen_url=seen_url,
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
