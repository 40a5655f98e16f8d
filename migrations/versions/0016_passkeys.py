"""Codes work once, and a sign-in by one's own organisation knows how to sign out there."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("tf_last_step", sa.BigInteger(), nullable=True))
    op.add_column("sign_ins", sa.Column("id_token", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("sign_ins", "id_token")
    op.drop_column("users", "tf_last_step")
