"""Tokens, answers that are repeated, and webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("beginning", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_tokens_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_api_tokens_token_hash"),
    )
    op.create_index("ix_api_tokens_user_id", "api_tokens", ["user_id"])
    _pair("api_token_regions", ("token_id", "api_tokens"), ("region_id", "regions"))
    op.create_table(
        "api_changes",
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name="fk_api_changes_change_id"),
        sa.ForeignKeyConstraint(["token_id"], ["api_tokens.id"], name="fk_api_changes_token_id"),
        sa.PrimaryKeyConstraint("change_id", name="pk_api_changes"),
    )
    op.create_index("ix_api_changes_token_id", "api_changes", ["token_id"])
    op.create_table(
        "api_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["api_tokens.id"], name="fk_api_answers_token_id"),
        sa.PrimaryKeyConstraint("id", name="pk_api_answers"),
        sa.UniqueConstraint("token_id", "key", name="uq_api_answers_token_id_key"),
    )
    op.create_index("ix_api_answers_kept_at", "api_answers", ["kept_at"])
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_webhooks_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )
    op.create_index("ix_webhooks_user_id", "webhooks", ["user_id"])
    _pair(
        "webhook_regions", ("webhook_id", "webhooks"), ("region_id", "regions"),
        more=(sa.Column("seen_change_id", sa.Integer(), nullable=False),),
    )  # fmt: skip
    op.create_table(
        "webhook_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("webhook_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("not_before", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("given_up_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name="fk_webhook_messages_webhook_id"
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name="fk_webhook_messages_change_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_messages"),
        sa.UniqueConstraint(
            "webhook_id", "change_id", name="uq_webhook_messages_webhook_id_change_id"
        ),
    )
    op.create_index(
        "ix_webhook_messages_waiting", "webhook_messages",
        ["sent_at", "given_up_at", "not_before"],
    )  # fmt: skip


def _pair(table: str, *keys: tuple[str, str], more: tuple[sa.Column[int], ...] = ()) -> None:
    op.create_table(
        table,
        *(sa.Column(column, sa.Integer(), nullable=False) for column, _target in keys),
        *more,
        *(
            sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")
            for column, target in keys
        ),
        sa.PrimaryKeyConstraint(*(column for column, _target in keys), name=f"pk_{table}"),
    )


def downgrade() -> None:
    for table in (
        "webhook_messages", "webhook_regions", "webhooks", "api_answers", "api_changes",
        "api_token_regions", "api_tokens",
    ):  # fmt: skip
        op.drop_table(table)
