"""What stages were called and their limits, with the days they held; forms that were sent once."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _recorded(table: str) -> list[sa.schema.SchemaItem]:
    """Give who recorded a row and who took it back; what came with a stage has neither."""
    return [
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("change_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.ForeignKeyConstraint(["stage_id"], ["stages.id"], name=f"fk_{table}_stage_id"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    ]


def upgrade() -> None:
    op.create_table(
        "stage_terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("label_nb", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("stale_days", sa.Integer(), nullable=False),
        sa.Column("soft_limit", sa.Integer(), nullable=True),
        *_recorded("stage_terms"),
    )
    op.create_index("ix_stage_terms_stage_id", "stage_terms", ["stage_id"])
    op.create_table(
        "stage_limits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("soft_limit", sa.Integer(), nullable=True),
        *_recorded("stage_limits"),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name="fk_stage_limits_region_id"),
    )
    op.create_index("ix_stage_limits_region_id", "stage_limits", ["region_id", "stage_id"])
    op.create_table(
        "sent_forms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name="fk_sent_forms_change_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sent_forms"),
        sa.UniqueConstraint("key", name="uq_sent_forms_key"),
    )
    # As far back as anybody can ask, a stage was what it is called now.
    op.execute(
        "INSERT INTO stage_terms (stage_id, label_nb, label_en, stale_days, soft_limit)"
        " SELECT id, label_nb, label_en, stale_days, soft_limit FROM stages ORDER BY nth"
    )


def downgrade() -> None:
    op.drop_table("sent_forms")
    op.drop_table("stage_limits")
    op.drop_table("stage_terms")
