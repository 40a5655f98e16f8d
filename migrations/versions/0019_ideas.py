"""Ideas that are shared have a token in the index of the search, which is filled anew.

The program does that after the migration, as it filled it at first (0007).
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM search_entries")


def downgrade() -> None:
    op.execute("DELETE FROM search_entries")
