"""What an invariant is, and the common ways to find the rows that break one."""

import functools
import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session


class Broken(NamedTuple):
    """A row that breaks an invariant, and what is wrong with it."""

    table: str
    id: int
    what: str


# A query whatever its columns.
Query = sa.Select[*tuple[Any, ...]]
Find = Callable[[Session], Iterable[Broken]]


@dataclass(frozen=True)
class Invariant:
    """Something that always holds of the data; `find` gives the rows of which it does not."""

    name: str
    says: str
    find: Find


@dataclass(frozen=True)
class Listing:
    """Finds the rows of a query: their id comes first, the other columns fill in `what`."""

    table: str
    query: Query
    what: str

    def __call__(self, session: Session) -> Iterator[Broken]:
        for row in session.execute(self.query):
            yield Broken(self.table, row[0], self.what.format(*map(_plain, row[1:])))


def _plain(value: Any) -> str:
    return "nothing" if value is None else str(value)


def together(finds: Iterable[Find]) -> Find:
    """Find the rows of several finders, one after the other."""
    parts = tuple(finds)
    return lambda session: (row for find in parts for row in find(session))


def all_of(listings: Iterable[Listing]) -> Find:
    """Find the rows of several queries; where there are none, as should be, by asking once."""
    parts = tuple(listings)
    # Counted, since a database that is asked whether there is one expects to find it soon.
    counts = [sa.select(sa.func.count()).select_from(part.query.subquery()) for part in parts]
    how_many = sa.select(functools.reduce(operator.add, (one.scalar_subquery() for one in counts)))

    def find(session: Session) -> Iterator[Broken]:
        if session.scalar(how_many):
            for part in parts:
                yield from part(session)

    return find


def differing(stored: Any, facts: Query, says: str, *, absent: Any = None) -> Listing:
    """Find standing rows that keep another value than their facts say.

    `facts` has a column `of`, the id that they are about; `absent` holds where there is none.
    """
    table = stored.class_
    found = facts.subquery()
    expected = sa.func.coalesce(found.c[says], absent) if absent is not None else found.c[says]
    query = (
        sa.select(table.id, stored, expected)
        .outerjoin(found, found.c.of == table.id)
        .where(table.known(), stored.is_distinct_from(expected))
        .order_by(table.id)
    )
    return Listing(table.__tablename__, query, stored.key + " is {0}, but its facts say {1}")


def keys_of(text: Any, **keys: Callable[[str], str]) -> Find:
    """Find rows whose stored keys are not what their text gives now."""
    table = text.class_

    columns = [getattr(table, key) for key in keys]
    query = sa.select(table.id, text, *columns).order_by(table.id)

    def find(session: Session) -> Iterator[Broken]:
        for row in session.execute(query):
            for (key, compute), stored in zip(keys.items(), row[2:], strict=True):
                if compute(row[1]) != stored:
                    yield Broken(table.__tablename__, row[0], f"{key} is that of another text")

    return find
