"""The blueprint of the settings: all of it asks for the password now and then."""

from flask import Blueprint

from incubator.accounts import guard
from incubator.core.errors import RuleBroken
from incubator.core.forms import Form
from incubator.core.refusals import sentence

bp = Blueprint("admin", __name__, url_prefix="/oppsett")
bp.before_request(guard.ask_for_password)


def explain(form: Form, no: RuleBroken) -> None:
    """Put a refusal beside the fields that it names, or on top."""
    for field in no.fields or ("",):
        form.add_error(field, sentence(no.code, no.details))
