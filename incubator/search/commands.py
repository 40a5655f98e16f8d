"""The commands of the search."""

import click
from flask.cli import AppGroup, with_appcontext

from incubator.core.commands import explaining
from incubator.core.db import unit_of_work
from incubator.search import indexing

search_commands = AppGroup("search", help="The index of the search.")


@search_commands.command("rebuild")
@with_appcontext
def rebuild_command() -> None:
    """Write the index anew from all records; others may read and wait to write meanwhile."""
    with explaining(), unit_of_work() as session:
        number = indexing.rebuild(session)
    click.echo(f"{number:,} records can be found.")
