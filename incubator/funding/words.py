"""What the statuses of applications are called."""

from typing import Any

from flask_babel import lazy_gettext as _l

from incubator.funding.models import ApplicationStatus

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
