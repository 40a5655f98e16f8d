"""The blueprint of import and export."""

from flask import Blueprint

bp = Blueprint("transfer", __name__, url_prefix="/import")
