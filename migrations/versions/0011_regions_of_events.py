"""Statuses of ideas and of applications tell their region: a count reads no other region's."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_region("application_events")
    op.execute(
        "UPDATE application_events SET region_id = (SELECT region_id FROM applications"
        " WHERE applications.id = application_events.application_id)"
    )
    add_region("status_events")
    op.execute(
        "UPDATE status_events SET region_id ="
        " (SELECT region_id FROM ideas WHERE ideas.id = status_events.idea_id)"
    )
    op.create_index(
        "ix_application_events_region", "application_events",
        ["region_id", "status", "occurred_on", "application_id", "amount_nok"],
        sqlite_where=sa.text("voided_at IS NULL"), postgresql_where=sa.text("voided_at IS NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_status_events_region", "status_events",
        ["region_id", "status", "occurred_on", "idea_id"],
        sqlite_where=sa.text("voided_at IS NULL"), postgresql_where=sa.text("voided_at IS NULL"),
    )  # fmt: skip


def add_region(table: str) -> None:
    op.execute(  # both databases know this form
        f"ALTER TABLE {table} ADD COLUMN region_id INTEGER"
        f" CONSTRAINT fk_{table}_region_id REFERENCES regions (id)"
    )


def downgrade() -> None:
    op.drop_index("ix_status_events_region", table_name="status_events")
    op.drop_column("status_events", "region_id")
    op.drop_index("ix_application_events_region", table_name="application_events")
    op.drop_column("application_events", "region_id")
