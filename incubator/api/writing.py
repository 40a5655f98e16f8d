"""Write what programs send, by the operations of the pages: what a form's choices would say."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from incubator.accounts.queries import owner_choices
from incubator.audit.models import Change
from incubator.companies import queries as companies
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.errors import NotFound, RuleBroken
from incubator.funding.queries import instrument_choices
from incubator.ideas import operations as ideas, queries as idea_queries
from incubator.ideas.models import Idea, Stage, StageKind
from incubator.pipeline import operations as pipeline
from incubator.pipeline.forms import ASKED_BY
from incubator.pipeline.operations import Answers
from incubator.reference.queries import choose_region, municipalities_of
from incubator.visits import operations as visits
from incubator.visits.models import VisitKind
from incubator.visits.operations import Entry, Logged, Promise

EARLIEST = date(1990, 1, 1)  # a year before it is a slip of the finger
_ANSWERS = (
    "owner_id", "company_name", "founder", "problem", "orgnr", "instrument_id", "deadline_on",
    "planned_on", "sought_nok", "launched_what", "first_sale_on", "first_sale_planned_on",
    "reason",
)  # fmt: skip


def add_idea(session: Session, actor: Actor, asked: dict[str, Any]) -> Idea:
    """Write down an idea. Raises RuleBroken with the field that names what is not there."""
    region_id = _region(actor, asked["region_id"])
    must(actor, Permission.IDEA_ADD, region_id)
    owner_id = asked["owner_id"] or actor.id
    if asked["owner_id"] is not None:
        _must_own_there(session, region_id, owner_id)
    places = {place[0] for place in municipalities_of(session, region_id)}
    if asked["municipality_id"] is not None and asked["municipality_id"] not in places:
        raise RuleBroken("not_found_there", fields=["municipality_id"])
    _must_stand(session, asked["company_id"])
    on = asked["registered_on"] or clock.today()
    if on < EARLIEST:
        raise RuleBroken("too_long_ago", fields=["registered_on"])
    first = next(s for s in idea_queries.list_stages(session) if s.kind == StageKind.IDEA)
    return ideas.add_idea(
        session, actor, region_id=region_id, stage=first, title=asked["title"], on=on,
        company_name=asked["company_name"], company_id=asked["company_id"],
        municipality_id=asked["municipality_id"], owner_id=owner_id,
    )  # fmt: skip


def log_visit(session: Session, actor: Actor, asked: dict[str, Any]) -> Logged:
    """Write down a visit with what was promised and the idea that came up."""
    region_id = _region(actor, asked["region_id"])
    entry = Entry(
        kind=VisitKind(asked["kind"]),
        occurred_on=asked["occurred_on"],
        company_id=asked["company_id"],
        company_name=asked["company_name"],
        about=asked["about"],
        needs=asked["needs"],
        promises=tuple(Promise(one["what"], one["due_on"]) for one in asked["promises"]),
        idea_title=asked["idea_title"],
        idea_text=asked["idea_text"],
        is_shared=asked["is_shared"],
    )
    return visits.log_visit(session, actor, region_id, entry)


def move_idea(session: Session, actor: Actor, idea: Idea, asked: dict[str, Any]) -> Change:
    """Move an idea. What the gate still needs is told by the names of the body."""
    stages = {stage.key: stage for stage in idea_queries.list_stages(session)}
    to, seen = _stage(stages, asked["to"], "to"), _stage(stages, asked["seen"], "from")
    if asked["owner_id"] is not None:
        _must_own_there(session, idea.region_id, asked["owner_id"])
    known = {number for number, _name in instrument_choices(session)}
    if asked["instrument_id"] is not None and asked["instrument_id"] not in known:
        raise RuleBroken("no_such_instrument", fields=["instrument_id"])
    answers = Answers(**{name: asked[name] for name in _ANSWERS})
    on: date = asked["on"] or clock.today()
    try:
        return pipeline.move_idea(session, actor, idea, to, on, seen=seen, answers=answers)
    except RuleBroken as gate:
        fields = [name for need in gate.fields for name in ASKED_BY.get(need, (need,))]
        raise RuleBroken(gate.code, **{**gate.details, "fields": fields}) from gate


def _region(actor: Actor, asked: int | None) -> int:
    try:
        return choose_region(actor, asked)
    except NotFound as no:
        raise RuleBroken(no.code, fields=["region_id"]) from no


def _stage(stages: dict[str, Stage], key: str, field: str) -> Stage:
    if key not in stages:
        raise RuleBroken("no_such_stage", fields=[field])
    return stages[key]


def _must_own_there(session: Session, region_id: int, user_id: int | None) -> None:
    if user_id not in {number for number, _name in owner_choices(session, region_id)}:
        raise RuleBroken("no_such_person", fields=["owner_id"])


def _must_stand(session: Session, company_id: int | None) -> None:
    if company_id is None:
        return
    try:
        companies.get_standing(session, company_id)
    except NotFound as no:
        raise RuleBroken(no.code, fields=["company_id"]) from no
