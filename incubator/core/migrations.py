"""Bring the database to the newest revision, and say whether it is there."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

ROOT = Path(__file__).parents[2]


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: sa.Connection, to: str = "head") -> None:
    """Migrate upwards on an open connection; its owner commits."""
    command.upgrade(_config(connection), to)


def downgrade(connection: sa.Connection, to: str = "base") -> None:
    """Migrate downwards on an open connection; its owner commits."""
    command.downgrade(_config(connection), to)


def revision(connection: sa.Connection, message: str, rev_id: str) -> None:
    """Write a new migration file from the difference between models and database."""
    command.revision(_config(connection), message=message, autogenerate=True, rev_id=rev_id)


def newest() -> str | None:
    """Give the revision that the program expects."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def current(connection: sa.Connection) -> str | None:
    """Give the revision that the database is at."""
    return MigrationContext.configure(connection).get_current_revision()


def is_known(revision: str) -> bool:
    """Say whether a revision is one of this release or an earlier one."""
    known = ScriptDirectory.from_config(_config()).walk_revisions()
    return revision in {script.revision for script in known}
