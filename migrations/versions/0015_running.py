"""Why contacts are held: for what, by which right, from where, and when that is looked at again."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BASES = ("legitimate_interest", "public_task", "agreement", "consent", "legal_duty")


def upgrade() -> None:
    op.add_column("contacts", sa.Column("purpose", sa.Text(), nullable=True))
    # SQLite takes a CHECK with a new column in one statement only.
    among = ", ".join(f"'{basis}'" for basis in BASES)
    op.execute(
        "ALTER TABLE contacts ADD COLUMN legal_basis VARCHAR(19)"
        f" CONSTRAINT ck_contacts_legal_basis CHECK (legal_basis IN ({among}))"
    )
    op.add_column("contacts", sa.Column("source", sa.Text(), nullable=True))
    op.add_column("contacts", sa.Column("review_on", sa.Date(), nullable=True))


def downgrade() -> None:
    for name in ("review_on", "source", "legal_basis", "purpose"):
        op.drop_column("contacts", name)
