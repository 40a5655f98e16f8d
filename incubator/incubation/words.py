"""What ends and phases of an agreement are called on the screen."""

from flask_babel import lazy_gettext as _l

from incubator.incubation.models import EndReason

REASON_LABELS = {
    EndReason.COMPLETED: _l("Completed as agreed"),
    EndReason.OUTGROWN: _l("Outgrew the incubator"),
    EndReason.SOLD: _l("Was sold"),
    EndReason.MERGED: _l("Merged with another company"),
    EndReason.BANKRUPT: _l("Went bankrupt"),
    EndReason.CLOSED_DOWN: _l("Closed down"),
    EndReason.MOVED: _l("Moved away"),
    EndReason.WITHDREW: _l("Withdrew"),
    EndReason.REFERRED: _l("Referred to others"),
}
# Offered while one types; an incubator that calls its phases otherwise writes its own.
PHASES = (_l("Pre-incubation"), _l("Incubation"), _l("Growth"))
