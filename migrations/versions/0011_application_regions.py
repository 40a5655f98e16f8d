"""What happens to an application tells its region, so that a count reads no other region's."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(  # both databases know this form
        "ALTER TABLE application_events ADD COLUMN region_id INTEGER"
        " CONSTRAINT fk_application_events_region_id REFERENCES regions (id)"
    )
    op.execute(
        "UPDATE application_events SET region_id = (SELECT region_id FROM applications"
        " WHERE applications.id = application_events.application_id)"
    )
    op.create_index(
        "ix_application_events_region", "application_events",
        ["region_id", "status", "occurred_on", "application_id", "amount_nok"],
        sqlite_where=sa.text("voided_at IS NULL"), postgresql_where=sa.text("voided_at IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_application_events_region", table_name="application_events")
    op.drop_column("application_events", "region_id")
