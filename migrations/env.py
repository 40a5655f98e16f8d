"""Run migrations on the connection that the program hands over."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context

from incubator.core.db import Hundredths, Instant
from incubator.tables import metadata


def render(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Write our own column types as what they are in the database."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Hundredths):
        return "sa.Integer()"
    return False


def run(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render,
        compare_type=False,
        render_as_batch=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
