"""The blueprint of applications and funding schemes."""

from flask import Blueprint

bp = Blueprint("funding", __name__)
