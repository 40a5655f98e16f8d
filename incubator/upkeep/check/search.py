"""The index of the search: each record is found by its words, and by no others."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.search.entries import SOURCES, Entry
from incubator.search.models import SearchEntry
from incubator.upkeep.check.finding import Broken


def words(session: Session) -> Iterator[Broken]:
    """Find records that the search knows by other words than theirs, or not at all.

    An entry of what was taken away is no harm: the search asks the record, too.
    """
    for kind, source in SOURCES.items():
        query = sa.select(
            SearchEntry.record_id, SearchEntry.title, sa.cast(SearchEntry.words, sa.Text)
        )
        rows = session.execute(query.where(SearchEntry.kind == kind))
        stored = {number: (title, _tokens(text)) for number, title, text in rows}
        for entry in source(session, None):
            if (entry.title, _tokens(entry.words)) != stored.get(entry.record_id):
                yield Broken(str(kind), entry.record_id, _what(entry, stored))


def _what(entry: Entry, stored: dict[int, tuple[str, set[str]]]) -> str:
    if entry.record_id not in stored:
        return "is not in the index of the search"
    return "is found by other words than its own"


def _tokens(text: str) -> set[str]:
    return set(text.replace("'", " ").split())  # PostgreSQL puts each in quotes
