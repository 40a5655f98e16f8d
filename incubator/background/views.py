"""Background figures: the series with their tables and charts, and how figures come in."""

import base64
import binascii
import io
from typing import Any

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.background import chart, operations, queries
from incubator.background.forms import FigureForm, LoadForm, SeriesForm, VoidForm
from incubator.background.loading import Reading, read_figures
from incubator.background.models import Figure, Series
from incubator.background.queries import Shown
from incubator.background.words import ROW_PROBLEMS, explain
from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.forms import whole_number
from incubator.core.refusals import sentence
from incubator.core.sheets import SheetError
from incubator.core.web import go_to, is_htmx, page
from incubator.reference.models import Municipality
from incubator.reference.queries import choose_region, municipalities_in, municipalities_of

bp = Blueprint("background", __name__, url_prefix="/bakgrunnstall")
LARGEST = 2 * 1024 * 1024
BAD_SHOWN = 200


@bp.get("")
@requires(Permission.COUNTS_SEE)
def index() -> ResponseReturnValue:
    viewer, today = current_actor(), clock.today()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    names = {row[0]: row[2] for row in municipalities_of(db.session, region_id)}
    every = queries.figures_of(db.session, names, today)
    found = queries.list_series(db.session)
    return page(
        "background/index.html",
        region={"id": region_id, "name": viewer.region_names[region_id]},
        series=[_shown(one, [f for f in every if f.series_id == one.id], names) for one in found],
        names=names,
        may_edit=viewer.may(Permission.GOAL_EDIT),
    )


def _shown(one: Series, figures: list[Shown], names: dict[int, str]) -> dict[str, Any]:
    """Give a series with its figures as a table of days and municipalities, and as a chart."""
    days = sorted({figure.on for figure in figures}, reverse=True)
    by_place = {(figure.on, figure.municipality_id): figure for figure in figures}
    return {
        "series": one,
        "rows": [(on, [by_place.get((on, place)) for place in names]) for on in days],
        "spec": chart.lines(one.name, figures, names) if len(days) > 1 else None,
        "retrieved_on": max((f.retrieved_on for f in figures if f.retrieved_on), default=None),
    }


@bp.get("/<series_key>")
@requires(Permission.COUNTS_SEE)
def history(series_key: str) -> ResponseReturnValue:
    """Show everything that was entered of a series, with what was voided."""
    viewer = current_actor()
    series = queries.get_series(db.session, series_key)
    return page(
        "background/history.html",
        series=series,
        past=queries.history(db.session, viewer, series.id),
        may_edit=viewer.may(Permission.GOAL_EDIT),
    )


@bp.get("/ny")
@requires(Permission.GOAL_EDIT)
def new_form() -> ResponseReturnValue:
    return _dialog("ny", SeriesForm(formdata=None))


@bp.post("")
@requires(Permission.GOAL_EDIT)
def make() -> ResponseReturnValue:
    form = SeriesForm()
    if not form.validate():
        return _dialog("ny", form), 422
    try:
        made = operations.make_series(
            db.session, current_actor(), key=form.key.data or "", **form.values()
        )
    except RuleBroken as no:
        return _dialog("ny", _told(form, no)), 422
    flash(_("The series is made."), "success")
    return go_to(f"/bakgrunnstall/{made.key}")


@bp.get("/<series_key>/rediger")
@requires(Permission.GOAL_EDIT)
def edit_form(series_key: str) -> ResponseReturnValue:
    series = queries.get_series(db.session, series_key)
    return _dialog("rediger", SeriesForm(formdata=None, obj=series), series)


@bp.post("/<series_key>/rediger")
@requires(Permission.GOAL_EDIT)
def edit(series_key: str) -> ResponseReturnValue:
    series, form = queries.get_series(db.session, series_key), SeriesForm()
    form.key.data = series.key
    form.key.validators = []
    if not form.validate():
        return _dialog("rediger", form, series), 422
    try:
        operations.edit_series(db.session, current_actor(), series, form.values())
    except RuleBroken as no:
        return _dialog("rediger", _told(form, no), series), 422
    flash(_("Saved."), "success")
    return go_to(f"/bakgrunnstall/{series.key}")


@bp.get("/<series_key>/tall")
@requires(Permission.GOAL_EDIT)
def figure_form(series_key: str) -> ResponseReturnValue:
    series = queries.get_series(db.session, series_key)
    return _dialog("tall", FigureForm(formdata=None, retrieved_on=clock.today()), series)


@bp.post("/<series_key>/tall")
@requires(Permission.GOAL_EDIT)
def enter(series_key: str) -> ResponseReturnValue:
    viewer, form = current_actor(), FigureForm()
    series = queries.get_series(db.session, series_key)
    _offer(form)
    if not form.validate():
        return _dialog("tall", form, series), 422
    on, value = form.figure()
    try:
        operations.enter_figure(
            db.session, viewer, series, municipality_id=form.municipality_id.data, on=on,
            value=value, source=form.source.data or "", retrieved_on=form.retrieved_on.data,
        )  # fmt: skip
    except RuleBroken as no:
        return _dialog("tall", _told(form, no), series), 422
    flash(_("The figure is entered."), "success")
    return go_to(f"/bakgrunnstall/{series.key}")


def _offer(form: FigureForm) -> None:
    form.municipality_id.choices = [
        ("", "–"), *municipalities_in(db.session, current_actor())
    ]  # fmt: skip


def _told(form: Any, no: RuleBroken) -> Any:
    for field in no.fields or ("",):
        form.add_error(field, sentence(no.code, no.details))
    return form


def _dialog(
    verb: str, form: Any, series: Series | None = None, figure: Figure | None = None
) -> str:
    if isinstance(form, FigureForm):
        _offer(form)
    base = f"/bakgrunnstall/{series.key}" if series else "/bakgrunnstall"
    place = db.session.get(Municipality, figure.municipality_id) if figure else None
    return page(
        "background/dialog.html",
        block="dialog" if is_htmx() else None,
        verb=verb, form=form, series=series, figure=figure, place=place, back=base,
        action=request.path if request.method == "POST" else _action(verb, base, figure),
    )  # fmt: skip


def _action(verb: str, base: str, figure: Figure | None) -> str:
    if figure is not None:
        return f"{base}/tall/{figure.id}/trekk-tilbake"
    return base if verb == "ny" else f"{base}/{verb}"


@bp.get("/<series_key>/tall/<int:figure_id>/trekk-tilbake")
@requires(Permission.GOAL_EDIT)
def void_form(series_key: str, figure_id: int) -> ResponseReturnValue:
    series = queries.get_series(db.session, series_key)
    return _dialog("trekk", VoidForm(formdata=None), series, _figure(series, figure_id))


@bp.post("/<series_key>/tall/<int:figure_id>/trekk-tilbake")
@requires(Permission.GOAL_EDIT)
def void(series_key: str, figure_id: int) -> ResponseReturnValue:
    series, form = queries.get_series(db.session, series_key), VoidForm()
    found = _figure(series, figure_id)
    if not form.validate():
        return _dialog("trekk", form, series, found), 422
    operations.void_figure(db.session, current_actor(), found, reason=form.reason.data or "")
    flash(_("The figure is taken back. It stays readable here."), "success")
    return go_to(f"/bakgrunnstall/{series.key}")


def _figure(series: Series, figure_id: int) -> Figure:
    found = db.session.get(Figure, figure_id)
    here = found is not None and found.series_id == series.id and not found.is_voided
    if found is None or not here:
        raise NotFound("no_such_figure")
    if not queries.is_of(db.session, current_actor(), found.municipality_id):
        raise NotFound("no_such_figure")
    return found


@bp.get("/<series_key>/last-inn")
@requires(Permission.GOAL_EDIT)
def load_form(series_key: str) -> ResponseReturnValue:
    series = queries.get_series(db.session, series_key)
    return _load_page(series, LoadForm(formdata=None, retrieved_on=clock.today()))


@bp.post("/<series_key>/last-inn")
@requires(Permission.GOAL_EDIT)
def load(series_key: str) -> ResponseReturnValue:
    """Look at a file, and load it when it was looked at."""
    viewer, form = current_actor(), LoadForm()
    series = queries.get_series(db.session, series_key)
    content = _content(form)
    if not form.validate() or content is None:
        if content is None:
            form.add_error("file", _("Choose a file of at most 2 MB."))
        return _load_page(series, form), 422
    try:
        reading = read_figures(
            io.BytesIO(content), queries.places(db.session, viewer), clock.today()
        )
    except SheetError as error:
        form.add_error("file", explain(error))
        form.content.data = ""
        return _load_page(series, form), 422
    if "lagre" not in request.form:
        form.content.data = base64.b64encode(content).decode()
        return _load_page(series, form, reading)
    done = operations.load_figures(
        db.session, viewer, series, reading.entries, file_name=form.file_name.data or "",
        retrieved_on=form.retrieved_on.data,
    )  # fmt: skip
    flash(_("%(added)s new figures, %(changed)s changed, %(same)s were there already.",
            added=done.added, changed=done.changed, same=done.same), "success")  # fmt: skip
    return go_to(f"/bakgrunnstall/{series.key}")


def _content(form: LoadForm) -> bytes | None:
    """Give the file: the one chosen, or the one that was looked at."""
    if form.file.data:
        name = (form.file.data.filename or "").replace("\\", "/").rpartition("/")[2]
        form.file_name.data = name[:200]
        found = form.file.data.read(LARGEST + 1)
    else:
        try:
            found = base64.b64decode(form.content.data or "", validate=True)
        except (binascii.Error, ValueError):
            return None
    return found if 0 < len(found) <= LARGEST else None


def _load_page(series: Series, form: LoadForm, reading: Reading | None = None) -> str:
    lines: list[dict[str, Any]] = []
    if reading is not None:
        places = {entry.place.id for entry in reading.entries}
        before = queries.standing_values(db.session, series.id, places)
        for entry in reading.entries:
            old = before.get((entry.place.id, entry.on))
            if old is None or old.value != entry.value:
                lines.append({"entry": entry, "old": old.value if old else None})
    return page(
        "background/load.html",
        series=series,
        form=form,
        reading=reading,
        lines=lines[:BAD_SHOWN],
        added=sum(line["old"] is None for line in lines),
        changed=sum(line["old"] is not None for line in lines),
        same=len(reading.entries) - len(lines) if reading else 0,
        bad=[(one, ROW_PROBLEMS[one.code]) for one in (reading.bad if reading else [])][:BAD_SHOWN],
    )
