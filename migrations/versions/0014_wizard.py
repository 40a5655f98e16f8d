"""Rows of imported lists of other kinds, and which column is which in lists of one make."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_list_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("holds", sa.Text(), nullable=False),
        sa.Column("source_key", sa.String(64), nullable=False),
        sa.Column("company_match_key", sa.Text(), nullable=False),
        sa.Column("orgnr", sa.String(9), nullable=True),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_list_rows"),
        sa.ForeignKeyConstraint(["run_id"], ["import_runs.id"], name="fk_import_list_rows_run_id"),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name="fk_import_list_rows_region_id"
        ),
    )
    op.create_index("ix_import_list_rows_run_id", "import_list_rows", ["run_id"])
    op.create_index(
        "ix_import_list_rows_identity", "import_list_rows", ["region_id", "holds", "source_key"]
    )
    op.create_table(
        "import_mappings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("holds", sa.Text(), nullable=False),
        sa.Column("headers_key", sa.String(64), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_import_mappings"),
        sa.UniqueConstraint(
            "region_id",
            "holds",
            "headers_key",
            name="uq_import_mappings_region_id_holds_headers_key",
        ),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name="fk_import_mappings_region_id"),
        sa.ForeignKeyConstraint(
            ["saved_by_id"], ["users.id"], name="fk_import_mappings_saved_by_id"
        ),
    )


def downgrade() -> None:
    op.drop_table("import_mappings")
    op.drop_table("import_list_rows")
