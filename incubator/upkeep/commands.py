"""Commands that keep an installation well."""

import click
from flask.cli import with_appcontext

from incubator.core.commands import explaining
from incubator.core.db import reading
from incubator.upkeep import check, demo, queries


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


@click.command("demo")
@with_appcontext
def demo_command() -> None:
    """Load the demo into an empty database: four regions, three years of work, all invented."""
    with explaining():
        with reading() as session:
            if not queries.is_migrated(session):
                raise click.ClickException("Bring the database up to date first: flask db upgrade.")
        if not demo.load_into_empty():
            raise click.ClickException(
                "The demo goes into an empty database only, and this one has regions or people."
            )
    click.echo("The demo is loaded. It can be looked at as:")
    for login in demo.LOGINS:
        click.echo(f"  {login.role:12}{login.email} / {login.password}")
