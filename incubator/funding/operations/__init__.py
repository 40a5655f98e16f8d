"""Write applications, what happens to them and their money; keep the funding schemes."""

from incubator.funding.operations.applications import (
    EDITABLE,
    Plan,
    add_application,
    complete_application,
    edit_application,
    open_application,
    void_application,
)
from incubator.funding.operations.events import newest_event, recompute, set_status
from incubator.funding.operations.instruments import (
    FrameEntry,
    InstrumentEntry,
    add_instrument,
    edit_frame,
    edit_instrument,
    load_instruments,
    set_frame,
)
from incubator.funding.operations.many import (
    complete_applications,
    open_applications,
    refresh_deadlines,
)
from incubator.funding.operations.payments import record_payment, void_payment
from incubator.funding.operations.taking import refresh_deadline
from incubator.funding.operations.undoing import must_be_last, touched_by

__all__ = [
    "EDITABLE",
    "FrameEntry",
    "InstrumentEntry",
    "Plan",
    "add_application",
    "add_instrument",
    "complete_application",
    "complete_applications",
    "edit_application",
    "edit_frame",
    "edit_instrument",
    "load_instruments",
    "must_be_last",
    "newest_event",
    "open_application",
    "open_applications",
    "recompute",
    "record_payment",
    "refresh_deadline",
    "refresh_deadlines",
    "set_frame",
    "set_status",
    "touched_by",
    "void_application",
    "void_payment",
]
