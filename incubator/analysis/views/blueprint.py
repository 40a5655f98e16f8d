"""The blueprint of the analysis."""

from flask import Blueprint

bp = Blueprint("analysis", __name__, url_prefix="/analyse")
