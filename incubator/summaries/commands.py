"""The commands `flask summaries build` and `flask summaries send`."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from config import Settings
from incubator.core.access import Actor
from incubator.core.commands import explaining
from incubator.core.db import reading, unit_of_work
from incubator.core.links import Place
from incubator.summaries import files, operations, package, queries
from incubator.summaries.models import SummaryStatus

MONTH = re.compile(r"^(\d{4})-(\d{2})$")


class Month(click.ParamType[date]):
    """A month on the command line: 2026-10."""

    name = "month"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        found = MONTH.match(str(value))
        try:
            return date(int(found[1]), int(found[2]), 1) if found else self._no(value, param, ctx)
        except ValueError:
            return self._no(value, param, ctx)

    def _no(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        self.fail(f"{value!r} is no month; write it as 2026-10", param, ctx)


ActorOf = Callable[[Session, str | None], Actor]


def summary_commands(actor_of: ActorOf) -> AppGroup:
    """Give the commands; `actor_of` finds the person that `--as` names."""
    summaries_group = AppGroup("summaries", help="What partners are told once a month.")

    @summaries_group.command("build")
    @click.option("--month", type=Month(), required=True, help="Such as 2026-10.")
    @click.option("--as", "as_email", help="Who does it (e-mail).")
    def build(month: date, as_email: str | None) -> None:
        """Build the drafts of a month, anew where there is one."""
        with explaining(), unit_of_work() as session:
            actor = actor_of(session, as_email)
            made = operations.build_month(session, actor, month, queries.agreements(session))
            click.echo(f"Built {len(made)} summaries of {month:%Y-%m}.")

    @summaries_group.command("send")
    @click.option("--month", type=Month(), required=True, help="Such as 2026-10.")
    @click.option("--as", "as_email", help="Who does it (e-mail).")
    def send(month: date, as_email: str | None) -> None:
        """Approve the drafts of a month and put their mail in the outbox."""
        settings: Settings = current_app.config["SETTINGS"]
        place = Place(settings.home_url, settings.secret_key)
        sent = mails = 0
        with reading() as session:
            jobs = files.jobs_of(session, [one.id for one, _ in queries.of_month(session, month)])
        drawn = files.draw_before(jobs)
        with explaining(), unit_of_work() as session:
            actor = actor_of(session, as_email)
            for summary, agreement in queries.of_month(session, month):
                if summary.status != SummaryStatus.DRAFT:
                    continue
                mails += operations.approve(session, actor, agreement, summary, place, drawn=drawn)
                sent += 1
            click.echo(f"Approved {sent} summaries of {month:%Y-%m}; {mails} mails in the outbox.")

    @summaries_group.command("archive")
    @click.option("--month", type=Month(), required=True, help="Such as 2026-10.")
    @click.option(
        "--to", "folder", required=True, help="The folder that gets one zip file for each report.",
        type=click.Path(file_okay=False, path_type=Path),
    )  # fmt: skip
    def archive(month: date, folder: Path) -> None:
        """Write each approved summary of a month as one package for the partner's archive."""
        written = 0
        with explaining(), reading() as session:
            folder.mkdir(parents=True, exist_ok=True)
            for summary, agreement in queries.of_month(session, month):
                if summary.status != SummaryStatus.APPROVED:
                    continue
                content = package.build(session, summary, agreement, with_addresses=True)
                name = f"{summary.id}_{package.name_of(summary, agreement)}"
                (folder / name).write_bytes(content)
                written += 1
        click.echo(f"Wrote {written} packages of {month:%Y-%m} to {folder}.")

    return summaries_group
