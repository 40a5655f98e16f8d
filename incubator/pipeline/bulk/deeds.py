"""Assign, park, stop, tag, place in focus areas and promise something for many cards."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from incubator.accounts import queries as people
from incubator.accounts.models import User
from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import RuleBroken, Stale
from incubator.followups import operations as followups
from incubator.ideas import focus, operations as ideas, tags
from incubator.ideas.models import Idea, Status, StatusEvent
from incubator.ideas.nth import next_nths
from incubator.pipeline.bulk.cards import (
    FOR_ALL,
    Cards,
    Chosen,
    Seen,
    finish,
    line_up,
    load,
    record,
)  # fmt: skip
from incubator.reference import queries as reference


def assign(session: Session, actor: Actor, chosen: Chosen, owner_id: int | None) -> Change:
    """Let somebody own cards, or nobody. Raises SomeCannot where somebody was given one first."""
    if (before := line_up(session, actor, chosen)) is not None:
        return before
    if owner_id is not None and owner_id not in dict(
        people.owner_choices(session, chosen.region_id)
    ):
        raise RuleBroken("no_such_person", fields=["owner_id"])
    cards = load(session, chosen.region_id, chosen.seen)

    def check(idea: Idea, seen: Seen) -> None:
        ideas.must_be_allowed(actor, idea)
        if idea.owner_id != seen.owner_id:
            raise Stale("assigned_meanwhile")

    cards.check(chosen, check)
    cards.refuse(session)
    wanted: dict[str, Any] = {"owner_id": owner_id}
    if owner_id is None:
        wanted["owner_name"] = None
    cards.ideas = [
        idea for idea in cards.ideas if any(getattr(idea, f) != v for f, v in wanted.items())
    ]
    _must_be_some(cards)
    if owner_id is not None:
        cards.kept.append(session.get(User, owner_id))
    change = record(session, actor, "idea.edited", cards, chosen)
    noted = [("idea", one.id, ideas.alter(session, one, change, wanted)) for one in cards.ideas]
    audit.note_many(session, change, noted)
    return finish(session, change, cards, chosen.key)


def _must_be_some(cards: Cards) -> None:
    if not cards.ideas:
        raise RuleBroken("nothing_to_change")


def close(
    session: Session,
    actor: Actor,
    chosen: Chosen,
    status: Status,
    on: date,
    *,
    reason: str,
    look_again_on: date | None = None,
    learnt: str = "",
) -> Change:
    """Park or stop cards, with the reason. Raises SomeCannot."""
    if (before := line_up(session, actor, chosen)) is not None:
        return before
    cards = load(session, chosen.region_id, chosen.seen)

    def check(idea: Idea, seen: Seen) -> None:
        ideas.must_be_allowed(actor, idea)
        if idea.status != Status.OPEN:
            raise Stale("closed_meanwhile")
        if idea.stage_id != seen.stage_id:
            raise Stale("moved_meanwhile")
        ideas.must_fit(idea, on)

    cards.check(chosen, check)
    if not reason.strip():
        cards.asked[FOR_ALL] = RuleBroken("reason_missing", fields=["reason"])
    cards.refuse(session)
    verb = "idea.parked" if status == Status.PARKED else "idea.stopped"
    change = record(session, actor, verb, cards, chosen, reason)
    same_day = [idea.id for idea in cards.ideas if on <= idea.status_on]
    nths = next_nths(session, StatusEvent, same_day, on) if same_day else {}
    noted = [("idea", one.id, {"status": (one.status, status)}) for one in cards.ideas]
    audit.note_many(session, change, noted)
    for idea in cards.ideas:
        ideas.enter_status(
            session, idea, status, on, change, look_again_on=look_again_on, reason=reason,
            learnt=learnt, nth=nths.get(idea.id, 1),
        )  # fmt: skip
    return finish(session, change, cards, chosen.key)


def set_area(
    session: Session, actor: Actor, chosen: Chosen, area_id: int, *, is_given: bool
) -> Change:
    """Let cards belong to a focus area, or no more. Raises SomeCannot."""
    if (before := line_up(session, actor, chosen)) is not None:
        return before
    offered = reference.focus_areas_in(session, chosen.region_id, clock.today())
    if is_given and area_id not in {area.id for area in offered}:
        raise RuleBroken("no_such_focus_area", fields=["area_id"])
    cards = _allowed(session, actor, chosen)
    having = focus.having(session, chosen.seen, area_id)
    cards.ideas = [idea for idea in cards.ideas if (idea.id in having) != is_given]
    _must_be_some(cards)
    change = record(session, actor, "idea.edited", cards, chosen)
    write = focus.give_area if is_given else focus.take_area
    write(session, cards.ideas, change, area_id)
    return finish(session, change, cards, chosen.key)


def tag(session: Session, actor: Actor, chosen: Chosen, name: str) -> Change:
    """Give cards a tag. Raises SomeCannot."""
    if (before := line_up(session, actor, chosen)) is not None:
        return before
    cards = _allowed(session, actor, chosen)
    change = tags.tag_ideas(session, actor, cards.ideas, name)
    return _kept(session, change, chosen)


def untag(session: Session, actor: Actor, chosen: Chosen, name: str) -> Change:
    """Take a tag away from cards. Raises SomeCannot, RuleBroken where there is no such tag."""
    if (before := line_up(session, actor, chosen)) is not None:
        return before
    cards = _allowed(session, actor, chosen)
    found = tags.find_tag(session, chosen.region_id, name)
    if found is None:
        raise RuleBroken("no_such_tag", fields=["tag"])
    return _kept(session, tags.untag_ideas(session, actor, cards.ideas, found), chosen)


def _kept(session: Session, change: Change | None, chosen: Chosen) -> Change:
    if change is None:
        raise RuleBroken("nothing_to_change")
    if chosen.key:
        audit.keep_key(session, change, chosen.key)
        flush(session)
    return change


def _allowed(session: Session, actor: Actor, chosen: Chosen) -> Cards:
    cards = load(session, chosen.region_id, chosen.seen)
    cards.check(chosen, lambda idea, _seen: ideas.must_be_allowed(actor, idea))
    cards.refuse(session)
    return cards


def promise(session: Session, actor: Actor, chosen: Chosen, promised: followups.Next) -> Change:
    """Write down the same next step for each of some cards. Raises SomeCannot."""
    must(actor, Permission.FOLLOWUP_EDIT, chosen.region_id)
    if (before := line_up(session, actor, chosen)) is not None:
        return before
    cards = load(session, chosen.region_id, chosen.seen)
    cards.refuse(session)
    change = record(session, actor, "followup.promised", cards, chosen)
    followups.promise_for_all(session, change, cards.ideas, promised, by=actor)
    return finish(session, change, cards, chosen.key)
