"""The goal strip, the goals, and the rows behind every number."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.clock import Period
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.formats import day as write_day, moment, span
from incubator.core.forms import parse_day, whole_number
from incubator.core.scope import View
from incubator.core.web import page
from incubator.goals import metrics, page as goal_page, progress, queries
from incubator.goals.metrics import BY_KEY, Kind, Question, Unit
from incubator.goals.progress import Outlook
from incubator.goals.queries import GoalLine, ProgrammeDetails
from incubator.reference.models import Programme
from incubator.reference.queries import (
    choose_region,
    organisation_name,
    places_of,
    programmes_in,
)  # fmt: skip
from incubator.visits.words import KIND_LABELS

bp = Blueprint("goals", __name__, url_prefix="/mal")
MOST_ON_STRIP = 6
# What no idea stands behind: a partner learns how many there are, and not which.
NAMELESS = (metrics.Subject.INCUBATION, metrics.Subject.VISIT, metrics.Subject.COMPANY)


@bp.get("/stripe")
@requires(Permission.COUNTS_SEE)
def strip() -> ResponseReturnValue:
    region_id = choose_region(current_actor(), whole_number(request.args.get("region")))
    today = clock.today()
    running = queries.goals_of_region(db.session, region_id, today)
    lines = queries.lines(db.session, running[:MOST_ON_STRIP], today)
    return page(
        "goals/strip.html",
        goals=[_goal(line, region_id) for line in lines],
        goals_url=f"/mal?region={region_id}",
    )


def _goal(line: GoalLine, region_id: int) -> dict[str, Any]:
    standing, goal = line.standing, line.goal
    return {
        "label": _goal_label(line),
        "so_far": standing.so_far,
        "target": standing.target,
        "percent": standing.percent,
        "expected": standing.expected,
        "page": f"/mal/{goal.id}",
        "expected_percent": min(100, standing.expected * 100 // standing.target),
        "is_on_track": standing.is_on_track,
        "is_ended": standing.is_over,
        "gap": standing.behind,
        "unit": _("NOK") if line.metric.unit == Unit.NOK else "",
        "rule": goal.counting_rule,
        "is_invented": goal.is_invented,
        "unknown": line.unknown,
        "is_reached": standing.is_reached,
        "place": _("the whole county") if goal.county else "",
        "programme": line.programme.name,
        "period_label": span(goal.from_on, goal.to_on),
        "href": rows_address(line, region_id),
    }


def _goal_label(line: GoalLine) -> str:
    """Name a goal by its metric; one of a whole county by its programme too."""
    label = str(line.metric.label)
    return f"{label} – {line.programme.name}" if line.goal.county else label


def rows_address(line: GoalLine, region_id: int) -> str:
    """Give the permanent address of the rows behind a goal's number."""
    goal, question = line.goal, line.question
    values = {
        "region": goal.region_id or "alle",
        "fylke": goal.county or "",
        "fra": question.period.first.isoformat(),
        "til": question.period.last.isoformat(),
        "per": question.view.as_of.isoformat(),
        "fra_region": region_id if goal.region_id is None else "",
    }
    return f"/mal/tall/{line.metric.key}?" + urlencode({k: v for k, v in values.items() if v})


# What the page of visits shows on top.
OF_VISITS = ("company_visits", "companies_visited", "ideas_from_industry")


@bp.get("/besok")
@requires(Permission.COUNTS_SEE)
def of_visits() -> ResponseReturnValue:
    """Answer with what has come of the year's visits so far: a part of the page of visits."""
    region_id = choose_region(current_actor(), whole_number(request.args.get("region")))
    today = clock.today()
    view, period = View(today, None, (region_id,)), clock.year_to(today)
    questions = [Question(BY_KEY[key], view, period) for key in OF_VISITS]
    found = zip(OF_VISITS, metrics.values(db.session, questions), strict=True)
    figures = [
        {
            "label": BY_KEY[key].label,
            "value": value,
            "href": f"/mal/tall/{key}?region={region_id}&fra={period.first}&til={period.last}",
        }
        for key, value in found
    ]
    return page("goals/figures.html", figures=figures, year=today.year)


@bp.get("")
@requires(Permission.COUNTS_SEE)
def index() -> ResponseReturnValue:
    viewer = current_actor()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    today = clock.today()
    found = queries.goals_of_region(db.session, region_id, today, with_ended=True)
    lines = queries.lines(db.session, found, today)
    outlooks = progress.outlooks(db.session, lines, today)
    ahead = list(zip(lines, outlooks, strict=True))
    programmes = programmes_in(db.session, region_id, today)
    details = queries.programme_details(db.session, [programme.id for programme in programmes])
    shown = [
        _programme(
            programme,
            details[programme.id],
            [pair for pair in ahead if pair[0].programme.id == programme.id],
            region_id,
        )
        for programme in programmes
    ]
    return page("goals/goals.html", programmes=shown)


def _programme(
    programme: Programme,
    details: ProgrammeDetails,
    lines: list[tuple[GoalLine, Outlook | None]],
    region_id: int,
) -> dict[str, Any]:
    return {
        "name": programme.name,
        "description": programme.description,
        "is_ended": programme.ends_on < clock.today(),
        "is_invented": any(line.goal.is_invented for line, _outlook in lines),
        "amount_nok": programme.amount_nok,
        "owner": details.owner,
        "funder": details.funders,
        "period_label": span(programme.starts_on, programme.ends_on),
        "goals": [
            {**_goal(line, region_id), "outlook": goal_page.said(outlook)}
            for line, outlook in lines
        ],
    }


@bp.get("/<int:goal_id>")
@requires(Permission.COUNTS_SEE)
def goal(goal_id: int) -> ResponseReturnValue:
    viewer, today = current_actor(), clock.today()
    line = progress.get_line(db.session, viewer, goal_id, today)
    region_id = line.goal.region_id or choose_region(viewer, None)
    return page(
        "goals/goal.html",
        region=_region_came_from(viewer),
        goal=_goal(line, region_id),
        left=goal_page.months_left(line, today),
        **goal_page.contents(db.session, line, today),
    )


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
        title=str(question.metric.label),
        filters_text=_described(question),
        total=found.total,
        rule="",
        withheld=found.withheld,
        is_of_ideas=question.metric.subject not in NAMELESS,
        unknown=_unknown(question),
        is_unknown=question.unknown,
        amount_label=_("Number") if question.metric.unit == Unit.JOBS else _("Amount"),
        rows=[_row(row, question) for row in found.rows],
        pages=_pages(number, found),
        region=_region_came_from(viewer),
    )


def _region_came_from(viewer: Actor) -> dict[str, Any] | None:
    """Give the region that the way back leads to; figures of a whole county have none."""
    asked = (whole_number(request.args.get(name)) for name in ("fra_region", "region"))
    number = next((n for n in asked if n in viewer.region_names), None)
    return {"id": number, "name": viewer.region_names[number]} if number is not None else None


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
