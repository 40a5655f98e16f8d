"""Background figures on the command line."""

from collections.abc import Callable
from pathlib import Path

import click
from flask.cli import AppGroup
from flask_babel import force_locale
from sqlalchemy.orm import Session

from incubator.background import operations, queries
from incubator.background.loading import Reading, read_figures
from incubator.background.words import ROW_PROBLEMS, explain
from incubator.core import clock
from incubator.core.access import Actor
from incubator.core.commands import explaining
from incubator.core.db import unit_of_work
from incubator.core.sheets import SheetError

ActorOf = Callable[[Session, str | None], Actor]


def background_commands(actor_of: ActorOf) -> AppGroup:
    """Give the commands; `actor_of` finds the person that `--as` names."""
    group = AppGroup("background", help="Figures about municipalities.")

    @group.command("series")
    @click.argument("key")
    @click.option("--name", required=True)
    @click.option("--unit", default="")
    @click.option("--source", required=True)
    @click.option("--source-url", default="")
    @click.option("--as", "as_email", help="Who does it (e-mail).")
    def series(
        key: str, name: str, unit: str, source: str, source_url: str, as_email: str | None
    ) -> None:
        """Make a series of figures."""
        with explaining(), unit_of_work() as session:
            operations.make_series(
                session, actor_of(session, as_email), key=key, name=name, unit=unit,
                source=source, source_url=source_url,
            )  # fmt: skip
        click.echo(f"The series {key} is made.")

    @group.command("load")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--series", "key", required=True, help="The key of the series.")
    @click.option("--as", "as_email", help="Who does it (e-mail).")
    def load(file: Path, key: str, as_email: str | None) -> None:
        """Load figures from a file with municipality, date or year, and value."""
        with explaining(), unit_of_work() as session:
            actor = actor_of(session, as_email)
            found = queries.get_series(session, key)
            reading = _read(session, actor, file)
            done = operations.load_figures(
                session, actor, found, reading.entries, file_name=file.name
            )
        click.echo(
            f"{done.added} new, {done.changed} changed, {done.same} there already, "
            f"{reading.elsewhere} of other regions, {len(reading.bad)} cannot be read."
        )
        with force_locale("en"):
            for one in reading.bad:
                click.echo(f"  {one.row}: {ROW_PROBLEMS[one.code]} ({one.text})")

    return group


def _read(session: Session, actor: Actor, file: Path) -> Reading:
    try:
        return read_figures(file, queries.places(session, actor), clock.today())
    except SheetError as error:
        with force_locale("en"):
            raise click.ClickException(explain(error)) from error
