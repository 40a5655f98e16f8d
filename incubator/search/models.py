"""The index of the search: the words of each record that can be found."""

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR

from incubator.core.db import Base, Id, Mapped, enum_column, mapped_column


class Kind(StrEnum):
    """What can be found."""

    IDEA = "idea"
    COMPANY = "company"
    CONTACT = "contact"
    VISIT = "visit"
    APPLICATION = "application"

    @property
    def letter(self) -> str:
        """The letter before all tokens of the kind."""
        return "p" if self == Kind.CONTACT else self.value[0]


class SearchEntry(Base):
    """What one record is found by. Made of the records by `search.indexing`, and of nothing else.

    `words` are stems, each behind a letter that says where it stands and who may find it there
    (see `search.words`), and tokens for kind, region and reader. SQLite reads them through the
    full-text table `search_words`, which triggers keep; PostgreSQL by the index on the column.
    """

    __tablename__ = "search_entries"
    __table_args__ = (
        sa.UniqueConstraint("kind", "record_id"),
        sa.Index("ix_search_entries_words", "words", postgresql_using="gin").ddl_if(
            dialect="postgresql"
        ),
    )

    id: Mapped[Id]
    kind: Mapped[Kind] = enum_column(Kind, "kind")
    record_id: Mapped[int]
    title: Mapped[str]  # the stems of its name in their order, to rank by
    words: Mapped[str] = mapped_column(sa.Text().with_variant(TSVECTOR(), "postgresql"))


# Words that SQLite can look up. It keeps no copy of them: `detail=none`, since nobody asks where
# in a text a word stands, and the rows themselves are those of the table above.
FULL_TEXT = (
    "CREATE VIRTUAL TABLE search_words USING fts5(words, content='search_entries',"
    " content_rowid='id', detail=none, prefix='4 5 6', tokenize='unicode61 remove_diacritics 0')",
    "CREATE TRIGGER search_entries_added AFTER INSERT ON search_entries BEGIN"
    " INSERT INTO search_words(rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER search_entries_gone AFTER DELETE ON search_entries BEGIN"
    " INSERT INTO search_words(search_words, rowid, words)"
    " VALUES ('delete', old.id, old.words); END",
    "CREATE TRIGGER search_entries_changed AFTER UPDATE ON search_entries BEGIN"
    " INSERT INTO search_words(search_words, rowid, words)"
    " VALUES ('delete', old.id, old.words);"
    " INSERT INTO search_words(rowid, words) VALUES (new.id, new.words); END",
)
for statement in FULL_TEXT:
    sa.event.listen(
        SearchEntry.__table__,
        "after_create",
        sa.DDL(statement).execute_if(dialect="sqlite"),  # type: ignore[no-untyped-call]
    )
