"""Move many cards: what is asked of each, and what is written, in a fixed number of statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.companies.queries import find_by_name
from incubator.core.access import Actor
from incubator.core.errors import RuleBroken, Stale
from incubator.core.many import write_many
from incubator.core.texts import fold
from incubator.funding import operations as funding, queries as applications
from incubator.funding.models import Application
from incubator.ideas import operations as ideas, order, queries
from incubator.ideas.models import Idea, Stage, StageEvent, StageKind, Status, StatusEvent
from incubator.ideas.nth import next_nths
from incubator.incubation import operations as incubation
from incubator.pipeline import operations as moves
from incubator.pipeline.bulk.cards import (
    FOR_ALL,
    Cards,
    Chosen,
    Seen,
    SomeCannot,
    finish,
    line_up,
    load,
    record,
)  # fmt: skip
from incubator.pipeline.operations import NOTHING, Answers


def move(
    session: Session,
    actor: Actor,
    chosen: Chosen,
    to: Stage,
    on: date,
    *,
    answers: Mapping[int, Answers] | None = None,
    reason: str = "",
) -> Change:
    """Move cards to another stage, on top and in the order that they had.

    `answers` are those of each card. Raises SomeCannot.
    """
    if (before := line_up(session, actor, chosen)) is not None:
        return before
    cards = load(session, chosen.region_id, chosen.seen)
    said = {n: replace(one, reason=reason) for n, one in (answers or {}).items()}
    plan = _Move(session, actor, to, on, said, replace(NOTHING, reason=reason), chosen)
    cards.check(chosen, plan.check)
    try:
        moves.hold_room(session, chosen.region_id, to, len(cards.ideas), reason)
    except RuleBroken as no:
        cards.asked[FOR_ALL] = no
    cards.refuse(session)
    change = record(session, actor, "idea.moved", cards, chosen, reason)
    plan.write(cards, change)
    return finish(session, change, cards, chosen.key)


class _Move:
    """One move of many cards: what is asked of each, and what is written."""

    def __init__(
        self, session: Session, actor: Actor, to: Stage, on: date,
        answers: Mapping[int, Answers], otherwise: Answers, chosen: Chosen,
    ) -> None:  # fmt: skip
        self._session = session
        self._actor = actor
        self._to = to
        self._on = on
        self._answers = answers
        self._otherwise = otherwise
        self._stages = {stage.id: stage for stage in queries.list_stages(session)}
        self._applications: dict[int, list[Application]] = {}
        if any(moves.asks_for_applications(one, to) for one in self._left(chosen)):
            self._applications = applications.of_ideas(session, chosen.seen)
        self._named: dict[str, Company | None] = {}

    def _left(self, chosen: Chosen) -> Iterable[Stage]:
        for stage_id in {seen.stage_id for seen in chosen.seen.values()}:
            if stage_id in self._stages:
                yield self._stages[stage_id]

    def _said(self, idea: Idea) -> Answers:
        return self._answers.get(idea.id, self._otherwise)

    def check(self, idea: Idea, seen: Seen) -> None:
        """Raise what stands in the way of a card."""
        stood = self._stages.get(seen.stage_id)
        if stood is None:
            raise Stale("moved_meanwhile", idea_id=idea.id)
        moves.must_be_movable(self._actor, idea, self._to, stood)
        known = moves.known_of(self._session, idea, tuple(self._applications.get(idea.id, ())))
        answers = self._said(idea)
        if not idea.company_id and not known.has_orgnr:
            company = self._company(answers)
            known = replace(known, has_orgnr=bool(company and company.orgnr))
        moves.must_pass(idea, stood, self._to, self._on, known, answers)

    def _company(self, answers: Answers) -> Company | None:
        name = answers.company_name
        if not name.strip():
            return None
        if self._named.get(fold(name)) is None:
            self._named[fold(name)] = find_by_name(self._session, name)
        return self._named[fold(name)]

    def write(self, cards: Cards, change: Change) -> None:
        """Fill in the answers and let the cards stand in the stage, with what belongs to it."""
        session, to, on = self._session, self._to, self._on
        self._keep_owners(cards)
        top = order.top_position(session, cards.ideas[0].region_id, to.id)
        same_day = [idea.id for idea in cards.ideas if on <= idea.stage_on]
        nths = next_nths(session, StageEvent, same_day, on) if same_day else {}
        noted: list[tuple[str, int, audit.Values]] = []
        for nth, idea in enumerate(reversed(cards.ideas)):
            left = self._stages[idea.stage_id]
            stood = {"stage": (left.key, to.key), "position": (idea.position, None)}
            noted.append(("idea", idea.id, {**self._fill_in(idea, change), **stood}))
            idea.position = top - order.STRIDE * nth
            answers = self._said(idea)
            ideas.enter_stage(
                session, idea, to, on, change, note=answers.reason, nth=nths.get(idea.id, 1)
            )
        audit.note_many(session, change, noted)
        self._bring_along(cards.ideas, change)

    def _keep_owners(self, cards: Cards) -> None:
        wanted = {one.owner_id for one in self._answers.values() if one.owner_id}
        cards.kept += self._session.scalars(sa.select(User).where(User.id.in_(wanted))).all()

    def _fill_in(self, idea: Idea, change: Change) -> audit.Values:
        answers = self._said(idea)
        company = self._company(answers) if not idea.company_id else None
        if company is not None:
            answers = replace(answers, company_id=company.id)
        try:
            values = moves.filled(self._session, idea, change, answers)
            noted = ideas.alter(self._session, idea, change, values) if values else {}
            moves.fill_in_orgnr(self._session, idea, change, answers)
        except RuleBroken as no:
            raise SomeCannot([], {idea.id: no}) from no
        return noted

    def _bring_along(self, moved: Sequence[Idea], change: Change) -> None:
        session, to, on = self._session, self._to, self._on
        if to.kind == StageKind.INCUBATOR:
            incubation.join_or_open_all(session, moved, on, change)
        if to.kind == StageKind.APPLICATION:
            without = [idea for idea in moved if not self._applications.get(idea.id)]
            plans = [(idea, funding.Plan(**self._said(idea).of_application())) for idea in without]
            funding.open_applications(session, change, plans, on)
        existing = [(self._best(idea), self._said(idea).of_application()) for idea in moved]
        answered = [(best, said) for best, said in existing if best is not None]
        if answered:
            funding.complete_applications(session, change, answered)
        if to.kind == StageKind.APPLICATION or self._applications:
            write_many(session)
            funding.refresh_deadlines(session, moved)
        if to.kind == StageKind.MARKET:
            self._launch(moved, change)

    def _best(self, idea: Idea) -> Application | None:
        return moves.most_complete(self._applications.get(idea.id, ()))

    def _launch(self, moved: Sequence[Idea], change: Change) -> None:
        sold: dict[date, list[Idea]] = {}
        for idea in moved:
            if (sold_on := self._said(idea).first_sale_on) is not None:
                sold.setdefault(sold_on, []).append(idea)
        for day, those in sold.items():
            nths = next_nths(self._session, StatusEvent, [idea.id for idea in those], day)
            for idea in those:
                ideas.enter_status(
                    self._session, idea, Status.LAUNCHED, day, change, nth=nths[idea.id]
                )
