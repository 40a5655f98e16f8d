"""The commands: `flask --app wsgi …`."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.orm import Session

from incubator.accounts import operations as accounts, queries as people
from incubator.accounts.models import Role
from incubator.background.commands import background_commands
from incubator.core import clock, migrations
from incubator.core.access import Actor, Via, command_line
from incubator.core.clock import Period
from incubator.core.commands import explaining
from incubator.core.db import db, reading, unit_of_work
from incubator.core.forms import parse_day
from incubator.core.scope import View
from incubator.funding.operations import load_instruments
from incubator.goals import commands as narrowing, queries as goals
from incubator.pipeline.queries import board_as_of
from incubator.reference import operations as reference, queries as regions
from incubator.reference.models import Region
from incubator.search import indexing
from incubator.search.commands import search_commands
from incubator.summaries.commands import summary_commands
from incubator.transfer import commands as transfer, kinds as lists
from incubator.upkeep.commands import backup_command, check_command, demo_command, restore_command

Command = TypeVar("Command", bound=click.Command)


class Day(click.ParamType[date]):
    """A date on the command line: 2026-11-21 or 21.11.2026, and not in the future."""

    name = "date"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        found = value if isinstance(value, date) else parse_day(str(value))
        if found is None:
            self.fail(f"{value!r} is no date; write it as 2026-11-21", param, ctx)
        if found > clock.today():
            self.fail(f"{found} is in the future; figures exist up to today", param, ctx)
        return found


class Instant(click.ParamType[datetime]):
    """An instant on the command line; a date alone is the end of that day in Norway."""

    name = "instant"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        if isinstance(value, datetime):
            return value
        if (day := parse_day(str(value))) is not None:
            if day > clock.today():
                self.fail(f"{day} is in the future; nothing of it is known", param, ctx)
            return clock.end_of(day)
        try:
            found = clock.in_oslo(datetime.fromisoformat(str(value)))
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no instant; write it as 2026-11-21T12:00+01:00", param, ctx)
        if found > clock.now():
            self.fail(f"{value} is in the future; nothing of it is known", param, ctx)
        return found


def actor_of(session: Session, email: str | None, via: Via = Via.COMMAND_LINE) -> Actor:
    """Give the person that `--as` names, or the command line itself."""
    if email is None:
        return command_line(via)
    actor = people.actor_by_email(session, email)
    if actor is None:
        raise click.ClickException(f"Nobody signs in as {email}.")
    return replace(actor, via=via)


def region_named(session: Session, name: str | None) -> Region | None:
    """Give the region of `--region`, or the only one there is."""
    known = list(regions.list_regions(session))
    if name is not None:
        found = regions.find_region(session, name)
        if found is None:
            names = ", ".join(region.name for region in known) or "none"
            raise click.ClickException(f"There is no region {name!r}. There are: {names}.")
        return found
    return known[0] if len(known) == 1 else None


def region_to_write(session: Session, name: str | None) -> Region:
    """Give the region to write to. Raises an error that names them where it is not clear."""
    found = region_named(session, name)
    if found is None:
        names = ", ".join(region.name for region in regions.list_regions(session))
        hint = f"Choose one with --region: {names}." if names else "Make one: flask regions create."
        raise click.ClickException(f"Which region? {hint}")
    return found


database = AppGroup("db", help="The database.")


def bring_up_to_date() -> None:
    """Migrate to the newest revision and load what every installation needs."""
    with db.writer.begin() as connection:
        migrations.upgrade(connection)
    with unit_of_work() as session:
        reference.load_municipalities(session)
        load_instruments(session)
        if indexing.is_empty(session):
            indexing.rebuild(session)


@database.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest revision and load what every installation needs."""
    with explaining():
        bring_up_to_date()
    click.echo(f"The database is at revision {migrations.newest()}.")


@database.command("revision", hidden=True)
@click.argument("message")
@click.option("--id", "rev_id", required=True, help="The number of the new migration, as 0002.")
def db_revision(message: str, rev_id: str) -> None:
    """Write a migration from the difference between the models and the database."""
    with db.writer.begin() as connection:
        migrations.revision(connection, message, rev_id)


region_group = AppGroup("regions", help="Regions.")


@region_group.command("create")
@click.argument("name")
@click.option("--municipalities", required=True, help="Numbers with commas: 3420,3419.")
@click.option("--as", "email", help="Who does it (e-mail).")
def create_region(name: str, municipalities: str, email: str | None) -> None:
    """Make a region of municipalities."""
    with explaining(), unit_of_work() as session:
        numbers = [number for number in municipalities.split(",") if number.strip()]
        made = reference.create_region(
            session, actor_of(session, email), name=name, municipality_numbers=numbers
        )
        click.echo(f"Made region {made.name} with {len(numbers)} municipalities.")


user_group = AppGroup("users", help="People who sign in.")


@user_group.command("create")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--region", "region_names", multiple=True, help="May be given several times.")
@click.option("--name", help="The person's name; made from the address if left out.")
@click.option("--as", "as_email", help="Who does it (e-mail).")
def create_user(
    email: str, role: str, region_names: tuple[str, ...], name: str | None, as_email: str | None
) -> None:
    """Make a person who can sign in. The password is read from standard input."""
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    with explaining(), unit_of_work() as session:
        # An administrator works everywhere, also before there is any region.
        wanted = region_names or (() if role == Role.ADMIN else (None,))
        region_ids = [region_to_write(session, region).id for region in wanted]
        made = accounts.create_user(
            session,
            actor_of(session, as_email),
            email=email,
            name=name or email.split("@")[0].replace(".", " ").title(),
            role=Role(role),
            password=password,
            region_ids=region_ids,
        )
        click.echo(f"{made.name} <{made.email}> can sign in as {role}.")


def _view(
    session: Session, name: str | None, as_of: date | None, known_at: datetime | None
) -> tuple[View, str | None]:
    region = region_named(session, name)
    ids = (region.id,) if region else None
    return View(as_of or clock.today(), known_at, ids), region.name if region else None


@click.command("metrics")
@click.option("--as-of", type=Day(), help="The facts that had occurred by this day.")
@click.option("--known-at", type=Instant(), help="As far as was known at this instant.")
@click.option("--from", "first", type=Day(), help="First day of the period (1 January).")
@click.option("--to", "last", type=Day(), help="Last day of the period (today).")
@click.option("--region", help="The name of a region; else all of them.")
@click.option("--municipality", help="The number of a municipality, such as 3420.")
@click.option("--programme", help="The name of a programme.")
@click.option("--focus-area", help="The name of a focus area of a programme.")
@click.option("--organisation", help="The name of the organisation whose the records are.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
def metrics_command(
    as_of: date | None,
    known_at: datetime | None,
    first: date | None,
    last: date | None,
    region: str | None,
    as_json: bool,
    **narrowed: str | None,
) -> None:
    """Print every metric over a period, narrowed to what is named.

    What cannot be classified (a record without a municipality, an idea without a focus area)
    is counted apart, as unknown.
    """
    with explaining(), reading() as session:
        day = as_of or last or clock.today()
        period_first, period_last = first or date(day.year, 1, 1), last or day
        if period_last < period_first:
            raise click.ClickException("The period ends before it begins.")
        view, name = _view(session, region, day, known_at)
        asked = {key: value for key, value in narrowed.items() if value}
        view = narrowing.narrowed(session, view, **asked)
        period = Period(period_first, period_last)
        found = goals.all_values(session, view, period)
        unknown = goals.all_unknown(session, view, period)
    answer = {
        "as_of": day.isoformat(),
        "from": period_first.isoformat(),
        "to": period_last.isoformat(),
        "region": name,
        **asked,
        "metrics": found,
        "unknown": unknown,
    }
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    where = ", ".join([name or "All regions", *asked.values()])
    click.echo(f"{where}, {period_first} to {period_last}, as of {day}")
    for key, value in found.items():
        note = f"   ({unknown[key]} unknown)" if unknown.get(key) else ""
        click.echo(f"{key:24}{value:>12}{note}")


@click.command("board")
@click.option("--as-of", type=Day(), help="The board as it stood when this day ended.")
@click.option("--known-at", type=Instant(), help="As far as was known at this instant.")
@click.option("--region", help="The name of a region; else all of them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
def board_command(
    as_of: date | None, known_at: datetime | None, region: str | None, as_json: bool
) -> None:
    """Print how many open cards stand in each stage."""
    with explaining(), reading() as session:
        view, name = _view(session, region, as_of, known_at)
        found = board_as_of(session, view)
    answer = {"as_of": view.as_of.isoformat(), "region": name, **found}
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    click.echo(f"{name or 'All regions'}, as of {view.as_of}")
    for key, total in found["stages"].items():
        click.echo(f"{key:24}{total:>8}")
    for key in ("parked", "stopped", "launched"):
        click.echo(f"{key:24}{found[key]:>8}")


def _import_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command what every import takes."""
    path = click.Path(dir_okay=False, path_type=Path)
    options = (
        click.argument("file", type=path),
        click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option("--region", help="The name of the region; the only one if left out."),
        click.option(
            "--map", "mapping", multiple=True, help="key=header, where a column is not clear."
        ),
        click.option(
            "--sheet", help="The name of the sheet; else the first one with a header row."
        ),
        click.option("--errors", type=path, help="Write the bad rows here."),
        click.option("--as", "email", help="Who does it (e-mail)."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("import-ideas")
@_import_options
@with_appcontext
def import_command(**options: Any) -> None:
    """Import a list of ideas (.xlsx or .csv)."""
    _import(lists.IDEAS, **options)


@click.command("import-visits")
@_import_options
@with_appcontext
def import_visits_command(**options: Any) -> None:
    """Import a list of company visits (.xlsx or .csv).

    What was written about a visit belongs to the organisation of the visitor, or of the one who
    imports where the visitor is no user.
    """
    _import(lists.VISITS, **options)


@click.command("import-companies")
@_import_options
@with_appcontext
def import_companies_command(**options: Any) -> None:
    """Import a list of companies and contacts (.xlsx or .csv). What is known is not overwritten."""
    _import(lists.COMPANIES, **options)


@click.command("import-applications")
@_import_options
@with_appcontext
def import_applications_command(**options: Any) -> None:
    """Import a list of applications (.xlsx or .csv)."""
    _import(lists.APPLICATIONS, **options)


@click.command("import-jobs")
@_import_options
@with_appcontext
def import_jobs_command(**options: Any) -> None:
    """Import a list of jobs: new, secured or lost ones (.xlsx or .csv)."""
    _import(lists.JOBS, **options)


def _import(
    kind: lists.Kind,
    *,
    file: Path,
    dry_run: bool,
    as_json: bool,
    region: str | None,
    mapping: tuple[str, ...],
    sheet: str | None,
    errors: Path | None,
    email: str | None,
) -> None:
    with explaining():
        with reading() as session:
            actor, region_id = actor_of(session, email), region_to_write(session, region).id
        plan = transfer.run_import(
            actor,
            region_id,
            file,
            kind=kind,
            mapping=transfer.read_mapping(mapping),
            sheet=sheet,
            is_dry=dry_run,
            with_progress=sys.stderr.isatty(),
        )
    transfer.print_outcome(plan, is_dry=dry_run, as_data=as_json, errors=errors)


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--region", help="The name of the region; the only one if left out.")
@click.option("--as", "email", help="Who does it (e-mail).")
@with_appcontext
def export_command(file: Path, *, region: str | None, email: str | None) -> None:
    """Write everything of a region to FILE.

    A .zip holds a CSV file for each table and a dictionary of the columns; an .xlsx the ideas
    with all that happened to them. Either can be imported again with import-ideas.
    """
    with explaining():
        with reading() as session:
            actor, found = actor_of(session, email), region_to_write(session, region)
        click.echo(transfer.export_region(actor, found.id, found.name, file))


COMMANDS: tuple[click.Command, ...] = (
    database, region_group, user_group, metrics_command, board_command, check_command,
    import_command, import_visits_command, import_companies_command, import_applications_command,
    import_jobs_command, export_command, demo_command, backup_command,
    restore_command, search_commands,
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Give the application its commands."""
    for command in (*COMMANDS, summary_commands(actor_of), background_commands(actor_of)):
        app.cli.add_command(command)
