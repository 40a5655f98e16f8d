"""Visits and what came of them; merged companies; calendar feeds; who wants the digest."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_calendar_feeds_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
    op.create_index(op.f("ix_calendar_feeds_user_id"), "calendar_feeds", ["user_id"], unique=False)
    op.create_table(
        "company_merges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_company_merges_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_company_merges_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["into_id"], ["companies.id"], name=op.f("fk_company_merges_into_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_company_merges_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_company_merges_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_merges")),
    )
    op.create_index(
        op.f("ix_company_merges_change_id"), "company_merges", ["change_id"], unique=False
    )
    op.create_index(
        "uq_company_merges_company",
        "company_merges",
        ["company_id"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_index(op.f("ix_company_merges_into_id"), "company_merges", ["into_id"], unique=False)
    op.create_table(
        "visits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("visitor_id", sa.Integer(), nullable=True),
        sa.Column("visitor_name", sa.Text(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "visit",
                "telephone",
                "video",
                name="kind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("needs", sa.Text(), nullable=True),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("client_key", sa.String(length=64), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name=op.f("fk_visits_change_id")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_visits_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_visits_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_visits_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_visits_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name=op.f("fk_visits_region_id")),
        sa.ForeignKeyConstraint(["visitor_id"], ["users.id"], name=op.f("fk_visits_visitor_id")),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_visits_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        sa.UniqueConstraint(
            "recorded_by_id", "client_key", name=op.f("uq_visits_recorded_by_id_client_key")
        ),
    )
    op.create_index(op.f("ix_visits_change_id"), "visits", ["change_id"], unique=False)
    op.create_index(
        "ix_visits_company_day",
        "visits",
        [
            "company_id",
            "occurred_on",
            "id",
            "voided_at",
            "region_id",
            "organisation_id",
            "municipality_id",
        ],
        unique=False,
    )
    op.create_index(
        "ix_visits_organisation_day",
        "visits",
        ["organisation_id", "occurred_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_visits_region_day",
        "visits",
        [
            "region_id",
            "occurred_on",
            "id",
            "voided_at",
            "kind",
            "visitor_id",
            "organisation_id",
            "municipality_id",
            "company_id",
        ],
        unique=False,
    )
    op.create_index(
        "ix_visits_visitor_day", "visits", ["visitor_id", "occurred_on", "id"], unique=False
    )
    op.create_table(
        "visit_colleagues",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_visit_colleagues_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_visit_colleagues_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_visit_colleagues_user_id")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visits.id"], name=op.f("fk_visit_colleagues_visit_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_visit_colleagues_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_colleagues")),
    )
    op.create_index(
        op.f("ix_visit_colleagues_change_id"), "visit_colleagues", ["change_id"], unique=False
    )
    op.create_index(
        op.f("ix_visit_colleagues_user_id"), "visit_colleagues", ["user_id"], unique=False
    )
    op.create_index(
        op.f("ix_visit_colleagues_visit_id"), "visit_colleagues", ["visit_id"], unique=False
    )
    op.create_table(
        "visit_contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_visit_contacts_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_visit_contacts_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_visit_contacts_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visits.id"], name=op.f("fk_visit_contacts_visit_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_visit_contacts_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_contacts")),
    )
    op.create_index(
        op.f("ix_visit_contacts_change_id"), "visit_contacts", ["change_id"], unique=False
    )
    op.create_index(
        op.f("ix_visit_contacts_contact_id"), "visit_contacts", ["contact_id"], unique=False
    )
    op.create_index(
        op.f("ix_visit_contacts_visit_id"), "visit_contacts", ["visit_id"], unique=False
    )
    op.create_table(
        "visit_ideas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_visit_ideas_change_id")
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["ideas.id"], name=op.f("fk_visit_ideas_idea_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_visit_ideas_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_visit_ideas_visit_id")),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_visit_ideas_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_ideas")),
    )
    op.create_index(op.f("ix_visit_ideas_change_id"), "visit_ideas", ["change_id"], unique=False)
    op.create_index(op.f("ix_visit_ideas_visit_id"), "visit_ideas", ["visit_id"], unique=False)
    op.create_index(
        "uq_visit_ideas_idea",
        "visit_ideas",
        ["idea_id"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_table(
        "visit_follow_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("follow_up_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_visit_follow_ups_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_ups.id"], name=op.f("fk_visit_follow_ups_follow_up_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_visit_follow_ups_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visits.id"], name=op.f("fk_visit_follow_ups_visit_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_visit_follow_ups_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_follow_ups")),
    )
    op.create_index(
        op.f("ix_visit_follow_ups_change_id"), "visit_follow_ups", ["change_id"], unique=False
    )
    op.create_index(
        op.f("ix_visit_follow_ups_follow_up_id"), "visit_follow_ups", ["follow_up_id"], unique=False
    )
    op.create_index(
        op.f("ix_visit_follow_ups_visit_id"), "visit_follow_ups", ["visit_id"], unique=False
    )
    op.create_table(
        "import_visit_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("source_key", sa.String(length=64), nullable=False),
        sa.Column("company_match_key", sa.Text(), nullable=False),
        sa.Column("orgnr", sa.String(length=9), nullable=True),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name=op.f("fk_import_visit_rows_region_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_runs.id"], name=op.f("fk_import_visit_rows_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visits.id"], name=op.f("fk_import_visit_rows_visit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_visit_rows")),
    )
    op.create_index(
        "ix_import_visit_rows_identity",
        "import_visit_rows",
        ["region_id", "source_key"],
        unique=False,
    )
    op.create_index(
        op.f("ix_import_visit_rows_run_id"), "import_visit_rows", ["run_id"], unique=False
    )
    op.create_index(
        op.f("ix_import_visit_rows_visit_id"), "import_visit_rows", ["visit_id"], unique=False
    )
    op.add_column(
        "import_uploads", sa.Column("holds", sa.Text(), server_default="ideas", nullable=False)
    )
    op.add_column(
        "import_uploads",
        sa.Column("is_guessed", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("companies", sa.Column("last_contact_on", sa.Date(), nullable=True))
    op.add_column(
        "companies", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )
    op.drop_index("ix_ideas_board", table_name="ideas")
    op.create_index("ix_ideas_registered", "ideas", ["region_id", "registered_on"], unique=False)
    op.add_column(
        "users", sa.Column("wants_digest", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column("messages", sa.Column("unsubscribe_url", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("messages", "unsubscribe_url")
    op.drop_column("users", "wants_digest")
    op.drop_index("ix_ideas_registered", table_name="ideas")
    op.create_index(
        "ix_ideas_board",
        "ideas",
        ["region_id", "status", "stage_id", "position"],
        unique=False,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.drop_column("companies", "version")
    op.drop_column("companies", "last_contact_on")
    op.drop_column("import_uploads", "is_guessed")
    op.drop_column("import_uploads", "holds")
    op.drop_index(op.f("ix_import_visit_rows_visit_id"), table_name="import_visit_rows")
    op.drop_index(op.f("ix_import_visit_rows_run_id"), table_name="import_visit_rows")
    op.drop_index("ix_import_visit_rows_identity", table_name="import_visit_rows")
    op.drop_table("import_visit_rows")
    op.drop_index(op.f("ix_visit_follow_ups_visit_id"), table_name="visit_follow_ups")
    op.drop_index(op.f("ix_visit_follow_ups_follow_up_id"), table_name="visit_follow_ups")
    op.drop_index(op.f("ix_visit_follow_ups_change_id"), table_name="visit_follow_ups")
    op.drop_table("visit_follow_ups")
    op.drop_index(
        "uq_visit_ideas_idea",
        table_name="visit_ideas",
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.drop_index(op.f("ix_visit_ideas_visit_id"), table_name="visit_ideas")
    op.drop_index(op.f("ix_visit_ideas_change_id"), table_name="visit_ideas")
    op.drop_table("visit_ideas")
    op.drop_index(op.f("ix_visit_contacts_visit_id"), table_name="visit_contacts")
    op.drop_index(op.f("ix_visit_contacts_contact_id"), table_name="visit_contacts")
    op.drop_index(op.f("ix_visit_contacts_change_id"), table_name="visit_contacts")
    op.drop_table("visit_contacts")
    op.drop_index(op.f("ix_visit_colleagues_visit_id"), table_name="visit_colleagues")
    op.drop_index(op.f("ix_visit_colleagues_user_id"), table_name="visit_colleagues")
    op.drop_index(op.f("ix_visit_colleagues_change_id"), table_name="visit_colleagues")
    op.drop_table("visit_colleagues")
    op.drop_index("ix_visits_visitor_day", table_name="visits")
    op.drop_index("ix_visits_region_day", table_name="visits")
    op.drop_index("ix_visits_organisation_day", table_name="visits")
    op.drop_index("ix_visits_company_day", table_name="visits")
    op.drop_index(op.f("ix_visits_change_id"), table_name="visits")
    op.drop_table("visits")
    op.drop_index(op.f("ix_company_merges_into_id"), table_name="company_merges")
    op.drop_index(
        "uq_company_merges_company",
        table_name="company_merges",
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.drop_index(op.f("ix_company_merges_change_id"), table_name="company_merges")
    op.drop_table("company_merges")
    op.drop_index(op.f("ix_calendar_feeds_user_id"), table_name="calendar_feeds")
    op.drop_table("calendar_feeds")
