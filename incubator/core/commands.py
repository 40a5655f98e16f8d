"""What every command on the command line does when it fails: one clear sentence, exit code 1."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from alembic.util import CommandError
from flask_babel import force_locale
from sqlalchemy.exc import DBAPIError

from incubator.core import migrations
from incubator.core.db import db
from incubator.core.errors import Refusal
from incubator.core.refusals import sentence

NOT_READY = "The database is not up to date; run: flask --app wsgi db upgrade"


@contextmanager
def explaining() -> Iterator[None]:
    """End a command with one clear sentence where something cannot be done."""
    try:
        yield
    except Refusal as no:
        with force_locale("en"):
            raise click.ClickException(sentence(no.code, no.details)) from no
    except CommandError as error:
        message = f"The database was made by another version of the program: {error}"
        raise click.ClickException(message) from error
    except DBAPIError as error:
        raise click.ClickException(_explain(error)) from error


def _explain(error: DBAPIError) -> str:
    reason = (str(error.orig).strip().splitlines() or ["no reason given"])[0]
    try:
        with db.reader.connect() as connection:
            is_ready = migrations.current(connection) == migrations.newest()
    except DBAPIError:
        is_ready = True  # it cannot even be asked: the reason says why
    return f"The database cannot be used: {reason}" if is_ready else NOT_READY
