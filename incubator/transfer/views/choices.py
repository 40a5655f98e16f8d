"""What the user of a list says of it: which sheet, which kind, which column is which."""

import json

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.sheets import SheetError
from incubator.core.web import go_to, page
from incubator.transfer.forms import mapping_form
from incubator.transfer.headers import HeaderError
from incubator.transfer.kinds import LISTS, Kind
from incubator.transfer.messages import explain_problem
from incubator.transfer.models import ImportUpload
from incubator.transfer.operations import keep_mapping
from incubator.transfer.uploads import operations, queries as uploads
from incubator.transfer.uploads.looking import (
    Asked,
    Looked,
    is_large,
    look_over,
    read_header,
    told_columns,
)
from incubator.transfer.views.blueprint import bp
from incubator.transfer.views.imports import LONGEST_NAME, asked_of, language, region_of


@bp.get("/<int:upload_id>/kolonner")
@requires(Permission.IMPORT)
def columns_form(upload_id: int) -> ResponseReturnValue:
    kept = uploads.get_upload(db.session, current_actor(), upload_id)
    kind = LISTS.get(request.args.get("som", "") or kept.holds or "")
    if kept.content is None or kind is None:  # imported, or a file that says what its columns are
        return go_to(f"/import/{upload_id}")
    return _ask_for_columns(kept, kind)


def _ask_for_columns(kept: ImportUpload, kind: Kind, problem: str = "") -> ResponseReturnValue:
    """Ask for the columns, or say that the list is no such list."""
    try:
        return _columns(kept, kind, problem), 422 if problem else 200
    except (HeaderError, SheetError) as error:
        flash(explain_problem(error), "error")
        return go_to(f"/import/{kept.id}" if kind.name != kept.holds else _start(kept))


def _start(kept: ImportUpload) -> str:
    return f"/import?region={kept.region_id}"


def _columns(kept: ImportUpload, kind: Kind, problem: str) -> str:
    """Show the choice of columns, filled in as far as they can be told.

    Raises HeaderError where no row looks like the header of such a list.
    """
    asking: list[str] = []
    mapping = kept.mapping if kind.name == kept.holds else None
    try:
        columns, chosen = told_columns(read_header(asked_of(kept), kind, mapping)[1])
    except HeaderError as error:
        if error.code != "mapping_needed":
            raise
        columns, chosen = error.details["headers"], error.details["chosen"]
        asking = [*error.details["missing"], *error.details["ambiguous"]]
    return page(
        "transfer/columns.html",
        upload=kept,
        region=region_of(current_actor(), kept.region_id),
        kind=kind,
        form=mapping_form(kind.name, columns, chosen),
        asking=[str(kind.labels[key]) for key in asking],
        problem=problem,
        needed=kind.vocabulary.needed,
        has_sheets=kept.sheets is not None,
    )


@bp.post("/<int:upload_id>/kolonner")
@requires(Permission.IMPORT)
def columns(upload_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    with db.peek() as session:
        kept = uploads.get_upload(session, viewer, upload_id)
        kind = LISTS.get(request.form.get("som", "") or kept.holds or "")
        if kept.content is None or kind is None:
            return go_to(f"/import/{upload_id}")
        mapping = {key: request.form.get(key, "")[:LONGEST_NAME] for key in kind.labels}
        if not all(mapping[key] for key in kind.vocabulary.needed):
            return _ask_for_columns(kept, kind, str(kind.choose_needed))
        said = json.dumps(mapping)
        asked = Asked(kept.region_id, kept.content, kind.name, kept.sheet, said)
        try:
            _sheet, header = read_header(asked, kind, said)
            looked = _look_now(asked)
        except (HeaderError, SheetError) as error:
            return _ask_for_columns(kept, kind, explain_problem(error))
    kept = uploads.get_upload(db.session, viewer, upload_id)
    operations.ask_again(db.session, viewer, kept, asked, locale=language(), looked=looked)
    keep_mapping(db.session, viewer, kept.region_id, kind.name, header.labels.values(), said)
    return go_to(f"/import/{upload_id}")


def _look_now(asked: Asked) -> Looked | None:
    """Read a small file at once; a large one is left to the worker."""
    return None if is_large(asked.content) else look_over(asked)


@bp.get("/<int:upload_id>/ark")
@requires(Permission.IMPORT)
def sheets_form(upload_id: int) -> ResponseReturnValue:
    kept = uploads.get_upload(db.session, current_actor(), upload_id)
    if kept.content is None or kept.sheets is None:
        return go_to(f"/import/{upload_id}")
    return _sheets(kept)


def _sheets(kept: ImportUpload, problem: str = "") -> str:
    found = json.loads(kept.found or "{}")
    return page(
        "transfer/sheets.html",
        upload=kept,
        region=region_of(current_actor(), kept.region_id),
        sheets=json.loads(kept.sheets or "[]"),
        chosen=request.form.get("ark") or kept.sheet or found.get("sheet"),
        problem=problem,
    )


@bp.post("/<int:upload_id>/ark")
@requires(Permission.IMPORT)
def sheets(upload_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    with db.peek() as session:
        kept = uploads.get_upload(session, viewer, upload_id)
        if kept.content is None or kept.sheets is None:
            return go_to(f"/import/{upload_id}")
        name = request.form.get("ark", "")
        if name not in {one["name"] for one in json.loads(kept.sheets)}:
            return _sheets(kept, _("Choose a sheet.")), 422
        asked = Asked(kept.region_id, kept.content, kept.said, name)
        try:
            looked = _look_now(asked)
        except (HeaderError, SheetError) as error:
            return _sheets(kept, explain_problem(error)), 422
    kept = uploads.get_upload(db.session, viewer, upload_id)
    operations.ask_again(db.session, viewer, kept, asked, locale=language(), looked=looked)
    return go_to(f"/import/{upload_id}")


@bp.post("/<int:upload_id>/igjen")
@requires(Permission.IMPORT)
def again(upload_id: int) -> ResponseReturnValue:
    """Begin again with a file: work that was interrupted goes on, else it is read anew."""
    viewer = current_actor()
    with db.peek() as session:
        kept = uploads.get_upload(session, viewer, upload_id)
        asked = looked = None
        if kept.state not in uploads.WORKING and kept.content is not None:
            asked = asked_of(kept)
            try:
                looked = _look_now(asked)
            except (HeaderError, SheetError) as error:
                flash(explain_problem(error), "error")
                return go_to(_start(kept))
    kept = uploads.get_upload(db.session, viewer, upload_id)
    if asked is None:
        operations.begin_again(db.session, viewer, kept)
    else:
        operations.ask_again(db.session, viewer, kept, asked, locale=language(), looked=looked)
    return go_to(f"/import/{upload_id}")


@bp.post("/<int:upload_id>/slett")
@requires(Permission.IMPORT)
def drop(upload_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    kept = uploads.get_upload(db.session, viewer, upload_id)
    where = _start(kept)
    operations.drop_upload(db.session, viewer, kept)
    return go_to(where)
