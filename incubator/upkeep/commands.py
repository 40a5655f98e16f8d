"""Commands that keep an installation well."""

import click
from flask.cli import with_appcontext

from incubator.core.commands import explaining
from incubator.core.db import reading
from incubator.upkeep import check


@click.command("check")
@with_appcontext
def check_command() -> None:
    """Look for data that contradicts itself; fail with one line for each such row."""
    number = 0
    with explaining(), reading() as session:
        for invariant, row in check.broken(session):
            number += 1
            click.echo(f"{invariant.name}: {row.table} {row.id}: {row.what}")
    if number:
        raise click.ClickException(f"{number} rows break what should always hold.")
    click.echo(f"All {len(check.INVARIANTS)} invariants hold.")
