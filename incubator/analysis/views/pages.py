"""The parts of the analysis, each a page, and the tables of their figures as files."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l

from incubator.analysis.figure import Figure
from incubator.analysis.parts import ageing, cohorts, flow, origins, places, stays
from incubator.analysis.views import asked as asking
from incubator.analysis.views.asked import Asked
from incubator.analysis.views.blueprint import bp
from incubator.core import db
from incubator.core.access import Permission, requires
from incubator.core.errors import NotFound
from incubator.core.sheets import SheetOut, as_csv
from incubator.core.web import download, page
from incubator.goals.metrics import METRICS

PARTS: dict[str, tuple[Any, Any]] = {
    "flyt": (_l("Flow"), flow.figures),
    "tid": (_l("Time in stage"), stays.figures),
    "alder": (_l("Ageing"), ageing.figures),
    "kull": (_l("Cohorts"), cohorts.figures),
    "opphav": (_l("Origin and stops"), origins.figures),
    "steder": (_l("Places"), places.figures),
}


@bp.get("")
@requires(Permission.COUNTS_SEE)
def index() -> ResponseReturnValue:
    return _page("flyt")


@bp.get("/<any(flyt, tid, alder, kull, opphav, steder):part>")
@requires(Permission.COUNTS_SEE)
def part(part: str) -> ResponseReturnValue:
    return _page(part)


def _page(part: str) -> str:
    asked = asking.read()
    look = asked.look
    parts = [
        (look.address(_path(key)), str(label), key == part) for key, (label, _f) in PARTS.items()
    ]
    return page(
        "analysis/analysis.html",
        parts=parts,
        label=str(PARTS[part][0]),
        path=_path(part),
        figures=[(figure, _csv(asked, part, figure)) for figure in _figures(asked, part)],
        asked=asked,
        look=look,
        may_see_all=asking.may_see_all(asked.reader.viewer),
        metrics=_metrics() if part == "steder" else [],
    )


def _path(part: str) -> str:
    return "/analyse" if part == "flyt" else f"/analyse/{part}"


def _figures(asked: Asked, part: str) -> list[Figure]:
    look, reader = asked.look, asked.reader
    if part == "steder":
        return places.figures(db.session, reader, look, request.args.getlist("indikator"))
    found: list[Figure] = PARTS[part][1](db.session, reader, look)
    return found


def _metrics() -> list[tuple[str, str, bool]]:
    """List the metrics to choose from, and whether each is chosen."""
    keys = {metric.key for metric in places.chosen(request.args.getlist("indikator"))}
    return [(metric.key, str(metric.label), metric.key in keys) for metric in METRICS]


def _csv(asked: Asked, part: str, figure: Figure) -> str:
    more: dict[str, Any] = {"indikator": figure.key} if part == "steder" else {}
    return asked.look.address(f"/analyse/{part}/{figure.key}.csv", **more)


@bp.get("/<any(flyt, tid, alder, kull, opphav, steder):part>/<figure>.csv")
@requires(Permission.COUNTS_SEE)
def table(part: str, figure: str) -> ResponseReturnValue:
    """Answer with the table of a figure as a file."""
    asked = asking.read()
    found = next((one for one in _figures(asked, part) if one.key == figure), None)
    if found is None:
        raise NotFound("no_such_metric")
    sheet = SheetOut(found.title, [str(label) for label in found.header], found.lines())
    name = f"{_('Analysis')} {found.title} {asked.look.as_of}.csv"
    return download(as_csv(sheet), name)
