"""Whether the process lives, and whether it is ready for visitors."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from incubator.core import db
from incubator.core.access import public
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
