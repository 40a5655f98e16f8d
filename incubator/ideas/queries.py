"""Read ideas: the board, the card, who may see what, and how things stood on any past day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.accounts.models import User
from incubator.audit.models import Change
from incubator.companies.models import Company, Contact
from incubator.companies.rules import INDUSTRY_SECTIONS
from incubator.core.access import Actor, Permission
from incubator.core.db import AnyRow, AnySelect
from incubator.core.errors import NotFound
from incubator.core.scope import View
from incubator.core.texts import fold
from incubator.ideas.models import (
    Idea,
    SharingEvent,
    Stage,
    StageEvent,
    StageKind,
    Status,
    StatusEvent,
)  # fmt: skip
from incubator.reference.models import Municipality

COLUMN_PAGE = 50


@dataclass(frozen=True)
class Filter:
    """What the board is narrowed to; all of it stands in the address."""

    owner_id: int | None = None
    municipality_id: int | None = None
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.owner_id or self.municipality_id or self.key)

    @property
    def key(self) -> str:
        return fold(self.text)

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Say in SQL which ideas the filter lets through."""
        found: list[sa.ColumnElement[bool]] = []
        if self.owner_id:
            found.append(Idea.owner_id == self.owner_id)
        if self.municipality_id:
            found.append(Idea.municipality_id == self.municipality_id)
        found += [Idea.search_key.contains(word, autoescape=True) for word in self.key.split()]
        return found


class CardRow(NamedTuple):
    """What the face of a card is made of."""

    id: int
    stage_id: int
    title: str
    company: str | None
    orgnr: str | None
    stage_on: date
    owner_id: int | None
    owner_name: str | None
    owner_initials: str | None
    next_step: str | None
    next_step_on: date | None
    deadline_on: date | None
    is_shared: bool
    has_problem: bool
    position: int


_STAGES = sa.select(Stage).order_by(Stage.nth)
_STAGES_ON = _STAGES.where(
    sa.or_(Stage.valid_from.is_(None), Stage.valid_from <= sa.bindparam("day")),
    sa.or_(Stage.valid_to.is_(None), Stage.valid_to >= sa.bindparam("day")),
)


def list_stages(session: Session, day: date | None = None) -> Sequence[Stage]:
    """List the stages in their order, those valid on a day where one is given."""
    if day is None:
        return session.scalars(_STAGES).all()
    return session.scalars(_STAGES_ON, {"day": day}).all()


def _standing() -> sa.ColumnElement[bool]:
    return Idea.voided_at.is_(None)


def _card_columns() -> tuple[Any, ...]:
    return (
        Idea.id, Idea.stage_id, Idea.title, Company.name, Company.orgnr, Idea.stage_on,
        Idea.owner_id, sa.func.coalesce(User.name, Idea.owner_name), User.initials,
        Idea.next_step, Idea.next_step_on, Idea.deadline_on, Idea.is_shared,
        Idea.problem.isnot(None), Idea.position,
    )  # fmt: skip


def _cards() -> AnySelect:
    return (
        sa.select(*_card_columns())
        .outerjoin(Company, Company.id == Idea.company_id)
        .outerjoin(User, User.id == Idea.owner_id)
    )


@lru_cache(maxsize=64)
def _first_ids(stage_ids: tuple[int, ...], shared_only: bool) -> AnySelect:
    """Build the query for the first cards of every column: one, however many columns."""
    firsts = []
    for stage_id in stage_ids:
        first = (
            sa.select(Idea.id)
            .where(
                Idea.region_id == sa.bindparam("region_id"),
                Idea.status == Status.OPEN,
                Idea.stage_id == stage_id,
                _standing(),
                *([Idea.is_shared] if shared_only else []),
            )
            .order_by(Idea.position)
            .limit(COLUMN_PAGE)
            .subquery()
        )
        firsts.append(sa.select(first.c.id))
    return _cards().where(Idea.id.in_(sa.union_all(*firsts))).order_by(Idea.position)


def first_cards(
    session: Session, viewer: Actor, region_id: int, stage_ids: tuple[int, ...]
) -> list[CardRow]:
    """List the first cards of every column, as many as a column shows at first."""
    query = _first_ids(stage_ids, not viewer.may(Permission.IDEA_SEE))
    return [CardRow(*row) for row in session.execute(query, {"region_id": region_id})]


_BY_ID = _cards().where(Idea.id.in_(sa.bindparam("ids", expanding=True))).order_by(Idea.position)


def cards_by_id(session: Session, ids: Sequence[int]) -> list[CardRow]:
    """List cards that a query for this viewer has found, in the order of the board."""
    return [CardRow(*row) for row in session.execute(_BY_ID, {"ids": ids})]


@lru_cache(maxsize=256)
def _matching(narrowed: Filter, shared_only: bool) -> AnySelect:
    return (
        sa.select(Idea.stage_id, Idea.id)
        .where(
            Idea.region_id == sa.bindparam("region_id"),
            Idea.status == Status.OPEN,
            _standing(),
            *narrowed.conditions(),
            *([Idea.is_shared] if shared_only else []),
        )
        .order_by(Idea.stage_id, Idea.position)
    )


def matching(
    session: Session, viewer: Actor, region_id: int, narrowed: Filter
) -> dict[int, list[int]]:
    """Give, by stage, the ids of the open cards that a filter lets through, in their order.

    One pass over an index of what the text filter looks in, for counts and cards alike.
    """
    query = _matching(narrowed, not viewer.may(Permission.IDEA_SEE))
    found: dict[int, list[int]] = {}
    for stage_id, idea_id in session.execute(query, {"region_id": region_id}):
        found.setdefault(stage_id, []).append(idea_id)
    return found


def next_cards(
    session: Session,
    viewer: Actor,
    region_id: int,
    stage_id: int,
    narrowed: Filter,
    after_position: int,
    limit: int = COLUMN_PAGE,
) -> list[CardRow]:
    """List the cards of a column that come after a position."""
    query = _cards().where(
        Idea.region_id == region_id,
        Idea.status == Status.OPEN,
        Idea.stage_id == stage_id,
        Idea.position > after_position,
        _standing(),
        *narrowed.conditions(),
    )
    if not viewer.may(Permission.IDEA_SEE):
        query = query.where(Idea.is_shared)
    return [CardRow(*row) for row in session.execute(query.order_by(Idea.position).limit(limit))]


class ChangedCard(NamedTuple):
    """A card that a change touched, and whether a board with this filter shows it."""

    row: CardRow
    is_shown: bool


def cards_changed_since(
    session: Session, viewer: Actor, region_id: int, change_id: int, narrowed: Filter, limit: int
) -> list[ChangedCard]:
    """List cards that changes after `change_id` touched.

    A partner is told of cards that are no longer shared by their number alone.
    """
    shown = [Idea.status == Status.OPEN, _standing(), *narrowed.conditions()]
    if not viewer.may(Permission.IDEA_SEE):
        shown.append(Idea.is_shared.is_(True))
    query = (
        _cards()
        .add_columns(sa.case((sa.and_(*shown), True), else_=False))
        .where(Idea.region_id == region_id, Idea.last_change_id > change_id)
        .order_by(Idea.last_change_id, Idea.id)
        .limit(limit)
    )
    return [ChangedCard(CardRow(*row[:-1]), bool(row[-1])) for row in session.execute(query)]


def who_came_first(
    session: Session, idea_id: int, table: type[StageEvent] | type[StatusEvent]
) -> str | None:
    """Give the name of whoever moved a card last, or closed or opened it last."""
    return session.scalar(
        sa.select(User.name)
        .select_from(table)
        .outerjoin(User, User.id == table.recorded_by_id)
        .where(table.idea_id == idea_id, table.known())
        .order_by(table.occurred_on.desc(), table.nth.desc())
        .limit(1)
    )


_ONE_CARD = _cards().where(Idea.id == sa.bindparam("idea_id"))


def card(session: Session, idea_id: int) -> CardRow:
    """Give the face of one card."""
    return CardRow(*session.execute(_ONE_CARD, {"idea_id": idea_id}).one())


class Count(NamedTuple):
    """How many ideas stand in a stage with a status."""

    stage_id: int
    status: Status
    total: int


_COUNTS = (
    sa.select(Idea.stage_id, Idea.status, sa.func.count())
    .where(Idea.region_id == sa.bindparam("region_id"), _standing())
    .group_by(Idea.status, Idea.stage_id)
)


def counts(session: Session, region_id: int) -> list[Count]:
    """Count the ideas of a region by stage and status; every count on the board comes from here."""
    return [Count(*row) for row in session.execute(_COUNTS, {"region_id": region_id})]


# Written once: to build a query costs more than to run it, and every request asks this one.
_VERSION = sa.select(
    sa.select(sa.func.max(Change.id))
    .where(Change.region_id == sa.bindparam("region_id"))
    .scalar_subquery(),
    sa.select(sa.func.max(Change.id)).where(Change.region_id.is_(None)).scalar_subquery(),
)


def version_of(session: Session, region_id: int) -> int:
    """Give the number of the latest change that the board of a region can show."""
    row = session.execute(_VERSION, {"region_id": region_id}).one()
    return max(row[0] or 0, row[1] or 0)


def may_see(viewer: Actor) -> sa.ColumnElement[bool]:
    """Say in SQL which ideas a person may read: confidentiality is in the query."""
    mine = sa.and_(_standing(), viewer.in_regions(Idea.region_id))
    if viewer.may(Permission.IDEA_SEE):
        return mine
    return sa.and_(mine, Idea.is_shared)


_NAMED = (
    sa.select(Idea, Company, User)
    .outerjoin(Company, Company.id == Idea.company_id)
    .outerjoin(User, User.id == Idea.owner_id)
)
_PAGE = (
    sa.select(Idea, Company, Contact, Municipality.name, User.name)
    .outerjoin(Company, Company.id == Idea.company_id)
    .outerjoin(Contact, Contact.id == Idea.founder_contact_id)
    .outerjoin(Municipality, Municipality.id == Idea.municipality_id)
    .outerjoin(User, User.id == Idea.owner_id)
)


@lru_cache
def _visible(query: AnySelect, sees_all: bool, is_everywhere: bool) -> AnySelect:
    """Narrow a query to one idea that may be read, with room for who asks."""
    query = query.where(Idea.id == sa.bindparam("idea_id"), _standing())
    if not is_everywhere:
        query = query.where(Idea.region_id.in_(sa.bindparam("region_ids", expanding=True)))
    return query if sees_all else query.where(Idea.is_shared)


def _one_visible(session: Session, query: AnySelect, viewer: Actor, idea_id: int) -> AnyRow | None:
    sees_all, is_everywhere = viewer.may(Permission.IDEA_SEE), viewer.region_ids is None
    asked: dict[str, Any] = {"idea_id": idea_id}
    if viewer.region_ids is not None:
        asked["region_ids"] = sorted(viewer.region_ids)
    return session.execute(_visible(query, sees_all, is_everywhere), asked).one_or_none()


def get_visible(session: Session, viewer: Actor, idea_id: int) -> Idea:
    """Give an idea that the viewer may read. Raises NotFound."""
    return get_with_names(session, viewer, idea_id).idea


class NamedIdea(NamedTuple):
    """An idea with its company and the user who owns it, loaded by one query."""

    idea: Idea
    company: Company | None
    owner: User | None

    def face(self) -> CardRow:
        """Give the face of its card from what is loaded already."""
        idea, company, owner = self
        return CardRow(
            idea.id, idea.stage_id, idea.title, company.name if company else None,
            company.orgnr if company else None, idea.stage_on, idea.owner_id,
            owner.name if owner else idea.owner_name, owner.initials if owner else None,
            idea.next_step, idea.next_step_on, idea.deadline_on, idea.is_shared,
            idea.problem is not None, idea.position or 0,
        )  # fmt: skip


def get_with_names(session: Session, viewer: Actor, idea_id: int) -> NamedIdea:
    """Give an idea that the viewer may read, with company and owner. Raises NotFound."""
    row = _one_visible(session, _NAMED, viewer, idea_id)
    if row is None:
        raise NotFound("no_such_idea")
    return NamedIdea(*row)


def names_of(session: Session, idea: Idea) -> NamedIdea:
    """Give an idea with its company and owner as they are now, read only where not loaded."""
    company = session.get(Company, idea.company_id) if idea.company_id else None
    owner = session.get(User, idea.owner_id) if idea.owner_id else None
    return NamedIdea(idea, company, owner)


class IdeaPage(NamedTuple):
    """An idea with the names that its page shows."""

    idea: Idea
    company: Company | None
    founder: Contact | None
    municipality: str | None
    owner: str | None


def get_page(session: Session, viewer: Actor, idea_id: int) -> IdeaPage:
    """Give an idea with its names, in one query. Raises NotFound."""
    row = _one_visible(session, _PAGE, viewer, idea_id)
    if row is None:
        raise NotFound("no_such_idea")
    idea, company, founder, municipality, owner = row
    return IdeaPage(idea, company, founder, municipality, owner or idea.owner_name)


class Happening(NamedTuple):
    """A fact on the timeline of an idea."""

    kind: str
    occurred_on: date
    recorded_at: datetime
    change_id: int
    who: str | None
    stage_id: int | None
    status: Status | None
    is_estimated: bool
    note: str | None
    look_again_on: date | None
    is_shared: bool | None


def _no(kind: Any) -> sa.ColumnElement[Any]:
    return sa.cast(sa.null(), kind)


_STAGE_FACTS = sa.select(
    sa.literal("stage"), StageEvent.occurred_on, StageEvent.recorded_at, StageEvent.change_id,
    User.name, StageEvent.stage_id, _no(sa.Text), StageEvent.is_estimated, StageEvent.note,
    _no(sa.Date), _no(sa.Boolean), StageEvent.nth,
).outerjoin(User, User.id == StageEvent.recorded_by_id).where(
    StageEvent.idea_id == sa.bindparam("idea_id"), StageEvent.known()
)  # fmt: skip
_STATUS_FACTS = sa.select(
    sa.literal("status"), StatusEvent.occurred_on, StatusEvent.recorded_at,
    StatusEvent.change_id, User.name, _no(sa.Integer), sa.cast(StatusEvent.status, sa.Text),
    sa.false(), StatusEvent.reason, StatusEvent.look_again_on, _no(sa.Boolean), StatusEvent.nth,
).outerjoin(User, User.id == StatusEvent.recorded_by_id).where(
    StatusEvent.idea_id == sa.bindparam("idea_id"), StatusEvent.known()
)  # fmt: skip
_SHARING_FACTS = sa.select(
    sa.literal("sharing"), SharingEvent.occurred_on, SharingEvent.recorded_at,
    SharingEvent.change_id, User.name, _no(sa.Integer), _no(sa.Text), sa.false(), _no(sa.Text),
    _no(sa.Date), SharingEvent.is_shared, SharingEvent.nth,
).outerjoin(User, User.id == SharingEvent.recorded_by_id).where(
    SharingEvent.idea_id == sa.bindparam("idea_id"), SharingEvent.known()
)  # fmt: skip
_TIMELINE = sa.union_all(_STAGE_FACTS, _STATUS_FACTS, _SHARING_FACTS)


def timeline(session: Session, idea_id: int) -> list[Happening]:
    """List the standing facts of an idea, the latest first, in one query."""
    rows: Sequence[AnyRow] = session.execute(_TIMELINE, {"idea_id": idea_id}).all()
    ordered = sorted(rows, key=lambda row: (row[1], row[3], row[11]), reverse=True)
    return [_happening(*row[:11]) for row in ordered]


def _happening(*columns: Any) -> Happening:
    known = Happening(*columns)
    return known._replace(status=Status(known.status)) if known.status else known


def stages_as_of(view: View) -> sa.Subquery:
    """Build one row per idea: the stage it stood in when the day ended."""
    return _latest(StageEvent, StageEvent.stage_id, view)


def statuses_as_of(view: View) -> sa.Subquery:
    """Build one row per idea: the status it had when the day ended."""
    return _latest(StatusEvent, StatusEvent.status, view)


def _latest(table: type[StageEvent] | type[StatusEvent], value: Any, view: View) -> sa.Subquery:
    latest_first = (table.occurred_on.desc(), table.nth.desc())
    nth = sa.func.row_number().over(partition_by=table.idea_id, order_by=latest_first)
    ranked = (
        sa.select(table.idea_id, value.label("value"), nth.label("nth"))
        .join(Idea, Idea.id == table.idea_id)
        .where(view.standing(table), *view.within(Idea))
        .subquery()
    )
    return sa.select(ranked.c.idea_id, ranked.c.value).where(ranked.c.nth == 1).subquery()


def counts_as_of(session: Session, view: View) -> list[tuple[int, Status, int]]:
    """Count ideas by stage and status as they stood when a day ended, from the facts alone."""
    stages, statuses = stages_as_of(view), statuses_as_of(view)
    rows = session.execute(
        sa.select(stages.c.value, statuses.c.value, sa.func.count())
        .join(statuses, statuses.c.idea_id == stages.c.idea_id)
        .group_by(stages.c.value, statuses.c.value)
    )
    return [(row[0], Status(row[1]), row[2]) for row in rows]


def _of_ideas(day: Any, view: View) -> AnySelect:
    columns = (Idea.id, day.label("day"), Idea.region_id, Idea.municipality_id)
    return sa.select(*columns).where(*view.within(Idea))


def registered(view: View) -> AnySelect:
    """Build the rows of `ideas_registered`: ideas by the day they were registered."""
    return _of_ideas(Idea.registered_on, view).where(Idea.registered_on <= view.as_of)


def registered_by_industry(view: View, *, is_industry: bool | None) -> AnySelect:
    """Build the rows of `ideas_from_industry`, or of those that cannot be classified (None).

    An idea counts when its company existed before it and lies in NACE sections A to F. Without
    a company it is a founder's; a company of unknown section or age cannot be classified.
    """
    section, founded = Company.industry_section, Company.founded_on
    rows = registered(view).join(Company, Company.id == Idea.company_id)
    if is_industry is None:
        is_other = sa.and_(section.isnot(None), section.notin_(INDUSTRY_SECTIONS))
        is_younger = sa.and_(founded.isnot(None), founded >= Idea.registered_on)
        unknown = sa.or_(section.is_(None), founded.is_(None))
        return rows.where(
            unknown, ~sa.func.coalesce(is_other, False), ~sa.func.coalesce(is_younger, False)
        )
    return rows.where(section.in_(INDUSTRY_SECTIONS), founded < Idea.registered_on)


def first_entries(view: View, *kinds: StageKind) -> AnySelect:
    """Build one row per idea: the day it first entered a stage of a kind.

    An idea counts once however often it goes back and forth.
    """
    day = sa.func.min(StageEvent.occurred_on)
    return (
        _of_ideas(day, view)
        .join(StageEvent, StageEvent.idea_id == Idea.id)
        .join(Stage, Stage.id == StageEvent.stage_id)
        .where(Stage.kind.in_(kinds), view.standing(StageEvent))
        .group_by(Idea.id, Idea.region_id, Idea.municipality_id)
    )


def list_closed(
    session: Session, viewer: Actor, region_id: int, status: Status, *, offset: int, limit: int
) -> list[AnyRow]:
    """List the parked, stopped or launched ideas of a region, the latest first."""
    latest = aliased(StatusEvent)
    newest = (
        sa.select(sa.func.max(latest.id))
        .where(latest.idea_id == Idea.id, latest.known(), latest.status == status)
        .correlate(Idea)
        .scalar_subquery()
    )
    query = (
        sa.select(
            Idea.id, Idea.title, Company.name.label("company"), Idea.status_on, Idea.stage_id,
            StatusEvent.reason, StatusEvent.learnt, StatusEvent.look_again_on,
        )
        .outerjoin(Company, Company.id == Idea.company_id)
        .outerjoin(StatusEvent, StatusEvent.id == newest)
        .where(Idea.region_id == region_id, Idea.status == status, may_see(viewer))
        .order_by(Idea.status_on.desc(), Idea.id.desc())
        .offset(offset)
        .limit(limit)
    )  # fmt: skip
    return list(session.execute(query).all())


def neighbours_above(
    session: Session, viewer: Actor, ids: Sequence[int], narrowed: Filter
) -> dict[int, int | None]:
    """Give, for each card, the one that the viewer's board shows right above it, in one query."""
    card, above = aliased(Idea), Idea
    query = (
        sa.select(above.id)
        .where(
            above.region_id == card.region_id,
            above.stage_id == card.stage_id,
            above.status == Status.OPEN,
            above.position < card.position,
            _standing(),
            *narrowed.conditions(),
        )
        .order_by(above.position.desc())
        .limit(1)
        .correlate(card)
    )
    if not viewer.may(Permission.IDEA_SEE):
        query = query.where(above.is_shared)
    rows = session.execute(sa.select(card.id, query.scalar_subquery()).where(card.id.in_(ids)))
    return dict(rows.all())


def list_for_company(session: Session, viewer: Actor, company_id: int) -> list[AnyRow]:
    """List the ideas of a company that the viewer may read, the latest first."""
    query = (
        sa.select(Idea.id, Idea.title, Idea.stage_id, Idea.status)
        .where(Idea.company_id == company_id, may_see(viewer))
        .order_by(Idea.registered_on.desc(), Idea.id.desc())
        .limit(100)
    )
    return list(session.execute(query).all())


MOST_FOUND = 50


def search(session: Session, viewer: Actor, text: str) -> list[AnyRow]:
    """Find ideas of any status whose title, company or owner holds all words, the latest first."""
    query = (
        sa.select(Idea.id, Idea.title, Company.name, Idea.stage_id, Idea.status, Idea.region_id)
        .outerjoin(Company, Company.id == Idea.company_id)
        .where(may_see(viewer), *Filter(text=text).conditions())
        .order_by(Idea.registered_on.desc(), Idea.id.desc())
        .limit(MOST_FOUND)
    )
    return list(session.execute(query).all())
