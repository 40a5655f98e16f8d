"""Commands that keep an installation well."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext

from config import Settings
from incubator.core import migrations
from incubator.core.commands import NOT_READY, explaining
from incubator.core.db import db, reading, snapshot
from incubator.upkeep import backup, check, demo, queries
from incubator.upkeep.operations import is_empty


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


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace the file if it is there.")
@with_appcontext
def backup_command(file: Path, *, overwrite: bool) -> None:
    """Write everything to FILE while the program runs. It holds secrets: keep it safe."""
    if file.exists() and not overwrite:
        raise click.ClickException(f"{file} is there already; --overwrite replaces it.")
    settings: Settings = current_app.config["SETTINGS"]
    with explaining(), snapshot() as connection, _written_whole(file) as to:
        if migrations.current(connection) != migrations.newest():
            raise click.ClickException(NOT_READY)
        written = backup.write(connection, to, settings.instance)
    click.echo(f"{file}: {sum(written.values()):,} rows of {len(written)} tables.")
    if missing := [name for name in backup.SECRETS if not (settings.instance / name).is_file()]:
        click.echo(f"Not in it, since the environment sets them: {', '.join(missing)}.")


@contextmanager
def _written_whole(file: Path) -> Iterator[BinaryIO]:
    """Give a file that nobody else can read, and that has its name once all of it is written."""
    unfinished = file.with_name(f"{file.name}.part")
    try:
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w+b") as to:
            yield to
            to.flush()
            os.fsync(to.fileno())
        unfinished.replace(file)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--send-mail", is_flag=True, help="Let mail leave that was waiting then.")
@with_appcontext
def restore_command(file: Path, *, send_mail: bool) -> None:
    """Load FILE, a backup, into an empty installation, on either database."""
    settings: Settings = current_app.config["SETTINGS"]
    with explaining(), file.open("rb") as content:
        try:
            kept = backup.Backup(content)
            with db.writer.begin() as connection:
                if sa.inspect(connection).has_table("users") and not is_empty(connection):
                    raise click.ClickException(
                        "The database is not empty. Restore into a new one, and nothing is lost."
                    )
                rows = backup.restore(connection, kept, hold_mail=not send_mail)
            changed = backup.keep_secrets(kept.secrets(), settings.instance)
        except backup.BadBackup as bad:
            raise click.ClickException(str(bad)) from bad
    click.echo(f"{sum(rows.values()):,} rows of {len(rows)} tables, as of {kept.made_at}.")
    if changed:
        click.echo("The secrets of the backup are in place; start the program anew.")
