"""A database that is away for a moment: a clear "try again", instead of a failure."""

import logging
from typing import Any

from flask import Flask, Response, current_app, make_response
from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError as PoolTimeout

from incubator.core.errors import Unavailable

log = logging.getLogger("incubator.outages")
RETRY_AFTER = 5  # seconds
# Connections that break, a server that stops or starts, one that takes no more connections.
_PASSING = ("08", "57P", "53")
_SQLITE_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")


def is_passing(error: BaseException) -> bool:
    """Say whether a failure is one of reaching the database, and so will pass by itself."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    if not isinstance(error, OperationalError):
        return False
    if name := getattr(error.orig, "sqlite_errorname", None):
        return str(name).startswith(_SQLITE_BUSY)
    state = getattr(error.orig, "sqlstate", None)
    return state.startswith(_PASSING) if state else hasattr(error.orig, "sqlstate")


def init_app(app: Flask) -> None:
    """Answer 503 and when to come again, where the database cannot be reached."""
    app.register_error_handler(DBAPIError, _answer)
    app.register_error_handler(PoolTimeout, _answer)


def _answer(error: Any) -> Response:
    if not is_passing(error):
        raise error
    log.warning("the database is out of reach: %s", told(error))
    answer = make_response(current_app.handle_user_exception(Unavailable("out_of_reach")))
    answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


def told(error: BaseException) -> str:
    """Give the first line of what the database said."""
    said = getattr(error, "orig", None) or error
    return (str(said).strip().splitlines() or [type(said).__name__])[0]
