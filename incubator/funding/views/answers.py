"""What the views of applications answer refusals with."""

from typing import Any

from incubator.core.errors import RuleBroken, Stale
from incubator.core.formats import nok
from incubator.core.forms import Form
from incubator.core.refusals import sentence
from incubator.funding.models import ApplicationStatus
from incubator.funding.words import STATUS_LABELS

AMOUNTS = {"left_nok": "left", "kept_nok": "kept"}


def explain(no: RuleBroken | Stale) -> str:
    """Say in words why something is refused, with statuses and amounts as people read them."""
    details: dict[str, Any] = {}
    for name, value in no.details.items():
        if isinstance(value, ApplicationStatus):
            details[name] = STATUS_LABELS[value]
        elif name in AMOUNTS:
            details[AMOUNTS[name]] = nok(value)
        else:
            details[name] = value
    return sentence(no.code, details)


def put_errors(form: Form, no: RuleBroken | Stale) -> None:
    """Put a refusal beside the fields that it is about."""
    fields = no.fields if isinstance(no, RuleBroken) else ()
    for field in fields or ("",):
        form.add_error(field, explain(no))
