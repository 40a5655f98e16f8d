"""Keep the index of what is found by which words with every write.

The rooms below know nothing of the search. When a session has written one of their records, its
words are written anew in the same transaction. What goes past the session, many rows at once,
says so with `index_anew`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.companies.models import Company, Contact
from incubator.core.facts import VOIDED
from incubator.core.many import WRITTEN, count_rows_anew
from incubator.funding.models import Application, Instrument
from incubator.ideas.models import Comment, Idea, IdeaTag
from incubator.search.entries import SOURCES, Entry
from incubator.search.models import Kind, SearchEntry
from incubator.visits.models import Visit

AT_ONCE = 500
TO_INDEX = "to_index"


def index_anew(session: Session, kind: Kind, ids: Collection[int]) -> None:
    """Write the words of some records anew, and of all that is named after them."""
    session.flush()
    _index(session, Touched({kind: set(ids)}, {kind: set(ids)}))


def index_change(session: Session, change_id: int) -> None:
    """Write the words of all that a change made past the session, as an import does."""
    session.flush()
    made = {
        kind: set(session.scalars(sa.select(table.id).where(table.change_id == change_id)))
        for table, (kind, _watched) in _WATCHED.items()
    }
    _index(session, Touched({kind: ids for kind, ids in made.items() if ids}))


def rebuild(session: Session) -> int:
    """Write the whole index anew; give the number of entries."""
    session.flush()
    connection, total = session.connection(), 0
    connection.execute(sa.delete(SearchEntry))
    for source in SOURCES.values():
        entries = source(session, None)
        while some := list(islice(entries, AT_ONCE * 4)):
            connection.execute(sa.insert(SearchEntry), [_values(entry) for entry in some])
            total += len(some)
    count_rows_anew(session)
    return total


def is_empty(session: Session) -> bool:
    """Say whether there is no index yet though there is something to be found."""
    if session.scalar(sa.select(SearchEntry.id).limit(1)) is not None:
        return False
    there = (sa.select(table.id).limit(1) for table in (Idea, Company))
    return any(session.scalar(query) is not None for query in there)


def _values(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.kind, "record_id": entry.record_id, "title": entry.title,
        "words": entry.words,
    }  # fmt: skip


@dataclass
class Touched:
    """What a session has written: the records, and those of them whose name is another now."""

    records: dict[Kind, set[int]] = field(default_factory=dict)
    renamed: dict[Kind | type[Any], set[int]] = field(default_factory=dict)

    def add(self, kind: Kind, record_id: int, *, is_renamed: bool = False) -> None:
        self.records.setdefault(kind, set()).add(record_id)
        if is_renamed:
            self.renamed.setdefault(kind, set()).add(record_id)


def _index(session: Session, touched: Touched) -> None:
    for kind, ids in _with_namesakes(session, touched).items():
        left = sorted(ids)
        while left:
            some, left = left[:AT_ONCE], left[AT_ONCE:]
            _write(session, kind, some)


def _write(session: Session, kind: Kind, ids: Sequence[int]) -> None:
    entries = list(SOURCES[kind](session, ids))
    connection = session.connection()
    if gone := set(ids) - {entry.record_id for entry in entries}:
        is_gone = sa.and_(SearchEntry.kind == kind, SearchEntry.record_id.in_(gone))
        connection.execute(sa.delete(SearchEntry).where(is_gone))
    if entries:
        statement = _ADD_OR_REPLACE[connection.dialect.name]
        connection.execute(statement, [_values(entry) for entry in entries])


def _add_or_replace(insert: Any) -> sa.Insert:
    anew = {name: insert.excluded[name] for name in ("title", "words")}
    statement: sa.Insert = insert.on_conflict_do_update(
        index_elements=["kind", "record_id"], set_=anew
    )
    return statement


_ADD_OR_REPLACE = {
    "sqlite": _add_or_replace(sqlite.insert(SearchEntry)),
    "postgresql": _add_or_replace(postgresql.insert(SearchEntry)),
}


# Whose words stand in the entries of others: a company's name in those of its visits.
_NAMED_AFTER: dict[Kind | type[Any], tuple[tuple[Kind, Any, Any], ...]] = {
    Kind.COMPANY: (
        (Kind.CONTACT, Contact.id, Contact.company_id),
        (Kind.IDEA, Idea.id, Idea.company_id),
        (Kind.VISIT, Visit.id, Visit.company_id),
        (Kind.APPLICATION, Application.id, Application.company_id),
    ),
    Kind.IDEA: ((Kind.APPLICATION, Application.id, Application.idea_id),),
    Instrument: ((Kind.APPLICATION, Application.id, Application.instrument_id),),
    User: ((Kind.IDEA, Idea.id, Idea.owner_id), (Kind.VISIT, Visit.id, Visit.visitor_id)),
}


def _with_namesakes(session: Session, touched: Touched) -> dict[Kind, set[int]]:
    found = {kind: set(ids) for kind, ids in touched.records.items()}
    connection = session.connection()
    for kind, ids in touched.renamed.items():
        for other, column, key in _NAMED_AFTER.get(kind, ()):
            named = connection.scalars(sa.select(column).where(key.in_(ids)))
            found.setdefault(other, set()).update(named)
    return found


# What of a record stands in its entry; a write to anything else leaves the entry as it is.
_WATCHED: dict[type[Any], tuple[Kind, frozenset[str]]] = {
    Idea: (
        Kind.IDEA,
        frozenset(
            ("title", "problem", "description", "company_id", "owner_id", "owner_name",
             "is_shared", "voided_at")
        ),
    ),
    Company: (Kind.COMPANY, frozenset(("name", "orgnr", "voided_at"))),
    Contact: (
        Kind.CONTACT,
        frozenset(("name", "title", "email", "telephone", "company_id", "voided_at")),
    ),
    Visit: (
        Kind.VISIT,
        frozenset(
            ("company_id", "about", "needs", "is_shared", "organisation_id", "visitor_id",
             "visitor_name", "voided_at")
        ),
    ),
    Application: (
        Kind.APPLICATION,
        frozenset(
            ("title", "idea_id", "company_id", "instrument_id", "reference", "voided_at")
        ),
    ),
}  # fmt: skip
_BESIDE_IDEAS = (IdeaTag, Comment)
_NAMES_ALONE = (Instrument, User)  # found by nobody, but others are found by their names
_NAMES = frozenset(("name", "title", "voided_at"))  # what others may be named after


def _note(session: Session, _context: Any = None) -> None:
    """Note what is being written, while the session still knows what was altered."""
    touched = session.info.setdefault(TO_INDEX, Touched())
    for row in session.new:
        _note_row(touched, row, is_new=True)
    for row in session.dirty:
        _note_row(touched, row, is_new=False)


def _note_row(touched: Touched, row: Any, *, is_new: bool) -> None:
    if isinstance(row, _BESIDE_IDEAS):
        touched.add(Kind.IDEA, row.idea_id)
        return
    state = sa.inspect(row)
    if isinstance(row, _NAMES_ALONE):
        if not is_new and state.attrs["name"].history.has_changes():
            touched.renamed.setdefault(type(row), set()).add(row.id)
        return
    if type(row) not in _WATCHED:
        return
    kind, watched = _WATCHED[type(row)]
    altered = watched if is_new else {n for n in watched if state.attrs[n].history.has_changes()}
    if altered:
        touched.add(kind, row.id, is_renamed=not is_new and bool(_NAMES & altered))


def _note_many(session: Session, touched: Touched) -> None:
    """Note what was written many rows at once."""
    for rows, altered in session.info.pop(WRITTEN, ()):
        table = type(rows[0])
        kind, column = _told_by(table)
        if kind is None:
            continue
        if altered is not None:
            watched = altered & _WATCHED[table][1] if table in _WATCHED else altered
            for row in rows if watched else ():
                touched.add(kind, row.id, is_renamed=bool(_NAMES & altered))
            continue
        made_by = {row.change_id for row in rows}
        query = sa.select(column).where(table.change_id.in_(made_by))
        touched.records.setdefault(kind, set()).update(session.connection().scalars(query))


def _note_voided(session: Session, touched: Touched) -> None:
    """Note what was voided many rows at once."""
    for table, change_id in session.info.pop(VOIDED, ()):
        kind, column = _told_by(table)
        if kind is not None:
            query = sa.select(column).where(table.void_change_id == change_id)
            touched.records.setdefault(kind, set()).update(session.connection().scalars(query))


def _told_by(table: type[Any]) -> tuple[Kind | None, Any]:
    """Say in whose entry a table's rows stand, and which of its columns names that."""
    if table in _BESIDE_IDEAS:
        return Kind.IDEA, table.idea_id
    return (_WATCHED[table][0], table.id) if table in _WATCHED else (None, None)


def _keep(session: Session, _context: Any = None) -> None:
    """Write the words of what was written just now."""
    touched = session.info.pop(TO_INDEX, None) or Touched()
    _note_voided(session, touched)
    _note_many(session, touched)
    if touched.records or touched.renamed:
        _index(session, touched)


def init_app() -> None:
    """Let every session keep the index of what it writes, in its own transaction."""
    if not sa.event.contains(Session, "after_flush", _note):
        sa.event.listen(Session, "after_flush", _note)
        sa.event.listen(Session, "after_flush_postexec", _keep)
        sa.event.listen(Session, "before_commit", _keep)
