"""Files that mail carries, kept once each, and those of a summary as it was approved."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mail_files"),
        sa.UniqueConstraint("sha256", name="uq_mail_files_sha256"),
    )
    op.create_table(
        "mail_attachments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["mail_files.id"], name="fk_mail_attachments_file_id"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_mail_attachments_message_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mail_attachments"),
        sa.UniqueConstraint("message_id", "name", name="uq_mail_attachments_message_id_name"),
    )
    op.create_index("ix_mail_attachments_file_id", "mail_attachments", ["file_id"])
    op.create_table(
        "summary_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("summary_id", sa.Integer(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_id", sa.Text(), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["mail_files.id"], name="fk_summary_files_file_id"),
        sa.ForeignKeyConstraint(
            ["summary_id"], ["summaries.id"], name="fk_summary_files_summary_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_summary_files"),
        sa.UniqueConstraint(
            "summary_id", "locale", "name", name="uq_summary_files_summary_id_locale_name"
        ),
    )
    op.create_index("ix_summary_files_file_id", "summary_files", ["file_id"])


def downgrade() -> None:
    op.drop_table("summary_files")
    op.drop_table("mail_attachments")
    op.drop_table("mail_files")
