"""What a board can be narrowed to and sorted by, as conditions and orders of SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from incubator.accounts.models import User
from incubator.companies.models import Company
from incubator.core.days import day_number
from incubator.core.texts import fold, sort_key
from incubator.ideas.models import Idea, IdeaFocusArea, IdeaTag, Stage

SOON = timedelta(days=14)  # a deadline that is no further ahead is near
LAST = "~"  # after all sort keys, which are digits


class Such(StrEnum):
    """What cards can be like, in the word of the address."""

    STALE = "stille"
    NO_STEP = "uten-steg"
    DEADLINE = "frist"
    SHARED = "delt"


class Sort(StrEnum):
    """What the cards of a column can be sorted by, in the word of the address."""

    DAYS = "tid"
    DEADLINE = "frist"
    TITLE = "tittel"
    COMPANY = "bedrift"
    OWNER = "ansvarlig"
    REGISTERED = "registrert"


@dataclass(frozen=True)
class Filter:
    """What the board is narrowed to, and in which order it stands; all of it is in the address.

    `today` is from when one looks at how long a card has stood, and at its deadline. `is_mine`
    says that the owner is named as whoever looks, so that a link means each its reader.
    """

    owner_id: int | None = None
    municipality_id: int | None = None
    text: str = ""
    such: tuple[Such, ...] = ()
    today: date | None = None
    is_mine: bool = False
    is_unowned: bool = False
    company_id: int | None = None
    focus_area_id: int | None = None
    programme_id: int | None = None
    tag_id: int | None = None
    sort: Sort | None = None

    def __bool__(self) -> bool:
        """Say whether it narrows anything; an order alone leaves all cards."""
        numbers = (
            self.owner_id, self.municipality_id, self.company_id, self.focus_area_id,
            self.programme_id, self.tag_id,
        )  # fmt: skip
        return bool(any(numbers) or self.key or self.such or self.is_unowned)

    @property
    def key(self) -> str:
        return fold(self.text)

    def conditions(self, at: datetime | None = None) -> list[sa.ColumnElement[bool]]:
        """Say in SQL which ideas the filter lets through; by tags and areas as they were then."""
        asked = (
            (Idea.owner_id, self.owner_id),
            (Idea.municipality_id, self.municipality_id),
            (Idea.company_id, self.company_id),
        )
        found: list[sa.ColumnElement[bool]] = [column == one for column, one in asked if one]
        if self.is_unowned:
            found += [Idea.owner_id.is_(None), Idea.owner_name.is_(None)]
        found += [Idea.search_key.contains(word, autoescape=True) for word in self.key.split()]
        found += [self._such(such, self.today or date.min) for such in self.such]
        linked = ((IdeaFocusArea.focus_area_id, self.focus_area_id), (IdeaTag.tag_id, self.tag_id))
        return found + [_has(column, number, at) for column, number in linked if number]

    @staticmethod
    def _such(such: Such, today: date) -> sa.ColumnElement[bool]:
        if such == Such.SHARED:
            return Idea.is_shared.is_(True)
        if such == Such.NO_STEP:
            return Idea.next_step.is_(None)
        if such == Such.DEADLINE:
            return Idea.deadline_on <= today + SOON
        patience = sa.select(Stage.stale_days).where(Stage.id == Idea.stage_id).correlate(Idea)
        stood = today.toordinal() - day_number(Idea.stage_on)
        return stood >= patience.scalar_subquery()


def _has(column: Any, number: int, at: datetime | None) -> sa.ColumnElement[bool]:
    """Say that an idea has a tag or a focus area, or had it at an instant.

    Neither has a day of its own. What was written down later than the idea lay there, such as
    an idea of last year on a list of today, had what it was written down with.
    """
    table = column.class_
    if at is None:
        return Idea.id.in_(sa.select(table.idea_id).where(column == number, table.known()))
    had = sa.or_(table.recorded_at <= at, table.recorded_at <= Idea.recorded_at)
    lost = sa.and_(table.voided_at <= at, table.voided_at > Idea.recorded_at)
    still = sa.or_(table.voided_at.is_(None), ~lost)
    return sa.exists().where(table.idea_id == Idea.id, column == number, had, still)


_BY: dict[Sort, tuple[Any, ...]] = {
    Sort.DAYS: (Idea.stage_on,),
    Sort.DEADLINE: (Idea.deadline_on,),
    Sort.TITLE: (Idea.title,),
    Sort.COMPANY: (Company.sort_key,),
    Sort.OWNER: (User.sort_key, Idea.owner_name),
    Sort.REGISTERED: (Idea.registered_on,),
}


def columns_of(sort: Sort | None) -> tuple[Any, ...]:
    """Give the columns that an order is made of."""
    return _BY[sort] if sort else ()


def key_of(sort: Sort, values: Sequence[Any]) -> Any:
    """Give what a card is sorted by: in Python, since the databases order names each their way."""
    if sort == Sort.TITLE:
        return sort_key(values[0])
    if sort == Sort.REGISTERED:
        return -values[0].toordinal()
    if sort == Sort.OWNER:
        return values[0] or (sort_key(values[1]) if values[1] else LAST)
    if sort == Sort.COMPANY:
        return values[0] or LAST
    return values[0] or date.max
