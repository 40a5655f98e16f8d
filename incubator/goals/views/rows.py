"""The rows behind every number: a permanent address, as a page and as files."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.clock import Period
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.formats import day as write_day, moment
from incubator.core.forms import parse_day, whole_number
from incubator.core.scope import View
from incubator.core.sheets import SheetOut, as_csv, as_xlsx
from incubator.core.web import download, page
from incubator.goals import metrics, queries
from incubator.goals.metrics import BY_KEY, Kind, Question, Unit
from incubator.goals.views.blueprint import bp, region_came_from
from incubator.reference.queries import choose_region, organisation_name, places_of
from incubator.visits.words import KIND_LABELS

EXPORTS = ("xlsx", "csv")
# What no idea stands behind: a partner learns how many there are, and not which.
NAMELESS = (metrics.Subject.INCUBATION, metrics.Subject.VISIT, metrics.Subject.COMPANY)


@bp.get("/tall/<key>")
@requires(Permission.COUNTS_SEE)
def rows(key: str) -> ResponseReturnValue:
    viewer = current_actor()
    if key not in BY_KEY:
        raise NotFound("no_such_metric")
    question = _asked(BY_KEY[key])
    number = max(1, whole_number(request.args.get("side")) or 1)
    found = queries.rows_page(db.session, viewer, question, offset=(number - 1) * queries.ROWS_PAGE)
    if number > 1 and not found.rows:
        raise NotFound("not_found")
    return page(
        "goals/rows.html",
        exports=[(kind.upper(), _export_address(key, kind)) for kind in EXPORTS],
        title=str(question.metric.label),
        filters_text=_described(question),
        total=found.total,
        rule="",
        withheld=found.withheld,
        is_of_ideas=question.metric.subject not in NAMELESS,
        unknown=_unknown(question),
        is_unknown=question.unknown,
        amount_label=_amount_label(question),
        rows=[_row(row, question) for row in found.rows],
        pages=_pages(number, found),
        region=region_came_from(viewer),
    )


def _amount_label(question: Question) -> str:
    return str(_("Number") if question.metric.unit == Unit.JOBS else _("Amount"))


def _export_address(key: str, kind: str) -> str:
    values = {name: value for name, value in request.args.items() if name != "side"}
    return f"/mal/tall/{key}.{kind}?{urlencode(values)}"


@bp.get("/tall/<key>.<any(csv, xlsx):kind>")
@requires(Permission.COUNTS_SEE)
def export(key: str, kind: str) -> ResponseReturnValue:
    """Answer with the rows behind a number as a file: those that the page shows, all of them."""
    if key not in BY_KEY:
        raise NotFound("no_such_metric")
    question = _asked(BY_KEY[key])
    found = queries.rows_page(db.session, current_actor(), question, limit=queries.MOST_EXPORTED)
    if found.has_more:
        raise RuleBroken("too_many_rows", most=queries.MOST_EXPORTED)
    sheet = _sheet(found, question)
    name = f"{question.metric.label} {question.period.first} {question.view.as_of}.{kind}"
    content = as_csv(sheet) if kind == "csv" else as_xlsx(sheet)
    return download(content, name)


def _sheet(found: queries.RowsPage, question: Question) -> SheetOut:
    header = [_("Number in the list"), _("What"), _("Company"), _("Municipality"), _("Date")]
    has_origin = question.metric.subject == metrics.Subject.IDEA
    if has_origin:
        header += [_("Visit on"), _("Visit by")]
    if question.metric.is_sum:
        header.append(_amount_label(question))
    rows = []
    for record in found.rows:
        row = _row(record, question)
        cells = [record["id"], str(row["label"]), record["company"], row["municipality"], row["on"]]
        if has_origin:
            origin = row.get("origin", {})
            cells += [origin.get("on"), origin.get("who")]
        if question.metric.is_sum:
            cells.append(float(row["amount"]) if row["amount"] is not None else None)
        rows.append(cells)
    return SheetOut(str(question.metric.label), header, rows)


def _asked(metric: metrics.Metric) -> Question:
    """Read metric, scope, period, as of and known at from the address."""
    viewer, today = current_actor(), clock.today()
    last = _day("til", today)
    as_of = _day("per", min(last, today))
    if as_of > today:
        raise RuleBroken("future_date")
    first = _day("fra", date(as_of.year, 1, 1))
    if "til" not in request.args:
        last = as_of
    if last < first:
        raise RuleBroken("period_order")
    return Question(
        metric,
        _of_organisation(metric, _narrowed(View(as_of, _known_at(), _regions(viewer)))),
        Period(first, last),
        unknown=request.args.get("ukjent") == "1" and metric.unknown is not None,
    )


def _regions(viewer: Actor) -> tuple[int, ...] | None:
    """Give the regions asked for. A whole county, or all, is counted but its text withheld."""
    if request.args.get("region") == "alle":
        return None
    return (choose_region(viewer, whole_number(request.args.get("region"))),)


def _narrowed(view: View) -> View:
    """Narrow a view to the county or the municipality that the address names."""
    if county := request.args.get("fylke", ""):
        found = places_of(db.session, {county})[county]
        if not found.municipality_ids:
            raise NotFound("not_found")
        return queries.inside(view, found)
    if "kommune" in request.args:
        municipality = whole_number(request.args["kommune"])
        return replace(view, municipality_ids=(municipality or 0,))
    return view


def _of_organisation(metric: metrics.Metric, view: View) -> View:
    """Narrow a view to the organisation that the address names. Raises NotFound."""
    if "organisasjon" not in request.args:
        return view
    number = whole_number(request.args["organisasjon"])
    if number is None or not metric.has_organisation:
        raise NotFound("not_found")
    return replace(view, organisation_id=number)


def _day(name: str, default: date) -> date:
    text = request.args.get(name, "")
    if not text:
        return default
    found = parse_day(text)
    if found is None:
        raise RuleBroken("bad_date")
    return found


def _known_at() -> datetime | None:
    text = request.args.get("kjent", "").replace(" ", "+")  # a plus sign is a space in an address
    if not text:
        return None
    try:
        day = parse_day(text)
        return clock.end_of(day) if day else clock.in_oslo(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise RuleBroken("bad_date") from None


def _described(question: Question) -> str:
    """Say in words what the address asks for: where, when, and as known when."""
    view, period = question.view, question.period
    as_of = write_day(view.as_of)
    when = _("As of %(day)s", day=as_of)
    if question.metric.kind == Kind.FLOW:
        first, last = write_day(period.first), write_day(period.last)
        when = _("From %(first)s to %(last)s, as of %(day)s", first=first, last=last, day=as_of)
    known = _("as known %(moment)s", moment=moment(view.known_at)) if view.known_at else ""
    whose = organisation_name(db.session, view.organisation_id) if view.organisation_id else ""
    return ", ".join(str(part) for part in (_where(view), whose, when, known) if part)


def _where(view: View) -> str:
    if view.region_ids is not None:
        return current_actor().region_names[view.region_ids[0]]
    return str(_("All regions") if view.municipality_ids is None else _("The whole county"))


def _unknown(question: Question) -> dict[str, Any] | None:
    if question.metric.unknown is None or question.unknown:
        return None
    asked = Question(question.metric, question.view, question.period, unknown=True)
    values = {k: v for k, v in request.args.items() if k != "side"} | {"ukjent": "1"}
    address = f"/mal/tall/{question.metric.key}?{urlencode(values)}"
    return {"count": metrics.value(db.session, asked), "href": address}


def _row(row: dict[str, Any], question: Question) -> dict[str, Any]:
    amount = row.get("amount")
    return {
        "label": row["title"] or row.get("what") or row["company"] or _("Without a name"),
        "href": f"/ideer/{row['idea_id']}" if row["idea_id"] else None,
        "sub": row["company"],
        "municipality": row["municipality"],
        "on": row["day"],
        "amount": amount if question.metric.is_sum else None,
        **_SHOWN_AS.get(question.metric.subject, _nothing_more)(row),
    }


def _nothing_more(_row: dict[str, Any]) -> dict[str, Any]:
    return {}


def _as_visit(row: dict[str, Any]) -> dict[str, Any]:
    kind = KIND_LABELS[row["visit_kind"]]
    parts = (str(kind), row["visitor"], row["organisation"])
    return {"label": " · ".join(filter(None, parts)), "href": f"/besok/{row['id']}"}


def _as_incubation(row: dict[str, Any]) -> dict[str, Any]:
    return {"href": f"/inkubator/{row['id']}", "sub": None}


def _as_company(row: dict[str, Any]) -> dict[str, Any]:
    return {"href": f"/bedrifter/{row['id']}/besok", "sub": None}


def _as_idea(row: dict[str, Any]) -> dict[str, Any]:
    """Say at which visit an idea came up, where the viewer may know of visits."""
    if not row.get("visit_id"):
        return {}
    who = " · ".join(filter(None, (row["visitor"], row["organisation"])))
    origin = {"href": f"/besok/{row['visit_id']}", "on": row["visited_on"], "who": who}
    return {"origin": origin}


_SHOWN_AS = {
    metrics.Subject.VISIT: _as_visit,
    metrics.Subject.COMPANY: _as_company,
    metrics.Subject.INCUBATION: _as_incubation,
    metrics.Subject.IDEA: _as_idea,
}


def _pages(number: int, found: queries.RowsPage) -> dict[str, Any]:
    visible = found.count - found.withheld

    def address(nth: int) -> str:
        return f"{request.path}?{urlencode({**request.args.to_dict(), 'side': nth})}"

    return {
        "number": number,
        "of": max(1, -(-visible // queries.ROWS_PAGE)),
        "previous_url": address(number - 1) if number > 1 else None,
        "next_url": address(number + 1) if found.has_more else None,
    }
