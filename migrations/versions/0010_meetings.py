"""The weekly meeting and its minutes."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

PARTS = ("again", "changed", "stale", "deadline", "new", "added")
KINDS = (
    "moved", "parked", "stopped", "reopened", "launched", "assigned", "step", "again", "unchanged",
)  # fmt: skip
RUNNING = "closed_at IS NULL AND voided_at IS NULL"


def upgrade() -> None:
    recorded = ("change_id", "recorded_by_id", "void_change_id")
    op.create_table(
        "meetings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        *_recorded(),
        *_keys("meetings", (*recorded, "region_id", "closed_by_id")),
    )
    op.create_index("ix_meetings_change_id", "meetings", ["change_id"])
    op.create_index("ix_meetings_region_id_occurred_on", "meetings", ["region_id", "occurred_on"])
    op.create_index(
        "uq_meetings_running", "meetings", ["region_id"], unique=True,
        sqlite_where=sa.text(RUNNING), postgresql_where=sa.text(RUNNING),
    )  # fmt: skip
    op.create_table(
        "meeting_presences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("guest", sa.Text(), nullable=True),
        *_recorded(),
        sa.CheckConstraint("(user_id IS NULL) <> (guest IS NULL)", name="user_or_guest"),
        *_keys("meeting_presences", (*recorded, "meeting_id", "user_id")),
    )
    op.create_index("ix_meeting_presences_change_id", "meeting_presences", ["change_id"])
    op.create_index("ix_meeting_presences_meeting_id", "meeting_presences", ["meeting_id"])
    op.create_table(
        "meeting_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("part", _enum(PARTS, "part"), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        *_recorded(),
        sa.UniqueConstraint("meeting_id", "nth", name="uq_meeting_items_meeting_id_nth"),
        sa.UniqueConstraint("meeting_id", "idea_id", name="uq_meeting_items_meeting_id_idea_id"),
        *_keys("meeting_items", (*recorded, "meeting_id", "idea_id")),
    )
    op.create_index("ix_meeting_items_change_id", "meeting_items", ["change_id"])
    op.create_index("ix_meeting_items_idea_id", "meeting_items", ["idea_id"])
    op.create_table(
        "meeting_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("kind", _enum(KINDS, "kind"), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("follow_up_id", sa.Integer(), nullable=True),
        *_recorded(),
        *_keys("meeting_decisions", (*recorded, "item_id", "stage_id", "owner_id", "follow_up_id")),
    )
    op.create_index("ix_meeting_decisions_change_id", "meeting_decisions", ["change_id"])
    op.create_index("ix_meeting_decisions_item_id", "meeting_decisions", ["item_id"])


TO = {
    "change_id": "changes", "void_change_id": "changes", "recorded_by_id": "users",
    "closed_by_id": "users", "user_id": "users", "owner_id": "users", "region_id": "regions",
    "meeting_id": "meetings", "idea_id": "ideas", "item_id": "meeting_items",
    "stage_id": "stages", "follow_up_id": "follow_ups",
}  # fmt: skip


def _recorded() -> tuple[sa.Column, ...]:
    return (
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
    )


def _keys(table: str, columns: tuple[str, ...]) -> tuple[sa.Constraint, ...]:
    return (
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        *(
            sa.ForeignKeyConstraint([column], [f"{TO[column]}.id"], name=f"fk_{table}_{column}")
            for column in columns
        ),
    )


def _enum(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True)


def downgrade() -> None:
    op.drop_table("meeting_decisions")
    op.drop_table("meeting_items")
    op.drop_table("meeting_presences")
    op.drop_table("meetings")
