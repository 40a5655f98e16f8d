"""The import on the command line."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import reading, unit_of_work
from incubator.core.sheets import SheetError, write_xlsx
from incubator.ideas.models import StageKind
from incubator.transfer import queries
from incubator.transfer.bulk import Source
from incubator.transfer.headers import HeaderError
from incubator.transfer.lists import IdeaList, read_list
from incubator.transfer.messages import explain_problem
from incubator.transfer.operations import import_ideas
from incubator.transfer.plan import Plan, make_plan
from incubator.transfer.report import as_json, mapping_needed, reasons, rows_to_mend


def read_mapping(options: Sequence[str]) -> dict[str, str]:
    """Read `key=header` options. Raises an error for one without an equals sign."""
    mapping = {}
    for option in options:
        key, equals, header = option.partition("=")
        if not equals:
            raise click.ClickException(f"--map {option!r}: write it as key=header.")
        mapping[key.strip()] = header.strip()
    return mapping


def run_import(
    actor: Actor,
    region_id: int,
    path: Path,
    *,
    mapping: Mapping[str, str],
    is_dry: bool,
    with_progress: bool = False,
) -> Plan:
    """Read a file and import it, or only plan to. Raises an error when it cannot be read."""
    with reading() as session:
        must(actor, Permission.IMPORT, region_id)
        words = queries.stage_words(session)
    ideas = _read(path, mapping, words, with_progress=with_progress)
    if is_dry:
        with reading() as session:
            return make_plan(ideas, queries.known_to(session, region_id, ideas))
    source = Source(path.name, _sha256(path))
    with unit_of_work() as session:
        return import_ideas(session, actor, region_id, ideas, source).plan


def _read(
    path: Path, mapping: Mapping[str, str], words: Mapping[str, StageKind], *, with_progress: bool
) -> IdeaList:
    def show(count: int) -> None:
        click.echo(f"\r{count} …", err=True, nl=False)

    try:
        return read_list(
            path,
            clock.today(),
            mapping=mapping,
            stage_words=words,
            progress=show if with_progress else None,
        )
    except SheetError as error:
        raise click.ClickException(explain_problem(error)) from error
    except HeaderError as error:
        raise click.ClickException("\n".join(mapping_needed(error))) from error
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from error
    finally:
        if with_progress:
            click.echo("\r", err=True, nl=False)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def print_outcome(plan: Plan, *, is_dry: bool, as_data: bool, errors: Path | None) -> None:
    """Print what was done or would be done, and write the rows to mend where that is asked for."""
    if errors is not None and plan.ideas.bad:
        write_xlsx(errors, [rows_to_mend(plan.ideas)])
    if as_data:
        click.echo(json.dumps(as_json(plan), ensure_ascii=False))
        return
    verb = "would be imported" if is_dry else "imported"
    click.echo(
        f"{len(plan.rows)} {verb}, {len(plan.ideas.bad)} rejected, "
        f"{len(plan.repeated)} duplicates, {plan.ideas.skipped_count} skipped."
    )
    for bad in plan.ideas.bad:
        for reason in reasons(plan.ideas, bad):
            click.echo(f"  {bad.number}: {reason}")
