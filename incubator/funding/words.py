"""What statuses, groups, payments and changes of applications are called."""

from typing import Any

from flask_babel import lazy_gettext as _l

from incubator.funding.models import ApplicationStatus, Intake, PaymentKind
from incubator.funding.rules import Group

STATUS_LABELS: dict[ApplicationStatus, Any] = {
    ApplicationStatus.DRAFT: _l("draft"),
    ApplicationStatus.SENT: _l("sent"),
    ApplicationStatus.PROCESSING: _l("being processed"),
    ApplicationStatus.GRANTED: _l("granted"),
    ApplicationStatus.ACCEPTED: _l("accepted"),
    ApplicationStatus.RUNNING: _l("running"),
    ApplicationStatus.REPORTED: _l("final report sent"),
    ApplicationStatus.DONE: _l("done"),
    ApplicationStatus.REFUSED: _l("refused"),
    ApplicationStatus.WITHDRAWN: _l("withdrawn"),
    ApplicationStatus.LAPSED: _l("lapsed"),
}
STATUS_TONES: dict[ApplicationStatus, str] = {
    ApplicationStatus.DRAFT: "neutral",
    ApplicationStatus.SENT: "info",
    ApplicationStatus.PROCESSING: "info",
    ApplicationStatus.GRANTED: "success",
    ApplicationStatus.ACCEPTED: "success",
    ApplicationStatus.RUNNING: "success",
    ApplicationStatus.REPORTED: "success",
    ApplicationStatus.DONE: "accent",
    ApplicationStatus.REFUSED: "iron",
    ApplicationStatus.WITHDRAWN: "neutral",
    ApplicationStatus.LAPSED: "neutral",
}
# What a button says that leads to a status.
TURN_LABELS: dict[ApplicationStatus, Any] = {
    ApplicationStatus.DRAFT: _l("Draft"),
    ApplicationStatus.SENT: _l("Sent"),
    ApplicationStatus.PROCESSING: _l("Taken up for processing"),
    ApplicationStatus.GRANTED: _l("Granted"),
    ApplicationStatus.ACCEPTED: _l("The grant is accepted"),
    ApplicationStatus.RUNNING: _l("The project has started"),
    ApplicationStatus.REPORTED: _l("Final report sent"),
    ApplicationStatus.DONE: _l("Finished"),
    ApplicationStatus.REFUSED: _l("Refused"),
    ApplicationStatus.WITHDRAWN: _l("Withdrawn"),
    ApplicationStatus.LAPSED: _l("Lapsed"),
}
TURN_HINTS: dict[ApplicationStatus, Any] = {
    ApplicationStatus.GRANTED: _l("A decision in several parts is entered part by part."),
    ApplicationStatus.PROCESSING: _l("Also when a refusal is taken up again after a complaint."),
    ApplicationStatus.LAPSED: _l("The deadline passed, or the grant was not accepted or used."),
    ApplicationStatus.WITHDRAWN: _l("The company does not want to go on with it."),
}
GROUP_LABELS: dict[Group, Any] = {
    Group.OVERDUE: _l("Deadline passed, not sent"),
    Group.NEAR: _l("Deadline within 14 days"),
    Group.NEXT: _l("Deadline within 30 days"),
    Group.LATER: _l("Later, or without a date"),
    Group.WAITING: _l("Sent, waiting for an answer"),
    Group.GOING: _l("Granted and running"),
    Group.REPORTED: _l("Report sent, not closed"),
    Group.CLOSED: _l("Closed"),
}
PAYMENT_LABELS: dict[PaymentKind, Any] = {
    PaymentKind.PAID: _l("Paid"),
    PaymentKind.RETURNED: _l("Returned"),
}
INTAKE_LABELS: dict[Intake, Any] = {
    Intake.ROLLING: _l("Rolling"),
    Intake.DEADLINE: _l("Deadlines"),
}
# What the latest change of an application was, beside the button that undoes it.
VERB_LABELS: dict[str, Any] = {
    "application.added": _l("application entered"),
    "application.edited": _l("application edited"),
    "application.voided": _l("application taken away"),
    "application.paid": _l("payment entered"),
    "application.returned": _l("returned money entered"),
    "application.payment_voided": _l("payment taken away"),
    **{f"application.{status.value}": label for status, label in STATUS_LABELS.items()},
}
# In a calendar, before what it is about.
DEADLINE, PLANNED, REPORT = _l("Application deadline"), _l("Application planned"), _l("Report due")
