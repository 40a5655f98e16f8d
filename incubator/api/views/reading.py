"""Read by the API: what the pages show, to whom they show it."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from flask import Response, g, request

from incubator.api import queries
from incubator.api.document import written
from incubator.api.queries import Asked, Known, Records
from incubator.api.schemas import asked as shapes, told
from incubator.api.views.blueprint import Operation, bp, described
from incubator.api.writing import EARLIEST
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, public, requires
from incubator.core.clock import Period
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.scope import View
from incubator.core.sheets.writing import SheetOut, as_csv
from incubator.goals import metrics, queries as goals
from incubator.goals.metrics import BY_KEY, METRICS, Question
from incubator.goals.queries import GoalLine
from incubator.ideas.queries import list_stages
from incubator.pipeline.queries import board_as_of
from incubator.reference.queries import choose_region


@bp.get("/openapi.json")
@public
@described(Operation("The document that describes this API.", None))
def document() -> dict[str, Any]:
    return written()


@bp.get("/me")
@requires(Permission.COUNTS_SEE)
@described(Operation("Who the token belongs to, and what it may.", told.Me))
def me() -> dict[str, Any]:
    viewer, token = current_actor(), _token()
    stages = list_stages(db.session)
    return {
        "name": viewer.name,
        "role": viewer.role,
        "token": token.name,
        "scopes": list(token.scopes),
        "expires_at": token.expires_at,
        "regions": [{"id": number, "name": name} for number, name in viewer.region_names.items()],
        "stages": [
            {"id": s.id, "key": s.key, "kind": s.kind, "label": s.label(viewer.locale)}
            for s in stages
        ],
    }


def _token() -> Known:
    token: Known = g.token
    return token


# Lists, a page at a time.


def cursor_of(after: int) -> str:
    """Write where the next page begins, so that nobody counts on what it says."""
    return base64.urlsafe_b64encode(f"after:{after}".encode()).decode().rstrip("=")


def _after(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    word, _colon, number = text.partition(":")
    if word != "after" or not number.isdigit() or len(number) > 9:
        raise RuleBroken("bad_cursor", fields=["cursor"])
    return int(number)


def _asked(asked: dict[str, Any]) -> Asked:
    region_id = asked.get("region")
    if region_id is not None:
        choose_region(current_actor(), region_id)
    return Asked(
        _after(asked["cursor"]), asked["limit"], region_id, asked.get("stage"),
        asked.get("status"),
    )  # fmt: skip


def _page(found: Records) -> dict[str, Any]:
    cursor = cursor_of(found.rows[-1]["id"]) if found.has_more else None
    page: dict[str, Any] = {"items": found.rows, "next_cursor": cursor}
    return page if found.withheld is None else {**page, "withheld": found.withheld}


@bp.get("/ideas")
@requires(Permission.BOARD_SEE)
@described(Operation("Ideas.", told.IdeaPage, shapes.IdeaQuery))
def ideas(asked: dict[str, Any]) -> dict[str, Any]:
    return _page(queries.list_ideas(db.session, current_actor(), _asked(asked)))


@bp.get("/ideas/<int:idea_id>")
@requires(Permission.BOARD_SEE)
@described(Operation("An idea.", told.Idea))
def idea(idea_id: int) -> dict[str, Any]:
    return queries.get_idea(db.session, current_actor(), idea_id)


@bp.get("/companies")
@requires(Permission.COMPANY_SEE)
@described(Operation("Companies.", told.CompanyPage, shapes.PageQuery))
def companies(asked: dict[str, Any]) -> dict[str, Any]:
    return _page(queries.list_companies(db.session, _asked(asked)))


@bp.get("/companies/<int:company_id>")
@requires(Permission.COMPANY_SEE)
@described(Operation("A company.", told.Company))
def company(company_id: int) -> dict[str, Any]:
    return queries.get_company(db.session, company_id)


@bp.get("/visits")
@requires(Permission.VISIT_SEE)
@described(Operation("Company visits.", told.VisitPage, shapes.RegionQuery))
def visits(asked: dict[str, Any]) -> dict[str, Any]:
    return _page(queries.list_visits(db.session, current_actor(), _asked(asked)))


@bp.get("/visits/<int:visit_id>")
@requires(Permission.VISIT_SEE)
@described(Operation("A company visit.", told.Visit))
def visit(visit_id: int) -> dict[str, Any]:
    return queries.get_visit(db.session, current_actor(), visit_id)


@bp.get("/applications")
@requires(Permission.COMPANY_SEE)
@described(Operation("Applications for funding.", told.ApplicationPage, shapes.RegionQuery))
def applications(asked: dict[str, Any]) -> dict[str, Any]:
    return _page(queries.list_applications(db.session, current_actor(), _asked(asked)))


@bp.get("/applications/<int:application_id>")
@requires(Permission.COMPANY_SEE)
@described(Operation("An application for funding.", told.Application))
def application(application_id: int) -> dict[str, Any]:
    return queries.get_application(db.session, current_actor(), application_id)


# Figures.


def _view(asked: dict[str, Any], default: date | None = None) -> View:
    """Look from the day, the instant and the regions that are asked for."""
    viewer, today = current_actor(), clock.today()
    as_of = asked["as_of"] or default or today
    known_at: datetime | None = asked["known_at"]
    if as_of > today:
        raise RuleBroken("future_date", fields=["as_of"])
    if known_at is not None and known_at > clock.now():
        raise RuleBroken("future_date", fields=["known_at"])
    if as_of < EARLIEST:
        raise RuleBroken("too_long_ago", fields=["as_of"])
    return View(as_of, known_at, _regions(viewer, asked["region"]))


def _regions(viewer: Actor, asked: int | None) -> tuple[int, ...] | None:
    if asked is not None:
        return (choose_region(viewer, asked),)
    # A token that is narrowed to some regions counts those alone.
    return None if viewer.region_ids is None else tuple(sorted(viewer.region_ids))


def _region_name(view: View) -> str | None:
    is_one = view.region_ids is not None and len(view.region_ids) == 1
    return current_actor().region_names.get(view.region_ids[0]) if is_one else None  # type: ignore[index]


def _period(asked: dict[str, Any], view: View) -> Period:
    first, last = asked["from_"] or date(view.as_of.year, 1, 1), asked["to"] or view.as_of
    if last < first:
        raise RuleBroken("period_order", fields=["from", "to"])
    if first < EARLIEST:
        raise RuleBroken("too_long_ago", fields=["from"])
    return Period(first, last)


@bp.get("/board")
@requires(Permission.BOARD_SEE)
@described(Operation("The board in numbers, today or in the past.", told.Board, shapes.BoardQuery))
def board(asked: dict[str, Any]) -> dict[str, Any]:
    view = _view(asked)
    found = board_as_of(db.session, view)
    return {"as_of": view.as_of, "region": _region_name(view), **found}


@bp.get("/metrics")
@requires(Permission.COUNTS_SEE)
@described(
    Operation(
        "Every metric over a period. As CSV there is a line for each region and metric.",
        told.Metrics,
        shapes.MetricsQuery,
        as_csv=True,
    )
)
def figures(asked: dict[str, Any]) -> dict[str, Any] | Response:
    view = _view(asked, min(asked["to"] or clock.today(), clock.today()))
    period = _period(asked, view)
    if asked["format"] == "csv" or (asked["format"] is None and _prefers_csv()):
        return _as_csv(view, period)
    return {
        "as_of": view.as_of,
        "from": period.first,
        "to": period.last,
        "region": _region_name(view),
        "metrics": goals.all_values(db.session, view, period),
        "unknown": goals.all_unknown(db.session, view, period),
    }


def _prefers_csv() -> bool:
    best = request.accept_mimetypes.best_match(["application/json", "text/csv"])
    return best == "text/csv"


COLUMNS = (
    "region_id", "region", "metric", "label", "kind", "unit", "from", "to", "as_of", "value",
    "unknown",
)  # fmt: skip


def _as_csv(view: View, period: Period) -> Response:
    sheet = SheetOut("metrics", COLUMNS, _lines(view, period))
    return Response(as_csv(sheet), content_type="text/csv; charset=utf-8")


def _lines(view: View, period: Period) -> Iterator[list[Any]]:
    """Give a line for each region and metric, in two queries however many regions."""
    names = current_actor().region_names
    ids = [one for one in names if view.region_ids is None or one in view.region_ids]
    asked = [
        Question(metric, replace(view, region_ids=(one,)), period)
        for one in ids
        for metric in METRICS
    ]
    doubtful = [replace(q, unknown=True) for q in asked if q.can_be_unknown]
    answers = metrics.values(db.session, [*asked, *doubtful])
    left = iter(answers[len(asked) :])
    for question, value in zip(asked, answers, strict=False):
        metric, here = question.metric, (question.view.region_ids or (0,))[0]
        yield [
            here, names[here], metric.key, str(metric.label), metric.kind, metric.unit,
            period.first, period.last, view.as_of, value,
            next(left) if question.can_be_unknown else None,
        ]  # fmt: skip


@bp.get("/metrics/<key>")
@requires(Permission.COUNTS_SEE)
@described(Operation("A metric and the rows behind it.", told.MetricRows, shapes.RowsQuery))
def rows(key: str, asked: dict[str, Any]) -> dict[str, Any]:
    metric = BY_KEY.get(key)
    if metric is None:
        raise NotFound("no_such_metric")
    view = _view(asked, min(asked["to"] or clock.today(), clock.today()))
    question = Question(metric, view, _period(asked, view))
    offset, limit = _after(asked["cursor"]), asked["limit"]
    found = goals.rows_page(db.session, current_actor(), question, offset=offset, limit=limit)
    return {
        "metric": metric.key,
        "label": str(metric.label),
        "kind": metric.kind,
        "unit": metric.unit,
        "value": found.total,
        "count": found.count,
        "withheld": found.withheld,
        "items": [_row(row, question) for row in found.rows],
        "next_cursor": cursor_of(offset + limit) if found.has_more else None,
    }


def _row(row: dict[str, Any], question: Question) -> dict[str, Any]:
    names = ("id", "day", "idea_id", "title", "company", "municipality")
    amount = row.get("amount") if question.is_sum else None
    return {
        **{name: row[name] for name in names},
        "amount": None if amount is None else float(amount),
    }


@bp.get("/goals")
@requires(Permission.COUNTS_SEE)
@described(Operation("Goals, and how far they have come.", told.Goals, shapes.GoalsQuery))
def goals_list(asked: dict[str, Any]) -> dict[str, Any]:
    viewer, view = current_actor(), _view(asked)
    regions = list(viewer.region_names) if asked["region"] is None else [asked["region"]]
    found = {}
    for region_id in regions:
        for aim in goals.goals_of_region(
            db.session, region_id, view.as_of, with_ended=asked["with_ended"]
        ):
            found[aim.goal.id] = aim
    aims = [found[number] for number in sorted(found)]
    lines = goals.lines(db.session, aims, view.as_of, view.known_at)
    return {"items": [_goal(line) for line in lines]}


def _goal(line: GoalLine) -> dict[str, Any]:
    goal, question, standing = line.goal, line.question, line.standing
    return {
        "id": goal.id,
        "programme_id": line.programme.id,
        "programme": line.programme.name,
        "metric": line.metric.key,
        "label": str(line.metric.label),
        "unit": line.metric.unit,
        "region_id": goal.region_id,
        "county": goal.county,
        "municipality": line.aim.municipality,
        "focus_area": line.aim.focus_area,
        "from": question.period.first,
        "to": question.period.last,
        "as_of": question.view.as_of,
        "baseline": goal.baseline,
        "target": goal.target,
        "so_far": standing.so_far,
        "expected": standing.expected,
        "unknown": line.unknown,
        "is_on_track": standing.is_on_track,
        "is_reached": standing.is_reached,
        "is_over": standing.is_over,
        "is_net": question.is_net,
        "is_invented": goal.is_invented,
    }
