"""Who gets the monthly summary, what it said with its rows, and to whom it went."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("began_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("messages", sa.Column("uncertain_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "summary_partners",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=True),
        sa.Column(
            "cadence",
            sa.Enum(
                "monthly", "quarterly", name="cadence", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column("hides_small", sa.Boolean(), nullable=False),
        sa.Column("sends_after_days", sa.Integer(), nullable=True),
        sa.Column("legal_basis", sa.Text(), nullable=True),
        sa.Column("case_number", sa.Text(), nullable=True),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "sends_after_days >= 0", name=op.f("ck_summary_partners_sends_after_positive")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_summary_partners_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_summary_partners_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_summary_partners_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_summary_partners_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name=op.f("fk_summary_partners_region_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_summary_partners_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary_partners")),
    )
    op.create_index(
        op.f("ix_summary_partners_change_id"), "summary_partners", ["change_id"], unique=False
    )
    op.create_index(
        op.f("ix_summary_partners_region_id"), "summary_partners", ["region_id"], unique=False
    )
    op.create_table(
        "summaries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("draft", "approved", name="status", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("cut_off_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contents", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["users.id"], name=op.f("fk_summaries_approved_by_id")
        ),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name=op.f("fk_summaries_change_id")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["summary_partners.id"], name=op.f("fk_summaries_partner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summaries")),
        sa.UniqueConstraint(
            "partner_id", "month", "version", name=op.f("uq_summaries_partner_id_month_version")
        ),
    )
    op.create_table(
        "summary_partner_municipalities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_summary_partner_municipalities_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_summary_partner_municipalities_municipality_id"),
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"],
            ["summary_partners.id"],
            name=op.f("fk_summary_partner_municipalities_partner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["users.id"],
            name=op.f("fk_summary_partner_municipalities_recorded_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"],
            ["changes.id"],
            name=op.f("fk_summary_partner_municipalities_void_change_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary_partner_municipalities")),
    )
    op.create_index(
        op.f("ix_summary_partner_municipalities_change_id"),
        "summary_partner_municipalities",
        ["change_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_summary_partner_municipalities_partner_id"),
        "summary_partner_municipalities",
        ["partner_id"],
        unique=False,
    )
    op.create_table(
        "summary_recipients",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_summary_recipients_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["summary_partners.id"], name=op.f("fk_summary_recipients_partner_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_summary_recipients_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_summary_recipients_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary_recipients")),
    )
    op.create_index(
        op.f("ix_summary_recipients_change_id"), "summary_recipients", ["change_id"], unique=False
    )
    op.create_index(
        "uq_summary_recipients_email",
        "summary_recipients",
        ["partner_id", "email"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("summary_id", sa.Integer(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_deliveries_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["summary_recipients.id"], name=op.f("fk_deliveries_recipient_id")
        ),
        sa.ForeignKeyConstraint(
            ["summary_id"], ["summaries.id"], name=op.f("fk_deliveries_summary_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("message_id", name=op.f("uq_deliveries_message_id")),
        sa.UniqueConstraint(
            "summary_id", "recipient_id", name=op.f("uq_deliveries_summary_id_recipient_id")
        ),
    )
    op.create_index(
        op.f("ix_deliveries_recipient_id"), "deliveries", ["recipient_id"], unique=False
    )
    op.create_table(
        "summary_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("summary_id", sa.Integer(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column(
            "span",
            sa.Enum("period", "year", name="span", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["summary_id"], ["summaries.id"], name=op.f("fk_summary_rows_summary_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary_rows")),
    )
    op.create_index(
        "ix_summary_rows_figure", "summary_rows", ["summary_id", "metric"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_summary_rows_figure", table_name="summary_rows")
    op.drop_table("summary_rows")
    op.drop_index(op.f("ix_deliveries_recipient_id"), table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index(
        "uq_summary_recipients_email",
        table_name="summary_recipients",
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.drop_index(op.f("ix_summary_recipients_change_id"), table_name="summary_recipients")
    op.drop_table("summary_recipients")
    op.drop_index(
        op.f("ix_summary_partner_municipalities_partner_id"),
        table_name="summary_partner_municipalities",
    )
    op.drop_index(
        op.f("ix_summary_partner_municipalities_change_id"),
        table_name="summary_partner_municipalities",
    )
    op.drop_table("summary_partner_municipalities")
    op.drop_table("summaries")
    op.drop_index(op.f("ix_summary_partners_region_id"), table_name="summary_partners")
    op.drop_index(op.f("ix_summary_partners_change_id"), table_name="summary_partners")
    op.drop_table("summary_partners")
    op.drop_column("messages", "uncertain_at")
    op.drop_column("messages", "began_at")
