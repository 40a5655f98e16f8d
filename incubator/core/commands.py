"""What every command on the command line does when it fails: one clear sentence, exit code 1."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from incubator.core.errors import Refusal
from incubator.core.refusals import sentence


@contextmanager
def explaining() -> Iterator[None]:
    """End a command with one clear sentence where something cannot be done."""
    try:
        yield
    except Refusal as no:
        raise click.ClickException(sentence(no.code, no.details)) from no
    except (OperationalError, ProgrammingError) as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise click.ClickException(f"The database cannot be used: {reason}") from error
