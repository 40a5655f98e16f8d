"""What the running program tells: plain lines for people, or one JSON object for each event.

No line holds an e-mail address, a value of a row, a query string or a page's address: what is
told of a request is its number, which view answered, how, and how long that took.
"""

import importlib
import json
import logging
import re
import sys
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from flask import Flask, Response, g, has_request_context, request

from config import Settings

HEADER = "X-Request-ID"
requests = logging.getLogger("incubator.requests")
_GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
# What a database says of a row that it refuses: its values. SQLAlchemy hides its own.
_DETAIL = re.compile(r"^(DETAIL|CONTEXT|HINT):.*$", re.MULTILINE)
_EMAIL = re.compile(r"[^\s@<>,;:'\"()\[\]]+@[^\s@<>,;:'\"()\[\]/]+\.[A-Za-zÆØÅæøå]{2,}")
_IN_ADDRESS = re.compile(r"(?<=://)[^\s/@]+@")  # a password in the address of a server
_QUERY = re.compile(r"(?<=[\w/])\?[\w%.~-]+=[^\s'\"]*")
_QUIET = ("/static/", "/healthz", "/readyz", "/metrics")
_FLASK_SAYS = "Exception on %s [%s]"


def scrub(text: str) -> str:
    """Take out of a text what may be somebody's."""
    for pattern, instead in (
        (_DETAIL, r"\1: (left out)"),
        (_IN_ADDRESS, "***@"),
        (_EMAIL, "(e-mail)"),
        (_QUERY, "?(left out)"),
    ):
        text = pattern.sub(instead, text)
    return text


def where() -> dict[str, Any]:
    """Say which request this is, without anything that a person gave."""
    if not has_request_context():
        return {}
    return {
        "request_id": g.get("request_id", ""),
        "method": request.method if request.method in METHODS else "other",
        "endpoint": request.endpoint or "none",
    }


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Scrubbed(logging.Formatter):
    """Scrubs what a line would say, and what goes before it."""

    def _message(self, record: logging.LogRecord) -> str:
        if record.msg == _FLASK_SAYS:  # it would name the address, which may hold a key
            return "A request failed"
        return scrub(record.getMessage())

    def _traceback(self, record: logging.LogRecord) -> str:
        return scrub(self.formatException(record.exc_info)) if record.exc_info else ""


class Plain(_Scrubbed):
    """Lines for a person."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created).astimezone()
        told = " ".join(f"{k}={v}" for k, v in {**where(), **_extra(record)}.items())
        line = f"{moment:%Y-%m-%d %H:%M:%S} {record.levelname} {record.name}: "
        line += f"{self._message(record)} {told}".rstrip()
        trace = self._traceback(record)
        return f"{line}\n{trace}" if trace else line


class Json(_Scrubbed):
    """One object a line, for programs that gather them."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": self._message(record),
            **where(),
            **_extra(record),
        }
        if trace := self._traceback(record):
            event["traceback"] = trace
        return json.dumps(event, ensure_ascii=False)


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    told: dict[str, Any] = getattr(record, "told", {})
    return told


def set_up(settings: Settings) -> None:
    """Let this process and those forked from it tell what happens, in the manner that is set."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if settings.has_json_logs else Plain())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.getLogger("incubator").setLevel(logging.INFO)
    requests.setLevel(logging.INFO if settings.logs_requests else logging.WARNING)
    logging.captureWarnings(capture=True)
    if settings.sentry_dsn:
        # Seven MiB that nobody should carry who does not want it.
        importlib.import_module("incubator.core.sentry").begin(settings.sentry_dsn)


def init_app(app: Flask) -> None:
    """Give every request a number, and tell of it when it is answered."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = given if _GIVEN_ID.fullmatch(given) else uuid4().hex
    g.began = time.monotonic()


def _end(response: Response) -> Response:
    if "request_id" in g:
        response.headers[HEADER] = g.request_id
        if requests.isEnabledFor(logging.INFO) and not request.path.startswith(_QUIET):
            ms = round((time.monotonic() - g.began) * 1000, 1)
            requests.info("answered", extra={"told": {"status": response.status_code, "ms": ms}})
    return response
