"""Saved views and the index of words that the search reads.

The index is filled by the program after the migration (`db upgrade` and the start do so): its
words are stems, which no database can make, and a migration knows nothing of the program.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KINDS = ("idea", "company", "contact", "visit", "application")
FULL_TEXT = (
    "CREATE VIRTUAL TABLE search_words USING fts5(words, content='search_entries', content_rowid='id', detail=none, prefix='4 5 6', tokenize='unicode61 remove_diacritics 0')",
    "CREATE TRIGGER search_entries_added AFTER INSERT ON search_entries BEGIN INSERT INTO search_words(rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER search_entries_gone AFTER DELETE ON search_entries BEGIN INSERT INTO search_words(search_words, rowid, words) VALUES ('delete', old.id, old.words); END",
    "CREATE TRIGGER search_entries_changed AFTER UPDATE ON search_entries BEGIN INSERT INTO search_words(search_words, rowid, words) VALUES ('delete', old.id, old.words); INSERT INTO search_words(rowid, words) VALUES (new.id, new.words); END",
)


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "search_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("words", sa.Text() if is_sqlite else TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_entries"),
        sa.UniqueConstraint("kind", "record_id", name="uq_search_entries_kind_record_id"),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name="fk_saved_views_region_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_saved_views_owner_id"),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name="fk_saved_views_change_id"),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name="fk_saved_views_recorded_by_id"
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name="fk_saved_views_void_change_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
    )
    op.create_index("ix_saved_views_region_id", "saved_views", ["region_id"])
    op.create_index("ix_saved_views_change_id", "saved_views", ["change_id"])
    if is_sqlite:
        for statement in FULL_TEXT:
            op.execute(statement)
    else:
        op.create_index(
            "ix_search_entries_words", "search_entries", ["words"], postgresql_using="gin"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_words")
    op.drop_table("search_entries")
    op.drop_table("saved_views")
