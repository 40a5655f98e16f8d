"""Tags, comments, links, merges and the archive of ideas."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STANDING = sa.text("voided_at IS NULL")
TABLES = (
    "tags", "idea_tags", "idea_comments", "idea_mentions", "idea_mention_stops", "idea_links",
    "idea_merges",
)  # fmt: skip
SEARCH = ("region_id", "status", "stage_id", "position", "search_key")


def upgrade() -> None:
    op.add_column("ideas", sa.Column("archived_on", sa.Date(), nullable=True))
    _index_search(*SEARCH, "archived_on", "id")
    op.create_table(
        "tags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name="fk_tags_region_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        sa.UniqueConstraint("region_id", "name_key", name="uq_tags_region_id_name_key"),
    )
    _create("idea_tags", {"idea_id": "ideas", "tag_id": "tags"})
    _unique("uq_idea_tags_standing", "idea_tags", "idea_id", "tag_id")
    _create(
        "idea_comments",
        {"idea_id": "ideas"},
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
    )
    _create("idea_mentions", {"comment_id": "idea_comments", "user_id": "users"}, bare=["user_id"])
    _create("idea_mention_stops", {"user_id": "users"})
    _create(
        "idea_links",
        {"idea_id": "ideas", "other_id": "ideas"},
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.CheckConstraint("idea_id <> other_id", name=op.f("ck_idea_links_two_ideas")),
        sa.CheckConstraint(
            "kind IN ('related', 'builds_on', 'duplicate_of')", name=op.f("ck_idea_links_kind")
        ),
    )
    _create("idea_merges", {"idea_id": "ideas", "into_id": "ideas"}, bare=["idea_id"])
    _unique("uq_idea_merges_idea", "idea_merges", "idea_id")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    _index_search(*SEARCH, "id")
    op.drop_column("ideas", "archived_on")


def _index_search(*columns: str) -> None:
    op.drop_index("ix_ideas_search", "ideas")
    op.create_index(
        "ix_ideas_search", "ideas", columns, sqlite_where=STANDING, postgresql_where=STANDING
    )


def _unique(name: str, table: str, *columns: str) -> None:
    op.create_index(
        name, table, columns, unique=True, sqlite_where=STANDING, postgresql_where=STANDING
    )


def _create(name: str, keys: dict[str, str], *columns: Any, bare: Any = ()) -> None:
    """Create a table of records, each made by a change, with keys that are looked up."""
    recorded = {"change_id": "changes", "recorded_by_id": "users", "void_change_id": "changes"}
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(key, sa.Integer(), nullable=False) for key in keys),
        *columns,
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        *(
            sa.ForeignKeyConstraint([key], [f"{table}.id"], name=f"fk_{name}_{key}")
            for key, table in {**keys, **recorded}.items()
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )
    for key in (*keys, "change_id"):
        if key not in bare:
            op.create_index(f"ix_{name}_{key}", name, [key])
