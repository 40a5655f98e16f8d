"""The import on the command line."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from incubator.core.access import Actor, Permission, must
from incubator.core.db import one_moment, reading, unit_of_work
from incubator.core.sheets import SheetError, write_xlsx
from incubator.transfer.archive import writing
from incubator.transfer.archive.reading import is_archive
from incubator.transfer.bulk import ListPlan, Source
from incubator.transfer.headers import HeaderError
from incubator.transfer.kinds import ARCHIVE, IDEAS, Kind
from incubator.transfer.lists import ListOf
from incubator.transfer.messages import explain_problem
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
    kind: Kind = IDEAS,
    mapping: Mapping[str, str],
    sheet: str | None = None,
    is_dry: bool,
    with_progress: bool = False,
) -> ListPlan:
    """Read a file and import it, or only plan to. Raises an error when it cannot be read.

    An export of this program says itself what it is, and is imported as that.
    """
    if kind is IDEAS and is_archive(path):
        kind = ARCHIVE
    with reading() as session:
        must(actor, Permission.IMPORT, region_id)
        words = kind.words(session)
    entries = _read(kind, path, mapping, sheet, words, with_progress=with_progress)
    if is_dry:
        with reading() as session:
            return kind.plan(session, region_id, entries)
    source = Source(path.name, _sha256(path))
    with unit_of_work() as session:
        plan: ListPlan = kind.bring_in(session, actor, region_id, entries, source).plan
        return plan


def _read(
    kind: Kind,
    path: Path,
    mapping: Mapping[str, str],
    sheet: str | None,
    words: Any,
    *,
    with_progress: bool,
) -> ListOf[Any]:
    def show(count: int) -> None:
        click.echo(f"\r{count} …", err=True, nl=False)

    progress = show if with_progress else None
    try:
        return kind.read(path, words, mapping=mapping, sheet=sheet, progress=progress)
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


def print_outcome(plan: ListPlan, *, is_dry: bool, as_data: bool, errors: Path | None) -> None:
    """Print what was done or would be done, and write the rows to mend where that is asked for."""
    if errors is not None and plan.listed.bad:
        write_xlsx(errors, [rows_to_mend(plan.listed)])
    if as_data:
        click.echo(json.dumps(as_json(plan), ensure_ascii=False))
        return
    verb = "would be imported" if is_dry else "imported"
    click.echo(
        f"{len(plan.rows)} {verb}, {len(plan.listed.bad)} rejected, "
        f"{len(plan.repeated)} duplicates, {plan.listed.skipped_count} skipped."
    )
    for bad in plan.listed.bad:
        for reason in reasons(plan.listed, bad):
            click.echo(f"  {bad.number}: {reason}")


def export_region(actor: Actor, region_id: int, region: str, file: Path) -> str:
    """Write a region to a file: .zip for everything, .xlsx for what can be imported again.

    Nobody sees a half of it: the file has its name once all of it is written.
    """
    write = {".zip": writing.write_zip, ".xlsx": writing.write_workbook}.get(file.suffix.lower())
    if write is None:
        raise click.ClickException(f"{file.name}: call it .zip for everything, or .xlsx.")
    unfinished = file.with_name(f"{file.name}.part")
    try:
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w+b") as to, reading() as session, one_moment(session):
            must(actor, Permission.ADMIN, region_id)
            write(session, actor, region_id, region, to)
        unfinished.replace(file)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return f"{file}: {region}, {file.stat().st_size:,} bytes."
