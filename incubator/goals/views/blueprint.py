"""The blueprint of goals, and what its views share."""

from typing import Any

from flask import Blueprint, request

from incubator.core.access import Actor
from incubator.core.forms import whole_number

bp = Blueprint("goals", __name__, url_prefix="/mal")


def region_came_from(viewer: Actor) -> dict[str, Any] | None:
    """Give the region that the way back leads to; figures of a whole county have none."""
    asked = (whole_number(request.args.get(name)) for name in ("fra_region", "region"))
    number = next((n for n in asked if n in viewer.region_names), None)
    return {"id": number, "name": viewer.region_names[number]} if number is not None else None
