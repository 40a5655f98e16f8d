"""The words on the screen for what is stored of visits."""

from flask_babel import lazy_gettext as _l

from incubator.ideas.models import Status
from incubator.visits.models import VisitKind

KIND_LABELS = {
    VisitKind.VISIT: _l("Visit"),
    VisitKind.TELEPHONE: _l("Telephone"),
    VisitKind.VIDEO: _l("Video"),
}
STATUS_LABELS = {
    Status.PARKED: _l("Parked"),
    Status.STOPPED: _l("Stopped"),
    Status.LAUNCHED: _l("Launched"),
}
