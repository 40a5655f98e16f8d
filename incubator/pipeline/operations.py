"""Move cards: the one door for drag, dialog, bulk, import and API."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.companies import operations as companies
from incubator.companies.models import Company
from incubator.companies.queries import find_by_name
from incubator.core import clock
from incubator.core.access import Actor
from incubator.core.db import flush
from incubator.core.errors import RuleBroken, Stale
from incubator.funding import operations as funding, queries as applications
from incubator.funding.models import Application
from incubator.ideas import operations as ideas, order, terms
from incubator.ideas.models import Idea, Stage, StageKind, Status
from incubator.incubation import operations as incubation
from incubator.pipeline import gates
from incubator.pipeline.gates import Known
from incubator.reference.queries import lock_region


@dataclass(frozen=True)
class Answers:
    """What the gate dialog may bring along with a move."""

    owner_id: int | None = None
    company_id: int | None = None
    company_name: str = ""
    founder: str = ""
    problem: str = ""
    orgnr: str = ""
    instrument_id: int | None = None
    deadline_on: date | None = None
    planned_on: date | None = None
    sought_nok: int | None = None
    launched_what: str = ""
    first_sale_on: date | None = None
    first_sale_planned_on: date | None = None
    reason: str = ""

    def of_application(self) -> dict[str, Any]:
        """Give what belongs on an application."""
        return {
            "instrument_id": self.instrument_id, "deadline_on": self.deadline_on,
            "planned_on": self.planned_on, "sought_nok": self.sought_nok,
        }  # fmt: skip


NOTHING = Answers()


def move_idea(
    session: Session,
    actor: Actor,
    idea: Idea,
    to: Stage,
    on: date,
    *,
    seen: Stage,
    answers: Answers = NOTHING,
    place: order.Place = order.TOP,
) -> Change:
    """Move a card to another stage and leave the fact behind.

    Raises Stale if somebody moved it away from `seen` first, RuleBroken with the names of
    the fields that the gate still needs, or for a day that cannot be.
    """
    must_be_movable(actor, idea, to, seen)
    open_applications = _applications(session, idea, seen, to)
    known = known_of(session, idea, open_applications)
    if not idea.company_id and not known.has_orgnr:
        company = _named_company(session, answers)
        known = replace(known, has_orgnr=bool(company and company.orgnr))
    must_pass(idea, seen, to, on, known, answers)
    hold_room(session, idea.region_id, to, 1, answers.reason)
    change = audit.record(
        session, actor, "idea.moved", kind="idea", subject_id=idea.id,
        region_id=idea.region_id, note=answers.reason,
    )  # fmt: skip
    _note_move(session, change, idea, seen, to)
    _fill_in(session, idea, change, answers)
    idea.position = order.position_at(session, idea.region_id, to.id, place)
    ideas.enter_stage(session, idea, to, on, change, note=answers.reason)
    _bring_along(session, idea, to, on, change, answers, open_applications)
    flush(session)
    return change


def place_idea(session: Session, actor: Actor, idea: Idea, place: order.Place) -> Change:
    """Give a card another place in its column; the order is shared by everybody.

    Raises Stale if somebody closed it first.
    """
    ideas.must_be_allowed(actor, idea)
    if idea.status != Status.OPEN:
        raise Stale("closed_meanwhile", idea_id=idea.id)
    lock_region(session, idea.region_id)
    change = audit.record(
        session, actor, "idea.placed", kind="idea", subject_id=idea.id, region_id=idea.region_id
    )
    old = idea.position
    idea.position = order.position_at(session, idea.region_id, idea.stage_id, place)
    audit.note_values(session, change, "idea", idea.id, {"position": (old, idea.position)})
    ideas.touch(idea, change)
    flush(session)
    return change


def _note_move(session: Session, change: Change, idea: Idea, seen: Stage, to: Stage) -> None:
    values = {"stage": (seen.key, to.key), "position": (idea.position, None)}
    audit.note_values(session, change, "idea", idea.id, values)


def must_be_movable(actor: Actor, idea: Idea, to: Stage, seen: Stage) -> None:
    """Raise NotAllowed, or Stale if the card no longer stands open in `seen`, or goes nowhere."""
    ideas.must_be_allowed(actor, idea)
    if idea.stage_id != seen.id:
        raise Stale("moved_meanwhile", idea_id=idea.id)
    if idea.status != Status.OPEN:
        raise Stale("closed_meanwhile", idea_id=idea.id)
    if to.id == seen.id:
        raise RuleBroken("same_stage")


def must_pass(idea: Idea, seen: Stage, to: Stage, on: date, known: Known, answers: Answers) -> None:
    """Raise RuleBroken with what the gate still needs, or for a day that cannot be."""
    is_forward = to.nth > seen.nth
    known = with_answers(known, answers)
    if missing := gates.asked_for(seen.kind, to.kind, known, is_forward=is_forward):
        raise RuleBroken("gate_incomplete", fields=missing)
    if not is_forward and not answers.reason.strip():
        raise RuleBroken("reason_missing", fields=["reason"])
    ideas.must_fit(idea, on)
    if to.kind == StageKind.MARKET:
        _must_fit_sale(idea, on, answers.first_sale_on)


def hold_room(session: Session, region_id: int, to: Stage, number: int, reason: str) -> None:
    """Lock the region; raise RuleBroken where a stage would hold too much and nobody says why.

    A limit never stops a card: it asks for a reason, which stays with the move.
    """
    if reason.strip():
        lock_region(session, region_id)
        return
    limit, count = terms.room_in(session, region_id, to.id)
    if limit and count + number > limit:
        raise RuleBroken("over_limit", fields=["reason"], limit=limit, count=count)


def _must_fit_sale(idea: Idea, on: date, first_sale_on: date | None) -> None:
    """Raise RuleBroken for a first sale in the future, or before the card came to the market."""
    if first_sale_on is None:
        return
    if first_sale_on > clock.today():
        raise RuleBroken("in_the_future", fields=["first_sale_on"])
    if first_sale_on < on:
        latest = f"{on:%d.%m.%Y}"
        raise RuleBroken("sale_before_move", fields=["first_sale_on"], latest=latest)


NEEDS_APPLICATIONS = frozenset({StageKind.APPLICATION})


def asks_for_applications(seen: Stage, to: Stage) -> bool:
    """Say whether one of the two gates asks about applications."""
    return not NEEDS_APPLICATIONS.isdisjoint({seen.kind, to.kind})


def _applications(session: Session, idea: Idea, seen: Stage, to: Stage) -> tuple[Application, ...]:
    if not asks_for_applications(seen, to):
        return ()
    return tuple(applications.of_idea(session, idea.id))


def known_of(session: Session, idea: Idea, with_applications: tuple[Application, ...]) -> Known:
    """Gather what is known about a card."""
    company = session.get(Company, idea.company_id) if idea.company_id else None
    best = most_complete(with_applications)
    return Known(
        has_owner=bool(idea.owner_id or idea.owner_name),
        has_company=company is not None,
        has_founder=idea.founder_contact_id is not None,
        has_problem=bool(idea.problem),
        has_orgnr=bool(company and company.orgnr),
        has_application=best is not None,
        has_instrument=bool(best and best.instrument_id),
        has_application_date=bool(best and _is_dated(best)),
        has_amount=bool(best and best.sought_nok is not None),
        has_product=bool(idea.launched_what),
        has_first_sale=bool(idea.first_sale_planned_on),
    )


def _is_dated(application: Application) -> bool:
    # One that was sent has its date as a fact, and needs no deadline or plan any more.
    return bool(application.deadline_on or application.planned_on or application.status != "draft")


def most_complete(applications: Iterable[Application]) -> Application | None:
    """Give the application of which most is known."""
    return max(applications, key=_completeness, default=None)


def _completeness(application: Application) -> int:
    return sum(
        (
            application.instrument_id is not None,
            _is_dated(application),
            application.sought_nok is not None,
        )
    )


def with_answers(known: Known, answers: Answers) -> Known:
    """Give what is known when the answers of the dialog are added."""
    names_company = bool(answers.company_id or answers.company_name.strip())
    return replace(
        known,
        has_owner=known.has_owner or answers.owner_id is not None,
        has_company=known.has_company or names_company,
        has_founder=known.has_founder or bool(answers.founder.strip()),
        has_problem=known.has_problem or bool(answers.problem.strip()),
        has_orgnr=known.has_orgnr or bool(answers.orgnr.strip()),
        has_instrument=known.has_instrument or answers.instrument_id is not None,
        has_application_date=known.has_application_date
        or bool(answers.deadline_on or answers.planned_on),
        has_amount=known.has_amount or answers.sought_nok is not None,
        has_product=known.has_product or bool(answers.launched_what.strip()),
        has_first_sale=known.has_first_sale
        or bool(answers.first_sale_on or answers.first_sale_planned_on),
    )


def _named_company(session: Session, answers: Answers) -> Company | None:
    """Give the known company that the dialog names, which may have its number already."""
    if answers.company_id:
        return session.get(Company, answers.company_id)
    if answers.company_name.strip():
        return find_by_name(session, answers.company_name)
    return None


def _fill_in(session: Session, idea: Idea, change: Change, answers: Answers) -> None:
    """Write the answers that belong on the card or its company, where it had none."""
    if values := filled(session, idea, change, answers):
        ideas.set_values(session, idea, change, values)
    fill_in_orgnr(session, idea, change, answers)


def filled(session: Session, idea: Idea, change: Change, answers: Answers) -> dict[str, object]:
    """Give the answers that belong on the card, where it has none; who is new is made."""
    values: dict[str, object] = {}
    if answers.owner_id and not idea.owner_id:
        values["owner_id"] = answers.owner_id
    if answers.problem.strip() and not idea.problem:
        values["problem"] = answers.problem.strip()
    if not idea.company_id and (answers.company_id or answers.company_name.strip()):
        values["company_id"] = answers.company_id or (
            companies.company_named(
                session, change, answers.company_name, municipality_id=idea.municipality_id
            ).id
        )
    if answers.founder.strip() and not idea.founder_contact_id:
        founder = companies.add_contact(session, change, name=answers.founder)
        values["founder_contact_id"] = founder.id
    if answers.launched_what.strip() and not idea.launched_what:
        values["launched_what"] = answers.launched_what.strip()
    if answers.first_sale_planned_on and not idea.first_sale_planned_on:
        values["first_sale_planned_on"] = answers.first_sale_planned_on
    return values


def fill_in_orgnr(session: Session, idea: Idea, change: Change, answers: Answers) -> None:
    """Give the company of a card its number, where it has none."""
    if answers.orgnr.strip() and idea.company_id:
        company = session.get_one(Company, idea.company_id)
        if not company.orgnr:
            companies.set_orgnr(session, change, company, answers.orgnr)


def _bring_along(
    session: Session,
    idea: Idea,
    to: Stage,
    on: date,
    change: Change,
    answers: Answers,
    existing: tuple[Application, ...],
) -> None:
    """Make what belongs to the stage that a card enters."""
    if to.kind == StageKind.INCUBATOR:
        incubation.join_or_open(session, idea, on, change)
    if to.kind == StageKind.APPLICATION and not existing:
        funding.open_application(session, idea, change, on=on, **answers.of_application())
    elif existing:
        best = max(existing, key=_completeness)
        funding.complete_application(session, best, change, answers.of_application())
        funding.refresh_deadline(session, idea)
    if to.kind == StageKind.MARKET and answers.first_sale_on:
        ideas.enter_status(session, idea, Status.LAUNCHED, answers.first_sale_on, change)
