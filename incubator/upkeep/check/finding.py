"""What an invariant is, and the common ways to find the rows that break one."""

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


def listing(table: str, query: Query, what: str) -> Find:
    """Find the rows of a query: their id comes first, the other columns fill in `what`."""

    def find(session: Session) -> Iterator[Broken]:
        for row in session.execute(query):
            yield Broken(table, row[0], what.format(*map(_plain, row[1:])))

    return find


def _plain(value: Any) -> str:
    return "nothing" if value is None else str(value)


def together(finds: Iterable[Find]) -> Find:
    """Find the rows of several finders, one after the other."""
    parts = tuple(finds)
    return lambda session: (row for find in parts for row in find(session))


def differing(stored: Any, facts: Query, says: str, *, absent: Any = None) -> Find:
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
    return listing(table.__tablename__, query, stored.key + " is {0}, but its facts say {1}")


def keys_of(text: Any, **keys: Callable[[str], str]) -> Find:
    """Find rows whose stored keys are not what their text gives now."""
    table = text.class_

    def find(session: Session) -> Iterator[Broken]:
        columns = [getattr(table, key) for key in keys]
        for row in session.execute(sa.select(table.id, text, *columns).order_by(table.id)):
            for (key, compute), stored in zip(keys.items(), row[2:], strict=True):
                if compute(row[1]) != stored:
                    yield Broken(table.__tablename__, row[0], f"{key} is that of another text")

    return find
