"""Each attempt to send a mail, addresses that it came back from, and what was said of a draft."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def recorded(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name=f"fk_{table}_change_id"),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=f"fk_{table}_recorded_by_id"
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=f"fk_{table}_void_change_id"
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    ]


def upgrade() -> None:
    op.create_table(
        "mail_attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "sent", "filed", "never", "later", "no_server", "unanswered", "broken_off",
                name="outcome", native_enum=False, create_constraint=True,
            ),
            nullable=True,
        ),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_mail_attempts_message_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mail_attempts"),
    )  # fmt: skip
    op.create_index("ix_mail_attempts_message_id", "mail_attempts", ["message_id"])
    op.add_column(
        "summaries",
        sa.Column("is_self_sent", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_index(
        "ix_summaries_draft",
        "summaries",
        ["id"],
        sqlite_where=sa.text("status = 'draft'"),
        postgresql_where=sa.text("status = 'draft'"),
    )
    op.create_table(
        "summary_comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("summary_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["summary_id"], ["summaries.id"], name="fk_summary_comments_summary_id"
        ),
        *recorded("summary_comments"),
    )
    op.create_index("ix_summary_comments_change_id", "summary_comments", ["change_id"])
    op.create_index("ix_summary_comments_summary_id", "summary_comments", ["summary_id"])
    op.create_table(
        "summary_bounces",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["summary_recipients.id"], name="fk_summary_bounces_recipient_id"
        ),
        *recorded("summary_bounces"),
    )
    op.create_index("ix_summary_bounces_change_id", "summary_bounces", ["change_id"])
    op.create_index("ix_summary_bounces_recipient_id", "summary_bounces", ["recipient_id"])


def downgrade() -> None:
    op.drop_table("summary_bounces")
    op.drop_table("summary_comments")
    op.drop_index("ix_summaries_draft", table_name="summaries")
    op.drop_column("summaries", "is_self_sent")
    op.drop_table("mail_attempts")
