"""The goal strip, the goals of a region, and one goal."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.background import queries as background
from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken
from incubator.core.formats import span
from incubator.core.forms import whole_number
from incubator.core.scope import View
from incubator.core.web import page
from incubator.goals import metrics, page as goal_page, progress, queries
from incubator.goals.metrics import BY_KEY, Question, Unit
from incubator.goals.models import PeriodKind
from incubator.goals.progress import Outlook
from incubator.goals.queries import Aim, GoalLine, ProgrammeDetails
from incubator.goals.views.asked import day_asked, known_at
from incubator.goals.views.blueprint import bp, region_came_from
from incubator.goals.words import PERIOD_LABELS
from incubator.reference.models import Programme
from incubator.reference.queries import choose_region, programmes_in

MOST_ON_STRIP = 6


@bp.get("/stripe")
@requires(Permission.COUNTS_SEE)
def strip() -> ResponseReturnValue:
    """Answer with the goals as they stand, or stood on a past day: a part of the board."""
    region_id = choose_region(current_actor(), whole_number(request.args.get("region")))
    day, known = day_asked("per", clock.today()), known_at()
    if day > clock.today():
        raise RuleBroken("future_date")
    running = queries.goals_of_region(db.session, region_id, day)
    lines = queries.lines(db.session, running[:MOST_ON_STRIP], day, known)
    kept = {"kjent": request.args["kjent"]} if known else {}
    return page(
        "goals/strip.html",
        goals=[_goal(line, region_id, **kept) for line in lines],
        goals_url=f"/mal?region={region_id}",
    )


def _goal(line: GoalLine, region_id: int, rule: str | None = None, **kept: str) -> dict[str, Any]:
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
        "rule": rule,
        "is_invented": goal.is_invented,
        "unknown": line.unknown,
        "unknown_href": rows_address(line, region_id, ukjent=1, **kept) if line.unknown else "",
        "is_reached": standing.is_reached,
        "place": place_of(line.aim),
        "programme": line.programme.name,
        "period_label": span(line.question.period.first, line.question.period.last),
        "round": round_label(line),
        "is_net": line.question.is_net,
        "href": rows_address(line, region_id, **kept),
    }


def _goal_label(line: GoalLine) -> str:
    """Name a goal by its metric; one of a whole county by its programme too."""
    label = str(line.metric.label)
    return f"{label} – {line.programme.name}" if line.goal.county else label


def place_of(aim: Aim) -> str:
    """Say what a goal is narrowed to within its region, in words."""
    where = _("the whole county") if aim.goal.county else aim.municipality
    return ", ".join(filter(None, (where, aim.focus_area)))


def round_label(line: GoalLine) -> str:
    """Say how often a goal begins anew."""
    if line.goal.period == PeriodKind.WHOLE:
        return ""
    return str(PERIOD_LABELS[line.goal.period])


def rows_address(line: GoalLine, region_id: int, **more: object) -> str:
    """Give the permanent address of the rows behind a goal's number."""
    goal, question = line.goal, line.question
    values = {
        "region": goal.region_id or "alle",
        "fylke": goal.county or "",
        "kommune": goal.municipality_id or "",
        "program": goal.programme_id,
        "satsing": goal.focus_area_id or "",
        "netto": "1" if question.is_net else "",
        "fra": question.period.first.isoformat(),
        "til": question.period.last.isoformat(),
        "per": question.view.as_of.isoformat(),
        "fra_region": region_id if goal.region_id is None else "",
        **more,
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
    rules = queries.rules_of(db.session, [line.goal.id for line in lines], today)
    ahead = list(zip(lines, outlooks, strict=True))
    programmes = programmes_in(db.session, region_id, today)
    details = queries.programme_details(db.session, [programme.id for programme in programmes])
    shown = [
        _programme(
            programme,
            details[programme.id],
            [pair for pair in ahead if pair[0].programme.id == programme.id],
            region_id,
            rules,
        )
        for programme in programmes
    ]
    return page("goals/goals.html", programmes=shown)


def _programme(
    programme: Programme,
    details: ProgrammeDetails,
    lines: list[tuple[GoalLine, Outlook | None]],
    region_id: int,
    rules: dict[int, str],
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
        "page": f"/programmer/{programme.id}",
        "goals": show_goals(
            [line for line, _outlook in lines], [outlook for _line, outlook in lines], rules,
            region_id,
        ),
    }  # fmt: skip


def show_goals(
    lines: Sequence[GoalLine],
    outlooks: Sequence[Outlook | None],
    rules: Mapping[int, str],
    region_id: int,
) -> list[dict[str, Any]]:
    """Give goals as a list shows them, the ended ones last."""
    shown = [
        {**_goal(line, region_id, rules.get(line.goal.id)), "outlook": goal_page.said(outlook)}
        for line, outlook in zip(lines, outlooks, strict=True)
    ]
    return sorted(shown, key=lambda goal: bool(goal["is_ended"]))


@bp.get("/<int:goal_id>")
@requires(Permission.COUNTS_SEE)
def goal(goal_id: int) -> ResponseReturnValue:
    viewer, today = current_actor(), clock.today()
    line = progress.get_line(db.session, viewer, goal_id, today)
    region_id = line.goal.region_id or choose_region(viewer, None)
    rules = queries.all_rules(db.session, goal_id)
    valid = next((rule.text for rule in rules if rule.valid_from <= today), None)
    return page(
        "goals/goal.html",
        region=region_came_from(viewer),
        goal=_goal(line, region_id, valid),
        programme_href=f"/programmer/{line.programme.id}",
        left=goal_page.months_left(line, today),
        has_path=bool(line.aim.path),
        rounds=_rounds(line, goal_page.rounds(db.session, line, rules, today), region_id),
        past_rules=goal_page.past_rules(rules),
        coming_rule=rules[0] if rules and rules[0].valid_from > today else None,
        may_edit=viewer.may(Permission.GOAL_EDIT),
        today=today,
        is_of_jobs=line.metric.unit == Unit.JOBS,
        background=background.beside(
            db.session, today, region_id=region_id, municipality_id=line.goal.municipality_id
        ),
        **goal_page.contents(db.session, line, today),
    )


def _rounds(
    line: GoalLine, rounds: Sequence[goal_page.Round], region_id: int
) -> list[dict[str, Any]]:
    return [
        {
            "label": span(one.period.first, one.period.last),
            "target": one.target,
            "so_far": one.so_far,
            "is_over": one.is_over,
            "is_reached": one.is_reached,
            "has_old_rule": one.has_old_rule,
            "href": rows_address(
                line, region_id, fra=one.period.first.isoformat(),
                til=one.period.last.isoformat(),
                per=min(clock.today(), one.period.last).isoformat(),
            ),
        }
        for one in rounds
    ]  # fmt: skip
