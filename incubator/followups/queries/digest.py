"""Read what the daily mail tells a person."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.accounts.models import Role, User
from incubator.audit.models import Change, ChangeValue
from incubator.core.access import Actor, Via
from incubator.followups.models import FollowUp
from incubator.ideas.models import Idea, Stage

SHOWN = 20  # of each kind; the rest is a number with a link
# To put cards in another order is no news to anybody.
NO_NEWS = ("idea.placed",)


@dataclass(frozen=True)
class Card:
    """An idea as a mail may name it: by its title only where it is shared."""

    id: int
    title: str | None


@dataclass(frozen=True)
class Due:
    """A promise as a mail may name it."""

    id: int
    due_on: date
    card: Card | None


@dataclass(frozen=True)
class Happened:
    """What somebody else did to a card. `stage` is where it was moved to."""

    verb: str
    at: datetime
    who: str | None
    card: Card
    stage: str | None


def list_recipients(session: Session) -> list[int]:
    """List those who want the daily mail and may read what it leads to."""
    wants_it = sa.and_(User.active, User.wants_digest, User.role != Role.PARTNER)
    return list(session.scalars(sa.select(User.id).where(wants_it).order_by(User.id)))


def _title() -> Any:
    # What leaves by e-mail can become a public record.
    return sa.case((Idea.is_shared, Idea.title)).label("title")


def due_for(session: Session, person: Actor, today: date) -> tuple[list[Due], dict[bool, int]]:
    """List a person's promises that are due, the oldest first; count them by "due today"."""
    mine = sa.and_(
        FollowUp.responsible_id == person.id,
        FollowUp.due_on <= today,
        FollowUp.done_on.is_(None),
        FollowUp.known(),
        person.in_regions(FollowUp.region_id),
    )
    is_today = FollowUp.due_on == today
    nth = sa.func.row_number().over(partition_by=is_today, order_by=(FollowUp.due_on, FollowUp.id))
    number = sa.func.count().over(partition_by=is_today)
    ranked = (
        sa.select(
            FollowUp.id, FollowUp.due_on, FollowUp.idea_id, _title(),
            nth.label("nth"), number.label("number"),
        )
        .outerjoin(Idea, Idea.id == FollowUp.idea_id)
        .where(mine)
        .subquery()
    )  # fmt: skip
    rows = session.execute(
        sa.select(ranked).where(ranked.c.nth <= SHOWN).order_by(ranked.c.due_on, ranked.c.id)
    ).all()
    counts = {row.due_on == today: row.number for row in rows}
    due = [
        Due(row.id, row.due_on, Card(row.idea_id, row.title) if row.idea_id else None)
        for row in rows
    ]
    return due, counts


def _changes_of_cards(since: datetime, until: datetime) -> sa.Subquery:
    """Build one row for each card that a change in a while was about: one card, or many at once."""
    in_time = (Change.subject_kind == "idea", Change.recorded_at > since,
               Change.recorded_at <= until)  # fmt: skip
    of_one = sa.select(Change.id.label("change_id"), Change.subject_id.label("idea_id")).where(
        *in_time, Change.subject_id.is_not(None)
    )
    of_many = (
        sa.select(Change.id, ChangeValue.subject_id)
        .join(ChangeValue, ChangeValue.change_id == Change.id)
        .where(*in_time, Change.subject_id.is_(None), ChangeValue.subject_kind == "idea")
    )
    return sa.union(of_one, of_many).subquery()


def happened_to_cards(
    session: Session, person: Actor, since: datetime, until: datetime
) -> tuple[list[Happened], int]:
    """List what others did to a person's cards in a while, the latest first; and count it.

    What was undone again is left out, with its undoing.
    """
    undo: Any = aliased(Change)
    undone: Any = aliased(Change)
    moved_to: Any = aliased(ChangeValue)
    is_undone = sa.exists().where(undo.undoes_id == Change.id, undo.recorded_at <= until)
    undoes_news = sa.exists().where(undone.id == Change.undoes_id, undone.recorded_at > since)
    told = _changes_of_cards(since, until)
    by_others = sa.or_(Change.actor_id.is_(None), Change.actor_id != person.id)
    rows = session.execute(
        sa.select(
            Change.verb, Change.recorded_at, User.name, Idea.id, _title(), Stage,
            sa.func.count().over().label("number"),
        )
        .join(told, told.c.idea_id == Idea.id)
        .join(Change, Change.id == told.c.change_id)
        .outerjoin(User, User.id == Change.actor_id)
        .outerjoin(
            moved_to,
            sa.and_(
                moved_to.change_id == Change.id,
                moved_to.subject_kind == "idea",
                moved_to.subject_id == Idea.id,
                moved_to.field == "stage",
            ),
        )
        .outerjoin(Stage, Stage.key == moved_to.new)
        .where(Idea.owner_id == person.id, Idea.known(), person.in_regions(Idea.region_id))
        .where(Change.recorded_at > since, Change.recorded_at <= until, by_others)
        .where(Change.verb.not_in(NO_NEWS), Change.via != Via.DEMO)
        .where(sa.not_(is_undone), sa.not_(undoes_news))
        .order_by(Change.id.desc())
        .limit(SHOWN)
    ).all()  # fmt: skip
    happened = [
        Happened(
            row.verb, row.recorded_at, row.name, Card(row.id, row.title),
            row.Stage.label(person.locale) if row.Stage else None,
        )
        for row in rows
    ]  # fmt: skip
    return happened, rows[0].number if rows else 0
