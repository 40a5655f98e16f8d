"""Find a person in every text of every table, and blank what is found.

It goes by the tables themselves, so that a new one is looked through from its first day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.db import Base
from incubator.core.texts import company_key, sort_key
from incubator.privacy.words import Words

# Made of the others, and made anew from them (`search.indexing`).
DERIVED = frozenset({"search_entries"})
PUBLIC = frozenset({"municipalities"})  # a place may be called like a person
# Names of kinds, fields and verbs, hashes and secrets: nobody types them.
NEVER_TYPED = frozenset(
    {
        "subject_kind", "field", "verb", "metric", "locale", "token_hash", "key_hash", "sha256",
        "file_sha256", "password", "fs_uniquifier", "tf_totp_secret", "media_type", "content_id",
        "number", "orgnr", "sort_key", "match_key",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Trace:
    """A text that names the person."""

    table: str
    key: tuple[Any, ...]
    column: str
    text: str


def columns_of(table: sa.Table) -> list[sa.Column[str]]:
    """List the columns of a table that can hold a text somebody typed."""
    return [
        column
        for column in table.columns
        if isinstance(column.type, sa.String)
        and not isinstance(column.type, sa.Enum)
        and not column.foreign_keys
        and column.name not in NEVER_TYPED
    ]


def tables() -> list[sa.Table]:
    """List the tables that can hold a text somebody typed."""
    every = Base.metadata.sorted_tables
    return [table for table in every if table.name not in DERIVED | PUBLIC and columns_of(table)]


def find(session: Session, words: Words) -> Iterator[Trace]:
    """Find each text that names the person, by table and row."""
    if words.is_empty:
        return
    for table in tables():
        yield from _in_table(session, table, words)


def _in_table(session: Session, table: sa.Table, words: Words) -> Iterator[Trace]:
    looked_at, key = columns_of(table), list(table.primary_key.columns)
    likely = [
        sa.cast(column, sa.Text).icontains(piece, autoescape=True)
        for column in looked_at
        for piece in words.likely()
    ]
    query = sa.select(*key, *looked_at).where(sa.or_(*likely)).order_by(*key)
    for row in session.connection().execute(query).all():
        values = row[len(key) :]
        for column, text in zip(looked_at, values, strict=True):
            if isinstance(text, str) and words.stand_in(text):
                yield Trace(table.name, tuple(row[: len(key)]), column.name, text)


def blank(session: Session, words: Words) -> int:
    """Blank the person in every text; give how many texts it was."""
    found = list(find(session, words))
    for trace in found:
        table = Base.metadata.tables[trace.table]
        keys = zip(table.primary_key.columns, trace.key, strict=True)
        text = words.blanked(trace.text)
        if table.columns[trace.column].unique:
            text = f"{text} {'-'.join(map(str, trace.key))}"
        values = {trace.column: text}
        if trace.column == "name" and "sort_key" in table.columns:
            values["sort_key"] = sort_key(text)
        if trace.column == "name" and "match_key" in table.columns:
            values["match_key"] = company_key(text)
        session.connection().execute(
            sa.update(table)
            .where(sa.and_(*(column == value for column, value in keys)))
            .values(values)
        )
    return len(found)
