"""The schema that the migrations make is the one that the models describe."""

from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from incubator.core import db, migrations
from incubator.tables import metadata
from tools.server import ROOT

BOOKKEEPING = "alembic_version"


def schema(engine: sa.Engine) -> dict[str, dict[str, Any]]:
    """Describe every table as the database itself sees it."""
    look = sa.inspect(engine)
    columns, keys, foreign, unique, checks, indexes = (
        {table: found for (_schema, table), found in every().items()}
        for every in (
            look.get_multi_columns, look.get_multi_pk_constraint, look.get_multi_foreign_keys,
            look.get_multi_unique_constraints, look.get_multi_check_constraints,
            look.get_multi_indexes,
        )
    )  # fmt: skip
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in columns[table]
            },
            "primary key": keys[table]["constrained_columns"],
            "foreign keys": by_name(named(table, foreign[table])),
            "unique": by_name(unique[table]),
            "checks": by_name(checks[table]),
            "indexes": by_name(indexes[table]),
        }
        for table in columns
        if table != BOOKKEEPING
    }


def named(table: str, keys: list[Any]) -> list[Any]:
    """Name a foreign key as the models do where SQLite does not tell: in a column added later."""
    return [
        {**key, "name": key["name"] or f"fk_{table}_{key['constrained_columns'][0]}"}
        for key in keys
    ]


def by_name(things: list[Any]) -> dict[str, Any]:
    return {thing["name"]: {**thing, "dialect_options": options_of(thing)} for thing in things}


def options_of(thing: Any) -> dict[str, str]:
    """Give the condition of a partial index and the like as text, which can be compared."""
    return {name: str(value) for name, value in thing.get("dialect_options", {}).items()}


def migrate(engine: sa.Engine, to: str = "head") -> None:
    with engine.begin() as connection:
        migrations.upgrade(connection, to)


def migrate_down(engine: sa.Engine, to: str = "base") -> None:
    with engine.begin() as connection:
        migrations.downgrade(connection, to)


def revisions() -> list[str]:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    found = ScriptDirectory.from_config(config).walk_revisions()
    return [script.revision for script in found][::-1]


def test_the_newest_migration_equals_the_models(empty_database):
    migrate(empty_database)
    migrated = schema(empty_database)
    migrate_down(empty_database)
    metadata.create_all(empty_database)
    described = schema(empty_database)
    assert migrated.keys() == described.keys()
    for table in described:
        assert migrated[table] == described[table], table


def test_going_down_leaves_nothing(empty_database):
    migrate(empty_database)
    migrate_down(empty_database)
    assert schema(empty_database) == {}


def test_every_migration_goes_up_and_down_and_up_again(empty_database):
    before = "base"
    for revision in revisions():
        migrate(empty_database, revision)
        there = schema(empty_database)
        migrate_down(empty_database, before)
        migrate(empty_database, revision)
        assert schema(empty_database) == there
        before = revision


def test_the_migrations_stand_in_one_line():
    numbers = [revision[:4] for revision in revisions()]
    assert numbers == [f"{n:04d}" for n in range(1, len(numbers) + 1)]


def test_enum_columns_let_only_their_values_in(empty_database):
    migrate(empty_database)
    checks = {
        name: thing["sqltext"]
        for table in schema(empty_database).values()
        for name, thing in table["checks"].items()
    }
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, sa.Enum):
                text = checks[db.NAMING["ck"] % {
                    "table_name": table.name, "constraint_name": column.name
                }]  # fmt: skip
                for value in column.type.enums:
                    assert f"'{value}'" in text
