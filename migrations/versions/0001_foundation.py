"""The foundation: all tables that history needs, and the five stages."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


STAGES = (
    # key and kind, label, English label, days until a card stands still
    ("idea", "Idé", "Idea", 60),
    ("case", "Case", "Case", 90),
    ("incubator_company", "Inkubatorbedrift", "Incubator company", 180),
    ("rd_application", "FoU-søknad", "R&D application", 120),
    ("commercialisation", "Kommersialisering", "Commercialisation", 180),
)


def add_stages() -> None:
    stages = sa.table(
        "stages",
        *(sa.column(c) for c in ("key", "kind", "nth", "label_nb", "label_en", "stale_days")),
    )
    op.bulk_insert(
        stages,
        [
            {
                "key": key,
                "kind": key,
                "nth": nth,
                "label_nb": label_nb,
                "label_en": label_en,
                "stale_days": stale_days,
            }
            for nth, (key, label_nb, label_en, stale_days) in enumerate(STAGES, start=1)
        ],
    )


def upgrade() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text_body", sa.Text(), nullable=False),
        sa.Column("html_body", sa.Text(), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("message_id", name=op.f("uq_messages_message_id")),
    )
    op.create_index(
        "ix_messages_waiting", "messages", ["sent_at", "given_up_at", "not_before"], unique=False
    )
    op.create_table(
        "municipalities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=4), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("length(number) = 4", name=op.f("ck_municipalities_number_length")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_municipalities_valid_order")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["municipalities.id"], name=op.f("fk_municipalities_successor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_municipalities")),
        sa.UniqueConstraint(
            "number", "valid_from", name=op.f("uq_municipalities_number_valid_from")
        ),
    )
    op.create_index(
        op.f("ix_municipalities_name_key"), "municipalities", ["name_key"], unique=False
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "operator",
                "development",
                "municipality",
                "county",
                "funder",
                "network",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("orgnr", sa.String(length=9), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("name_key", name=op.f("uq_organisations_name_key")),
        sa.UniqueConstraint("orgnr", name=op.f("uq_organisations_orgnr")),
    )
    op.create_table(
        "scheduled_runs",
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("task", "due_at", name=op.f("pk_scheduled_runs")),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("last_failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("email_key", name=op.f("pk_sign_in_attempts")),
    )
    op.create_table(
        "stages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "idea",
                "case",
                "incubator_company",
                "rd_application",
                "commercialisation",
                name="kind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("label_nb", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("soft_limit", sa.Integer(), nullable=True),
        sa.Column("stale_days", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stages")),
        sa.UniqueConstraint("key", name=op.f("uq_stages_key")),
        sa.UniqueConstraint("nth", name=op.f("uq_stages_nth")),
    )
    op.create_table(
        "instruments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("funder_id", sa.Integer(), nullable=True),
        sa.Column(
            "intake",
            sa.Enum(
                "rolling", "deadline", name="intake", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["funder_id"], ["organisations.id"], name=op.f("fk_instruments_funder_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruments")),
        sa.UniqueConstraint("key", name=op.f("uq_instruments_key")),
    )
    op.create_table(
        "programmes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("amount_nok", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.CheckConstraint("amount_nok >= 0", name=op.f("ck_programmes_amount_positive")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_programmes_period_order")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["organisations.id"], name=op.f("fk_programmes_owner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
        sa.UniqueConstraint("name_key", name=op.f("uq_programmes_name_key")),
    )
    op.create_table(
        "regions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["organisations.id"], name=op.f("fk_regions_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regions")),
        sa.UniqueConstraint("name_key", name=op.f("uq_regions_name_key")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("initials", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "manager",
                "developer",
                "advisor",
                "partner",
                name="role",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_users_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_users_fs_uniquifier")),
    )
    op.create_index(op.f("ix_users_name_key"), "users", ["name_key"], unique=False)
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column(
            "via",
            sa.Enum(
                "web",
                "command_line",
                "import",
                "demo",
                "worker",
                name="via",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_changes_actor_id")),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name=op.f("fk_changes_region_id")),
        sa.ForeignKeyConstraint(["undoes_id"], ["changes.id"], name=op.f("fk_changes_undoes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_changes_undoes_id")),
    )
    op.create_index("ix_changes_region_id_id", "changes", ["region_id", "id"], unique=False)
    op.create_index("ix_changes_subject", "changes", ["subject_kind", "subject_id"], unique=False)
    op.create_table(
        "focus_areas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_focus_areas_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_focus_areas")),
        sa.UniqueConstraint(
            "programme_id", "name_key", name=op.f("uq_focus_areas_programme_id_name_key")
        ),
    )
    op.create_table(
        "frames",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("amount_nok", sa.BigInteger(), nullable=False),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.CheckConstraint("amount_nok >= 0", name=op.f("ck_frames_amount_positive")),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instruments.id"], name=op.f("fk_frames_instrument_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frames")),
        sa.UniqueConstraint(
            "instrument_id",
            "year",
            "deadline_on",
            name=op.f("uq_frames_instrument_id_year_deadline_on"),
        ),
    )
    op.create_table(
        "import_uploads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name=op.f("fk_import_uploads_region_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_import_uploads_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_uploads")),
    )
    op.create_table(
        "programme_areas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("county", sa.String(length=2), nullable=True),
        sa.CheckConstraint(
            "(CASE WHEN region_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN municipality_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN county IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_programme_areas_one_place"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_programme_areas_municipality_id"),
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_programme_areas_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name=op.f("fk_programme_areas_region_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_areas")),
    )
    op.create_index(
        op.f("ix_programme_areas_programme_id"), "programme_areas", ["programme_id"], unique=False
    )
    op.create_table(
        "programme_funders",
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("amount_nok", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_programme_funders_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_programme_funders_programme_id")
        ),
        sa.PrimaryKeyConstraint(
            "programme_id", "organisation_id", name=op.f("pk_programme_funders")
        ),
    )
    op.create_table(
        "region_municipalities",
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipalities.id"],
            name=op.f("fk_region_municipalities_municipality_id"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name=op.f("fk_region_municipalities_region_id")
        ),
        sa.PrimaryKeyConstraint("municipality_id", name=op.f("pk_region_municipalities")),
    )
    op.create_index(
        op.f("ix_region_municipalities_region_id"),
        "region_municipalities",
        ["region_id"],
        unique=False,
    )
    op.create_table(
        "user_regions",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name=op.f("fk_user_regions_region_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_regions_user_id")),
        sa.PrimaryKeyConstraint("user_id", "region_id", name=op.f("pk_user_regions")),
    )
    op.create_table(
        "change_values",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_change_values_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_values")),
    )
    op.create_index(
        op.f("ix_change_values_change_id"), "change_values", ["change_id"], unique=False
    )
    op.create_index(
        "ix_change_values_subject", "change_values", ["subject_kind", "subject_id"], unique=False
    )
    op.create_table(
        "companies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("match_key", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("orgnr", sa.String(length=9), nullable=True),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("industry_code", sa.Text(), nullable=True),
        sa.Column("industry_section", sa.String(length=1), nullable=True),
        sa.Column("founded_on", sa.Date(), nullable=True),
        sa.Column("employees", sa.Integer(), nullable=True),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name=op.f("fk_companies_change_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_companies_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_companies_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_companies_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companies")),
    )
    op.create_index(op.f("ix_companies_change_id"), "companies", ["change_id"], unique=False)
    op.create_index(op.f("ix_companies_match_key"), "companies", ["match_key"], unique=False)
    op.create_index(op.f("ix_companies_sort_key"), "companies", ["sort_key"], unique=False)
    op.create_index(
        "uq_companies_orgnr",
        "companies",
        ["orgnr"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_table(
        "goals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("county", sa.String(length=2), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("baseline", sa.Integer(), nullable=False),
        sa.Column("is_gross", sa.Boolean(), nullable=False),
        sa.Column("is_invented", sa.Boolean(), nullable=False),
        sa.Column("counting_rule", sa.Text(), nullable=True),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("region_id IS NULL OR county IS NULL", name=op.f("ck_goals_one_place")),
        sa.CheckConstraint("target > 0", name=op.f("ck_goals_target_positive")),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_goals_period_order")),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name=op.f("fk_goals_change_id")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_goals_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_goals_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name=op.f("fk_goals_region_id")),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_goals_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goals")),
    )
    op.create_index(op.f("ix_goals_change_id"), "goals", ["change_id"], unique=False)
    op.create_index(op.f("ix_goals_programme_id"), "goals", ["programme_id"], unique=False)
    op.create_index(op.f("ix_goals_region_id"), "goals", ["region_id"], unique=False)
    op.create_table(
        "import_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_import_runs_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_import_runs_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name=op.f("fk_import_runs_region_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
        sa.UniqueConstraint("change_id", name=op.f("uq_import_runs_change_id")),
    )
    op.create_index(op.f("ix_import_runs_region_id"), "import_runs", ["region_id"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("telephone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name=op.f("fk_contacts_change_id")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_contacts_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_contacts_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_contacts_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_change_id"), "contacts", ["change_id"], unique=False)
    op.create_index(op.f("ix_contacts_company_id"), "contacts", ["company_id"], unique=False)
    op.create_table(
        "incubations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("period_started_on", sa.Date(), nullable=True),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_incubations_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_incubations_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_incubations_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["organisations.id"], name=op.f("fk_incubations_operator_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_incubations_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name=op.f("fk_incubations_region_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_incubations_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incubations")),
    )
    op.create_index(op.f("ix_incubations_change_id"), "incubations", ["change_id"], unique=False)
    op.create_index(op.f("ix_incubations_company_id"), "incubations", ["company_id"], unique=False)
    op.create_index(
        "ix_incubations_region_day", "incubations", ["region_id", "occurred_on"], unique=False
    )
    op.create_index(
        "uq_incubations_running",
        "incubations",
        ["company_id"],
        unique=True,
        sqlite_where=sa.text("left_on IS NULL AND voided_at IS NULL"),
        postgresql_where=sa.text("left_on IS NULL AND voided_at IS NULL"),
    )
    op.create_table(
        "ideas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=True),
        sa.Column("founder_contact_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("owner_name", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("stage_on", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "parked",
                "stopped",
                "launched",
                name="status",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("status_on", sa.Date(), nullable=False),
        sa.Column("latest_on", sa.Date(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=True),
        sa.Column("next_step_on", sa.Date(), nullable=True),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("launched_what", sa.Text(), nullable=True),
        sa.Column("first_sale_planned_on", sa.Date(), nullable=True),
        sa.Column("last_change_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name=op.f("fk_ideas_change_id")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_ideas_company_id")),
        sa.ForeignKeyConstraint(
            ["founder_contact_id"], ["contacts.id"], name=op.f("fk_ideas_founder_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["last_change_id"], ["changes.id"], name=op.f("fk_ideas_last_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_ideas_municipality_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_ideas_owner_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_ideas_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["regions.id"], name=op.f("fk_ideas_region_id")),
        sa.ForeignKeyConstraint(["stage_id"], ["stages.id"], name=op.f("fk_ideas_stage_id")),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_ideas_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ideas")),
        sa.UniqueConstraint(
            "region_id", "stage_id", "position", name=op.f("uq_ideas_region_id_stage_id_position")
        ),
    )
    op.create_index(
        "ix_ideas_board",
        "ideas",
        ["region_id", "status", "stage_id", "position"],
        unique=False,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_index(op.f("ix_ideas_change_id"), "ideas", ["change_id"], unique=False)
    op.create_index("ix_ideas_changed", "ideas", ["region_id", "last_change_id"], unique=False)
    op.create_index(op.f("ix_ideas_company_id"), "ideas", ["company_id"], unique=False)
    op.create_index(op.f("ix_ideas_owner_id"), "ideas", ["owner_id"], unique=False)
    op.create_index(
        "ix_ideas_search",
        "ideas",
        ["region_id", "status", "stage_id", "position", "search_key", "id"],
        unique=False,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_index("ix_ideas_title", "ideas", ["region_id", "title_key"], unique=False)
    op.create_table(
        "incubation_ends",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incubation_id", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "completed",
                "outgrown",
                "sold",
                "merged",
                "bankrupt",
                "closed_down",
                "moved",
                "withdrew",
                "referred",
                name="reason",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_incubation_ends_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["incubation_id"], ["incubations.id"], name=op.f("fk_incubation_ends_incubation_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_incubation_ends_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_incubation_ends_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incubation_ends")),
    )
    op.create_index(
        op.f("ix_incubation_ends_change_id"), "incubation_ends", ["change_id"], unique=False
    )
    op.create_index(
        "uq_incubation_ends_standing",
        "incubation_ends",
        ["incubation_id"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_table(
        "applications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=True),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("instrument_id", sa.Integer(), nullable=True),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("sought_nok", sa.BigInteger(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "sent",
                "processing",
                "granted",
                "accepted",
                "running",
                "reported",
                "done",
                "refused",
                "withdrawn",
                "lapsed",
                name="status",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("sought_nok >= 0", name=op.f("ck_applications_sought_positive")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_applications_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_applications_company_id")
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["ideas.id"], name=op.f("fk_applications_idea_id")),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instruments.id"], name=op.f("fk_applications_instrument_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_applications_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_applications_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name=op.f("fk_applications_region_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_applications_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
    )
    op.create_index(op.f("ix_applications_change_id"), "applications", ["change_id"], unique=False)
    op.create_index(
        op.f("ix_applications_company_id"), "applications", ["company_id"], unique=False
    )
    op.create_index(op.f("ix_applications_idea_id"), "applications", ["idea_id"], unique=False)
    op.create_index(op.f("ix_applications_region_id"), "applications", ["region_id"], unique=False)
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("responsible_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "idea_id IS NOT NULL OR company_id IS NOT NULL", name=op.f("ck_follow_ups_has_subject")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_follow_ups_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_follow_ups_company_id")
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["ideas.id"], name=op.f("fk_follow_ups_idea_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_follow_ups_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name=op.f("fk_follow_ups_region_id")
        ),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["users.id"], name=op.f("fk_follow_ups_responsible_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_follow_ups_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    op.create_index(op.f("ix_follow_ups_change_id"), "follow_ups", ["change_id"], unique=False)
    op.create_index(op.f("ix_follow_ups_company_id"), "follow_ups", ["company_id"], unique=False)
    op.create_index("ix_follow_ups_due", "follow_ups", ["responsible_id", "due_on"], unique=False)
    op.create_index(op.f("ix_follow_ups_idea_id"), "follow_ups", ["idea_id"], unique=False)
    op.create_table(
        "idea_focus_areas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("focus_area_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_idea_focus_areas_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["focus_area_id"], ["focus_areas.id"], name=op.f("fk_idea_focus_areas_focus_area_id")
        ),
        sa.ForeignKeyConstraint(
            ["idea_id"], ["ideas.id"], name=op.f("fk_idea_focus_areas_idea_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_idea_focus_areas_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_idea_focus_areas_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_focus_areas")),
    )
    op.create_index(
        op.f("ix_idea_focus_areas_change_id"), "idea_focus_areas", ["change_id"], unique=False
    )
    op.create_index(
        op.f("ix_idea_focus_areas_focus_area_id"),
        "idea_focus_areas",
        ["focus_area_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_idea_focus_areas_idea_id"), "idea_focus_areas", ["idea_id"], unique=False
    )
    op.create_table(
        "import_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.Column("company_match_key", sa.Text(), nullable=False),
        sa.Column("orgnr", sa.String(length=9), nullable=True),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["ideas.id"], name=op.f("fk_import_rows_idea_id")),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name=op.f("fk_import_rows_region_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["import_runs.id"], name=op.f("fk_import_rows_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_rows")),
    )
    op.create_index(op.f("ix_import_rows_idea_id"), "import_rows", ["idea_id"], unique=False)
    op.create_index(
        "ix_import_rows_identity", "import_rows", ["region_id", "title_key"], unique=False
    )
    op.create_index(op.f("ix_import_rows_run_id"), "import_rows", ["run_id"], unique=False)
    op.create_table(
        "incubation_ideas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incubation_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_incubation_ideas_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["idea_id"], ["ideas.id"], name=op.f("fk_incubation_ideas_idea_id")
        ),
        sa.ForeignKeyConstraint(
            ["incubation_id"], ["incubations.id"], name=op.f("fk_incubation_ideas_incubation_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_incubation_ideas_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_incubation_ideas_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incubation_ideas")),
    )
    op.create_index(
        op.f("ix_incubation_ideas_change_id"), "incubation_ideas", ["change_id"], unique=False
    )
    op.create_index(
        op.f("ix_incubation_ideas_idea_id"), "incubation_ideas", ["idea_id"], unique=False
    )
    op.create_index(
        op.f("ix_incubation_ideas_incubation_id"),
        "incubation_ideas",
        ["incubation_id"],
        unique=False,
    )
    op.create_table(
        "job_records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("company_id", sa.Integer(), nullable=True),
        sa.Column("idea_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "new", "secured", "lost", name="kind", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "expected",
                "realised",
                name="state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "unit",
            sa.Enum("heads", "fte", name="unit", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("women", sa.Integer(), nullable=True),
        sa.Column("men", sa.Integer(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column(
            "evidence",
            sa.Enum(
                "told",
                "documented",
                "register",
                name="evidence",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("next_check_on", sa.Date(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_job_records_number_positive")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_job_records_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_job_records_company_id")
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["ideas.id"], name=op.f("fk_job_records_idea_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_job_records_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_job_records_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name=op.f("fk_job_records_region_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_job_records_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_records")),
    )
    op.create_index(op.f("ix_job_records_change_id"), "job_records", ["change_id"], unique=False)
    op.create_index(op.f("ix_job_records_company_id"), "job_records", ["company_id"], unique=False)
    op.create_index(op.f("ix_job_records_idea_id"), "job_records", ["idea_id"], unique=False)
    op.create_index(
        "ix_job_records_region_day", "job_records", ["region_id", "occurred_on"], unique=False
    )
    op.create_table(
        "sharing_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("nth >= 1", name=op.f("ck_sharing_events_nth_positive")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_sharing_events_change_id")
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["ideas.id"], name=op.f("fk_sharing_events_idea_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_sharing_events_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_sharing_events_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_events")),
    )
    op.create_index(
        op.f("ix_sharing_events_change_id"), "sharing_events", ["change_id"], unique=False
    )
    op.create_index(op.f("ix_sharing_events_idea_id"), "sharing_events", ["idea_id"], unique=False)
    op.create_table(
        "stage_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("is_estimated", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("nth >= 1", name=op.f("ck_stage_events_nth_positive")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_stage_events_change_id")
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["ideas.id"], name=op.f("fk_stage_events_idea_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_stage_events_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(["stage_id"], ["stages.id"], name=op.f("fk_stage_events_stage_id")),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_stage_events_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_events")),
    )
    op.create_index(op.f("ix_stage_events_change_id"), "stage_events", ["change_id"], unique=False)
    op.create_index(
        "ix_stage_events_stage_day", "stage_events", ["stage_id", "occurred_on"], unique=False
    )
    op.create_index(
        "uq_stage_events_nth",
        "stage_events",
        ["idea_id", "occurred_on", "nth"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_table(
        "status_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "parked",
                "stopped",
                "launched",
                name="status",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("look_again_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("learnt", sa.Text(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "status <> 'stopped' OR reason IS NOT NULL",
            name=op.f("ck_status_events_stop_has_reason"),
        ),
        sa.CheckConstraint("nth >= 1", name=op.f("ck_status_events_nth_positive")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_status_events_change_id")
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["ideas.id"], name=op.f("fk_status_events_idea_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_status_events_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_status_events_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_events")),
    )
    op.create_index(
        op.f("ix_status_events_change_id"), "status_events", ["change_id"], unique=False
    )
    op.create_index(
        "uq_status_events_nth",
        "status_events",
        ["idea_id", "occurred_on", "nth"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_table(
        "application_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "sent",
                "processing",
                "granted",
                "accepted",
                "running",
                "reported",
                "done",
                "refused",
                "withdrawn",
                "lapsed",
                name="status",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("amount_nok", sa.BigInteger(), nullable=True),
        sa.Column("is_estimated", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_change_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "status <> 'granted' OR amount_nok IS NOT NULL",
            name=op.f("ck_application_events_granted_has_amount"),
        ),
        sa.CheckConstraint("nth >= 1", name=op.f("ck_application_events_nth_positive")),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_application_events_application_id"),
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["changes.id"], name=op.f("fk_application_events_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_application_events_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["void_change_id"], ["changes.id"], name=op.f("fk_application_events_void_change_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_events")),
    )
    op.create_index(
        op.f("ix_application_events_change_id"), "application_events", ["change_id"], unique=False
    )
    op.create_index(
        "uq_application_events_nth",
        "application_events",
        ["application_id", "occurred_on", "nth"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )

    add_stages()


def downgrade() -> None:
    op.drop_index(
        "uq_application_events_nth",
        table_name="application_events",
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.drop_index(op.f("ix_application_events_change_id"), table_name="application_events")
    op.drop_table("application_events")
    op.drop_index(
        "uq_status_events_nth",
        table_name="status_events",
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.drop_index(op.f("ix_status_events_change_id"), table_name="status_events")
    op.drop_table("status_events")
    op.drop_index(
        "uq_stage_events_nth",
        table_name="stage_events",
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.drop_index("ix_stage_events_stage_day", table_name="stage_events")
    op.drop_index(op.f("ix_stage_events_change_id"), table_name="stage_events")
    op.drop_table("stage_events")
    op.drop_index(op.f("ix_sharing_events_idea_id"), table_name="sharing_events")
    op.drop_index(op.f("ix_sharing_events_change_id"), table_name="sharing_events")
    op.drop_table("sharing_events")
    op.drop_index("ix_job_records_region_day", table_name="job_records")
    op.drop_index(op.f("ix_job_records_idea_id"), table_name="job_records")
    op.drop_index(op.f("ix_job_records_company_id"), table_name="job_records")
    op.drop_index(op.f("ix_job_records_change_id"), table_name="job_records")
    op.drop_table("job_records")
    op.drop_index(op.f("ix_incubation_ideas_incubation_id"), table_name="incubation_ideas")
    op.drop_index(op.f("ix_incubation_ideas_idea_id"), table_name="incubation_ideas")
    op.drop_index(op.f("ix_incubation_ideas_change_id"), table_name="incubation_ideas")
    op.drop_table("incubation_ideas")
    op.drop_index(op.f("ix_import_rows_run_id"), table_name="import_rows")
    op.drop_index("ix_import_rows_identity", table_name="import_rows")
    op.drop_index(op.f("ix_import_rows_idea_id"), table_name="import_rows")
    op.drop_table("import_rows")
    op.drop_index(op.f("ix_idea_focus_areas_idea_id"), table_name="idea_focus_areas")
    op.drop_index(op.f("ix_idea_focus_areas_focus_area_id"), table_name="idea_focus_areas")
    op.drop_index(op.f("ix_idea_focus_areas_change_id"), table_name="idea_focus_areas")
    op.drop_table("idea_focus_areas")
    op.drop_index(op.f("ix_follow_ups_idea_id"), table_name="follow_ups")
    op.drop_index("ix_follow_ups_due", table_name="follow_ups")
    op.drop_index(op.f("ix_follow_ups_company_id"), table_name="follow_ups")
    op.drop_index(op.f("ix_follow_ups_change_id"), table_name="follow_ups")
    op.drop_table("follow_ups")
    op.drop_index(op.f("ix_applications_region_id"), table_name="applications")
    op.drop_index(op.f("ix_applications_idea_id"), table_name="applications")
    op.drop_index(op.f("ix_applications_company_id"), table_name="applications")
    op.drop_index(op.f("ix_applications_change_id"), table_name="applications")
    op.drop_table("applications")
    op.drop_index(
        "uq_incubation_ends_standing",
        table_name="incubation_ends",
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.drop_index(op.f("ix_incubation_ends_change_id"), table_name="incubation_ends")
    op.drop_table("incubation_ends")
    op.drop_index("ix_ideas_title", table_name="ideas")
    op.drop_index(
        "ix_ideas_search",
        table_name="ideas",
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.drop_index(op.f("ix_ideas_owner_id"), table_name="ideas")
    op.drop_index(op.f("ix_ideas_company_id"), table_name="ideas")
    op.drop_index("ix_ideas_changed", table_name="ideas")
    op.drop_index(op.f("ix_ideas_change_id"), table_name="ideas")
    op.drop_index(
        "ix_ideas_board",
        table_name="ideas",
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.drop_table("ideas")
    op.drop_index(
        "uq_incubations_running",
        table_name="incubations",
        sqlite_where=sa.text("left_on IS NULL AND voided_at IS NULL"),
        postgresql_where=sa.text("left_on IS NULL AND voided_at IS NULL"),
    )
    op.drop_index("ix_incubations_region_day", table_name="incubations")
    op.drop_index(op.f("ix_incubations_company_id"), table_name="incubations")
    op.drop_index(op.f("ix_incubations_change_id"), table_name="incubations")
    op.drop_table("incubations")
    op.drop_index(op.f("ix_contacts_company_id"), table_name="contacts")
    op.drop_index(op.f("ix_contacts_change_id"), table_name="contacts")
    op.drop_table("contacts")
    op.drop_index(op.f("ix_import_runs_region_id"), table_name="import_runs")
    op.drop_table("import_runs")
    op.drop_index(op.f("ix_goals_region_id"), table_name="goals")
    op.drop_index(op.f("ix_goals_programme_id"), table_name="goals")
    op.drop_index(op.f("ix_goals_change_id"), table_name="goals")
    op.drop_table("goals")
    op.drop_index(
        "uq_companies_orgnr",
        table_name="companies",
        sqlite_where=sa.text("voided_at IS NULL"),
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.drop_index(op.f("ix_companies_sort_key"), table_name="companies")
    op.drop_index(op.f("ix_companies_match_key"), table_name="companies")
    op.drop_index(op.f("ix_companies_change_id"), table_name="companies")
    op.drop_table("companies")
    op.drop_index("ix_change_values_subject", table_name="change_values")
    op.drop_index(op.f("ix_change_values_change_id"), table_name="change_values")
    op.drop_table("change_values")
    op.drop_table("user_regions")
    op.drop_index(op.f("ix_region_municipalities_region_id"), table_name="region_municipalities")
    op.drop_table("region_municipalities")
    op.drop_table("programme_funders")
    op.drop_index(op.f("ix_programme_areas_programme_id"), table_name="programme_areas")
    op.drop_table("programme_areas")
    op.drop_table("import_uploads")
    op.drop_table("frames")
    op.drop_table("focus_areas")
    op.drop_index("ix_changes_subject", table_name="changes")
    op.drop_index("ix_changes_region_id_id", table_name="changes")
    op.drop_table("changes")
    op.drop_index(op.f("ix_users_name_key"), table_name="users")
    op.drop_table("users")
    op.drop_table("regions")
    op.drop_table("programmes")
    op.drop_table("instruments")
    op.drop_table("stages")
    op.drop_table("sign_in_attempts")
    op.drop_table("scheduled_runs")
    op.drop_table("organisations")
    op.drop_index(op.f("ix_municipalities_name_key"), table_name="municipalities")
    op.drop_table("municipalities")
    op.drop_index("ix_messages_waiting", table_name="messages")
    op.drop_table("messages")
    op.drop_table("heartbeats")
