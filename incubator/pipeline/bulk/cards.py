"""The cards that somebody chose: as they were seen, as they are stored, and which cannot."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.core.access import Actor, Permission, must
from incubator.core.errors import Refusal, RuleBroken
from incubator.core.many import write_many
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea, StageEvent, StatusEvent
from incubator.reference.queries import lock_region

MOST = 200
FOR_ALL = 0  # in the place of a card's number: what is asked of all of them


@dataclass(frozen=True)
class Seen:
    """What somebody saw of a card when they chose it."""

    stage_id: int
    owner_id: int | None = None


@dataclass(frozen=True)
class Chosen:
    """The cards that were chosen in a region, as they were seen; `key` is that of the form."""

    region_id: int
    seen: Mapping[int, Seen]
    key: str = ""


@dataclass(frozen=True)
class Held:
    """A card that cannot, and why."""

    idea_id: int
    title: str | None
    code: str
    details: Mapping[str, Any] = field(default_factory=dict)
    who: str | None = None
    stage_id: int | None = None


class SomeCannot(RuleBroken):
    """Some of the cards cannot (`held`), or their gates ask for something (`asked`)."""

    def __init__(self, held: Sequence[Held], asked: Mapping[int, RuleBroken]) -> None:
        super().__init__("some_cannot")
        self.held = held
        self.asked = asked


@dataclass
class Cards:
    """The chosen cards as they are stored now, with their companies and owners."""

    ideas: list[Idea]
    kept: list[Any]  # what nobody holds, the session would read anew
    held: list[Held]
    asked: dict[int, RuleBroken] = field(default_factory=dict)

    def check(self, chosen: Chosen, check: Callable[[Idea, Seen], None]) -> None:
        """Ask of each card whether it can. What a form can answer is kept apart."""
        for idea in self.ideas:
            try:
                check(idea, chosen.seen[idea.id])
            except RuleBroken as no:
                if no.fields:
                    self.asked[idea.id] = no
                else:
                    self._hold(idea, no)
            except Refusal as no:
                self._hold(idea, no)

    def _hold(self, idea: Idea, no: Refusal) -> None:
        self.held.append(
            Held(idea.id, idea.title, no.code, no.details, stage_id=idea.stage_id)
        )  # fmt: skip

    def refuse(self, session: Session) -> None:
        """Raise SomeCannot unless all can."""
        if self.held or self.asked:
            raise SomeCannot(_told(session, self.held), self.asked)


def _told(session: Session, held: list[Held]) -> list[Held]:
    """Say of cards that somebody moved or closed who it was."""
    tables: dict[str, type[StageEvent] | type[StatusEvent]] = {
        "moved_meanwhile": StageEvent,
        "closed_meanwhile": StatusEvent,
    }
    who: dict[int, str | None] = {}
    for code, table in tables.items():
        if ids := [one.idea_id for one in held if one.code == code]:
            who |= _who_came_last(session, ids, table)
    return [replace(one, who=who.get(one.idea_id)) for one in held]


def _who_came_last(
    session: Session, ids: Sequence[int], table: type[StageEvent] | type[StatusEvent]
) -> dict[int, str | None]:
    rows = session.execute(
        sa.select(table.idea_id, User.name)
        .select_from(table)
        .outerjoin(User, User.id == table.recorded_by_id)
        .where(table.idea_id.in_(ids), table.known())
        .order_by(table.occurred_on, table.nth)
    )
    return {row[0]: row[1] for row in rows}


def line_up(session: Session, actor: Actor, chosen: Chosen) -> Change | None:
    """Wait for one's turn; give the change that this very form has made before, if it has."""
    must(actor, Permission.IDEA_MOVE, chosen.region_id)
    if not chosen.seen:
        raise RuleBroken("none_chosen")
    if len(chosen.seen) > MOST:
        raise RuleBroken("too_many_chosen", most=MOST)
    lock_region(session, chosen.region_id)
    return audit.made_by_key(session, actor, chosen.key)


def load(session: Session, region_id: int, ids: Iterable[int]) -> Cards:
    """Read cards of a region as they are stored now, in the order of the board."""
    asked = list(ids)
    rows = session.execute(
        sa.select(Idea, Company, User)
        .outerjoin(Company, Company.id == Idea.company_id)
        .outerjoin(User, User.id == Idea.owner_id)
        .where(Idea.id.in_(asked), Idea.region_id == region_id, Idea.known())
        .order_by(Idea.stage_id, Idea.position, Idea.id)
        .execution_options(populate_existing=True)
    ).all()
    found = [row[0] for row in rows]
    gone = set(asked) - {idea.id for idea in found}
    held = [Held(idea_id, None, "no_such_idea") for idea_id in sorted(gone)]
    return Cards(found, [one for row in rows for one in row[1:]], held)


def record(
    session: Session, actor: Actor, verb: str, cards: Cards, chosen: Chosen, note: str = ""
) -> Change:
    only = cards.ideas[0].id if len(cards.ideas) == 1 else None
    return audit.record(
        session, actor, verb, kind="idea", subject_id=only, region_id=chosen.region_id,
        note=" ".join(note.split()),
    )  # fmt: skip


def finish(session: Session, change: Change, cards: Cards, key: str) -> Change:
    """Write the cards, and keep the key of the form."""
    for idea in cards.ideas:
        ideas.touch(idea, change)
    if key:
        audit.keep_key(session, change, key)
    write_many(session)
    return change
