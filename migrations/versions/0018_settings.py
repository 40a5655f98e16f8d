"""A change can have come by the API: one more word in the CHECK of how it came."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BEFORE = ("web", "command_line", "import", "demo", "worker")


def upgrade() -> None:
    _may_be(BEFORE, (*BEFORE, "api"))


def downgrade() -> None:
    op.execute("UPDATE changes SET via = 'web' WHERE via = 'api'")
    _may_be((*BEFORE, "api"), BEFORE)


def _may_be(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        name = op.f("ck_changes_via")
        op.drop_constraint(name, "changes", type_="check")
        op.create_check_constraint(name, "changes", f"via IN ({_listed(new)})")
        return
    # SQLite changes no CHECK but by building the table anew, to which half of the others point.
    # Where no row changes it documents this way: the text of the table is replaced.
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    done = connection.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :old, :new)"
            " WHERE type = 'table' AND name = 'changes' AND instr(sql, :old) > 0"
        ),
        {"old": f"({_listed(old)})", "new": f"({_listed(new)})"},
    )
    assert done.rowcount == 1, "the CHECK of changes.via is not as it was written"
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = OFF"))


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)
