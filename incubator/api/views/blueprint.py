"""The door of the API: who asks by a token, how often, and in which manner it is answered."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import wraps
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from incubator.api import operations, queries
from incubator.api.limits import Left, Limits
from incubator.api.queries import Known
from incubator.core import clock, db, problems
from incubator.core.access import Permission, Via, current_actor, must
from incubator.core.errors import NotAllowed, Refusal
from incubator.core.problems import PREFIX
from incubator.core.web import etag_of, has

bp = Blueprint("api", __name__, url_prefix=PREFIX.rstrip("/"))
LIMITS = "api_limits"
MOST_BYTES = 256 * 1024
LONGEST_SECRET = 200
Answering = Callable[..., Any]


class BadInput(Refusal):
    """What was sent has not the shape that the document asks for."""

    status = 400


def init_app(app: Flask) -> None:
    """Count what tokens ask, and ask programs for no form's token: no cookie opens this door."""
    app.extensions[LIMITS] = Limits(app.config["SETTINGS"])
    app.extensions["csrf"].exempt(bp)


@bp.before_request
def let_in() -> ResponseReturnValue | None:
    """Ask for a token and for the permission that the view names; count the request."""
    view = current_app.view_functions[request.endpoint or ""]
    permission: Permission | None = getattr(view, "permission", Permission.ADMIN)
    if permission is None:
        return None
    secret = _secret()
    g.token = known = _known(secret)
    left: Left = current_app.extensions[LIMITS].count(operations.hash_of(secret), known.per_minute)
    g.left = left
    if not left.is_enough:
        return problems.document("too_many_requests", 429, {})
    g.actor = replace(known.actor, via=Via.API)
    must(current_actor(), permission)
    return None


def _secret() -> str:
    kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not 0 < len(secret) <= LONGEST_SECRET:
        raise NotAllowed("sign_in")
    return secret.strip()


def _known(secret: str) -> Known:
    """Give the token that was shown, read before any turn to write is taken."""
    with db.reading() as reading:
        known = queries.known_by(reading, operations.hash_of(secret), clock.now())
    if known is None:
        raise NotAllowed("sign_in")
    if not operations.is_noted(known.last_used_at):
        with db.unit_of_work() as work:
            operations.note_used(work, known.id)
    return known


@bp.after_request
def tell_limits(answer: Response) -> Response:
    """Say how many requests are left."""
    left: Left | None = g.get("left")
    if left is not None:
        answer.headers.update(left.headers())
    answer.headers.setdefault("Vary", "Authorization, Accept")
    return answer


@dataclass(frozen=True)
class Operation:
    """What the document says of an address."""

    summary: str
    answer: type[Schema] | None
    query: type[Schema] | None = None
    body: type[Schema] | None = None
    status: int = 200
    as_csv: bool = False


def described(operation: Operation) -> Callable[[Answering], Answering]:
    """Give a view what was asked for, in the shape of the document, and write its answer."""

    def mark(view: Answering) -> Answering:
        @wraps(view)
        def answer(**values: Any) -> ResponseReturnValue:
            if operation.query is not None:
                values["asked"] = _load(operation.query, _query())
            elif request.args:
                raise BadInput("bad_input", errors={name: ["unknown"] for name in request.args})
            if operation.body is not None:
                values["body"] = _load(operation.body, _body())
            return _written(view(**values))

        answer.operation = operation  # type: ignore[attr-defined]
        return answer

    return mark


def _query() -> dict[str, str]:
    twice = [name for name in request.args if len(request.args.getlist(name)) > 1]
    if twice:
        raise BadInput("bad_input", errors={name: ["given twice"] for name in twice})
    return request.args.to_dict()


def _body() -> Any:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    if (request.content_length or 0) > MOST_BYTES or len(request.get_data()) > MOST_BYTES:
        raise RequestEntityTooLarge
    try:
        return json.loads(request.get_data())
    except (ValueError, RecursionError):  # a text that is no UTF-8 is a ValueError too
        raise BadInput("bad_input", errors={"": ["no JSON"]}) from None


def _load(shape: type[Schema], given: Any) -> Any:
    try:
        return shape().load(given)
    except ValidationError as wrong:
        raise BadInput("bad_input", errors=_flat(wrong.messages)) from None


def _flat(messages: Any, at: str = "") -> dict[str, list[str]]:
    """Give what is wrong with each field, by its path."""
    if isinstance(messages, list):
        return {at: [str(one) for one in messages]}
    found: dict[str, list[str]] = {}
    for name, more in messages.items():
        found |= _flat(more, ".".join(filter(None, (at, str(name).removeprefix("_schema")))))
    return found


def _written(made: Any) -> Response:
    """Write what a view made; one that was asked for before is not sent again."""
    answer = made if isinstance(made, Response) else as_json(made)
    if request.method not in db.SAFE_METHODS:
        answer.headers["Cache-Control"] = "private, no-store"
        return answer
    etag = etag_of(answer.mimetype, answer.get_data(as_text=True))
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if has(etag):
        return Response(status=304, headers=headers)
    answer.headers.update(headers)
    return answer


def as_json(made: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(write(made), status, content_type="application/json")


def write(made: Any) -> str:
    """Write JSON with days and instants as ISO 8601 has them."""
    return json.dumps(made, ensure_ascii=False, default=_iso, separators=(",", ":"))


def _iso(value: Any) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is nothing that JSON knows")
