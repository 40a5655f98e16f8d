"""Whether the process lives, whether it is ready for visitors, and how much it has to do."""

import ipaddress
import secrets

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from config import Settings
from incubator.core import db, meter
from incubator.core.access import public
from incubator.core.errors import NotFound
from incubator.upkeep import queries

bp = Blueprint("upkeep", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    found = queries.readiness(db.session)
    is_ready = all(found.values())
    return jsonify(status="ready" if is_ready else "not ready", **found), 200 if is_ready else 503


@bp.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    settings: Settings = current_app.config["SETTINGS"]
    if not _may_watch(settings.metrics_token):
        raise NotFound("not_found")
    body = meter.exposition(queries.levels(db.session))
    return Response(body, content_type=meter.MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def _may_watch(token: str | None) -> bool:
    """Say whether who asks shows the token; where none is set, whether it is this machine.

    A proxy on this machine asks for everybody: whoever it speaks for is named in a header.
    """
    if token is not None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return secrets.compare_digest(given.encode(), token.encode())
    through = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
    if any(name in request.headers for name in through):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
