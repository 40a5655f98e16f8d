"""Payments, rules and paths of goals, attributions, background figures; more of applications."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PERIODS = "'whole', 'year', 'half_year', 'quarter', 'month'"


def upgrade() -> None:
    op.create_table(
        "background_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_background_series")),
        sa.UniqueConstraint("key", name=op.f("uq_background_series_key")),
    )
    op.create_table(
        "attributions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column(
            "subject_kind",
            sa.Enum(
                "idea",
                "incubation",
                "application",
                "job_record",
                name="subject_kind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("share BETWEEN 1 AND 100", name=op.f("ck_attributions_share_percent")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_attributions_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_attributions_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_attributions_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_attributions_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attributions")),
    )
    op.create_index(op.f("ix_attributions_change_id"), "attributions", ["change_id"], unique=False)
    op.create_index(
        op.f("ix_attributions_programme_id"), "attributions", ["programme_id"], unique=False
    )
    op.create_index(
        "uq_attributions_claim",
        "attributions",
        ["subject_kind", "subject_id", "programme_id"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_table(
        "background_figures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("retrieved_on", sa.Date(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_background_figures_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_background_figures_municipality_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_background_figures_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["background_series.id"], name=op.f("fk_background_figures_series_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_background_figures_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_background_figures")),
    )
    op.create_index(
        op.f("ix_background_figures_change_id"), "background_figures", ["change_id"], unique=False
    )
    op.create_index(
        op.f("ix_background_figures_municipality_id"),
        "background_figures",
        ["municipality_id"],
        unique=False,
    )
    op.create_index(
        "uq_background_figures_day",
        "background_figures",
        ["series_id", "municipality_id", "occurred_on"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_table(
        "goal_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("goal_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_goal_rules_change_id")
        ),
        sa.ForeignKeyConstraint(["goal_id"], ["goals.id"], name=op.f("fk_goal_rules_goal_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_goal_rules_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_goal_rules_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal_rules")),
    )
    op.create_index(op.f("ix_goal_rules_change_id"), "goal_rules", ["change_id"], unique=False)
    op.create_index(
        "uq_goal_rules_from",
        "goal_rules",
        ["goal_id", "valid_from"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_table(
        "goal_targets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("goal_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("target >= 0", name=op.f("ck_goal_targets_target_positive")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_goal_targets_change_id")
        ),
        sa.ForeignKeyConstraint(["goal_id"], ["goals.id"], name=op.f("fk_goal_targets_goal_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_goal_targets_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_goal_targets_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal_targets")),
    )
    op.create_index(op.f("ix_goal_targets_change_id"), "goal_targets", ["change_id"], unique=False)
    op.create_index(
        "uq_goal_targets_year",
        "goal_targets",
        ["goal_id", "year"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("paid", "returned", name="kind", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("amount_nok", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("amount_nok > 0", name=op.f("ck_payments_amount_positive")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_payments_application_id")
        ),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name=op.f("fk_payments_change_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_payments_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_payments_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    op.create_index(
        op.f("ix_payments_application_id"), "payments", ["application_id"], unique=False
    )
    op.create_index(op.f("ix_payments_change_id"), "payments", ["change_id"], unique=False)
    op.add_column("applications", sa.Column("title", sa.Text(), nullable=True))
    op.add_column("applications", sa.Column("report_due_on", sa.Date(), nullable=True))
    op.add_column("applications", sa.Column("reference", sa.Text(), nullable=True))
    add_reference("applications", "owner_id", "users")
    add_reference("goals", "focus_area_id", "focus_areas")
    add_reference(
        "goals", "municipality_id", "municipalities",
        "CONSTRAINT ck_goals_municipality_alone"
        " CHECK (municipality_id IS NULL OR (region_id IS NULL AND county IS NULL))",
    )  # fmt: skip
    op.execute(
        "ALTER TABLE goals ADD COLUMN period VARCHAR(9) DEFAULT 'whole' NOT NULL"
        f" CONSTRAINT ck_goals_period CHECK (period IN ({PERIODS}))"
    )
    op.execute(
        "INSERT INTO goal_rules (goal_id, valid_from, text, change_id, recorded_at,"
        " recorded_by_id, voided_at, void_change_id)"
        " SELECT id, from_on, counting_rule, change_id, recorded_at, recorded_by_id, voided_at,"
        " void_change_id FROM goals WHERE counting_rule IS NOT NULL"
    )
    op.drop_column("goals", "counting_rule")
    op.add_column("job_records", sa.Column("note", sa.Text(), nullable=True))
    add_reference("stage_events", "region_id", "regions")
    op.execute(
        "UPDATE stage_events SET region_id ="
        " (SELECT region_id FROM ideas WHERE ideas.id = stage_events.idea_id)"
    )
    op.create_index(
        "ix_stage_events_region",
        "stage_events",
        ["region_id", "stage_id", "occurred_on", "idea_id", "nth"],
        unique=False,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_index(op.f("ix_job_records_next_check_on"), "job_records", ["next_check_on"])
    add_reference("job_records", "realises_id", "job_records")
    op.create_index(op.f("ix_job_records_realises_id"), "job_records", ["realises_id"])
    for table, column in (("stage_events", "stage_id"), ("status_events", "status")):
        op.create_index(
            f"ix_{table}_course", table, ["idea_id", "occurred_on", "nth", column, "id"],
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        )  # fmt: skip
    op.drop_index("ix_ideas_registered", table_name="ideas")
    op.create_index(
        "ix_ideas_registered", "ideas",
        ["region_id", "registered_on", "id", "voided_at", "municipality_id", "company_id",
         "owner_id", "owner_name", "is_shared"],
    )  # fmt: skip


def add_reference(table: str, column: str, to: str, more: str = "") -> None:
    """Add a column that names a row of another table; both databases know this form."""
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} INTEGER"
        f" CONSTRAINT fk_{table}_{column} REFERENCES {to} (id) {more}"
    )


def downgrade() -> None:
    op.drop_index("ix_ideas_registered", table_name="ideas")
    op.create_index("ix_ideas_registered", "ideas", ["region_id", "registered_on"])
    op.drop_index("ix_status_events_course", table_name="status_events")
    op.drop_index("ix_stage_events_course", table_name="stage_events")
    op.drop_index(op.f("ix_job_records_realises_id"), table_name="job_records")
    op.drop_column("job_records", "realises_id")
    op.drop_index("ix_stage_events_region", table_name="stage_events")
    op.drop_column("stage_events", "region_id")
    op.drop_index(op.f("ix_job_records_next_check_on"), table_name="job_records")
    op.drop_column("job_records", "note")
    op.add_column("goals", sa.Column("counting_rule", sa.Text(), nullable=True))
    op.execute(
        "UPDATE goals SET counting_rule = (SELECT text FROM goal_rules WHERE goal_id = goals.id"
        " AND goal_rules.voided_at IS NULL ORDER BY valid_from DESC LIMIT 1)"
    )
    op.drop_column("goals", "period")
    op.drop_column("goals", "municipality_id")
    op.drop_column("goals", "focus_area_id")
    op.drop_column("applications", "owner_id")
    op.drop_column("applications", "reference")
    op.drop_column("applications", "report_due_on")
    op.drop_column("applications", "title")
    op.drop_index(op.f("ix_payments_change_id"), table_name="payments")
    op.drop_index(op.f("ix_payments_application_id"), table_name="payments")
    op.drop_table("payments")
    op.drop_index(
        "uq_goal_targets_year",
        table_name="goal_targets",
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.drop_index(op.f("ix_goal_targets_change_id"), table_name="goal_targets")
    op.drop_table("goal_targets")
    op.drop_index(
        "uq_goal_rules_from",
        table_name="goal_rules",
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.drop_index(op.f("ix_goal_rules_change_id"), table_name="goal_rules")
    op.drop_table("goal_rules")
    op.drop_index(
        "uq_background_figures_day",
        table_name="background_figures",
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.drop_index(op.f("ix_background_figures_municipality_id"), table_name="background_figures")
    op.drop_index(op.f("ix_background_figures_change_id"), table_name="background_figures")
    op.drop_table("background_figures")
    op.drop_index(
        "uq_attributions_claim",
        table_name="attributions",
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.drop_index(op.f("ix_attributions_programme_id"), table_name="attributions")
    op.drop_index(op.f("ix_attributions_change_id"), table_name="attributions")
    op.drop_table("attributions")
    op.drop_table("background_series")
