"""Ideas: what a card keeps for speed is what its facts say."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.companies.models import Company
from incubator.followups.models import FollowUp
from incubator.funding.models import Application, ApplicationEvent, ApplicationStatus
from incubator.ideas.models import Idea, IdeaMerge, SharingEvent, StageEvent, Status, StatusEvent
from incubator.ideas.rules import search_key
from incubator.upkeep.check.finding import Broken, Find, Listing, Query, all_of

EVENTS: tuple[type[Any], ...] = (StageEvent, StatusEvent)
# What the face of a card shows; a board fetches a card anew when one of these changes.
ON_FACE: tuple[type[Any], ...] = (*EVENTS, SharingEvent, Application, FollowUp)
IDEAS = Idea.__tablename__


def newest(table: type[Any], key: Any, value: Any) -> Query:
    """Pick the newest standing fact of each subject: `of`, its value and its day."""
    newest_first = (table.occurred_on.desc(), table.nth.desc())
    nth = sa.func.row_number().over(partition_by=key, order_by=newest_first)
    ranked = (
        sa.select(key.label("of"), value, table.occurred_on, nth.label("rank"))
        .where(table.known())
        .subquery()
    )
    return sa.select(ranked).where(ranked.c.rank == 1)


STAGE = newest(StageEvent, StageEvent.idea_id, StageEvent.stage_id)
STATUS = newest(StatusEvent, StatusEvent.idea_id, StatusEvent.status)
SHARING = newest(SharingEvent, SharingEvent.idea_id, SharingEvent.is_shared)
DEADLINE = (
    sa.select(Application.idea_id.label("of"), sa.func.min(Application.deadline_on).label("day"))
    .where(Application.known(), Application.status == ApplicationStatus.DRAFT)
    .group_by(Application.idea_id)
)


def latest_days() -> Query:
    """Pick the day of the latest stage or status of each idea."""
    parts = (sa.select(t.idea_id.label("of"), t.occurred_on).where(t.known()) for t in EVENTS)
    days = sa.union_all(*parts).subquery()
    return sa.select(days.c.of, sa.func.max(days.c.occurred_on).label("day")).group_by(days.c.of)


def next_steps() -> Query:
    """Pick the earliest open promise of each idea, one with a day before one without."""
    first = (FollowUp.due_on.is_(None), FollowUp.due_on, FollowUp.id)
    nth = sa.func.row_number().over(partition_by=FollowUp.idea_id, order_by=first)
    ranked = (
        sa.select(FollowUp.idea_id.label("of"), FollowUp.what, FollowUp.due_on, nth.label("rank"))
        .where(FollowUp.known(), FollowUp.done_on.is_(None), FollowUp.idea_id.isnot(None))
        .subquery()
    )
    return sa.select(ranked).where(ranked.c.rank == 1)


def positions() -> Find:
    """Find cards that share a place, stand nowhere, or have a place though they are voided."""
    places = (Idea.region_id, Idea.stage_id, Idea.position)
    doubles = (
        sa.select(*places)
        .where(Idea.position.isnot(None))
        .group_by(*places)
        .having(sa.func.count() > 1)
        .subquery()
    )
    same = sa.and_(*(a == b for a, b in zip(places, doubles.c, strict=True)))
    shared = sa.select(Idea.id, Idea.position).join(doubles, same).order_by(Idea.id)
    nowhere = sa.select(Idea.id).where(Idea.known(), Idea.position.is_(None))
    voided = sa.select(Idea.id).where(Idea.voided_at.isnot(None), Idea.position.isnot(None))
    return all_of(
        (
            Listing(IDEAS, shared, "shares position {0} with another card"),
            Listing(IDEAS, nowhere.order_by(Idea.id), "has no position"),
            Listing(IDEAS, voided.order_by(Idea.id), "is voided, but has a position"),
        )
    )


def openings() -> Find:
    """Find ideas without an opening stage or status, or that begin as something but open."""
    return all_of((*(_without(table) for table in EVENTS), _beginning_closed()))


def _without(table: type[Any]) -> Listing:
    has_one = sa.exists().where(table.idea_id == Idea.id, table.known())
    query = sa.select(Idea.id).where(Idea.known(), ~has_one).order_by(Idea.id)
    return Listing(IDEAS, query, f"has nothing in {table.__tablename__}")


def _beginning_closed() -> Listing:
    first = (
        sa.select(StatusEvent.status)
        .where(StatusEvent.idea_id == Idea.id, StatusEvent.known())
        .order_by(StatusEvent.occurred_on, StatusEvent.nth)
        .limit(1)
        .correlate(Idea)
        .scalar_subquery()
    )
    query = sa.select(Idea.id, first).where(Idea.known(), first != Status.OPEN)
    return Listing(IDEAS, query.order_by(Idea.id), "begins as {0}")


def repeated(value: Any) -> Listing:
    """Find events that enter what the event before them had entered already."""
    table = value.class_
    order = (table.occurred_on, table.nth)
    before = sa.func.lag(value).over(partition_by=table.idea_id, order_by=order)
    rows = (
        sa.select(table.id, value.label("value"), before.label("before"))
        .where(table.known())
        .subquery()
    )
    query = sa.select(rows.c.id, rows.c.value).where(rows.c.value == rows.c.before)
    return Listing(table.__tablename__, query.order_by(rows.c.id), "enters {0} twice in a row")


def too_early(table: type[Any]) -> Listing:
    """Find events before the day on which their idea was registered."""
    query = (
        sa.select(table.id, table.occurred_on, Idea.registered_on)
        .join(Idea, Idea.id == table.idea_id)
        .where(table.known(), table.occurred_on < Idea.registered_on)
        .order_by(table.id)
    )
    what = "is on {0}, before its idea was registered on {1}"
    return Listing(table.__tablename__, query, what)


def elsewhere() -> Find:
    """Find events that name another region than what they tell of: they would count nowhere."""
    event = ApplicationEvent
    return all_of(
        [
            *(_elsewhere(table, Idea, table.idea_id) for table in EVENTS),
            _elsewhere(event, Application, event.application_id),
        ]
    )


def _elsewhere(event: Any, of: Any, key: Any) -> Listing:
    query = (
        sa.select(event.id, event.region_id, of.region_id)
        .join(of, of.id == key)
        .where(event.region_id.is_distinct_from(of.region_id))
        .order_by(event.id)
    )
    return Listing(event.__tablename__, query, "lies in region {0}, what it tells of in {1}")


def last_changes() -> Find:
    """Find cards that other people's boards would not fetch after one of their facts changed."""
    return all_of(map(_changed_later, ON_FACE))


def _changed_later(table: type[Any]) -> Listing:
    void_is_later = table.void_change_id > table.change_id
    latest = sa.func.max(sa.case((void_is_later, table.void_change_id), else_=table.change_id))
    query = (
        sa.select(Idea.id, Idea.last_change_id, latest)
        .join(table, table.idea_id == Idea.id)
        .group_by(Idea.id, Idea.last_change_id)
        .having(latest > Idea.last_change_id)
        .order_by(Idea.id)
    )
    what = f"says that change {{0}} was its last, but {table.__tablename__} names {{1}}"
    return Listing(IDEAS, query, what)


def search_keys(session: Session) -> Iterator[Broken]:
    """Find cards that the text filter of the board looks for under other words than theirs."""
    query = (
        sa.select(Idea.id, Idea.search_key, Idea.title, Company.name, User.name, Idea.owner_name)
        .outerjoin(Company, Company.id == Idea.company_id)
        .outerjoin(User, User.id == Idea.owner_id)
        .where(Idea.known())
        .order_by(Idea.id)
    )
    for idea_id, stored, title, *names in session.execute(query):
        if stored != search_key(str(title), *names):
            yield Broken(IDEAS, idea_id, "search_key is that of other words")


def merged() -> Listing:
    """Find ideas that stand though they are a part of another one."""
    query = (
        sa.select(IdeaMerge.id, IdeaMerge.idea_id, IdeaMerge.into_id)
        .join(Idea, Idea.id == IdeaMerge.idea_id)
        .where(IdeaMerge.known(), Idea.known())
        .order_by(IdeaMerge.id)
    )
    what = "says that idea {0} is a part of idea {1}, but it stands by itself"
    return Listing("idea_merges", query, what)
